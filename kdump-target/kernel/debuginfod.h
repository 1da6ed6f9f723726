/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debug files from the user's debuginfod servers. */
#ifndef KD_KERNEL_DEBUGINFOD_H
#define KD_KERNEL_DEBUGINFOD_H

#include "kernel/vmlinux.h"

/* Ask the servers that $DEBUGINFOD_URLS names for the debug file of ID, and
   for nothing else: the build-id is all that they are told.  The client keeps
   the file in its cache, see debuginfod_find_debuginfo(3); *PATH is its name
   there, the caller's to free().  Takes as long as the servers do, with
   progress.
   KD_NOT_FOUND if none has it, KD_UNSUPPORTED if libdebuginfod is not on this
   machine or no server is named, KD_INTERRUPTED.  */
enum kd_status kd_debuginfod_ask (const struct kd_build_id *id,
                                  char **path) KD_MUST_CHECK;

#endif
