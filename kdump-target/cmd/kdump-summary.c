/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GDB's pretty printers ask of lists and trees: one line each. */
#include "cmd/kdump.h"
#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/maple.h"
#include "kernel/rbtree.h"
#include "kernel/xarray.h"

#include <inttypes.h>
#include <string.h>

#define MAX_LIMIT 1000000
/* include/linux/poison.h with CONFIG_ILLEGAL_POINTER_VALUE of x86-64 and
   arm64: what list_del() and hlist_del() leave in an entry.  */
#define LIST_POISON1 UINT64_C (0xdead000000000100)

/* An object, and what was counted in it.  */
struct summary {
  struct kd_kernel *k;
  uint64_t addr;
  size_t limit;
  size_t count;
  uint64_t first, last; /* indices, of maps */
  bool more;            /* than the limit */
};

/* One more entry; any status but KD_OK ends the walk.  */
static enum kd_status
count (struct summary *m)
{
  if (m->count == m->limit) {
    m->more = true;
    return KD_INTERRUPTED;
  }
  m->count++;
  return KD_OK;
}

static enum kd_status
count_node (void *arg, uint64_t node)
{
  (void)node;
  return count (arg);
}

static enum kd_status
count_range (struct summary *m, uint64_t first, uint64_t last)
{
  if (!m->count)
    m->first = first;
  enum kd_status st = count (m);
  if (!st)
    m->last = last;
  return st;
}

static enum kd_status
count_index (void *arg, const struct kd_xa_entry *entry)
{
  return count_range (arg, entry->index, entry->index);
}

static enum kd_status
count_maple (void *arg, uint64_t first, uint64_t last, uint64_t entry)
{
  (void)entry;
  return count_range (arg, first, last);
}

/* "3 nodes", "more than 200 nodes"; and what is wrong, after a walk that
   ended with ST.  */
static void
put_count (const struct summary *m, enum kd_status st, const char *what,
           const char *plural, struct kd_writer *w)
{
  bool damaged = st && !m->more;
  if (m->count || !damaged)
    kd_text (w, "%s%zu %s%s", m->more ? "more than " : "", m->count,
             m->count == 1 ? what : plural, damaged ? ", then " : "");
  if (damaged)
    kd_text (w, "damaged (%s)", kd_error_text ());
}

static enum kd_status
list (struct summary *m, struct kd_writer *w)
{
  uint64_t next, prev;
  enum kd_status st = kd_mem_u64 (m->k->mem, m->addr, &next);
  if (!st)
    st = kd_mem_u64 (m->k->mem, m->addr + 8, &prev);
  if (st)
    return st;
  if (!next && !prev)
    kd_text (w, "not initialised");
  else if (next == LIST_POISON1)
    kd_text (w, "removed from its list");
  else if (next == m->addr && prev == m->addr)
    kd_text (w, "empty");
  else {
    st = kd_list_walk (m->k, m->addr, m->limit + 1, count_node, m);
    put_count (m, st, "other in its ring", "others in its ring", w);
  }
  return KD_OK;
}

/* A head that is nothing but a pointer to the first entry.  */
static enum kd_status
chain (struct summary *m, struct kd_writer *w)
{
  uint64_t first;
  enum kd_status st = kd_mem_u64 (m->k->mem, m->addr, &first);
  if (st)
    return st;
  if (!first) {
    kd_text (w, "empty");
    return KD_OK;
  }
  st = kd_chain_walk (m->k, first, m->limit + 1, count_node, m);
  put_count (m, st, "entry", "entries", w);
  return KD_OK;
}

static enum kd_status
rbtree (struct summary *m, struct kd_writer *w)
{
  uint64_t top;
  enum kd_status st = kd_mem_u64 (m->k->mem, m->addr, &top);
  if (st)
    return st;
  if (!top) {
    kd_text (w, "empty");
    return KD_OK;
  }
  st = kd_rbtree_walk (m->k, m->addr, m->limit + 1, count_node, m);
  put_count (m, st, "node", "nodes", w);
  return KD_OK;
}

struct flag {
  uint64_t mask, value;
  const char *name;
};

static void
put_flags (uint64_t flags, const struct flag *names, size_t n,
           struct kd_writer *w)
{
  for (size_t i = 0; i < n; i++)
    if ((flags & names[i].mask) == names[i].value)
      kd_text (w, ", %s", names[i].name);
}

static void
put_indices (const struct summary *m, struct kd_writer *w)
{
  if (!m->count || m->more)
    return;
  kd_text (w, ", %s %" PRIu64, m->first == m->last ? "index" : "indices",
           m->first);
  if (m->first != m->last)
    kd_text (w, " to %" PRIu64, m->last);
}

static enum kd_status
xarray (struct summary *m, struct kd_writer *w)
{
  /* XA_FLAGS_*; the same bits of a radix tree's gfp_mask mean other things.
     Source: include/linux/xarray.h.  */
  static const struct flag names[] = {
    { 3, 1, "IRQ-safe" },  { 3, 2, "BH-safe" },     { 4, 4, "tracks free" },
    { 16, 16, "wrapped" }, { 32, 32, "accounted" },
  };
  uint64_t head, flags, is_xarray;
  unsigned height = 0;
  enum kd_status st = kd_read_member (m->k, m->addr, "xarray.head", &head);
  if (!st)
    st = kd_read_member (m->k, m->addr, "xarray.flags", &flags);
  if (st)
    return st;
  st = kd_xarray_walk (m->k, m->addr, m->limit + 1, count_index, m);
  if (!head)
    kd_text (w, "empty");
  else
    put_count (m, st, "entry", "entries", w);
  put_indices (m, w);
  if (!kd_xarray_height (m->k, m->addr, &height) && height)
    kd_text (w, ", height %u", height);
  if (!kd_types_size (m->k->types, "xarray", &is_xarray))
    put_flags (flags, names, KD_ARRAY_SIZE (names), w);
  return KD_OK;
}

static enum kd_status
maple (struct summary *m, struct kd_writer *w)
{
  /* MT_FLAGS_*.  Source: include/linux/maple_tree.h.  */
  static const struct flag names[] = { { 1, 1, "tracks gaps" },
                                       { 2, 2, "RCU" },
                                       { 0x300, 0x300, "foreign lock" } };
  uint64_t root, flags;
  enum kd_status st = kd_read_member (m->k, m->addr, "maple_tree.root", &root);
  if (!st)
    st = kd_read_member (m->k, m->addr, "maple_tree.flags", &flags);
  if (st)
    return st;
  st = kd_maple_walk (m->k, m->addr, m->limit + 1, count_maple, m);
  if (!root)
    kd_text (w, "empty");
  else
    put_count (m, st, "entry", "entries", w);
  if (root && (flags >> 2 & 31))
    kd_text (w, ", height %" PRIu64, flags >> 2 & 31);
  put_flags (flags, names, KD_ARRAY_SIZE (names), w);
  return KD_OK;
}

/* "summary KIND ADDR LIMIT": entries over LIMIT are not counted.  What is
   damaged is part of the answer; it is an error if there is nothing to say. */
enum kd_status
kd_kdump_summary (struct kd_session_state *s, const struct kd_args *args,
                  struct kd_writer *w)
{
  static const struct {
    const char *kind;
    enum kd_status (*run) (struct summary *m, struct kd_writer *w);
  } kinds[] = {
    { "list", list },     { "chain", chain }, { "rbtree", rbtree },
    { "xarray", xarray }, { "maple", maple },
  };
  struct summary m = { .k = s->kernel };
  uint64_t limit;
  if (args->argc != 4)
    return kd_fail (KD_USAGE, "summary takes KIND, ADDRESS and LIMIT");
  enum kd_status st = kd_arg_number (args->argv[2], "ADDRESS", &m.addr);
  if (!st)
    st = kd_arg_number (args->argv[3], "LIMIT", &limit);
  if (st)
    return st;
  m.limit = limit && limit < MAX_LIMIT ? (size_t)limit : MAX_LIMIT;
  for (size_t i = 0; i < KD_ARRAY_SIZE (kinds); i++) {
    if (strcmp (args->argv[1], kinds[i].kind) != 0)
      continue;
    st = kinds[i].run (&m, w);
    kd_text (w, "\n");
    return st;
  }
  return kd_fail (KD_USAGE, "no summary of `%s'", args->argv[1]);
}
