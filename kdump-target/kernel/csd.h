/* SPDX-License-Identifier: GPL-3.0-or-later */
/* call_single_data: calls of functions on other CPUs.
   Source: kernel/smp.c and include/linux/smp_types.h of the kernel. */
#ifndef KD_KERNEL_CSD_H
#define KD_KERNEL_CSD_H

#include "kernel/kernel.h"

enum kd_csd_type {
  KD_CSD_ASYNC,
  KD_CSD_SYNC,
  KD_CSD_IRQ_WORK,
  KD_CSD_TTWU,  /* a task to be woken there */
  KD_CSD_PLAIN, /* of before 5.8: only calls, of no type */
};
const char *kd_csd_type_name (enum kd_csd_type type); /* "sync" */

struct kd_csd {
  uint64_t addr;
  enum kd_csd_type type;
  bool locked;         /* CSD_FLAG_LOCK: not done yet */
  unsigned flags;      /* raw */
  uint64_t func, info; /* 0 for those that are no calls */
  int src, dst;        /* CPUs, -1 not recorded */
};

/* KD_NOT_FOUND if this kernel's types have no such thing.  */
enum kd_status kd_csd_read (struct kd_kernel *k, uint64_t addr,
                            struct kd_csd *out) KD_MUST_CHECK;

/* Bytes of one; 0 unknown.  */
uint64_t kd_csd_size (struct kd_kernel *k);

/* What is queued for CPU, in the order in which it will be done, at most MAX;
   *N is how many.  A queue that is damaged gives what is certain, and its
   status.  */
enum kd_status kd_csd_queue (struct kd_kernel *k, unsigned cpu,
                             struct kd_csd *out, size_t max,
                             size_t *n) KD_MUST_CHECK;

/* The calls that CPU last sent to many CPUs and that are not done: OUT has
   k->ncpus elements, those with addr 0 are none.  *N is how many.  */
enum kd_status kd_csd_many (struct kd_kernel *k, unsigned cpu,
                            struct kd_csd *out, size_t *n) KD_MUST_CHECK;

#endif
