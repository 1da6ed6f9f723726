/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-pages DUMP...: reading all pages in order, against the raw codec and
   against libkdumpfile, in one thread and one run. */
#include "raw-pages.h"

#include "dump/dump.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_LIBKDUMPFILE
#include <libkdumpfile/kdumpfile.h>
#endif

#define RUNS 5
#define BUDGET_RAW 0.85
#define BUDGET_LIB 3.0

/* Time of the processor, which other work on the machine does not change;
   files are in the page cache, so there is no other.  */
static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
time_raw (const char *path, const struct loaded *l, struct codecs *c,
          uint8_t *buf)
{
  double began = now ();
  for (size_t i = 0; i < l->n; i++)
    if (!unpack (c, &l->pages[i], buf, l->page_size))
      die (path, "the raw loop fails");
  return now () - began;
}

static double
time_ours (const char *path, struct kd_dump *dump, size_t n, uint8_t *buf)
{
  size_t count = 0;
  double began = now ();
  for (uint64_t pfn = 0; kd_dump_next_present (dump, &pfn); pfn++) {
    if (kd_dump_read_page (dump, pfn, buf))
      die (path, kd_error_text ());
    count++;
  }
  double took = now () - began;
  if (count != n)
    die (path, "the number of pages differs");
  return took;
}

#ifdef HAVE_LIBKDUMPFILE
static double
time_lib (const char *path, struct kd_dump *dump, size_t size, uint8_t *buf)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  kdump_ctx_t *ctx = kdump_new ();
  if (kdump_open_fd (ctx, fd) != KDUMP_OK)
    die (path, kdump_get_err (ctx));
  double began = now ();
  for (uint64_t pfn = 0; kd_dump_next_present (dump, &pfn); pfn++) {
    size_t len = size;
    if (kdump_read (ctx, KDUMP_MACHPHYSADDR, pfn * size, buf, &len)
        != KDUMP_OK)
      die (path, kdump_get_err (ctx));
  }
  double took = now () - began;
  kdump_free (ctx);
  close (fd);
  return took;
}
#else
static double
time_lib (const char *path, struct kd_dump *dump, size_t size, uint8_t *buf)
{
  (void)path, (void)dump, (void)size, (void)buf;
  return 0;
}
#endif

/* Returns whether the budgets are kept.  */
static bool
bench (const char *path)
{
  struct loaded l = { 0 };
  load (path, &l);
  struct kd_dump *dump;
  if (kd_dump_open (&path, 1, &dump))
    die (path, kd_error_text ());
  struct codecs c;
  codecs_init (&c);
  uint8_t *buf = malloc (l.page_size);
  double raw = 0, ours = 0, lib = 0;
  for (int i = 0; buf && i < RUNS; i++) {
    least (&raw, time_raw (path, &l, &c, buf));
    least (&ours, time_ours (path, dump, l.n, buf));
    if (i < 2)
      least (&lib, time_lib (path, dump, l.page_size, buf));
  }
  double mb = (double)l.n * (double)l.page_size / 1e6;
  bool good
    = raw / ours >= BUDGET_RAW && (lib == 0 || lib / ours >= BUDGET_LIB);
  printf ("%-8s %6.0f MB: ours %5.0f MB/s, raw codec %5.0f MB/s: %.2f of it "
          "(budget %.2f)",
          kd_dump_info (dump)->compression, mb, mb / ours, mb / raw,
          raw / ours, BUDGET_RAW);
  if (lib > 0)
    printf ("; libkdumpfile %4.0f MB/s: %.1f times (budget %.1f)", mb / lib,
            lib / ours, BUDGET_LIB);
  printf ("%s\n", good ? "" : "  OVER BUDGET");
  free (buf);
  codecs_deinit (&c);
  kd_dump_close (dump);
  free (l.pages);
  free (l.file);
  return good;
}

int
main (int argc, char **argv)
{
  bool good = argc > 1;
  for (int i = 1; i < argc; i++)
    good &= bench (argv[i]);
  return good ? 0 : 1;
}
