/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-search DUMP: looking through all pages for a value and for a text,
   against as many threads that only decompress the same pages. */
#include "raw-pages.h"

#include "base/parallel.h"
#include "dump/scan.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 5
#define BUDGET 0.8
#define PIECE 1024

static double
now (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static const char *path;
static struct loaded all;

struct thread {
  pthread_t id;
  size_t first, end; /* pages */
};

/* The bare loop of one thread over its share, as contiguous as can be.  */
static void *
decompress (void *arg)
{
  struct thread *t = arg;
  struct codecs c;
  uint8_t *buf = malloc (all.page_size);

  codecs_init (&c);
  for (size_t i = t->first; buf && i < t->end; i++)
    if (!unpack (&c, &all.pages[i], buf, all.page_size))
      die (path, "the raw loop fails");
  codecs_deinit (&c);
  free (buf);
  return NULL;
}

static double
time_raw (unsigned threads)
{
  struct thread t[KD_PARALLEL_MAX];
  double began = now ();

  for (unsigned i = 0; i < threads; i++) {
    t[i].first = all.n * i / threads;
    t[i].end = all.n * (i + 1) / threads;
    if (pthread_create (&t[i].id, NULL, decompress, &t[i]))
      die (path, "no thread");
  }
  for (unsigned i = 0; i < threads; i++)
    pthread_join (t[i].id, NULL);
  return now () - began;
}

static double
time_scan (struct kd_dump *dump, const struct kd_pattern *p)
{
  double began = now ();
  struct kd_scan s;

  if (kd_scan (dump, p, 1, 0, UINT64_MAX >> 12, SIZE_MAX, &s))
    die (path, kd_error_text ());
  if (s.pages != all.n)
    die (path, "the number of pages differs");
  kd_scan_deinit (&s);
  return now () - began;
}

int
main (int argc, char **argv)
{
  static const struct kd_pattern value
    = { .width = 8, .value = 0xfedcba9876543210, .mask = UINT64_MAX },
    text = { .text = "no such text is in there", .len = 24 };
  unsigned threads = kd_parallel_threads (PIECE);
  double raw = 0, number = 0, words = 0, mb;
  struct kd_dump *dump;
  bool good;

  if (argc != 2)
    die ("bench-search", "needs one dump");
  path = argv[1];
  load (path, &all);
  if (kd_dump_open (&path, 1, &dump))
    die (path, kd_error_text ());
  for (int i = 0; i < RUNS; i++) {
    least (&raw, time_raw (threads));
    least (&number, time_scan (dump, &value));
    least (&words, time_scan (dump, &text));
  }
  mb = (double)all.n * (double)all.page_size / 1e6;
  good = raw / number >= BUDGET && raw / words >= BUDGET;
  printf ("search   %6.0f MB, %u threads: value %5.0f MB/s, text %5.0f MB/s, "
          "raw codec %5.0f MB/s: %.2f and %.2f of it (budget %.2f)%s\n",
          mb, threads, mb / number, mb / words, mb / raw, raw / number,
          raw / words, BUDGET, good ? "" : "  OVER BUDGET");
  kd_dump_close (dump);
  free (all.pages);
  free (all.file);
  return good ? 0 : 1;
}
