/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ps: all tasks, or those that are asked for. */
#include "base/progress.h"
#include "cmd/args.h"
#include "cmd/select.h"
#include "kernel/runqueue.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_ANCESTORS = 64 };

struct ps {
  struct kd_kernel *k;
  const struct kd_task_list *list;
  struct kd_rq_clocks clocks;
  struct kd_task_selection chosen;
  bool last_run;   /* -m */
  bool parents;    /* -p */
  uint64_t total;  /* bytes of RAM, 0 unknown */
  uint32_t *order; /* of the chosen tasks, indices; owned */
  size_t count;
};

/* KIB in at most seven columns.  */
static const char *
kib (uint64_t bytes, char buf[16])
{
  if (bytes < UINT64_C (10000000) << 10)
    snprintf (buf, 16, "%" PRIu64, bytes >> 10);
  else if (bytes < UINT64_C (100000) << 30)
    snprintf (buf, 16, "%" PRIu64 "M", bytes >> 20);
  else
    snprintf (buf, 16, "%" PRIu64 "G", bytes >> 30);
  return buf;
}

/* NS as "0 00:00:04.123": days, hours, minutes, seconds.  */
static const char *
duration (uint64_t ns, char buf[32])
{
  uint64_t ms = ns / 1000000, s = ms / 1000;
  snprintf (buf, 32, "%" PRIu64 " %02u:%02u:%02u.%03u", s / 86400,
            (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
            (unsigned)(s % 60), (unsigned)(ms % 1000));
  return buf;
}

static void
json_task (struct ps *p, const struct kd_task *t, enum kd_status memory,
           const struct kd_task_memory *m, enum kd_last_run how, uint64_t ns,
           struct kd_writer *w)
{
  static const char *const sources[] = { NULL, "sched_info", "exec_start" };
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };
  char letter[2] = { kd_task_letter (p->k, t), 0 };
  kd_task_describe_state (p->k, t, &state);
  kd_json_object (w, NULL);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_i64 (w, "tgid", t->tgid);
  kd_json_i64 (w, "ppid", t->ppid);
  kd_json_u64 (w, "cpu", t->cpu);
  kd_json_hex (w, "task", t->addr);
  kd_json_str (w, "comm", t->comm);
  kd_json_str (w, "state", letter);
  kd_json_str (w, "state_text", kd_strbuf_str (&state));
  kd_json_hex (w, "state_bits", t->state);
  kd_json_bool (w, "on_cpu", t->running);
  kd_json_bool (w, "idle", t->idle);
  kd_json_bool (w, "kernel_thread", t->kernel_thread);
  kd_json_i64 (w, "prio", t->prio);
  if (memory) {
    kd_json_null (w, "virtual_bytes");
    kd_json_null (w, "resident_bytes");
  } else {
    kd_json_u64 (w, "virtual_bytes", m->virtual_size);
    kd_json_u64 (w, "resident_bytes", m->resident);
  }
  if (how) {
    kd_json_u64 (w, "last_run_ns", ns);
    kd_json_str (w, "last_run_from", sources[how]);
  } else {
    kd_json_null (w, "last_run_ns");
    kd_json_null (w, "last_run_from");
  }
  kd_json_end (w);
}

static void
head (const struct ps *p, struct kd_writer *w)
{
  if (p->last_run)
    kd_text (w, " %7s %7s %3s %-16s %s %16s %s\n", "PID", "PPID", "CPU",
             "TASK", "S", "LAST RAN (AGO)", "COMMAND");
  else
    kd_text (w, " %7s %7s %3s %-16s %s %4s %8s %7s %s\n", "PID", "PPID", "CPU",
             "TASK", "S", "%MEM", "VSZ", "RSS", "COMMAND");
}

/* %MEM, VSZ and RSS, "-" for what has no memory of its own, "?" for what
   cannot be read.  */
static void
text_memory (const struct ps *p, const struct kd_task *t,
             enum kd_status memory, const struct kd_task_memory *m,
             struct kd_writer *w)
{
  char vsz[16], rss[16], percent[16] = "?";
  if (memory || !t->mm) {
    const char *none = memory ? "?" : "-";
    kd_text (w, " %4s %8s %7s", none, none, none);
    return;
  }
  if (p->total)
    snprintf (percent, sizeof percent, "%.1f",
              100.0 * (double)m->resident / (double)p->total);
  kd_text (w, " %4s %8s %7s", percent, kib (m->virtual_size, vsz),
           kib (m->resident, rss));
}

/* One task, its command moved right by DEPTH.  */
static void
row (struct ps *p, const struct kd_task *t, unsigned depth,
     struct kd_writer *w)
{
  struct kd_task_memory m = { 0 };
  enum kd_status memory
    = p->last_run && !w->json ? KD_OK : kd_task_memory (p->k, t, &m);
  uint64_t ns;
  enum kd_last_run how = kd_task_last_run (&p->clocks, t, &ns);
  char buf[32], ppid[16] = "?";
  if (w->json) {
    json_task (p, t, memory, &m, how, ns, w);
    return;
  }
  if (t->ppid >= 0)
    snprintf (ppid, sizeof ppid, "%d", t->ppid);
  kd_text (w, "%c%7d %7s %3u %016" PRIx64 " %c", t->running ? '>' : ' ',
           t->pid, ppid, t->cpu, t->addr, kd_task_letter (p->k, t));
  if (p->last_run)
    kd_text (w, " %16s", how ? duration (ns, buf) : "?");
  else
    text_memory (p, t, memory, &m, w);
  kd_text (w, " %*s%s%s%s\n", (int)depth, "", t->kernel_thread ? "[" : "",
           t->comm, t->kernel_thread ? "]" : "");
}

/* T below its parents, the oldest first.  */
static void
with_parents (struct ps *p, const struct kd_task *t, struct kd_writer *w)
{
  const struct kd_task *chain[MAX_ANCESTORS] = { t };
  unsigned n = 1;
  const struct kd_task *up;
  while (n < MAX_ANCESTORS && chain[n - 1]->parent
         && !kd_task_by_addr (p->k, chain[n - 1]->parent, &up)) {
    bool again = false;
    for (unsigned i = 0; i < n; i++)
      again = again || chain[i] == up;
    if (again)
      break; /* the first task is its own parent */
    chain[n++] = up;
  }
  for (unsigned i = n; i-- > 0;)
    row (p, chain[i], n - 1 - i, w);
}

/* --- which, and in which order --- */

static int
compare_last_run (const void *a, const void *b, void *arg)
{
  const struct ps *p = arg;
  uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
  uint64_t x, y;
  bool kx = kd_task_last_run (&p->clocks, &p->list->tasks[i], &x);
  bool ky = kd_task_last_run (&p->clocks, &p->list->tasks[j], &y);
  if (kx != ky)
    return kx ? -1 : 1;
  if (p->list->tasks[i].running != p->list->tasks[j].running)
    return p->list->tasks[i].running ? -1 : 1;
  if (x != y)
    return x < y ? -1 : 1;
  return i < j ? -1 : i > j;
}

static enum kd_status
choose (struct ps *p)
{
  p->order = kd_calloc (p->list->ntasks, sizeof *p->order);
  if (!p->order)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < p->list->ntasks; i++)
    if (kd_task_is_selected (p->k, &p->chosen, &p->list->tasks[i]))
      p->order[p->count++] = (uint32_t)i;
  if (p->last_run)
    qsort_r (p->order, p->count, sizeof *p->order, compare_last_run, p);
  return KD_OK;
}

static enum kd_status
show (struct ps *p, struct kd_writer *w)
{
  kd_json_object (w, NULL);
  kd_json_array (w, "tasks");
  if (p->count)
    head (p, w);
  else
    kd_text (w, "No task is like that.\n");
  for (size_t i = 0; i < p->count; i++) {
    const struct kd_task *t = &p->list->tasks[p->order[i]];
    enum kd_status st = kd_progress ("reading tasks", i, p->count);
    if (st)
      return st;
    if (p->parents && !w->json)
      with_parents (p, t, w);
    else
      row (p, t, 0, w);
  }
  kd_json_end (w);
  kd_tasks_show_warnings (p->list, w);
  kd_json_end (w);
  return KD_OK;
}

/* --- arguments --- */

static enum kd_status
parse (struct ps *p, struct kd_session_state *s, const struct kd_args *args)
{
  for (int i = 0; i < args->argc; i++) {
    const char *word = args->argv[i];
    enum kd_status st = KD_OK;
    if (!strcmp (word, "-m"))
      p->last_run = true;
    else if (!strcmp (word, "-p"))
      p->parents = true;
    else
      st = kd_task_select_word (s, args, &i, &p->chosen);
    if (st)
      return st;
  }
  return KD_OK;
}

static enum kd_status
ps_run (struct kd_session_state *s, const struct kd_args *args,
        struct kd_writer *w)
{
  struct ps p = { .k = s->kernel };
  uint64_t pages;
  enum kd_status st = parse (&p, s, args);
  if (!st)
    st = kd_tasks (s->kernel, &p.list);
  if (!st && kd_rq_clocks_init (s->kernel, &p.clocks) && p.last_run)
    st = kd_fail (KD_NOT_FOUND, "-m: %s", kd_error_text ());
  if (!st)
    st = choose (&p);
  if (!st && kd_kernel_total_pages (s->kernel, &pages))
    p.total = pages * kd_dump_info (s->kernel->dump)->page_size;
  if (!st)
    st = show (&p, w);
  free (p.order);
  kd_rq_clocks_deinit (&p.clocks);
  kd_task_selection_deinit (&p.chosen);
  return st;
}

const struct kd_command kd_cmd_ps = {
  .name = "ps",
  .group = "Which tasks are there?",
  .summary = "list tasks, and since when each has not run",
  .usage = "ps [-m] [-p] [-k | -u] [-s STATES] [PATTERN | PID | TASK]...\n"
           "   [--json]",
  .help
  = "Lists all tasks, threads too: first the idle task of each CPU, then by\n"
    "PID. `>' marks the one that each CPU had. S is the state as ps(1) has\n"
    "it: R runnable, S sleeping, D uninterruptible, T stopped, t traced,\n"
    "X dead, Z zombie, P parked, I idle kernel thread; ? is one that this\n"
    "kernel may number in another way. VSZ and RSS are in KiB (M, G: in MiB,\n"
    "GiB). Kernel threads are in brackets.\n\n"
    "PATTERN is part of a command, or all of it with * ? [] as in a shell;\n"
    "PID a decimal number, TASK the address of a task_struct. Each that is\n"
    "named is shown.\n\n"
    "  -m  Show how long ago each task last ran, as days and h:m:s, the\n"
    "      latest first; for one on a CPU, how long it has been there. Now "
    "is\n"
    "      the latest time of any runqueue's clock, which on a CPU that\n"
    "      hangs may have stopped long before.\n"
    "  -p  Show the parents of each task above it.\n"
    "  -k  Only kernel threads; -u only others.\n"
    "  -s  Only tasks in one of STATES, as -s D or -s RD; > is on a CPU.\n\n"
    "The kernel's list of processes and its table of PIDs are compared; what\n"
    "is damaged or found by one of them only is said below the list.\n\n"
    "JSON: {tasks: [{pid, tgid, ppid (-1 unknown), cpu, task, comm, state,\n"
    "state_text, state_bits, on_cpu, idle, kernel_thread, prio,\n"
    "virtual_bytes, resident_bytes, last_run_ns, last_run_from}], warnings:\n"
    "[...]}; what is not known is null. last_run_from is sched_info (when it\n"
    "was put on a CPU) or exec_start (when its running was last counted).\n",
  .run = ps_run,
  .complete = kd_task_complete,
};
