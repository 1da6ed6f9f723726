// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenarios of tasks that sleep for each other; a sysrq ends them.
 *
 * "mutexcycle": [mutex1] has mutex 1 and wants 2, [mutex2] has 2 and wants 1,
 * [mutex3] wants 1.
 * "rwsem": [rwwriter] has a semaphore for writing and waits for a completion;
 * [rwreader] wants it for reading. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

#include "hang.h"

static DEFINE_MUTEX(hang_mutex_1);
static DEFINE_MUTEX(hang_mutex_2);

static noinline void hang_take_both(struct mutex *first, struct mutex *second)
{
	mutex_lock(first);
	msleep(300);
	mutex_lock(second);
	hang_say("not reached");
	mutex_unlock(second);
	mutex_unlock(first);
}

static int hang_mutex_12(void *unused)
{
	hang_take_both(&hang_mutex_1, &hang_mutex_2);
	return 0;
}

static int hang_mutex_21(void *unused)
{
	hang_take_both(&hang_mutex_2, &hang_mutex_1);
	return 0;
}

static int hang_mutex_third(void *unused)
{
	msleep(700);
	mutex_lock(&hang_mutex_1);
	hang_say("not reached");
	mutex_unlock(&hang_mutex_1);
	return 0;
}

static int hang_mutexcycle(void)
{
	hang_say("mutex 1 %px mutex 2 %px", &hang_mutex_1, &hang_mutex_2);
	hang_say("mutex1 holds 1 wants 2, mutex2 holds 2 wants 1, mutex3 wants 1");
	return hang_actors({ hang_mutex_12, "mutex1", 1 }, { hang_mutex_21, "mutex2", 2 },
			   { hang_mutex_third, "mutex3", 3 });
}
HANG_SCENARIO(mutexcycle, hang_mutexcycle);

static DECLARE_RWSEM(hang_rwsem);
static DECLARE_COMPLETION(hang_completion);

static int hang_rw_writer(void *unused)
{
	down_write(&hang_rwsem);
	wait_for_completion(&hang_completion);
	hang_say("not reached");
	up_write(&hang_rwsem);
	return 0;
}

static int hang_rw_reader(void *unused)
{
	msleep(300);
	down_read(&hang_rwsem);
	hang_say("not reached");
	up_read(&hang_rwsem);
	return 0;
}

static int hang_rwsem_wait(void)
{
	hang_say("rwsem %px completion %px", &hang_rwsem, &hang_completion);
	hang_say("rwwriter writes, waits for completion; rwreader waits to read");
	return hang_actors({ hang_rw_writer, "rwwriter", 1 }, { hang_rw_reader, "rwreader", 2 });
}
HANG_SCENARIO(rwsem, hang_rwsem_wait);
