/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bt: the stack of each CPU, across all its stacks. */
#include "cmd/args.h"
#include "cmd/describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- one frame --- */

static void
frame_name (struct kd_kernel *k, const struct kd_frame *f,
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
              const struct kd_frame *f, struct kd_writer *w)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };

  if (before->stack.low != f->stack.low
      && (f->kind != KD_FRAME_USER || before->stack.kind != KD_STACK_TASK)
      && before->stack.kind != KD_STACK_UNKNOWN)
    text_stack_mark (w, &before->stack);
  if (!f->regs_at)
    return;
  if (f->kind != KD_FRAME_USER) {
    frame_name (k, f, &name);
    kd_text (w, "    [exception RIP: %s]\n", kd_strbuf_str (&name));
  }
  text_registers (w, k->mem->arch, &f->regs);
}

static void
frame_module (struct kd_kernel *k, const struct kd_frame *f,
              const char *module, struct kd_writer *w)
{
  const struct kd_module *mod
    = f->kind == KD_FRAME_USER ? NULL : kd_kernel_module_at (k, f->pc);

  if (!module && mod)
    module = mod->name;
  if (module)
    kd_json_str (w, "module", module);
  else
    kd_json_null (w, "module");
}

static void
show_frame (struct kd_kernel *k, const struct kd_backtrace *bt, size_t i,
            struct kd_writer *w)
{
  const struct kd_frame *f = &bt->frames[i];
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  struct kd_symbol sym;

  if (i)
    text_between (k, &bt->frames[i - 1], f, w);
  frame_name (k, f, &name);
  kd_text (w, "#%-2zu [%016" PRIx64 "] %s%s\n", i, f->sp,
           kd_strbuf_str (&name), f->guess ? " (a guess)" : "");
  kd_json_object (w, NULL);
  kd_json_u64 (w, "level", i);
  kd_json_hex (w, "pc", f->pc);
  kd_json_hex (w, "sp", f->sp);
  if (kd_frame_symbol (k, f, &sym)) {
    kd_json_str (w, "symbol", sym.name);
    kd_json_u64 (w, "offset", f->pc - sym.addr);
  } else {
    kd_json_null (w, "symbol");
    kd_json_null (w, "offset");
    sym.module = NULL;
  }
  frame_module (k, f, sym.module, w);
  if (f->kind == KD_FRAME_USER)
    kd_json_null (w, "stack");
  else
    kd_json_str (w, "stack", kd_stack_kind_name (f->stack.kind));
  kd_json_str (w, "kind", frame_kind_name (f->kind));
  kd_json_bool (w, "guess", f->guess);
  if (f->kind != KD_FRAME_CALL)
    json_registers (w, k->mem->arch, &f->regs);
  kd_json_end (w);
}

/* --- one CPU --- */

static void
show_head (const struct kd_cpu *cpu, struct kd_writer *w)
{
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };

  kd_describe_cpu_state (cpu, &state);
  kd_text (w, "CPU %u", cpu->number);
  kd_json_u64 (w, "cpu", cpu->number);
  kd_json_bool (w, "panic", cpu->panicked);
  if (cpu->task) {
    kd_text (w, "  PID %d  %s  task 0x%" PRIx64, cpu->pid, cpu->comm,
             cpu->task);
    kd_json_i64 (w, "pid", cpu->pid);
    kd_json_str (w, "comm", cpu->comm);
    kd_json_hex (w, "task", cpu->task);
  } else {
    kd_json_null (w, "pid");
    kd_json_null (w, "comm");
    kd_json_null (w, "task");
  }
  kd_text (w, "  (%s)\n", kd_strbuf_str (&state));
}

static const char *
stop_name (enum kd_stop stop)
{
  static const char *const names[] = { "end", "user", "broken", "limit" };

  return names[stop];
}

static void
show_backtrace (struct kd_kernel *k, const struct kd_backtrace *bt,
                struct kd_writer *w)
{
  kd_json_array (w, "frames");
  for (size_t i = 0; i < bt->nframes; i++)
    show_frame (k, bt, i, w);
  kd_json_end (w);
  kd_json_str (w, "stop", stop_name (bt->stop));
  if (bt->reason[0]) {
    kd_text (w, "    %s%s\n", bt->nframes ? "The walk ends here. " : "",
             bt->reason);
    kd_json_str (w, "reason", bt->reason);
  } else {
    kd_json_null (w, "reason");
  }
}

static enum kd_status
show_cpu (struct kd_session_state *s, struct kd_unwinder *u, unsigned cpu,
          struct kd_writer *w)
{
  struct kd_backtrace bt;
  enum kd_status st = kd_unwind_cpu (u, cpu, &bt);

  if (st)
    return kd_context (st, "CPU %u", cpu);
  kd_json_object (w, NULL);
  show_head (&s->kernel->cpus[cpu], w);
  show_backtrace (s->kernel, &bt, w);
  kd_json_end (w);
  kd_backtrace_deinit (&bt);
  return KD_OK;
}

/* --- arguments --- */

static enum kd_status
parse (struct kd_session_state *s, const struct kd_args *args, bool *chosen)
{
  struct kd_kernel *k = s->kernel;
  bool any = false;

  for (int i = 0; i < args->argc; i++) {
    enum kd_status st = KD_OK;

    if (!strcmp (args->argv[i], "-a"))
      for (unsigned c = 0; c < k->ncpus; c++)
        chosen[c] = k->cpus[c].present || k->cpus[c].online;
    else if (strcmp (args->argv[i], "-c") != 0)
      return kd_args_no_more (args, i);
    else if (++i == args->argc)
      return kd_fail (KD_USAGE, "-c needs a list of CPUs");
    else
      st = kd_arg_cpu_list (k, args->argv[i], chosen);
    if (st)
      return st;
    any = true;
  }
  if (!any && s->cpu >= k->ncpus)
    return kd_fail (KD_NOT_FOUND, "there is no CPU %u", s->cpu);
  if (!any)
    chosen[s->cpu] = true;
  return KD_OK;
}

static enum kd_status
show_cpus (struct kd_session_state *s, const bool *chosen, struct kd_writer *w)
{
  struct kd_unwinder *u;
  enum kd_status st = kd_cmd_unwinder (s, &u);
  bool first = true;

  if (st)
    return st;
  kd_json_object (w, NULL);
  kd_json_str (w, "method", kd_unwinder_method (u));
  kd_json_array (w, "cpus");
  for (unsigned c = 0; c < s->kernel->ncpus && !st; c++)
    if (chosen[c]) {
      if (!first)
        kd_text (w, "\n");
      first = false;
      st = show_cpu (s, u, c, w);
    }
  kd_json_end (w);
  kd_json_end (w);
  return st;
}

/* The task that is selected instead of a CPU's.  */
static enum kd_status
show_task (struct kd_session_state *s, struct kd_writer *w)
{
  const struct kd_task *t = s->task;
  struct kd_unwinder *u;
  struct kd_backtrace bt;
  enum kd_status st = kd_cmd_unwinder (s, &u);

  if (!st)
    st = kd_unwind_task (u, t->addr, &bt);
  if (st)
    return st;
  kd_json_object (w, NULL);
  kd_json_str (w, "method", kd_unwinder_method (u));
  kd_json_array (w, "cpus");
  kd_json_object (w, NULL);
  kd_text (w, "PID %d  %s  task 0x%" PRIx64 "  (%s)\n", t->pid, t->comm,
           t->addr, kd_task_state_word (s->kernel, t));
  kd_json_null (w, "cpu");
  kd_json_bool (w, "panic", false);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
  kd_json_hex (w, "task", t->addr);
  show_backtrace (s->kernel, &bt, w);
  kd_json_end (w);
  kd_json_end (w);
  kd_json_end (w);
  kd_backtrace_deinit (&bt);
  return KD_OK;
}

static enum kd_status
bt_run (struct kd_session_state *s, const struct kd_args *args,
        struct kd_writer *w)
{
  bool *chosen = kd_calloc (s->kernel->ncpus, sizeof *chosen);
  enum kd_status st;

  if (s->task && !args->argc) {
    free (chosen);
    return show_task (s, w);
  }
  if (!chosen)
    return kd_fail (KD_NOMEM, "out of memory");
  st = parse (s, args, chosen);
  if (!st)
    st = show_cpus (s, chosen, w);
  free (chosen);
  return st;
}

const struct kd_command kd_cmd_bt = {
  .name = "bt",
  .group = "Where is each CPU?",
  .summary = "show the stack of a CPU",
  .usage = "bt [-a | -c CPULIST] [--json]",
  .help
  = "Walks the stack of the selected CPU (at first the one that panicked) or\n"
    "task (`thread'), of the CPUs in CPULIST (0-3,5), or of all (-a), by the\n"
    "kernel's own unwind tables. A line is a frame: its stack pointer, and\n"
    "the function with offset and size. Between two frames, `--- <IRQ stack>\n"
    "---' says which stack ends there; where a frame was interrupted, its\n"
    "registers stand before it. A walk that could not go on says why.\n\n"
    "JSON: {method, cpus: [{cpu, panic, pid, comm, task, frames: [{level, "
    "pc,\n"
    "sp, symbol, offset, module, stack, kind, guess, registers}], stop,\n"
    "reason}]}. kind is call (pc is a return address), exact (the first\n"
    "frame, or one that was interrupted) or user; the latter two have\n"
    "registers. stop is end, user, broken or limit. guess: the frame was\n"
    "reached by an assumption where the tables have nothing.\n",
  .run = bt_run,
};
