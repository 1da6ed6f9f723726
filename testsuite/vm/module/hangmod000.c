// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* For scenario "manymodules": a module of no use. The guest loads copies of it
 * that have other numbers in place of the 000, all through the file. */
#include <linux/module.h>

static int hangmod000_value = 42;

static noinline int hangmod000_get(void)
{
	return READ_ONCE(hangmod000_value);
}

static int __init hangmod000_init(void)
{
	return hangmod000_get() == 42 ? 0 : -EINVAL;
}
module_init(hangmod000_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("One of many modules");
