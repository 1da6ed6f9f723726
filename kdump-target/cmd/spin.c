/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spin: the loop that each CPU is in, and what would end it. */
#include "hang/spin.h"
#include "base/cursor.h"
#include "cmd/args.h"
#include "cmd/stack.h"

#include <inttypes.h>
#include <string.h>

/* How far up callers are looked at, for a loop round a call.  */
enum { MAX_CALLERS = 3 };

struct view {
  struct kd_session_state *s;
  struct kd_contexts *c;
  struct kd_writer *w;
  const struct kd_context_stack *stack; /* that is shown */
};

static void
show_code (struct view *v, const struct kd_spin *spin)
{
  kd_json_array (v->w, "loop");
  for (size_t i = 0; i < spin->ninsns; i++) {
    const struct kd_spin_insn *insn = &spin->insn[i];
    bool here = insn->addr == spin->current;
    struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
    struct kd_symbol sym;

    if (kd_kernel_symbol_at (v->s->kernel, insn->addr, &sym))
      kd_strbuf_printf (&name, "<+0x%" PRIx64 ">", insn->addr - sym.addr);
    kd_text (v->w, "  %s %016" PRIx64 " %-8s  %s\n", here ? "=>" : "  ",
             insn->addr, kd_strbuf_str (&name), insn->text);
    kd_json_object (v->w, NULL);
    kd_json_hex (v->w, "address", insn->addr);
    kd_json_str (v->w, "text", insn->text);
    kd_json_bool (v->w, "current", here);
    kd_json_end (v->w);
  }
  kd_json_end (v->w);
  if (spin->ninsns < spin->total)
    kd_text (v->w, "     and %zu instructions more\n",
             spin->total - spin->ninsns);
}

/* What is at ADDR: a symbol, else the stack that it is on; "" unknown.  */
static void
name_address (struct view *v, uint64_t addr, struct kd_strbuf *out)
{
  struct kd_stack stack;
  struct kd_symbol sym;

  if (kd_kernel_symbol_at (v->s->kernel, addr, &sym))
    kd_kernel_format_addr (v->s->kernel, addr, out);
  else if (kd_unwinder_find_stack (kd_contexts_unwinder (v->c), addr,
                                   v->stack->cpu, v->stack->task, &stack)
           && (stack.cpu < 0 || stack.cpu == v->stack->cpu))
    kd_strbuf_printf (out, "its %s stack", kd_stack_kind_name (stack.kind));
}

static void
json_hex (struct view *v, const char *key, bool known, uint64_t value)
{
  if (known)
    kd_json_hex (v->w, key, value);
  else
    kd_json_null (v->w, key);
}

static void
show_poll (struct view *v, const struct kd_spin_poll *p)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  uint8_t bytes[8] = { 0 };
  bool value = p->addr_known && p->size <= sizeof bytes
               && !kd_mem_read (v->s->kernel->mem, KD_KERNEL_SPACE, p->addr,
                                bytes, p->size, NULL);

  if (p->addr_known)
    name_address (v, p->addr, &name);
  kd_json_object (v->w, NULL);
  kd_json_hex (v->w, "instruction", p->at);
  json_hex (v, "address", p->addr_known, p->addr);
  kd_json_str_or_null (v->w, "name", kd_strbuf_str (&name));
  kd_json_u64 (v->w, "size", p->size);
  json_hex (v, "value", value, kd_le64 (bytes));
  kd_json_str (v->w, "until", p->until);
  kd_json_end (v->w);
  if (!p->addr_known) {
    kd_text (v->w,
             "  Polls what 0x%" PRIx64 " reads (%u bytes; its address is not "
             "known)\n    until %s.\n",
             p->at, p->size, p->until);
    return;
  }
  kd_text (v->w, "  Polls 0x%" PRIx64, p->addr);
  if (name.len)
    kd_text (v->w, " <%s>", kd_strbuf_str (&name));
  kd_text (v->w, " (%u byte%s)\n    until %s; ", p->size,
           p->size == 1 ? "" : "s", p->until);
  if (value)
    kd_text (v->w, "the dump has 0x%" PRIx64 " there.\n", kd_le64 (bytes));
  else
    kd_text (v->w, "the dump lacks it.\n");
}

static void
show_spin (struct view *v, const struct kd_spin *spin)
{
  show_code (v, spin);
  kd_json_array (v->w, "polls");
  for (size_t i = 0; i < spin->npolls; i++)
    show_poll (v, &spin->poll[i]);
  kd_json_end (v->w);
  kd_json_u64 (v->w, "exits", spin->exits);
  kd_json_u64 (v->w, "calls", spin->calls);
  if (!spin->exits)
    kd_text (v->w, "  No jump leaves this loop%s.\n",
             spin->calls ? ", but it calls functions" : "");
  else if (spin->npolls < spin->exits)
    kd_text (v->w, "  %zu way%s out whose condition is not known.\n",
             spin->exits - spin->npolls,
             spin->exits - spin->npolls == 1 ? "" : "s");
  if (spin->calls && spin->exits)
    kd_text (v->w, "  It calls functions: it may do more than wait.\n");
}

/* Why nothing is looked for in this context; NULL: it is looked for.  */
static const char *
why_not (const struct kd_context_stack *s, size_t i)
{
  const struct kd_context *ctx = &s->context[i];

  if (s->bt.frames[ctx->first].kind == KD_FRAME_USER)
    return "in user mode";
  if (s->panicked && i == 0)
    return "it panicked here";
  if (s->idle && ctx->kind == KD_CONTEXT_TASK)
    return "idle";
  return NULL;
}

static enum kd_status
show_context (struct view *v, const struct kd_context_stack *s, size_t i)
{
  const struct kd_context *ctx = &s->context[i];
  const char *why = why_not (s, i);
  struct kd_strbuf who KD_AUTO_STRBUF = { 0 }, where KD_AUTO_STRBUF = { 0 };
  struct kd_spin spin;
  enum kd_status st = KD_NOT_FOUND;
  size_t at = ctx->first;

  for (; !why && at < ctx->end && at <= ctx->first + MAX_CALLERS; at++) {
    st = kd_spin_in_frame (v->c, &s->bt.frames[at], s->cpu, &spin);
    if (st == KD_NOMEM)
      return st;
    if (!st)
      break;
  }
  if (st)
    at = ctx->first;
  kd_context_describe (s, ctx, &who);
  kd_stack_frame_name (v->s->kernel, &s->bt.frames[at], &where);
  kd_json_object (v->w, NULL);
  kd_json_u64 (v->w, "cpu", (unsigned)s->cpu);
  kd_json_str (v->w, "context", kd_context_kind_name (ctx->kind));
  kd_json_str (v->w, "where", kd_strbuf_str (&where));
  kd_json_u64 (v->w, "callers", at - ctx->first);
  kd_json_str_or_null (v->w, "why_not", why);
  kd_json_bool (v->w, "in_loop", !st);
  kd_text (v->w, "%s%s: ", kd_strbuf_str (&who),
           ctx->irqs == KD_IRQS_OFF ? ", interrupts off" : "");
  if (why)
    kd_text (v->w, "%s.\n", why);
  else if (st)
    kd_text (v->w, "in no loop that can be seen, at\n  %s.\n",
             kd_strbuf_str (&where));
  else if (at == ctx->first)
    kd_text (v->w, "in a loop, at\n  %s\n", kd_strbuf_str (&where));
  else
    kd_text (v->w, "in a call %zu deep from a loop, at\n  %s\n",
             at - ctx->first, kd_strbuf_str (&where));
  if (!st)
    show_spin (v, &spin);
  kd_json_end (v->w);
  return KD_OK;
}

static enum kd_status
show_cpu (struct view *v, unsigned cpu)
{
  const struct kd_context_stack *s;
  enum kd_status st = kd_contexts_cpu (v->c, cpu, &s);

  if (!st)
    v->stack = s;
  if (!st && !s->ncontexts) {
    const char *why = s->why ? s->why : "it has no frames";

    kd_text (v->w, "CPU %u: not known: %s\n", cpu, why);
    kd_json_object (v->w, NULL);
    kd_json_u64 (v->w, "cpu", cpu);
    kd_json_null (v->w, "context");
    kd_json_null (v->w, "where");
    kd_json_null (v->w, "callers");
    kd_json_str (v->w, "why_not", why);
    kd_json_bool (v->w, "in_loop", false);
    kd_json_end (v->w);
  }
  for (size_t i = 0; !st && i < s->ncontexts; i++)
    st = show_context (v, s, i);
  return st;
}

static enum kd_status
choose (struct kd_session_state *s, const struct kd_args *args, bool *cpus)
{
  enum kd_status st;

  if (!args->argc) {
    memset (cpus, true, s->kernel->ncpus);
    return KD_OK;
  }
  if (strcmp (args->argv[0], "-c") != 0)
    return kd_args_no_more (args, 0);
  if (args->argc < 2)
    return kd_fail (KD_USAGE, "-c needs a list of CPUs");
  st = kd_arg_cpu_list (s->kernel, args->argv[1], cpus);
  return st ? st : kd_args_no_more (args, 2);
}

static enum kd_status
spin_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  struct view v = { .s = s, .w = w };
  bool *cpus = kd_calloc (s->kernel->ncpus, sizeof *cpus);
  enum kd_status st;

  if (!cpus)
    return kd_fail (KD_NOMEM, "out of memory");
  st = choose (s, args, cpus);
  if (!st)
    st = kd_cmd_contexts (s, &v.c);
  kd_json_array (w, NULL);
  for (unsigned cpu = 0; !st && cpu < s->kernel->ncpus; cpu++)
    if (cpus[cpu])
      st = show_cpu (&v, cpu);
  kd_json_end (w);
  free (cpus);
  return st;
}

const struct kd_command kd_cmd_spin = {
  .name = "spin",
  .group = "Where is each CPU?",
  .summary = "the loop that each CPU is in, and what would end it",
  .usage = "spin [-c CPULIST] [--json]",
  .help
  = "Shows, for each CPU and for what was interrupted there, the innermost\n"
    "loop round the instruction it was at, in the code as it was in memory;\n"
    "without one, a loop of one of its three nearest callers, round the "
    "call.\n"
    "Then the memory that a way out of the loop depends on, what the dump "
    "has\n"
    "there, and what would end the loop.\n\n"
    "To be in a loop is no fault: whether it hangs is for `lockup' to say.\n"
    "Loops through jump tables or through code apart from the function\n"
    "(.cold) are not seen. Idle CPUs are not looked at, nor is what\n"
    "panicked.\n\n"
    "JSON: an array of {cpu, context, where, callers, why_not, in_loop} and,\n"
    "in a loop, {loop: [{address, text, current}], polls: [{instruction,\n"
    "address, name, size, value, until}], exits, calls}.\n",
  .run = spin_run,
};
