/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where files are kept that can be made again: kdump-gdb/ below
   $XDG_CACHE_HOME or ~/.cache (XDG Base Directory Specification). */
#ifndef KD_BASE_CACHEDIR_H
#define KD_BASE_CACHEDIR_H

#include <stdbool.h>

/* The path of NAME in that directory, which is made (0700) if MAKE; NAME may
   have directories in it, made as well.  The caller's to free(); NULL if there
   is no home, a directory cannot be made, or no memory is left.  */
char *kd_cache_path (const char *name, bool make);

#endif
