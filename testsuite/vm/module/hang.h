/* SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later */
/* What the scenarios of the hang module share. */
#ifndef HANG_H
#define HANG_H

#include <linux/kthread.h>
#include <linux/moduleparam.h>
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

/* The word of such a lock, as far as it is a queued one. */
#ifdef CONFIG_PREEMPT_RT
#define hang_lock_word(lock) atomic_read(&(lock)->raw_lock.val)
#else
#define hang_lock_word(lock) atomic_read(&(lock)->rlock.raw_lock.val)
#endif

/* A scenario is started by writing to the module parameter of its name; START
 * starts its actors and returns 0 or an error. One a line: make-dump.sh finds
 * in which file a scenario is. */
#define HANG_SCENARIO(name, start) \
	module_param_cb(name, &hang_scenario_ops, (void *)(start), 0200)
extern const struct kernel_param_ops hang_scenario_ops;

/* A kernel thread, bound to a CPU. */
struct hang_actor {
	int (*fn)(void *);
	const char *name;
	unsigned int cpu;
};

/* Create the threads, and only then wake them, in this order: once a CPU hangs
 * a thread may not be to be had. */
#define hang_actors(...)                                                       \
	hang_start_actors((const struct hang_actor[]){ __VA_ARGS__ },          \
			  sizeof((const struct hang_actor[]){ __VA_ARGS__ })   \
				  / sizeof(struct hang_actor))
int hang_start_actors(const struct hang_actor *actors, size_t n);

/* /proc/hang: system calls and page faults that get stuck. */
int hang_user_init(void);

#endif
