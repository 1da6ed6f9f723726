/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls that a function makes, and what it gives them as first argument,
   read from its code as it is in the dump. */
#ifndef KD_HANG_CALLS_H
#define KD_HANG_CALLS_H

#include "hang/context.h"

enum kd_call_kind {
  KD_CALL,
  KD_CALL_JUMP,  /* to another function, in the place of a call */
  KD_CALL_CLEAR, /* no call: a zero is stored in the byte at ARG, which is how
                    a spinlock is released where that is inlined */
};

struct kd_call {
  enum kd_call_kind kind;
  uint64_t at, next; /* the call instruction, and where it returns to */
  uint64_t target;   /* 0: not known (called through a register or memory) */
  const char *name;  /* of the function there, "" unknown; until the next
                        call of kd_calls() */
  bool arg_known;
  uint64_t arg; /* value of the first argument's register */
};

/* Return false to end.  */
typedef bool kd_call_fn (void *arg, const struct kd_call *call);

/* All calls of the function that F is in, by address, up to its pc, or for a
   frame that called another one its last.  Registers that calls preserve are
   taken from F where the function has not written them between the call and
   the pc; memory is as it is in the dump now.  Branches are not followed: a
   call by address before the pc need not have been made.  KD_NOT_FOUND without
   code, KD_NOMEM.  */
enum kd_status kd_calls (struct kd_contexts *c, const struct kd_frame *f,
                         int cpu, kd_call_fn *fn, void *arg) KD_MUST_CHECK;

/* Can the function of F come from its instruction at FROM (0: its entry) to
   F's pc without passing any of the N instructions at AVOID?  Follows direct
   branches within the function.  False also if its code cannot be read.  */
bool kd_code_leads (struct kd_contexts *c, const struct kd_frame *f,
                    uint64_t from, const uint64_t *avoid, size_t n);

/* The call that F waits for to return.  KD_NOT_FOUND.  */
enum kd_status kd_call_of (struct kd_contexts *c, const struct kd_frame *f,
                           int cpu, struct kd_call *out) KD_MUST_CHECK;

#endif
