/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's table of PIDs. */
#ifndef KD_KERNEL_PIDS_H
#define KD_KERNEL_PIDS_H

#include "kernel/kernel.h"

/* Called with a PID of the initial namespace and the task_struct it belongs
   to.  Anything but KD_OK ends the walk and becomes its result.  */
typedef enum kd_status kd_pid_fn (void *arg, int pid, uint64_t task);

/* All PIDs that belong to a task (and not only to a group or session), in no
   special order.  A damaged table gives what is certain, and KD_CORRUPT or
   the status of the memory.  KD_NOT_FOUND if there is none of a kind we know.
   Source: kernel/pid.c of the kernel.  */
enum kd_status kd_pids_walk (struct kd_kernel *k, size_t limit, kd_pid_fn *fn,
                             void *arg) KD_MUST_CHECK;

#endif
