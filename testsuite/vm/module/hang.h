/* SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later */
/* What the scenarios of the hang module share. */
#ifndef HANG_H
#define HANG_H

#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/* Facts for the tests go to the kernel log, one "hang: " line each, and so
 * into the saved console. */
#define hang_say(fmt, ...) pr_emerg("hang: " fmt "\n", ##__VA_ARGS__)

/* A lock that spins, on every kernel. */
#ifdef CONFIG_PREEMPT_RT
typedef raw_spinlock_t hang_lock_t;
#define HANG_DEFINE_LOCK DEFINE_RAW_SPINLOCK
#define hang_spin_lock raw_spin_lock
#define hang_spin_unlock raw_spin_unlock
#define hang_spin_lock_irqsave raw_spin_lock_irqsave
#define hang_spin_unlock_irqrestore raw_spin_unlock_irqrestore
#else
typedef spinlock_t hang_lock_t;
#define HANG_DEFINE_LOCK DEFINE_SPINLOCK
#define hang_spin_lock spin_lock
#define hang_spin_unlock spin_unlock
#define hang_spin_lock_irqsave spin_lock_irqsave
#define hang_spin_unlock_irqrestore spin_unlock_irqrestore
#endif

/* Start FN as a kernel thread called NAME, bound to CPU. */
struct task_struct *hang_thread(int (*fn)(void *), const char *name, unsigned int cpu);

/* The scenarios: each starts its actors and returns. */
int hang_seed(void);
int hang_firstinsn(void);
int hang_softirq(void);
int hang_slablock(void);
int hang_abba(void);
int hang_irqself(void);
int hang_softirqlock(void);
int hang_qrwlock(void);
int hang_irqoff(void);
int hang_csdstuck(void);
int hang_zonelock(void);
int hang_mutexcycle(void);
int hang_rwsem_wait(void);
int hang_doublefault(void);

/* /proc/hang: system calls and page faults that get stuck. */
int hang_user_init(void);

#endif
