/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache of pages that pins what is in use. */
#ifndef KD_DUMP_CACHE_H
#define KD_DUMP_CACHE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct kd_cache; /* opaque; safe from several threads at once */
struct kd_cache_slot;

/* How the cache gets a page that it does not have; BUF has page_size bytes.
   May be called by several threads at once.  */
typedef enum kd_status kd_cache_load_fn (void *arg, uint64_t pfn, void *buf);

/* A cache of at most BYTES of page contents (pinned pages may exceed it),
   which it allocates as they are needed.  NULL when out of memory.  */
struct kd_cache *kd_cache_create (size_t page_size, size_t bytes,
                                  kd_cache_load_fn *load, void *arg);
void kd_cache_destroy (struct kd_cache *cache);

/* Page PFN, loaded if need be, its content in *DATA unchanged until
   kd_cache_put (*SLOT).  A page seen once goes before pages seen again, so
   one pass over a whole dump leaves the often-used ones in place.  */
enum kd_status kd_cache_get (struct kd_cache *cache, uint64_t pfn,
                             const uint8_t **data,
                             struct kd_cache_slot **slot) KD_MUST_CHECK;
void kd_cache_put (struct kd_cache *cache, struct kd_cache_slot *slot);

struct kd_cache_stats {
  uint64_t hits, misses;
  size_t pages;   /* entries now, zero pages included */
  size_t buffers; /* page buffers allocated */
  size_t pinned;
};
void kd_cache_stats (struct kd_cache *cache, struct kd_cache_stats *stats);

#endif
