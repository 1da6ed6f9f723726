/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of symbols that a distribution packed: NAME.ko.xz and the like. */
#ifndef KD_KERNEL_UNPACK_H
#define KD_KERNEL_UNPACK_H

#include "base/status.h"

#include <stddef.h>

/* Length of PATH without its ending .gz, .xz or .zst; 0 if it has none.  */
size_t kd_unpacked_length (const char *path);

/* Unpack PATH, whose name ends so, into the user's cache, where it stays for
   the next time (0600); GDB opens it there by its name.  *OUT is the file's
   path, without the ending, the caller's to free().
   KD_UNSUPPORTED if we were built without the library for it, KD_CORRUPT if
   the data is damaged or more than 1 GiB, KD_IO.  */
enum kd_status kd_unpack (const char *path, char **out) KD_MUST_CHECK;

#endif
