/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's red-black trees.
   Source: include/linux/rbtree_types.h of the kernel. */
#ifndef KD_KERNEL_RBTREE_H
#define KD_KERNEL_RBTREE_H

#include "kernel/list.h"

/* Visit the nodes of the struct rb_root at ROOT (which rb_root_cached begins
   with) in the tree's own order; FN gets the address of each struct rb_node.
   Where a node cannot be read or does not know its parent, its subtree is
   skipped, and the result is the status of that, with words on where: what was
   visited is certain.  More than LIMIT nodes are KD_CORRUPT.  */
enum kd_status kd_rbtree_walk (struct kd_kernel *k, uint64_t root,
                               size_t limit, kd_list_fn *fn,
                               void *arg) KD_MUST_CHECK;

#endif
