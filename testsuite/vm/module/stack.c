// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "doublefault": CPU 1 [deep] runs off the end of its stack, and
 * panics on the stack of the double fault. */
#include <linux/string.h>

#include "hang.h"

static noinline unsigned long hang_recurse(unsigned long depth)
{
	unsigned long room[32];

	memset(room, (int)depth, sizeof(room));
	barrier_data(room);
	room[depth % 32] += hang_recurse(depth + 1);
	barrier_data(room);
	return room[(depth + 1) % 32];
}

static int hang_deep(void *unused)
{
	hang_say("recursion ends with %lu", hang_recurse(0));
	return 0;
}

int hang_doublefault(void)
{
	return hang_thread(hang_deep, "deep", 1) ? 0 : -ENOMEM;
}
