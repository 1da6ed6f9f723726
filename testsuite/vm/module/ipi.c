// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenarios of CPUs that do not answer.
 *
 * "irqoff": CPU 3 [irqoff] loops with interrupts off; CPU 1 [caller] waits for
 * an IPI to it, and panics.
 * "csdstuck": CPU 1 [caller] has CPU 3 run hang_stuck_callback(), which does
 * not come back: CPU 3's queue is empty. CPU 1 panics.
 * "zonelock": CPU 2 [zoneholder] has a zone's lock and loops, interrupts off;
 * CPU 3 [zoneuser] allocates pages and spins for it. CPU 1 [caller] waits for an
 * IPI to CPU 3, and panics. */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/mmzone.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "hang.h"

static int hang_ready;
static unsigned long hang_argument;

static noinline void hang_callback(void *argument)
{
	WRITE_ONCE(*(unsigned long *)argument, 1);
}

static int hang_caller(void *unused)
{
	while (!smp_load_acquire(&hang_ready))
		cpu_relax();
	mdelay(100);
	smp_call_function_single(3, hang_callback, &hang_argument, 1);
	hang_say("not reached");
	return 0;
}

/* --- irqoff --- */

static int hang_irq_off(void *unused)
{
	local_irq_disable();
	smp_store_release(&hang_ready, 1);
	for (;;)
		cpu_relax();
	return 0;
}

static int hang_irqoff(void)
{
	hang_say("function %px argument %px", hang_callback, &hang_argument);
	hang_say("caller waits for cpu 3");
	return hang_actors({ hang_irq_off, "irqoff", 3 }, { hang_caller, "caller", 1 });
}
HANG_SCENARIO(irqoff, hang_irqoff);

/* --- csdstuck --- */

static noinline void hang_stuck_callback(void *argument)
{
	WRITE_ONCE(*(unsigned long *)argument, 1);
	for (;;)
		cpu_relax();
}

static int hang_stuck_caller(void *unused)
{
	mdelay(100);
	smp_call_function_single(3, hang_stuck_callback, &hang_argument, 1);
	hang_say("not reached");
	return 0;
}

static int hang_csdstuck(void)
{
	hang_say("function %px argument %px", hang_stuck_callback, &hang_argument);
	hang_say("caller waits for cpu 3, which is in the function");
	return hang_actors({ hang_stuck_caller, "caller", 1 });
}
HANG_SCENARIO(csdstuck, hang_csdstuck);

/* --- zonelock, where a zone's lock is one that spins --- */

#ifndef CONFIG_PREEMPT_RT
static struct zone *hang_zone;

static int hang_zone_holder(void *unused)
{
	unsigned long flags;

	spin_lock_irqsave(&hang_zone->lock, flags);
	smp_store_release(&hang_ready, 1);
	for (;;)
		cpu_relax();
	spin_unlock_irqrestore(&hang_zone->lock, flags);
	return 0;
}

/* Pages of the CPU's own list come first. */
static int hang_zone_user(void *unused)
{
	while (!smp_load_acquire(&hang_ready))
		cpu_relax();
	for (;;)
		if (!alloc_page(GFP_ATOMIC))
			hang_say("no page");
	return 0;
}

static int hang_zone_caller(void *unused)
{
	while (!smp_load_acquire(&hang_ready))
		cpu_relax();
	/* Till CPU 3 is in the lock. */
	for (;;) {
		mdelay(100);
		smp_call_function_single(3, hang_callback, &hang_argument, 1);
	}
	return 0;
}

/* The zone with most pages is the one that pages come from. */
static int hang_zonelock(void)
{
	struct zone *zones = NODE_DATA(0)->node_zones;
	int i, best = 0;

	for (i = 1; i < MAX_NR_ZONES; i++)
		if (zone_managed_pages(&zones[i]) > zone_managed_pages(&zones[best]))
			best = i;
	hang_zone = &zones[best];
	hang_say("zone %d %s at %px lock %px", best, hang_zone->name, hang_zone, &hang_zone->lock);
	hang_say("function %px argument %px", hang_callback, &hang_argument);
	hang_say("zoneholder holds lock, zoneuser wants lock, caller waits for cpu 3");
	return hang_actors({ hang_zone_holder, "zoneholder", 2 }, { hang_zone_user, "zoneuser", 3 },
			   { hang_zone_caller, "caller", 1 });
}
HANG_SCENARIO(zonelock, hang_zonelock);
#endif
