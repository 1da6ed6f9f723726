// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* The hang module. Its scenarios are its parameters: a write to
 * /sys/module/hang/parameters/NAME starts one. It is never unloaded. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "hang.h"

#define HANG_ACTORS_MAX 8

int hang_start_actors(const struct hang_actor *actors, size_t n)
{
	struct task_struct *tasks[HANG_ACTORS_MAX];
	size_t i;

	if (n > HANG_ACTORS_MAX)
		return -E2BIG;
	for (i = 0; i < n; i++) {
		tasks[i] = kthread_create(actors[i].fn, NULL, "%s", actors[i].name);
		if (IS_ERR(tasks[i])) {
			hang_say("cannot start %s: %ld", actors[i].name, PTR_ERR(tasks[i]));
			return PTR_ERR(tasks[i]);
		}
		kthread_bind(tasks[i], actors[i].cpu);
		hang_say("thread %s pid %d cpu %u task %px", actors[i].name, tasks[i]->pid,
			 actors[i].cpu, tasks[i]);
	}
	for (i = 0; i < n; i++)
		wake_up_process(tasks[i]);
	return 0;
}

static int hang_scenario_set(const char *value, const struct kernel_param *param)
{
	int (*start)(void) = param->arg;

	hang_say("scenario %s", param->name);
	return start();
}

const struct kernel_param_ops hang_scenario_ops = { .set = hang_scenario_set };

static int __init hang_init(void)
{
	return hang_user_init();
}
module_init(hang_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes a machine hang in known ways, to be dumped");
