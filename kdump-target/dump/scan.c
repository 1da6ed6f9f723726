/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking for values and text in all of a dump's pages. */
#include "dump/scan.h"

#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Page frames of one piece of work.  */
#define PIECE UINT64_C (1024)
/* A piece is a run of pages; a claim of 2^52 bytes must not become a list of
   as many pieces, so pieces are of page frames that have something.  */
#define MAX_PAGE 65536

struct piece {
  struct kd_hit *hits; /* owned */
  size_t nhits, room;
  uint64_t pages, failed;
  uint64_t end; /* page frame number up to which it was looked through */
  char *why;    /* owned */
  bool done;
};

struct scan {
  struct kd_dump *dump;
  const struct kd_pattern *patterns;
  size_t npatterns;
  size_t longest; /* text, bytes */
  uint64_t end;
  size_t limit;
  uint64_t *starts; /* first page frame of each piece; owned */
  size_t npieces;
  struct piece *pieces; /* owned */
  pthread_mutex_t lock; /* for PREFIX and its hits */
  size_t prefix;        /* pieces from the first on that are done */
  size_t prefix_hits;
  atomic_size_t enough; /* pieces from here on are not needed */
};

/* --- one page --- */

static enum kd_status
add_hit (struct piece *p, uint64_t paddr, uint64_t value, unsigned pattern)
{
  if (p->nhits == p->room) {
    size_t room = p->room ? p->room * 2 : 16;
    struct kd_hit *hits = reallocarray (p->hits, room, sizeof *hits);

    if (!hits)
      return kd_fail (KD_NOMEM, "out of memory for %zu hits", room);
    p->hits = hits;
    p->room = room;
  }
  p->hits[p->nhits++]
    = (struct kd_hit){ .paddr = paddr, .value = value, .pattern = pattern };
  return KD_OK;
}

/* Is there any word at all that matches?  Without a branch in the loop it runs
   as fast as memory does.  */
#define DEFINE_LOOK(bits)                                                     \
  static bool any_##bits (const uint8_t *page, size_t size, uint64_t value,   \
                          uint64_t mask)                                      \
  {                                                                           \
    const uint##bits##_t *w = (const void *)page;                             \
    uint##bits##_t v = (uint##bits##_t) (value & mask);                       \
    uint##bits##_t m = (uint##bits##_t)mask, any = 0;                         \
                                                                              \
    for (size_t i = 0; i < size / sizeof *w; i++)                             \
      any |= (uint##bits##_t) ((w[i] & m) == v);                              \
    return any != 0;                                                          \
  }
DEFINE_LOOK (8)
DEFINE_LOOK (16)
DEFINE_LOOK (32)
DEFINE_LOOK (64)

static bool
any_number (const struct kd_pattern *pat, const uint8_t *page, size_t size)
{
  switch (pat->width) {
  case 1:
    return any_8 (page, size, pat->value, pat->mask);
  case 2:
    return any_16 (page, size, pat->value, pat->mask);
  case 4:
    return any_32 (page, size, pat->value, pat->mask);
  default:
    return any_64 (page, size, pat->value, pat->mask);
  }
}

static enum kd_status
look_for_number (const struct scan *s, struct piece *p, unsigned pattern,
                 const uint8_t *page, size_t size, uint64_t paddr)
{
  const struct kd_pattern *pat = &s->patterns[pattern];
  enum kd_status st = KD_OK;

  if (!any_number (pat, page, size))
    return KD_OK;
  for (size_t i = 0; i < size && !st; i += pat->width) {
    uint64_t value = 0;

    memcpy (&value, page + i, pat->width);
    if (((value ^ pat->value) & pat->mask) == 0)
      st = add_hit (p, paddr + i, value, pattern);
  }
  return st;
}

/* BEFORE bytes of the page before are in front of PAGE.  */
static enum kd_status
look_for_text (const struct scan *s, struct piece *p, unsigned pattern,
               const uint8_t *page, size_t size, size_t before, uint64_t paddr)
{
  const struct kd_pattern *pat = &s->patterns[pattern];
  size_t back = before < pat->len - 1 ? before : pat->len - 1;
  const uint8_t *at = page - back, *end = page + size;

  while ((at = memmem (at, (size_t)(end - at), pat->text, pat->len))) {
    enum kd_status st = add_hit (p, paddr + (uint64_t)(at - page), 0, pattern);

    if (st)
      return st;
    at++;
  }
  return KD_OK;
}

static enum kd_status
look (const struct scan *s, struct piece *p, const uint8_t *page, size_t size,
      size_t before, uint64_t paddr)
{
  enum kd_status st = KD_OK;

  for (unsigned i = 0; i < s->npatterns && !st; i++)
    st = s->patterns[i].width
           ? look_for_number (s, p, i, page, size, paddr)
           : look_for_text (s, p, i, page, size, before, paddr);
  return st;
}

/* --- one piece --- */

static int
by_address (const void *a, const void *b)
{
  const struct kd_hit *x = a, *y = b;

  if (x->paddr != y->paddr)
    return x->paddr < y->paddr ? -1 : 1;
  return (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

static void
note_failure (struct piece *p)
{
  p->failed++;
  if (!p->why)
    p->why = strdup (kd_error_text ());
}

/* The buffer: the end of the page before, then the page, aligned.  */
struct buffer {
  uint8_t before[KD_SCAN_TEXT];
  uint8_t page[MAX_PAGE];
} __attribute__ ((aligned (64)));

/* Text may begin in the page before the piece's first.  */
static size_t
start_of_piece (const struct scan *s, struct buffer *b, uint64_t pfn,
                size_t size)
{
  uint64_t at = pfn - 1;

  if (!s->longest || pfn == 0 || !kd_dump_next_present (s->dump, &at)
      || at != pfn - 1 || kd_dump_read_page (s->dump, at, b->page))
    return 0;
  memcpy (b->before, b->page + size - KD_SCAN_TEXT, KD_SCAN_TEXT);
  return KD_SCAN_TEXT;
}

static enum kd_status
look_through (const struct scan *s, struct piece *p, struct buffer *b,
              uint64_t pfn, uint64_t end)
{
  size_t size = kd_dump_info (s->dump)->page_size;
  size_t before = start_of_piece (s, b, pfn, size);
  uint64_t last = pfn - 1;

  for (; pfn < end && kd_dump_next_present (s->dump, &pfn) && pfn < end;
       pfn++) {
    enum kd_status st;

    if (pfn != last + 1)
      before = 0;
    st = kd_dump_read_page (s->dump, pfn, b->page);
    if (st == KD_NOMEM)
      return st;
    if (st) {
      note_failure (p);
      continue;
    }
    st = look (s, p, b->page, size, before, pfn * size);
    if (st)
      return st;
    p->pages++;
    last = pfn;
    if (s->longest) {
      memcpy (b->before, b->page + size - KD_SCAN_TEXT, KD_SCAN_TEXT);
      before = KD_SCAN_TEXT;
    }
    /* Whatever the pieces before have, here are enough.  */
    if (p->nhits >= s->limit) {
      p->end = pfn + 1;
      return KD_OK;
    }
  }
  p->end = end;
  return KD_OK;
}

/* Piece I is done: are there enough hits in those from the first on?  */
static void
piece_done (struct scan *s, size_t i)
{
  pthread_mutex_lock (&s->lock);
  s->pieces[i].done = true;
  while (s->prefix < s->npieces && s->pieces[s->prefix].done) {
    s->prefix_hits += s->pieces[s->prefix++].nhits;
    if (s->prefix_hits >= s->limit && s->prefix < atomic_load (&s->enough))
      atomic_store (&s->enough, s->prefix);
  }
  pthread_mutex_unlock (&s->lock);
}

static enum kd_status
do_piece (void *arg, size_t i)
{
  struct scan *s = arg;
  struct piece *p = &s->pieces[i];
  struct buffer *b KD_AUTO_FREE = NULL;
  uint64_t end = i + 1 < s->npieces ? s->starts[i + 1] : s->end;
  enum kd_status st;

  if (i >= atomic_load (&s->enough))
    return KD_OK;
  b = aligned_alloc (64, sizeof *b);
  if (!b)
    return kd_fail (KD_NOMEM, "out of memory for searching");
  if (end - s->starts[i] > PIECE)
    end = s->starts[i] + PIECE;
  st = look_through (s, p, b, s->starts[i], end);
  if (st)
    return st;
  if (p->nhits)
    qsort (p->hits, p->nhits, sizeof *p->hits, by_address);
  piece_done (s, i);
  return KD_OK;
}

/* --- all --- */

static enum kd_status
check_patterns (struct scan *s)
{
  for (size_t i = 0; i < s->npatterns; i++) {
    const struct kd_pattern *p = &s->patterns[i];

    if (p->width == 0 && (p->len == 0 || p->len > KD_SCAN_TEXT))
      return kd_fail (KD_USAGE,
                      "text to search for has 1 to %d bytes, not %zu",
                      KD_SCAN_TEXT, p->len);
    if (p->width > 8 || (p->width & (p->width - 1)))
      return kd_fail (KD_USAGE, "a value has 1, 2, 4 or 8 bytes, not %u",
                      p->width);
    if (p->width == 0 && p->len > s->longest)
      s->longest = p->len;
  }
  return KD_OK;
}

static enum kd_status
cut_in_pieces (struct scan *s, uint64_t pfn)
{
  size_t room = 0;

  while (pfn < s->end && kd_dump_next_present (s->dump, &pfn)
         && pfn < s->end) {
    if (s->npieces == room) {
      uint64_t *starts;

      room = room ? room * 2 : 256;
      starts = reallocarray (s->starts, room, sizeof *starts);
      if (!starts)
        return kd_fail (KD_NOMEM, "out of memory for searching");
      s->starts = starts;
    }
    s->starts[s->npieces++] = pfn;
    if (pfn > UINT64_MAX - PIECE)
      break;
    pfn += PIECE;
  }
  s->pieces = kd_calloc (s->npieces, sizeof *s->pieces);
  return s->pieces ? KD_OK : kd_fail (KD_NOMEM, "out of memory for searching");
}

/* Join what the pieces of the prefix have, up to the limit.  */
static enum kd_status
collect (struct scan *s, struct kd_scan *out)
{
  unsigned size = kd_dump_info (s->dump)->page_size;
  size_t n = s->prefix_hits < s->limit ? s->prefix_hits : s->limit;

  out->hits = kd_calloc (n, sizeof *out->hits);
  if (!out->hits)
    return kd_fail (KD_NOMEM, "out of memory for %zu hits", n);
  out->end = s->npieces ? s->starts[0] * size : 0;
  for (size_t i = 0; i < s->prefix && out->nhits < s->limit; i++) {
    struct piece *p = &s->pieces[i];
    size_t take = p->nhits < n - out->nhits ? p->nhits : n - out->nhits;

    if (take)
      memcpy (out->hits + out->nhits, p->hits, take * sizeof *p->hits);
    out->nhits += take;
    out->pages += p->pages;
    out->failed += p->failed;
    out->end = p->end * size;
    if (p->why && !out->why[0])
      snprintf (out->why, sizeof out->why, "%s", p->why);
  }
  out->more = out->nhits >= s->limit;
  return KD_OK;
}

void
kd_scan_deinit (struct kd_scan *scan)
{
  free (scan->hits);
  *scan = (struct kd_scan){ 0 };
}

enum kd_status
kd_scan (struct kd_dump *dump, const struct kd_pattern *patterns,
         size_t npatterns, uint64_t first, uint64_t end, size_t limit,
         struct kd_scan *out)
{
  struct scan s = { .dump = dump,
                    .patterns = patterns,
                    .npatterns = npatterns,
                    .end = end,
                    .limit = limit ? limit : 1,
                    .enough = SIZE_MAX,
                    .lock = PTHREAD_MUTEX_INITIALIZER };
  enum kd_status st = check_patterns (&s);

  *out = (struct kd_scan){ 0 };
  if (!st)
    st = cut_in_pieces (&s, first);
  if (!st)
    st = kd_parallel ("searching", s.npieces, do_piece, &s);
  if (!st)
    st = collect (&s, out);
  for (size_t i = 0; s.pieces && i < s.npieces; i++) {
    free (s.pieces[i].hits);
    free (s.pieces[i].why);
  }
  free (s.pieces);
  free (s.starts);
  pthread_mutex_destroy (&s.lock);
  return st;
}
