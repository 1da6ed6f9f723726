// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "seed": CPU 1 enables a static key and waits for CPU 3 to answer
 * the text patching IPI; CPU 3 has interrupts off and spins on hang_lock;
 * CPU 2 holds hang_lock and loops with interrupts off. */
#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "hang.h"

HANG_DEFINE_LOCK(hang_lock);
DEFINE_STATIC_KEY_FALSE(hang_key);

static bool hang_held;		/* CPU 2 has the lock */
static bool hang_wanted;	/* CPU 3 is about to spin */

/* The site that CPU 1 patches. */
noinline int hang_key_site(int value)
{
	if (static_branch_unlikely(&hang_key))
		return value + 1;
	return value;
}

/* Interrupts go off only once this CPU has answered the IPI of CPU 1, which
 * so waits for CPU 3 alone, as in the seed: the IPI follows the first change of
 * the site's code at once. */
static noinline void hang_answer_ipi(void)
{
	u8 before[32];

	memcpy(before, hang_key_site, sizeof(before));
	WRITE_ONCE(hang_held, true);
	while (!memcmp(before, hang_key_site, sizeof(before)))
		cpu_relax();
	mdelay(500);
}

static int hang_holder(void *unused)
{
	hang_spin_lock(&hang_lock);
	hang_answer_ipi();
	local_irq_disable();
	for (;;)
		cpu_relax();
	return 0;
}

static int hang_yum(void *unused)
{
	unsigned long flags;

	while (!READ_ONCE(hang_held))
		cpu_relax();
	local_irq_disable();
	WRITE_ONCE(hang_wanted, true);
	hang_spin_lock_irqsave(&hang_lock, flags);
	hang_say("not reached");
	hang_spin_unlock_irqrestore(&hang_lock, flags);
	return 0;
}

static void hang_enable_key_work(struct work_struct *work)
{
	while (!READ_ONCE(hang_wanted))
		cpu_relax();
	mdelay(20);
	hang_say("worker pid %d cpu %u task %px", current->pid, raw_smp_processor_id(), current);
	static_branch_enable(&hang_key);
	hang_say("not reached, site says %d", hang_key_site(1));
}

static DECLARE_WORK(hang_work, hang_enable_key_work);

static int hang_seed(void)
{
	int err;

	hang_say("lock %px key %px site %px", &hang_lock, &hang_key, hang_key_site);
	hang_say("holder holds lock, yum wants lock, worker waits for cpu 3");
	err = hang_actors({ hang_holder, "holder", 2 }, { hang_yum, "yum", 3 });
	if (!err)
		schedule_work_on(1, &hang_work);
	return err;
}
HANG_SCENARIO(seed, hang_seed);
