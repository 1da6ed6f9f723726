/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop round an address: what it looks at, and what would end it. */
#ifndef KD_HANG_SPIN_H
#define KD_HANG_SPIN_H

#include "hang/context.h"

#define KD_SPIN_INSNS 40
#define KD_SPIN_POLLS 4

struct kd_spin_insn {
  uint64_t addr;
  char text[224]; /* AT&T syntax */
};

/* Memory that a way out of the loop depends on.  */
struct kd_spin_poll {
  uint64_t at;     /* the instruction that reads it */
  unsigned size;   /* bytes: 1, 2, 4, 8 */
  bool addr_known; /* not if a register that it needs is unknown, or is
                      written in the loop */
  uint64_t addr;
  char until[80]; /* of the value, after "until": "bit 0 is clear" */
};

/* The innermost loop round an instruction.  */
struct kd_spin {
  uint64_t current;                        /* that instruction */
  struct kd_spin_insn insn[KD_SPIN_INSNS]; /* by address; the first of them */
  size_t ninsns;
  size_t total; /* all of the loop */
  size_t calls; /* calls in it */
  size_t exits; /* jumps out of it, of any kind */
  struct kd_spin_poll poll[KD_SPIN_POLLS];
  size_t npolls; /* fewer than EXITS: the other conditions are not known */
};

/* The code to look at, as it is in memory.  */
struct kd_spin_code {
  const uint8_t *code;
  size_t size; /* bytes */
  uint64_t start;
  uint64_t pc;      /* where it is */
  bool after_call;  /* PC is what a call returns to: look at the call */
  uint64_t gs_base; /* 0 unknown */
  bool known[16];   /* registers, by their numbers in instructions */
  uint64_t reg[16];
};

/* KD_NOT_FOUND: there is no loop round it, as far as direct jumps show;
   KD_CORRUPT: PC is between instructions; KD_NOMEM.  */
enum kd_status kd_spin_in_code (const struct kd_spin_code *code,
                                struct kd_spin *out) KD_MUST_CHECK;

/* The same for a frame of a stack on CPU (-1: none).  Also KD_NOT_FOUND if its
   function or code is not known.  */
enum kd_status kd_spin_in_frame (struct kd_contexts *c,
                                 const struct kd_frame *f, int cpu,
                                 struct kd_spin *out) KD_MUST_CHECK;

#endif
