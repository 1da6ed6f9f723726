/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls that a function makes. */
#include "hang/calls.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <string.h>

/* Longer functions are not read.  */
#define MAX_CODE 65536

enum { NREGS = 16 };

/* Registers by their numbers in instructions; and by GDB's names.  */
static const struct {
  const char *name;
  x86_reg r64, r32;
  bool preserved; /* by calls */
} registers[NREGS] = {
  { "rax", X86_REG_RAX, X86_REG_EAX, false },
  { "rcx", X86_REG_RCX, X86_REG_ECX, false },
  { "rdx", X86_REG_RDX, X86_REG_EDX, false },
  { "rbx", X86_REG_RBX, X86_REG_EBX, true },
  { "rsp", X86_REG_RSP, X86_REG_ESP, false },
  { "rbp", X86_REG_RBP, X86_REG_EBP, true },
  { "rsi", X86_REG_RSI, X86_REG_ESI, false },
  { "rdi", X86_REG_RDI, X86_REG_EDI, false },
  { "r8", X86_REG_R8, X86_REG_R8D, false },
  { "r9", X86_REG_R9, X86_REG_R9D, false },
  { "r10", X86_REG_R10, X86_REG_R10D, false },
  { "r11", X86_REG_R11, X86_REG_R11D, false },
  { "r12", X86_REG_R12, X86_REG_R12D, true },
  { "r13", X86_REG_R13, X86_REG_R13D, true },
  { "r14", X86_REG_R14, X86_REG_R14D, true },
  { "r15", X86_REG_R15, X86_REG_R15D, true },
};
enum { RDI = 7 };

struct value {
  bool known;
  uint64_t v;
};

struct reader {
  struct kd_kernel *k;
  csh cs;
  cs_insn *insn;
  uint8_t *code; /* owned */
  uint64_t start, size, limit;
  int cpu;
  struct value frame[NREGS]; /* at the pc */
  uint64_t last_write[NREGS];
  struct value reg[NREGS];
};

static int
number_of (x86_reg reg)
{
  for (int i = 0; i < NREGS; i++)
    if (reg == registers[i].r64 || reg == registers[i].r32)
      return i;
  return -1;
}

static void
reader_deinit (struct reader *r)
{
  if (r->insn)
    cs_free (r->insn, 1);
  if (r->cs)
    cs_close (&r->cs);
  free (r->code);
}

static enum kd_status
reader_init (struct reader *r, struct kd_contexts *c, const struct kd_frame *f,
             int cpu)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_symbol sym;
  enum kd_status st;

  *r = (struct reader){ .k = k, .cpu = cpu };
  if (!kd_frame_symbol (k, f, &sym) || !sym.size || sym.size > MAX_CODE)
    return kd_fail (KD_NOT_FOUND, "the function at 0x%" PRIx64 " is not known",
                    f->pc);
  r->start = sym.addr;
  r->limit = f->pc;
  /* A return address may be one past the function's end.  */
  r->size = sym.size;
  r->code = malloc (r->size);
  if (!r->code)
    return kd_fail (KD_NOMEM, "out of memory for reading code");
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, r->start, r->code, r->size, NULL);
  if (st)
    return kd_context (KD_NOT_FOUND, "the code of %s", sym.name);
  if (cs_open (CS_ARCH_X86, CS_MODE_64, &r->cs) != CS_ERR_OK)
    return kd_fail (KD_NOMEM, "the disassembler does not start");
  cs_option (r->cs, CS_OPT_DETAIL, CS_OPT_ON);
  r->insn = cs_malloc (r->cs);
  if (!r->insn)
    return kd_fail (KD_NOMEM, "out of memory for the disassembler");
  for (int i = 0; i < NREGS; i++) {
    int reg = kd_arch_reg (k->mem->arch, registers[i].name);

    if (reg >= 0 && kd_regs_has (&f->regs, (unsigned)reg))
      r->frame[i] = (struct value){ true, f->regs.value[reg] };
  }
  return KD_OK;
}

static bool
next_insn (struct reader *r, uint64_t *offset)
{
  const uint8_t *code = r->code + *offset;
  size_t left = r->size - *offset;
  uint64_t addr = r->start + *offset;

  if (*offset >= r->size || addr >= r->limit
      || !cs_disasm_iter (r->cs, &code, &left, &addr, r->insn))
    return false;
  *offset = addr - r->start;
  return true;
}

static bool
is_stack_op (const cs_insn *insn)
{
  return insn->id == X86_INS_PUSH || insn->id == X86_INS_POP
         || insn->id == X86_INS_LEAVE;
}

/* Which registers does the instruction write, beside putting back the
   caller's?  */
static void
written (struct reader *r, bool *out)
{
  cs_regs read, write;
  uint8_t nread, nwrite;

  memset (out, 0, NREGS * sizeof *out);
  if (is_stack_op (r->insn)
      || cs_regs_access (r->cs, r->insn, read, &nread, write, &nwrite))
    return;
  for (uint8_t i = 0; i < nwrite; i++) {
    int reg = number_of (write[i]);

    if (reg >= 0)
      out[reg] = true;
  }
}

/* Where was each register written last before the pc?  */
static void
find_writes (struct reader *r)
{
  uint64_t offset = 0;
  bool w[NREGS];

  while (next_insn (r, &offset)) {
    written (r, w);
    for (int i = 0; i < NREGS; i++)
      if (w[i])
        r->last_write[i] = r->insn->address;
  }
}

/* What REG has when the instruction at AT begins.  */
static struct value
value_at (const struct reader *r, int reg, uint64_t at)
{
  if (reg < 0)
    return (struct value){ 0 };
  if (r->reg[reg].known)
    return r->reg[reg];
  if (registers[reg].preserved && r->last_write[reg] < at)
    return r->frame[reg];
  return (struct value){ 0 };
}

/* The address of memory operand OP.  */
static struct value
address_of (const struct reader *r, const cs_x86_op *op)
{
  struct value v = { true, (uint64_t)op->mem.disp };
  uint64_t at = r->insn->address;

  if (op->mem.base == X86_REG_RIP) {
    v.v += at + r->insn->size;
  } else if (op->mem.base != X86_REG_INVALID) {
    struct value base = value_at (r, number_of (op->mem.base), at);

    v.known &= base.known;
    v.v += base.v;
  }
  if (op->mem.index != X86_REG_INVALID) {
    struct value index = value_at (r, number_of (op->mem.index), at);

    v.known &= index.known;
    v.v += index.v * (uint64_t)op->mem.scale;
  }
  if (op->mem.segment == X86_REG_GS) {
    v.known &= r->cpu >= 0 && (unsigned)r->cpu < r->k->ncpus
               && r->k->cpus[r->cpu].percpu_offset;
    if (v.known)
      v.v += r->k->cpus[r->cpu].percpu_offset;
  } else if (op->mem.segment != X86_REG_INVALID) {
    v.known = false;
  }
  return v;
}

static struct value
operand (const struct reader *r, const cs_x86_op *op)
{
  struct value v = { 0 };

  if (op->type == X86_OP_IMM)
    return (struct value){ true, (uint64_t)op->imm };
  if (op->type == X86_OP_REG)
    return value_at (r, number_of (op->reg), r->insn->address);
  if (op->type != X86_OP_MEM || op->size != 8)
    return v;
  v = address_of (r, op);
  if (v.known && kd_mem_u64 (r->k->mem, v.v, &v.v))
    v.known = false;
  return v;
}

/* The effect of an instruction that computes into a register.  */
static void
track (struct reader *r)
{
  const cs_x86 *x = &r->insn->detail->x86;
  struct value v = { 0 };
  bool w[NREGS];
  int to = x->op_count == 2 && x->operands[0].type == X86_OP_REG
             ? number_of (x->operands[0].reg)
             : -1;

  if (to >= 0)
    switch (r->insn->id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
      v = operand (r, &x->operands[1]);
      if (x->operands[0].size == 4)
        v.v &= UINT32_MAX;
      break;
    case X86_INS_LEA:
      v = address_of (r, &x->operands[1]);
      break;
    case X86_INS_ADD: {
      struct value a = value_at (r, to, r->insn->address);
      struct value b = operand (r, &x->operands[1]);

      v = (struct value){ a.known && b.known, a.v + b.v };
      break;
    }
    default:
      break;
    }
  written (r, w);
  for (int i = 0; i < NREGS; i++)
    if (w[i])
      r->reg[i].known = false;
  if (to >= 0 && w[to])
    r->reg[to] = v;
}

/* Of what the instruction calls, or jumps to beyond the function.  */
static bool
take_call (struct reader *r, struct kd_call *out)
{
  const cs_x86_op *op = &r->insn->detail->x86.operands[0];
  struct kd_symbol sym;

  *out = (struct kd_call){ .at = r->insn->address, .name = "" };
  if (r->insn->detail->x86.op_count == 1 && op->type == X86_OP_IMM)
    out->target = (uint64_t)op->imm;
  if (r->insn->id == X86_INS_JMP) {
    out->kind = KD_CALL_JUMP;
    if (!out->target || out->target - r->start < r->size)
      return false;
  } else if (r->insn->id != X86_INS_CALL)
    return false;
  out->next = r->insn->address + r->insn->size;
  if (out->target && kd_kernel_symbol_at (r->k, out->target, &sym)
      && sym.addr == out->target)
    out->name = sym.name;
  out->arg_known = r->reg[RDI].known;
  out->arg = r->reg[RDI].v;
  return true;
}

/* Is it the store of a zero byte?  */
static bool
take_clear (const struct reader *r, struct kd_call *out)
{
  const cs_x86 *x = &r->insn->detail->x86;
  struct value at;

  if (r->insn->id != X86_INS_MOV || x->op_count != 2
      || x->operands[0].type != X86_OP_MEM || x->operands[0].size != 1
      || x->operands[1].type != X86_OP_IMM || x->operands[1].imm != 0)
    return false;
  at = address_of (r, &x->operands[0]);
  *out = (struct kd_call){ .kind = KD_CALL_CLEAR,
                           .at = r->insn->address,
                           .next = r->insn->address + r->insn->size,
                           .name = "",
                           .arg_known = at.known,
                           .arg = at.v };
  return true;
}

/* A call leaves nothing in the registers that it need not preserve.  */
static void
forget (struct reader *r)
{
  for (int i = 0; i < NREGS; i++)
    if (!registers[i].preserved)
      r->reg[i].known = false;
}

enum kd_status
kd_calls (struct kd_contexts *c, const struct kd_frame *f, int cpu,
          kd_call_fn *fn, void *arg)
{
  struct reader r KD_CLEANUP (reader_deinit) = { 0 };
  enum kd_status st = reader_init (&r, c, f, cpu);
  uint64_t offset = 0;
  struct kd_call call;

  if (st)
    return st;
  find_writes (&r);
  while (next_insn (&r, &offset)) {
    if (take_call (&r, &call)) {
      if (!fn (arg, &call))
        return KD_OK;
      forget (&r);
      continue;
    }
    if (take_clear (&r, &call) && !fn (arg, &call))
      return KD_OK;
    track (&r);
    /* What comes after a jump is reached from elsewhere.  */
    if (r.insn->id == X86_INS_JMP || r.insn->id == X86_INS_RET)
      memset (r.reg, 0, sizeof r.reg);
  }
  return KD_OK;
}

/* --- the ways through a function --- */

struct ways {
  struct reader *r;
  const uint64_t *avoid;
  size_t navoid;
  uint64_t target; /* pc; of a call the call instruction's end */
  bool target_is_return;
  uint8_t *seen;     /* by offset; owned */
  uint32_t *pending; /* offsets; owned */
  size_t npending;
};

static void
later (struct ways *w, uint64_t offset)
{
  if (offset >= w->r->size || w->seen[offset])
    return;
  w->seen[offset] = 1;
  w->pending[w->npending++] = (uint32_t)offset;
}

static bool
avoided (const struct ways *w, uint64_t at)
{
  for (size_t i = 0; i < w->navoid; i++)
    if (w->avoid[i] == at)
      return true;
  return false;
}

static bool
in_group (const cs_insn *insn, uint8_t group)
{
  for (uint8_t i = 0; i < insn->detail->groups_count; i++)
    if (insn->detail->groups[i] == group)
      return true;
  return false;
}

/* One instruction; true when it is the target.  */
static bool
step (struct ways *w, uint64_t offset)
{
  struct reader *r = w->r;
  const cs_x86_op *op;
  uint64_t next = offset;

  if (!w->target_is_return && r->start + offset == w->target)
    return true;
  if (avoided (w, r->start + offset) || !next_insn (r, &next))
    return false;
  if (w->target_is_return && r->start + next == w->target
      && r->insn->id == X86_INS_CALL)
    return true;
  op = &r->insn->detail->x86.operands[0];
  if (in_group (r->insn, X86_GRP_JUMP) && op->type == X86_OP_IMM)
    later (w, (uint64_t)op->imm - r->start);
  if (r->insn->id != X86_INS_JMP && r->insn->id != X86_INS_UD2
      && !in_group (r->insn, X86_GRP_RET))
    later (w, next);
  return false;
}

bool
kd_code_leads (struct kd_contexts *c, const struct kd_frame *f, uint64_t from,
               const uint64_t *avoid, size_t n)
{
  struct reader r KD_CLEANUP (reader_deinit) = { 0 };
  struct ways w = { .r = &r, .avoid = avoid, .navoid = n, .target = f->pc };
  bool found = false;

  if (reader_init (&r, c, f, -1))
    return false;
  r.limit = UINT64_MAX;
  w.target_is_return = f->kind == KD_FRAME_CALL;
  w.seen = kd_calloc (r.size, 1);
  w.pending = kd_calloc (r.size, sizeof *w.pending);
  if (w.seen && w.pending) {
    later (&w, from ? from - r.start : 0);
    while (w.npending && !found)
      found = step (&w, w.pending[--w.npending]);
  }
  free (w.seen);
  free (w.pending);
  return found;
}

struct wanted {
  uint64_t next;
  struct kd_call *out;
  bool found;
};

static bool
is_wanted (void *arg, const struct kd_call *call)
{
  struct wanted *w = arg;

  if (call->next != w->next || call->kind != KD_CALL)
    return true;
  *w->out = *call;
  w->found = true;
  return false;
}

enum kd_status
kd_call_of (struct kd_contexts *c, const struct kd_frame *f, int cpu,
            struct kd_call *out)
{
  struct wanted w = { .next = f->pc, .out = out };
  enum kd_status st = f->kind == KD_FRAME_CALL
                        ? kd_calls (c, f, cpu, is_wanted, &w)
                        : KD_NOT_FOUND;

  if (!st && !w.found)
    st = kd_fail (KD_NOT_FOUND, "no call returns to 0x%" PRIx64, f->pc);
  return st;
}
