// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* /proc/hang, for the scenarios that start in user mode ("userspin",
 * "pagefault"): a write gets stuck in its system call or oopses, a touched
 * mapping gets stuck in its page fault. */
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "hang.h"

struct hang_nowhere {
	char pad[64];
	int value;
};

static struct hang_nowhere *hang_null;

static noinline void hang_syscall_spin(void)
{
	hang_say("system call of pid %d spins on cpu %u", current->pid, raw_smp_processor_id());
	for (;;)
		cpu_relax();
}

static noinline int hang_null_read(const struct hang_nowhere *nowhere)
{
	return READ_ONCE(nowhere->value);
}

static ssize_t hang_write(struct file *file, const char __user *buf, size_t size, loff_t *pos)
{
	char word[16] = "";

	if (size >= sizeof(word) || copy_from_user(word, buf, size))
		return -EINVAL;
	if (sysfs_streq(word, "spin"))
		hang_syscall_spin();
	else if (sysfs_streq(word, "null"))
		hang_say("read %d", hang_null_read(READ_ONCE(hang_null)));
	return size;
}

static vm_fault_t hang_fault(struct vm_fault *vmf)
{
	hang_say("page fault of pid %d at %lx spins on cpu %u", current->pid, vmf->address,
		 raw_smp_processor_id());
	for (;;)
		cpu_relax();
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct hang_vm_ops = { .fault = hang_fault };

static int hang_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &hang_vm_ops;
	return 0;
}

static const struct proc_ops hang_proc_ops = {
	.proc_write = hang_write,
	.proc_mmap = hang_mmap,
};

int hang_user_init(void)
{
	return proc_create("hang", 0600, NULL, &hang_proc_ops) ? 0 : -ENOMEM;
}
