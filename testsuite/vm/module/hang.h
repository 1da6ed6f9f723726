/* SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later */
/* What the scenarios of the hang module share. */
#ifndef HANG_H
#define HANG_H

#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched.h>

/* Facts for the tests go to the kernel log, one "hang: " line each, and so
 * into the saved console. */
#define hang_say(fmt, ...) pr_emerg("hang: " fmt "\n", ##__VA_ARGS__)

/* Start FN as a kernel thread called NAME, bound to CPU. */
struct task_struct *hang_thread(int (*fn)(void *), const char *name, unsigned int cpu);

/* The scenarios: each starts its actors and returns. */
int hang_seed(void);
int hang_firstinsn(void);
int hang_softirq(void);

/* /proc/hang: system calls and page faults that get stuck. */
int hang_user_init(void);

#endif
