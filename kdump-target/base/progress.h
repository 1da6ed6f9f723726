/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress of long work, and the user's wish to stop it. */
#ifndef KD_BASE_PROGRESS_H
#define KD_BASE_PROGRESS_H

#include "base/status.h"

#include <stdint.h>

/* Where progress goes: standard error of a terminal, or a GDB console.
   WHAT is borrowed and constant during one piece of work; TOTAL 0 means
   unknown.  Returns false when the user asked to stop.  */
typedef bool kd_progress_fn (void *arg, const char *what, uint64_t done,
                             uint64_t total);

/* Set once by main() or the session, for the whole process; NULL is silent. */
void kd_progress_set (kd_progress_fn *fn, void *arg);

/* Report work; cheap, calls the function at most 10 times a second and only
   after the first second of the work.  DONE 0 starts the clock.
   KD_INTERRUPTED when the user asked to stop.  */
enum kd_status kd_progress (const char *what, uint64_t done,
                            uint64_t total) KD_MUST_CHECK;

/* Ask running work to stop; safe in a signal handler.  */
void kd_interrupt (void);
/* Forget an earlier request, before new work begins.  */
void kd_interrupt_clear (void);

#endif
