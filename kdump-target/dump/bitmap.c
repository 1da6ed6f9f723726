/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bitmap in a file, one bit a page, with fast counting of its ones. */
#include "dump/bitmap.h"

#include "base/cursor.h"

#include <string.h>

#define BLOCK_BYTES 4096u
#define BLOCK_BITS 32768u
#define BLOCK_WORDS 512u
#define GROUP_WORDS 8u /* words between two counts inside a block */
_Static_assert(BLOCK_BITS == BLOCK_BYTES * 8u
                 && BLOCK_BITS == BLOCK_WORDS * 64u,
               "a block's sizes");

struct kd_bitmap_block {
  uint64_t words[BLOCK_WORDS];
  uint16_t sub[BLOCK_WORDS / GROUP_WORDS]; /* ones before each group */
  uint32_t ones;
};

/* Shared by all bitmaps; immutable.  */
static struct kd_bitmap_block none_set;
static struct kd_bitmap_block all_set = { .ones = BLOCK_BITS };

static inline unsigned
popcount (uint64_t x)
{
  x -= (x >> 1) & UINT64_C (0x5555555555555555);
  x = (x & UINT64_C (0x3333333333333333))
      + ((x >> 2) & UINT64_C (0x3333333333333333));
  x = (x + (x >> 4)) & UINT64_C (0x0f0f0f0f0f0f0f0f);
  return (unsigned)((x * UINT64_C (0x0101010101010101)) >> 56);
}

enum kd_status
kd_bitmap_init (struct kd_bitmap *bm, struct kd_source *src, uint64_t off,
                uint64_t nbits)
{
  *bm = (struct kd_bitmap){ .src = src, .off = off, .nbits = nbits };
  pthread_mutex_init (&bm->lock, NULL);
  uint64_t bytes = nbits / 8 + (nbits % 8 != 0);
  if (!kd_source_has (src, off, bytes))
    return kd_fail (KD_TRUNCATED,
                    "%s: ends at 0x%jx inside its page bitmap, which needs "
                    "%ju bytes from 0x%jx; none of its pages can be found",
                    src->name, (uintmax_t)src->size, (uintmax_t)bytes,
                    (uintmax_t)off);
  uint64_t nblocks = nbits / BLOCK_BITS + (nbits % BLOCK_BITS != 0);
  bm->nblocks = (size_t)nblocks;
  bm->blocks = kd_calloc (bm->nblocks, sizeof *bm->blocks);
  bm->before = kd_calloc (bm->nblocks + 1, sizeof *bm->before);
  if (!bm->blocks || !bm->before || nblocks > SIZE_MAX / 16)
    return kd_fail (KD_NOMEM, "%s: out of memory for a bitmap of %ju pages",
                    src->name, (uintmax_t)nbits);
  return KD_OK;
}

static bool
is_shared (const struct kd_bitmap_block *b)
{
  return b == &none_set || b == &all_set;
}

void
kd_bitmap_deinit (struct kd_bitmap *bm)
{
  if (!bm->src)
    return;
  for (size_t i = 0; bm->blocks && i < bm->nblocks; i++)
    if (!is_shared (bm->blocks[i]))
      free (bm->blocks[i]);
  free ((void *)bm->blocks);
  free (bm->before);
  pthread_mutex_destroy (&bm->lock);
  *bm = (struct kd_bitmap){ 0 };
}

/* Mark the blocks from INDEX on that lie in a hole of the file.  */
static bool
skip_hole (struct kd_bitmap *bm, size_t index)
{
  uint64_t at = bm->off + (uint64_t)index * BLOCK_BYTES;
  uint64_t data = kd_source_next_data (bm->src, at);
  if (data - at < BLOCK_BYTES || data <= at)
    return false;
  uint64_t whole = (data - at) / BLOCK_BYTES;
  for (size_t i = index; i < bm->nblocks && i - index < whole; i++) {
    if (!bm->blocks[i])
      bm->blocks[i] = &none_set;
  }
  return true;
}

static void
count_block (struct kd_bitmap_block *b)
{
  b->ones = 0;
  for (unsigned g = 0; g < BLOCK_WORDS / GROUP_WORDS; g++) {
    b->sub[g] = (uint16_t)b->ones;
    for (unsigned i = 0; i < GROUP_WORDS; i++)
      b->ones += popcount (b->words[g * GROUP_WORDS + i]);
  }
}

/* Fill B with block INDEX of the bitmap.  */
static enum kd_status
read_block (struct kd_bitmap *bm, size_t index, struct kd_bitmap_block *b)
{
  uint64_t left = bm->nbits - (uint64_t)index * BLOCK_BITS;
  size_t bytes = left < BLOCK_BITS ? (size_t)((left + 7) / 8) : BLOCK_BYTES;
  uint8_t raw[BLOCK_BYTES] = { 0 };
  enum kd_status st = kd_source_read (
    bm->src, bm->off + (uint64_t)index * BLOCK_BYTES, raw, bytes);
  if (st)
    return kd_context (st, "reading the page bitmap");
  if (left % 8 && left < BLOCK_BITS)
    raw[bytes - 1] &= (uint8_t)(0xff >> (8 - left % 8));
  for (size_t i = 0; i < BLOCK_WORDS; i++)
    b->words[i] = kd_le64 (raw + 8 * i);
  count_block (b);
  return KD_OK;
}

/* Read block INDEX; the lock is held.  */
static enum kd_status
load_block (struct kd_bitmap *bm, size_t index)
{
  if (bm->blocks[index] || skip_hole (bm, index))
    return KD_OK;
  struct kd_bitmap_block *b = kd_calloc (1, sizeof *b);
  if (!b)
    return kd_fail (KD_NOMEM, "%s: out of memory", bm->src->name);
  enum kd_status st = read_block (bm, index, b);
  if (st) {
    free (b);
    return st;
  }
  if (b->ones == 0 || b->ones == BLOCK_BITS) {
    bm->blocks[index] = b->ones ? &all_set : &none_set;
    free (b);
    return KD_OK;
  }
  bm->blocks[index] = b;
  return KD_OK;
}

static enum kd_status
get_block (struct kd_bitmap *bm, size_t index, struct kd_bitmap_block **out)
{
  *out = atomic_load_explicit (&bm->blocks[index], memory_order_acquire);
  if (*out)
    return KD_OK;
  pthread_mutex_lock (&bm->lock);
  enum kd_status st = load_block (bm, index);
  *out = bm->blocks[index];
  pthread_mutex_unlock (&bm->lock);
  return st;
}

enum kd_status
kd_bitmap_test (struct kd_bitmap *bm, uint64_t bit, bool *set)
{
  *set = false;
  if (bit >= bm->nbits)
    return KD_OK;
  struct kd_bitmap_block *b;
  enum kd_status st = get_block (bm, (size_t)(bit / BLOCK_BITS), &b);
  if (st)
    return st;
  unsigned in = bit % BLOCK_BITS;
  *set = b == &all_set || (b->words[in / 64] >> (in % 64) & 1);
  return KD_OK;
}

/* Make `before` valid up to INDEX.  */
static enum kd_status
count_up_to (struct kd_bitmap *bm, size_t index)
{
  enum kd_status st = KD_OK;
  pthread_mutex_lock (&bm->lock);
  size_t i = atomic_load (&bm->known);
  while (!st && i < index) {
    st = load_block (bm, i);
    if (!st) {
      bm->before[i + 1] = bm->before[i] + bm->blocks[i]->ones;
      i++;
    }
  }
  atomic_store_explicit (&bm->known, i, memory_order_release);
  pthread_mutex_unlock (&bm->lock);
  return st;
}

enum kd_status
kd_bitmap_rank (struct kd_bitmap *bm, uint64_t bit, uint64_t *rank)
{
  size_t index = (size_t)(bit / BLOCK_BITS);
  unsigned in = bit % BLOCK_BITS;
  if (atomic_load_explicit (&bm->known, memory_order_acquire) < index) {
    enum kd_status st = count_up_to (bm, index);
    if (st)
      return st;
  }
  *rank = bm->before[index];
  if (in == 0)
    return KD_OK;
  struct kd_bitmap_block *b;
  enum kd_status st = get_block (bm, index, &b);
  if (st)
    return st;
  if (b == &all_set) {
    *rank += in;
    return KD_OK;
  }
  unsigned word = in / 64;
  *rank += b->sub[word / GROUP_WORDS];
  for (unsigned i = word - word % GROUP_WORDS; i < word; i++)
    *rank += popcount (b->words[i]);
  if (in % 64)
    *rank += popcount (b->words[word] << (64 - in % 64));
  return KD_OK;
}

/* Lowest one of B at or after IN; BLOCK_BITS when none.  */
static unsigned
next_in_block (const struct kd_bitmap_block *b, unsigned in)
{
  if (b == &all_set)
    return in;
  if (b == &none_set)
    return BLOCK_BITS;
  uint64_t word = b->words[in / 64] & (~UINT64_C (0) << (in % 64));
  for (unsigned i = in / 64;;) {
    if (word)
      return i * 64 + (unsigned)__builtin_ctzll (word);
    if (++i == BLOCK_WORDS)
      return BLOCK_BITS;
    word = b->words[i];
  }
}

bool
kd_bitmap_next (struct kd_bitmap *bm, uint64_t *bit, uint64_t end)
{
  if (end > bm->nbits)
    end = bm->nbits;
  uint64_t at = *bit;
  while (at < end) {
    struct kd_bitmap_block *b;
    unsigned in = BLOCK_BITS;
    if (!get_block (bm, (size_t)(at / BLOCK_BITS), &b))
      in = next_in_block (b, at % BLOCK_BITS);
    at = at - at % BLOCK_BITS + in;
    if (in < BLOCK_BITS)
      break;
  }
  if (at >= end)
    return false;
  *bit = at;
  return true;
}

uint64_t
kd_bitmap_cost (struct kd_bitmap *bm, uint64_t limit)
{
  uint64_t end = bm->off + (bm->nbits + 7) / 8;
  uint64_t cost = 0;
  for (uint64_t at = bm->off; at < end && cost < limit;) {
    uint64_t data = kd_source_next_data (bm->src, at);
    if (data > at) {
      at = data;
      continue;
    }
    at += 65536;
    cost += 65536;
  }
  return cost < limit ? cost : limit;
}
