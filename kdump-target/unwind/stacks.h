/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the stacks of CPUs and tasks in a dump. */
#ifndef KD_UNWIND_STACKS_H
#define KD_UNWIND_STACKS_H

#include "unwind/unwind.h"

/* A CPU has at most: IRQ, softirq, entry, and seven IST stacks, of which the
   #DB one was once in three parts.  */
#define KD_CPU_STACKS 16

/* What is the same for all stacks of a kernel.  */
struct kd_stack_facts {
  struct kd_kernel *kernel; /* borrowed */
  uint64_t thread_size;     /* bytes of a task's stack, a power of two */
  uint64_t irq_size;        /* bytes of an IRQ stack */
  uint64_t task_stack;      /* offset of task_struct.stack */
  bool have_task_stack;
};

void kd_stack_facts_init (struct kd_stack_facts *f, struct kd_kernel *k);

/* The stacks of CPU that are really mapped, all but the task's.  Returns how
   many of at most MAX.  */
size_t kd_stacks_of_cpu (const struct kd_stack_facts *f, unsigned cpu,
                         struct kd_stack *out, size_t max);

bool kd_stack_of_task (const struct kd_stack_facts *f, uint64_t task,
                       struct kd_stack *out);

/* The task stack, whosever it is, that holds SP: known by the magic number
   at its end.  For a context whose task is not known or is just being
   switched.  */
bool kd_stack_by_magic (const struct kd_stack_facts *f, uint64_t sp,
                        struct kd_stack *out);

#endif
