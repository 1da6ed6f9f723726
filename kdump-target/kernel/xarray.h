/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's XArray and, before 4.20, radix tree: maps from an index to a
   pointer.  An IDR holds one (idr.idr_rt; its index is ID - idr_base).
   Source: include/linux/xarray.h and radix-tree.h, lib/xarray.c. */
#ifndef KD_KERNEL_XARRAY_H
#define KD_KERNEL_XARRAY_H

#include "kernel/kernel.h"

/* What an index maps to.  */
struct kd_xa_entry {
  uint64_t index;
  uint64_t pointer; /* of what is stored; not for a value */
  uint64_t value;   /* the integer stored, if IS_VALUE */
  bool is_value;
};

/* Called for each entry.  Anything but KD_OK ends the walk and becomes its
   result.  */
typedef enum kd_status kd_xarray_fn (void *arg,
                                     const struct kd_xa_entry *entry);

/* Visit what the struct xarray (radix_tree_root) at ROOT holds, by ascending
   index; an entry for several indices is visited once, at the first.  Entries
   that are only reserved are left out.  Where a node cannot be read or
   contradicts its place in the tree, its subtree is skipped, and the result is
   the status of that, with words on where: what was visited is certain.  More
   than LIMIT entries are KD_CORRUPT.  */
enum kd_status kd_xarray_walk (struct kd_kernel *k, uint64_t root,
                               size_t limit, kd_xarray_fn *fn,
                               void *arg) KD_MUST_CHECK;

/* What INDEX maps to; KD_NOT_FOUND if nothing.  */
enum kd_status kd_xarray_load (struct kd_kernel *k, uint64_t root,
                               uint64_t index,
                               struct kd_xa_entry *out) KD_MUST_CHECK;

/* Levels of nodes in the tree at ROOT: 0 if it is empty, or has one entry, at
   index 0.  */
enum kd_status kd_xarray_height (struct kd_kernel *k, uint64_t root,
                                 unsigned *out) KD_MUST_CHECK;

#endif
