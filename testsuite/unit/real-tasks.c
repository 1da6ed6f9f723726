/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tasks of a real dump, against what the guest said of them just before
   (truth/ps and truth/pidstat beside the dump).  Usage: real-tasks VMLINUX
   DUMP */
#include "base/guard.h"
#include "kernel/runqueue.h"

#include "test.h"

#include <libgen.h>

static char *truth; /* directory; owned */

/* Those that were there for the question only, or come and go.  */
static bool
may_be_gone (const char *comm)
{
  return !strcmp (comm, "ps") || !strcmp (comm, "cat")
         || !strncmp (comm, "kworker", 7);
}

/* A line of /proc/PID/stat: PID (COMM) STATE PPID ... */
struct stat_line {
  int pid, ppid;
  char comm[64], state;
  uint64_t vsize, rss; /* bytes, pages */
};

static bool
parse_stat (const char *line, struct stat_line *out)
{
  const char *open = strchr (line, '('), *close = strrchr (line, ')');
  if (!open || !close || sscanf (line, "%d", &out->pid) != 1)
    return false;
  snprintf (out->comm, sizeof out->comm, "%.*s", (int)(close - open - 1),
            open + 1);
  return sscanf (close + 1,
                 " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
                 "%*d %*d %*d %*d %*u %" SCNu64 " %" SCNu64,
                 &out->state, &out->ppid, &out->vsize, &out->rss)
         == 4;
}

/* The kernel shows more of a worker's name than its task has.  */
static bool
same_comm (const char *said, const char *comm)
{
  return !strncmp (said, comm, strlen (comm));
}

/* States that do not change while nobody cares for the task.  */
static bool
is_lasting (char state)
{
  return state == 'T' || state == 'Z';
}

static void
check_one (struct kd_kernel *k, const struct stat_line *s)
{
  const struct kd_task *t;
  struct kd_task_memory mem;
  if (kd_task_by_pid (k, s->pid, &t)) {
    if (!may_be_gone (s->comm))
      ok (false, "task %s of the guest is found", s->comm);
    return;
  }
  if (s->pid == 1) /* it becomes the program that starts the hang */
    return;
  bool good = t->ppid == s->ppid && same_comm (s->comm, t->comm);
  char letter = kd_task_letter (k, t);
  if (is_lasting (s->state))
    good = good && letter == s->state;
  /* Whatever it does, a worker or grace-period thread idles or runs; a
     worker's work may wait for something.  */
  if (s->state == 'I')
    good = good
           && (letter == 'I' || letter == 'R'
               || (letter == 'D' && !strncmp (t->comm, "kworker/", 8)));
  if (!kd_task_memory (k, t, &mem))
    good = good && mem.virtual_size == s->vsize
           && (mem.resident != 0) == (s->rss != 0);
  else
    good = false;
  if (!ok (good, "task %s is as the guest says", s->comm))
    printf ("# PPID %d, want %d; %s; %c, want %c; %llu bytes, want %llu\n",
            t->ppid, s->ppid, t->comm, letter, s->state,
            (unsigned long long)mem.virtual_size,
            (unsigned long long)s->vsize);
}

static void
check_truth (struct kd_kernel *k, const struct kd_task_list *l)
{
  char *path KD_AUTO_FREE = kd_asprintf ("%s/pidstat", truth);
  FILE *f KD_AUTO_FILE = path ? fopen (path, "r") : NULL;
  char line[1024];
  size_t lines = 0, old = 0;
  struct stat_line s;
  if (!f) {
    test_skip ("the guest's own list", "no truth/pidstat");
    return;
  }
  int last = 0;
  while (fgets (line, sizeof line, f))
    if (parse_stat (line, &s)) {
      check_one (k, &s);
      lines++;
      last = s.pid > last ? s.pid : last;
    }
  ok (lines > 40, "the guest had many processes");
  /* No more than it had, but for those that are newer.  */
  for (size_t i = l->nidle; i < l->ntasks; i++)
    old += l->tasks[i].pid <= last && l->tasks[i].pid == l->tasks[i].tgid
           && strncmp (l->tasks[i].comm, "kworker", 7) != 0;
  ok (old <= lines, "no process more than those");
}

static void
check_all (struct kd_kernel *k, const struct kd_task_list *l)
{
  size_t lists = 0, pids = 0, running = 0, threads = 0;
  bool sorted = true;
  for (size_t i = l->nidle; i < l->ntasks; i++) {
    const struct kd_task *t = &l->tasks[i];
    lists += t->found & KD_TASK_IN_LISTS ? 1 : 0;
    pids += t->found & KD_TASK_HAS_PID ? 1 : 0;
    running += t->running;
    threads += t->pid != t->tgid;
    sorted = sorted && (i == l->nidle || t->pid > t[-1].pid);
  }
  is_str (l->warnings, "", "nothing is damaged");
  ok (lists == l->ntasks - l->nidle && pids == lists,
      "all tasks are in the lists and have a PID");
  is_int (l->nidle, k->ncpus, "each CPU has an idle task");
  ok (sorted, "they are sorted");
  unsigned online = 0, busy = 0;
  for (unsigned i = 0; i < k->ncpus; i++) {
    online += k->cpus[i].online;
    busy += k->cpus[i].online && !k->cpus[i].idle;
  }
  is_int (running, busy, "one runs on each CPU that is not idle");
  printf ("# %zu tasks, %zu of them threads, %u CPUs online\n", l->ntasks,
          threads, online);
}

static void
check_last_run (struct kd_kernel *k, const struct kd_task_list *l)
{
  struct kd_rq_clocks c;
  size_t known = 0;
  bool sane = true;
  if (kd_rq_clocks_init (k, &c)) {
    ok (false, "the runqueues' clocks are known: %s", kd_error_text ());
    return;
  }
  for (size_t i = l->nidle; i < l->ntasks; i++) {
    uint64_t ns;
    known += kd_task_last_run (&c, &l->tasks[i], &ns) != KD_LAST_RUN_UNKNOWN;
    sane = sane && ns <= c.now;
  }
  /* The guests live for less than five minutes.  */
  ok (c.now > 1000000000 && c.now < UINT64_C (300000000000),
      "the scheduler's clock is of some seconds after boot");
  ok (sane && known * 10 > (l->ntasks - l->nidle) * 9,
      "when a task ran last is known of nearly all");
  kd_rq_clocks_deinit (&c);
}

/* The runqueues are whole, and have as many tasks as they say.  */
static void
check_queues (struct kd_kernel *k)
{
  struct kd_rq_clocks c;
  bool read = true, whole = true, counts = true, current = true;
  if (kd_rq_clocks_init (k, &c))
    return;
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_runqueue rq;
    if (kd_runqueue_read (k, i, &c, &rq)) {
      read = false;
      printf ("# %s\n", kd_error_text ());
      continue;
    }
    size_t tasks = 0, delayed = 0, servers = 0;
    bool has_current = k->cpus[i].idle;
    for (size_t n = 0; n < rq.nentities; n++) {
      tasks += rq.entities[n].task != NULL;
      delayed += rq.entities[n].delayed;
      servers
        += !rq.entities[n].task && rq.entities[n].class == KD_SCHED_DEADLINE;
      has_current
        = has_current || (rq.entities[n].task && rq.entities[n].current);
    }
    printf ("# CPU %u: %zu tasks (%zu delayed), %llu running; %s\n", i, tasks,
            delayed, (unsigned long long)rq.nr_running, rq.damage);
    whole = whole && !*rq.damage && !rq.nlost;
    /* Servers counted as tasks once.  */
    counts = counts && tasks + servers >= rq.nr_running
             && tasks - delayed <= rq.nr_running;
    current = current && (has_current || !k->cpus[i].online);
    kd_runqueue_deinit (&rq);
  }
  ok (read, "all runqueues can be read");
  ok (whole, "nothing of them is damaged or lost");
  ok (counts, "each has as many tasks as it says");
  ok (current, "and the current one among them");
  kd_rq_clocks_deinit (&c);
}

int
main (int argc, char **argv)
{
  const char *paths[] = { argc == 3 ? argv[2] : NULL };
  if (argc != 3) {
    fprintf (stderr, "Usage: real-tasks VMLINUX DUMP\n");
    return 2;
  }
  struct kd_kernel_options o
    = { .dump_paths = paths, .ndump_paths = 1, .vmlinux = argv[1] };
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  const struct kd_task_list *l;
  if (kd_kernel_open (&o, &k) || kd_tasks (k, &l)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  truth = kd_asprintf ("%s/truth", dirname (argv[2]));
  check_all (k, l);
  check_last_run (k, l);
  check_queues (k);
  check_truth (k, l);
  free (truth);
  return test_done ();
}
