/* SPDX-License-Identifier: GPL-3.0-or-later */
/* smpcall: calls of functions on other CPUs that are not done. */
#include "cmd/lockup.h"
#include "kernel/layout.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_QUEUE = 1024 };

struct smpcall {
  struct kd_session_state *s;
  struct kd_contexts *c;
  struct kd_writer *w;
  struct waiting {
    unsigned cpu;
    const struct kd_context *ctx;
    struct kd_smp_wait wait;
  } * waits; /* of all CPUs; owned */
  size_t nwaits;
  bool all; /* CPUs without anything, too */
  size_t shown;
};

static void
deinit (struct smpcall *v)
{
  for (size_t i = 0; i < v->nwaits; i++)
    kd_smp_wait_deinit (&v->waits[i].wait);
  free (v->waits);
}

static enum kd_status
find_waits (struct smpcall *v)
{
  enum kd_status st = KD_OK;

  for (unsigned cpu = 0; cpu < v->s->kernel->ncpus && !st; cpu++) {
    const struct kd_context_stack *s;

    st = kd_contexts_cpu (v->c, cpu, &s);
    for (size_t i = 0; !st && i < s->ncontexts; i++) {
      struct waiting w = { .cpu = cpu, .ctx = &s->context[i] }, *more;

      st = kd_smp_wait_find (v->c, s, w.ctx, &w.wait);
      if (st == KD_NOT_FOUND) {
        st = KD_OK;
        continue;
      }
      more = st ? NULL : reallocarray (v->waits, v->nwaits + 1, sizeof *more);
      if (!more) {
        kd_smp_wait_deinit (&w.wait);
        return st ? st : kd_fail (KD_NOMEM, "out of memory");
      }
      v->waits = more;
      v->waits[v->nwaits++] = w;
    }
  }
  return st;
}

/* Who waits for the call to be done; -1 if no one is seen to.  What the call
   records of its source is filled in by debug kernels only.  */
static int
sender (const struct smpcall *v, const struct kd_csd *csd)
{
  for (size_t i = 0; i < v->nwaits; i++)
    for (size_t n = 0; n < v->waits[i].wait.n; n++)
      if (v->waits[i].wait.calls[n].addr == csd->addr)
        return (int)v->waits[i].cpu;
  return -1;
}

static void
call_name (struct kd_kernel *k, const struct kd_csd *csd,
           struct kd_strbuf *out)
{
  const struct kd_task *t;
  struct kd_member m;

  if (csd->type == KD_CSD_TTWU) {
    if (!kd_layout (k, "task.wake_entry", &m)
        && !kd_task_by_addr (k, csd->addr - m.offset, &t))
      kd_strbuf_printf (out, "of task [%s %d]", t->comm, t->pid);
    else
      kd_strbuf_puts (out, "of a task that is not known");
    return;
  }
  kd_lockup_name (k, csd->func, out);
  if (csd->type != KD_CSD_IRQ_WORK) {
    kd_strbuf_puts (out, "(");
    kd_lockup_name (k, csd->info, out);
    kd_strbuf_puts (out, ")");
  }
}

static void
json_cpu (struct kd_writer *w, const char *key, int cpu)
{
  kd_json_u64_or_null (w, key, cpu >= 0, cpu >= 0 ? (uint64_t)cpu : 0);
}

static void
show_call (struct smpcall *v, const struct kd_csd *csd, int from, int target)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 }, line KD_AUTO_STRBUF = { 0 };

  call_name (v->s->kernel, csd, &name);
  kd_strbuf_printf (&line, "%s, csd 0x%" PRIx64 "%s", kd_strbuf_str (&name),
                    csd->addr, csd->locked ? ", locked" : "");
  if (target >= 0)
    kd_strbuf_printf (&line, ", for CPU %d", target);
  else if (from >= 0)
    kd_strbuf_printf (&line, ", from CPU %d", from);
  kd_strbuf_reset (&name);
  kd_strbuf_printf (&name, "    %s", kd_csd_type_name (csd->type));
  kd_text_wrapped (v->w, kd_strbuf_str (&name), 14, kd_strbuf_str (&line));
  kd_strbuf_reset (&name);
  call_name (v->s->kernel, csd, &name);
  kd_json_object (v->w, NULL);
  kd_json_hex (v->w, "csd", csd->addr);
  kd_json_str (v->w, "type", kd_csd_type_name (csd->type));
  kd_json_bool (v->w, "locked", csd->locked);
  kd_json_hex (v->w, "flags", csd->flags);
  json_cpu (v->w, "from", from);
  json_cpu (v->w, "for", target);
  kd_json_hex (v->w, "func", csd->func);
  kd_json_hex (v->w, "info", csd->info);
  kd_json_str (v->w, "name", kd_strbuf_str (&name));
  kd_json_end (v->w);
}

/* What contexts of the CPU wait for.  */
static void
show_waits (struct smpcall *v, unsigned cpu)
{
  kd_json_array (v->w, "waits");
  for (size_t i = 0; i < v->nwaits; i++) {
    const struct kd_smp_wait *wait = &v->waits[i].wait;

    if (v->waits[i].cpu != cpu)
      continue;
    kd_text (v->w, "  waits in %s for [%s]:\n", wait->function,
             kd_confidence_name (wait->confidence));
    kd_json_object (v->w, NULL);
    kd_json_str (v->w, "function", wait->function);
    kd_json_str (v->w, "context",
                 kd_context_kind_name (v->waits[i].ctx->kind));
    kd_json_str (v->w, "confidence", kd_confidence_name (wait->confidence));
    kd_json_str (v->w, "evidence", wait->evidence);
    kd_json_array (v->w, "calls");
    for (size_t n = 0; n < wait->n; n++)
      show_call (v, &wait->calls[n], (int)cpu, wait->targets[n]);
    kd_json_end (v->w);
    kd_json_end (v->w);
    kd_text_wrapped (v->w, "    because", 14, wait->evidence);
  }
  kd_json_end (v->w);
}

/* A call that is in no queue any more, but not done.  */
static void
show_running (struct smpcall *v, const struct kd_context_stack *s,
              size_t running)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  if (running == SIZE_MAX) {
    kd_json_null (v->w, "running");
    return;
  }
  kd_lockup_where (&(struct lockup){ .s = v->s }, &s->bt.frames[running],
                   &text);
  kd_json_str (v->w, "running", kd_strbuf_str (&text));
  kd_text_wrapped (v->w, "  running", 14, kd_strbuf_str (&text));
}

static void
show_queue (struct smpcall *v, const struct kd_context_stack *s,
            const struct kd_csd *queue, size_t n, enum kd_status damage)
{
  struct kd_strbuf why KD_AUTO_STRBUF = { 0 };

  kd_json_array (v->w, "queue");
  if (n)
    kd_text (v->w, "  queue, next first:\n");
  for (size_t i = 0; i < n; i++)
    show_call (v, &queue[i], sender (v, &queue[i]), -1);
  kd_json_end (v->w);
  kd_json_str_or_null (v->w, "damaged", damage ? kd_error_text () : NULL);
  if (damage)
    kd_text_wrapped (v->w, "  the queue is damaged:", 4, kd_error_text ());
  if (!n) {
    kd_json_null (v->w, "why_not");
    return;
  }
  kd_strbuf_puts (&why, "the CPU ");
  kd_smp_why_not (v->c, s, 0, &why);
  kd_json_str (v->w, "why_not", kd_strbuf_str (&why));
  kd_text_wrapped (v->w, "  not done", 14, kd_strbuf_str (&why));
}

static bool
waits (const struct smpcall *v, unsigned cpu)
{
  for (size_t i = 0; i < v->nwaits; i++)
    if (v->waits[i].cpu == cpu)
      return true;
  return false;
}

static enum kd_status
show_cpu (struct smpcall *v, unsigned cpu)
{
  struct kd_csd *queue KD_AUTO_FREE = kd_calloc (MAX_QUEUE, sizeof *queue);
  const struct kd_context_stack *s;
  size_t n = 0, running;
  enum kd_status st, damage;

  if (!queue)
    return kd_fail (KD_NOMEM, "out of memory");
  st = kd_contexts_cpu (v->c, cpu, &s);
  if (st)
    return st;
  running = kd_smp_running (v->c, s, 0);
  if (!v->all && running == SIZE_MAX && !waits (v, cpu)
      && !kd_csd_queue (v->s->kernel, cpu, queue, MAX_QUEUE, &n) && !n)
    return KD_OK;
  v->shown++;
  kd_text (v->w, "%sCPU %u", v->shown > 1 ? "\n" : "", cpu);
  if (s->comm[0])
    kd_text (v->w, " [%s %d]", s->comm, s->pid);
  kd_text (v->w, "\n");
  kd_json_object (v->w, NULL);
  kd_json_u64 (v->w, "cpu", cpu);
  kd_json_i64 (v->w, "pid", s->pid);
  kd_json_str (v->w, "comm", s->comm);
  show_waits (v, cpu);
  show_running (v, s, running);
  damage = kd_csd_queue (v->s->kernel, cpu, queue, MAX_QUEUE, &n);
  show_queue (v, s, queue, n, damage);
  if (!n && !damage && running == SIZE_MAX)
    kd_text (v->w, "  its queue is empty\n");
  kd_json_end (v->w);
  return KD_OK;
}

static enum kd_status
smpcall_run (struct kd_session_state *s, const struct kd_args *args,
             struct kd_writer *w)
{
  struct smpcall v = { .s = s, .w = w };
  struct kd_csd probe;
  size_t n;
  struct kd_kernel *k = s->kernel;
  bool *cpus KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *cpus);
  enum kd_status st = KD_OK;

  if (!cpus)
    return kd_fail (KD_NOMEM, "out of memory");
  if (args->argc && !strcmp (args->argv[0], "-c")) {
    v.all = true;
    st = args->argc < 2 ? kd_fail (KD_USAGE, "-c needs a list of CPUs")
                        : kd_args_no_more (args, 2);
    if (!st)
      st = kd_arg_cpu_list (k, args->argv[1], cpus);
  } else {
    st = kd_args_no_more (args, 0);
    memset (cpus, 1, k->ncpus * sizeof *cpus);
  }
  if (!st)
    st = kd_cmd_contexts (s, &v.c);
  if (!st && kd_csd_queue (k, 0, &probe, 1, &n) == KD_NOT_FOUND)
    st = KD_NOT_FOUND;
  if (!st)
    st = find_waits (&v);
  if (st) {
    deinit (&v);
    return st;
  }
  kd_json_array (w, NULL);
  for (unsigned cpu = 0; cpu < k->ncpus && !st; cpu++)
    if (cpus[cpu])
      st = show_cpu (&v, cpu);
  kd_json_end (w);
  if (!st && !v.shown)
    kd_text (w, "No CPU waits for another one, and all queues are empty.\n");
  deinit (&v);
  return st;
}

const struct kd_command kd_cmd_smpcall = {
  .name = "smpcall",
  .group = "Who hangs on whom?",
  .summary = "show calls of functions on other CPUs that are not done",
  .usage = "smpcall [-c CPULIST] [--json]",
  .help
  = "Shows each CPU that waits in smp_call_function_single() and the like,\n"
    "for what and for which CPU; each CPU's queue of calls, irq_work and\n"
    "wake-ups, in the order in which they will be done, with why they are\n"
    "not; and a call that was taken off the queue and still runs. CPUs\n"
    "without any of it are left out.\n\n"
    "  -c CPULIST  these CPUs only (0-3,5), also those without anything\n\n"
    "JSON: an array of {cpu, pid, comm, waits: [{function, context,\n"
    "confidence, evidence, calls: [CALL]}], running, queue: [CALL], damaged,\n"
    "why_not}, CALL being {csd, type, locked, flags, from, for, func, info,\n"
    "name}; from and for are CPUs, or null: who sent a call is known if it\n"
    "waits for it.\n",
  .run = smpcall_run,
};
