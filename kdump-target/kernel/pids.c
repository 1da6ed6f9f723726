/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's table of PIDs: an IDR, or a hash table before. */
#include "kernel/pids.h"

#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/xarray.h"

enum { MAX_HASH_SHIFT = 20 }; /* the kernel has 4 to 12 */

struct walk {
  struct kd_kernel *k;
  kd_pid_fn *fn;
  void *arg;
  size_t left;         /* PIDs until the limit */
  uint64_t ns;         /* init_pid_ns */
  uint64_t tasks_at;   /* pid.tasks[PIDTYPE_PID] */
  uint64_t link_at;    /* its node in task_struct */
  uint64_t numbers_at; /* pid.numbers[0], of the initial namespace */
  uint64_t nr_at;      /* in struct upid, as all below */
  uint64_t ns_at, chain_at;
  size_t unreadable;
  char *first; /* words on the first unreadable one; owned */
};

/* The task of the struct pid at PID, whose number is NR.  */
static enum kd_status
visit (struct walk *w, uint64_t pid, uint64_t nr)
{
  uint64_t node;
  uint32_t number;
  enum kd_status st
    = kd_mem_u32 (w->k->mem, pid + w->numbers_at + w->nr_at, &number);
  if (!st && number != nr)
    st = kd_fail (KD_CORRUPT, "PID %llu has the number %u",
                  (unsigned long long)nr, number);
  if (!st)
    st = kd_mem_u64 (w->k->mem, pid + w->tasks_at, &node);
  if (st) {
    if (!w->unreadable++)
      w->first = kd_asprintf ("%s", kd_error_text ());
    return KD_OK;
  }
  if (!node || nr > INT32_MAX)
    return KD_OK; /* of a group or session whose leader has gone */
  return w->fn (w->arg, (int)nr, node - w->link_at);
}

/* --- since 4.15: 95846ecf9dac "pid: replace pid bitmap implementation with
   IDR API", e8cfbc245e24 "pid: remove pidhash" --- */

static enum kd_status
visit_idr (void *arg, const struct kd_xa_entry *entry)
{
  return entry->is_value ? KD_OK : visit (arg, entry->pointer, entry->index);
}

static enum kd_status
walk_idr (struct walk *w, size_t limit)
{
  struct kd_member idr;
  enum kd_status st = kd_layout (w->k, "pid_namespace.idr", &idr);
  if (!st)
    st = kd_xarray_walk (w->k, w->ns + idr.offset, limit, visit_idr, w);
  return st;
}

/* --- before --- */

static enum kd_status
visit_hashed (void *arg, uint64_t entry)
{
  struct walk *w = arg;
  uint64_t upid = entry - w->chain_at, ns;
  uint32_t nr;
  enum kd_status st = kd_mem_u64 (w->k->mem, upid + w->ns_at, &ns);
  if (!st && ns != w->ns)
    return KD_OK;
  if (!st)
    st = kd_mem_u32 (w->k->mem, upid + w->nr_at, &nr);
  if (st)
    return st;
  if (!w->left--)
    return kd_fail (KD_CORRUPT, "more PIDs than there can be");
  return visit (w, upid - w->numbers_at, nr);
}

static enum kd_status
walk_hash (struct walk *w, size_t limit)
{
  struct kd_member m = { 0 };
  uint64_t at, table = 0, first;
  uint32_t shift = 0;
  enum kd_status st = kd_layout (w->k, "upid.ns", &m), bad = KD_OK;
  w->left = limit;
  w->ns_at = m.offset;
  if (!st)
    st = kd_layout (w->k, "upid.pid_chain", &m);
  if (!st)
    st = kd_kernel_symbol (w->k, "pid_hash", &at);
  if (!st)
    st = kd_mem_u64 (w->k->mem, at, &table);
  w->chain_at = m.offset;
  if (!st)
    st = kd_kernel_symbol (w->k, "pidhash_shift", &at);
  if (!st)
    st = kd_mem_u32 (w->k->mem, at, &shift);
  if (!st && shift > MAX_HASH_SHIFT)
    st = kd_fail (KD_CORRUPT, "a hash table of 2^%u chains", shift);
  char *why KD_AUTO_FREE = NULL;
  for (uint64_t i = 0; !st && i < UINT64_C (1) << shift; i++) {
    enum kd_status chain = kd_mem_u64 (w->k->mem, table + 8 * i, &first);
    if (!chain)
      chain = kd_chain_walk (w->k, first, limit, visit_hashed, w);
    if (chain == KD_NOMEM || chain == KD_INTERRUPTED)
      return chain;
    if (chain && !bad) {
      bad = chain;
      why = kd_asprintf ("%s", kd_error_text ());
    }
  }
  if (!st && bad)
    st = kd_fail (bad, "hash table of PIDs: %s", why ? why : "damaged");
  return st;
}

/* --- */

static enum kd_status
prepare (struct walk *w)
{
  struct kd_member m;
  enum kd_status st = kd_kernel_symbol (w->k, "init_pid_ns", &w->ns);
  if (!st)
    st = kd_layout (w->k, "pid.tasks", &m);
  if (st)
    return st;
  w->tasks_at = m.offset;
  st = kd_layout (w->k, "task.pid_links", &m);
  if (st)
    return st;
  w->link_at = m.offset;
  st = kd_layout (w->k, "pid.numbers", &m);
  if (st)
    return st;
  w->numbers_at = m.offset;
  st = kd_layout (w->k, "upid.nr", &m);
  w->nr_at = st ? 0 : m.offset;
  return st;
}

enum kd_status
kd_pids_walk (struct kd_kernel *k, size_t limit, kd_pid_fn *fn, void *arg)
{
  struct walk w = { .k = k, .fn = fn, .arg = arg };
  enum kd_status st = prepare (&w);
  if (st)
    return st;
  st = kd_has_member (k, "upid.pid_chain") ? walk_hash (&w, limit)
                                           : walk_idr (&w, limit);
  if (!st && w.unreadable)
    st = kd_fail (KD_CORRUPT, "%zu of them are damaged: %s", w.unreadable,
                  w.first ? w.first : "?");
  free (w.first);
  return st;
}
