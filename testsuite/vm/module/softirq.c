// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "softirq": CPU 1 is stuck in a timer's softirq that came at the end
 * of an interrupt of thread "victim"; CPU 3 is stuck, interrupts off, in a
 * tasklet that a thread ran itself by enabling bottom halves. */
#include <linux/bottom_half.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/timer.h>

#include "hang.h"

static struct timer_list hang_timer;
static struct tasklet_struct hang_tasklet;
static unsigned long hang_victim_rounds;

static noinline void hang_softirq_spin(void)
{
	for (;;)
		cpu_relax();
}

static void hang_timer_fn(struct timer_list *timer)
{
	hang_say("timer softirq on cpu %u in pid %d", raw_smp_processor_id(), current->pid);
	hang_softirq_spin();
}

static void hang_tasklet_fn(struct tasklet_struct *tasklet)
{
	hang_say("tasklet on cpu %u in pid %d", raw_smp_processor_id(), current->pid);
	local_irq_disable();
	for (;;)
		cpu_relax();
}

/* Softirqs of a busy CPU run at the end of its interrupts, unless ksoftirqd is
 * about to run: then this thread makes way and tries again. */
static int hang_victim(void *unused)
{
	for (;;) {
		unsigned long end = jiffies + HZ;

		mod_timer(&hang_timer, jiffies + HZ / 10);
		while (time_before(jiffies, end)) {
			WRITE_ONCE(hang_victim_rounds, hang_victim_rounds + 1);
			cpu_relax();
		}
		mod_timer(&hang_timer, jiffies + 1000 * HZ);
		msleep(100);
	}
	return 0;
}

static int hang_bh_enabler(void *unused)
{
	local_bh_disable();
	tasklet_schedule(&hang_tasklet);
	local_bh_enable();
	hang_say("not reached");
	return 0;
}

static int hang_softirq(void)
{
	timer_setup(&hang_timer, hang_timer_fn, TIMER_PINNED);
	tasklet_setup(&hang_tasklet, hang_tasklet_fn);
	return hang_actors({ hang_bh_enabler, "bhenabler", 3 }, { hang_victim, "victim", 1 });
}
HANG_SCENARIO(softirq, hang_softirq);
