/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks that are to be seen as GDB's threads, besides the CPUs. */
#ifndef KD_CMD_THREADS_H
#define KD_CMD_THREADS_H

#include "kernel/tasks.h"

struct kd_session_state;

/* A CPU's thread has its number + 1, whatever task it runs; other tasks have
   numbers that can be told from their PID.  No kernel has so many CPUs or
   PIDs that these meet.  */
#define KD_THREAD_PID UINT64_C (10000000) /* + PID */
#define KD_THREAD_IDLE                                                        \
  UINT64_C (20000000) /* + CPU, of idle tasks that are                        \
                         on no CPU */

struct kd_task_threads {
  bool all;                     /* each task that is on no CPU */
  const struct kd_task **tasks; /* those made one by one; owned */
  size_t n;
  unsigned changes; /* to be made out by who keeps a list */
};

/* Forget those made one by one, and the selected one.  */
void kd_task_threads_reset (struct kd_session_state *s);

/* The number of the thread that T is, or would be.  */
uint64_t kd_task_thread (const struct kd_task *t);

/* The task of thread TID, which is no CPU's; NULL if there is none.  */
const struct kd_task *kd_task_of_thread (struct kd_session_state *s,
                                         uint64_t tid);

/* T is to be a thread, if it is none yet, and selected: its CPU when it is on
   one.  */
enum kd_status kd_task_thread_select (struct kd_session_state *s,
                                      const struct kd_task *t) KD_MUST_CHECK;

/* Select what thread TID is, a CPU or a task.  KD_NOT_FOUND.  */
enum kd_status kd_thread_select (struct kd_session_state *s,
                                 uint64_t tid) KD_MUST_CHECK;

/* The next of the tasks that are threads, from *POS (0 first) on; NULL at the
   end, also if the tasks cannot be read.  */
const struct kd_task *kd_task_thread_next (struct kd_session_state *s,
                                           size_t *pos);

#endif
