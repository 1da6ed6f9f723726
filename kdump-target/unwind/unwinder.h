/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The unwinder's insides, shared by its own files only. */
#ifndef KD_UNWIND_UNWINDER_H
#define KD_UNWIND_UNWINDER_H

#include "unwind/stacks.h"
#include "unwind/walk.h"

/* The rows of different stacks go through the same functions again and
   again: remembers the last entries by address.  */
#define KD_ENTRY_CACHE 1024

struct kd_cpu_stacks {
  struct kd_stack stack[KD_CPU_STACKS];
  size_t count;
  bool known;
};

/* Not to be used by two threads at once.  */
struct kd_unwinder {
  struct kd_kernel *kernel;    /* borrowed */
  struct kd_orc_table *tables; /* kernel first, then modules by address */
  size_t ntables;
  char method[160];
  bool frame_pointers; /* no ORC: the code has frame pointers */
  bool no_end;         /* see kd_walk_env */
  struct kd_stack_facts facts;
  uint64_t init_start, init_end; /* of init code, 0 unknown */
  struct kd_cpu_stacks *cpus;    /* by CPU number, found on demand */
  uint64_t walk_task;            /* of the walk going on, 0 unknown */
  struct {
    uint64_t pc; /* 0: unused */
    struct kd_orc_entry entry;
  } cache[KD_ENTRY_CACHE];
};

/* kd_orc_read_fn over the dump; ARG is the unwinder.  */
enum kd_status kd_unwinder_read (void *arg, uint64_t vaddr, void *buf,
                                 size_t len);

/* Find the ORC tables of U->kernel, their encoding, and set U->method.
   KD_NOT_FOUND without ORC, with the reason.  */
enum kd_status kd_unwinder_find_orc (struct kd_unwinder *u) KD_MUST_CHECK;

/* Frame pointers (fp.c), and what they need of the world.  */
struct kd_fp_env {
  void *arg;
  kd_orc_read_fn *read;
  bool (*function) (void *arg, uint64_t pc, uint64_t *start);
  bool (*stack_top) (void *arg, uint64_t sp, uint64_t *top); /* task's */
};
enum kd_status kd_fp_walk_step (const struct kd_fp_env *env,
                                const struct kd_orc_regs *regs, bool exact,
                                struct kd_orc_step *out) KD_MUST_CHECK;
kd_walk_step_fn kd_fp_step;
/* Do functions begin with push %rbp; mov %rsp,%rbp?  */
bool kd_fp_is_used (struct kd_unwinder *u);

/* Call frame information of vmlinux (cfi.c).  */
kd_walk_step_fn kd_cfi_step;
bool kd_cfi_is_there (struct kd_unwinder *u);

/* What the code does to the stack pointer (code.c).  KD_NOT_FOUND unless the
   result is certain: the instruction before the return address calls the
   function.  */
kd_walk_step_fn kd_code_step;

/* A tracer may have replaced the return address *PC that was read AT: put
   back the real one, of the task that is being walked (tracers.c).  */
void kd_tracers_recover (void *arg, uint64_t at, uint64_t *pc);
/* PC is in a trampoline that ftrace made by copying code: where it was
   copied from.  */
bool kd_tracers_original (struct kd_unwinder *u, uint64_t pc, uint64_t *out);

#endif
