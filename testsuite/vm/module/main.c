// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* The hang module: a table of scenarios, started by writing a name to
 * /sys/module/hang/parameters/run. It is never unloaded. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/string.h>

#include "hang.h"

static const struct {
	const char *name;
	int (*start)(void);
} scenarios[] = {
	{ "seed", hang_seed },
	{ "firstinsn", hang_firstinsn },
	{ "softirq", hang_softirq },
	{ "slablock", hang_slablock },
	{ "abba", hang_abba },
	{ "irqself", hang_irqself },
	{ "softirqlock", hang_softirqlock },
	{ "qrwlock", hang_qrwlock },
	{ "irqoff", hang_irqoff },
	{ "csdstuck", hang_csdstuck },
	{ "zonelock", hang_zonelock },
	{ "mutexcycle", hang_mutexcycle },
	{ "rwsem", hang_rwsem_wait },
	{ "doublefault", hang_doublefault },
};

struct task_struct *hang_thread(int (*fn)(void *), const char *name, unsigned int cpu)
{
	struct task_struct *task = kthread_create(fn, NULL, "%s", name);

	if (IS_ERR(task)) {
		hang_say("cannot start %s: %ld", name, PTR_ERR(task));
		return NULL;
	}
	kthread_bind(task, cpu);
	hang_say("thread %s pid %d cpu %u task %px", name, task->pid, cpu, task);
	wake_up_process(task);
	return task;
}

static int run_set(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		if (sysfs_streq(value, scenarios[i].name)) {
			hang_say("scenario %s", scenarios[i].name);
			return scenarios[i].start();
		}
	return -ENOENT;
}

static const struct kernel_param_ops run_ops = { .set = run_set };
module_param_cb(run, &run_ops, NULL, 0200);

static int __init hang_init(void)
{
	return hang_user_init();
}
module_init(hang_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes a machine hang in known ways, to be dumped");
