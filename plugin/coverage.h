/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which code GDB has call frame information for. */
#ifndef KD_PLUGIN_COVERAGE_H
#define KD_PLUGIN_COVERAGE_H

#include "info.h"

/* Sorted ranges of link addresses.  */
struct kd_coverage {
  struct kd_info_range *ranges; /* owned */
  size_t n;
  bool all; /* cannot be told: taken to be everywhere */
};

/* Read the .debug_frame section of the ELF file PATH.  A file without one has
   no coverage.  KD_IO, KD_CORRUPT, KD_NOMEM; OUT is the caller's, also
   then.  */
enum kd_status kd_coverage_read (const char *path,
                                 struct kd_coverage *out) KD_MUST_CHECK;
void kd_coverage_deinit (struct kd_coverage *c);

/* Is there information for the code at PC, a link address?  *START is then
   where its function begins, 0 if that cannot be told.  */
bool kd_coverage_has (const struct kd_coverage *c, uint64_t pc,
                      uint64_t *start);

#endif
