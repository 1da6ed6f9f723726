/* SPDX-License-Identifier: GPL-3.0-or-later */
/* thread: which task is looked at, and which tasks GDB has as threads. */
#include "cmd/args.h"
#include "cmd/select.h"
#include "cmd/threads.h"

#include <inttypes.h>
#include <string.h>

/* The task that is selected, itself or as its CPU's; NULL unknown.  */
static const struct kd_task *
selected (struct kd_session_state *s)
{
  const struct kd_task *t = s->task;
  if (!t && s->cpu < s->kernel->ncpus
      && kd_task_by_addr (s->kernel, s->kernel->cpus[s->cpu].task, &t))
    t = NULL;
  return t;
}

static void
show_task (struct kd_session_state *s, const struct kd_task *t,
           struct kd_writer *w)
{
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };
  kd_task_describe_state (s->kernel, t, &state);
  kd_text (w, "PID %d %s, task 0x%" PRIx64 ", %s: thread %" PRIu64 "\n",
           t->pid, t->comm, t->addr, kd_strbuf_str (&state),
           kd_task_thread (t));
  kd_json_u64 (w, "thread", kd_task_thread (t));
  kd_json_u64 (w, "cpu", t->cpu);
  kd_json_bool (w, "on_cpu", t->running);
  kd_json_hex (w, "task", t->addr);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
}

static void
show_selected (struct kd_session_state *s, struct kd_writer *w)
{
  const struct kd_task *t = selected (s);
  kd_json_object (w, NULL);
  if (t) {
    show_task (s, t, w);
  } else {
    kd_text (w, "CPU %u; its task is not known\n", s->cpu);
    kd_json_u64 (w, "thread", (uint64_t)s->cpu + 1);
    kd_json_u64 (w, "cpu", s->cpu);
    kd_json_bool (w, "on_cpu", true);
    kd_json_null (w, "task");
    kd_json_null (w, "pid");
    kd_json_null (w, "comm");
  }
  kd_json_end (w);
}

static enum kd_status
make_all (struct kd_session_state *s, struct kd_writer *w)
{
  const struct kd_task_list *l;
  enum kd_status st = kd_tasks (s->kernel, &l);
  if (st)
    return st;
  s->threads.all = true;
  s->threads.changes++;
  size_t n = 0;
  for (size_t pos = 0; kd_task_thread_next (s, &pos);)
    n++;
  kd_text (w, "%zu tasks are threads, besides the CPUs\n", n);
  kd_json_object (w, NULL);
  kd_json_u64 (w, "tasks", n);
  kd_json_end (w);
  return KD_OK;
}

static enum kd_status
thread_run (struct kd_session_state *s, const struct kd_args *args,
            struct kd_writer *w)
{
  const struct kd_task *t;
  enum kd_status st = kd_args_no_more (args, 1);
  if (!st && args->argc && !strcmp (args->argv[0], "-a"))
    return make_all (s, w);
  if (!st && args->argc)
    st = kd_arg_task (s, args->argv[0], &t);
  if (!st && args->argc)
    st = kd_task_thread_select (s, t);
  if (!st)
    show_selected (s, w);
  return st;
}

const struct kd_command kd_cmd_thread = {
  .name = "thread",
  .group = "Which tasks are there?",
  .summary = "select a task, and make it a thread of GDB",
  .usage = "thread [PID | TASK | -a] [--json]",
  .help
  = "Makes the task with this PID, or with its task_struct at address TASK, "
    "a\n"
    "thread of GDB and selects it: stacks, locals, registers and user memory\n"
    "are then those of this task, as it left its CPU. A task that is on a "
    "CPU\n"
    "is that CPU's thread. Registers that a sleeping task has not saved are\n"
    "unavailable. -a makes all tasks threads, as `target kdump --tasks' "
    "does.\n"
    "Without arguments, says what is selected.\n\n"
    "GDB counts the threads it has seen; the number shown here is that of "
    "the\n"
    "remote protocol: CPU + 1, or 10000000 + PID, or for an idle task that "
    "is\n"
    "on no CPU, 20000000 + CPU. Without the plugin, `monitor thread PID' "
    "adds\n"
    "the task to the end of what `info threads' shows.\n\n"
    "JSON: {thread, cpu, on_cpu, task, pid, comm}; with -a {tasks}. What is\n"
    "not known is null.\n",
  .run = thread_run,
  .complete = kd_task_complete_pid,
};
