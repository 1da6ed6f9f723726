/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits on a wait queue.
   Source: include/linux/wait.h, swait.h and wait_bit.h of the kernel. */
#ifndef KD_KERNEL_WAITQ_H
#define KD_KERNEL_WAITQ_H

#include "kernel/tasks.h"

enum kd_waitq_kind {
  KD_WAITQ,       /* struct wait_queue_head */
  KD_SIMPLE_WAITQ /* struct swait_queue_head, as in completions since 5.7 */
};

struct kd_waiter {
  uint64_t entry;             /* struct wait_queue_entry, struct swait_queue */
  uint64_t function;          /* code that wakes it, 0 none */
  uint64_t private;           /* mostly the task */
  const struct kd_task *task; /* the kernel's; NULL unknown */
  bool exclusive;             /* a wake-up ends with it */
  bool has_word;              /* it waits for this: */
  uint64_t word;              /* address of a word, or of a page or folio */
  int bit;                    /* in the word or page's flags, -1 any change */
};

/* Anything but KD_OK ends the walk and becomes its result.  */
typedef enum kd_status kd_waiter_fn (void *arg,
                                     const struct kd_waiter *waiter);

/* Visit who waits on the queue at ADDR, the next to be woken first.  Of a
   damaged list what is certain, and then the status of the damage; KD_CORRUPT
   also if there is no wait queue at ADDR.  KD_NOT_FOUND without the types it
   takes.  */
enum kd_status kd_waitq_walk (struct kd_kernel *k, uint64_t addr,
                              enum kd_waitq_kind kind, kd_waiter_fn *fn,
                              void *arg) KD_MUST_CHECK;

/* The same for those who wait for a bit of a word, a variable or a page, in
   the tables where all of them are.  KD_NOT_FOUND without their symbols.  */
enum kd_status kd_waitq_walk_bits (struct kd_kernel *k, kd_waiter_fn *fn,
                                   void *arg) KD_MUST_CHECK;

/* Which kind of queue PATH is in TYPE ("completion", "wait"), and where, in
   bytes.  KD_NOT_FOUND if there is none.  */
enum kd_status kd_waitq_member (struct kd_kernel *k, const char *type,
                                const char *path, enum kd_waitq_kind *kind,
                                uint64_t *offset) KD_MUST_CHECK;

#endif
