/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's maple tree (since 6.1): a map from ranges of indices to
   pointers.  Source: include/linux/maple_tree.h, lib/maple_tree.c. */
#ifndef KD_KERNEL_MAPLE_H
#define KD_KERNEL_MAPLE_H

#include "kernel/kernel.h"

/* Called for each entry: the indices FIRST to LAST map to ENTRY, a pointer
   (never 0; an integer that was stored has its lowest bit set).  Anything but
   KD_OK ends the walk and becomes its result.  */
typedef enum kd_status kd_maple_fn (void *arg, uint64_t first, uint64_t last,
                                    uint64_t entry);

/* Visit what the struct maple_tree at TREE holds, by ascending index.  Where a
   node cannot be read, or its ranges are not within those of the node above,
   the rest of its subtree is skipped, and the result is the status of that,
   with words on where: what was visited is certain.  More than LIMIT entries
   are KD_CORRUPT.  */
enum kd_status kd_maple_walk (struct kd_kernel *k, uint64_t tree, size_t limit,
                              kd_maple_fn *fn, void *arg) KD_MUST_CHECK;

#endif
