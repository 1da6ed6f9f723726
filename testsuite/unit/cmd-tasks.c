/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands about tasks, on the made-up ones of fake-tasks.c. */
#include "cmd/cmd.h"

#include "tasks-machine.h"

static struct kd_session_state state;
static char *output; /* owned; of the last command */

/* Run LINE; its output or error text.  */
static enum kd_status
run (const char *line)
{
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  enum kd_status st = kd_command_run (&state, line, &out);
  free (output);
  output = st ? kd_asprintf ("%s", kd_error_text ()) : kd_strbuf_steal (&out);
  return st;
}

static void
show (void)
{
  for (const char *s = output; s && *s; s += strcspn (s, "\n") + 1) {
    printf ("# %.*s\n", (int)strcspn (s, "\n"), s);
    if (!s[strcspn (s, "\n")])
      break;
  }
}

/* LINE says WORDS.  */
static void
says (const char *line, const char *words)
{
  enum kd_status st = run (line);
  if (!ok (!st && output && strstr (output, words), "`%s' says %s", line,
           words))
    show ();
}

/* LINE is refused with WORDS.  */
static void
refuses (const char *line, enum kd_status want, const char *words)
{
  enum kd_status st = run (line);
  if (!ok (st == want && strstr (output, words), "`%s' is refused: %s", line,
           words))
    show ();
}

/* The rows of LINE's list are of these PIDs.  */
static void
lists (const char *line, const char *want)
{
  char got[256] = "";
  run (line);
  for (const char *s = output ? strchr (output, '\n') : NULL; s && s[1];
       s = strchr (s + 1, '\n')) {
    size_t len = strlen (got);
    int pid;
    if (sscanf (s + 2, "%d", &pid) == 1)
      snprintf (got + len, sizeof got - len, "%s%d", len ? " " : "", pid);
  }
  if (!ok (!strcmp (got, want), "`%s' lists %s", line, want))
    show ();
}

static bool
fits (void)
{
  for (const char *s = output; s && *s; s += strcspn (s, "\n") + 1)
    if (strcspn (s, "\n") > 79)
      return false;
  return true;
}

static void
open_shape (const char *shape)
{
  bool new = shape[0] == '6';
  start (shape);
  poke_task (4, new ? "__state" : "state", 2);
  poke_task (1, new ? "__state" : "state", 1);
  poke_task (4, "sched_info.last_arrival", 30000000000);
  poke_task (4, "se.exec_start", 30499000000);
  poke_task (1, "sched_info.last_arrival", 89990000000);
  run_on ();
  kd_session_state_init (&state, k);
}

static void
close_shape (void)
{
  kd_session_state_deinit (&state);
  done ();
}

static void
test_ps (const char *shape)
{
  open_shape (shape);
  lists ("ps", "0 0 1 2 5 77 90 91");
  ok (fits (), "%s: ps fits in 80 columns", shape);
  says ("ps 77", ">     77       1   1 ");
  /* 47 pages resident, 100 mapped.  */
  says ("ps 77", " R    ?      400     188 worker");
  says ("ps 90", " Z    -        -       - gone");
  says ("ps kthreadd", " [kthreadd]");
  lists ("ps init", "1 5");
  lists ("ps init*d", "5");
  lists ("ps [gs]*", "0 0 90 91");
  lists ("ps 0", "0 0");
  lists ("ps 91 2", "2 91");
  lists ("ps -s D", "91");
  lists ("ps -s ZD", "90 91");
  lists ("ps -s >", "0 77");
  lists ("ps -k", "0 0 2");
  lists ("ps -u", "1 5 77 90 91");
  lists ("ps -u -s S init", "5");
  lists ("ps -p 91", "0 1 77 91");
  says ("ps -p 91", "-    stuck");
  says ("ps nothing", "No task is like that.");
  /* CPU time was last counted at 31.499 s of the whole clock.  */
  says ("ps -m 91", " D   0 00:00:58.501 stuck");
  says ("ps -m 5", " S   0 00:00:00.010 init thread");
  says ("ps -m 2", " R                ? [kthreadd]");
  lists ("ps -m -u", "5 91 77 1 90");
  ok (fits (), "%s: ps -m fits in 80 columns", shape);
  close_shape ();
}

static void
test_ps_json (void)
{
  open_shape ("604");
  says ("ps --json 91", "\"ppid\": 77,");
  says ("ps --json 91", "\"state\": \"D\",");
  says ("ps --json 91", "\"last_run_ns\": 58501000000,");
  says ("ps --json 91", "\"last_run_from\": \"exec_start\"");
  says ("ps --json 77", "\"resident_bytes\": 192512,");
  says ("ps --json 77", "\"on_cpu\": true,");
  says ("ps --json nothing", "\"tasks\": [],");
  says ("ps --json", "\"warnings\": []");
  close_shape ();
}

static void
test_ps_errors (void)
{
  open_shape ("604");
  refuses ("ps -x", KD_USAGE, "what is `-x'");
  refuses ("ps -s", KD_USAGE, "-s needs states");
  refuses ("ps -s Q", KD_USAGE, "-s takes letters");
  refuses ("ps -k -u", KD_USAGE, "exclude each other");
  refuses ("ps 4", KD_NOT_FOUND, "there is no task with PID 4");
  refuses ("ps 99999999999", KD_NOT_FOUND, "there is no task with PID");
  refuses ("ps 0xffff000000000008", KD_NOT_FOUND, "is not a known task");
  refuses ("ps 0xzz", KD_USAGE, "hexadecimal");
  close_shape ();
  start ("510");
  poke_task (2, "tasks.next", 0);
  run_on ();
  kd_session_state_init (&state, k);
  says ("ps", "Warning: The list of processes is damaged:");
  lists ("ps -k", "0 0 2");
  says ("ps --json", "\"The list of processes is damaged:");
  close_shape ();
}

static void
test_thread (void)
{
  open_shape ("604");
  says ("thread", "PID 77 worker, task 0x");
  says ("thread", "running on CPU 1: thread 2");
  says ("thread 91", "PID 91 stuck");
  says ("bt", "PID 91  stuck  task 0x");
  says ("thread", "uninterruptible: thread 10000091");
  says ("thread --json", "\"thread\": 10000091,");
  says ("thread --json", "\"on_cpu\": false,");
  says ("thread --json 77", "\"thread\": 2,");
  says ("thread", "PID 77 worker");
  says ("thread -a --json", "\"tasks\": 6");
  refuses ("thread 4", KD_NOT_FOUND, "there is no task with PID 4");
  refuses ("thread 0", KD_USAGE, "the idle task of each CPU");
  refuses ("thread worker", KD_USAGE, "by its PID or the address");
  refuses ("thread 91 2", KD_USAGE, "what is `2'");
  struct kd_strbuf list KD_AUTO_STRBUF = { 0 };
  kd_command_complete (&state, "thread 9", &list);
  is_str (kd_strbuf_str (&list), "90\n91\n", "PIDs are completed");
  kd_strbuf_reset (&list);
  kd_command_complete (&state, "ps k", &list);
  is_str (kd_strbuf_str (&list), "kthreadd\n", "and commands");
  close_shape ();
}

/* The lines of LINE's output have WORDS, a list that ends in NULL, in this
   order.  */
static void
in_order (const char *line, const char *const *words, const char *what)
{
  run (line);
  const char *at = output, *missing = NULL;
  for (; *words && !missing; words++)
    if (!at || !(at = strstr (at, *words)))
      missing = *words;
  if (!ok (!missing, "%s", what)) {
    printf ("# not in its place: %s\n", missing);
    show ();
  }
}

static void
test_runq (const char *shape)
{
  open_shape (shape);
  close_shape ();
  start (shape);
  fill_queues ();
  if (shape[0] == '6' && shape[1] == '1')
    poke_task (4, "se.sched_delayed", 1);
  run_on ();
  kd_session_state_init (&state, k);
  static const char *const old[]
    = { "CPU 1  6 runnable, clock 90.000 s",
        "current: PID 77 worker",
        "  deadline\n",
        "     90 ",
        "   -1 ",
        " gone\n",
        "  real-time\n",
        "      2 ",
        "   49 ",
        "kthreadd\n",
        "  fair\n",
        "  >      77 ",
        "worker\n",
        "     91 ",
        "-1.000",
        "stuck",
        "group /system.slice/job: 1 queued, throttled\n",
        "        5 ",
        " 2.000  init thread\n",
        NULL };
  in_order ("runq -c 1", old, "runq shows each class in its order");
  ok (fits (), "%s: runq fits in 80 columns", shape);
  if (shape[0] == '6' && shape[1] == '1')
    says ("runq -c 1", "stuck, sleeps already");
  says ("runq", "CPU 0  0 runnable");
  says ("runq --json -c 1", "\"group\": \"/system.slice/job\",");
  says ("runq --json -c 1", "\"waits_ns\": 2000000000");
  says ("runq --json -c 1", "\"lost_pids\": [],");
  close_shape ();
}

/* A runqueue that is damaged in one place gives the rest.  */
static void
damaged_runq (const char *words, const char *rest)
{
  run_on ();
  kd_session_state_init (&state, k);
  says ("runq -c 1", words);
  says ("runq -c 1", rest);
  close_shape ();
}

static void
test_damaged_runq (void)
{
  start ("510");
  fill_queues ();
  poke_member ("job_entity", 0, "sched_entity", "run_node.left",
               UINT64_C (0xdead000000000100));
  damaged_runq ("damaged): 91", "group /system.slice/job");
  start ("510");
  fill_queues ();
  synth_poke (&m.s, rq_member (1, "rt.active.queue") + 49 * 16ul + 8, 0, 8);
  poke_task (2, "rt.run_list.next", 0);
  damaged_runq ("Warning: real-time queue:", "group /system.slice/job");
  start ("510");
  fill_queues ();
  /* A group in itself.  */
  poke_task (1, "se.my_q", link_addr (&m, "job_queue") + SYNTH_SLIDE);
  damaged_runq ("groups in groups without end", "stuck");
  start ("510");
  fill_queues ();
  synth_poke (&m.s, rq_member (1, "curr"), 0x1234, 8);
  damaged_runq ("current: 0x1234, which is not a known task", "stuck");
  start ("510");
  fill_queues ();
  poke_member ("kn_slice", 0, "kernfs_node", "parent",
               link_addr (&m, "kn_job") + SYNTH_SLIDE);
  damaged_runq ("/job/system.slice/job", "stuck");
}

/* A throttled group is not in the queue above it.  */
static void
test_throttled (void)
{
  start ("604");
  fill_queues ();
  synth_poke (&m.s, rq_member (1, "cfs.tasks_timeline"),
              member_va (OTHER (4), "task_struct", "se.run_node"), 8);
  poke_task (4, "se.run_node", 1);
  poke_member ("job_queue", 0, "cfs_rq", "throttle_count", 1);
  run_on ();
  kd_session_state_init (&state, k);
  says ("runq -c 1", "or their group, have time again: 5");
  says ("runq --json -c 1", "\"lost_pids\": [],");
  says ("runq --json -c 1", "\"throttled_pids\": [\n");
  close_shape ();
}

static void
test_runq_errors (void)
{
  open_shape ("510");
  refuses ("runq -x", KD_USAGE, "what is `-x'");
  refuses ("runq -c", KD_USAGE, "-c needs a list of CPUs");
  refuses ("runq -c 9", KD_NOT_FOUND, "there is no CPU 9");
  close_shape ();
}

/* --- anything at all --- */

static uint64_t seed;

static uint64_t
next_random (void)
{
  seed = seed * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963);
  return seed >> 16;
}

/* What a wild pointer may be: none, a small number, anything, or into one of
   the objects, which are at FROM to TO.  */
static uint64_t
wild (uint64_t from, uint64_t to)
{
  switch (next_random () % 6) {
  case 0:
    return next_random () % 2 ? 0 : UINT64_MAX;
  case 1:
    return next_random () % 4096;
  case 2:
    return next_random ();
  default:
    return (from + next_random () % (to - from)) & ~UINT64_C (7);
  }
}

/* Words of tasks, PIDs and queues are overwritten at random: every command
   ends, with an answer or with words on why there is none.  */
static void
test_wild (const char *shape)
{
  static const char *const commands[]
    = { "ps",          "ps -m",     "ps -p 91",  "ps --json", "runq",
        "runq --json", "thread -a", "thread 91", "bt",        "sys" };
  unsigned answers = 0, all = 0;
  for (unsigned round = 0; round < 25; round++) {
    start (shape);
    fill_queues ();
    uint64_t from = link_addr (&m, "init_task"),
             to = link_addr (&m, "init_pid_ns") + 64;
    uint64_t rq = percpu_phys (&m, "runqueues", 1);
    for (unsigned i = 0; i < 1 + 2 * round; i++) {
      uint64_t at = next_random () % (to - from) & ~UINT64_C (7);
      synth_poke (&m.s, phys (from) + at,
                  wild (from + SYNTH_SLIDE, to + SYNTH_SLIDE), 8);
      if (round % 2)
        synth_poke (&m.s, rq + (next_random () % 2048 & ~UINT64_C (7)),
                    wild (from + SYNTH_SLIDE, to + SYNTH_SLIDE), 8);
    }
    run_on ();
    kd_session_state_init (&state, k);
    for (size_t i = 0; i < KD_ARRAY_SIZE (commands); i++) {
      run (commands[i]);
      all++;
      answers += output && strlen (output) > 10;
    }
    close_shape ();
  }
  is_int (answers, all, "%s: every command ends when memory is wild", shape);
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/tasks-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("cmd-tasks");
  test_ps ("414");
  test_ps ("510");
  test_ps ("604");
  test_ps ("614");
  test_ps_json ();
  test_ps_errors ();
  test_thread ();
  test_runq ("414");
  test_runq ("510");
  test_runq ("604");
  test_runq ("614");
  test_damaged_runq ();
  test_throttled ();
  test_runq_errors ();
  for (seed = 1; seed < 5; seed++) {
    static const char *const shapes[] = { "414", "510", "604", "614" };
    uint64_t keep = seed;
    test_wild (shapes[seed - 1]);
    seed = keep;
  }
  machine_files_deinit ();
  free (output);
  return test_done ();
}
