/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All tasks of the dumped kernel, running, sleeping and dead. */
#ifndef KD_KERNEL_TASKS_H
#define KD_KERNEL_TASKS_H

#include "kernel/kernel.h"

/* By which of the kernel's own ways a task was found.  */
enum kd_task_found {
  KD_TASK_IN_LISTS = 1, /* the list of processes and each one's threads */
  KD_TASK_HAS_PID = 2,  /* the table of PIDs */
  KD_TASK_ON_CPU = 4,   /* the current task of a CPU */
  KD_TASK_IDLE = 8,     /* the idle task of a CPU */
};

/* One task, as read from its task_struct in one go.  */
struct kd_task {
  uint64_t addr;       /* of its task_struct */
  int pid, tgid;       /* in the initial PID namespace; 0 for idle tasks */
  int ppid;            /* PID of the parent process, 0 none, -1 unknown */
  unsigned cpu;        /* where it runs, or ran last */
  unsigned found;      /* set of enum kd_task_found */
  bool kernel_thread;  /* PF_KTHREAD; idle tasks too */
  bool idle;           /* the idle task of CPU */
  bool running;        /* the current task of CPU, which is online */
  bool incomplete;     /* part of it cannot be read, and is zero here */
  char comm[16];       /* printable */
  uint64_t state;      /* raw; see kd_task_letter() */
  unsigned exit_state; /* raw */
  unsigned flags;      /* PF_* */
  int prio;            /* 0 to 99 real-time, 100 to 139 nice, -1 deadline */
  unsigned policy;     /* SCHED_* */
  uint64_t parent;     /* real_parent, 0 unknown */
  uint64_t mm;         /* 0 for kernel threads and the dead */
  uint64_t stack;      /* lowest address, 0 when already freed */
  uint64_t signal;     /* signal_struct, shared by a process' threads */
  uint64_t arrived;    /* sched_info.last_arrival: when it was last put on a
                          CPU, ns of the runqueue's clock; 0 unknown */
  uint64_t exec_start; /* se.exec_start: when its time was last counted, ns
                          of the runqueue's task clock; 0 unknown */
};

struct kd_task_list {
  struct kd_task *tasks; /* idle tasks by CPU, then the others by PID */
  size_t ntasks;
  size_t nidle;
  const char *warnings; /* sentences, one a line, on what is damaged and may
                           be missing; "" if all agrees */
};

/* All tasks, read on first use and kept; *OUT is the kernel's.  Damaged lists
   and tables give what is certain, with words in WARNINGS.  KD_NOT_FOUND if
   the kernel's symbols or types say too little to begin with.  */
enum kd_status kd_tasks (struct kd_kernel *k,
                         const struct kd_task_list **out) KD_MUST_CHECK;

/* The task with this PID (a thread's own, not its process').  KD_NOT_FOUND if
   there is none; each CPU has an idle task of PID 0, so that 0 is KD_USAGE
   when there are several.  *OUT is the kernel's.  */
enum kd_status kd_task_by_pid (struct kd_kernel *k, int pid,
                               const struct kd_task **out) KD_MUST_CHECK;
/* The task whose task_struct is at ADDR.  KD_NOT_FOUND if that is none that
   is known.  *OUT is the kernel's.  */
enum kd_status kd_task_by_addr (struct kd_kernel *k, uint64_t addr,
                                const struct kd_task **out) KD_MUST_CHECK;

/* The state as `ps' has it: R S D T t X Z P I, or '?' for what the kernel's
   own tables do not name.  */
char kd_task_letter (struct kd_kernel *k, const struct kd_task *t);
/* In one or two words: "uninterruptible", "zombie", "waiting for a lock".  */
const char *kd_task_state_word (struct kd_kernel *k, const struct kd_task *t);
/* In words, with all bits: "uninterruptible, woken by kill", "running on CPU
   2", "idle, freezable", "sleeping, 0x40000"; appended to OUT.  */
void kd_task_describe_state (struct kd_kernel *k, const struct kd_task *t,
                             struct kd_strbuf *out);

/* User memory of a task, shared by the threads of its process.  */
struct kd_task_memory {
  uint64_t virtual_size; /* bytes; 0 for kernel threads and the dead */
  uint64_t resident;     /* bytes of files, shared and own, in RAM */
};
enum kd_status kd_task_memory (struct kd_kernel *k, const struct kd_task *t,
                               struct kd_task_memory *out) KD_MUST_CHECK;

#endif
