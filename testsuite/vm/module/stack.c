// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenarios that panic on a stack of an exception.
 *
 * "doublefault": CPU 1 [deep] runs off the end of its stack.
 * "debugtrap": CPU 1 [debugged] writes to a variable that a hardware breakpoint
 * watches; its handler panics on the stack for debug exceptions. */
#include <linux/err.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
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

static int hang_doublefault(void)
{
	return hang_actors({ hang_deep, "deep", 1 });
}
HANG_SCENARIO(doublefault, hang_doublefault);

/* --- debugtrap --- */

static unsigned long hang_watched;

static void hang_trap(struct perf_event *event, struct perf_sample_data *data,
		      struct pt_regs *regs)
{
	panic("hang: debug trap");
}

static noinline void hang_write_watched(unsigned long value)
{
	WRITE_ONCE(hang_watched, value);
	barrier();
	hang_say("not reached, wrote %lu", hang_watched);
}

static int hang_debugged(void *unused)
{
	hang_write_watched(1);
	return 0;
}

static int hang_debugtrap(void)
{
	struct perf_event_attr attr;
	struct perf_event *__percpu *events;

	hw_breakpoint_init(&attr);
	attr.bp_addr = (unsigned long)&hang_watched;
	attr.bp_len = HW_BREAKPOINT_LEN_8;
	attr.bp_type = HW_BREAKPOINT_W;
	events = register_wide_hw_breakpoint(&attr, hang_trap, NULL);
	if (IS_ERR((void __force *)events)) {
		hang_say("no hardware breakpoint: %ld", PTR_ERR((void __force *)events));
		return PTR_ERR((void __force *)events);
	}
	hang_say("watched %px", &hang_watched);
	return hang_actors({ hang_debugged, "debugged", 1 });
}
HANG_SCENARIO(debugtrap, hang_debugtrap);
