/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dis: a function's code as it was in memory, with its source, and where each
   CPU is in it. */
#include "base/cursor.h"
#include "cmd/args.h"
#include "cmd/complete.h"
#include "cmd/stack.h"
#include "hang/context.h"

#include <capstone/capstone.h>
#include <inttypes.h>
#include <string.h>

enum { MAX_CODE = 262144, MAX_LOOPS = 8, DEFAULT_COUNT = 0 };

/* A jump back, drawn in the margin.  */
struct loop {
  size_t from, to; /* instruction numbers, TO <= FROM */
};

struct dis {
  struct kd_session_state *s;
  struct kd_writer *w;
  csh cs;
  cs_insn *insn; /* owned */
  size_t n;
  uint8_t *code;   /* as in memory; owned */
  uint8_t *linked; /* as in vmlinux; owned, NULL unknown */
  uint64_t start, size;
  struct kd_symbol sym;
  bool named;
  struct loop loop[MAX_LOOPS];
  size_t nloops;
  bool source;
};

static void
dis_deinit (struct dis *d)
{
  if (d->insn)
    cs_free (d->insn, d->n);
  if (d->cs)
    cs_close (&d->cs);
  free (d->code);
  free (d->linked);
}

/* --- reading --- */

/* The same bytes of vmlinux, to see what the kernel has patched.  */
static void
read_linked (struct dis *d)
{
  struct kd_kernel *k = d->s->kernel;
  const void *data;

  if (!k->vmlinux || (d->named && d->sym.module))
    return;
  data = kd_elf_data_at (k->vmlinux, d->start - k->mem->kaslr_offset, d->size);
  d->linked = data ? malloc (d->size) : NULL;
  if (d->linked)
    memcpy (d->linked, data, d->size);
}

static enum kd_status
read_code (struct dis *d)
{
  struct kd_kernel *k = d->s->kernel;
  enum kd_status st;

  d->code = malloc (d->size);
  if (!d->code)
    return kd_fail (KD_NOMEM, "out of memory for code");
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, d->start, d->code, d->size, NULL);
  if (st)
    return kd_context (st, "code at 0x%" PRIx64, d->start);
  read_linked (d);
  if (cs_open (CS_ARCH_X86, CS_MODE_64, &d->cs) != CS_ERR_OK)
    return kd_fail (KD_NOMEM, "the disassembler does not start");
  cs_option (d->cs, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
  cs_option (d->cs, CS_OPT_DETAIL, CS_OPT_ON);
  cs_option (d->cs, CS_OPT_SKIPDATA, CS_OPT_ON);
  d->n = cs_disasm (d->cs, d->code, d->size, d->start, 0, &d->insn);
  return d->n ? KD_OK
              : kd_fail (KD_CORRUPT, "0x%" PRIx64 " is no code", d->start);
}

/* --- what an instruction refers to --- */

static bool
has_detail (const cs_insn *insn)
{
  return insn->id && insn->detail;
}

static bool
in_group (const cs_insn *insn, uint8_t group)
{
  if (!has_detail (insn))
    return false;
  for (uint8_t i = 0; i < insn->detail->groups_count; i++)
    if (insn->detail->groups[i] == group)
      return true;
  return false;
}

/* The address that it jumps to, calls, or refers to; 0: none.  */
static uint64_t
refers_to (const cs_insn *insn)
{
  const cs_x86 *x = has_detail (insn) ? &insn->detail->x86 : NULL;

  if (!x)
    return 0;
  if (in_group (insn, X86_GRP_JUMP) || in_group (insn, X86_GRP_CALL))
    if (x->op_count == 1 && x->operands[0].type == X86_OP_IMM)
      return (uint64_t)x->operands[0].imm;
  for (uint8_t i = 0; i < x->op_count; i++) {
    const cs_x86_op *op = &x->operands[i];

    if (op->type == X86_OP_MEM && op->mem.base == X86_REG_RIP)
      return insn->address + insn->size + (uint64_t)op->mem.disp;
    if (op->type == X86_OP_MEM && op->mem.segment == X86_REG_GS
        && op->mem.base == X86_REG_INVALID && op->mem.disp)
      return 0;
    if (op->type == X86_OP_IMM && (uint64_t)op->imm >> 31 == 0x1ffffffff)
      return (uint64_t)op->imm;
  }
  return 0;
}

static size_t
index_of (const struct dis *d, uint64_t addr)
{
  for (size_t i = 0; i < d->n; i++)
    if (d->insn[i].address == addr)
      return i;
  return SIZE_MAX;
}

static void
find_loops (struct dis *d)
{
  for (size_t i = 0; i < d->n && d->nloops < MAX_LOOPS; i++) {
    uint64_t to
      = in_group (&d->insn[i], X86_GRP_JUMP) ? refers_to (&d->insn[i]) : 0;
    size_t j = to && to <= d->insn[i].address ? index_of (d, to) : SIZE_MAX;

    if (j != SIZE_MAX)
      d->loop[d->nloops++] = (struct loop){ i, j };
  }
}

/* --- marks --- */

/* Which CPUs were interrupted at ADDR, and whose calls return there?  */
static void
cpu_marks (struct dis *d, uint64_t addr, struct kd_strbuf *here,
           struct kd_strbuf *returns)
{
  struct kd_contexts *c;

  if (kd_cmd_contexts (d->s, &c))
    return;
  for (unsigned cpu = 0; cpu < d->s->kernel->ncpus; cpu++) {
    const struct kd_context_stack *s;

    if (kd_contexts_cpu (c, cpu, &s))
      continue;
    for (size_t i = 0; i < s->bt.nframes; i++) {
      const struct kd_frame *f = &s->bt.frames[i];

      if (f->pc != addr)
        continue;
      if (f->kind == KD_FRAME_CALL)
        kd_strbuf_printf (returns, "%s%u", returns->len ? "," : "", cpu);
      else
        kd_strbuf_printf (here, "%s%u", here->len ? "," : "", cpu);
    }
  }
}

/* Do the bytes differ by where the kernel runs alone: in one 32-bit word, by
   KASLR's offset?  */
static bool
is_relocation (const struct dis *d, const uint8_t *now, const uint8_t *then,
               size_t size)
{
  uint32_t offset = (uint32_t)d->s->kernel->mem->kaslr_offset;

  for (size_t at = 0; at + 4 <= size; at++) {
    uint32_t moved = kd_le32 (now + at) - kd_le32 (then + at);

    if ((moved == offset || moved == 0U - offset) && !memcmp (now, then, at)
        && !memcmp (now + at + 4, then + at + 4, size - at - 4))
      return true;
  }
  return false;
}

/* Bytes that differ from vmlinux's: what did the kernel patch?  */
static const char *
patch_mark (const struct dis *d, size_t i)
{
  const cs_insn *insn = &d->insn[i];
  size_t off = insn->address - d->start;
  const uint8_t *now = d->code + off, *then = d->linked;

  if (!then || !memcmp (now, then + off, insn->size)
      || is_relocation (d, now, then + off, insn->size))
    return NULL;
  then += off;
  if (now[0] == 0xc3
      || (now[0] == 0xcc && i && d->code[off - 1] != 0xe8
          && (d->code[off - 1] == 0xc3 || d->code[off - 1] == 0xcc)))
    return "patched: return";
  if (now[0] == 0xcc)
    return "patched: breakpoint (kprobe, or patching under way)";
  if (then[0] == 0xe8 && insn->size == 5 && off <= 4)
    return "patched: function tracing";
  if (insn->size == 5 && (now[0] == 0xe9 || then[0] == 0xe9))
    return "patched: static key";
  if (insn->size == 2 && (now[0] == 0xeb || then[0] == 0xeb))
    return "patched: static key";
  if (then[0] == 0xff || then[0] == 0xe8)
    return "patched: paravirt, static or indirect call";
  return "patched: alternative";
}

/* --- showing --- */

static void
show_source (struct dis *d, const cs_insn *insn, const char **file,
             unsigned *line)
{
  const struct kd_source_frame *src;
  const char *path, *prefix;
  struct kd_lines *lines;
  size_t n;

  if (!d->source || kd_cmd_lines (d->s, &lines)
      || kd_lines_at (lines, insn->address, &src, &n) || !src[0].file)
    return;
  if (*file && !strcmp (*file, src[0].file) && *line == src[0].line)
    return;
  *file = src[0].file;
  *line = src[0].line;
  path = kd_stack_source_path (*file, &prefix);
  kd_text (d->w, "%s%s:%u", prefix, path, *line);
  if (n > 1 && src[0].function)
    kd_text (d->w, " (%s, inlined)", src[0].function);
  kd_text (d->w, "\n");
}

/* The jumps back that pass instruction I: its margin.  */
static void
margin (const struct dis *d, size_t i, char *out)
{
  size_t k = 0;

  for (; k < d->nloops && k < 4; k++) {
    const struct loop *l = &d->loop[k];

    out[k] = ' ';
    if (l->from == l->to && i == l->to)
      out[k] = '@';
    else if (i == l->to)
      out[k] = '/';
    else if (i == l->from)
      out[k] = '\\';
    else if (i > l->to && i < l->from)
      out[k] = '|';
  }
  out[k] = '\0';
}

static void
show_reference (struct dis *d, const cs_insn *insn, struct kd_strbuf *out)
{
  struct kd_kernel *k = d->s->kernel;
  uint64_t to = refers_to (insn);
  struct kd_symbol sym;

  if (!to || !kd_kernel_symbol_at (k, to, &sym))
    return;
  if (d->named && sym.addr == d->sym.addr)
    kd_strbuf_printf (out, "<+0x%" PRIx64 ">", to - sym.addr);
  else {
    kd_strbuf_puts (out, "<");
    kd_kernel_format_addr (k, to, out);
    kd_strbuf_puts (out, ">");
  }
}

static void
json_insn (struct dis *d, const cs_insn *insn, const char *here,
           const char *returns, const char *reference, const char *patch)
{
  struct kd_strbuf bytes KD_AUTO_STRBUF = { 0 };
  const struct kd_source_frame *src = NULL;
  struct kd_lines *lines;
  size_t n = 0;

  for (uint16_t i = 0; i < insn->size; i++)
    kd_strbuf_printf (&bytes, "%02x", insn->bytes[i]);
  if (d->source
      && (kd_cmd_lines (d->s, &lines)
          || kd_lines_at (lines, insn->address, &src, &n)))
    n = 0;
  kd_json_object (d->w, NULL);
  kd_json_hex (d->w, "address", insn->address);
  kd_json_str (d->w, "bytes", kd_strbuf_str (&bytes));
  kd_json_str (d->w, "mnemonic", insn->mnemonic);
  kd_json_str (d->w, "operands", insn->op_str);
  kd_json_str_or_null (d->w, "refers_to", reference);
  kd_json_str_or_null (d->w, "cpus_here", here);
  kd_json_str_or_null (d->w, "cpus_return", returns);
  kd_json_str_or_null (d->w, "patched", patch);
  kd_json_str_or_null (d->w, "file", n ? src[0].file : NULL);
  kd_json_u64_or_null (d->w, "line", n && src[0].line, n ? src[0].line : 0);
  kd_json_end (d->w);
}

static void
show_insn (struct dis *d, size_t i, const char **file, unsigned *line)
{
  const cs_insn *insn = &d->insn[i];
  struct kd_strbuf here KD_AUTO_STRBUF = { 0 }, back KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf reference KD_AUTO_STRBUF = { 0 };
  const char *patch = patch_mark (d, i);
  char bars[8];

  cpu_marks (d, insn->address, &here, &back);
  show_reference (d, insn, &reference);
  if (d->w->json) {
    json_insn (d, insn, kd_strbuf_str (&here), kd_strbuf_str (&back),
               kd_strbuf_str (&reference), patch);
    return;
  }
  show_source (d, insn, file, line);
  margin (d, i, bars);
  if (here.len)
    kd_text (d->w, "=> CPU %s\n", kd_strbuf_str (&here));
  else if (back.len)
    kd_text (d->w, "   returned to on CPU %s\n", kd_strbuf_str (&back));
  kd_text (d->w, "%s %016" PRIx64 " <+0x%" PRIx64 ">%*s%-4s %s%s%s",
           here.len ? "=>" : "  ", insn->address, insn->address - d->start,
           insn->address - d->start < 16    ? 4
           : insn->address - d->start < 256 ? 3
                                            : 2,
           "", bars, insn->mnemonic, insn->op_str[0] ? " " : "", insn->op_str);
  if (reference.len)
    kd_text (d->w, "  %s", kd_strbuf_str (&reference));
  kd_text (d->w, "\n");
  if (patch)
    kd_text (d->w, "%27s%s\n", "", patch);
}

/* --- arguments --- */

/* Where to begin: the function round ADDR, or ADDR itself with a COUNT.  */
static enum kd_status
choose (struct dis *d, uint64_t addr, uint64_t count)
{
  struct kd_kernel *k = d->s->kernel;

  d->named = kd_kernel_symbol_at (k, addr, &d->sym);
  if (count) {
    d->start = addr;
    d->size = count * 15;
    return KD_OK;
  }
  if (!d->named || !d->sym.size)
    return kd_fail (KD_NOT_FOUND,
                    "what function 0x%" PRIx64 " is in is not known; give a "
                    "COUNT of instructions",
                    addr);
  d->start = d->sym.addr;
  d->size = d->sym.size < MAX_CODE ? d->sym.size : MAX_CODE;
  return KD_OK;
}

/* Where the selected CPU or task is.  */
static enum kd_status
own_pc (struct kd_session_state *s, uint64_t *addr)
{
  const struct kd_context_stack *stack;
  struct kd_contexts *c;
  enum kd_status st = kd_cmd_contexts (s, &c);

  if (!st)
    st = s->task ? kd_contexts_task (c, s->task->addr, &stack)
                 : kd_contexts_cpu (c, s->cpu, &stack);
  if (st)
    return st;
  if (!stack->bt.nframes)
    return kd_fail (KD_NOT_FOUND, "where it is is not known: %s", stack->why);
  *addr = kd_frame_lookup_pc (&stack->bt.frames[0]);
  return KD_OK;
}

static enum kd_status
parse (struct kd_session_state *s, const struct kd_args *args, struct dis *d,
       uint64_t *count)
{
  uint64_t addr;
  enum kd_status st;
  int i = 0;

  d->source = true;
  *count = DEFAULT_COUNT;
  if (i < args->argc && !strcmp (args->argv[i], "-n")) {
    d->source = false;
    i++;
  }
  st = i < args->argc ? kd_arg_address (s, args->argv[i++], &addr)
                      : own_pc (s, &addr);
  if (!st && i < args->argc) {
    st = kd_arg_number (args->argv[i++], "the count", count);
    if (!st && (*count == 0 || *count > MAX_CODE / 15))
      st = kd_fail (KD_USAGE, "COUNT must be from 1 to %d", MAX_CODE / 15);
  }
  if (!st)
    st = kd_args_no_more (args, i);
  return st ? st : choose (d, addr, *count);
}

static enum kd_status
dis_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  struct dis d KD_CLEANUP (dis_deinit) = { .s = s, .w = w };
  const char *file = NULL;
  unsigned line = 0;
  uint64_t count;
  enum kd_status st = parse (s, args, &d, &count);
  size_t n;

  if (!st)
    st = read_code (&d);
  if (st)
    return st;
  n = count && count < d.n ? (size_t)count : d.n;
  find_loops (&d);
  kd_json_object (w, NULL);
  kd_json_str_or_null (w, "function", d.named ? d.sym.name : NULL);
  kd_json_str_or_null (w, "module", d.named ? d.sym.module : NULL);
  if (d.named)
    kd_text (w, "%s%s%s%s:\n", d.sym.name, d.sym.module ? " [" : "",
             d.sym.module ? d.sym.module : "", d.sym.module ? "]" : "");
  kd_json_array (w, "instructions");
  for (size_t i = 0; i < n; i++)
    show_insn (&d, i, &file, &line);
  kd_json_end (w);
  kd_json_end (w);
  return KD_OK;
}

const struct kd_command kd_cmd_dis = {
  .name = "dis",
  .group = "Where is each CPU?",
  .summary = "disassemble a function as it was in memory",
  .usage = "dis [-n] [FUNCTION|ADDRESS [COUNT]] [--json]",
  .help
  = "Shows the function that the selected CPU or task is in, FUNCTION, or "
    "the\n"
    "one round ADDRESS; with COUNT so many instructions from there. The code\n"
    "is the dump's, with all that the kernel patched in it; what differs "
    "from\n"
    "vmlinux is marked, with what it probably is. Source lines stand between\n"
    "(-n: not). `=> CPU 3' is where that CPU was; jumps back are drawn on "
    "the\n"
    "left: / is where a loop begins, \\ the jump that closes it, @ a jump to\n"
    "itself.\n\n"
    "JSON: {function, module, instructions: [{address, bytes, mnemonic,\n"
    "operands, refers_to, cpus_here, cpus_return, patched, file, line}]}.\n",
  .run = dis_run,
  .complete = kd_complete_symbol,
};
