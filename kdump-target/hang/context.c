/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dividing a walked stack into the contexts that interrupted each other. */
#include "hang/context.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>

#define RFLAGS_IF (UINT64_C (1) << 9)

struct task_entry {
  struct task_entry *next;
  struct kd_context_stack stack;
};

/* Enough for a few thousand blocked tasks; more only get slower.  */
#define BUCKETS 1024

struct kd_contexts {
  struct kd_kernel *kernel;
  struct kd_unwinder *unwinder;
  struct kd_context_stack **cpu; /* by number; NULL not walked yet */
  struct task_entry *task[BUCKETS];
};

enum kd_status
kd_contexts_create (struct kd_kernel *kernel, struct kd_unwinder *unwinder,
                    struct kd_contexts **out)
{
  struct kd_contexts *c = kd_calloc (1, sizeof *c);

  *out = NULL;
  if (!c)
    return KD_NOMEM;
  c->kernel = kernel;
  c->unwinder = unwinder;
  c->cpu = kd_calloc (kernel->ncpus, sizeof (void *));
  if (!c->cpu) {
    free (c);
    return KD_NOMEM;
  }
  *out = c;
  return KD_OK;
}

void
kd_contexts_destroy (struct kd_contexts *c)
{
  if (!c)
    return;
  for (unsigned i = 0; i < c->kernel->ncpus; i++)
    if (c->cpu[i]) {
      kd_backtrace_deinit (&c->cpu[i]->bt);
      free (c->cpu[i]);
    }
  for (size_t i = 0; i < BUCKETS; i++)
    while (c->task[i]) {
      struct task_entry *e = c->task[i];

      c->task[i] = e->next;
      kd_backtrace_deinit (&e->stack.bt);
      free (e);
    }
  free (c->cpu);
  free (c);
}

struct kd_kernel *
kd_contexts_kernel (const struct kd_contexts *c)
{
  return c->kernel;
}

struct kd_unwinder *
kd_contexts_unwinder (const struct kd_contexts *c)
{
  return c->unwinder;
}

/* --- dividing --- */

const char *
kd_context_kind_name (enum kd_context_kind kind)
{
  static const char *const names[]
    = { "task", "softirq", "IRQ", "exception", "NMI" };

  return names[kind];
}

/* NAME is WANT, or WANT with a compiler's suffix.  */
static bool
same_function (const char *name, const char *want)
{
  size_t n = strlen (want);

  return !strncmp (name, want, n) && (!name[n] || name[n] == '.');
}

static size_t
find_frame (struct kd_kernel *k, const struct kd_backtrace *bt, size_t first,
            size_t end, const char *const *names)
{
  struct kd_symbol sym;

  for (size_t i = first; i < end; i++)
    if (kd_frame_symbol (k, &bt->frames[i], &sym))
      for (const char *const *n = names; *n; n++)
        if (same_function (sym.name, *n))
          return i;
  return SIZE_MAX;
}

size_t
kd_context_find (struct kd_contexts *c, const struct kd_context_stack *s,
                 const struct kd_context *ctx, const char *const *names)
{
  return find_frame (c->kernel, &s->bt, ctx->first, ctx->end, names);
}

static enum kd_irqs
flags_irqs (struct kd_kernel *k, const struct kd_frame *f)
{
  int reg = kd_arch_reg (k->mem->arch, "eflags");

  if (f->kind == KD_FRAME_CALL || reg < 0
      || !kd_regs_has (&f->regs, (unsigned)reg))
    return KD_IRQS_UNKNOWN;
  return f->regs.value[reg] & RFLAGS_IF ? KD_IRQS_ON : KD_IRQS_OFF;
}

/* The entry code of an interrupt goes by such names; that of an exception is
   asm_exc_* or, before 5.8, has the exception's own name.  */
static bool
is_irq_entry (const char *name)
{
  static const char *const exact[]
    = { "common_interrupt",       "asm_common_interrupt", "ret_from_intr",
        "asm_spurious_interrupt", "common_spurious",      "interrupt_entry",
        "irq_entries_start",      "spurious_interrupt",   NULL };

  if (!strncmp (name, "asm_sysvec_", 11) || !strncmp (name, "xen_asm_sys", 11))
    return true;
  for (size_t i = 0; exact[i]; i++)
    if (same_function (name, exact[i]))
      return true;
  /* apic_timer_interrupt, call_function_single_interrupt,
     reschedule_interrupt, hv_stimer0_callback_vector ... */
  return strstr (name, "_interrupt") || strstr (name, "_ipi")
         || strstr (name, "_callback_vector");
}

/* What kind of thing are the frames before INTERRUPTED, which have all been
   entered by interrupting it?  */
static enum kd_context_kind
kind_of_interruption (struct kd_kernel *k, const struct kd_backtrace *bt,
                      size_t interrupted)
{
  const struct kd_frame *entry = &bt->frames[interrupted - 1];
  struct kd_symbol sym;

  switch (entry->stack.kind) {
  case KD_STACK_NMI:
    return KD_CONTEXT_NMI;
  case KD_STACK_DF:
  case KD_STACK_MCE:
  case KD_STACK_DB:
  case KD_STACK_VC:
  case KD_STACK_VC2:
    return KD_CONTEXT_EXCEPTION;
  default:
    break;
  }
  if (!kd_frame_symbol (k, entry, &sym))
    sym.name = NULL;
  /* From user mode an NMI goes on with the task's stack.  */
  if (sym.name
      && (same_function (sym.name, "asm_exc_nmi")
          || same_function (sym.name, "nmi")))
    return KD_CONTEXT_NMI;
  /* No interrupt comes in with interrupts off.  */
  if (flags_irqs (k, &bt->frames[interrupted]) == KD_IRQS_OFF)
    return KD_CONTEXT_EXCEPTION;
  if (sym.name)
    return is_irq_entry (sym.name) ? KD_CONTEXT_IRQ : KD_CONTEXT_EXCEPTION;
  return entry->stack.kind == KD_STACK_IRQ ? KD_CONTEXT_IRQ
                                           : KD_CONTEXT_EXCEPTION;
}

static void
add_context (struct kd_kernel *k, struct kd_context_stack *s,
             enum kd_context_kind kind, size_t first, size_t end)
{
  struct kd_context *ctx;

  if (s->ncontexts == KD_CONTEXTS) { /* the outermost ones become one */
    s->context[KD_CONTEXTS - 1].end = end;
    return;
  }
  ctx = &s->context[s->ncontexts++];
  ctx->kind = kind;
  ctx->first = first;
  ctx->end = end;
  ctx->irqs = flags_irqs (k, &s->bt.frames[first]);
}

/* Frames [FIRST, END), all of KIND but for softirqs that run within.  */
static void
divide (struct kd_kernel *k, struct kd_context_stack *s,
        enum kd_context_kind kind, size_t first, size_t end)
{
  static const char *const names[]
    = { "__do_softirq", "handle_softirqs", "__softirqentry_text_start", NULL };
  size_t i = kind == KD_CONTEXT_IRQ || kind == KD_CONTEXT_TASK
               ? find_frame (k, &s->bt, first, end, names)
               : SIZE_MAX;

  if (i != SIZE_MAX) {
    add_context (k, s, KD_CONTEXT_SOFTIRQ, first, i + 1);
    first = i + 1;
  }
  if (first < end)
    add_context (k, s, kind, first, end);
}

static void
find_contexts (struct kd_kernel *k, struct kd_context_stack *s)
{
  size_t first = 0;

  for (size_t i = 1; i < s->bt.nframes; i++) {
    const struct kd_frame *f = &s->bt.frames[i];
    enum kd_context_kind kind;

    if (!f->regs_at)
      continue;
    kind = kind_of_interruption (k, &s->bt, i);
    /* System calls and faults of user mode are what the task itself does.  */
    if (f->kind == KD_FRAME_USER && kind == KD_CONTEXT_EXCEPTION)
      continue;
    divide (k, s, kind, first, i);
    first = i;
  }
  if (first < s->bt.nframes)
    divide (k, s, KD_CONTEXT_TASK, first, s->bt.nframes);
}

/* --- stacks --- */

static enum kd_status
walk_cpu (struct kd_contexts *c, unsigned number, struct kd_context_stack *s)
{
  const struct kd_cpu *cpu = &c->kernel->cpus[number];
  enum kd_status st;

  s->cpu = (int)number;
  s->task = cpu->task;
  s->pid = cpu->task ? cpu->pid : -1;
  memcpy (s->comm, cpu->comm, sizeof s->comm);
  s->idle = cpu->idle;
  s->panicked = cpu->panicked;
  if (cpu->source == KD_REGS_NONE) {
    s->why = cpu->why_no_regs ? cpu->why_no_regs : "its registers are unknown";
    return KD_OK;
  }
  st = kd_unwind_cpu (c->unwinder, number, &s->bt);
  if (st == KD_NOMEM)
    return st;
  if (st)
    s->why = "its stack cannot be walked";
  return KD_OK;
}

static enum kd_status
walk_task (struct kd_contexts *c, const struct kd_task *t,
           struct kd_context_stack *s)
{
  enum kd_status st;

  s->cpu = -1;
  s->task = t->addr;
  s->pid = t->pid;
  memcpy (s->comm, t->comm, sizeof s->comm);
  s->idle = t->idle;
  st = kd_unwind_task (c->unwinder, t->addr, &s->bt);
  if (st == KD_NOMEM)
    return st;
  if (st)
    s->why = st == KD_NOT_FOUND ? "it has no stack any more"
                                : "its stack cannot be walked";
  return KD_OK;
}

static void
finish (struct kd_contexts *c, struct kd_context_stack *s)
{
  kd_unwind_registers (c->unwinder, &s->bt);
  find_contexts (c->kernel, s);
  if (!s->bt.nframes && !s->why)
    s->why = "its stack cannot be walked";
}

enum kd_status
kd_contexts_cpu (struct kd_contexts *c, unsigned cpu,
                 const struct kd_context_stack **out)
{
  *out = NULL;
  if (cpu >= c->kernel->ncpus)
    return kd_fail (KD_USAGE, "there is no CPU %u", cpu);
  if (!c->cpu[cpu]) {
    struct kd_context_stack *s = kd_calloc (1, sizeof *s);

    if (!s)
      return KD_NOMEM;
    if (walk_cpu (c, cpu, s)) {
      free (s);
      return KD_NOMEM;
    }
    finish (c, s);
    c->cpu[cpu] = s;
  }
  *out = c->cpu[cpu];
  return KD_OK;
}

enum kd_status
kd_contexts_task (struct kd_contexts *c, uint64_t task,
                  const struct kd_context_stack **out)
{
  struct task_entry **bucket = &c->task[task / 64 % BUCKETS], *e;
  const struct kd_task *t;
  enum kd_status st;

  *out = NULL;
  for (e = *bucket; e; e = e->next)
    if (e->stack.task == task) {
      *out = &e->stack;
      return KD_OK;
    }
  st = kd_task_by_addr (c->kernel, task, &t);
  if (st)
    return st;
  if (t->running)
    return kd_contexts_cpu (c, t->cpu, out);
  e = kd_calloc (1, sizeof *e);
  if (!e)
    return KD_NOMEM;
  if (walk_task (c, t, &e->stack)) {
    free (e);
    return KD_NOMEM;
  }
  finish (c, &e->stack);
  e->next = *bucket;
  *bucket = e;
  *out = &e->stack;
  return KD_OK;
}

void
kd_context_describe (const struct kd_context_stack *s,
                     const struct kd_context *ctx, struct kd_strbuf *out)
{
  if (s->cpu >= 0)
    kd_strbuf_printf (out, "CPU %d", s->cpu);
  if (ctx && ctx->kind != KD_CONTEXT_TASK) {
    kd_strbuf_printf (out, "%s%s", s->cpu >= 0 ? ", " : "",
                      kd_context_kind_name (ctx->kind));
    return;
  }
  if (s->cpu < 0)
    kd_strbuf_printf (out, "PID %d", s->pid);
  if (s->comm[0] && s->cpu >= 0)
    kd_strbuf_printf (out, " [%s %d]", s->comm, s->pid);
  else if (s->comm[0])
    kd_strbuf_printf (out, " [%s]", s->comm);
}
