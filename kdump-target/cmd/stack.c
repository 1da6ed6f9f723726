/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Showing walked stacks. */
#include "cmd/stack.h"

#include "base/cursor.h"
#include "cmd/describe.h"
#include "kernel/lines.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 79, NAME_COLUMN = 23 };

/* --- one frame --- */

void
kd_stack_frame_name (struct kd_kernel *k, const struct kd_frame *f,
                     struct kd_strbuf *out)
{
  struct kd_symbol sym;

  if (!kd_frame_symbol (k, f, &sym)) {
    struct kd_module *mod = kd_kernel_module_at (k, f->pc);

    kd_strbuf_printf (out, "0x%016" PRIx64, f->pc);
    if (f->kind == KD_FRAME_USER)
      kd_strbuf_puts (out, " (user mode)");
    else if (mod)
      kd_strbuf_printf (out, " [%s]", mod->name);
    return;
  }
  kd_strbuf_printf (out, "%s+0x%" PRIx64, sym.name, f->pc - sym.addr);
  if (sym.size)
    kd_strbuf_printf (out, "/0x%" PRIx64, sym.size);
  if (sym.module)
    kd_strbuf_printf (out, " [%s]", sym.module);
}

static const char *
frame_kind_name (enum kd_frame_kind kind)
{
  static const char *const names[] = { "call", "exact", "user" };

  return names[kind];
}

/* The registers as the seasoned reader expects them; what is not known is
   left blank.  */
static void
text_registers (struct kd_writer *w, const struct kd_arch *arch,
                const struct kd_regs *regs)
{
  static const char *const rows[][3]
    = { { "rip", "rsp", "eflags" }, { "rax", "rbx", "rcx" },
        { "rdx", "rsi", "rdi" },    { "rbp", "r8", "r9" },
        { "r10", "r11", "r12" },    { "r13", "r14", "r15" },
        { "orig_rax", "cs", "ss" } };
  static const char *const labels[][3]
    = { { "RIP", "RSP", "RFLAGS" }, { "RAX", "RBX", "RCX" },
        { "RDX", "RSI", "RDI" },    { "RBP", "R8", "R9" },
        { "R10", "R11", "R12" },    { "R13", "R14", "R15" },
        { "ORIG_RAX", "CS", "SS" } };

  for (size_t i = 0; i < KD_ARRAY_SIZE (rows); i++) {
    bool any = false;

    for (size_t j = 0; j < 3; j++) {
      int reg = kd_arch_reg (arch, rows[i][j]);

      if (reg < 0 || !kd_regs_has (regs, (unsigned)reg))
        continue;
      kd_text (w, "%s%s: %0*" PRIx64, any ? "  " : "    ", labels[i][j],
               arch->regs[reg].bits == 32 && j ? (i ? 4 : 8) : 16,
               regs->value[reg]);
      any = true;
    }
    if (any)
      kd_text (w, "\n");
  }
}

static void
json_registers (struct kd_writer *w, const struct kd_arch *arch,
                const struct kd_regs *regs)
{
  kd_json_object (w, "registers");
  for (unsigned i = 0; i < arch->nregs; i++)
    if (kd_regs_has (regs, i))
      kd_json_hex (w, arch->regs[i].name, regs->value[i]);
  kd_json_end (w);
}

static void
text_stack_mark (struct kd_writer *w, const struct kd_stack *stack)
{
  bool exception = stack->kind >= KD_STACK_NMI && stack->kind <= KD_STACK_VC2;

  kd_text (w, "--- <%s%s stack> ---\n", kd_stack_kind_name (stack->kind),
           exception ? " exception" : "");
}

/* What is between the frame before and this one: the end of a stack, and the
   registers of what was interrupted.  */
static void
text_between (struct kd_kernel *k, const struct kd_frame *before,
              const struct kd_frame *f, const struct kd_stack_style *style,
              struct kd_writer *w)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };

  if (before->stack.low != f->stack.low
      && (f->kind != KD_FRAME_USER || before->stack.kind != KD_STACK_TASK)
      && before->stack.kind != KD_STACK_UNKNOWN)
    text_stack_mark (w, &before->stack);
  if (!f->regs_at || style->brief)
    return;
  if (f->kind != KD_FRAME_USER) {
    kd_stack_frame_name (k, f, &name);
    kd_text (w, "    [exception RIP: %s]\n", kd_strbuf_str (&name));
  }
  text_registers (w, k->mem->arch, &f->regs);
}

static void
json_module (struct kd_kernel *k, const struct kd_frame *f, const char *module,
             struct kd_writer *w)
{
  const struct kd_module *mod
    = f->kind == KD_FRAME_USER ? NULL : kd_kernel_module_at (k, f->pc);

  if (!module && mod)
    module = mod->name;
  kd_json_str_or_null (w, "module", module);
}

/* --- source --- */

const char *
kd_stack_source_path (const char *file, const char **prefix)
{
  static const char *const tops[] = { "/arch/", "/include/" };
  enum { LONG = 48 };
  const char *at;

  *prefix = "";
  if (file[0] != '/')
    return file;
  for (size_t i = 0; i < KD_ARRAY_SIZE (tops); i++)
    if ((at = strstr (file, tops[i])))
      return at + 1;
  if (strlen (file) <= LONG)
    return file;
  *prefix = ".../";
  return strrchr (file, '/') + 1;
}

/* "  FILE:LINE", below the name if the line gets too long.  */
static void
text_source (const struct kd_source_frame *src, size_t column,
             struct kd_writer *w)
{
  const char *prefix, *file;
  char number[16];
  size_t len;

  if (src && src->file) {
    file = kd_stack_source_path (src->file, &prefix);
    snprintf (number, sizeof number, ":%u", src->line);
    len = 2 + strlen (prefix) + strlen (file)
          + (src->line ? strlen (number) : 0);
    if (column + len > COLUMNS)
      kd_text (w, "\n%*s", NAME_COLUMN, "");
    kd_text (w, "  %s%s%s", prefix, file, src->line ? number : "");
  }
  kd_text (w, "\n");
}

static void
json_source (const struct kd_source_frame *src, struct kd_writer *w)
{
  kd_json_str_or_null (w, "file", src ? src->file : NULL);
  kd_json_u64_or_null (w, "line", src && src->line, src ? src->line : 0);
}

static size_t
source_of (struct kd_session_state *s, const struct kd_frame *f,
           const struct kd_stack_style *style,
           const struct kd_source_frame **out)
{
  struct kd_lines *lines;
  size_t n;

  *out = NULL;
  if (style->no_source || f->kind == KD_FRAME_USER || kd_cmd_lines (s, &lines)
      || kd_lines_at (lines, kd_frame_lookup_pc (f), out, &n))
    return 0;
  return n;
}

static void
text_head (size_t level, bool inlined, const struct kd_frame *f,
           const struct kd_stack_style *style, struct kd_writer *w)
{
  char number[16];

  snprintf (number, sizeof number, "#%zu", level);
  if (style->brief)
    kd_text (w, "%-4s", number);
  else if (inlined)
    kd_text (w, "%-4s%*s", number, NAME_COLUMN - 4, "");
  else
    kd_text (w, "%-4s[%016" PRIx64 "] ", number, f->sp);
}

/* The functions inlined at the frame's pc, then the frame itself.  *LEVEL
   counts both, as GDB does.  */
static void
text_frame (struct kd_session_state *s, const struct kd_frame *f,
            size_t *level, const struct kd_stack_style *style,
            struct kd_writer *w)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  const struct kd_source_frame *src;
  size_t n = source_of (s, f, style, &src);
  size_t column = style->brief ? 4 : NAME_COLUMN;

  for (size_t i = 0; i + 1 < n; i++) {
    const char *function = src[i].function ? src[i].function : "?";

    text_head ((*level)++, true, f, style, w);
    kd_text (w, "%s (inlined)", function);
    text_source (&src[i], column + strlen (function) + 10, w);
  }
  text_head ((*level)++, false, f, style, w);
  kd_stack_frame_name (s->kernel, f, &name);
  kd_text (w, "%s%s", kd_strbuf_str (&name), f->guess ? " (a guess)" : "");
  text_source (n ? &src[n - 1] : NULL, column + name.len + (f->guess ? 10 : 0),
               w);
  if (style->full && !f->regs_at)
    text_registers (w, s->kernel->mem->arch, &f->regs);
}

static void
json_frame (struct kd_session_state *s, const struct kd_frame *f, size_t level,
            const struct kd_stack_style *style, struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  const struct kd_source_frame *src;
  size_t n = source_of (s, f, style, &src);
  struct kd_symbol sym = { 0 };
  bool named = kd_frame_symbol (k, f, &sym);

  kd_json_object (w, NULL);
  kd_json_u64 (w, "level", level);
  kd_json_hex (w, "pc", f->pc);
  kd_json_hex (w, "sp", f->sp);
  kd_json_str_or_null (w, "symbol", named ? sym.name : NULL);
  kd_json_u64_or_null (w, "offset", named, f->pc - sym.addr);
  json_module (k, f, named ? sym.module : NULL, w);
  json_source (n ? &src[n - 1] : NULL, w);
  kd_json_array (w, "inlined");
  for (size_t i = 0; i + 1 < n; i++) {
    kd_json_object (w, NULL);
    kd_json_str_or_null (w, "function", src[i].function);
    json_source (&src[i], w);
    kd_json_end (w);
  }
  kd_json_end (w);
  kd_json_str_or_null (
    w, "stack",
    f->kind == KD_FRAME_USER ? NULL : kd_stack_kind_name (f->stack.kind));
  kd_json_str (w, "kind", frame_kind_name (f->kind));
  kd_json_bool (w, "guess", f->guess);
  if (f->kind != KD_FRAME_CALL || style->full)
    json_registers (w, k->mem->arch, &f->regs);
  kd_json_end (w);
}

/* --- stacks --- */

void
kd_stack_show_frames (struct kd_session_state *s,
                      const struct kd_backtrace *bt, size_t first, size_t end,
                      const struct kd_stack_style *style, struct kd_writer *w)
{
  size_t level = first;

  for (size_t i = first; i < end; i++) {
    const struct kd_frame *f = &bt->frames[i];

    if (w->json) {
      json_frame (s, f, i, style, w);
      continue;
    }
    if (i > first)
      text_between (s->kernel, f - 1, f, style, w);
    text_frame (s, f, &level, style, w);
  }
}

static const char *
stop_name (enum kd_stop stop)
{
  static const char *const names[] = { "end", "user", "broken", "limit" };

  return names[stop];
}

void
kd_stack_show (struct kd_session_state *s, const struct kd_backtrace *bt,
               const struct kd_stack_style *style, struct kd_writer *w)
{
  kd_json_array (w, "frames");
  kd_stack_show_frames (s, bt, 0, bt->nframes, style, w);
  kd_json_end (w);
  kd_json_str (w, "stop", stop_name (bt->stop));
  if (bt->reason[0])
    kd_text (w, "    %s%s\n", bt->nframes ? "The walk ends here. " : "",
             bt->reason);
  kd_json_str_or_null (w, "reason", bt->reason);
}

void
kd_stack_show_nmi (struct kd_session_state *s, unsigned cpu, bool why,
                   const struct kd_stack_style *style, struct kd_writer *w)
{
  struct kd_backtrace bt = { 0 };
  struct kd_unwinder *u;
  enum kd_status st = kd_cmd_unwinder (s, &u);

  if (!st)
    st = kd_unwind_nmi (u, cpu, &bt);
  if (st) {
    if (why)
      kd_text (w, "    The NMI part of the stack is not shown: %s.\n",
               kd_error_text ());
    kd_json_null (w, "nmi_frames");
    kd_json_str (w, "nmi_reason", kd_error_text ());
    return;
  }
  kd_json_array (w, "nmi_frames");
  kd_stack_show_frames (s, &bt, 0, bt.nframes, style, w);
  kd_json_end (w);
  kd_json_null (w, "nmi_reason");
  if (bt.nframes)
    text_stack_mark (w, &bt.frames[bt.nframes - 1].stack);
  kd_backtrace_deinit (&bt);
}

/* --- raw --- */

/* What VALUE points to, if that is cheap to say.  */
static void
annotate (struct kd_kernel *k, uint64_t value, struct kd_strbuf *out)
{
  struct kd_symbol sym;

  if (kd_kernel_is_text (k, value) || kd_kernel_symbol_at (k, value, &sym))
    kd_kernel_format_addr (k, value, out);
}

void
kd_stack_show_raw (struct kd_session_state *s, uint64_t sp, uint64_t high,
                   uint64_t limit, struct kd_writer *w)
{
  kd_json_array (w, "raw");
  for (uint64_t at = sp & ~UINT64_C (7); at < high && at - sp < limit;
       at += 8) {
    struct kd_strbuf what KD_AUTO_STRBUF = { 0 };
    uint64_t value;

    if (kd_mem_u64 (s->kernel->mem, at, &value)) {
      kd_text (w, "%016" PRIx64 ":  %s\n", at, kd_error_text ());
      break;
    }
    annotate (s->kernel, value, &what);
    kd_text (w, "%016" PRIx64 ":  %016" PRIx64 "%s%s\n", at, value,
             what.len ? "  " : "", kd_strbuf_str (&what));
    kd_json_object (w, NULL);
    kd_json_hex (w, "address", at);
    kd_json_hex (w, "value", value);
    kd_json_str_or_null (w, "symbol", kd_strbuf_str (&what));
    kd_json_end (w);
  }
  kd_json_end (w);
}
