/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A step by what the code itself does to the stack pointer: for functions
   that neither ORC nor CFI describes (ORC leaves out __crash_kexec, in which
   every panic by kexec ends). */
#include "base/cursor.h"
#include "unwind/unwinder.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdlib.h>

/* Longer functions are not worth it.  */
#define MAX_CODE 32768
#define MAX_PENDING 512

/* Where the stack pointer is, in bytes below its value at the function's
   entry.  */
struct state {
  int64_t depth;    /* of rsp */
  int64_t bp_depth; /* of rbp, when it is a frame pointer */
  int64_t bp_saved; /* of the caller's rbp; 0: not saved */
  bool depth_known, bp_known;
};

struct analysis {
  csh cs;
  uint8_t *code;                /* owned */
  uint64_t start, size, target; /* addresses, bytes */
  bool target_is_return;
  uint8_t *seen; /* by offset; owned */
  struct {
    uint64_t offset;
    struct state state;
  } pending[MAX_PENDING];
  size_t npending;
  bool found;
  struct state result;
};

static void
later (struct analysis *a, uint64_t offset, const struct state *s)
{
  if (offset < a->size && !a->seen[offset] && a->npending < MAX_PENDING) {
    a->pending[a->npending].offset = offset;
    a->pending[a->npending++].state = *s;
  }
}

static bool
is_reg (const cs_x86_op *op, x86_reg reg)
{
  return op->type == X86_OP_REG && op->reg == reg;
}

static bool
writes_sp (struct analysis *a, const cs_insn *insn)
{
  cs_regs read, write;
  uint8_t nread, nwrite;

  if (cs_regs_access (a->cs, insn, read, &nread, write, &nwrite))
    return true;
  for (uint8_t i = 0; i < nwrite; i++)
    if (write[i] == X86_REG_RSP || write[i] == X86_REG_ESP
        || write[i] == X86_REG_SP)
      return true;
  return false;
}

/* lea DISP(%rsp or %rbp),%rsp.  */
static void
apply_lea (const cs_x86_op *mem, struct state *s)
{
  bool plain = mem->type == X86_OP_MEM && mem->mem.index == X86_REG_INVALID;

  if (plain && mem->mem.base == X86_REG_RSP) {
    s->depth -= mem->mem.disp;
  } else {
    s->depth = s->bp_depth - mem->mem.disp;
    s->depth_known = plain && mem->mem.base == X86_REG_RBP && s->bp_known;
  }
}

static void
apply_mov (const cs_x86_op *ops, struct state *s)
{
  if (is_reg (&ops[0], X86_REG_RBP) && is_reg (&ops[1], X86_REG_RSP)) {
    s->bp_depth = s->depth;
    s->bp_known = s->depth_known;
  } else if (is_reg (&ops[0], X86_REG_RSP)) {
    s->depth = s->bp_depth;
    s->depth_known = is_reg (&ops[1], X86_REG_RBP) && s->bp_known;
  } else if (is_reg (&ops[0], X86_REG_RBP)) {
    s->bp_known = false;
  }
}

/* What INSN does to the stack pointer and the frame pointer.  */
static void
apply (struct analysis *a, const cs_insn *insn, struct state *s)
{
  const cs_x86_op *ops = insn->detail->x86.operands;
  bool imm = insn->detail->x86.op_count == 2 && is_reg (&ops[0], X86_REG_RSP)
             && ops[1].type == X86_OP_IMM;

  switch (insn->id) {
  case X86_INS_PUSH:
  case X86_INS_PUSHFQ:
    s->depth += 8;
    if (insn->id == X86_INS_PUSH && is_reg (&ops[0], X86_REG_RBP)
        && !s->bp_saved)
      s->bp_saved = s->depth;
    return;
  case X86_INS_POP:
  case X86_INS_POPFQ:
    s->depth -= 8;
    if (insn->id == X86_INS_POP && is_reg (&ops[0], X86_REG_RBP)) {
      s->bp_known = false;
      s->bp_saved = 0;
    } else if (insn->id == X86_INS_POP && is_reg (&ops[0], X86_REG_RSP))
      s->depth_known = false;
    return;
  case X86_INS_SUB:
  case X86_INS_ADD:
    if (imm) {
      s->depth += insn->id == X86_INS_SUB ? ops[1].imm : -ops[1].imm;
      return;
    }
    break;
  case X86_INS_LEA:
    if (is_reg (&ops[0], X86_REG_RSP)) {
      apply_lea (&ops[1], s);
      return;
    }
    break;
  case X86_INS_MOV:
    apply_mov (ops, s);
    return;
  case X86_INS_LEAVE:
    s->depth = s->bp_depth - 8;
    s->depth_known = s->bp_known;
    s->bp_known = false;
    s->bp_saved = 0;
    return;
  case X86_INS_CALL:
    return;
  default:
    break;
  }
  if (writes_sp (a, insn))
    s->depth_known = false;
}

static bool
in_group (const cs_insn *insn, uint8_t group)
{
  for (uint8_t i = 0; i < insn->detail->groups_count; i++)
    if (insn->detail->groups[i] == group)
      return true;
  return false;
}

/* Follow one path from OFFSET until it ends or was walked before.  */
static void
follow (struct analysis *a, cs_insn *insn, uint64_t offset, struct state s)
{
  while (offset < a->size && !a->seen[offset] && !a->found) {
    const uint8_t *code = a->code + offset;
    size_t left = a->size - offset;
    uint64_t addr = a->start + offset;

    a->seen[offset] = 1;
    if (!cs_disasm_iter (a->cs, &code, &left, &addr, insn))
      return;
    if (a->target_is_return ? addr == a->target : insn->address == a->target) {
      a->found = true;
      a->result = s;
      return;
    }
    offset = addr - a->start;
    apply (a, insn, &s);
    if (in_group (insn, X86_GRP_JUMP)) {
      const cs_x86_op *op = &insn->detail->x86.operands[0];

      if (op->type == X86_OP_IMM)
        later (a, (uint64_t)op->imm - a->start, &s);
      if (insn->id == X86_INS_JMP)
        return;
    }
    if (in_group (insn, X86_GRP_RET) || in_group (insn, X86_GRP_IRET)
        || insn->id == X86_INS_UD2 || insn->id == X86_INS_INT3)
      return;
  }
}

static enum kd_status
analyse (struct analysis *a)
{
  struct state entry = { .depth_known = true };
  cs_insn *insn;

  if (cs_open (CS_ARCH_X86, CS_MODE_64, &a->cs) != CS_ERR_OK)
    return kd_fail (KD_NOMEM, "the disassembler does not start");
  cs_option (a->cs, CS_OPT_DETAIL, CS_OPT_ON);
  insn = cs_malloc (a->cs);
  if (insn) {
    later (a, 0, &entry);
    while (a->npending && !a->found) {
      a->npending--;
      follow (a, insn, a->pending[a->npending].offset,
              a->pending[a->npending].state);
    }
    cs_free (insn, 1);
  }
  cs_close (&a->cs);
  if (!insn)
    return kd_fail (KD_NOMEM, "out of memory for the disassembler");
  if (!a->found)
    return kd_fail (KD_NOT_FOUND,
                    "no path through its code leads to 0x%" PRIx64, a->target);
  return KD_OK;
}

static enum kd_status
read_u64 (struct kd_unwinder *u, uint64_t at, uint64_t *out)
{
  uint8_t raw[8];
  enum kd_status st = kd_unwinder_read (u, at, raw, sizeof raw);

  if (!st)
    *out = kd_le64 (raw);
  return st;
}

/* The caller, with the function's entry stack pointer known from S.  */
static enum kd_status
caller (struct kd_unwinder *u, const struct kd_orc_regs *regs,
        const struct state *s, struct kd_orc_step *out)
{
  unsigned base = s->depth_known ? KD_DW_SP : KD_DW_BP;
  int64_t depth = s->depth_known ? s->depth : s->bp_depth;
  uint64_t entry_sp;
  enum kd_status st;

  if ((!s->depth_known && !s->bp_known) || !(regs->valid >> base & 1))
    return kd_fail (KD_NOT_FOUND,
                    "its code does not tell where the stack pointer is");
  entry_sp = regs->value[base] + (uint64_t)depth;
  *out = (struct kd_orc_step){ .kind = KD_ORC_CALLER, .cfa = entry_sp + 8 };
  out->next.value[KD_DW_SP] = entry_sp + 8;
  out->next.valid = 1U << KD_DW_IP | 1U << KD_DW_SP;
  st = read_u64 (u, entry_sp, &out->next.value[KD_DW_IP]);
  out->next.value[KD_DW_BP] = regs->value[KD_DW_BP];
  if (!st && s->bp_saved)
    st = read_u64 (u, entry_sp - (uint64_t)s->bp_saved,
                   &out->next.value[KD_DW_BP]);
  if (s->bp_saved || (regs->valid >> KD_DW_BP & 1 && !s->bp_known))
    out->next.valid |= 1U << KD_DW_BP;
  return st;
}

/* Is the instruction before RET a direct call of FUNCTION?  Then the step was
   right beyond doubt.  */
static bool
is_call_of (struct kd_unwinder *u, uint64_t ret, uint64_t function)
{
  uint8_t raw[5];

  return !kd_unwinder_read (u, ret - sizeof raw, raw, sizeof raw)
         && raw[0] == 0xe8
         && ret + (uint64_t)(int64_t)(int32_t)kd_le32 (raw + 1) == function;
}

static void
analysis_destroy (struct analysis *a)
{
  if (!a)
    return;
  free (a->code);
  free (a->seen);
  free (a);
}

static enum kd_status
analysis_create (struct kd_unwinder *u, const struct kd_symbol *sym,
                 struct analysis **out)
{
  struct analysis *a = kd_calloc (1, sizeof *a);
  enum kd_status st = KD_OK;

  if (a) {
    a->code = kd_calloc (sym->size, 1);
    a->seen = kd_calloc (sym->size, 1);
    a->start = sym->addr;
    a->size = sym->size;
  }
  if (!a || !a->code || !a->seen)
    st = kd_fail (KD_NOMEM, "out of memory for reading code");
  else
    st = kd_unwinder_read (u, sym->addr, a->code, sym->size);
  if (st)
    analysis_destroy (a);
  else
    *out = a;
  return st;
}

enum kd_status
kd_code_step (void *arg, const struct kd_orc_regs *regs, bool exact,
              struct kd_orc_step *out)
{
  struct kd_unwinder *u = arg;
  uint64_t pc = regs->value[KD_DW_IP];
  struct analysis *a = NULL;
  struct kd_symbol sym;
  enum kd_status st;

  if (!kd_kernel_symbol_at (u->kernel, exact ? pc : pc - 1, &sym) || !sym.size
      || sym.size > MAX_CODE)
    return kd_fail (KD_NOT_FOUND, "the function at 0x%" PRIx64 " is not known",
                    pc);
  st = analysis_create (u, &sym, &a);
  if (!st) {
    a->target = pc;
    a->target_is_return = !exact;
    st = analyse (a);
    if (!st)
      st = caller (u, regs, &a->result, out);
    analysis_destroy (a);
  }
  if (st)
    return kd_context (st, "reading the code of %s", sym.name);
  if (!is_call_of (u, out->next.value[KD_DW_IP], sym.addr))
    st = kd_fail (KD_NOT_FOUND,
                  "0x%" PRIx64 " would be the return address of %s, and no "
                  "call of it is there",
                  out->next.value[KD_DW_IP], sym.name);
  return st;
}
