/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/tasks.c on made-up kernels (fake-tasks.c), whole and damaged. */
#include "kernel/tasks.h"

#include "tasks-machine.h"

#define POISON UINT64_C (0xdead000000000100)
#define ALL "0 0 1 2 5 77 90 91"

static const struct kd_task_list *
find (void)
{
  const struct kd_task_list *l = NULL;
  run_on ();
  if (kd_tasks (k, &l)) {
    printf ("# %s\n", kd_error_text ());
    l = NULL;
  }
  return l;
}

/* The PIDs of all tasks, in the order of the list.  */
static const char *
pids_of (const struct kd_task_list *l)
{
  static char text[256];
  text[0] = 0;
  for (size_t i = 0; l && i < l->ntasks; i++) {
    size_t len = strlen (text);
    snprintf (text + len, sizeof text - len, "%s%d", i ? " " : "",
              l->tasks[i].pid);
  }
  return text;
}

static const struct kd_task *
task (int pid)
{
  const struct kd_task *t = NULL;
  static const struct kd_task none;
  return kd_task_by_pid (k, pid, &t) ? &none : t;
}

static void
test_shape (const char *shape)
{
  const struct kd_task *t;
  start (shape);
  poke_member (OTHER (4), "task_struct", shape[0] == '6' ? "__state" : "state",
               2);
  const struct kd_task_list *l = find ();
  is_str (pids_of (l), ALL, "%s: idle tasks, then all by PID", shape);
  if (!l) {
    done ();
    return;
  }
  is_str (l->warnings, "", "%s: nothing is wrong", shape);
  is_int (l->nidle, 2, "%s: two idle tasks", shape);
  ok (l->tasks[0].idle && l->tasks[0].cpu == 0 && l->tasks[0].running,
      "%s: that of CPU 0 runs", shape);
  ok (l->tasks[1].idle && l->tasks[1].cpu == 1 && !l->tasks[1].running,
      "%s: that of CPU 1 does not", shape);
  is_str (l->tasks[1].comm, "swapper/1", "%s: its name", shape);
  ok (task (77)->running && task (77)->cpu == 1 && task (77)->mm,
      "%s: the task on CPU 1", shape);
  ok (!task (90)->running, "%s: another does not run", shape);
  is_int (task (5)->tgid, 1, "%s: a thread and its process", shape);
  is_int (task (90)->ppid, 1, "%s: a parent", shape);
  is_int (task (91)->ppid, 77, "%s: another", shape);
  is_int (task (1)->ppid, 0, "%s: the first process has none", shape);
  ok (task (2)->kernel_thread && !task (77)->kernel_thread,
      "%s: kernel threads", shape);
  is_int (kd_task_letter (k, task (90)), 'Z', "%s: a zombie", shape);
  is_int (kd_task_letter (k, task (91)), 'D', "%s: a sleeper", shape);
  is_int (kd_task_letter (k, task (77)), 'R', "%s: a running task", shape);
  is_int (task (91)->found, KD_TASK_IN_LISTS | KD_TASK_HAS_PID,
          "%s: found by both ways", shape);
  ok (!kd_task_by_addr (k, task (91)->addr, &t) && t == task (91),
      "%s: found by address", shape);
  is_int (kd_task_by_addr (k, task (91)->addr + 8, &t), KD_NOT_FOUND,
          "%s: an address within it is none", shape);
  ok (strstr (kd_error_text (), "is not a known task"), "%s: and says so",
      shape);
  is_int (kd_task_by_pid (k, 4, &t), KD_NOT_FOUND, "%s: no such PID", shape);
  is_int (kd_task_by_pid (k, 60, &t), KD_NOT_FOUND,
          "%s: the PID of a group is no task's", shape);
  is_int (kd_task_by_pid (k, 0, &t), KD_USAGE, "%s: PID 0 is several tasks",
          shape);
  done ();
}

/* What was damaged since start() leaves the PIDs WANT, and words.  */
static void
expect (const char *want, const char *words, const char *what)
{
  const struct kd_task_list *l = find ();
  is_str (pids_of (l), want, "%s: what is certain", what);
  if (!ok (l && strstr (l->warnings, words), "%s: says so", what))
    printf ("# %s\n", l ? l->warnings : "no list");
  if (l && !*words)
    is_str (l->warnings, "", "%s: no warning", what);
  for (const char *s = l ? l->warnings : ""; *s; s += strcspn (s, "\n") + 1)
    printf ("# %.*s\n", (int)strcspn (s, "\n"), s);
  done ();
}

static void
test_lists (void)
{
  start ("510");
  poke_task (2, "tasks.next", POISON);
  expect (ALL, "The list of processes is damaged", "one broken link");
  start ("510");
  poke_task (0, "tasks.next", POISON);
  poke_task (4, "tasks.prev", POISON);
  expect (ALL, "Found by PID only: 2, 77, 90.", "two broken links");
  start ("510");
  poke_task (0, "tasks.next", POISON);
  poke_task (4, "tasks.prev", POISON);
  poke_symbol (&m, "pid_root", 40, 0, 8);
  poke_symbol (&m, "pid_root", 48, POISON + 2, 8);
  expect ("0 0 1 5 77 91", "Some tasks may be missing",
          "two broken links and no PIDs");
  start ("510");
  poke_symbol (&m, "init_pid_ns", 16, POISON + 2, 8);
  expect (ALL, "The lists were used", "no PIDs");
  start ("510");
  poke_task (3, "tasks.next",
             link_addr (&m, "others") + SYNTH_SLIDE + 2 * task_size () + 40);
  expect (ALL, "The list of processes is damaged", "a list that loops");
  start ("510");
  poke_member ("init_task", 0, "task_struct", "tasks.next", 0);
  poke_member ("init_task", 0, "task_struct", "tasks.prev", 0);
  expect (ALL, "Found by PID only: 1, 2, 5, 77, 90, 91.", "a head of zeros");
  start ("510");
  poke_member ("signals", 0, "signal_struct", "thread_head.next", POISON);
  poke_member ("signals", 0, "signal_struct", "thread_head.prev", POISON);
  expect (ALL, "The threads of 1 process form no whole list",
          "a list of threads without beginning");
  start ("510");
  poke_task (0, "signal", POISON);
  expect (ALL, "In no list (being made, or the lists are damaged): 5.",
          "no signal_struct");
}

static void
test_pids (void)
{
  start ("510");
  poke_symbol (&m, "pid_low", 40 + 5 * 8, 0, 8);
  expect (ALL, "missing from the table of PIDs: 5.", "a PID that is missing");
  start ("510");
  poke_member ("pids", 0, "pid", "numbers", 3);
  expect (ALL, "PID 1 has the number 3", "a PID of another number");
  start ("510");
  poke_member ("pids", 0, "pid", "tasks", POISON);
  expect (ALL, "Not every task could be read: task at 0xdead",
          "a PID that leads into nowhere");
  start ("510");
  uint64_t links = synth_peek (&m.s, phys (link_addr (&m, "pids")) + 8);
  poke_symbol (&m, "pids", 8, links + 2 * task_size (), 8);
  expect (ALL, "PIDs that lead to no task of that PID: 1.",
          "a PID with the task of another");
  start ("414");
  poke_member ("pids", 0, "pid", "numbers", 1);
  synth_poke (&m.s, phys (link_addr (&m, "hash_chains")) + 8, POISON, 8);
  expect (ALL, "hash table of PIDs", "a damaged chain of the hash table");
  start ("414");
  poke_symbol (&m, "pidhash_shift", 0, 77, 4);
  expect (ALL, "2^77 chains", "an absurd hash table");
}

static void
test_tasks (void)
{
  start ("510");
  poke_task (4, "pid", 0x7fffffff);
  expect ("0 0 1 2 5 77 90", "its PID would be 2147483647",
          "a task of an absurd PID");
  start ("510");
  poke_task (4, "real_parent", POISON);
  find ();
  is_int (task (91)->ppid, -1, "a parent in nowhere is unknown");
  done ();
  start ("510");
  synth_poke (&m.s, percpu_phys (&m, "runqueues", 1) + 8,
              link_addr (&m, "other_task") + SYNTH_SLIDE, 8);
  expect ("0 1 2 5 77 90 91", "The idle task of CPU 1 would have PID 77",
          "an idle task that is none");
}

/* STATE and EXIT_STATE of PID 91 are LETTER, WORDS.  */
static void
state (unsigned value, unsigned exit_state, char letter, const char *words)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  struct kd_task t = { .state = value, .exit_state = exit_state, .pid = 91 };
  char got = kd_task_letter (k, &t);
  kd_task_describe_state (k, &t, &sb);
  if (!ok (got == letter && !strcmp (kd_strbuf_str (&sb), words),
           "state 0x%x, 0x%x is %c, %s", value, exit_state, letter, words))
    printf ("# got %c, %s\n", got, kd_strbuf_str (&sb));
}

static void
test_states (void)
{
  start ("604");
  find ();
  state (0, 0, 'R', "runnable");
  state (1, 0, 'S', "sleeping");
  state (2, 0, 'D', "uninterruptible");
  state (0x102, 0, 'D', "uninterruptible, woken by kill");
  state (0x402, 0, 'I', "idle");
  state (0x2402, 0, 'I', "idle, freezable");
  state (0x2001, 0, 'S', "sleeping, freezable");
  state (4, 0, 'T', "stopped");
  state (0x104, 0, 'T', "stopped, woken by kill");
  state (8, 0, 't', "traced");
  state (0x80, 0x10, 'X', "dead");
  state (0x80, 0x20, 'Z', "zombie");
  state (0x80, 0, 'X', "dead");
  state (0x40, 0, 'P', "parked");
  state (0x200, 0, 'R', "runnable, being woken");
  state (0x800, 0, 'R', "runnable, new");
  state (0x1000, 0, 'D', "waiting for a lock");
  state (0x8000, 0, 'D', "frozen");
  state (0x40001, 0, 'S', "sleeping, 0x40000");
  done ();
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/tasks-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("kernel-tasks");
  test_shape ("414");
  test_shape ("419");
  test_shape ("510");
  test_shape ("604");
  test_shape ("614");
  test_lists ();
  test_pids ();
  test_tasks ();
  test_states ();
  machine_files_deinit ();
  return test_done ();
}
