// SPDX-License-Identifier: GPL-2.0 OR GPL-3.0-or-later
/* Scenario "firstinsn": a function whose first instruction jumps to itself, so
 * that an interrupt (CPU 1) and an NMI (CPU 3) arrive at function+0. */
#include <linux/irqflags.h>

#include "hang.h"

/* Neither ftrace's nor IBT's mark may come first, nor another order than the
 * source's: an address before the function's is in the one above it. */
#ifdef CONFIG_X86_KERNEL_IBT
#define HANG_BARE __attribute__((__noclone__, __no_reorder__, __nocf_check__))
#else
#define HANG_BARE __attribute__((__noclone__, __no_reorder__))
#endif

static int hang_calls;

/* The function that a look-up of the address before would name. */
static noinline notrace HANG_BARE void hang_before_first_insn(void)
{
	WRITE_ONCE(hang_calls, hang_calls + 1);
}

static noinline notrace HANG_BARE void hang_first_insn(void)
{
	asm volatile("1: jmp 1b");
}

static int hang_first_insn_thread(void *unused)
{
	hang_say("thread function %px", hang_first_insn_thread);
	hang_before_first_insn();
	hang_first_insn();
	hang_before_first_insn();
	return 0;
}

static int hang_first_insn_nmi_thread(void *unused)
{
	local_irq_disable();
	hang_before_first_insn();
	hang_first_insn();
	hang_before_first_insn();
	return 0;
}

static int hang_firstinsn(void)
{
	return hang_actors({ hang_first_insn_nmi_thread, "firstnmi", 3 },
			   { hang_first_insn_thread, "firstirq", 1 });
}
HANG_SCENARIO(firstinsn, hang_firstinsn);
