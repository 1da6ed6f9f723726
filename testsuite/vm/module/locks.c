// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenarios of spinning locks. In each, one CPU at last spins or waits with
 * interrupts on, so that the watchdog reports it and panics there.
 *
 * "slablock": CPU 1 [slabholder] has the lock in an object of slab cache
 * hang_cache and loops, interrupts off; CPU 2 [slabwait2] and CPU 3 [slabwait3],
 * interrupts off, and CPU 0 [slabwait0] queue for it in this order. CPU 0 panics.
 * "abba": CPU 2 [ab] has lock A and wants B, CPU 3 [ba] has B and wants A, both
 * with interrupts off; CPU 1 [abcaller] waits for an IPI to CPU 2, and panics.
 * "irqself": CPU 2 [irqself] has a lock, interrupts on; an hrtimer interrupt
 * there wants it. CPU 1 [irqcaller] waits for an IPI to CPU 2, and panics.
 * "softirqlock": the same with a timer softirq, interrupts on: CPU 2
 * [softirqself] panics.
 * "qrwlock": CPU 2 [reader] has a rwlock for reading and loops, interrupts off;
 * CPU 3 [writer] wants it for writing, interrupts off; CPU 1 [reader2] wants it
 * for reading, behind the writer, and panics. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/version.h>

#include "hang.h"

static int hang_stage;

/* The actors go on one after another. */
static void hang_next(int stage)
{
	smp_store_release(&hang_stage, stage);
}

static void hang_await(int stage)
{
	while (smp_load_acquire(&hang_stage) < stage)
		cpu_relax();
}

/* Till CONDITION is true, or for a second: a lock that does not queue never
 * shows who waits for it. */
#define hang_await_sign(condition)                              \
	do {                                                    \
		int left = 1000;                                \
								\
		while (!(condition) && left-- > 0)              \
			mdelay(1);                              \
	} while (0)

static void hang_nothing(void *unused)
{
}

/* --- slablock --- */

struct hang_object {
	char name[40];
	hang_lock_t lock;
	unsigned long counter;
};

static struct kmem_cache *hang_cache;
static struct hang_object *hang_object;

static int hang_slab_holder(void *unused)
{
	struct hang_object *object = hang_object;
	unsigned long flags;

	hang_spin_lock_irqsave(&object->lock, flags);
	hang_next(1);
	for (;;)
		WRITE_ONCE(object->counter, object->counter + 1);
	hang_spin_unlock_irqrestore(&object->lock, flags);
	return 0;
}

static noinline void hang_use_object(struct hang_object *object)
{
	hang_spin_lock(&object->lock);
	object->counter++;
	hang_spin_unlock(&object->lock);
}

static int hang_slab_wait2(void *unused)
{
	hang_await(1);
	local_irq_disable();
	hang_next(2);
	hang_use_object(hang_object);
	return 0;
}

static int hang_slab_wait3(void *unused)
{
	hang_await(2);
	hang_await_sign(hang_lock_word(&hang_object->lock) & _Q_PENDING_MASK);
	local_irq_disable();
	hang_next(3);
	hang_use_object(hang_object);
	return 0;
}

static int hang_slab_wait0(void *unused)
{
	hang_await(3);
	hang_await_sign(hang_lock_word(&hang_object->lock) & _Q_TAIL_MASK);
	hang_use_object(hang_object);
	return 0;
}

static int hang_slablock(void)
{
	hang_cache = kmem_cache_create("hang_cache", sizeof(struct hang_object), 0, SLAB_ACCOUNT, NULL);
	if (!hang_cache)
		return -ENOMEM;
	hang_object = kmem_cache_zalloc(hang_cache, GFP_KERNEL);
	if (!hang_object)
		return -ENOMEM;
	strcpy(hang_object->name, "the object that is locked");
#ifdef CONFIG_PREEMPT_RT
	raw_spin_lock_init(&hang_object->lock);
#else
	spin_lock_init(&hang_object->lock);
#endif
	hang_say("object %px lock %px", hang_object, &hang_object->lock);
	hang_say("slabholder holds lock, slabwait2 slabwait3 slabwait0 want lock");
	return hang_actors({ hang_slab_holder, "slabholder", 1 }, { hang_slab_wait2, "slabwait2", 2 },
			   { hang_slab_wait3, "slabwait3", 3 }, { hang_slab_wait0, "slabwait0", 0 });
}
HANG_SCENARIO(slablock, hang_slablock);

/* --- abba --- */

HANG_DEFINE_LOCK(hang_lock_a);
HANG_DEFINE_LOCK(hang_lock_b);
static atomic_t hang_both;

static void hang_meet(void)
{
	atomic_inc(&hang_both);
	while (atomic_read(&hang_both) < 2)
		cpu_relax();
}

static noinline void hang_lock_second(hang_lock_t *lock)
{
	hang_spin_lock(lock);
	hang_say("not reached");
	hang_spin_unlock(lock);
}

static int hang_ab(void *unused)
{
	local_irq_disable();
	hang_spin_lock(&hang_lock_a);
	hang_meet();
	hang_next(1);
	hang_lock_second(&hang_lock_b);
	hang_spin_unlock(&hang_lock_a);
	return 0;
}

static int hang_ba(void *unused)
{
	local_irq_disable();
	hang_spin_lock(&hang_lock_b);
	hang_meet();
	hang_lock_second(&hang_lock_a);
	hang_spin_unlock(&hang_lock_b);
	return 0;
}

static int hang_call_cpu2(void *unused)
{
	hang_await(1);
	mdelay(100);
	smp_call_function_single(2, hang_nothing, &hang_stage, 1);
	hang_say("not reached");
	return 0;
}

static int hang_abba(void)
{
	hang_say("lock a %px lock b %px", &hang_lock_a, &hang_lock_b);
	hang_say("function %px argument %px", hang_nothing, &hang_stage);
	hang_say("ab holds a wants b, ba holds b wants a, abcaller waits for cpu 2");
	return hang_actors({ hang_ab, "ab", 2 }, { hang_ba, "ba", 3 },
			   { hang_call_cpu2, "abcaller", 1 });
}
HANG_SCENARIO(abba, hang_abba);

/* --- irqself, softirqlock --- */

HANG_DEFINE_LOCK(hang_own_lock);
static struct hrtimer hang_hrtimer;
static struct timer_list hang_self_timer;

static enum hrtimer_restart hang_hrtimer_fn(struct hrtimer *timer)
{
	hang_next(1);
	hang_spin_lock(&hang_own_lock);
	hang_say("not reached");
	hang_spin_unlock(&hang_own_lock);
	return HRTIMER_NORESTART;
}

static int hang_irq_self(void *unused)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&hang_hrtimer, hang_hrtimer_fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&hang_hrtimer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hang_hrtimer.function = hang_hrtimer_fn;
#endif
	hang_spin_lock(&hang_own_lock);
	hrtimer_start(&hang_hrtimer, ms_to_ktime(50), HRTIMER_MODE_REL_PINNED_HARD);
	for (;;)
		cpu_relax();
	hang_spin_unlock(&hang_own_lock);
	return 0;
}

static int hang_irqself(void)
{
	hang_say("lock %px", &hang_own_lock);
	hang_say("function %px argument %px", hang_nothing, &hang_stage);
	hang_say("irqself holds lock, its interrupt wants lock, irqcaller waits for cpu 2");
	return hang_actors({ hang_irq_self, "irqself", 2 }, { hang_call_cpu2, "irqcaller", 1 });
}
HANG_SCENARIO(irqself, hang_irqself);

static void hang_self_timer_fn(struct timer_list *timer)
{
	hang_say("timer softirq on cpu %u in pid %d", raw_smp_processor_id(), current->pid);
	hang_spin_lock(&hang_own_lock);
	hang_say("not reached");
	hang_spin_unlock(&hang_own_lock);
}

/* As in softirq.c, ksoftirqd may be about to run. */
static int hang_softirq_self(void *unused)
{
	for (;;) {
		unsigned long end = jiffies + HZ;

		hang_spin_lock(&hang_own_lock);
		mod_timer(&hang_self_timer, jiffies + HZ / 10);
		while (time_before(jiffies, end))
			cpu_relax();
		mod_timer(&hang_self_timer, jiffies + 1000 * HZ);
		hang_spin_unlock(&hang_own_lock);
		msleep(100);
	}
	return 0;
}

static int hang_softirqlock(void)
{
	hang_say("lock %px", &hang_own_lock);
	hang_say("softirqself holds lock, its softirq wants lock");
	timer_setup(&hang_self_timer, hang_self_timer_fn, TIMER_PINNED);
	return hang_actors({ hang_softirq_self, "softirqself", 2 });
}
HANG_SCENARIO(softirqlock, hang_softirqlock);

/* --- qrwlock, where it is one that spins --- */

#ifndef CONFIG_PREEMPT_RT

static DEFINE_RWLOCK(hang_rwlock);

static int hang_reader(void *unused)
{
	unsigned long flags;

	read_lock_irqsave(&hang_rwlock, flags);
	hang_next(1);
	local_irq_disable();
	for (;;)
		cpu_relax();
	read_unlock_irqrestore(&hang_rwlock, flags);
	return 0;
}

static int hang_writer(void *unused)
{
	unsigned long flags;

	hang_await(1);
	local_irq_disable();
	hang_next(2);
	write_lock_irqsave(&hang_rwlock, flags);
	hang_say("not reached");
	write_unlock_irqrestore(&hang_rwlock, flags);
	return 0;
}

static int hang_reader2(void *unused)
{
	hang_await(2);
	hang_await_sign(atomic_read(&hang_rwlock.raw_lock.cnts) & _QW_WAITING);
	read_lock(&hang_rwlock);
	hang_say("not reached");
	read_unlock(&hang_rwlock);
	return 0;
}

static int hang_qrwlock(void)
{
	hang_say("rwlock %px", &hang_rwlock);
	hang_say("reader reads, writer waits to write, reader2 waits behind it to read");
	return hang_actors({ hang_reader, "reader", 2 }, { hang_writer, "writer", 3 },
			   { hang_reader2, "reader2", 1 });
}
HANG_SCENARIO(qrwlock, hang_qrwlock);
#endif
