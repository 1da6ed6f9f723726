/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting vmlinux into GDB at the addresses the dumped kernel ran at. */
#ifndef KD_PLUGIN_SYMBOLS_H
#define KD_PLUGIN_SYMBOLS_H

#include "info.h"
#include "py.h"

/* File name of GDB's main symbols, the caller's to free(); NULL (without an
   exception) if there are none.  */
char *kd_symbols_main_file (void);

/* Load info->vmlinux, or move it if it is loaded.  False with an
   exception.  */
bool kd_symbols_load (const struct kd_info *info);

/* Load the object file of SIZE bytes at DATA, kept in memory only.  False
   with an exception.  */
bool kd_symbols_add_object (const void *data, size_t size);

/* The dump is closed: drop what was loaded for it.  If RELOAD, also load
   again, at its link addresses, what the user had.  */
void kd_symbols_drop (bool reload);

#endif
