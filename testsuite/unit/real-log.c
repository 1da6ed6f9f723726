/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of a real dump is what the guest's own dmesg and its console showed,
   line by line (truth/dmesg and console.log beside the dump).  Usage: real-log
   [-v VMLINUX] DUMP; without -v, no vmlinux is used. */
#include "kernel/clock.h"
#include "kernel/log.h"

#include "test.h"

#include <ctype.h>

struct lines {
  char **v;
  size_t n;
};

static void
add_line (struct lines *l, char *line)
{
  l->v = realloc (l->v, (l->n + 1) * sizeof *l->v);
  l->v[l->n++] = line;
}

/* As syslog(2) has it: the time before each line of a message.  */
static void
add_record (struct lines *l, const struct kd_log_record *r)
{
  const char *p = r->text, *end = r->text + r->len;
  for (;;) {
    const char *newline = memchr (p, '\n', (size_t)(end - p));
    size_t len = (size_t)((newline ? newline : end) - p);
    add_line (l, kd_asprintf ("[%5llu.%06llu] %.*s",
                              (unsigned long long)(r->ts_ns / 1000000000),
                              (unsigned long long)(r->ts_ns / 1000 % 1000000),
                              (int)len, p));
    if (!newline)
      return;
    p = newline + 1;
  }
}

static FILE *
open_beside (const char *dump, const char *file)
{
  char path[4096];
  const char *slash = strrchr (dump, '/');
  snprintf (path, sizeof path, "%.*s%s", slash ? (int)(slash - dump) + 1 : 0,
            dump, file);
  return fopen (path, "re");
}

static bool
next_line (FILE *f, char *line, size_t size)
{
  if (!fgets (line, (int)size, f))
    return false;
  line[strcspn (line, "\r\n")] = '\0';
  return true;
}

/* The guest ran dmesg before it hung: the log begins so.  */
static void
check_dmesg (const struct lines *l, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "truth/dmesg");
  char line[4096];
  size_t n = 0, bad = 0;
  for (; f && next_line (f, line, sizeof line); n++) {
    if (n < l->n && !strcmp (l->v[n], line))
      continue;
    if (!bad++)
      printf ("# line %zu: got \"%s\", want \"%s\"\n", n + 1,
              n < l->n ? l->v[n] : "(nothing)", line);
  }
  if (!f)
    test_skip ("the log begins as the guest's dmesg", "there is no dmesg");
  else
    ok (n && !bad, "the log begins as the guest's dmesg");
}

/* The seconds of a line of the kernel on the console; negative for others.  */
static double
line_time (const char *line)
{
  double time;
  int end = 0;
  if (sscanf (line, "[%lf]%n", &time, &end) != 1 || !end)
    return -1;
  return time;
}

/* The console showed all of it, between lines of programs, until the second
   kernel began at zero; but the end of a panic in an NMI or the like comes to
   the log alone.  */
static void
check_console (const struct lines *l, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "console.log");
  char line[4096];
  size_t n = 0;
  double last = 0;
  bool same = true, silent = false;
  while (f && next_line (f, line, sizeof line)) {
    double time = line_time (line);
    if (time < 0)
      continue;
    if (time + 5 < last)
      break;
    last = time;
    if (same && (n >= l->n || strcmp (l->v[n], line) != 0)) {
      printf ("# line %zu: got \"%s\", want \"%s\"\n", n + 1,
              n < l->n ? l->v[n] : "(nothing)", line);
      same = false;
    }
    n++;
  }
  for (size_t i = n; i < l->n; i++)
    silent |= strstr (l->v[i], "Kernel panic") != NULL;
  if (!f)
    test_skip ("the log is what the console showed", "there is no console");
  else
    ok (same && (n == l->n || silent),
        "the log is what the console showed (%zu lines)", n);
}

/* "Fri Nov 27 00:34:43 UTC 2026", shortly after the last line of dmesg.  */
static void
check_clock (struct kd_kernel *k, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "truth/date");
  FILE *up KD_AUTO_FILE = open_beside (dump, "truth/uptime");
  char line[128], got[32], want[32];
  double uptime;
  struct kd_clock c;
  if (!f || !next_line (f, line, sizeof line) || !up
      || fscanf (up, "%lf", &uptime) != 1 || kd_clock_read (k, &c)) {
    if (k->vmlinux)
      ok (false, "the clock can be read: %s", kd_error_text ());
    return;
  }
  /* The seconds are compared loosely: date ran a little after uptime.  */
  int64_t then = c.boot_real_ns + (int64_t)(uptime * 1e9);
  bool same = false;
  snprintf (want, sizeof want, "%.20s%.4s", line,
            line + (strlen (line) > 4 ? strlen (line) - 4 : 0));
  for (int s = 0; s <= 2; s++) {
    kd_clock_format (then + s * INT64_C (1000000000), got, sizeof got);
    same = same || !strcmp (got, want);
  }
  ok (same, "the clock is the guest's: %s", want);
  ok (c.mono_ns > (uint64_t)(uptime * 1e9)
        && c.mono_ns < (uint64_t)((uptime + 600) * 1e9),
      "the time since boot goes on from the guest's");
}

static void
check_records (struct kd_log *log, struct lines *l)
{
  uint64_t seq = 0;
  bool numbers = true, whole = true, callers = false;
  for (size_t i = 0; i < kd_log_count (log); i++) {
    struct kd_log_record r;
    if (kd_log_get (log, i, &r))
      continue;
    numbers = numbers && r.has_seq && (!l->n || r.seq == seq + 1);
    whole = whole && (r.state == KD_LOG_FINAL || r.state == KD_LOG_OPEN);
    callers = callers || (r.has_caller && r.caller == 1);
    seq = r.seq;
    add_record (l, &r);
  }
  ok (numbers, "records are numbered without a gap");
  ok (whole, "all records are whole");
  ok (callers, "process 1 has said something");
  ok (!kd_log_damage (log), "nothing is wrong with the buffer");
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
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  struct kd_log *log KD_GUARD (log) = NULL;
  struct lines l = { 0 };
  if (kd_kernel_open (&o, &k) || kd_log_open (k, &log)
      || kd_log_add_unflushed (log)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  check_records (log, &l);
  check_dmesg (&l, o.dump_paths[0]);
  check_console (&l, o.dump_paths[0]);
  check_clock (k, o.dump_paths[0]);
  for (size_t n = 0; n < l.n; n++)
    free (l.v[n]);
  free (l.v);
  return test_done ();
}
