/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of day in the dumped kernel.
   Source: include/linux/timekeeper_internal.h of the kernel. */
#ifndef KD_KERNEL_CLOCK_H
#define KD_KERNEL_CLOCK_H

#include "kernel/kernel.h"

/* What the timekeeper knew when it was last updated, which ticks do: on a
   machine that hung it may be the time of the hang, not of the dump.  */
struct kd_clock {
  int64_t boot_real_ns;  /* the clock on the wall (ns since 1970, UTC) when the
                            monotonic one was zero, as seen from the last
                            update: it may have been set since boot */
  uint64_t mono_ns;      /* CLOCK_MONOTONIC: since boot, without suspend */
  uint64_t suspended_ns; /* time asleep since boot */
};

/* KD_NOT_FOUND without the symbols or types it takes; else the status of the
   memory.  */
enum kd_status kd_clock_read (struct kd_kernel *k,
                              struct kd_clock *out) KD_MUST_CHECK;

/* The tick counter (64 bits; it begins 300 s before zero of its lower 32 bits)
   and how many ticks make a second.  Errors as above; KD_CORRUPT for a rate
   that no kernel has.  */
enum kd_status kd_jiffies (struct kd_kernel *k, uint64_t *out) KD_MUST_CHECK;
enum kd_status kd_hz (struct kd_kernel *k, unsigned *out) KD_MUST_CHECK;

/* REAL_NS (ns since 1970) as "Fri Nov 27 00:34:54 2026", in UTC, for BUF of
   at least 32 bytes.  "(no such time)" beyond what a calendar has.  */
void kd_clock_format (int64_t real_ns, char *buf, size_t size);

#endif
