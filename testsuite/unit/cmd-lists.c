/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that list a kernel's queues and tables, on made-up kernels
   (fake-objects.c), whole and damaged. */
#include "cmd/cmd.h"

#include "kernel-machine.h"

static struct machine m;
static struct kd_kernel *k;

static void
begin (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  machine_init (&m, vmlinux);
  synth_vmcoreinfo (&m.s, info_text);
}

static void
open_it (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  if (open_kernel (&m, vmlinux, false, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
}

static void
end (void)
{
  kd_kernel_close (k);
  k = NULL;
  machine_deinit (&m);
}

/* The output, and after it the error.  */
static char *
run (const char *command)
{
  struct kd_session_state s;
  struct kd_strbuf out = { 0 };
  kd_session_state_init (&s, k);
  if (kd_command_run (&s, command, &out))
    kd_strbuf_printf (&out, "failed: %s\n", kd_error_text ());
  kd_session_state_deinit (&s);
  return kd_strbuf_steal (&out);
}

static void
is_output (const char *shape, const char *command, const char *want)
{
  char *got KD_AUTO_FREE = run (command);
  if (!ok (got && !strcmp (got, want), "%s: %s", shape, command))
    printf ("# got:\n%s# want:\n%s", got ? got : "(null)\n", want);
}

static void
has_output (const char *shape, const char *command, const char *want)
{
  char *got KD_AUTO_FREE = run (command);
  if (!ok (got && strstr (got, want), "%s: %s: %.*s", shape, command,
           (int)strcspn (want, "\n"), want))
    printf ("# got:\n%.2000s\n", got ? got : "(null)\n");
}

/* --- irq --- */

static void
test_irq_shape (const char *shape, const char *timer_cpus,
                const char *disk_cpus)
{
  char want[1024];
  begin (shape);
  open_it (shape);
  snprintf (want, sizeof want,
            " IRQ       COUNT  CPUS     CHIP                   ACTIONS\n"
            "   0         400  %-8s IO-APIC 2-edge         timer\n"
            "   2          28  %-8s PCI-MSI                disk1, disk2 "
            "(in progress, pending)\n",
            timer_cpus, disk_cpus);
  is_output (shape, "irq", want);
  is_output (shape, "irq -c 1-2",
             " IRQ     CPU1       CPU2   \n"
             "   0        100        100  IO-APIC 2-edge         timer\n"
             "   2          7          7  PCI-MSI                disk1, disk2 "
             "(in progress, pending)\n"
             " NMI          1          1  non-maskable interrupts\n"
             " LOC       2000       2000  local timer\n"
             " RES         30         30  rescheduling IPIs\n"
             " CAL          4          4  function call IPIs\n");
  has_output (shape, "irq -a", "\n   1           ?  none     -");
  has_output (shape, "irq disk",
              "  Action        disk2\n    Handler     helper\n"
              "    Thread      panic, PID 77\n    Flags       SHARED, "
              "ONESHOT\n");
  has_output (shape, "irq 7", "no interrupt has the number or name `7'");
  has_output (shape, "irq --json 0", "\"name\": \"timer\",");
  struct kd_session_state s;
  struct kd_strbuf names KD_AUTO_STRBUF = { 0 };
  kd_session_state_init (&s, k);
  kd_command_complete (&s, "irq di", &names);
  kd_session_state_deinit (&s);
  is_str (kd_strbuf_str (&names), "disk1\ndisk2\n",
          "%s: irq completes names of actions", shape);
  end ();
}

static void
test_irq_damage (void)
{
  begin ("510");
  poke_symbol (&m, "disk2_action", 16,
               link_addr (&m, "disk1_action") + SYNTH_SLIDE, 8);
  poke_symbol (&m, "timer_irq", 0x38, 0x1234, 8);
  open_it ("510");
  has_output ("510", "irq",
              "disk1, disk2 (in progress, pending)\n"
              "Some cannot be read in full");
  has_output ("510", "irq disk1", "list of actions has no end");
  has_output ("510", "irq 0", "Warning: irq_chip.name of IRQ 0: ");
  end ();

  begin ("510");
  poke_symbol (&m, "irq_node", 40, 0x1000, 8);
  open_it ("510");
  has_output ("510", "irq 0", "Warning: IRQ 0: irq_desc.chip at 0x1000: ");
  has_output ("510", "irq", "   2          28");
  end ();

  begin ("614");
  poke_symbol (&m, "sparse_irqs", 8, 0x123456 << 8 | 0xe, 8);
  open_it ("614");
  has_output ("614", "irq",
              "failed: irq: the interrupt descriptors: maple "
              "node at 0x12345600");
  end ();
}

/* --- timer --- */

static const char hrtimers[]
  = "The clock stood at 12.500000 s since boot when it was last updated;\n"
    "jiffies at 4294895421, HZ is 250.\n\n"
    "CPU 1, in hrtimer_interrupt()\n"
    " hrtimers, monotonic clock: 2\n"
    "%s"
    "          -0.100000 s (overdue)  %016llx panic\n"
    "           1.000000 s  %016llx hrtimer_wakeup: wakes PID 77 (worker)\n"
    " hrtimers, realtime clock: 1\n"
    "           7.500000 s  %016llx helper\n"
    " wheel, %s timers: 2\n"
    "          -0.200 s    (overdue)  %016llx process_timeout: wakes PID 77 "
    "(worker)\n"
    "           1.000 s     %016llx delayed_work_timer_fn: queues panic\n"
    " wheel, %s timers: 1, idle\n"
    "  running now         %016llx helper\n"
    "           0.004 s     %016llx helper\n";

static unsigned long long
run_time (const char *symbol)
{
  return link_addr (&m, symbol) + SYNTH_SLIDE;
}

static void
test_timer_shape (const char *shape, const char *first, const char *second)
{
  char want[2048], running[64] = "";
  begin (shape);
  open_it (shape);
  if (strcmp (shape, "414") != 0)
    snprintf (running, sizeof running,
              "  running now         %016llx "
              "helper\n",
              run_time ("alarm"));
  unsigned long long dwork = run_time ("flusher") + 32;
  snprintf (want, sizeof want, hrtimers, running, run_time ("tick"),
            run_time ("sleeper"), run_time ("alarm"), first,
            run_time ("timeout"), dwork, second, run_time ("later"),
            run_time ("later"));
  is_output (shape, "timer -c 1", want);
  end ();
}

static void
test_timer_damage (void)
{
  begin ("510");
  poke_symbol (&m, "tick", 0, 0x1000, 8);
  poke_symbol (&m, "flusher", 32, run_time ("timeout"), 8);
  open_it ("510");
  has_output ("510", "timer", "hrtimers, monotonic clock: 1\n");
  has_output ("510", "timer", "  Warning: tree node at 0x");
  has_output ("510", "timer", " wheel, standard timers: 2\n");
  has_output ("510", "timer", "  Warning: the list comes back to ");
  has_output ("510", "timer -c 9", "there is no CPU 9");
  end ();

  begin ("510");
  poke_symbol (&m, "clocksource_jiffies", 8, 1, 4);
  poke_symbol (&m, "timeout", 0, 0xdead0000, 8);
  open_it ("510");
  has_output ("510", "timer", "-50 ticks (overdue)");
  has_output ("510", "timer", "  Warning: list entry at 0xdead0000");
  end ();
}

/* --- waitq --- */

#define WAITQ_HEAD "    PID ST TASK             COMMAND          WOKEN BY\n"

static void
test_waitq_shape (const char *shape, const char *kind, const char *function)
{
  char want[1024];
  unsigned long long task;
  begin (shape);
  open_it (shape);
  task = run_time ("other_task");
  snprintf (want, sizeof want,
            "struct wait_queue_head 0x%llx (queue)\n" WAITQ_HEAD
            "     77  R %016llx worker           autoremove_wake_function, "
            "exclusive\n"
            "     77  R %016llx worker           pollwake\n"
            "      -  - 0000000000000000 (no task)        (mark of a wake-up "
            "under way)\n",
            run_time ("queue"), task, task);
  is_output (shape, "waitq queue", want);
  snprintf (want, sizeof want,
            "struct %s 0x%llx (done+0x8/0x20)\n" WAITQ_HEAD
            "     77  R %016llx worker           %s\n",
            kind, run_time ("done") + 8, task, function);
  is_output (shape, "waitq done completion.wait", want);
  snprintf (want, sizeof want,
            WAITQ_HEAD "     77  R %016llx worker           "
                       "wake_bit_function\n"
                       "                          for bit 5 at 0x%llx\n",
            task, run_time ("things") + 24);
  is_output (shape, "waitq -b things+0x18", want);
  snprintf (want, sizeof want, "for bit 0 at 0x%llx\n",
            run_time ("things") + 32);
  has_output (shape, "waitq -b", want);
  has_output (shape, "waitq -b", "for bit 5");
  has_output (shape, "waitq quiet_queue", "Nobody waits.\n");
  end ();
}

static void
test_waitq_damage (void)
{
  begin ("510");
  poke_symbol (&m, "waiter", 24, 0x1234, 8);
  poke_symbol (&m, "bit_wait_table", 8, 0x4321, 8);
  open_it ("510");
  has_output ("510", "waitq queue", "autoremove_wake_function, exclusive\n");
  has_output ("510", "waitq queue", "pollwake\n");
  has_output ("510", "waitq queue", "failed: waitq: wait queue at 0x");
  has_output ("510", "waitq -b", "for bit 5");
  has_output ("510", "waitq -b",
              "failed: waitq: bit_wait_table[0]: list "
              "entry at 0x4321");
  has_output ("510", "waitq things",
              "failed: waitq: no struct wait_queue_head is there, or a "
              "damaged one (-s is for simple ones): ");
  has_output ("510", "waitq things thing.number",
              "thing.number is no wait queue");
  has_output ("510", "waitq", "the address of a wait queue is needed");
  has_output ("510", "waitq -b queue completion.wait",
              "-b takes an address only");
  end ();
}

/* --- files, mount, vm --- */

/* Replace each %SYMBOL% or %SYMBOL+N% in TEXT by its address.  */
static char *
with_addresses (const char *text, unsigned digits)
{
  struct kd_strbuf out = { 0 };
  while (*text) {
    size_t n = strcspn (text, "%");
    kd_strbuf_add (&out, text, n);
    text += n;
    if (!*text)
      break;
    char symbol[64];
    n = strcspn (++text, "%");
    snprintf (symbol, sizeof symbol, "%.*s", (int)n, text);
    char *plus = strchr (symbol, '+');
    unsigned long long offset = plus ? strtoull (plus, NULL, 0) : 0;
    if (plus)
      *plus = '\0';
    kd_strbuf_printf (&out, "%0*llx", (int)digits, run_time (symbol) + offset);
    text += n + 1;
  }
  return kd_strbuf_steal (&out);
}

static void
is_listing (const char *shape, const char *command, const char *want)
{
  char *text KD_AUTO_FREE = with_addresses (want, 16);
  is_output (shape, command, text);
}

static void
test_files_shape (const char *shape)
{
  begin (shape);
  open_it (shape);
  is_listing (
    shape, "mount",
    "MOUNT            SUPERBLOCK       TYPE       DEVICE, PATH, OPTIONS\n"
    "%root_mount% %root_sb% rootfs     none / rw,relatime\n"
    "%fuse_mount% %fuse_sb% fuse.sshfs host:/home /mnt ro,nosuid,nodev\n");
  has_output (shape, "mount 77", " host:/home /mnt ro,nosuid,nodev\n");
  is_listing (
    shape, "files 77",
    "PID 77 (worker), task 0x%other_task%\n"
    "Directory  /mnt\n"
    "Root       /\n"
    "  FD FILE             INODE            TYPE      RW   POSITION  PATH\n"
    "   0 %files% %file_inode% file      r          12  /mnt/a file\n"
    "   2 %files+0x28% %file_inode% file      w+          0  /mnt/gone "
    "(deleted)\n"
    "   3 %files+0x50% %pipe_inode% pipe      w           0  pipe:[4711]\n"
    "  63 %files+0x78% %file_inode% file      rw          0  "
    "anon_inode:[eventfd]\n");
  has_output (shape, "files 0", "the task is dead, and has no files");
  has_output (shape, "vm 0",
              "is a kernel thread, and has no memory of its "
              "own");
  end ();
}

static void
test_vm_shape (const char *shape, unsigned size, const char *anon)
{
  char want[1024];
  begin (shape);
  open_it (shape);
  snprintf (want, sizeof want,
            "PID 77 (worker), task 0x%%other_task%%, mm_struct 0x%%user_mm%%\n"
            "AREA                     FROM-TO           PERM   OFFSET  WHAT\n"
            "%%areas%%       400000-402000       r-xp     1000  /mnt/a file\n"
            "%%areas+%u%%       600000-601000       rw-p        0  [heap]\n"
            "%%areas+%u%%       700000-701000       rw-s        0%s\n"
            "%%areas+%u%%       7f0000-7f1000       r-xp        0  [vdso]\n"
            "%%areas+%u%%       7ff000-800000       rw-p        0  [stack]\n"
            "5 areas, 24.0 KiB.\n",
            size, 2 * size, anon, 3 * size, 4 * size);
  is_listing (shape, "vm 77", want);
  end ();
}

static void
test_files_damage (void)
{
  begin ("510");
  /* A directory in itself, by way of another.  */
  poke_symbol (&m, "mnt_dir", 24, run_time ("gone_entry"), 8);
  poke_symbol (&m, "fds", 3 * 8, 0x1000, 8);
  open_it ("510");
  has_output ("510", "files 77", "        12  .../a file\n");
  has_output ("510", "files 77", "Directory  .../mnt\n");
  has_output ("510", "files 77", "   3 0000000000001000 (cannot be read)\n");
  has_output ("510", "files 77", "  anon_inode:[eventfd]\n");
  has_output ("510", "files 77", "failed: files: files of the task at 0x");
  has_output ("510", "files 77", "descriptor 3: file at 0x1000: ");
  has_output ("510", "mount", " host:/home .../mnt ro");
  end ();

  begin ("510");
  poke_symbol (&m, "fd_table", 0, UINT32_MAX, 4);
  poke_symbol (&m, "fuse_mount", 16, run_time ("fuse_mount"), 8);
  poke_symbol (&m, "file_entry", 36, 4000, 4);
  open_it ("510");
  has_output ("510", "files 77", "a table of 4294967295 files");
  has_output ("510", "files 77", "Directory  /\n");
  has_output ("510", "vm 77", "r-xp     1000  ?\n");
  end ();

  begin ("510");
  poke_symbol (&m, "areas", 64 * 2 + 16, run_time ("areas"), 8);
  open_it ("510");
  has_output ("510", "vm 77", "rw-s        0\n");
  has_output ("510", "vm 77",
              "ends at 0x402000, where the one before it did "
              "or sooner");
  end ();

  begin ("614");
  poke_symbol (&m, "area_node", 8 + 8 * 3, 0x10, 8);
  open_it ("614");
  has_output ("614", "vm 77", "  /mnt/a file\n");
  has_output ("614", "vm 77", "slot 3 is for 0x600000 to 0x10");
  end ();

  begin ("614");
  poke_symbol (&m, "area_node", 128 + 8 * 3, 0x1000, 8);
  open_it ("614");
  has_output ("614", "vm 77",
              "600000-601000       ????        0  (cannot be read)\n");
  has_output ("614", "vm 77", "[stack]\n");
  has_output ("614", "vm 77", "failed: vm: memory of the mm_struct at ");
  end ();

  begin ("614");
  poke_symbol (&m, "fuse_mount", 40, 0x1000, 8);
  open_it ("614");
  has_output ("614", "mount", " none / rw,relatime\n");
  has_output ("614", "mount", "failed: mount: mount namespace at 0x");
  end ();
}

/* --- anything at all --- */

static uint64_t
next_random (uint64_t *seed)
{
  *seed = *seed * UINT64_C (6364136223846793005) + UINT64_C (1442695040888963);
  return *seed >> 16;
}

/* What a wild pointer may be: another object's, none, or a small number.  */
static uint64_t
wild (uint64_t *seed, uint64_t from, uint64_t to)
{
  switch (next_random (seed) % 6) {
  case 0:
    return 0;
  case 1:
    return UINT64_MAX;
  case 2:
    return next_random (seed) % 4096;
  case 3:
    return next_random (seed);
  default:
    return (from + next_random (seed) % (to - from)) & ~UINT64_C (7);
  }
}

/* Words of the kernel's objects are overwritten at random: every command ends,
   with some answer or with words on why not.  */
static void
test_wild (const char *shape, uint64_t seed)
{
  static const char *const commands[]
    = { "log",      "irq -a",      "irq disk",
        "timer",    "waitq queue", "waitq done completion.wait",
        "waitq -b", "files 77",    "vm 77",
        "mount",    "ps" };
  unsigned answers = 0, all = 0;
  for (unsigned round = 0; round < 12; round++) {
    begin (shape);
    /* From the first of the objects to the last.  */
    uint64_t from = run_time ("things"), to = run_time ("areas") + 320;
    for (unsigned i = 0; i < 1 + 4 * round; i++) {
      uint64_t at = from + (next_random (&seed) % (to - from) & ~UINT64_C (7));
      synth_poke (&m.s, phys (at - SYNTH_SLIDE), wild (&seed, from, to), 8);
    }
    open_it (shape);
    for (size_t i = 0; i < KD_ARRAY_SIZE (commands); i++) {
      char *text KD_AUTO_FREE = run (commands[i]);
      all++;
      answers += text && strlen (text) > 10;
    }
    end ();
  }
  is_int (answers, all, "%s: every command ends when memory is wild", shape);
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/objects-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("cmd-lists");
  test_irq_shape ("414", "0", "0,1");
  test_irq_shape ("510", "0", "1");
  test_irq_shape ("604", "0", "1");
  test_irq_shape ("614", "0", "1");
  test_irq_damage ();
  test_timer_shape ("414", "standard", "deferrable");
  test_timer_shape ("510", "standard", "deferrable");
  test_timer_shape ("604", "local", "global");
  test_timer_shape ("614", "local", "global");
  test_timer_damage ();
  test_waitq_shape ("414", "wait_queue_head",
                    "autoremove_wake_function, exclusive");
  test_waitq_shape ("510", "wait_queue_head",
                    "autoremove_wake_function, exclusive");
  test_waitq_shape ("604", "swait_queue_head", "-");
  test_waitq_shape ("614", "swait_queue_head", "-");
  test_waitq_damage ();
  test_files_shape ("414");
  test_files_shape ("510");
  test_files_shape ("614");
  test_vm_shape ("510", 64, "");
  test_vm_shape ("604", 64, "  [anon:cache]");
  test_files_damage ();
  test_wild ("414", 1);
  test_wild ("510", 2);
  test_wild ("604", 3);
  test_wild ("614", 4);
  machine_files_deinit ();
  return test_done ();
}
