/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pending timers: high-resolution ones and the timer wheel.
   Source: include/linux/hrtimer_defs.h, kernel/time/hrtimer.c and timer.c of
   the kernel. */
#ifndef KD_KERNEL_TIMERS_H
#define KD_KERNEL_TIMERS_H

#include "kernel/kernel.h"

struct kd_timer {
  uint64_t addr;     /* struct hrtimer or struct timer_list */
  uint64_t expires;  /* hrtimer: ns of its base's clock; wheel: jiffies */
  uint64_t soft;     /* hrtimer: may expire from here on; else = expires */
  uint64_t function; /* code, 0 unknown */
};

/* The timers of one clock (hrtimers) or of one wheel, of one CPU.  */
struct kd_timer_base {
  const char *name;  /* "monotonic", "realtime", ...; "standard", "local",
                        "global", "deferrable" */
  bool soft;         /* hrtimers that expire in the softirq */
  bool idle;         /* wheel: its CPU lets it sleep */
  int64_t offset_ns; /* hrtimers: its clock less the monotonic one */
  uint64_t clk;      /* wheel: jiffies up to which it has run */
  uint64_t running;  /* the timer whose function runs, 0 none */
  uint64_t running_function; /* code, 0 unknown */
  struct kd_timer *timers;   /* by expiry; owned */
  size_t ntimers;
  char *damage; /* a sentence on what could not be read, NULL; owned */
};

enum { KD_TIMER_BASES = 32 };

struct kd_timers {
  unsigned nbases;
  struct kd_timer_base base[KD_TIMER_BASES];
  bool in_interrupt;  /* hrtimers: the CPU is in hrtimer_interrupt() */
  bool hang_detected; /* hrtimers: that took too long, and is delayed */
};

/* Read the hrtimers of CPU.  What is damaged is said in its base. KD_NOT_FOUND
   without the symbols or types it takes, or if the CPU has no per-CPU area.
   *OUT is for kd_timers_deinit(), so below.  */
enum kd_status kd_hrtimers_read (struct kd_kernel *k, unsigned cpu,
                                 struct kd_timers *out) KD_MUST_CHECK;
/* The same of the timer wheel.  */
enum kd_status kd_wheel_read (struct kd_kernel *k, unsigned cpu,
                              struct kd_timers *out) KD_MUST_CHECK;
void kd_timers_deinit (struct kd_timers *t);

/* What TIMER will do, where its function tells: "wakes PID 77 (worker)",
   "queues vmstat_update"; appended to OUT, nothing if not known.  */
void kd_timer_describe (struct kd_kernel *k, const struct kd_timer *timer,
                        struct kd_strbuf *out);

#endif
