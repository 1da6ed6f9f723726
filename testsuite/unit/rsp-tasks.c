/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks as threads of the remote protocol, on those of fake-tasks.c. */
#include "cmd/cmd.h"

#include "rsp-client.h"
#include "tasks-machine.h"

static struct kd_session_state state;
static struct client c;

/* The stack of PID 91: a page of RAM, and where on it the task was switched
   away from.  */
enum { STACK = 0x70000, SAVED = 0x70e00 };

static void
set_up (const char *shape)
{
  start (shape);
  poke_task (4, shape[0] == '6' ? "__state" : "state", 2);
  poke_task (4, "stack", m.s.page_offset + STACK);
  poke_task (4, "thread.sp", m.s.page_offset + SAVED);
  for (unsigned i = 0; i < 7; i++)
    synth_poke (&m.s, SAVED + UINT64_C (8) * i, 0x1100 + i, 8);
  run_on ();
  kd_session_state_init (&state, k);
  client_init (&c, &state);
}

static void
tear_down (void)
{
  client_deinit (&c);
  kd_session_state_deinit (&state);
  done ();
}

static void
threads (struct kd_strbuf *out)
{
  kd_strbuf_reset (out);
  transfer (&c, "threads:read:", out);
}

#define IDLE_1 "1312d01" /* 20000000 + 1 */

static void
test_one (void)
{
  struct kd_strbuf xml KD_AUTO_STRBUF = { 0 };
  set_up ("604");
  is_str (ask (&c, "?"), "T00thread:2;", "the panic CPU stops first");
  threads (&xml);
  ok (!strstr (kd_strbuf_str (&xml), "PID"), "no task is a thread at first");
  is_str (ask (&c, "qfThreadInfo"), "m1,2,3", "nor in the short list");
  is_str (ask (&c, "qsThreadInfo"), "l", "which ends");

  monitor (&c, "thread 91");
  ok (strstr (kd_strbuf_str (&c.console), "PID 91 stuck, task 0x")
        && strstr (kd_strbuf_str (&c.console), "thread 10000091"),
      "`monitor thread' makes one");
  is_str (ask (&c, "qC"), "QC2", "and does not change what GDB reads of");
  monitor (&c, "thread");
  ok (strstr (kd_strbuf_str (&c.console), "PID 91"), "but what commands do");
  threads (&xml);
  ok (strstr (kd_strbuf_str (&xml),
              "<thread id=\"9896db\" core=\"0\" name=\"stuck\">PID 91, "
              "uninterruptible</thread>"),
      "the list has it");
  ok (strstr (kd_strbuf_str (&xml), "name=\"CPU 2\"")
        < strstr (kd_strbuf_str (&xml), "name=\"stuck\""),
      "after the CPUs");
  is_str (ask (&c, "qfThreadInfo"), "m1,2,3,9896db", "the short list, too");
  monitor (&c, "thread 91");
  is_str (ask (&c, "qfThreadInfo"), "m1,2,3,9896db", "once only");
  is_str (ask (&c, "T9896db"), "OK", "it is alive");
  ask (&c, "qThreadExtraInfo,9896db");
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  kd_rsp_get_hex (&text, kd_strbuf_str (&c.reply), c.reply.len);
  is_str (kd_strbuf_str (&text), "PID 91, uninterruptible",
          "what is said of it");
  tear_down ();
}

/* Register I of the reply to g, in 16 digits.  */
static const char *
reg (unsigned i)
{
  static char text[17];
  snprintf (text, sizeof text, "%.16s",
            kd_strbuf_str (&c.reply) + (size_t)i * 16);
  return text;
}

static void
test_registers (void)
{
  set_up ("604");
  ask (&c, "g");
  char *cpu = strdup (kd_strbuf_str (&c.reply));
  monitor (&c, "thread 91");
  is_str (ask (&c, "g"), cpu, "`monitor thread' changes no registers");
  free (cpu);
  is_str (ask (&c, "Hg9896db"), "OK", "a task can be selected");
  ask (&c, "g");
  is_str (reg (15), "0011000000000000", "r15 is on its stack");
  is_str (reg (1), "0411000000000000", "rbx");
  is_str (reg (6), "0511000000000000", "rbp");
  is_str (reg (16), "0611000000000000", "rip");
  char sp[17];
  uint64_t at = __builtin_bswap64 (m.s.page_offset + SAVED + 56);
  snprintf (sp, sizeof sp, "%016llx", (unsigned long long)at);
  is_str (reg (7), sp, "rsp is above them");
  is_str (reg (0), "xxxxxxxxxxxxxxxx", "rax is not known");
  is_str (ask (&c, "p10"), "0611000000000000", "one register alone");
  is_str (ask (&c, "Hg2"), "OK", "back to a CPU");
  is_str (ask (&c, "qC"), "QC2", "which is selected then");
  ask (&c, "g");
  ok (strcmp (reg (16), "0611000000000000") != 0, "with its own registers");
  monitor (&c, "kdump at 10000091 thread");
  ok (strstr (kd_strbuf_str (&c.console), "PID 91"),
      "the plugin says which thread a command is for");
  monitor (&c, "kdump at 2 thread");
  ok (strstr (kd_strbuf_str (&c.console), "PID 77"), "or CPU");
  monitor (&c, "kdump at 77 thread");
  ok (strstr (kd_strbuf_str (&c.console), "there is no thread 77"),
      "which has to be there");
  monitor (&c, "kdump at 2 kdump at 2 thread");
  ok (strstr (kd_strbuf_str (&c.console), "does not call itself"),
      "and does not nest");
  monitor (&c, "kdump at 2");
  ok (strstr (kd_strbuf_str (&c.console), "which thread"),
      "nor is without a command");

  /* PID 90 is a zombie without a stack.  */
  monitor (&c, "thread 90");
  ask (&c, "Hg9896da");
  ask (&c, "g");
  is_str (reg (16), "xxxxxxxxxxxxxxxx", "the dead have no registers");
  ask (&c, "Hg9896db");
  ask (&c, "g");
  is_str (reg (16), "0611000000000000", "and the next has its own again");
  tear_down ();
}

static void
test_running (void)
{
  set_up ("510");
  monitor (&c, "thread 77");
  ok (strstr (kd_strbuf_str (&c.console), "running on CPU 1: thread 2\n"),
      "a task on a CPU is that CPU's thread");
  is_str (ask (&c, "qfThreadInfo"), "m1,2,3", "none is added");
  is_str (ask (&c, "Hg9896cd"), "E03", "nor has it another");
  is_str (ask (&c, "T9896cc"), "E03", "PID 76 is no task");
  is_str (ask (&c, "T4"), "E03", "CPU 3 was never there");
  is_str (ask (&c, "T" IDLE_1), "OK", "an idle task that is on no CPU is");
  is_str (ask (&c, "T1312d00"), "E03", "that of CPU 0 is on it");
  is_str (ask (&c, "T1312dff"), "E03", "nor is there one of CPU 255");
  is_str (ask (&c, "Tffffffffffffffff"), "E03", "an absurd number is none");
  is_str (ask (&c, "T989680"), "E03", "nor is PID 0 by number");
  tear_down ();
}

static void
test_all (void)
{
  struct kd_strbuf xml KD_AUTO_STRBUF = { 0 };
  set_up ("614");
  monitor (&c, "thread -a");
  ok (strstr (kd_strbuf_str (&c.console), "6 tasks are threads"),
      "`thread -a' makes all tasks threads");
  threads (&xml);
  unsigned n = 0;
  for (const char *s = kd_strbuf_str (&xml); (s = strstr (s, "<thread ")); s++)
    n++;
  is_int (n, 3 + 6, "CPUs and tasks");
  is_str (ask (&c, "qfThreadInfo"),
          "m1,2,3," IDLE_1 ",989681,989682,989685,9896da,9896db",
          "the idle ones first, then by PID");
  is_str (ask (&c, "qsThreadInfo"), "l", "and no more");
  client_deinit (&c);
  client_init (&c, &state);
  is_str (ask (&c, "qC"), "QC2", "the next client begins at a CPU");
  tear_down ();
}

static void
test_damaged (void)
{
  set_up ("604");
  tear_down ();
  start ("604");
  poke_member ("init_task", 0, "task_struct", "tasks.next", 0);
  poke_member ("init_task", 0, "task_struct", "tasks.prev", 0);
  poke_symbol (&m, "init_pid_ns", 16, 0, 8);
  run_on ();
  kd_session_state_init (&state, k);
  state.threads.all = true;
  client_init (&c, &state);
  is_str (ask (&c, "qfThreadInfo"), "m1,2,3," IDLE_1,
          "of a damaged list of tasks what is certain");
  monitor (&c, "thread 91");
  ok (strstr (kd_strbuf_str (&c.console), "there is no task with PID 91 among "
                                          "those that could be found"),
      "a lost task is refused");
  tear_down ();
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/tasks-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("rsp-tasks");
  test_one ();
  test_registers ();
  test_running ();
  test_all ();
  test_damaged ();
  machine_files_deinit ();
  return test_done ();
}
