/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who has a lock: what the kernel recorded of it, else whose code took it and
   has not come to where it gives it back. */
#include "hang/calls.h"
#include "hang/spinlock.h"
#include "kernel/layout.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool
begins (const char *name, const char *with)
{
  return !strncmp (name, with, strlen (with));
}

/* What a function does with the lock that is its first argument.  */
static int
effect (const char *name)
{
  if (begins (name, "_raw_spin_unlock") || begins (name, "_raw_read_unlock")
      || begins (name, "_raw_write_unlock")
      || begins (name, "do_raw_spin_unlock")
      || begins (name, "__raw_callee_save___native_queued_spin_unlock")
      || begins (name, "native_queued_spin_unlock")
      || begins (name, "queued_spin_unlock"))
    return -1;
  if (begins (name, "_raw_spin_lock") || begins (name, "_raw_read_lock")
      || begins (name, "_raw_write_lock") || begins (name, "_raw_spin_trylock")
      || begins (name, "native_queued_spin_lock_slowpath")
      || begins (name, "queued_spin_lock_slowpath"))
    return 1;
  return 0;
}

enum { MAX_EVENTS = 64 };

/* Where a function takes and gives back the lock, by address.  */
struct search {
  uint64_t lock;
  uint64_t
    returns; /* pc of a frame in a call, else 0: that call is not over */
  struct event {
    uint64_t at, next;
    bool tried; /* by trylock, which may fail */
  } taken[MAX_EVENTS];
  uint64_t given[MAX_EVENTS];
  size_t ntaken, ngiven;
  uint64_t doubtful[MAX_EVENTS]; /* unlocks of something that is not known */
  size_t ndoubtful;
};

static bool
look_at_call (void *arg, const struct kd_call *call)
{
  struct search *s = arg;
  int what = call->kind == KD_CALL_CLEAR ? -1 : effect (call->name);

  if (!what || (call->kind == KD_CALL && call->next == s->returns))
    return true;
  if (!call->arg_known) {
    if (what < 0 && call->kind != KD_CALL_CLEAR && s->ndoubtful < MAX_EVENTS)
      s->doubtful[s->ndoubtful++] = call->at;
    return true;
  }
  if (call->arg != s->lock)
    return true;
  if (what < 0 && s->ngiven < MAX_EVENTS)
    s->given[s->ngiven++] = call->at;
  else if (what > 0 && s->ntaken < MAX_EVENTS)
    s->taken[s->ntaken++]
      = (struct event){ call->at, call->next,
                        begins (call->name, "_raw_spin_trylock") };
  return true;
}

static void
insert (struct kd_lock_holder *out, size_t max, size_t *n,
        const struct kd_lock_holder *h)
{
  size_t at = *n;

  while (at > 0 && out[at - 1].confidence > h->confidence)
    at--;
  if (at >= max)
    return;
  for (size_t i = *n < max ? *n : max - 1; i > at; i--)
    out[i] = out[i - 1];
  out[at] = *h;
  if (*n < max)
    ++*n;
}

/* From taking the lock at E the function may have come to the frame's pc with
   it.  How sure is that, and why?  */
static bool
is_held (struct kd_contexts *c, const struct kd_frame *f,
         const struct search *s, const struct event *e,
         enum kd_confidence *confidence, const char **but)
{
  /* Not without giving it back.  */
  if (!kd_code_leads (c, f, e->next, s->given, s->ngiven))
    return false;
  *confidence = KD_POSSIBLE;
  if (e->tried)
    *but = "; that was a trylock, which may have failed";
  else if (kd_code_leads (c, f, 0, &e->at, 1))
    *but = "; but it may have come here another way";
  else if (s->ndoubtful
           && !kd_code_leads (c, f, e->next, s->doubtful, s->ndoubtful))
    *but = "; but something is unlocked between, and what is not known";
  else {
    *confidence = KD_LIKELY;
    *but = "";
  }
  return true;
}

/* Does the function of frame I have the lock?  */
static void
look_at_frame (struct kd_contexts *c, const struct kd_context_stack *s,
               const struct kd_context *ctx, size_t i, uint64_t lock,
               struct kd_lock_holder *out, size_t max, size_t *n)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  const struct kd_frame *f = &s->bt.frames[i];
  struct search search
    = { .lock = lock, .returns = f->kind == KD_FRAME_CALL ? f->pc : 0 };
  struct kd_strbuf taken KD_AUTO_STRBUF = { 0 }, now KD_AUTO_STRBUF = { 0 };
  struct kd_lock_holder h
    = { .stack = s, .ctx = ctx, .frame = i, .task = s->task };
  const char *but = "";

  if (kd_calls (c, f, s->cpu, look_at_call, &search))
    return;
  for (size_t e = search.ntaken; e-- > 0;) {
    if (!is_held (c, f, &search, &search.taken[e], &h.confidence, &but))
      continue;
    kd_kernel_format_addr (k, search.taken[e].at, &taken);
    kd_kernel_format_addr (k, f->pc, &now);
    snprintf (h.evidence, sizeof h.evidence,
              "it took the lock at %s, from where its code leads to %s "
              "without unlocking it%s",
              kd_strbuf_str (&taken), kd_strbuf_str (&now), but);
    insert (out, max, n, &h);
    return;
  }
}

/* CONFIG_DEBUG_SPINLOCK keeps the owner.  The lock word is the first member of
   the struct.  */
static bool
recorded_owner (struct kd_contexts *c, uint64_t lock,
                struct kd_lock_holder *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  const struct kd_task *t;
  uint64_t owner, cpu;

  *out = (struct kd_lock_holder){ 0 };
  if (!kd_has_member (k, "raw_spinlock.owner")
      || kd_read_member (k, lock, "raw_spinlock.owner", &owner)
      || kd_read_member (k, lock, "raw_spinlock.owner_cpu", &cpu)
      || kd_task_by_addr (k, owner, &t))
    return false;
  out->task = owner;
  out->confidence = KD_CERTAIN;
  snprintf (out->evidence, sizeof out->evidence,
            "the lock's own record: owner 0x%" PRIx64 " (PID %d %s), CPU "
            "%" PRIu64,
            owner, t->pid, t->comm, cpu);
  if (kd_contexts_task (c, owner, &out->stack))
    out->stack = NULL;
  else if (out->stack->ncontexts)
    out->ctx = &out->stack->context[out->stack->ncontexts - 1];
  return true;
}

enum kd_status
kd_lock_holders (struct kd_contexts *c, uint64_t lock,
                 struct kd_lock_holder *out, size_t max, size_t *n)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_lock_holder owner;

  *n = 0;
  if (max && recorded_owner (c, lock, &owner)) {
    insert (out, max, n, &owner);
    return KD_OK;
  }
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    const struct kd_context_stack *s;
    enum kd_status st = kd_contexts_cpu (c, cpu, &s);

    if (st)
      return st;
    for (size_t x = 0; x < s->ncontexts; x++)
      for (size_t i = s->context[x].first; i < s->context[x].end; i++)
        look_at_frame (c, s, &s->context[x], i, lock, out, max, n);
  }
  return KD_OK;
}
