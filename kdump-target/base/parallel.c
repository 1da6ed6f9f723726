/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same work on many pieces, by all processors. */
#include "base/parallel.h"

#include "base/guard.h"
#include "base/progress.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct work {
  kd_piece_fn *fn;
  void *arg;
  size_t n;
  atomic_size_t next, done;
  atomic_bool stop;
  pthread_mutex_t lock; /* for what follows */
  size_t failed;        /* the lowest piece that did; N: none */
  enum kd_status status;
  char *text; /* owned; NULL if memory ran out */
};

unsigned
kd_parallel_threads (size_t n)
{
  cpu_set_t set;
  unsigned cpus = 1;

  if (!sched_getaffinity (0, sizeof set, &set))
    cpus = (unsigned)CPU_COUNT (&set);
  if (cpus > KD_PARALLEL_MAX)
    cpus = KD_PARALLEL_MAX;
  return n < cpus ? (unsigned)n : cpus;
}

static void
note_failure (struct work *w, size_t i, enum kd_status st)
{
  pthread_mutex_lock (&w->lock);
  if (i < w->failed) {
    w->failed = i;
    w->status = st;
    free (w->text);
    w->text = strdup (kd_error_text ());
  }
  pthread_mutex_unlock (&w->lock);
  atomic_store (&w->stop, true);
}

/* One piece; false when there is none left.  */
static bool
do_next (struct work *w)
{
  size_t i;
  enum kd_status st;

  if (atomic_load (&w->stop))
    return false;
  i = atomic_fetch_add (&w->next, 1);
  if (i >= w->n)
    return false;
  st = w->fn (w->arg, i);
  if (st)
    note_failure (w, i, st);
  atomic_fetch_add (&w->done, 1);
  return true;
}

static void *
worker (void *arg)
{
  while (do_next (arg))
    ;
  return NULL;
}

enum kd_status
kd_parallel (const char *what, size_t n, kd_piece_fn *fn, void *arg)
{
  struct work w = { .fn = fn,
                    .arg = arg,
                    .n = n,
                    .failed = n,
                    .lock = PTHREAD_MUTEX_INITIALIZER };
  pthread_t thread[KD_PARALLEL_MAX];
  unsigned want = kd_parallel_threads (n), started = 0;
  enum kd_status st = kd_progress (what, 0, n);

  /* With fewer threads than wanted the work is done all the same.  */
  while (!st && started + 1 < want
         && !pthread_create (&thread[started], NULL, worker, &w))
    started++;
  while (!st && do_next (&w))
    st = kd_progress (what, atomic_load (&w.done), n);
  atomic_store (&w.stop, true);
  while (started > 0)
    pthread_join (thread[--started], NULL);
  if (!st && w.failed < n)
    st = kd_fail (w.status, "%s", w.text ? w.text : "out of memory");
  free (w.text);
  pthread_mutex_destroy (&w.lock);
  return st;
}
