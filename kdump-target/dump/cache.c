/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache of pages that pins what is in use. */
#include "dump/cache.h"

#include "base/guard.h"

#include <pthread.h>
#include <string.h>

/* Two lists in the manner of segmented LRU: a page enters the young list and
   moves to the old one when it is used again.  The old list has at most
   3/4 of the room; its overflow becomes young.  Victims come from the young
   list's end.  */

#define SHARDS 16u
#define NBUCKETS 1024u

struct kd_cache_slot {
  struct kd_cache_slot *next_in_bucket;
  struct kd_cache_slot *newer, *older; /* in its list */
  uint64_t pfn;
  uint8_t *buf; /* NULL: the page is all zeros */
  unsigned pins;
  bool old; /* in the old list */
};

struct list {
  struct kd_cache_slot *newest, *oldest;
  size_t n;
};

struct shard {
  pthread_mutex_t lock;
  struct kd_cache_slot *bucket[NBUCKETS];
  struct list young, old;
  uint8_t *spare; /* one unused buffer, or NULL */
  size_t buffers; /* allocated, the spare included */
  size_t pinned;
  uint64_t hits, misses;
};

struct kd_cache {
  size_t page_size;
  size_t max_buffers; /* a shard's */
  size_t max_slots;   /* a shard's, zero pages included */
  kd_cache_load_fn *load;
  void *arg;
  uint8_t *zeros;
  struct shard shard[SHARDS];
};

static uint64_t
mix (uint64_t pfn)
{
  pfn *= UINT64_C (0x9e3779b97f4a7c15);
  return pfn ^ pfn >> 32;
}

static struct shard *
shard_of (struct kd_cache *cache, uint64_t pfn)
{
  return &cache->shard[mix (pfn) % SHARDS];
}

static struct kd_cache_slot **
bucket_of (struct shard *sh, uint64_t pfn)
{
  return &sh->bucket[mix (pfn) / SHARDS % NBUCKETS];
}

static void
list_remove (struct list *l, struct kd_cache_slot *s)
{
  *(s->newer ? &s->newer->older : &l->newest) = s->older;
  *(s->older ? &s->older->newer : &l->oldest) = s->newer;
  l->n--;
}

static void
list_push (struct list *l, struct kd_cache_slot *s)
{
  s->newer = NULL;
  s->older = l->newest;
  *(l->newest ? &l->newest->newer : &l->oldest) = s;
  l->newest = s;
  l->n++;
}

struct kd_cache *
kd_cache_create (size_t page_size, size_t bytes, kd_cache_load_fn *load,
                 void *arg)
{
  struct kd_cache *cache = kd_calloc (1, sizeof *cache);
  uint8_t *zeros = kd_calloc (1, page_size);
  if (!cache || !zeros) {
    free (cache);
    free (zeros);
    return NULL;
  }
  size_t each = bytes / page_size / SHARDS;
  cache->page_size = page_size;
  cache->max_buffers = each < 4 ? 4 : each;
  cache->max_slots = cache->max_buffers * 2;
  cache->load = load;
  cache->arg = arg;
  cache->zeros = zeros;
  for (unsigned i = 0; i < SHARDS; i++)
    pthread_mutex_init (&cache->shard[i].lock, NULL);
  return cache;
}

static void
free_list (struct list *l)
{
  while (l->newest) {
    struct kd_cache_slot *s = l->newest;
    l->newest = s->older;
    free (s->buf);
    free (s);
  }
}

void
kd_cache_destroy (struct kd_cache *cache)
{
  if (!cache)
    return;
  for (unsigned i = 0; i < SHARDS; i++) {
    free_list (&cache->shard[i].young);
    free_list (&cache->shard[i].old);
    free (cache->shard[i].spare);
    pthread_mutex_destroy (&cache->shard[i].lock);
  }
  free (cache->zeros);
  free (cache);
}

static struct kd_cache_slot *
find (struct shard *sh, uint64_t pfn)
{
  struct kd_cache_slot *s = *bucket_of (sh, pfn);
  while (s && s->pfn != pfn)
    s = s->next_in_bucket;
  return s;
}

/* S is used again.  */
static void
promote (struct kd_cache *cache, struct shard *sh, struct kd_cache_slot *s)
{
  list_remove (s->old ? &sh->old : &sh->young, s);
  s->old = true;
  list_push (&sh->old, s);
  if (sh->old.n <= cache->max_slots / 4 * 3
      && sh->old.n <= cache->max_buffers / 4 * 3)
    return;
  struct kd_cache_slot *last = sh->old.oldest;
  list_remove (&sh->old, last);
  last->old = false;
  list_push (&sh->young, last);
}

static void
pin (struct shard *sh, struct kd_cache_slot *s)
{
  if (s->pins++ == 0)
    sh->pinned++;
}

/* Give BUF back to the shard.  */
static void
recycle (struct shard *sh, uint8_t *buf)
{
  if (!buf)
    return;
  if (!sh->spare) {
    sh->spare = buf;
    return;
  }
  free (buf);
  sh->buffers--;
}

static void
evict (struct shard *sh, struct kd_cache_slot *s)
{
  struct kd_cache_slot **p = bucket_of (sh, s->pfn);
  while (*p != s)
    p = &(*p)->next_in_bucket;
  *p = s->next_in_bucket;
  list_remove (s->old ? &sh->old : &sh->young, s);
  recycle (sh, s->buf);
  free (s);
}

/* The unpinned slot that is longest unused, young ones first.  */
static struct kd_cache_slot *
victim (struct shard *sh)
{
  for (int old = 0; old < 2; old++) {
    struct kd_cache_slot *s = old ? sh->old.oldest : sh->young.oldest;
    for (; s; s = s->newer)
      if (s->pins == 0)
        return s;
  }
  return NULL;
}

/* A buffer to load into; beyond the limit if all pages are pinned.  */
static uint8_t *
take_buffer (struct kd_cache *cache, struct shard *sh)
{
  while (!sh->spare && sh->buffers >= cache->max_buffers) {
    struct kd_cache_slot *s = victim (sh);
    if (!s)
      break;
    evict (sh, s);
  }
  if (sh->spare)
    return KD_STEAL (sh->spare);
  uint8_t *buf = malloc (cache->page_size);
  if (buf)
    sh->buffers++;
  return buf;
}

static bool
all_zero (const uint8_t *p, size_t n)
{
  return p[0] == 0 && memcmp (p, p + 1, n - 1) == 0;
}

/* Enter page PFN with content BUF (NULL: zeros), which it takes over.  */
static struct kd_cache_slot *
insert (struct kd_cache *cache, struct shard *sh, uint64_t pfn, uint8_t *buf)
{
  if (sh->young.n + sh->old.n >= cache->max_slots) {
    struct kd_cache_slot *s = victim (sh);
    if (s)
      evict (sh, s);
  }
  struct kd_cache_slot *s = kd_calloc (1, sizeof *s);
  if (!s) {
    recycle (sh, buf);
    return NULL;
  }
  struct kd_cache_slot **bucket = bucket_of (sh, pfn);
  s->pfn = pfn;
  s->buf = buf;
  s->next_in_bucket = *bucket;
  *bucket = s;
  list_push (&sh->young, s);
  return s;
}

/* Load PFN; the lock is held on entry and return, and not in between.  */
static enum kd_status
load (struct kd_cache *cache, struct shard *sh, uint64_t pfn,
      struct kd_cache_slot **out)
{
  uint8_t *buf = take_buffer (cache, sh);
  if (!buf) {
    kd_fail (KD_NOMEM, "out of memory for a page");
    return KD_NOMEM;
  }
  pthread_mutex_unlock (&sh->lock);
  enum kd_status st = cache->load (cache->arg, pfn, buf);
  bool zero = !st && all_zero (buf, cache->page_size);
  pthread_mutex_lock (&sh->lock);
  if (st || zero) {
    recycle (sh, buf);
    buf = NULL;
  }
  if (st)
    return st;
  /* Another thread may have been faster.  */
  *out = find (sh, pfn);
  if (*out)
    recycle (sh, buf);
  else
    *out = insert (cache, sh, pfn, buf);
  if (*out)
    return KD_OK;
  kd_fail (KD_NOMEM, "out of memory for a page");
  return KD_NOMEM;
}

enum kd_status
kd_cache_get (struct kd_cache *cache, uint64_t pfn, const uint8_t **data,
              struct kd_cache_slot **slot)
{
  struct shard *sh = shard_of (cache, pfn);
  enum kd_status st = KD_OK;
  pthread_mutex_lock (&sh->lock);
  *slot = find (sh, pfn);
  if (*slot) {
    sh->hits++;
    promote (cache, sh, *slot);
  } else {
    sh->misses++;
    st = load (cache, sh, pfn, slot);
  }
  if (!st) {
    pin (sh, *slot);
    *data = (*slot)->buf ? (*slot)->buf : cache->zeros;
  }
  pthread_mutex_unlock (&sh->lock);
  return st;
}

void
kd_cache_put (struct kd_cache *cache, struct kd_cache_slot *slot)
{
  struct shard *sh = shard_of (cache, slot->pfn);
  pthread_mutex_lock (&sh->lock);
  if (--slot->pins == 0)
    sh->pinned--;
  if (slot->pins == 0 && slot->buf && sh->buffers > cache->max_buffers)
    evict (sh, slot);
  pthread_mutex_unlock (&sh->lock);
}

void
kd_cache_stats (struct kd_cache *cache, struct kd_cache_stats *stats)
{
  *stats = (struct kd_cache_stats){ 0 };
  for (unsigned i = 0; i < SHARDS; i++) {
    struct shard *sh = &cache->shard[i];
    pthread_mutex_lock (&sh->lock);
    stats->hits += sh->hits;
    stats->misses += sh->misses;
    stats->pages += sh->young.n + sh->old.n;
    stats->buffers += sh->buffers;
    stats->pinned += sh->pinned;
    pthread_mutex_unlock (&sh->lock);
  }
}
