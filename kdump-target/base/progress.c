/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of long work, and the user's wish to stop it. */
#include "base/progress.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

static kd_progress_fn *report;
static void *report_arg;
static volatile sig_atomic_t interrupted;
static uint64_t next_ms;

static uint64_t
now_ms (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC_COARSE, &ts);
  return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void
kd_progress_set (kd_progress_fn *fn, void *arg)
{
  report = fn;
  report_arg = arg;
}

void
kd_interrupt (void)
{
  interrupted = 1;
}

void
kd_interrupt_clear (void)
{
  interrupted = 0;
}

enum kd_status
kd_progress (const char *what, uint64_t done, uint64_t total)
{
  if (interrupted)
    return kd_fail (KD_INTERRUPTED, "%s: stopped by the user", what);
  uint64_t now = now_ms ();
  if (done == 0)
    next_ms = now + 1000;
  if (!report || now < next_ms)
    return KD_OK;
  next_ms = now + 100;
  if (!report (report_arg, what, done, total))
    return kd_fail (KD_INTERRUPTED, "%s: stopped by the user", what);
  return KD_OK;
}
