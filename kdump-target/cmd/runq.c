/* SPDX-License-Identifier: GPL-3.0-or-later */
/* runq: what waits for each CPU. */
#include "cmd/args.h"
#include "kernel/runqueue.h"

#include <inttypes.h>
#include <string.h>

static const char *const class_names[] = { [KD_SCHED_STOP] = "stop",
                                           [KD_SCHED_DEADLINE] = "deadline",
                                           [KD_SCHED_REALTIME] = "real-time",
                                           [KD_SCHED_FAIR] = "fair",
                                           [KD_SCHED_EXT] = "sched_ext" };

/* NS as seconds, "12.345".  */
static const char *
seconds (uint64_t ns, char buf[32])
{
  snprintf (buf, 32, "%" PRIu64 ".%03u", ns / 1000000000,
            (unsigned)(ns / 1000000 % 1000));
  return buf;
}

/* A time of the fair class, as ms from the queue's own: "+1.234567".  */
static const char *
relative_ms (uint64_t value, uint64_t base, char buf[32])
{
  int64_t d = (int64_t)(value - base);
  uint64_t ns = d < 0 ? -(uint64_t)d : (uint64_t)d;
  snprintf (buf, 32, "%c%" PRIu64 ".%03u", d < 0 ? '-' : '+', ns / 1000000,
            (unsigned)(ns / 1000 % 1000));
  return buf;
}

/* What there is to say of E beyond its columns.  */
static void
put_marks (const struct kd_rq_entity *e, struct kd_strbuf *out)
{
  if (e->throttled)
    kd_strbuf_puts (out, ", throttled");
  if (e->delayed)
    kd_strbuf_puts (out, ", sleeps already");
}

static void
text_entity (const struct kd_runqueue *rq, const struct kd_rq_entity *e,
             struct kd_writer *w)
{
  char place[32] = "", waits[32] = "";
  struct kd_strbuf marks KD_AUTO_STRBUF = { 0 };
  put_marks (e, &marks);
  if (e->class == KD_SCHED_FAIR && rq->has_min_vruntime && !e->depth)
    relative_ms (e->vruntime, rq->min_vruntime, place);
  if (e->waits)
    seconds (e->waits, waits);
  int indent = 2 * (int)(e->depth < 8 ? e->depth : 8);
  if (e->task)
    kd_text (w, "  %c %*s%7d %016" PRIx64 " %4d %12s %9s  %s%s\n",
             e->current ? '>' : ' ', indent, "", e->task->pid, e->task->addr,
             e->task->prio, place, waits, e->task->comm,
             kd_strbuf_str (&marks));
  else if (e->group)
    kd_text (w, "  %c %*sgroup %s: %" PRIu64 " queued%s\n",
             e->current ? '>' : ' ', indent, "", e->group, e->queued,
             kd_strbuf_str (&marks));
  else
    kd_text (w, "    %*sserver for other tasks%s\n", indent, "",
             kd_strbuf_str (&marks));
}

static void
json_entity (const struct kd_rq_entity *e, const char *group,
             struct kd_writer *w)
{
  kd_json_object (w, NULL);
  kd_json_str (w, "class", class_names[e->class]);
  if (e->task) {
    kd_json_i64 (w, "pid", e->task->pid);
    kd_json_hex (w, "task", e->task->addr);
    kd_json_str (w, "comm", e->task->comm);
    kd_json_i64 (w, "prio", e->task->prio);
  } else {
    kd_json_null (w, "pid");
    kd_json_null (w, "task");
    kd_json_null (w, "comm");
    kd_json_null (w, "prio");
  }
  if (group)
    kd_json_str (w, "group", group);
  else
    kd_json_null (w, "group");
  kd_json_u64 (w, "depth", e->depth);
  kd_json_bool (w, "on_cpu", e->current);
  kd_json_bool (w, "throttled", e->throttled);
  kd_json_bool (w, "delayed", e->delayed);
  if (e->class == KD_SCHED_FAIR)
    kd_json_u64 (w, "vruntime", e->vruntime);
  else
    kd_json_null (w, "vruntime");
  if (e->has_deadline)
    kd_json_u64 (w, "deadline", e->deadline);
  else
    kd_json_null (w, "deadline");
  if (e->waits)
    kd_json_u64 (w, "waits_ns", e->waits);
  else
    kd_json_null (w, "waits_ns");
  kd_json_end (w);
}

/* The name of the group that entity I is in; NULL if it is in none.  */
static const char *
group_of (const struct kd_runqueue *rq, size_t i)
{
  unsigned depth = rq->entities[i].depth;
  if (rq->entities[i].group)
    return rq->entities[i].group;
  while (depth && i-- > 0)
    if (rq->entities[i].group && rq->entities[i].depth + 1 == depth)
      return rq->entities[i].group;
  return NULL;
}

static void
show_entities (const struct kd_runqueue *rq, struct kd_writer *w)
{
  kd_json_array (w, "queued");
  for (size_t i = 0; i < rq->nentities; i++) {
    const struct kd_rq_entity *e = &rq->entities[i];
    if (!i)
      kd_text (w, "    %7s %-16s %4s %12s %9s  %s\n", "PID", "TASK", "PRIO",
               "VRUNTIME ms", "WAITS s", "COMMAND");
    if (!i || e->class != e[-1].class)
      kd_text (w, "  %s%s\n", class_names[e->class],
               e->class == KD_SCHED_REALTIME && rq->rt_throttled
                 ? ", throttled: the class has used up its time"
                 : "");
    text_entity (rq, e, w);
    json_entity (e, group_of (rq, i), w);
  }
  kd_json_end (w);
}

static void
show_pids (const char *key, const char *words, const int *pids, size_t n,
           struct kd_writer *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  kd_strbuf_puts (&text, words);
  kd_json_array (w, key);
  for (size_t i = 0; i < n; i++) {
    kd_strbuf_printf (&text, " %d", pids[i]);
    kd_json_i64 (w, NULL, pids[i]);
  }
  kd_json_end (w);
  if (n)
    kd_text_wrapped (w, "  ", 2, kd_strbuf_str (&text));
}

static void
show_damage (const struct kd_runqueue *rq, struct kd_writer *w)
{
  show_pids ("throttled_pids",
             "Taken out of their queues until they, or their group, have time "
             "again:",
             rq->throttled, rq->nthrottled, w);
  show_pids ("lost_pids",
             "Marked as queued here, and in no queue (on the way, or the "
             "queues are damaged):",
             rq->lost, rq->nlost, w);
  kd_json_array (w, "warnings");
  for (const char *s = rq->damage; *s;) {
    size_t len = strcspn (s, "\n");
    char *line KD_AUTO_FREE = strndup (s, len);
    if (line) {
      kd_text_wrapped (w, "  Warning:", 11, line);
      kd_json_str (w, NULL, line);
    }
    s += len + (s[len] == '\n');
  }
  kd_json_end (w);
}

static void
show_head (struct kd_kernel *k, const struct kd_runqueue *rq,
           const struct kd_rq_clocks *clocks, struct kd_writer *w)
{
  const struct kd_task *t = NULL;
  char buf[32];
  uint64_t clock = clocks->cpu[rq->cpu].clock;
  kd_json_u64 (w, "cpu", rq->cpu);
  kd_json_bool (w, "online", k->cpus[rq->cpu].online);
  kd_json_hex (w, "runqueue", rq->addr);
  kd_json_u64 (w, "nr_running", rq->nr_running);
  kd_json_u64 (w, "nr_switches", rq->nr_switches);
  kd_json_u64 (w, "clock", clock);
  kd_json_u64 (w, "behind_ns", clocks->now - clock);
  kd_text (w, "CPU %u%s  %" PRIu64 " runnable, clock %s s", rq->cpu,
           k->cpus[rq->cpu].online ? "" : " (offline)", rq->nr_running,
           seconds (clock, buf));
  if (clocks->now - clock >= 10000000)
    kd_text (w, ", %s s behind", seconds (clocks->now - clock, buf));
  kd_text (w, "  (0x%" PRIx64 ")\n", rq->addr);
  if (kd_task_by_addr (k, rq->curr, &t)) {
    kd_text (w, "  current: 0x%" PRIx64 ", which is not a known task\n",
             rq->curr);
    kd_json_null (w, "current");
    return;
  }
  kd_text (w, "  current: PID %d %s, task 0x%" PRIx64 "\n", t->pid, t->comm,
           t->addr);
  kd_json_object (w, "current");
  kd_json_i64 (w, "pid", t->pid);
  kd_json_hex (w, "task", t->addr);
  kd_json_str (w, "comm", t->comm);
  kd_json_end (w);
}

static enum kd_status
show_cpu (struct kd_kernel *k, unsigned cpu, const struct kd_rq_clocks *clocks,
          struct kd_writer *w)
{
  struct kd_runqueue rq;
  enum kd_status st = kd_runqueue_read (k, cpu, clocks, &rq);
  if (st)
    return st;
  kd_json_object (w, NULL);
  show_head (k, &rq, clocks, w);
  show_entities (&rq, w);
  show_damage (&rq, w);
  kd_json_end (w);
  kd_runqueue_deinit (&rq);
  return KD_OK;
}

static enum kd_status
parse (struct kd_kernel *k, const struct kd_args *args, bool *chosen)
{
  if (!args->argc) {
    for (unsigned i = 0; i < k->ncpus; i++)
      chosen[i] = k->cpus[i].online;
    return KD_OK;
  }
  if (strcmp (args->argv[0], "-c") != 0)
    return kd_args_no_more (args, 0);
  if (args->argc < 2)
    return kd_fail (KD_USAGE, "-c needs a list of CPUs");
  enum kd_status st = kd_args_no_more (args, 2);
  return st ? st : kd_arg_cpu_list (k, args->argv[1], chosen);
}

static enum kd_status
runq_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  bool *chosen KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *chosen);
  struct kd_rq_clocks clocks = { 0 };
  if (!chosen)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = parse (k, args, chosen);
  if (!st)
    st = kd_rq_clocks_init (k, &clocks);
  kd_json_array (w, NULL);
  bool first = true;
  for (unsigned i = 0; i < k->ncpus && !st; i++) {
    if (!chosen[i])
      continue;
    if (!first)
      kd_text (w, "\n");
    first = false;
    st = show_cpu (k, i, &clocks, w);
  }
  kd_json_end (w);
  kd_rq_clocks_deinit (&clocks);
  return st;
}

const struct kd_command kd_cmd_runq = {
  .name = "runq",
  .group = "Which tasks are there?",
  .summary = "show the tasks that wait for each CPU",
  .usage = "runq [-c CPULIST] [--json]",
  .help
  = "Shows the runqueue of each CPU that was online, or of those in CPULIST\n"
    "(0-3,5): the current task and what is queued, by scheduling class, in "
    "the\n"
    "order of the queue. `>' marks what is on the CPU. Tasks of a group are\n"
    "below the group, by its cgroup.\n\n"
    "WAITS is how long a task has been waiting for the CPU, and `behind' how\n"
    "far the runqueue's own clock is behind the latest one: a CPU that hangs\n"
    "with interrupts off does not go on with it. VRUNTIME is, for the fair\n"
    "class, in ms from where the queue is: those with less have had less "
    "than\n"
    "their share. Of a task that `sleeps already' only its lag is kept.\n\n"
    "JSON: an array of {cpu, online, runqueue, nr_running, nr_switches, "
    "clock,\n"
    "behind_ns, current: {pid, task, comm}, queued: [{class, pid, task, "
    "comm,\n"
    "prio, group, depth, on_cpu, throttled, delayed, vruntime, deadline,\n"
    "waits_ns}], throttled_pids, lost_pids, warnings}. class is stop,\n"
    "deadline, real-time, fair or sched_ext. A group has its own entry, "
    "without\n"
    "pid, before what is in it. Times are in ns; what is not known is null.\n",
  .run = runq_run,
};
