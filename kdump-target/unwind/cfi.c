/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Call frame information of vmlinux: what ORC does not have (registers that
   calls preserve), and a last resort where there is nothing else. */
#include "base/cursor.h"
#include "unwind/unwinder.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <inttypes.h>
#include <stdlib.h>

static Dwarf_CFI *
get_cfi (struct kd_unwinder *u)
{
  void *dwarf;

  if (!u->kernel->vmlinux || kd_elf_dwarf (u->kernel->vmlinux, &dwarf))
    return NULL;
  return dwarf_getcfi (dwarf); /* the handle keeps and frees it */
}

bool
kd_cfi_is_there (struct kd_unwinder *u)
{
  return get_cfi (u) != NULL;
}

static enum kd_status
find_frame (struct kd_unwinder *u, uint64_t pc, Dwarf_Frame **out)
{
  Dwarf_CFI *cfi = get_cfi (u);

  if (!cfi)
    return kd_fail (KD_NOT_FOUND, "there is no call frame information");
  if (dwarf_cfi_addrframe (cfi, pc - u->kernel->mem->kaslr_offset, out))
    return kd_fail (KD_NOT_FOUND, "no call frame information for 0x%" PRIx64,
                    pc);
  return KD_OK;
}

/* Evaluate the few operations that CFI of compilers is made of.  */
static enum kd_status
evaluate (struct kd_unwinder *u, const Dwarf_Op *ops, size_t nops,
          const struct kd_orc_regs *regs, uint64_t cfa, uint64_t *out)
{
  uint64_t value = 0;

  for (size_t i = 0; i < nops; i++) {
    unsigned op = ops[i].atom, reg = op - DW_OP_breg0;
    int64_t offset = (int64_t)ops[i].number;
    uint8_t raw[8] = { 0 };
    enum kd_status st;

    if (op == DW_OP_bregx) {
      reg = (unsigned)ops[i].number;
      offset = (int64_t)ops[i].number2;
      op = DW_OP_breg0;
    }
    if (op >= DW_OP_breg0 && op <= DW_OP_breg31) {
      if (reg >= KD_ORC_NREGS || !(regs->valid >> reg & 1))
        return kd_fail (KD_NOT_FOUND,
                        "the unwind rule needs register %u, not known here",
                        reg);
      value = regs->value[reg] + (uint64_t)offset;
    } else if (op == DW_OP_call_frame_cfa) {
      value = cfa;
    } else if (op == DW_OP_plus_uconst) {
      value += ops[i].number;
    } else if (op == DW_OP_deref) {
      st = kd_unwinder_read (u, value, raw, sizeof raw);
      if (st)
        return st;
      value = kd_le64 (raw);
    } else {
      return kd_fail (KD_UNSUPPORTED, "DWARF operation 0x%x in unwind rules",
                      op);
    }
  }
  *out = value;
  return KD_OK;
}

/* The caller's value of REG by FRAME's rule: false if it is not known.  */
static bool
caller_register (struct kd_unwinder *u, Dwarf_Frame *frame, unsigned reg,
                 const struct kd_orc_regs *regs, uint64_t cfa, uint64_t *out)
{
  Dwarf_Op mem[3], *ops = NULL;
  size_t nops = 0;
  uint8_t raw[8] = { 0 };
  bool is_value;
  uint64_t at = 0;

  if (dwarf_frame_register (frame, (int)reg, mem, &ops, &nops))
    return false;
  if (!nops) {
    /* "Same value" is no expression at all; "undefined" is MEM.  */
    *out = regs->value[reg];
    return !ops && regs->valid >> reg & 1;
  }
  is_value = ops[nops - 1].atom == DW_OP_stack_value;
  if (evaluate (u, ops, nops - is_value, regs, cfa, &at))
    return false;
  if (is_value) {
    *out = at;
    return true;
  }
  if (kd_unwinder_read (u, at, raw, sizeof raw))
    return false;
  *out = kd_le64 (raw);
  return true;
}

/* rbx, rbp, r12 to r15: the psABI's registers that calls preserve.  */
static const unsigned char preserved[] = { 3, KD_DW_BP, 12, 13, 14, 15 };

enum kd_status
kd_cfi_step (void *arg, const struct kd_orc_regs *regs, bool exact,
             struct kd_orc_step *out)
{
  struct kd_unwinder *u = arg;
  uint64_t pc = regs->value[KD_DW_IP], cfa = 0;
  Dwarf_Frame *frame = NULL;
  Dwarf_Op *ops = NULL;
  size_t nops = 0;
  uint8_t raw[8] = { 0 };
  enum kd_status st;

  *out = (struct kd_orc_step){ .kind = KD_ORC_CALLER };
  st = find_frame (u, exact ? pc : pc - 1, &frame);
  if (st)
    return st;
  if (dwarf_frame_cfa (frame, &ops, &nops))
    st = kd_fail (KD_CORRUPT, "call frame information for 0x%" PRIx64 ": %s",
                  pc, dwarf_errmsg (-1));
  else
    st = evaluate (u, ops, nops, regs, 0, &cfa);
  if (!st)
    st = kd_unwinder_read (u, cfa - 8, raw, sizeof raw);
  if (!st) {
    out->next.value[KD_DW_IP] = kd_le64 (raw);
    out->next.value[KD_DW_SP] = out->cfa = cfa;
    out->next.valid = 1U << KD_DW_IP | 1U << KD_DW_SP;
    for (size_t i = 0; i < KD_ARRAY_SIZE (preserved); i++)
      if (caller_register (u, frame, preserved[i], regs, cfa,
                           &out->next.value[preserved[i]]))
        out->next.valid |= 1U << preserved[i];
  }
  free (frame);
  return st;
}

void
kd_unwind_registers (struct kd_unwinder *u, struct kd_backtrace *bt)
{
  struct kd_walk_env env;

  kd_walk_set_arch (&env, u->kernel->mem->arch);
  for (size_t i = 0; i + 1 < bt->nframes; i++) {
    struct kd_frame *f = &bt->frames[i], *next = f + 1;
    struct kd_orc_regs regs, above;
    Dwarf_Frame *frame = NULL;

    if (next->kind != KD_FRAME_CALL || !f->cfa
        || find_frame (u, f->kind == KD_FRAME_CALL ? f->pc - 1 : f->pc,
                       &frame))
      continue;
    kd_walk_regs_in (&env, &f->regs, &regs);
    kd_walk_regs_in (&env, &next->regs, &above);
    for (size_t j = 0; j < KD_ARRAY_SIZE (preserved); j++) {
      unsigned reg = preserved[j];

      /* rbp is ORC's business.  */
      if (reg != KD_DW_BP
          && caller_register (u, frame, reg, &regs, f->cfa, &above.value[reg]))
        above.valid |= 1U << reg;
    }
    kd_walk_regs_out (&env, &above, &next->regs);
    free (frame);
  }
}
