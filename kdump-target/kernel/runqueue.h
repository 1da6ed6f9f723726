/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scheduler's runqueues: their clocks, and what is queued on them. */
#ifndef KD_KERNEL_RUNQUEUE_H
#define KD_KERNEL_RUNQUEUE_H

#include "kernel/tasks.h"

/* The clocks of one CPU's runqueue, ns since boot by sched_clock(), at their
   last update.  */
struct kd_rq_clock {
  uint64_t clock;      /* 0 unknown */
  uint64_t clock_task; /* without time that interrupts and hosts took */
};

struct kd_rq_clocks {
  struct kd_rq_clock *cpu; /* by CPU number; owned */
  unsigned ncpus;
  uint64_t now; /* the latest of all, 0 unknown: a stuck CPU's own stands */
};

/* OUT is the caller's, for deinit.  KD_NOT_FOUND if the kernel's symbols or
   types do not tell.  */
enum kd_status kd_rq_clocks_init (struct kd_kernel *k,
                                  struct kd_rq_clocks *out) KD_MUST_CHECK;
void kd_rq_clocks_deinit (struct kd_rq_clocks *c);

/* How it is known when a task ran last.  */
enum kd_last_run {
  KD_LAST_RUN_UNKNOWN,
  KD_LAST_RUN_ARRIVED, /* when it was last put on a CPU: sched_info */
  KD_LAST_RUN_CHARGED, /* when its running time was last counted, which is
                          also done when it leaves: se.exec_start */
};

/* How long before now T was last seen to run, in *NS; for a task on a CPU,
   how long it has been there.  */
enum kd_last_run kd_task_last_run (const struct kd_rq_clocks *c,
                                   const struct kd_task *t, uint64_t *ns);

#endif
