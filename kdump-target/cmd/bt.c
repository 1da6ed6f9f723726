/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bt: the stacks of CPUs and tasks, across all their stacks. */
#include "cmd/args.h"
#include "cmd/bt-groups.h"
#include "cmd/describe.h"
#include "cmd/select.h"
#include "cmd/stack.h"

#include <inttypes.h>
#include <string.h>

/* --- one CPU, one task --- */

static void
show_head (const struct kd_cpu *cpu, struct kd_writer *w)
{
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };

  kd_describe_cpu_state (cpu, &state);
  kd_text (w, "CPU %u", cpu->number);
  kd_json_u64 (w, "cpu", cpu->number);
  kd_json_bool (w, "panic", cpu->panicked);
  if (cpu->task) {
    kd_text (w, "  PID %d  %s  task 0x%" PRIx64, cpu->pid, cpu->comm,
             cpu->task);
    kd_json_i64 (w, "pid", cpu->pid);
    kd_json_str (w, "comm", cpu->comm);
    kd_json_hex (w, "task", cpu->task);
  } else {
    kd_json_null (w, "pid");
    kd_json_null (w, "comm");
    kd_json_null (w, "task");
  }
  kd_text (w, "  (%s)\n", kd_strbuf_str (&state));
}

/* The words of the stack that the walk began on.  */
static void
show_raw (struct kd_session_state *s, const struct kd_backtrace *bt,
          struct kd_writer *w)
{
  const struct kd_frame *f = bt->frames;

  if (!bt->nframes || f->kind == KD_FRAME_USER || f->stack.high <= f->sp) {
    kd_json_array (w, "raw");
    kd_json_end (w);
    return;
  }
  kd_stack_show_raw (s, f->sp, f->stack.high, 65536, w);
}

static void
show_stack (struct kd_session_state *s, struct kd_unwinder *u,
            struct kd_backtrace *bt, const struct kd_bt_options *o,
            struct kd_writer *w)
{
  if (o->style.full)
    kd_unwind_registers (u, bt);
  if (o->raw)
    show_raw (s, bt, w);
  else
    kd_stack_show (s, bt, &o->style, w);
}

static enum kd_status
show_cpu (struct kd_session_state *s, struct kd_unwinder *u, unsigned cpu,
          const struct kd_bt_options *o, struct kd_writer *w)
{
  struct kd_backtrace bt;
  enum kd_status st = kd_unwind_cpu (u, cpu, &bt);
  const struct kd_cpu *c = &s->kernel->cpus[cpu];

  if (st)
    return kd_context (st, "CPU %u", cpu);
  kd_json_object (w, NULL);
  show_head (c, w);
  if (!o->raw && !c->panicked && bt.nframes)
    kd_stack_show_nmi (s, cpu, o->style.full, &o->style, w);
  show_stack (s, u, &bt, o, w);
  kd_json_end (w);
  kd_backtrace_deinit (&bt);
  return KD_OK;
}

static enum kd_status
show_task (struct kd_session_state *s, struct kd_unwinder *u,
           const struct kd_task *t, const struct kd_bt_options *o,
           struct kd_writer *w)
{
  struct kd_backtrace bt;
  enum kd_status st;

  if (t->running && t->cpu < s->kernel->ncpus)
    return show_cpu (s, u, t->cpu, o, w);
  st = kd_unwind_task (u, t->addr, &bt);
  if (st)
    return kd_context (st, "PID %d", t->pid);
  kd_json_object (w, NULL);
  kd_text (w, "PID %d  %s  task 0x%" PRIx64 "  (%s)\n", t->pid, t->comm,
           t->addr, kd_task_state_word (s->kernel, t));
  kd_json_null (w, "cpu");
  kd_json_bool (w, "panic", false);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
  kd_json_hex (w, "task", t->addr);
  show_stack (s, u, &bt, o, w);
  kd_json_end (w);
  kd_backtrace_deinit (&bt);
  return KD_OK;
}

/* --- arguments --- */

static void
choose_all (const struct kd_kernel *k, bool *chosen)
{
  for (unsigned c = 0; c < k->ncpus; c++)
    chosen[c] = k->cpus[c].present || k->cpus[c].online;
}

static enum kd_status
add_task (struct kd_session_state *s, struct kd_bt_options *o,
          const char *text)
{
  const struct kd_task **more
    = reallocarray (o->tasks, o->ntasks + 1, sizeof (void *));
  enum kd_status st;

  if (!more)
    return kd_fail (KD_NOMEM, "out of memory");
  o->tasks = more;
  st = kd_arg_task (s, text, &more[o->ntasks]);
  if (!st)
    o->ntasks++;
  return st;
}

static enum kd_status
panic_cpu (const struct kd_kernel *k, bool *chosen)
{
  if (k->panic_cpu < 0)
    return kd_fail (KD_NOT_FOUND, "which CPU panicked is not known");
  chosen[k->panic_cpu] = true;
  return KD_OK;
}

/* The word at *I, which moves to its argument if it has one.  */
static enum kd_status
take_word (struct kd_session_state *s, const struct kd_args *args, int *i,
           struct kd_bt_options *o)
{
  const char *word = args->argv[*i], *value = args->argv[*i + 1];

  if (word[0] != '-' || !word[1])
    return add_task (s, o, word);
  if (word[2])
    return kd_args_no_more (args, *i);
  switch (word[1]) {
  case 'a':
    choose_all (s->kernel, o->cpus);
    return KD_OK;
  case 'A':
    o->all_tasks = true;
    return KD_OK;
  case 'p':
    return panic_cpu (s->kernel, o->cpus);
  case 'r':
    o->raw = true;
    return KD_OK;
  case 's':
    o->style.brief = true;
    return KD_OK;
  case 'S':
    o->style.full = true;
    return KD_OK;
  case 'g':
    o->lines = true;
    return KD_OK;
  case 'n':
    o->style.no_source = true;
    return KD_OK;
  case 'c':
  case 't':
    if (!value)
      return kd_fail (KD_USAGE, "%s needs %s", word,
                      word[1] == 'c' ? "a list of CPUs" : "a PID");
    ++*i;
    return word[1] == 'c' ? kd_arg_cpu_list (s->kernel, value, o->cpus)
                          : add_task (s, o, value);
  default:
    return kd_args_no_more (args, *i);
  }
}

static enum kd_status
parse (struct kd_session_state *s, const struct kd_args *args,
       struct kd_bt_options *o)
{
  struct kd_kernel *k = s->kernel;
  bool any = false;

  o->cpus = kd_calloc (k->ncpus, sizeof *o->cpus);
  if (!o->cpus)
    return kd_fail (KD_NOMEM, "out of memory");
  for (int i = 0; i < args->argc; i++) {
    enum kd_status st = take_word (s, args, &i, o);

    if (st)
      return st;
  }
  for (unsigned c = 0; c < k->ncpus; c++)
    any |= o->cpus[c];
  if (any || o->ntasks || o->all_tasks || s->task)
    return KD_OK;
  if (o->lines)
    choose_all (k, o->cpus);
  else if (s->cpu >= k->ncpus)
    return kd_fail (KD_NOT_FOUND, "there is no CPU %u", s->cpu);
  else
    o->cpus[s->cpu] = true;
  return KD_OK;
}

static enum kd_status
show_chosen (struct kd_session_state *s, struct kd_unwinder *u,
             const struct kd_bt_options *o, struct kd_writer *w)
{
  enum kd_status st = KD_OK;
  bool first = true;
  bool any = o->ntasks;

  for (unsigned c = 0; c < s->kernel->ncpus && !st; c++)
    if (o->cpus[c]) {
      kd_text (w, first ? "" : "\n");
      first = false;
      any = true;
      st = show_cpu (s, u, c, o, w);
    }
  for (size_t i = 0; i < o->ntasks && !st; i++) {
    kd_text (w, first ? "" : "\n");
    first = false;
    st = show_task (s, u, o->tasks[i], o, w);
  }
  if (!any && !st)
    st = show_task (s, u, s->task, o, w);
  return st;
}

static void
options_deinit (struct kd_bt_options *o)
{
  free (o->cpus);
  free (o->tasks);
}

static enum kd_status
bt_run (struct kd_session_state *s, const struct kd_args *args,
        struct kd_writer *w)
{
  struct kd_bt_options o KD_CLEANUP (options_deinit) = { 0 };
  struct kd_unwinder *u;
  enum kd_status st = parse (s, args, &o);

  if (!st)
    st = kd_cmd_unwinder (s, &u);
  if (st)
    return st;
  kd_json_object (w, NULL);
  kd_json_str (w, "method", kd_unwinder_method (u));
  if (o.all_tasks || o.lines) {
    st = kd_bt_groups (s, u, &o, w);
  } else {
    kd_json_array (w, "cpus");
    st = show_chosen (s, u, &o, w);
    kd_json_end (w);
  }
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_bt = {
  .name = "bt",
  .group = "Where is each CPU?",
  .summary = "show the stack of a CPU or a task",
  .usage
  = "bt [-a | -c CPULIST | -p | -t PID | TASK | -A] [-g] [-r] [-s | -S]\n"
    "   [-n] [--json]",
  .help
  = "Walks the stack of the selected CPU (at first the one that panicked) or\n"
    "task (`thread'), by the kernel's own unwind tables.\n\n"
    "  -a             of all CPUs\n"
    "  -c CPULIST     of these (0-3,5)\n"
    "  -p             of the CPU that panicked\n"
    "  -t PID, TASK   of this task, by its PID or its address\n"
    "  -A             of all tasks: equal stacks once, with how many have it\n"
    "                 and their PIDs\n"
    "  -g             one line for each stack; of all CPUs, or with -A tasks\n"
    "  -r             the raw words of the stack, each with its symbol\n"
    "  -s             short: functions only\n"
    "  -S             the registers that are known of each frame; and why "
    "the\n"
    "                 NMI part of a stack is not shown\n"
    "  -n             no source lines and no inlined functions (faster)\n\n"
    "A line is a frame: its stack pointer, the function with offset and "
    "size,\n"
    "and its line in the source. Functions that the compiler inlined there\n"
    "stand before it. Between two frames, `--- <IRQ stack> ---' says which\n"
    "stack ends there; where a frame was interrupted, its registers stand\n"
    "before it. What a CPU did after the NMI that stopped it comes first, if\n"
    "a chain of calls leads exactly to its registers. A walk that could not\n"
    "go on says why.\n\n"
    "JSON: {method, cpus: [{cpu, panic, pid, comm, task, nmi_frames,\n"
    "nmi_reason, frames: [{level, pc, sp, symbol, offset, module, file, "
    "line,\n"
    "inlined: [{function, file, line}], stack, kind, guess, registers}],\n"
    "stop, reason}]}; cpu is null for a task that is on none. kind is call\n"
    "(pc is a return address), exact (the first frame, or one that was\n"
    "interrupted) or user; the latter two have registers. stop is end, user,\n"
    "broken or limit. guess: the frame was reached by an assumption where\n"
    "the tables have nothing. With -r, raw: [{address, value, symbol}] in\n"
    "the place of frames. With -A or -g, groups: [{count, pids, cpus, "
    "states,\n"
    "functions, frames, stop, reason}] in the place of cpus.\n",
  .run = bt_run,
};
