/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of a real dump are what the guest's own /proc said (truth/ beside
   the dump).  Usage: real-lists [-v VMLINUX] DUMP; without -v, no vmlinux is
   used. */
#include "cmd/cmd.h"
#include "kernel/timers.h"

#include "test.h"

static struct kd_session_state state;
static const char *dump;

static FILE *
open_truth (const char *file)
{
  char path[4096];
  const char *slash = strrchr (dump, '/');
  snprintf (path, sizeof path, "%.*struth/%s",
            slash ? (int)(slash - dump) + 1 : 0, dump, file);
  return fopen (path, "re");
}

/* The output of COMMAND as a stream, and its size.  */
static FILE *
run (const char *command, size_t *size)
{
  static struct kd_strbuf out;
  kd_strbuf_reset (&out);
  if (kd_command_run (&state, command, &out))
    printf ("# %s: %s\n", command, kd_error_text ());
  *size = out.len;
  return out.len ? fmemopen (out.data, out.len, "r") : NULL;
}

/* Words of LINE, at most MAX, ended where they end.  */
static size_t
split (char *line, char **words, size_t max)
{
  size_t n = 0;
  for (char *p = strtok (line, " \t\r\n"); p && n < max;
       p = strtok (NULL, " \t\r\n"))
    words[n++] = p;
  return n;
}

/* --- irq --- */

struct irq_line {
  char name[16];
  unsigned long count[64];
  unsigned counts;
  char rest[256]; /* chip, number, kind, actions */
};

/* "24:  0  0  PCI-MSI 32768-edge  virtio0-config", the colon or not.  */
static bool
irq_line (char *line, unsigned ncpus, struct irq_line *out)
{
  char *words[96];
  size_t n = split (line, words, 96);
  memset (out, 0, sizeof *out);
  if (n < 2 + (size_t)ncpus)
    return false;
  snprintf (out->name, sizeof out->name, "%.*s", (int)strcspn (words[0], ":"),
            words[0]);
  for (unsigned i = 0; i < ncpus && i < 64; i++)
    out->count[i] = strtoul (words[1 + i], NULL, 10);
  for (size_t i = 1 + ncpus; i < n; i++) {
    size_t len = strlen (out->rest);
    snprintf (out->rest + len, sizeof out->rest - len, "%s%s", len ? " " : "",
              words[i]);
  }
  return true;
}

static bool
find_irq (const char *output, size_t size, unsigned ncpus, const char *name,
          struct irq_line *out)
{
  FILE *f KD_AUTO_FILE = fmemopen ((void *)(uintptr_t)output, size, "r");
  char line[1024];
  while (f && fgets (line, sizeof line, f))
    if (irq_line (line, ncpus, out) && !strcmp (out->name, name))
      return true;
  return false;
}

/* Offline CPUs have no column in /proc/interrupts.  */
static unsigned
count_columns (FILE *truth)
{
  char line[1024];
  unsigned n = 0;
  if (!fgets (line, sizeof line, truth))
    return 0;
  for (const char *p = line; (p = strstr (p, "CPU")); p++)
    n++;
  return n;
}

static void
check_irqs (void)
{
  FILE *truth KD_AUTO_FILE = open_truth ("interrupts");
  char line[1024], command[64];
  unsigned columns = truth ? count_columns (truth) : 0, irqs = 0, good = 0;
  size_t size;
  if (!columns) {
    test_skip ("irq", "the guest saved no interrupts");
    return;
  }
  snprintf (command, sizeof command, "irq -c 0-%u", columns - 1);
  FILE *f KD_AUTO_FILE = run (command, &size);
  char *ours KD_AUTO_FREE = f ? malloc (size) : NULL;
  if (!ok (ours && fread (ours, 1, size, f) == size, "irq lists interrupts"))
    return;
  while (fgets (line, sizeof line, truth)) {
    struct irq_line want, got;
    if (!irq_line (line, columns, &want))
      continue;
    bool device = want.name[0] >= '0' && want.name[0] <= '9';
    if (!find_irq (ours, size, columns, want.name, &got)) {
      /* Not counted in irq_cpustat_t, or empty.  */
      if (device)
        printf ("# %s is missing\n", want.name);
      irqs += device;
      continue;
    }
    char *words = strstr (got.rest, " (");
    if (words)
      *words = '\0';
    bool more = true;
    for (unsigned i = 0; i < columns; i++)
      more = more && got.count[i] >= want.count[i]
             && got.count[i] < want.count[i] + 100000;
    bool same = more && (!device || !strcmp (got.rest, want.rest));
    if (!same)
      printf ("# %s: got %s, want %s\n", want.name, got.rest, want.rest);
    irqs++;
    good += same;
  }
  ok (irqs > 10 && good == irqs,
      "irq has the guest's interrupts (%u), no count is lower", irqs);
}

/* --- timer --- */

/* Is there a timer of FUNCTION that expires then, on any CPU?  */
static bool
has_hrtimer (unsigned long long soft, unsigned long long expires,
             const char *function)
{
  bool found = false;
  for (unsigned cpu = 0; cpu < state.kernel->ncpus; cpu++) {
    struct kd_timers t;
    if (kd_hrtimers_read (state.kernel, cpu, &t))
      continue;
    for (unsigned b = 0; b < t.nbases; b++)
      for (size_t i = 0; i < t.base[b].ntimers; i++) {
        const struct kd_timer *timer = &t.base[b].timers[i];
        struct kd_symbol sym;
        found
          = found
            || (timer->expires == expires && timer->soft == soft
                && kd_kernel_symbol_at (state.kernel, timer->function, &sym)
                && !strcmp (sym.name, function));
      }
    kd_timers_deinit (&t);
  }
  return found;
}

/* " #2: <00000000f89dcc16>, hrtimer_wakeup, S:01", then
   " # expires at 1007829071540-1007829121540 nsecs [in 999300083770 to ...":
   what was to expire in more than 100 s is still there, but for the tick of an
   idle CPU, which may have been woken.  */
static void
check_hrtimers (void)
{
  FILE *truth KD_AUTO_FILE = open_truth ("timer_list");
  char line[512], function[128] = "";
  unsigned far = 0, good = 0;
  while (truth && fgets (line, sizeof line, truth)) {
    unsigned long long soft, expires;
    long long in;
    if (sscanf (line, " #%*u: <%*[^>]>, %127[^,],", function) == 1
        || sscanf (line, " # expires at %llu-%llu nsecs [in %lld to", &soft,
                   &expires, &in)
             != 3
        || in < 100000000000 || !strncmp (function, "tick_", 5))
      continue;
    bool found = has_hrtimer (soft, expires, function);
    if (!found)
      printf ("# %s at %llu is missing\n", function, expires);
    far++;
    good += found;
  }
  if (!far)
    test_skip ("timer has the guest's hrtimers", "none was far off");
  else
    is_int (good, far, "timer has the guest's hrtimers of over 100 s");
}

static unsigned
count_function (const struct kd_timers *t, const char *name)
{
  unsigned n = 0;
  for (unsigned b = 0; b < t->nbases; b++) {
    struct kd_symbol sym;
    for (size_t i = 0; i < t->base[b].ntimers; i++)
      n += kd_kernel_symbol_at (state.kernel, t->base[b].timers[i].function,
                                &sym)
           && !strcmp (sym.name, name);
    n += t->base[b].running
         && kd_kernel_symbol_at (state.kernel, t->base[b].running_function,
                                 &sym)
         && !strcmp (sym.name, name);
  }
  return n;
}

/* What must be so on any machine.  */
static void
check_timers (void)
{
  bool functions = true, whole = true, watchdogs = true, order = true;
  unsigned timers = 0;
  struct kd_symbol seen;
  /* Where they can see a panic, they end then.  */
  bool end = kd_symbols_by_name (state.kernel->symbols, "panic_in_progress",
                                 NULL, &seen);
  for (unsigned cpu = 0; cpu < state.kernel->ncpus; cpu++) {
    struct kd_timers hr, wheel;
    if (kd_hrtimers_read (state.kernel, cpu, &hr)
        || kd_wheel_read (state.kernel, cpu, &wheel)) {
      ok (false, "timers of CPU %u: %s", cpu, kd_error_text ());
      return;
    }
    unsigned dogs = count_function (&hr, "watchdog_timer_fn");
    if (state.kernel->cpus[cpu].online)
      watchdogs = watchdogs && (dogs == 1 || (end && !dogs));
    for (unsigned b = 0; b < wheel.nbases; b++) {
      const struct kd_timer_base *base = &wheel.base[b];
      whole = whole && !base->damage;
      timers += (unsigned)base->ntimers;
      for (size_t i = 0; i < base->ntimers; i++) {
        struct kd_symbol sym;
        functions = functions
                    && kd_kernel_symbol_at (state.kernel,
                                            base->timers[i].function, &sym)
                    && sym.addr == base->timers[i].function;
        order
          = order
            && (!i || base->timers[i].expires >= base->timers[i - 1].expires);
      }
    }
    for (unsigned b = 0; b < hr.nbases; b++)
      whole = whole && !hr.base[b].damage;
    kd_timers_deinit (&hr);
    kd_timers_deinit (&wheel);
  }
  ok (watchdogs, "each CPU has one watchdog timer");
  ok (functions && timers > 10, "all %u timers of the wheels are functions'",
      timers);
  ok (whole, "no tree or list of timers is damaged");
  ok (order, "timers are in order");
}

/* --- waitq --- */

/* A task called COMM... is about to run: one that a hung CPU was to wake, or
   to run.  */
static bool
is_runnable (const char *comm)
{
  const struct kd_task_list *list;
  if (kd_tasks (state.kernel, &list))
    return false;
  for (size_t i = 0; i < list->ntasks; i++)
    if (!strncmp (list->tasks[i].comm, comm, strlen (comm))
        && !list->tasks[i].idle
        && kd_task_letter (state.kernel, &list->tasks[i]) == 'R')
      return true;
  return false;
}

/* COMMAND names one waiter, COMM, in a sleeping state of STATES.  */
static void
check_waiter (const char *command, const char *comm, const char *states)
{
  size_t size;
  FILE *f KD_AUTO_FILE = run (command, &size);
  char line[256], name[64] = "", letter = 0;
  unsigned waiters = 0;
  while (f && fgets (line, sizeof line, f))
    waiters += sscanf (line, "%*d %c %*x %63s", &letter, name) == 2;
  if (!waiters && is_runnable (comm)) {
    ok (true, "%s: %s waits no more", command, comm);
    return;
  }
  ok (waiters == 1 && !strncmp (name, comm, strlen (comm)) && letter
        && (strchr (states, letter) || letter == 'R'),
      "%s: %s waits (%s, %c)", command, comm, name, letter ? letter : '-');
}

static void
check_waitqs (void)
{
  check_waiter ("waitq oom_reaper_wait", "oom_reaper", "SD");
  check_waiter ("waitq rcu_state rcu_state.gp_wq", "rcu_", "ID");
}

/* --- mount, files, vm --- */

/* The words of the next line; newer kernels have a nullfs below the root that
   no process sees.  */
static bool
next_mount (FILE *f, char *line, size_t size, char *words[8])
{
  while (fgets (line, (int)size, f) && split (line, words, 8) >= 6)
    if (strcmp (words[2], "nullfs") != 0)
      return true;
  return false;
}

/* "DEVICE PATH TYPE OPTIONS": ours have the same of each, and options that
   the guest's begin with or have.  */
static void
check_mounts (void)
{
  FILE *truth KD_AUTO_FILE = open_truth ("mounts");
  size_t size;
  FILE *f KD_AUTO_FILE = run ("mount", &size);
  char line[1024], ours[1024];
  unsigned n = 0, good = 0;
  bool head = f && fgets (ours, sizeof ours, f);
  while (truth && head && fgets (line, sizeof line, truth)) {
    char *want[8], *got[8];
    if (split (line, want, 8) < 4)
      continue;
    n++;
    if (!next_mount (f, ours, sizeof ours, got))
      break;
    bool same = !strcmp (got[2], want[2]) && !strcmp (got[3], want[0])
                && !strcmp (got[4], want[1])
                && !strncmp (got[5], want[3], strlen (got[5]));
    if (!same)
      printf ("# got %s %s %s %s, want %s %s %s %s\n", got[3], got[4], got[2],
              got[5], want[0], want[1], want[2], want[3]);
    good += same;
  }
  ok (n >= 3 && good == n, "mount has the guest's %u mounts", n);
}

/* One number or string after "KEY": in JSON, from *P on.  */
static bool
json_value (const char **p, const char *key, char *buf, size_t size)
{
  char pattern[64];
  snprintf (pattern, sizeof pattern, "\"%s\": ", key);
  const char *at = strstr (*p, pattern);
  if (!at)
    return false;
  at += strlen (pattern);
  at += *at == '"';
  snprintf (buf, size, "%.*s", (int)strcspn (at, "\",\n"), at);
  *p = at;
  return true;
}

/* What the guest started as `sleep ... &'.  */
static void
check_sleeper (int pid, unsigned long vsz)
{
  char command[64], value[256] = "";
  size_t size;
  snprintf (command, sizeof command, "files --json %d", pid);
  FILE *f KD_AUTO_FILE = run (command, &size);
  static char text[1 << 16];
  text[f ? fread (text, 1, sizeof text - 1, f) : 0] = '\0';
  const char *p = text;
  ok (json_value (&p, "directory", value, sizeof value) && !strcmp (value, "/")
        && json_value (&p, "path", value, sizeof value)
        && !strcmp (value, "/dev/null")
        && json_value (&p, "path", value, sizeof value)
        && !strcmp (value, "/dev/console"),
      "files of PID %d are those of a job in the background", pid);
  snprintf (command, sizeof command, "vm --json %d", pid);
  FILE *g KD_AUTO_FILE = run (command, &size);
  text[g ? fread (text, 1, sizeof text - 1, g) : 0] = '\0';
  p = text;
  bool program = json_value (&p, "what", value, sizeof value)
                 && !strcmp (value, "/bin/busybox");
  ok (program && strstr (p, "\"[stack]\"") && strstr (p, "\"[vdso]\""),
      "vm of PID %d has its program, stack and vDSO", pid);
  ok (json_value (&p, "bytes", value, sizeof value)
        && strtoul (value, NULL, 10) == vsz * 1024,
      "vm of PID %d is as large as the guest's ps said (%lu KiB)", pid, vsz);
}

/* "  125     1 S    2260 sleep" */
static void
check_processes (void)
{
  FILE *truth KD_AUTO_FILE = open_truth ("ps");
  char line[256], stat[8], comm[64];
  unsigned long vsz;
  int pid, found = 0;
  while (truth && fgets (line, sizeof line, truth))
    if (sscanf (line, "%d %*d %7s %lu %63s", &pid, stat, &vsz, comm) == 4
        && !strcmp (comm, "sleep") && stat[0] == 'S' && vsz && !found++)
      check_sleeper (pid, vsz);
  ok (found, "the guest had a sleeping process");
}

static void
check_all (void)
{
  check_irqs ();
  check_hrtimers ();
  check_timers ();
  check_waitqs ();
  check_mounts ();
  check_processes ();
}

int
main (int argc, char **argv)
{
  const char *nowhere[] = { "/nonexistent" };
  struct kd_kernel_options o = { .search = { .beside = "/nonexistent",
                                             .debug_dirs = nowhere,
                                             .ndebug_dirs = 1 } };
  int i = 1;
  if (argc > 3 && !strcmp (argv[1], "-v")) {
    o.vmlinux = argv[2];
    i = 3;
  }
  o.dump_paths = (const char *const *)argv + i;
  o.ndump_paths = (size_t)(argc - i);
  dump = argc > i ? argv[i] : "";
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  if (kd_kernel_open (&o, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  kd_session_state_init (&state, k);
  uint64_t addr;
  if (kd_kernel_symbol (k, "jiffies_64", &addr))
    test_skip ("lists of the kernel", kd_error_text ());
  else
    check_all ();
  kd_session_state_deinit (&state);
  return test_done ();
}
