/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranges that may overlap, made disjoint and sorted. */
#include "dump/extents.h"

#include "base/guard.h"

static int
by_start (const void *a, const void *b)
{
  const struct kd_extent *x = a, *y = b;
  if (x->start != y->start)
    return x->start < y->start ? -1 : 1;
  return x->prio < y->prio ? -1 : x->prio > y->prio;
}

static bool
overlap_free (const struct kd_extent *v, size_t n)
{
  for (size_t i = 1; i < n; i++)
    if (v[i].start < v[i - 1].end)
      return false;
  return true;
}

/* A binary heap of indices into V, the extent of lowest prio on top.  */
struct heap {
  const struct kd_extent *v;
  size_t *at;
  size_t n;
};

static void
heap_push (struct heap *h, size_t index)
{
  size_t i = h->n++;
  while (i > 0) {
    size_t up = (i - 1) / 2;
    if (h->v[h->at[up]].prio <= h->v[index].prio)
      break;
    h->at[i] = h->at[up];
    i = up;
  }
  h->at[i] = index;
}

static void
heap_pop (struct heap *h)
{
  size_t index = h->at[--h->n];
  size_t i = 0;
  for (;;) {
    size_t kid = 2 * i + 1;
    if (kid >= h->n)
      break;
    if (kid + 1 < h->n && h->v[h->at[kid + 1]].prio < h->v[h->at[kid]].prio)
      kid++;
    if (h->v[index].prio <= h->v[h->at[kid]].prio)
      break;
    h->at[i] = h->at[kid];
    i = kid;
  }
  h->at[i] = index;
}

/* Append bytes FROM..TO-1 of E, joining them to the last piece if they go on
   from it.  */
static void
emit (struct kd_extents *out, const struct kd_extent *e, uint64_t from,
      uint64_t to)
{
  struct kd_extent *last = out->n ? &out->v[out->n - 1] : NULL;
  if (last && last->prio == e->prio && last->end == from) {
    last->end = to;
    return;
  }
  out->v[out->n++] = (struct kd_extent){ .start = from,
                                         .end = to,
                                         .pos = e->pos + (from - e->start),
                                         .prio = e->prio };
}

/* Sweep over the sorted V: at each point the live extent of lowest prio.  */
static void
sweep (const struct kd_extent *v, size_t n, struct heap *live,
       struct kd_extents *out)
{
  size_t next = 0;
  uint64_t x = 0;
  while (next < n || live->n > 0) {
    if (live->n == 0 && v[next].start > x)
      x = v[next].start;
    while (next < n && v[next].start <= x)
      heap_push (live, next++);
    while (live->n > 0 && v[live->at[0]].end <= x)
      heap_pop (live);
    if (live->n == 0)
      continue;
    const struct kd_extent *top = &v[live->at[0]];
    uint64_t to = top->end;
    if (next < n && v[next].start < to)
      to = v[next].start;
    emit (out, top, x, to);
    x = to;
  }
}

enum kd_status
kd_extents_init (struct kd_extents *out, struct kd_extent *v, size_t n)
{
  *out = (struct kd_extents){ .v = v, .n = n };
  if (n == 0)
    return KD_OK;
  qsort (v, n, sizeof *v, by_start);
  if (overlap_free (v, n))
    return KD_OK;
  /* One piece more can begin wherever an extent begins or ends.  */
  struct kd_extent *made = calloc (n, 2 * sizeof *made);
  size_t *at = kd_calloc (n, sizeof *at);
  *out = (struct kd_extents){ .v = made };
  if (made && at) {
    struct heap live = { .v = v, .at = at };
    sweep (v, n, &live, out);
  }
  bool failed = !made || !at;
  free (v);
  free (at);
  if (!failed)
    return KD_OK;
  kd_extents_deinit (out);
  return kd_fail (KD_NOMEM, "out of memory for %zu overlapping ranges", n);
}

void
kd_extents_deinit (struct kd_extents *ex)
{
  free (ex->v);
  *ex = (struct kd_extents){ 0 };
}

size_t
kd_extents_find (const struct kd_extents *ex, uint64_t addr)
{
  size_t lo = 0, hi = ex->n;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (ex->v[mid].end > addr)
      hi = mid;
    else
      lo = mid + 1;
  }
  return lo;
}
