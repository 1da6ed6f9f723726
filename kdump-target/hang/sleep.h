/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks that sleep until another one lets them go on: for a mutex, a
   semaphore, a completion; and who that other one is.
   Source: kernel/locking/{mutex,rwsem,semaphore,rtmutex}.c and
   kernel/sched/completion.c of the kernel. */
#ifndef KD_HANG_SLEEP_H
#define KD_HANG_SLEEP_H

#include "hang/smpcall.h"

enum kd_sleep_kind {
  KD_SLEEP_MUTEX,
  KD_SLEEP_RWSEM_READ,
  KD_SLEEP_RWSEM_WRITE,
  KD_SLEEP_RT_MUTEX, /* also PREEMPT_RT's mutexes, rwsems and spinlocks */
  KD_SLEEP_SEMAPHORE,
  KD_SLEEP_COMPLETION,
};

/* A task that is blocked.  */
struct kd_sleep_wait {
  const struct kd_task *task; /* the kernel's */
  enum kd_sleep_kind kind;
  char function[64];      /* where it sleeps */
  struct kd_frame caller; /* first frame beyond the lock's functions */
  bool has_caller;
  uint64_t lock;                 /* address, 0 not found */
  enum kd_confidence confidence; /* that it is this lock */
  char evidence[160];            /* a sentence */
  const struct kd_task *holder;  /* or who completes it; NULL: not known */
  enum kd_confidence holder_confidence;
  const char *holder_evidence; /* a sentence */
  bool shown;                  /* for who shows them */
};

struct kd_sleep_waits {
  struct kd_sleep_wait *waits; /* owned; blocked tasks by PID, then those who
                                  hold what others want and sleep
                                  interruptibly */
  size_t n;
};

/* All tasks that are blocked in state D, and what the holders of their locks
   sleep for.  The cost grows linearly with the number of blocked tasks.  *OUT
   is the caller's.  KD_NOMEM, KD_INTERRUPTED, and what kd_tasks() fails
   with.  */
enum kd_status kd_sleep_find (struct kd_contexts *c,
                              struct kd_sleep_waits *out) KD_MUST_CHECK;
void kd_sleep_waits_deinit (struct kd_sleep_waits *waits);

/* What TASK sleeps for; NULL if that is nothing we know.  */
struct kd_sleep_wait *kd_sleep_of_task (struct kd_sleep_waits *waits,
                                        const struct kd_task *task);

/* "mutex", "rwsem", "rt_mutex", "semaphore", "completion".  */
const char *kd_sleep_kind_name (enum kd_sleep_kind kind);

#endif
