/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking linked lists that may loop, break off or lead astray. */
#include "kernel/list.h"

#include <stdlib.h>

/* Addresses that were visited: a hash set, grown as needed.  */
struct seen {
  uint64_t *slot; /* owned; 0 is empty */
  size_t room;    /* a power of two */
  size_t count;
};

static size_t
seen_slot (const struct seen *s, uint64_t addr)
{
  size_t at
    = (size_t)((addr * UINT64_C (0x9e3779b97f4a7c15)) >> 20) & (s->room - 1);
  while (s->slot[at] && s->slot[at] != addr)
    at = (at + 1) & (s->room - 1);
  return at;
}

static enum kd_status
seen_grow (struct seen *s)
{
  struct seen more = { .room = s->room ? s->room * 2 : 64 };
  more.slot = kd_calloc (more.room, sizeof *more.slot);
  if (!more.slot)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < s->room; i++)
    if (s->slot[i])
      more.slot[seen_slot (&more, s->slot[i])] = s->slot[i];
  more.count = s->count;
  free (s->slot);
  *s = more;
  return KD_OK;
}

/* Add ADDR (not 0); *NEW says whether it was not there before.  */
static enum kd_status
seen_add (struct seen *s, uint64_t addr, bool *new)
{
  if ((s->count + 1) * 2 > s->room) {
    enum kd_status st = seen_grow (s);
    if (st)
      return st;
  }
  size_t at = seen_slot (s, addr);
  *new = !s->slot[at];
  s->slot[at] = addr;
  s->count += *new;
  return KD_OK;
}

struct walk {
  struct kd_kernel *k;
  uint64_t head;
  size_t limit;
  kd_list_fn *fn;
  void *arg;
  struct seen seen;
  bool refused; /* the function's own status, or no memory: end at once */
};

static enum kd_status
next_of (struct walk *w, uint64_t entry, uint64_t *next)
{
  return kd_context (kd_mem_u64 (w->k->mem, entry, next),
                     "list entry at 0x%llx", (unsigned long long)entry);
}

static enum kd_status
prev_of (struct walk *w, uint64_t entry, uint64_t *prev)
{
  return kd_context (kd_mem_u64 (w->k->mem, entry + 8, prev),
                     "list entry at 0x%llx", (unsigned long long)entry);
}

static enum kd_status
visit (struct walk *w, uint64_t entry, bool *new)
{
  enum kd_status st = seen_add (&w->seen, entry, new);
  if (!st && *new && w->seen.count > w->limit)
    return kd_fail (KD_CORRUPT,
                    "list at 0x%llx: more than %zu entries, "
                    "so it is damaged",
                    (unsigned long long)w->head, w->limit);
  if (!st && *new)
    st = w->fn (w->arg, entry);
  w->refused = st != KD_OK;
  return st;
}

/* ENTRY follows PREV but points back at BACK.  While an entry is added, its
   successor points back at it before its predecessor points to it.  */
static bool
is_being_added (struct walk *w, uint64_t prev, uint64_t entry, uint64_t back)
{
  uint64_t next, before;
  return !kd_mem_u64 (w->k->mem, back, &next)
         && !kd_mem_u64 (w->k->mem, back + 8, &before) && next == entry
         && before == prev;
}

static enum kd_status
forward (struct walk *w)
{
  uint64_t prev = w->head, at, back;
  enum kd_status st = next_of (w, w->head, &at);
  while (!st) {
    bool new;
    st = prev_of (w, at, &back);
    if (st)
      break;
    if (back != prev) {
      if (!is_being_added (w, prev, at, back))
        return kd_fail (KD_CORRUPT,
                        "list entry at 0x%llx points back at 0x%llx, not at "
                        "0x%llx",
                        (unsigned long long)at, (unsigned long long)back,
                        (unsigned long long)prev);
      st = visit (w, back, &new);
    }
    if (st || at == w->head)
      break;
    st = visit (w, at, &new);
    if (!st && !new)
      st = kd_fail (KD_CORRUPT, "the list comes back to the entry at 0x%llx",
                    (unsigned long long)at);
    prev = at;
    if (!st)
      st = next_of (w, at, &at);
  }
  return st;
}

/* From the end, as far as each entry is one that its successor follows.  */
static enum kd_status
backward (struct walk *w)
{
  uint64_t after = w->head, at, next;
  while (!kd_mem_u64 (w->k->mem, after + 8, &at) && at != w->head) {
    bool new;
    if (kd_mem_u64 (w->k->mem, at, &next) || next != after)
      break;
    enum kd_status st = visit (w, at, &new);
    if (st)
      return st;
    if (!new)
      break;
    after = at;
  }
  return KD_OK;
}

enum kd_status
kd_list_walk (struct kd_kernel *k, uint64_t head, size_t limit, kd_list_fn *fn,
              void *arg)
{
  struct walk w = { k, head, limit, fn, arg, { 0 }, false };
  enum kd_status st = forward (&w);
  if (st && !w.refused) {
    char *why = kd_asprintf ("%s", kd_error_text ());
    enum kd_status rest = backward (&w);
    st = rest ? rest : kd_fail (st, "%s", why ? why : "damaged list");
    free (why);
  }
  free (w.seen.slot);
  return st;
}

enum kd_status
kd_chain_walk (struct kd_kernel *k, uint64_t first, size_t limit,
               kd_list_fn *fn, void *arg)
{
  struct walk w = { k, first, limit, fn, arg, { 0 }, false };
  enum kd_status st = KD_OK;
  for (uint64_t at = first; at && !st;) {
    bool new;
    uint64_t next;
    /* Read first: an entry that cannot be read is none.  */
    st = next_of (&w, at, &next);
    if (!st)
      st = visit (&w, at, &new);
    if (!st && !new)
      st = kd_fail (KD_CORRUPT, "the list comes back to the entry at 0x%llx",
                    (unsigned long long)at);
    at = st ? 0 : next;
  }
  free (w.seen.slot);
  return st;
}
