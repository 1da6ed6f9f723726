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

/* The scheduling classes, the one that goes first first.  */
enum kd_sched_class {
  KD_SCHED_STOP,
  KD_SCHED_DEADLINE,
  KD_SCHED_REALTIME,
  KD_SCHED_FAIR,
  KD_SCHED_EXT,
};

/* What is queued: a task, a group of tasks (what is in it follows, one
   deeper), or a server that runs tasks of another class.  */
struct kd_rq_entity {
  enum kd_sched_class class;
  unsigned depth;             /* groups around it */
  const struct kd_task *task; /* NULL for a group or server */
  uint64_t addr;              /* of its sched_*entity, or task_struct */
  bool current;               /* it, or something in it, is on the CPU */
  bool throttled;             /* has used up its time */
  bool delayed;               /* sleeps already, and is still queued */
  bool has_deadline;
  uint64_t vruntime; /* fair: ns of weighted running time */
  uint64_t deadline; /* fair since 6.6: in vruntime; deadline: ns, by the
                        runqueue's clock */
  int64_t runtime;   /* deadline: ns left until then */
  uint64_t waits;    /* ns since it was queued, by now; 0 unknown, or it has
                        not to wait */
  char *group;       /* cgroup of a group, "/a/b"; owned, NULL for others */
  uint64_t queued;   /* entities in a group */
};

struct kd_runqueue {
  uint64_t addr;
  unsigned cpu;
  uint64_t nr_running, nr_switches;
  uint64_t curr;     /* task_struct */
  bool rt_throttled; /* real-time tasks have used up their time */
  uint64_t min_vruntime;
  bool has_min_vruntime;
  struct kd_rq_entity *entities; /* by class, then as queued; owned */
  size_t nentities;
  /* PIDs of tasks that say they are queued here, and are in no queue: with a
     reason, since they or their group have used up their time, or without;
     owned.  */
  int *throttled, *lost;
  size_t nthrottled, nlost;
  char *damage; /* sentences, one a line; "" none; owned */
};

/* The queues of CPU, with CLOCKS to tell waiting times.  What is damaged is
   said in DAMAGE; what is there is certain.  OUT is the caller's.
   KD_NOT_FOUND without the symbols and types it takes.  */
enum kd_status kd_runqueue_read (struct kd_kernel *k, unsigned cpu,
                                 const struct kd_rq_clocks *clocks,
                                 struct kd_runqueue *out) KD_MUST_CHECK;
void kd_runqueue_deinit (struct kd_runqueue *rq);

#endif
