/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lockup: who hangs on whom, and why; the conclusion first, then what it rests
   on. */
#include "cmd/lockup.h"
#include "cmd/stack.h"
#include "kernel/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- words --- */

static void
lock_name (struct kd_kernel *k, const struct kd_lock_wait *l,
           struct kd_strbuf *out)
{
  kd_lockup_object (k, "lock", l->lock, out);
}

static const char *
irqs_words (enum kd_irqs irqs)
{
  return irqs == KD_IRQS_OFF  ? ", interrupts off"
         : irqs == KD_IRQS_ON ? ", interrupts on"
                              : "";
}

static void
where (struct lockup *l, const struct kd_context_stack *s, size_t i,
       struct kd_strbuf *out)
{
  if (i < s->bt.nframes)
    kd_lockup_where (l, &s->bt.frames[i], out);
}

/* --- what was reported --- */

/* The last message of the log in which the kernel's own detectors spoke.  */
static void
tell_reported (struct lockup *l)
{
  static const char *const marks[]
    = { "soft lockup - CPU#",      "hard LOCKUP on cpu ",
        "Hard LOCKUP on cpu ",     "blocked for more than",
        "detected stalls on CPUs", "self-detected stall on CPU" };
  struct kd_log *log KD_GUARD (log) = NULL;
  struct kd_strbuf said KD_AUTO_STRBUF = { 0 };
  struct kd_kernel *k = l->s->kernel;

  if (!kd_log_open (k, &log))
    for (size_t i = 0; i < kd_log_count (log); i++) {
      struct kd_log_record r;

      if (kd_log_get (log, i, &r))
        continue;
      for (size_t m = 0; m < KD_ARRAY_SIZE (marks); m++)
        if (strstr (r.text, marks[m])) {
          kd_strbuf_reset (&said);
          kd_strbuf_printf (&said, "The kernel reported: %.*s", (int)r.len,
                            r.text);
        }
    }
  if (said.len)
    kd_lockup_say (l, kd_strbuf_str (&said), NULL);
  kd_strbuf_reset (&said);
  if (k->panic_cpu >= 0)
    kd_strbuf_printf (&said, "CPU %d panicked the machine%s%s.", k->panic_cpu,
                      k->panic_message[0] ? ": " : "", k->panic_message);
  if (said.len)
    kd_lockup_say (l, kd_strbuf_str (&said), NULL);
}

/* --- the chain --- */

static void
tell_smp (struct lockup *l, const struct kd_wait *w)
{
  struct kd_kernel *k = l->s->kernel;
  const struct kd_smp_wait *m = &w->smp;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  kd_lockup_who (w->stack, w->ctx, &text);
  kd_strbuf_printf (&text, " waits in %s for ", m->function);
  if (!m->n)
    kd_strbuf_puts (&text, "a CPU that is not known");
  for (size_t i = 0; i < m->n; i++) {
    kd_strbuf_puts (&text, i == 0 ? "CPU " : i + 1 < m->n ? ", " : " and ");
    if (m->targets[i] >= 0)
      kd_strbuf_printf (&text, "%d", m->targets[i]);
    else
      kd_strbuf_puts (&text, "?");
  }
  if (m->n) {
    kd_strbuf_puts (&text, " to run ");
    kd_lockup_name (k, m->calls[0].func, &text);
    kd_strbuf_puts (&text, "(");
    kd_lockup_name (k, m->calls[0].info, &text);
    kd_strbuf_puts (&text, ")");
  }
  if (m->caller < w->ctx->end) {
    kd_strbuf_puts (&text, ", for ");
    where (l, w->stack, m->caller, &text);
  }
  kd_strbuf_puts (&text, ".");
  kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (m->confidence));
}

static void
tell_lock (struct lockup *l, const struct kd_wait *w)
{
  struct kd_kernel *k = l->s->kernel;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf verb KD_AUTO_STRBUF = { 0 };

  kd_lockup_who (w->stack, w->ctx, &text);
  if (w->ctx->irqs == KD_IRQS_OFF)
    kd_strbuf_puts (&text, " has interrupts off: it ");
  else
    kd_strbuf_puts (&text, " ");
  switch (w->lock.kind) {
  case KD_LOCK_READ:
    kd_strbuf_printf (&verb, "spins in %s to read under ", w->lock.function);
    break;
  case KD_LOCK_WRITE:
    kd_strbuf_printf (&verb, "spins in %s to write under ", w->lock.function);
    break;
  default:
    kd_strbuf_printf (&verb, "spins in %s for ", w->lock.function);
  }
  kd_strbuf_puts (&text, kd_strbuf_str (&verb));
  lock_name (k, &w->lock, &text);
  if (w->lock.caller < w->ctx->end) {
    kd_strbuf_puts (&text, ", wanted by ");
    where (l, w->stack, w->lock.caller, &text);
  }
  kd_strbuf_puts (&text, ".");
  kd_lockup_say (l, kd_strbuf_str (&text),
                 kd_confidence_name (w->lock.confidence));
}

static void
tell_holder (struct lockup *l, const struct kd_wait *w)
{
  struct kd_kernel *k = l->s->kernel;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  const struct kd_lock_holder *h = &w->holders[0];
  uint32_t word;

  if (!w->lock.lock)
    return;
  lock_name (k, &w->lock, &text);
  if (text.len)
    text.data[0] = (char)(text.data[0] == 't' ? 'T' : text.data[0]);
  if (!w->nholders && !kd_mem_u32 (k->mem, w->lock.lock, &word) && !word) {
    kd_strbuf_puts (&text, " is free now.");
    kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (KD_CERTAIN));
    return;
  }
  if (!w->nholders) {
    kd_strbuf_puts (&text, ": who holds it is not known.");
    kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (KD_UNKNOWN));
    return;
  }
  kd_strbuf_puts (&text, " is held by ");
  if (h->stack && h->stack == w->stack && h->ctx != w->ctx)
    kd_strbuf_puts (&text, "what this interrupted, ");
  if (h->stack) {
    kd_lockup_who (h->stack, h->ctx, &text);
    if (h->ctx) {
      kd_strbuf_puts (&text, irqs_words (h->ctx->irqs));
      kd_strbuf_puts (&text, ", in ");
      where (l, h->stack, h->frame ? h->frame : h->ctx->first, &text);
    }
  } else {
    kd_strbuf_printf (&text, "task 0x%" PRIx64, h->task);
  }
  kd_strbuf_puts (&text, ".");
  kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (h->confidence));
}

static void
tell_target (struct lockup *l, const struct kd_wait *w, int cpu)
{
  const struct kd_context_stack *s;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  if (kd_contexts_cpu (l->c, (unsigned)cpu, &s))
    return;
  kd_lockup_who (s, NULL, &text);
  kd_strbuf_puts (&text, " ");
  kd_smp_why_not (l->c, s, w->smp.n ? w->smp.calls[0].func : 0, &text);
  kd_strbuf_puts (&text, ".");
  kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (KD_CERTAIN));
}

/* From CPU on, along what each waits for.  */
static void
tell_chain (struct lockup *l, int cpu)
{
  struct kd_kernel *k = l->s->kernel;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  int from = -1;

  while (cpu >= 0 && (unsigned)cpu < k->ncpus && !l->visited[cpu]) {
    struct kd_wait *w = kd_chain_of_cpu (&l->chain, cpu);

    l->visited[cpu] = true;
    if (!w) {
      kd_strbuf_printf (&text, "Root: CPU %d. It waits for nothing we know.",
                        cpu);
      kd_lockup_say (l, kd_strbuf_str (&text), NULL);
      return;
    }
    w->shown = true;
    if (w->kind == KD_WAIT_SMP)
      tell_smp (l, w);
    else
      tell_lock (l, w);
    from = cpu;
    cpu = kd_wait_for_cpu (w);
    if (w->kind == KD_WAIT_LOCK)
      tell_holder (l, w);
    else if (cpu >= 0 && (unsigned)cpu < k->ncpus
             && !kd_chain_of_cpu (&l->chain, cpu))
      tell_target (l, w, cpu);
  }
  if (cpu < 0) {
    kd_strbuf_printf (&text, "What CPU %d waits for leads no further.", from);
    kd_lockup_say (l, kd_strbuf_str (&text), NULL);
  } else if (cpu == from) {
    kd_strbuf_printf (&text, "Deadlock: CPU %d waits for itself.", cpu);
    kd_lockup_say (l, kd_strbuf_str (&text), NULL);
  } else if ((unsigned)cpu < k->ncpus) {
    kd_strbuf_printf (&text, "CPU %d waits for CPU %d, which was seen above",
                      from, cpu);
    /* Back to where it was: is it a circle?  */
    for (int at = cpu, steps = 0; steps < (int)k->ncpus; steps++) {
      struct kd_wait *w = kd_chain_of_cpu (&l->chain, at);

      at = w ? kd_wait_for_cpu (w) : -1;
      if (at == cpu) {
        kd_strbuf_puts (&text, ": a deadlock");
        break;
      }
      if (at < 0 || (unsigned)at >= k->ncpus)
        break;
    }
    kd_strbuf_puts (&text, ".");
    kd_lockup_say (l, kd_strbuf_str (&text), NULL);
  }
}

/* --- evidence --- */

static void
show_evidence (struct lockup *l, const struct kd_wait *w)
{
  struct kd_kernel *k = l->s->kernel;
  struct kd_strbuf head KD_AUTO_STRBUF = { 0 };
  static const struct kd_stack_style brief = { .brief = true };
  size_t first = w->ctx->first, end;
  bool smp = w->kind == KD_WAIT_SMP;

  kd_lockup_who (w->stack, w->ctx, &head);
  kd_text (l->w, "\n%s\n", kd_strbuf_str (&head));
  kd_json_object (l->w, NULL);
  kd_json_str (l->w, "kind",
               smp                             ? "smp_call"
               : w->lock.kind == KD_LOCK_READ  ? "read_lock"
               : w->lock.kind == KD_LOCK_WRITE ? "write_lock"
                                               : "spinlock");
  kd_json_i64 (l->w, "cpu", w->stack->cpu);
  kd_json_i64 (l->w, "pid", w->stack->pid);
  kd_json_str (l->w, "comm", w->stack->comm);
  kd_json_str (l->w, "context", kd_context_kind_name (w->ctx->kind));
  kd_json_str (l->w, "function", smp ? w->smp.function : w->lock.function);
  kd_json_str (
    l->w, "confidence",
    kd_confidence_name (smp ? w->smp.confidence : w->lock.confidence));
  kd_json_str (l->w, "evidence", smp ? w->smp.evidence : w->lock.evidence);
  kd_text_wrapped (l->w, "  because", 11,
                   smp ? w->smp.evidence : w->lock.evidence);
  kd_json_array (l->w, "waits_for_cpus");
  if (smp)
    for (size_t i = 0; i < w->smp.n; i++)
      kd_json_i64 (l->w, NULL, w->smp.targets[i]);
  else if (kd_wait_for_cpu (w) >= 0)
    kd_json_i64 (l->w, NULL, kd_wait_for_cpu (w));
  kd_json_end (l->w);
  if (smp && w->smp.n) {
    kd_json_hex (l->w, "csd", w->smp.calls[0].addr);
    kd_json_hex (l->w, "func", w->smp.calls[0].func);
    kd_json_hex (l->w, "info", w->smp.calls[0].info);
  }
  if (!smp) {
    struct kd_strbuf name KD_AUTO_STRBUF = { 0 };

    kd_lockup_name (k, w->lock.lock, &name);
    kd_json_hex (l->w, "lock", w->lock.lock);
    kd_json_str (l->w, "lock_name", kd_strbuf_str (&name));
    if (w->lock.lock)
      kd_text (l->w, "  lock     0x%" PRIx64 "\n", w->lock.lock);
    kd_lockup_show_word (l, w->lock.lock, w->lock.kind);
    kd_lockup_show_holders (l, w->holders, w->nholders);
  }
  end = (smp ? w->smp.caller : w->lock.caller) + 3;
  if (end > w->ctx->end)
    end = w->ctx->end;
  kd_json_array (l->w, "frames");
  kd_stack_show_frames (l->s, &w->stack->bt, first, end, &brief, l->w);
  kd_json_end (l->w);
  kd_json_end (l->w);
}

/* --- all --- */

static void
tell_all (struct lockup *l)
{
  struct kd_kernel *k = l->s->kernel;

  kd_json_array (l->w, "conclusion");
  tell_reported (l);
  if (!l->chain.n) {
    kd_lockup_say (l, "No CPU waits for another CPU or spins for a lock.",
                   NULL);
    kd_lockup_tell_tasks (l);
    kd_json_end (l->w);
    return;
  }
  if (k->panic_cpu >= 0 && kd_chain_of_cpu (&l->chain, k->panic_cpu))
    tell_chain (l, k->panic_cpu);
  for (size_t i = 0; i < l->chain.n; i++)
    if (!l->chain.waits[i].shown && !l->visited[l->chain.waits[i].stack->cpu])
      tell_chain (l, l->chain.waits[i].stack->cpu);
  kd_lockup_tell_tasks (l);
  kd_json_end (l->w);
}

static enum kd_status
lockup_run (struct kd_session_state *s, const struct kd_args *args,
            struct kd_writer *w)
{
  struct lockup l = { .s = s, .w = w };
  enum kd_status st = kd_args_no_more (args, 0);

  if (!st)
    st = kd_cmd_contexts (s, &l.c);
  if (!st)
    st = kd_chain_find (l.c, &l.chain);
  if (!st)
    st = kd_sleep_find (l.c, &l.sleepers);
  if (st) {
    kd_chain_deinit (&l.chain);
    return st;
  }
  l.visited = kd_calloc (s->kernel->ncpus, sizeof *l.visited);
  if (!l.visited) {
    kd_sleep_waits_deinit (&l.sleepers);
    kd_chain_deinit (&l.chain);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  kd_json_object (w, NULL);
  tell_all (&l);
  kd_json_array (w, "waits");
  for (size_t i = 0; i < l.chain.n; i++)
    show_evidence (&l, &l.chain.waits[i]);
  kd_json_end (w);
  kd_lockup_show_tasks (&l);
  kd_json_end (w);
  free (l.visited);
  kd_sleep_waits_deinit (&l.sleepers);
  kd_chain_deinit (&l.chain);
  return KD_OK;
}

const struct kd_command kd_cmd_lockup = {
  .name = "lockup",
  .group = "Who hangs on whom?",
  .summary = "who waits for whom, and who is the root of it",
  .usage = "lockup [--json]",
  .help
  = "Looks at what runs on each CPU, also at what was interrupted there, and\n"
    "tells who waits for another CPU to run a function, who spins for a\n"
    "lock, and who has that lock; from the CPU that panicked to the root of\n"
    "the chain, then other chains. Then the evidence for each: the frames,\n"
    "the lock word, the call's data.\n\n"
    "How sure each sentence is stands at its end: certain (the kernel's own\n"
    "data say so, in two ways), likely (the code that was run says so),\n"
    "possible, unknown.\n\n"
    "Then the tasks that are blocked (state D) on a mutex, rwsem, rt_mutex,\n"
    "semaphore or completion: which one, who holds it where the kernel\n"
    "records that, and what that one waits for, to the root or round a\n"
    "deadlock. What other things a task may sleep for is not looked at.\n\n"
    "JSON: {conclusion: [{text, confidence}], waits: [{kind, cpu, pid, comm,\n"
    "context, function, confidence, evidence, waits_for_cpus, csd, func,\n"
    "info, lock, lock_name, word, tail_cpu, queue: [cpus], holders: [{cpu, "
    "task,\n"
    "confidence, evidence}], frames}], tasks: [{kind, pid, comm, task,\n"
    "function, lock, lock_name, confidence, evidence, holder_pid,\n"
    "holder_confidence, holder_evidence}]}. kind of a wait is smp_call,\n"
    "spinlock, read_lock or write_lock; csd, func and info are of the first,\n"
    "lock and what follows of the others. kind of a task is mutex,\n"
    "rwsem_read, rwsem_write, rt_mutex, semaphore or completion.\n",
  .run = lockup_run,
};
