/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges that may overlap, made disjoint and sorted. */
#ifndef KD_DUMP_EXTENTS_H
#define KD_DUMP_EXTENTS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes START..END-1 of some address space are found at POS and on.  */
struct kd_extent {
  uint64_t start;
  uint64_t end; /* > start */
  uint64_t pos;
  uint64_t prio; /* where extents overlap the lower one wins; all differ */
};

struct kd_extents {
  struct kd_extent *v; /* owned; sorted, disjoint */
  size_t n;
};

/* Take over the array V of N extents in any order (free()d or kept), and
   resolve its overlaps into OUT, for kd_extents_deinit().  O(N log N) time,
   at most 2 N extents result.  */
enum kd_status kd_extents_init (struct kd_extents *out, struct kd_extent *v,
                                size_t n) KD_MUST_CHECK;
void kd_extents_deinit (struct kd_extents *ex);

/* Index of the first extent that ends after ADDR; ex->n if none does.  */
size_t kd_extents_find (const struct kd_extents *ex, uint64_t addr);

#endif
