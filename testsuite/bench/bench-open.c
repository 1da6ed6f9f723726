/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-open SMALL HUGE: opening a sparse dump that claims very much RAM,
   against opening a small one; and scanning for VMCOREINFO against reading. */
#include "dump/dump.h"
#include "dump/vmcoreinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 20
#define BUDGET_OPEN 5.0
#define BUDGET_MIB 150
#define BUDGET_SCAN 2.0

/* Time of the processor, which other work on the machine does not change;
   files are in the page cache, so there is no other.  */
static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Open, read the first and the last page, close.  */
static double
open_once (const char *path)
{
  static uint8_t buf[65536];
  struct kd_dump *dump;
  double began = now ();
  if (kd_dump_open (&path, 1, &dump)) {
    fprintf (stderr, "bench-open: %s\n", kd_error_text ());
    exit (1);
  }
  uint64_t first = 0, last = kd_dump_info (dump)->max_pfn - 1;
  if (!kd_dump_next_present (dump, &first)
      || kd_dump_read_page (dump, first, buf)
      || !kd_dump_next_present (dump, &last)
      || kd_dump_read_page (dump, last, buf)) {
    fprintf (stderr, "bench-open: %s: %s\n", path, kd_error_text ());
    exit (1);
  }
  kd_dump_close (dump);
  return now () - began;
}

/* The best time, and the peak memory in KiB, of a process of its own.  */
static double
open_best (const char *path, long *peak)
{
  int fds[2];
  double best = 0;
  if (pipe (fds) < 0)
    exit (1);
  pid_t pid = fork ();
  if (pid == 0) {
    for (int i = 0; i < RUNS; i++) {
      double took = open_once (path);
      best = best == 0 || took < best ? took : best;
    }
    _exit (write (fds[1], &best, sizeof best) != sizeof best);
  }
  struct rusage ru;
  int status;
  close (fds[1]);
  if (wait4 (pid, &status, 0, &ru) != pid || status != 0
      || read (fds[0], &best, sizeof best) != sizeof best)
    exit (1);
  close (fds[0]);
  *peak = ru.ru_maxrss;
  return best;
}

/* Searching all of DUMP for VMCOREINFO, against reading all of it.  */
static double
scan_ratio (const char *path)
{
  static uint8_t buf[65536];
  double scan = 0, plain = 0;
  struct kd_dump *dump;
  if (kd_dump_open (&path, 1, &dump))
    return 0;
  for (int i = 0; i < 3; i++) {
    double began = now ();
    struct kd_vmcoreinfo *vi;
    for (uint64_t pfn = 0; !kd_vmcoreinfo_scan_from (dump, &pfn, &vi);)
      kd_vmcoreinfo_destroy (vi);
    double middle = now ();
    for (uint64_t pfn = 0; kd_dump_next_present (dump, &pfn); pfn++)
      if (kd_dump_read_page (dump, pfn, buf))
        break;
    double end = now ();
    scan = scan == 0 || middle - began < scan ? middle - began : scan;
    plain = plain == 0 || end - middle < plain ? end - middle : plain;
  }
  kd_dump_close (dump);
  return scan / plain;
}

int
main (int argc, char **argv)
{
  if (argc != 3) {
    fputs ("usage: bench-open SMALL HUGE\n", stderr);
    return 2;
  }
  long small_kib, huge_kib;
  double small = open_best (argv[1], &small_kib);
  double huge = open_best (argv[2], &huge_kib);
  double scan = scan_ratio (argv[1]);
  bool good = huge <= BUDGET_OPEN * small && huge_kib <= BUDGET_MIB * 1024
              && scan > 0 && scan <= BUDGET_SCAN;
  printf ("opening: small %.0f us, huge %.0f us: %.2f times (budget %.0f); "
          "peak %ld and %ld KiB (budget %d MiB)\n",
          small * 1e6, huge * 1e6, huge / small, BUDGET_OPEN, small_kib,
          huge_kib, BUDGET_MIB);
  printf ("search for VMCOREINFO: %.2f times the reading (budget %.1f)\n",
          scan, BUDGET_SCAN);
  return good ? 0 : 1;
}
