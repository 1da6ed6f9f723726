/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting vmlinux into GDB at the addresses the dumped kernel ran at. */
#ifndef KD_PLUGIN_SYMBOLS_H
#define KD_PLUGIN_SYMBOLS_H

#include "info.h"
#include "py.h"

/* File name of the main symbols that the user gave GDB, the caller's to
   free(); NULL (without an exception) if there are none.  */
char *kd_symbols_main_file (void);

/* How vmlinux gets to its addresses when the kernel was moved (KASLR).  */
enum kd_symbols_way {
  KD_SYMBOLS_ADD,  /* add it there; what GDB has of it is dropped before */
  KD_SYMBOLS_MOVE, /* GDB moves what it has when it connects */
  /* So too, and a per-CPU section at 0 stays: in two connections.  Symbols of
     memory that the kernel frees when it has booted are left behind (and of
     few others: .vvar, .orc_*), where the kernel has nothing.  */
  KD_SYMBOLS_MOVE_TWICE,
};

/* The way for VMLINUX (NULL: not known yet), given what GDB has loaded.
   Reading DWARF takes seconds, so what GDB has read already is kept unless it
   would share it with a file that is added.  */
enum kd_symbols_way kd_symbols_choose (const char *vmlinux);

/* For KD_SYMBOLS_MOVE_TWICE: can the symbols left behind be told apart?  Not
   if the kernel was moved less far than it is long.  */
bool kd_symbols_can_move_twice (const char *vmlinux, uint64_t offset);

/* Load info->vmlinux, if it is not where it should be by WAY already.  False
   with an exception.  */
bool kd_symbols_load (const struct kd_info *info, enum kd_symbols_way way);

/* Load the object file of SIZE bytes at DATA, kept in memory only.  False
   with an exception.  */
bool kd_symbols_add_object (const void *data, size_t size);

/* What follows when a dump is closed.  */
enum kd_symbols_next {
  KD_SYMBOLS_NOTHING,  /* the user is to have what he had before */
  KD_SYMBOLS_NEXT_ADD, /* another dump of the same kernel file, by a way */
  KD_SYMBOLS_NEXT_MOVE
};

/* The dump is closed: drop what was loaded for it.  */
void kd_symbols_drop (enum kd_symbols_next next);

#endif
