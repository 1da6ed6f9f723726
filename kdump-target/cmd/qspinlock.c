/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qspinlock: a spinlock's word, its queue, and who has it. */
#include "cmd/args.h"
#include "cmd/complete.h"
#include "cmd/lockup.h"

#include <inttypes.h>
#include <string.h>

/* WORD with the locked byte free, pending clear and no tail.  */
static bool
is_free (struct kd_kernel *k, uint64_t lock)
{
  uint32_t word;

  return !kd_mem_u32 (k->mem, lock, &word) && !word;
}

static void
show_waiters (struct lockup *l, uint64_t lock)
{
  kd_json_array (l->w, "waiters");
  for (size_t i = 0; i < l->chain.n; i++) {
    const struct kd_wait *w = &l->chain.waits[i];
    struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

    if (w->kind != KD_WAIT_LOCK || w->lock.lock != lock)
      continue;
    kd_lockup_who (w->stack, w->ctx, &text);
    kd_strbuf_printf (&text, " in %s", w->lock.function);
    if (w->lock.caller < w->ctx->end) {
      kd_strbuf_puts (&text, ", wanted by ");
      kd_lockup_where (l, &w->stack->bt.frames[w->lock.caller], &text);
    }
    kd_strbuf_printf (&text, ": %s [%s]", w->lock.evidence,
                      kd_confidence_name (w->lock.confidence));
    kd_text_wrapped (l->w, "  waiter", 11, kd_strbuf_str (&text));
    kd_json_object (l->w, NULL);
    kd_json_i64 (l->w, "cpu", w->stack->cpu);
    kd_json_i64 (l->w, "pid", w->stack->pid);
    kd_json_str (l->w, "comm", w->stack->comm);
    kd_json_str (l->w, "context", kd_context_kind_name (w->ctx->kind));
    kd_json_str (l->w, "function", w->lock.function);
    kd_json_str (l->w, "confidence", kd_confidence_name (w->lock.confidence));
    kd_json_str (l->w, "evidence", w->lock.evidence);
    kd_json_end (l->w);
  }
  kd_json_end (l->w);
}

static enum kd_status
show_lock (struct lockup *l, uint64_t lock, enum kd_lock_kind kind)
{
  struct kd_lock_holder holders[KD_CHAIN_HOLDERS];
  struct kd_kernel *k = l->s->kernel;
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  enum kd_status st;
  uint32_t word;
  size_t n = 0;

  st = kd_mem_u32 (k->mem, lock, &word);
  if (!st && !is_free (k, lock))
    st = kd_lock_holders (l->c, lock, holders, KD_ARRAY_SIZE (holders), &n);
  if (st)
    return st;
  kd_lockup_object (k, "lock", lock, &name);
  kd_text (l->w, "%s\n  lock     0x%" PRIx64 "\n", kd_strbuf_str (&name),
           lock);
  kd_json_object (l->w, NULL);
  kd_json_hex (l->w, "lock", lock);
  kd_json_str (l->w, "lock_name", kd_strbuf_str (&name));
  kd_json_str (l->w, "kind", kind == KD_LOCK_SPIN ? "spinlock" : "rwlock");
  kd_lockup_show_word (l, lock, kind);
  show_waiters (l, lock);
  kd_lockup_show_holders (l, holders, n);
  if (!n && is_free (k, lock))
    kd_text (l->w, "  holder   none: it is free\n");
  else if (!n)
    kd_text (l->w, "  holder   not known: no code on a CPU's stack is seen to "
                   "have taken it\n");
  kd_json_end (l->w);
  return KD_OK;
}

/* Every lock that a CPU spins for.  */
static enum kd_status
show_all (struct lockup *l)
{
  enum kd_status st = KD_OK;
  size_t shown = 0;

  for (size_t i = 0; i < l->chain.n && !st; i++) {
    const struct kd_wait *w = &l->chain.waits[i];
    bool before = false;

    for (size_t j = 0; j < i; j++)
      before = before
               || (l->chain.waits[j].kind == KD_WAIT_LOCK
                   && l->chain.waits[j].lock.lock == w->lock.lock);
    if (w->kind != KD_WAIT_LOCK || !w->lock.lock || before)
      continue;
    if (shown++)
      kd_text (l->w, "\n");
    st = show_lock (l, w->lock.lock, w->lock.kind);
  }
  if (!st && !shown)
    kd_text (l->w, "No CPU spins for a lock that is known.\n");
  return st;
}

static enum kd_status
qspinlock_run (struct kd_session_state *s, const struct kd_args *args,
               struct kd_writer *w)
{
  struct lockup l = { .s = s, .w = w };
  enum kd_lock_kind kind = KD_LOCK_SPIN;
  enum kd_status st;
  uint64_t lock = 0;
  int at = 0;
  bool all = args->argc && !strcmp (args->argv[0], "-a");

  if (!all && args->argc && !strcmp (args->argv[0], "-w")) {
    kind = KD_LOCK_WRITE;
    at++;
  }
  if (at == args->argc)
    return kd_fail (KD_USAGE, "the address of a lock is needed, or -a");
  st = kd_args_no_more (args, at + 1);
  if (!st && !all)
    st = kd_arg_address (s, args->argv[at], &lock);
  if (!st && lock & 3)
    st = kd_fail (KD_USAGE,
                  "0x%" PRIx64 " is no multiple of 4, as a lock's "
                  "address is",
                  lock);
  if (!st)
    st = kd_cmd_contexts (s, &l.c);
  if (!st)
    st = kd_chain_find (l.c, &l.chain);
  if (st)
    return st;
  kd_json_array (w, NULL);
  st = all ? show_all (&l) : show_lock (&l, lock, kind);
  kd_json_end (w);
  kd_chain_deinit (&l.chain);
  return st;
}

const struct kd_command kd_cmd_qspinlock = {
  .name = "qspinlock",
  .group = "Who hangs on whom?",
  .summary = "decode a spinlock: its word, its queue, who has it",
  .usage = "qspinlock [-w] ADDR | -a [--json]",
  .help
  = "Decodes the word of the queued spinlock at ADDR (an address or a\n"
    "symbol), and shows which CPUs spin for it, in the order in which they\n"
    "get it, and who may have it: what the kernel recorded\n"
    "(CONFIG_DEBUG_SPINLOCK), else whose code took it and has not given it\n"
    "back, with how sure that is. What is at ADDR is not checked to be a\n"
    "lock.\n\n"
    "  -a  all locks that a CPU spins for\n"
    "  -w  ADDR is a queued rwlock\n\n"
    "JSON: an array of {lock, lock_name, kind, word, tail_cpu, queue: "
    "[cpus],\n"
    "waiters: [{cpu, pid, comm, context, function, confidence, evidence}],\n"
    "holders: [{cpu, task, confidence, evidence}]}; kind is spinlock or\n"
    "rwlock, which has no tail_cpu and no queue.\n",
  .complete = kd_complete_symbol,
  .run = qspinlock_run,
};
