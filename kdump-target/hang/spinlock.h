/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who spins for which lock, in which order, and who has it.
   Source: kernel/locking/qspinlock.c, qrwlock.c and asm-generic/
   qspinlock_types.h of the kernel. */
#ifndef KD_HANG_SPINLOCK_H
#define KD_HANG_SPINLOCK_H

#include "hang/smpcall.h"

enum kd_lock_kind { KD_LOCK_SPIN, KD_LOCK_READ, KD_LOCK_WRITE };

/* A lock word.  */
struct kd_qspinlock {
  uint32_t word;
  unsigned locked;   /* the byte: 0 free, 1 locked, 3 locked with a halted
                        virtual CPU to be woken */
  bool pending;      /* the next in turn spins on the word itself */
  int tail_cpu;      /* last of the queue, -1: there is none */
  unsigned tail_idx; /* its nesting: 0 task, 1 softirq, 2 IRQ, 3 NMI */
};
struct kd_qrwlock {
  uint32_t word;
  bool write_locked, write_waiting;
  unsigned readers;
};

/* MANY: the kernel is built for 16,384 CPUs or more, and has another
   layout.  */
void kd_qspinlock_decode (uint32_t word, bool many, struct kd_qspinlock *out);
void kd_qrwlock_decode (uint32_t word, struct kd_qrwlock *out);
/* Is this kernel built so?  By the size of struct cpumask.  */
bool kd_qspinlock_many (struct kd_kernel *k);

/* A context that spins for a lock.  */
struct kd_lock_wait {
  const struct kd_context_stack *stack; /* borrowed */
  const struct kd_context *ctx;
  enum kd_lock_kind kind;
  size_t frame;      /* where it spins */
  size_t caller;     /* first frame beyond the lock functions */
  char function[64]; /* where it spins */
  uint64_t lock;     /* address, 0 not found */
  enum kd_confidence confidence;
  char evidence[256]; /* a sentence */
};

/* KD_NOT_FOUND if CTX does not spin for a lock.  */
enum kd_status kd_lock_wait_find (struct kd_contexts *c,
                                  const struct kd_context_stack *s,
                                  const struct kd_context *ctx,
                                  struct kd_lock_wait *out) KD_MUST_CHECK;

/* Who may have LOCK.  */
struct kd_lock_holder {
  const struct kd_context_stack *stack; /* borrowed; NULL: only TASK known */
  const struct kd_context *ctx;
  size_t frame;  /* that took it */
  uint64_t task; /* 0 unknown */
  enum kd_confidence confidence;
  char evidence[256]; /* a sentence */
};

/* At most MAX candidates, the most certain first; *N is how many.  */
enum kd_status kd_lock_holders (struct kd_contexts *c, uint64_t lock,
                                struct kd_lock_holder *out, size_t max,
                                size_t *n) KD_MUST_CHECK;

/* The queue of the lock: node of CPU for nesting IDX, address; 0 unknown.  */
uint64_t kd_mcs_node (struct kd_kernel *k, unsigned cpu, unsigned idx);

/* The order in which CPUs get the lock whose word is Q: first the one that
   spins on the word itself, then the queue of nodes from its head.
   WAITING[CPU] says who is known to spin for it.  At most MAX into OUT; a CPU
   whose place is not known is left out.  *PENDING: OUT[0] is the one on the
   word.  */
size_t kd_lock_queue (struct kd_kernel *k, const struct kd_qspinlock *q,
                      const bool *waiting, unsigned *out, size_t max,
                      bool *pending);

#endif
