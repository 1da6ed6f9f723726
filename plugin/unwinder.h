/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JIT reader: frames that GDB's own unwinders get wrong, by ORC. */
#ifndef KD_PLUGIN_UNWINDER_H
#define KD_PLUGIN_UNWINDER_H

#include "info.h"
#include "py.h"

#include <gdb/jit-reader.h>

/* What GDB gets from gdb_init_reader().  */
struct gdb_reader_funcs *kd_unwinder_reader (void);

/* Begin to answer for the dump of INFO in inferior number INFERIOR.  INFO is
   borrowed until kd_unwinder_stop().  */
void kd_unwinder_start (const struct kd_info *info, long inferior);
void kd_unwinder_stop (void);

/* Object files came or went: which modules have call frame information is to
   be found out anew.  */
void kd_unwinder_modules_changed (void);

#endif
