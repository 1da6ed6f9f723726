/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bitmap in a file, one bit a page, with fast counting of its ones. */
#ifndef KD_DUMP_BITMAP_H
#define KD_DUMP_BITMAP_H

#include "dump/source.h"

#include <pthread.h>
#include <stdatomic.h>

/* Nothing is read before it is asked for, and blocks that are all zeros or
   all ones take no memory, so a bitmap of terabytes of RAM opens at once.
   Safe from several threads at once.  */
struct kd_bitmap_block;
struct kd_bitmap {
  struct kd_source *src; /* borrowed */
  uint64_t off;          /* of bit 0 in src, bytes; bit 0 of a byte first */
  uint64_t nbits;
  size_t nblocks;
  struct kd_bitmap_block *_Atomic *blocks; /* owned; NULL: not yet read */
  uint64_t *before; /* owned; ones before each block, valid below `known` */
  atomic_size_t known;
  pthread_mutex_t lock; /* of filling the above */
};

/* NBITS bits beginning at byte OFF of SRC; bytes beyond its end are
   KD_TRUNCATED here already.  */
enum kd_status kd_bitmap_init (struct kd_bitmap *bm, struct kd_source *src,
                               uint64_t off, uint64_t nbits) KD_MUST_CHECK;
void kd_bitmap_deinit (struct kd_bitmap *bm);

/* Is BIT set?  Bits from nbits on are clear.  */
enum kd_status kd_bitmap_test (struct kd_bitmap *bm, uint64_t bit,
                               bool *set) KD_MUST_CHECK;

/* How many ones come before BIT (<= nbits).  Constant time, except that the
   first call for a high BIT reads all the bitmap before it.  */
enum kd_status kd_bitmap_rank (struct kd_bitmap *bm, uint64_t bit,
                               uint64_t *rank) KD_MUST_CHECK;

/* Lowest one at or after *BIT and before END, in *BIT; false when none.  A
   part that cannot be read has no ones.  */
bool kd_bitmap_next (struct kd_bitmap *bm, uint64_t *bit, uint64_t end);

/* Bytes of the file that reading the whole bitmap would cost, not counting
   holes, up to LIMIT.  */
uint64_t kd_bitmap_cost (struct kd_bitmap *bm, uint64_t limit);

#endif
