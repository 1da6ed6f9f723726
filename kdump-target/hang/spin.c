/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop round an address. */
#include "hang/spin.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  MAX_CODE = 65536,    /* longer functions are not read */
  MAX_WORK = 20000000, /* steps in looking for loops */
  MAX_BACK = 8,        /* instructions from a jump back to what it tests */
};

static const struct {
  const char *name;
  x86_reg r64, r32, r16, r8;
} registers[16] = {
  { "rax", X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL },
  { "rcx", X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL },
  { "rdx", X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL },
  { "rbx", X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL },
  { "rsp", X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL },
  { "rbp", X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL },
  { "rsi", X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL },
  { "rdi", X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL },
  { "r8", X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B },
  { "r9", X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B },
  { "r10", X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B },
  { "r11", X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B },
  { "r12", X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B },
  { "r13", X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B },
  { "r14", X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B },
  { "r15", X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B },
};

/* A way from one instruction to another.  */
struct edge {
  uint32_t from, to;
  uint32_t next; /* edge to the same instruction, NONE */
};
#define NONE UINT32_MAX

struct graph {
  const struct kd_spin_code *code;
  csh cs;
  cs_insn *insn; /* owned, as all below */
  size_t n;
  struct edge *edge; /* at most two from each */
  size_t nedges;
  uint32_t *into;  /* first edge to each, NONE */
  uint8_t *mark;   /* scratch, a byte for each instruction */
  uint8_t *inside; /* of the best loop so far */
  uint32_t *stack; /* scratch */
  size_t size;     /* of the best loop; 0 none */
  size_t work;
  bool written[16]; /* registers, somewhere in the loop */
};

static void
graph_deinit (struct graph *g)
{
  if (g->insn)
    cs_free (g->insn, g->n);
  if (g->cs)
    cs_close (&g->cs);
  free (g->edge);
  free (g->into);
  free (g->mark);
  free (g->inside);
  free (g->stack);
}

static bool
in_group (const cs_insn *insn, uint8_t group)
{
  for (uint8_t i = 0;
       insn->id && insn->detail && i < insn->detail->groups_count; i++)
    if (insn->detail->groups[i] == group)
      return true;
  return false;
}

static const cs_x86_op *
operand (const cs_insn *insn, unsigned i)
{
  return insn->id && insn->detail && i < insn->detail->x86.op_count
           ? &insn->detail->x86.operands[i]
           : NULL;
}

static int
number_of (unsigned reg)
{
  for (int i = 0; i < 16; i++)
    if (reg == registers[i].r64 || reg == registers[i].r32
        || reg == registers[i].r16 || reg == registers[i].r8)
      return i;
  switch (reg) {
  case X86_REG_AH:
    return 0;
  case X86_REG_CH:
    return 1;
  case X86_REG_DH:
    return 2;
  case X86_REG_BH:
    return 3;
  default:
    return -1;
  }
}

/* Its second byte, not its lowest?  */
static bool
is_high (unsigned reg)
{
  return reg == X86_REG_AH || reg == X86_REG_CH || reg == X86_REG_DH
         || reg == X86_REG_BH;
}

/* Instructions are in the order of their addresses.  */
static uint32_t
index_of (const struct graph *g, uint64_t addr)
{
  size_t low = 0, high = g->n;

  while (low < high) {
    size_t mid = low + (high - low) / 2;

    if (g->insn[mid].address < addr)
      low = mid + 1;
    else
      high = mid;
  }
  return low < g->n && g->insn[low].address == addr ? (uint32_t)low : NONE;
}

/* --- the ways --- */

static void
add_edge (struct graph *g, size_t from, uint32_t to)
{
  if (to == NONE || to >= g->n)
    return;
  g->edge[g->nedges] = (struct edge){ (uint32_t)from, to, g->into[to] };
  g->into[to] = (uint32_t)g->nedges++;
}

static uint32_t
jump_target (const struct graph *g, const cs_insn *insn)
{
  const cs_x86_op *op = operand (insn, 0);

  return in_group (insn, X86_GRP_JUMP) && op && op->type == X86_OP_IMM
           ? index_of (g, (uint64_t)op->imm)
           : NONE;
}

/* Does it go on with the next instruction?  */
static bool
falls_through (const cs_insn *insn)
{
  return insn->id && insn->id != X86_INS_JMP && insn->id != X86_INS_UD2
         && insn->id != X86_INS_INT3 && !in_group (insn, X86_GRP_RET)
         && !in_group (insn, X86_GRP_IRET);
}

static bool
is_conditional (const cs_insn *insn)
{
  return in_group (insn, X86_GRP_JUMP) && insn->id != X86_INS_JMP;
}

static enum kd_status
graph_init (struct graph *g, const struct kd_spin_code *code)
{
  *g = (struct graph){ .code = code };
  if (cs_open (CS_ARCH_X86, CS_MODE_64, &g->cs) != CS_ERR_OK)
    return kd_fail (KD_NOMEM, "the disassembler does not start");
  cs_option (g->cs, CS_OPT_DETAIL, CS_OPT_ON);
  cs_option (g->cs, CS_OPT_SKIPDATA, CS_OPT_ON);
  g->n = cs_disasm (g->cs, code->code, code->size, code->start, 0, &g->insn);
  if (!g->n)
    return kd_fail (KD_CORRUPT, "0x%" PRIx64 " is no code", code->start);
  g->edge = kd_calloc (g->n * 2, sizeof *g->edge);
  g->into = kd_calloc (g->n, sizeof *g->into);
  g->mark = kd_calloc (g->n, 1);
  g->inside = kd_calloc (g->n, 1);
  g->stack = kd_calloc (g->n, sizeof *g->stack);
  if (!g->edge || !g->into || !g->mark || !g->inside || !g->stack)
    return kd_fail (KD_NOMEM, "out of memory for a function's code");
  memset (g->into, 0xff, g->n * sizeof *g->into);
  for (size_t i = 0; i < g->n; i++) {
    add_edge (g, i, jump_target (g, &g->insn[i]));
    if (falls_through (&g->insn[i]))
      add_edge (g, i, (uint32_t)i + 1);
  }
  return KD_OK;
}

/* --- the loop --- */

/* Mark what leads to FROM without passing HEAD; with HEAD, that is the loop
   closed by a way from FROM to HEAD.  False if that is no loop: it can be
   entered elsewhere than at HEAD, also by ways that are not known, or HEAD
   does not lead to FROM; or if it is no smaller than the best.  */
static bool
mark_loop (struct graph *g, uint32_t head, uint32_t from, size_t *size)
{
  size_t pending = 0;
  bool closed = from == head;

  memset (g->mark, 0, g->n);
  g->work += g->n / 16;
  g->mark[head] = 1;
  *size = 1;
  if (from != head) {
    g->mark[from] = 1;
    g->stack[pending++] = from;
    *size = 2;
  }
  while (pending) {
    uint32_t at = g->stack[--pending];

    if (at == 0 || g->into[at] == NONE || (g->size && *size >= g->size)
        || ++g->work > MAX_WORK)
      return false;
    for (uint32_t e = g->into[at]; e != NONE; e = g->edge[e].next) {
      closed |= g->edge[e].from == head;
      if (!g->mark[g->edge[e].from]) {
        g->mark[g->edge[e].from] = 1;
        g->stack[pending++] = g->edge[e].from;
        ++*size;
      }
    }
  }
  return closed && (!g->size || *size < g->size);
}

/* The smallest loop round instruction AT.  */
static bool
find_loop (struct graph *g, uint32_t at)
{
  for (size_t i = 0; i < g->nedges && g->work < MAX_WORK; i++) {
    const struct edge *e = &g->edge[i];
    size_t size;

    /* A loop's head is reached from it and from outside, unless it is the
       function's first.  */
    if (e->to && g->edge[g->into[e->to]].next == NONE)
      continue;
    if (!mark_loop (g, e->to, e->from, &size) || !g->mark[at])
      continue;
    memcpy (g->inside, g->mark, g->n);
    g->size = size;
  }
  return g->size != 0;
}

/* --- what it depends on --- */

static bool
writes (const struct graph *g, const cs_insn *insn, int reg)
{
  cs_regs read, write;
  uint8_t nread, nwrite;

  if (!insn->id || cs_regs_access (g->cs, insn, read, &nread, write, &nwrite))
    return true;
  for (uint8_t i = 0; i < nwrite; i++)
    if (number_of (write[i]) == reg)
      return true;
  /* What a call need not preserve: all but rbx, rsp, rbp, r12 to r15.  */
  return insn->id == X86_INS_CALL && reg != 3 && reg != 4 && reg != 5
         && reg < 12;
}

/* The value of REG, if it stays the same all through the loop.  */
static bool
constant (const struct graph *g, unsigned reg, uint64_t *out)
{
  int r = number_of (reg);

  if (r < 0 || !g->code->known[r] || g->written[r])
    return false;
  *out = g->code->reg[r];
  return true;
}

static void
resolve (const struct graph *g, const cs_insn *insn, const cs_x86_op *op,
         struct kd_spin_poll *poll)
{
  uint64_t base = 0, index = 0;
  bool known = true;

  poll->at = insn->address;
  poll->size = op->size;
  if (op->mem.base == X86_REG_RIP)
    base = insn->address + insn->size;
  else if (op->mem.base != X86_REG_INVALID)
    known = constant (g, op->mem.base, &base);
  if (op->mem.index != X86_REG_INVALID)
    known &= constant (g, op->mem.index, &index);
  poll->addr = base + index * (uint64_t)op->mem.scale + (uint64_t)op->mem.disp;
  if (op->mem.segment == X86_REG_GS) {
    known &= g->code->gs_base != 0;
    poll->addr += g->code->gs_base;
  } else if (op->mem.segment != X86_REG_INVALID) {
    known = false;
  }
  poll->addr_known = known;
}

static bool
sets_flags (const struct graph *g, const cs_insn *insn)
{
  cs_regs read, write;
  uint8_t nread, nwrite;

  if (cs_regs_access (g->cs, insn, read, &nread, write, &nwrite))
    return true;
  for (uint8_t i = 0; i < nwrite; i++)
    if (write[i] == X86_REG_EFLAGS)
      return true;
  return insn->id == X86_INS_CALL;
}

/* The memory that operand OP of instruction I has: itself, or what was loaded
   into the register in the straight way to it.  */
static bool
memory_of (const struct graph *g, size_t i, const cs_x86_op *op,
           struct kd_spin_poll *poll)
{
  int reg
    = op->type == X86_OP_REG && !is_high (op->reg) ? number_of (op->reg) : -1;

  if (op->type == X86_OP_MEM) {
    resolve (g, &g->insn[i], op, poll);
    return true;
  }
  for (size_t back = 0; reg >= 0 && back < MAX_BACK && i > 0; back++) {
    const cs_insn *insn;
    const cs_x86_op *to, *from;

    /* Nothing may jump in between.  */
    if (g->into[i] == NONE || g->edge[g->into[i]].next != NONE
        || g->edge[g->into[i]].from != i - 1 || !g->inside[i - 1])
      return false;
    insn = &g->insn[--i];
    if (!writes (g, insn, reg))
      continue;
    to = operand (insn, 0);
    from = operand (insn, 1);
    if ((insn->id != X86_INS_MOV && insn->id != X86_INS_MOVZX) || !to || !from
        || number_of (to->reg) != reg || from->type != X86_OP_MEM
        || from->size > 8)
      return false;
    resolve (g, insn, from, poll);
    if (is_high (to->reg))
      return false;
    if (op->size < poll->size)
      poll->size = op->size;
    return true;
  }
  return false;
}

/* Which conditional jump is the reverse of it?  */
static unsigned
reversed (unsigned id)
{
  static const unsigned pairs[][2] = {
    { X86_INS_JE, X86_INS_JNE }, { X86_INS_JB, X86_INS_JAE },
    { X86_INS_JA, X86_INS_JBE }, { X86_INS_JL, X86_INS_JGE },
    { X86_INS_JG, X86_INS_JLE }, { X86_INS_JS, X86_INS_JNS },
  };

  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    for (int j = 0; j < 2; j++)
      if (pairs[i][j] == id)
        return pairs[i][!j];
  return X86_INS_INVALID;
}

static const char *
relation (unsigned id)
{
  switch (id) {
  case X86_INS_JE:
    return "";
  case X86_INS_JNE:
    return "not ";
  case X86_INS_JB:
    return "below ";
  case X86_INS_JAE:
    return "at least ";
  case X86_INS_JA:
    return "above ";
  case X86_INS_JBE:
    return "at most ";
  default:
    return NULL;
  }
}

/* "bit 0 is clear", "it is 0": what TEST of MASK must come to for JUMP.  */
static bool
test_words (unsigned jump, uint64_t mask, unsigned size, char *out,
            size_t room)
{
  bool clear = jump == X86_INS_JE || jump == X86_INS_JNS;
  uint64_t all = size < 8 ? (1ULL << size * 8) - 1 : UINT64_MAX;

  mask &= all;
  if (jump == X86_INS_JS || jump == X86_INS_JNS)
    mask &= all ^ all >> 1;
  else if (jump != X86_INS_JE && jump != X86_INS_JNE)
    return false;
  if (!mask)
    return false;
  if (mask == all)
    snprintf (out, room, "it is %s0", clear ? "" : "not ");
  else if (!(mask & (mask - 1)))
    snprintf (out, room, "bit %d is %s", __builtin_ctzll (mask),
              clear ? "clear" : "set");
  else
    snprintf (out, room, "%s of bits 0x%" PRIx64 " is set",
              clear ? "none" : "any", mask);
  return true;
}

/* The words for leaving by JUMP after flags were set by instruction I.  */
static bool
condition (const struct graph *g, size_t i, unsigned jump,
           struct kd_spin_poll *poll)
{
  const cs_insn *insn = &g->insn[i];
  const cs_x86_op *a = operand (insn, 0), *b = operand (insn, 1);
  const char *rel = relation (jump);
  uint64_t v;

  if (!a || !b || !memory_of (g, i, a, poll))
    return false;
  /* The sign of what was widened is not that of the value.  */
  if ((jump == X86_INS_JS || jump == X86_INS_JNS) && a->size != poll->size)
    return false;
  if (insn->id == X86_INS_TEST
      || (insn->id == X86_INS_AND && a->type == X86_OP_REG)) {
    if (b->type == X86_OP_IMM)
      v = (uint64_t)b->imm;
    else if (a->type == X86_OP_REG && b->type == X86_OP_REG
             && a->reg == b->reg)
      v = UINT64_MAX; /* as for AND of a register with itself */
    else if (b->type != X86_OP_REG || !constant (g, b->reg, &v))
      return false;
    return test_words (jump, v, poll->size, poll->until, sizeof poll->until);
  }
  if (insn->id == X86_INS_BT && b->type == X86_OP_IMM
      && a->type == X86_OP_REG) {
    if (jump != X86_INS_JB && jump != X86_INS_JAE)
      return false;
    snprintf (poll->until, sizeof poll->until, "bit %d is %s",
              (int)(b->imm & 63), jump == X86_INS_JB ? "set" : "clear");
    return true;
  }
  if (insn->id != X86_INS_CMP || !rel)
    return false;
  if (b->type == X86_OP_IMM)
    v = (uint64_t)b->imm;
  else if (b->type != X86_OP_REG || !constant (g, b->reg, &v)) {
    snprintf (poll->until, sizeof poll->until, "it is %s%s", rel,
              b->type == X86_OP_REG ? cs_reg_name (g->cs, b->reg)
                                    : "another value");
    return true;
  }
  if (a->size < 8)
    v &= (1ULL << a->size * 8) - 1;
  snprintf (poll->until, sizeof poll->until,
            v < 10 ? "it is %s%" PRIu64 : "it is %s0x%" PRIx64, rel, v);
  return true;
}

/* What must be for conditional jump I to leave the loop?  */
static bool
exit_condition (const struct graph *g, size_t i, struct kd_spin_poll *poll)
{
  uint32_t target = jump_target (g, &g->insn[i]);
  bool taken = target == NONE || !g->inside[target];
  unsigned jump = taken ? g->insn[i].id : reversed (g->insn[i].id);

  for (size_t back = 0; back < MAX_BACK; back++) {
    if (i == 0 || g->into[i] == NONE || g->edge[g->into[i]].next != NONE
        || g->edge[g->into[i]].from != i - 1 || !g->inside[i - 1])
      return false;
    if (sets_flags (g, &g->insn[--i]))
      return condition (g, i, jump, poll);
  }
  return false;
}

/* --- the answer --- */

static bool
leaves (const struct graph *g, size_t i)
{
  const cs_insn *insn = &g->insn[i];
  uint32_t target = jump_target (g, insn);

  if (in_group (insn, X86_GRP_RET))
    return true;
  if (in_group (insn, X86_GRP_JUMP) && (target == NONE || !g->inside[target]))
    return true;
  return falls_through (insn) && (i + 1 >= g->n || !g->inside[i + 1]);
}

static void
take_text (const struct graph *g, csh att, size_t i, struct kd_spin *out)
{
  struct kd_spin_insn *to = &out->insn[out->ninsns];
  const cs_insn *from = &g->insn[i];
  cs_insn *text;

  if (out->ninsns == KD_SPIN_INSNS)
    return;
  to->addr = from->address;
  if (cs_disasm (att, from->bytes, from->size, from->address, 1, &text)) {
    snprintf (to->text, sizeof to->text, "%s%s%s", text->mnemonic,
              text->op_str[0] ? " " : "", text->op_str);
    cs_free (text, 1);
  }
  out->ninsns++;
}

static void
find_written (struct graph *g)
{
  for (size_t i = 0; i < g->n; i++)
    for (int r = 0; g->inside[i] && r < 16; r++)
      g->written[r] |= writes (g, &g->insn[i], r);
}

static enum kd_status
answer (const struct graph *g, struct kd_spin *out)
{
  csh att;

  if (cs_open (CS_ARCH_X86, CS_MODE_64, &att) != CS_ERR_OK)
    return kd_fail (KD_NOMEM, "the disassembler does not start");
  cs_option (att, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
  for (size_t i = 0; i < g->n; i++) {
    struct kd_spin_poll poll = { 0 };

    if (!g->inside[i])
      continue;
    out->total++;
    out->calls += g->insn[i].id == X86_INS_CALL;
    take_text (g, att, i, out);
    if (!leaves (g, i))
      continue;
    out->exits++;
    if (out->npolls < KD_SPIN_POLLS && is_conditional (&g->insn[i])
        && exit_condition (g, i, &poll))
      out->poll[out->npolls++] = poll;
  }
  cs_close (&att);
  return KD_OK;
}

enum kd_status
kd_spin_in_code (const struct kd_spin_code *code, struct kd_spin *out)
{
  struct graph g KD_CLEANUP (graph_deinit) = { 0 };
  enum kd_status st = graph_init (&g, code);
  uint32_t at = NONE;

  *out = (struct kd_spin){ 0 };
  if (st)
    return st;
  if (!code->after_call)
    at = index_of (&g, code->pc);
  for (size_t i = 0; code->after_call && i < g.n; i++)
    if (g.insn[i].id == X86_INS_CALL
        && g.insn[i].address + g.insn[i].size == code->pc)
      at = (uint32_t)i;
  if (at == NONE)
    return kd_fail (KD_CORRUPT, "0x%" PRIx64 " is between instructions",
                    code->pc);
  out->current = g.insn[at].address;
  if (!find_loop (&g, at))
    return kd_fail (KD_NOT_FOUND, "there is no loop round 0x%" PRIx64,
                    out->current);
  find_written (&g);
  return answer (&g, out);
}

enum kd_status
kd_spin_in_frame (struct kd_contexts *c, const struct kd_frame *f, int cpu,
                  struct kd_spin *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  struct kd_spin_code code = { .pc = f->pc };
  struct kd_symbol sym;
  uint8_t *bytes;
  enum kd_status st;

  if (!kd_frame_symbol (k, f, &sym) || !sym.size || sym.size > MAX_CODE)
    return kd_fail (KD_NOT_FOUND, "the function at 0x%" PRIx64 " is not known",
                    f->pc);
  bytes = malloc (sym.size);
  if (!bytes)
    return kd_fail (KD_NOMEM, "out of memory for code");
  code.code = bytes;
  code.start = sym.addr;
  code.size = sym.size;
  code.after_call = f->kind == KD_FRAME_CALL;
  if (cpu >= 0 && (unsigned)cpu < k->ncpus)
    code.gs_base = k->cpus[cpu].percpu_offset;
  for (int i = 0; i < 16; i++) {
    int reg = kd_arch_reg (k->mem->arch, registers[i].name);

    code.known[i] = reg >= 0 && kd_regs_has (&f->regs, (unsigned)reg);
    if (code.known[i])
      code.reg[i] = f->regs.value[reg];
  }
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, sym.addr, bytes, sym.size, NULL);
  if (st)
    st = kd_context (KD_NOT_FOUND, "the code of %s", sym.name);
  else
    st = kd_spin_in_code (&code, out);
  free (bytes);
  return st;
}
