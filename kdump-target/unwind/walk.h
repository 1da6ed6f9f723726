/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk itself, apart from where memory, code and stacks come from, so
   that tests can give it any. */
#ifndef KD_UNWIND_WALK_H
#define KD_UNWIND_WALK_H

#include "unwind/unwind.h"

/* Frames of one walk.  A stack of 64 KiB with frames of 16 bytes has 4096;
   deeper is not sane.  */
#define KD_WALK_LIMIT 4096
#define KD_WALK_STACKS 24

/* One step of another method than ORC (frame pointers, CFI): like
   kd_orc_step().  EXACT: regs' ip is not a return address.  */
typedef enum kd_status kd_walk_step_fn (void *arg,
                                        const struct kd_orc_regs *regs,
                                        bool exact, struct kd_orc_step *out);

/* All that a walk needs.  Everything is borrowed.  */
struct kd_walk_env {
  void *arg; /* for all functions */
  kd_orc_read_fn *read;
  bool (*is_text) (void *arg, uint64_t pc); /* of the kernel or a module */
  bool (*is_exec) (void *arg, uint64_t pc); /* executable, whosever it is */
  /* The entry for code at PC (already moved back into the call).
     KD_NOT_FOUND: generated code or code without one.  NULL without ORC.  */
  enum kd_status (*find_entry) (void *arg, uint64_t pc,
                                struct kd_orc_entry *out);
  kd_walk_step_fn *step; /* instead of ORC, when FIND_ENTRY is NULL */
  /* For code of the kernel or a module that the ORC tables leave out: only
     what is certain, else KD_NOT_FOUND.  May be NULL.  */
  kd_walk_step_fn *fallback;
  /* Put back a return address that a tracer replaced; may be NULL.  AT is
     where it was read.  */
  void (*recover) (void *arg, uint64_t at, uint64_t *pc);
  bool no_end; /* the first ORC kernels do not mark the end */

  const struct kd_stack *stacks;
  size_t nstacks; /* <= KD_WALK_STACKS */

  const struct kd_arch *arch;
  signed char map[KD_ORC_NREGS]; /* index into arch->regs */
};

/* Fill in ARCH and MAP.  */
void kd_walk_set_arch (struct kd_walk_env *env, const struct kd_arch *arch);
void kd_walk_regs_in (const struct kd_walk_env *env,
                      const struct kd_regs *regs, struct kd_orc_regs *out);
void kd_walk_regs_out (const struct kd_walk_env *env,
                       const struct kd_orc_regs *regs, struct kd_regs *out);

/* The stack of ENV that holds SP: a stack pointer may also be one past the
   end of its stack, or (after an overflow) in the page below it.  */
const struct kd_stack *kd_walk_stack (const struct kd_walk_env *env,
                                      uint64_t sp);

/* Walk from START; EXACT false: its ip is a return address.  KD_NOMEM only;
   how it ended is in *OUT, which is the caller's.  */
enum kd_status kd_walk_stacks (const struct kd_walk_env *env,
                               const struct kd_orc_regs *start, bool exact,
                               struct kd_backtrace *out) KD_MUST_CHECK;

#endif
