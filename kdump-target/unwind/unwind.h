/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking a kernel stack: every step checked, every stop explained. */
#ifndef KD_UNWIND_UNWIND_H
#define KD_UNWIND_UNWIND_H

#include "kernel/kernel.h"
#include "unwind/orc.h"

/* The kind of stack a frame is on.  */
enum kd_stack_kind {
  KD_STACK_UNKNOWN,
  KD_STACK_TASK,
  KD_STACK_IRQ,
  KD_STACK_SOFTIRQ,
  KD_STACK_NMI,
  KD_STACK_DF,
  KD_STACK_MCE,
  KD_STACK_DB,
  KD_STACK_VC,
  KD_STACK_VC2,
  KD_STACK_ENTRY, /* entry trampoline */
};
const char *kd_stack_kind_name (enum kd_stack_kind kind); /* "IRQ", ... */

/* A stack, [low, high) in bytes of virtual address.  */
struct kd_stack {
  enum kd_stack_kind kind;
  int cpu; /* -1 for a task stack */
  uint64_t low, high;
};

enum kd_frame_kind {
  KD_FRAME_CALL,  /* pc is a return address: look up pc - 1 */
  KD_FRAME_EXACT, /* pc is exact: the first frame, or one interrupted */
  KD_FRAME_USER,  /* the user-mode frame; always the last */
};

struct kd_frame {
  enum kd_frame_kind kind;
  uint64_t pc, sp; /* sp: at this pc */
  uint64_t cfa;    /* 0 unknown (last frame) */
  struct kd_stack stack;
  struct kd_regs regs; /* what is known of them in this frame */
  uint64_t regs_at;    /* frame was interrupted: address of its pt_regs */
  bool regs_full;      /* all of pt_regs, not only the iret frame */
  bool guess;          /* reached through an assumption: a frame pointer in
                          generated code, a return address on top of the
                          stack; so are all frames after it */
};

/* Why the walk ended.  */
enum kd_stop {
  KD_STOP_END,    /* the outermost frame, by ORC or an empty pt_regs */
  KD_STOP_USER,   /* at user mode */
  KD_STOP_BROKEN, /* see the reason */
  KD_STOP_LIMIT,  /* too many frames */
};

struct kd_backtrace {
  struct kd_frame *frames; /* owned */
  size_t nframes;
  enum kd_stop stop;
  char reason[256]; /* a sentence, for BROKEN and LIMIT */
};
void kd_backtrace_deinit (struct kd_backtrace *bt);

/* The address to look up for a frame's function and line: a return address
   may lie beyond the end of a function that ends in a call which never
   returns, so it is looked up one byte before.  */
static inline uint64_t
kd_frame_lookup_pc (const struct kd_frame *f)
{
  return f->kind == KD_FRAME_CALL ? f->pc - 1 : f->pc;
}

/* The symbol that covers a frame's pc; false in user mode, or if none is
   known.  */
bool kd_frame_symbol (struct kd_kernel *k, const struct kd_frame *f,
                      struct kd_symbol *out);

/* What the walker knows of one kernel: ORC tables, stacks.  Not to be used by
   two threads at once.  */
struct kd_unwinder;
enum kd_status kd_unwinder_create (struct kd_kernel *k,
                                   struct kd_unwinder **out) KD_MUST_CHECK;
void kd_unwinder_destroy (struct kd_unwinder *u);
KD_DEFINE_GUARD (unwinder, struct kd_unwinder, kd_unwinder_destroy);

/* All ORC tables (kernel first, then modules).  Borrowed.  */
size_t kd_unwinder_orc_count (const struct kd_unwinder *u);
const struct kd_orc_table *kd_unwinder_orc (const struct kd_unwinder *u,
                                            size_t i);
/* The entry for code at PC, of whichever table; KD_NOT_FOUND if the tables
   leave it out or say that nothing is known.  */
enum kd_status kd_unwinder_orc_entry (struct kd_unwinder *u, uint64_t pc,
                                      struct kd_orc_entry *out) KD_MUST_CHECK;
/* "ORC v1", "frame pointers", with how it was found out.  */
const char *kd_unwinder_method (const struct kd_unwinder *u);
/* Is there no ORC, and does all C code keep frame pointers?  */
bool kd_unwinder_frame_pointers (const struct kd_unwinder *u);

/* All stacks of CPU (not the task's).  *OUT has room for MAX; returns how
   many were found.  */
size_t kd_unwinder_cpu_stacks (const struct kd_unwinder *u, unsigned cpu,
                               struct kd_stack *out, size_t max);
/* The stack that holds SP, for a context on CPU (-1: none) in TASK (0:
   none).  */
bool kd_unwinder_find_stack (const struct kd_unwinder *u, uint64_t sp, int cpu,
                             uint64_t task, struct kd_stack *out);

/* Walk from REGS.  The walk itself never fails: what went wrong is in
   OUT->stop and reason.  KD_NOMEM only.  OUT is the caller's.  */
enum kd_status kd_unwind (struct kd_unwinder *u, const struct kd_regs *regs,
                          int cpu, uint64_t task,
                          struct kd_backtrace *out) KD_MUST_CHECK;
/* The same from a return address and the stack pointer above it.  */
enum kd_status kd_unwind_call (struct kd_unwinder *u,
                               const struct kd_regs *regs, int cpu,
                               uint64_t task,
                               struct kd_backtrace *out) KD_MUST_CHECK;
/* The same for a CPU's registers, and for a sleeping task by its saved
   switch frame.  */
enum kd_status kd_unwind_cpu (struct kd_unwinder *u, unsigned cpu,
                              struct kd_backtrace *out) KD_MUST_CHECK;
enum kd_status kd_unwind_task (struct kd_unwinder *u, uint64_t task,
                               struct kd_backtrace *out) KD_MUST_CHECK;

/* What a CPU did after the NMI that stopped it and before its registers of
   now, innermost first; only a chain of calls that leads exactly to those
   registers on its NMI stack is taken.  The first frame's pc is where it last
   returned to there, and it is at or after that.  KD_NOT_FOUND with the
   reason; KD_NOMEM.  */
enum kd_status kd_unwind_nmi (struct kd_unwinder *u, unsigned cpu,
                              struct kd_backtrace *out) KD_MUST_CHECK;

/* The registers that a task which is on no CPU saved on its stack when it was
   switched away from; the others stay unknown.  *EXACT: its pc is no return
   address, since it never ran.  KD_NOT_FOUND when it has no stack any
   more.  */
enum kd_status kd_unwind_saved_regs (struct kd_unwinder *u, uint64_t task,
                                     struct kd_regs *out,
                                     bool *exact) KD_MUST_CHECK;

/* A walk by ORC knows rsp, rip and rbp of callers only.  Add the other
   registers that calls preserve (rbx, r12 to r15) to the frames of BT, where
   vmlinux's call frame information says where they were saved relative to
   ORC's CFA.  Costs milliseconds the first time.  */
void kd_unwind_registers (struct kd_unwinder *u, struct kd_backtrace *bt);

#endif
