/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits for whom: contexts and what each waits for, chains of them, their
   roots and their cycles. */
#ifndef KD_HANG_CHAIN_H
#define KD_HANG_CHAIN_H

#include "hang/spinlock.h"

#define KD_CHAIN_HOLDERS 4

enum kd_wait_kind { KD_WAIT_SMP, KD_WAIT_LOCK };

/* One context that waits.  */
struct kd_wait {
  enum kd_wait_kind kind;
  const struct kd_context_stack *stack; /* borrowed from the contexts */
  const struct kd_context *ctx;
  struct kd_smp_wait smp;   /* for KD_WAIT_SMP */
  struct kd_lock_wait lock; /* for KD_WAIT_LOCK */
  struct kd_lock_holder holders[KD_CHAIN_HOLDERS];
  size_t nholders;
  bool shown; /* for who shows them */
};

struct kd_chain {
  struct kd_wait *waits; /* by CPU, innermost context first; owned */
  size_t n;
};

/* Look at all CPUs.  C is borrowed; *OUT is the caller's.  The cost grows
   linearly with the number of CPUs and that of contexts that spin.  */
enum kd_status kd_chain_find (struct kd_contexts *c,
                              struct kd_chain *out) KD_MUST_CHECK;
void kd_chain_deinit (struct kd_chain *chain);

/* The wait of CPU, the innermost; NULL if it waits for nothing.  */
struct kd_wait *kd_chain_of_cpu (struct kd_chain *chain, int cpu);

/* The CPU that W waits for: of several, the first that has not answered.  -1
   if it is not known.  */
int kd_wait_for_cpu (const struct kd_wait *w);

#endif
