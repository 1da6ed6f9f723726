// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "manytasks": 10,000 threads [sleeperN], all asleep. Every hundredth
 * waits for hang_taken, a mutex that [sleeper0] has and keeps. A sysrq ends it. */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "hang.h"

#define HANG_TASKS 10000
#define HANG_BLOCKED_EVERY 100

static DEFINE_MUTEX(hang_taken);

static int hang_sleeper(void *number)
{
	if ((unsigned long)number % HANG_BLOCKED_EVERY == 0)
		mutex_lock(&hang_taken);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	return 0;
}

static int hang_manytasks(void)
{
	struct task_struct *task;
	unsigned long i;

	for (i = 0; i < HANG_TASKS; i++) {
		task = kthread_run(hang_sleeper, (void *)i, "sleeper%lu", i);
		if (IS_ERR(task)) {
			hang_say("cannot start thread %lu: %ld", i, PTR_ERR(task));
			return PTR_ERR(task);
		}
		if (i == 0)
			hang_say("thread sleeper0 pid %d task %px", task->pid, task);
		/* It is the one that has the mutex. */
		while (i == 0 && !mutex_is_locked(&hang_taken))
			schedule_timeout_uninterruptible(1);
	}
	hang_say("mutex %px, %d threads", &hang_taken, HANG_TASKS);
	return 0;
}
HANG_SCENARIO(manytasks, hang_manytasks);
