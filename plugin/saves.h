/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a function keeps the registers that it has to preserve. */
#ifndef KD_PLUGIN_SAVES_H
#define KD_PLUGIN_SAVES_H

#include "unwind/orc.h"

/* By DWARF number, bytes below the CFA; 0: not saved.  */
struct kd_saves {
  uint16_t below[16];
};

/* Find the saves of the function that begins at START, as far as they are done
   at PC.  ORC says where its pushes end, the code says of what register.
   False if the tables or the code cannot be read.  */
bool kd_saves_find (const struct kd_orc_table *table, uint64_t start,
                    uint64_t pc, kd_orc_read_fn *read, void *arg,
                    struct kd_saves *out);

#endif
