/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits for other CPUs to run a function, and why they have not. */
#ifndef KD_HANG_SMPCALL_H
#define KD_HANG_SMPCALL_H

#include "hang/context.h"
#include "kernel/csd.h"

/* How sure something is.  */
enum kd_confidence {
  KD_CERTAIN,
  KD_LIKELY,
  KD_POSSIBLE,
  KD_UNKNOWN,
};
const char *kd_confidence_name (enum kd_confidence c); /* "certain" */

/* A context that waits in smp_call_function_single() and the like.  */
struct kd_smp_wait {
  const struct kd_context_stack *stack; /* borrowed */
  const struct kd_context *ctx;
  size_t frame;         /* of the function that waits */
  char function[64];    /* its name */
  size_t caller;        /* first frame beyond it and its wrappers; frame count
                           if there is none */
  struct kd_csd *calls; /* not done yet, one for each CPU waited for; owned */
  int *targets;         /* their CPUs; owned */
  size_t n;             /* 0: not found, see WHY */
  enum kd_confidence confidence;
  char evidence[256]; /* a sentence */
};
void kd_smp_wait_deinit (struct kd_smp_wait *w);

/* KD_NOT_FOUND if CTX does not wait so.  OUT is the caller's.  */
enum kd_status kd_smp_wait_find (struct kd_contexts *c,
                                 const struct kd_context_stack *s,
                                 const struct kd_context *ctx,
                                 struct kd_smp_wait *out) KD_MUST_CHECK;

/* The frame of S in which a callback is running that was taken off the CPU's
   queue, of function FUNC (0: any); SIZE_MAX if there is none.  */
size_t kd_smp_running (struct kd_contexts *c, const struct kd_context_stack *s,
                       uint64_t func);

/* Why the CPU of S has not done a call of FUNC; a clause ("has interrupts off,
   in hang_yum"), appended to OUT.  */
void kd_smp_why_not (struct kd_contexts *c, const struct kd_context_stack *s,
                     uint64_t func, struct kd_strbuf *out);

#endif
