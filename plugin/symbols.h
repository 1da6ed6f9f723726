/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting vmlinux into GDB at the addresses the dumped kernel ran at. */
#ifndef KD_PLUGIN_SYMBOLS_H
#define KD_PLUGIN_SYMBOLS_H

#include "info.h"
#include "py.h"

/* File name of the main symbols that the user gave GDB, the caller's to
   free(); NULL (without an exception) if there are none.  */
char *kd_symbols_main_file (void);

/* To be called before connecting: get info->vmlinux into GDB where the kernel
   ran, or, if GDB has it, move it there.  OFFSETS is what the server has to
   answer to qOffsets then.  False with an exception.

   Reading DWARF takes seconds, so what GDB has read is kept if that can be:
   it moves symbols when it connects.  A per-CPU section at 0 should stay, and
   segments move as a whole but for the first, so two steps are needed, in
   which symbols are left behind of memory that the kernel frees when it has
   booted, and of little else (.vvar, .orc_*).  That is not done if the kernel
   had not booted, or was moved less far than it is long: then the symbols left
   behind would stand for other things.  */
bool kd_symbols_load (const struct kd_info *info, char offsets[64]);

/* For a dump without a vmlinux: an empty file in memory, named by PATH, that
   the server writes the dump's own symbols to; then have GDB read it, if there
   are any.  The first returns false, the second also, with an exception.  */
bool kd_symbols_prepare (char path[64]);
bool kd_symbols_load_own (void);

/* Load the object file of SIZE bytes at DATA, kept in memory only.  False
   with an exception.  */
bool kd_symbols_add_object (const void *data, size_t size);

/* `symbol-file' or `file' was used while the dump is open.  If that was for
   info->vmlinux, GDB has it where it was linked, and nothing else: put it
   where the kernel ran.  *DONE says whether that was so; then the object and
   the modules have to be loaded again, too.  False with an exception.  */
bool kd_symbols_load_again (const struct kd_info *info, bool *done);

/* The dump is closed: drop what was loaded for it.  Unless another dump of the
   same kernel FOLLOWS, the user then has again what he had before.  */
void kd_symbols_drop (bool follows);

#endif
