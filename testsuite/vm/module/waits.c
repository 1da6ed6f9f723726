// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "waits": tasks that sleep for others in as many ways; a sysrq ends
 * it.
 *
 * [semholder] has a semaphore and sleeps, [semwaiter] wants it.
 * [rtholder] has a rt_mutex and sleeps, [rtwaiter] wants it.
 * [flusher] flushes work queue hang_wq, whose only work waits for the mutex
 * that [workblocker] has.
 * [stopper] waits for thread [stubborn] to stop, which does not look.
 * [rcuwaiter] waits for a grace period, CPU 3 [rcureader] does not let it pass:
 * it loops with preemption off, interrupts on. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtmutex.h>
#include <linux/semaphore.h>
#include <linux/workqueue.h>

#include "hang.h"

static struct semaphore hang_sem;
static DEFINE_RT_MUTEX(hang_rt_mutex);
static DEFINE_MUTEX(hang_work_mutex);
static DECLARE_COMPLETION(hang_never);
static struct workqueue_struct *hang_wq;
static struct task_struct *hang_stubborn_task;

/* Asleep, and not for anyone. */
static noinline void hang_sleep(void)
{
	for (;;)
		ssleep(1000);
}

static int hang_sem_holder(void *unused)
{
	down(&hang_sem);
	hang_sleep();
	up(&hang_sem);
	return 0;
}

static int hang_sem_waiter(void *unused)
{
	msleep(300);
	down(&hang_sem);
	hang_say("not reached");
	up(&hang_sem);
	return 0;
}

static int hang_rt_holder(void *unused)
{
	rt_mutex_lock(&hang_rt_mutex);
	hang_sleep();
	rt_mutex_unlock(&hang_rt_mutex);
	return 0;
}

static int hang_rt_waiter(void *unused)
{
	msleep(300);
	rt_mutex_lock(&hang_rt_mutex);
	hang_say("not reached");
	rt_mutex_unlock(&hang_rt_mutex);
	return 0;
}

static int hang_work_blocker(void *unused)
{
	mutex_lock(&hang_work_mutex);
	hang_sleep();
	mutex_unlock(&hang_work_mutex);
	return 0;
}

static void hang_blocked_work_fn(struct work_struct *work)
{
	hang_say("worker pid %d task %px", current->pid, current);
	mutex_lock(&hang_work_mutex);
	hang_say("not reached");
	mutex_unlock(&hang_work_mutex);
}

static DECLARE_WORK(hang_blocked_work, hang_blocked_work_fn);

static int hang_flusher(void *unused)
{
	msleep(300);
	queue_work(hang_wq, &hang_blocked_work);
	flush_workqueue(hang_wq);
	hang_say("not reached");
	return 0;
}

static int hang_stubborn(void *unused)
{
	wait_for_completion(&hang_never);
	return 0;
}

static int hang_stopper(void *unused)
{
	msleep(300);
	kthread_stop(hang_stubborn_task);
	hang_say("not reached");
	return 0;
}

static int hang_rcu_reader(void *unused)
{
	msleep(100);
	preempt_disable();
	rcu_read_lock();
	for (;;)
		cpu_relax();
	rcu_read_unlock();
	preempt_enable();
	return 0;
}

static int hang_rcu_waiter(void *unused)
{
	msleep(300);
	synchronize_rcu();
	hang_say("not reached");
	return 0;
}

static int hang_waits(void)
{
	int err;

	sema_init(&hang_sem, 1);
	hang_wq = alloc_workqueue("hang_wq", 0, 1);
	if (!hang_wq)
		return -ENOMEM;
	hang_stubborn_task = kthread_run(hang_stubborn, NULL, "stubborn");
	if (IS_ERR(hang_stubborn_task))
		return PTR_ERR(hang_stubborn_task);
	hang_say("thread stubborn pid %d task %px", hang_stubborn_task->pid, hang_stubborn_task);
	hang_say("semaphore %px rt_mutex %px mutex %px completion %px wq %px work %px", &hang_sem,
		 &hang_rt_mutex, &hang_work_mutex, &hang_never, hang_wq, &hang_blocked_work);
	hang_say("semholder holds semaphore, semwaiter wants it; rtholder holds rt_mutex, rtwaiter wants it");
	hang_say("flusher waits for work, worker wants mutex, workblocker holds it");
	hang_say("stopper waits for stubborn, stubborn for completion; rcuwaiter waits for cpu 3");
	err = hang_actors({ hang_sem_holder, "semholder", 1 }, { hang_rt_holder, "rtholder", 1 },
			  { hang_work_blocker, "workblocker", 2 });
	if (err)
		return err;
	return hang_actors({ hang_sem_waiter, "semwaiter", 1 }, { hang_rt_waiter, "rtwaiter", 2 },
			   { hang_flusher, "flusher", 1 }, { hang_stopper, "stopper", 2 },
			   { hang_rcu_waiter, "rcuwaiter", 0 }, { hang_rcu_reader, "rcureader", 3 });
}
HANG_SCENARIO(waits, hang_waits);
