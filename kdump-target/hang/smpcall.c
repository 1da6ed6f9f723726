/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits for other CPUs to run a function. */
#include "hang/smpcall.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where the waiting is done, or below it.  */
static const char *const waiting[] = { "smp_call_function_single",
                                       "smp_call_function_many_cond",
                                       "smp_call_function_many",
                                       "smp_call_function_single_async",
                                       "generic_exec_single",
                                       "csd_lock_wait",
                                       "__csd_lock_wait",
                                       "csd_lock_wait_toolong",
                                       "csd_lock",
                                       NULL };
static const char *const one[]
  = { "smp_call_function_single", "smp_call_function_single_async",
      "generic_exec_single", NULL };
static const char *const many[]
  = { "smp_call_function_many_cond", "smp_call_function_many", NULL };
/* What only hands the call on.  */
static const char *const wrappers[]
  = { "smp_call_function_single", "smp_call_function_many_cond",
      "smp_call_function_many",   "smp_call_function_any",
      "smp_call_function",        "smp_call_on_cpu",
      "on_each_cpu_cond_mask",    "on_each_cpu_cond",
      "on_each_cpu_mask",         "on_each_cpu",
      "kick_all_cpus_sync",       "smp_call_function_single_async",
      "generic_exec_single",      NULL };
/* What runs the callbacks.  */
static const char *const flushing[]
  = { "__flush_smp_call_function_queue",
      "flush_smp_call_function_queue",
      "generic_smp_call_function_single_interrupt",
      "__sysvec_call_function_single",
      "__sysvec_call_function",
      "smp_call_function_interrupt",
      "smp_call_function_single_interrupt",
      NULL };

const char *
kd_confidence_name (enum kd_confidence c)
{
  static const char *const names[]
    = { "certain", "likely", "possible", "unknown" };

  return names[c];
}

void
kd_smp_wait_deinit (struct kd_smp_wait *w)
{
  free (w->calls);
  free (w->targets);
  w->calls = NULL;
  w->targets = NULL;
  w->n = 0;
}

/* Is frame I of S in one of NAMES?  */
static bool
frame_is (struct kd_contexts *c, const struct kd_context_stack *s, size_t i,
          const char *const *names)
{
  struct kd_context only = { .first = i, .end = i + 1 };

  return i < s->bt.nframes && kd_context_find (c, s, &only, names) == i;
}

/* The frame at which CTX waits; only frames that wait may be within it.  */
static size_t
find_waiting (struct kd_contexts *c, const struct kd_context_stack *s,
              const struct kd_context *ctx)
{
  for (size_t i = ctx->first; i < ctx->end; i++) {
    if (!frame_is (c, s, i, waiting))
      return SIZE_MAX;
    if (frame_is (c, s, i, one) || frame_is (c, s, i, many))
      return i;
  }
  return SIZE_MAX;
}

static enum kd_status
add_call (struct kd_smp_wait *w, const struct kd_csd *csd, int target)
{
  struct kd_csd *calls = reallocarray (w->calls, w->n + 1, sizeof *calls);
  int *targets;

  if (!calls)
    return kd_fail (KD_NOMEM, "out of memory");
  w->calls = calls;
  targets = reallocarray (w->targets, w->n + 1, sizeof *targets);
  if (!targets)
    return kd_fail (KD_NOMEM, "out of memory");
  w->targets = targets;
  calls[w->n] = *csd;
  targets[w->n++] = target;
  return KD_OK;
}

/* Does a csd make sense: a locked call of a function?  */
static bool
plausible (struct kd_kernel *k, const struct kd_csd *csd)
{
  return csd->locked
         && (csd->type == KD_CSD_SYNC || csd->type == KD_CSD_ASYNC
             || csd->type == KD_CSD_PLAIN)
         && kd_kernel_is_text (k, csd->func)
         && (csd->dst < 0 || (unsigned)csd->dst < k->ncpus);
}

/* In whose queue is the csd at ADDR?  -1: in none.  */
static int
queued_on (struct kd_kernel *k, uint64_t addr)
{
  enum { MAX = 64 };
  struct kd_csd queue[MAX];
  size_t n;

  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    (void)!kd_csd_queue (k, cpu, queue, MAX, &n);
    for (size_t i = 0; i < n; i++)
      if (queue[i].addr == addr)
        return (int)cpu;
  }
  return -1;
}

/* The only CPU that runs FUNC for another; -1: none, or several.  */
static int
running_on (struct kd_contexts *c, uint64_t func)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  int found = -1;

  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    const struct kd_context_stack *s;

    if (kd_contexts_cpu (c, cpu, &s)
        || kd_smp_running (c, s, func) == SIZE_MAX)
      continue;
    if (found >= 0)
      return -1;
    found = (int)cpu;
  }
  return found;
}

/* Which CPU is CSD for, and how is that known?  The kernel fills in dst under
   CONFIG_CSD_LOCK_WAIT_DEBUG alone, which has cur_csd, too: 35feb60474bf
   ("kernel/smp: Provide CSD lock timeout diagnostics", 5.10).  */
static int
target_of (struct kd_contexts *c, const struct kd_csd *csd,
           enum kd_confidence *confidence, const char **how)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  int target = queued_on (k, csd->addr);
  uint64_t at;

  *confidence = KD_CERTAIN;
  *how = ", and is in that CPU's call_single_queue";
  if (target >= 0)
    return target;
  *how = ", and names the CPU";
  if (csd->dst >= 0 && !kd_kernel_symbol (k, "cur_csd", &at))
    return csd->dst;
  *confidence = KD_LIKELY;
  *how = ", is in no CPU's queue, and one CPU is running its function";
  target = running_on (c, csd->func);
  if (target >= 0)
    return target;
  *confidence = KD_UNKNOWN;
  *how = ", but is in no CPU's queue, and no CPU is running its function";
  return -1;
}

/* smp_call_function_single(): the csd is a variable in the frame, or the CPU's
   own csd_data.  */
static enum kd_status
find_one (struct kd_contexts *c, struct kd_smp_wait *w)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  const struct kd_frame *f = &w->stack->bt.frames[w->frame];
  uint64_t found = 0, own = 0;
  struct kd_csd csd;
  const char *how;
  int target;

  for (uint64_t at = (f->sp + 7) & ~UINT64_C (7); at + 32 <= f->cfa; at += 8)
    if (!kd_csd_read (k, at, &csd) && plausible (k, &csd)) {
      if (found) /* two: which it is is not known */
        return kd_fail (KD_NOT_FOUND, "the frame has several calls");
      found = at;
    }
  if (!found && w->stack->cpu >= 0
      && !kd_kernel_percpu (k, "csd_data", (unsigned)w->stack->cpu, &own)
      && !kd_csd_read (k, own, &csd) && plausible (k, &csd))
    found = own;
  if (!found || kd_csd_read (k, found, &csd))
    return kd_fail (KD_NOT_FOUND, "no call that is not done was found in the "
                                  "frame");
  target = target_of (c, &csd, &w->confidence, &how);
  snprintf (w->evidence, sizeof w->evidence,
            "call_single_data 0x%" PRIx64 " %s has flags 0x%x (locked)%s",
            found, found == own ? "(csd_data of the CPU)" : "in the frame",
            csd.flags, how);
  return add_call (w, &csd, target);
}

/* smp_call_function_many(): the calls are per-CPU data of the CPU waited for.
 */
static enum kd_status
find_many (struct kd_contexts *c, struct kd_smp_wait *w)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_csd *all KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *all);
  enum kd_status st = KD_OK;
  size_t n;

  if (!all)
    return kd_fail (KD_NOMEM, "out of memory");
  if (w->stack->cpu < 0)
    return kd_fail (KD_NOT_FOUND, "the task is on no CPU");
  st = kd_csd_many (k, (unsigned)w->stack->cpu, all, &n);
  for (unsigned i = 0; i < k->ncpus && !st; i++)
    if (all[i].addr)
      st = add_call (w, &all[i], (int)i);
  if (!st && !w->n)
    st = kd_fail (KD_NOT_FOUND, "all calls that it sent are done");
  if (st)
    return st;
  w->confidence = KD_CERTAIN;
  snprintf (w->evidence, sizeof w->evidence,
            "call_single_data 0x%" PRIx64 " in CPU %d's per-CPU area has "
            "flags 0x%x (locked)",
            w->calls[0].addr, w->targets[0], w->calls[0].flags);
  return KD_OK;
}

enum kd_status
kd_smp_wait_find (struct kd_contexts *c, const struct kd_context_stack *s,
                  const struct kd_context *ctx, struct kd_smp_wait *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_symbol sym;
  enum kd_status st;
  size_t at = find_waiting (c, s, ctx);

  *out = (struct kd_smp_wait){ .stack = s, .ctx = ctx, .frame = at };
  if (at == SIZE_MAX)
    return kd_fail (KD_NOT_FOUND, "it waits for no other CPU");
  if (kd_frame_symbol (k, &s->bt.frames[at], &sym))
    snprintf (out->function, sizeof out->function, "%s", sym.name);
  for (out->caller = at + 1;
       out->caller < ctx->end && frame_is (c, s, out->caller, wrappers);)
    out->caller++;
  st = frame_is (c, s, at, many) ? find_many (c, out) : find_one (c, out);
  if (st == KD_NOMEM)
    return st;
  if (st) {
    out->confidence = KD_UNKNOWN;
    snprintf (out->evidence, sizeof out->evidence,
              "for which CPU is not known: %s", kd_error_text ());
  }
  return KD_OK;
}

/* --- the other side --- */

size_t
kd_smp_running (struct kd_contexts *c, const struct kd_context_stack *s,
                uint64_t func)
{
  struct kd_kernel *k = kd_contexts_kernel (c);

  for (size_t i = 0; i + 1 < s->bt.nframes; i++) {
    struct kd_symbol sym;

    if (!frame_is (c, s, i + 1, flushing) || frame_is (c, s, i, flushing)
        || !kd_frame_symbol (k, &s->bt.frames[i], &sym))
      continue;
    /* An interruption may lie between.  */
    if (s->bt.frames[i + 1].regs_at)
      continue;
    if (!func || sym.addr == func)
      return i;
  }
  return SIZE_MAX;
}

void
kd_smp_why_not (struct kd_contexts *c, const struct kd_context_stack *s,
                uint64_t func, struct kd_strbuf *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_strbuf at KD_AUTO_STRBUF = { 0 };
  struct kd_symbol sym;
  size_t running = kd_smp_running (c, s, func);

  if (s->cpu >= 0 && !k->cpus[s->cpu].online) {
    kd_strbuf_puts (out, "is offline");
    return;
  }
  if (!s->ncontexts) {
    kd_strbuf_printf (out, "has no stack to look at (%s)",
                      s->why ? s->why : "unknown");
    return;
  }
  if (kd_frame_symbol (k, &s->bt.frames[0], &sym)) {
    kd_strbuf_printf (&at, ", in %s", sym.name);
    if (sym.module)
      kd_strbuf_printf (&at, " [%s]", sym.module);
  }
  if (running != SIZE_MAX && func)
    kd_strbuf_printf (out, "is running it%s", kd_strbuf_str (&at));
  else if (s->context[0].kind == KD_CONTEXT_NMI)
    kd_strbuf_printf (out, "is in an NMI%s", kd_strbuf_str (&at));
  else if (s->context[0].irqs == KD_IRQS_OFF)
    kd_strbuf_printf (out, "has interrupts off%s", kd_strbuf_str (&at));
  else if (s->idle && s->ncontexts == 1)
    kd_strbuf_puts (out, "is idle, with interrupts on: the interrupt has not "
                         "come to it");
  else
    kd_strbuf_printf (out,
                      "has interrupts on%s: the interrupt has not come "
                      "to it",
                      kd_strbuf_str (&at));
}
