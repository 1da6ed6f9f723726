/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk: step after step, each checked against code and stacks. */
#include "unwind/walk.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <stdlib.h>

#define BIT(reg) (UINT32_C (1) << (reg))
#define GUARD_PAGE 4096
/* From here to the end the vsyscall page is user code at a kernel address.  */
#define VSYSCALL UINT64_C (0xffffffffff600000)
#define VSYSCALL_END UINT64_C (0xffffffffff601000)
/* The outermost frame lies at most so far below the end of a task's stack:
   pt_regs, and what entry code and the first call put below it.  */
#define NEAR_TOP 512

const char *
kd_stack_kind_name (enum kd_stack_kind kind)
{
  static const char *const names[]
    = { "unknown", "task", "IRQ", "softirq", "NMI",  "#DF",
        "#MC",     "#DB",  "#VC", "#VC2",    "entry" };

  return names[kind];
}

void
kd_backtrace_deinit (struct kd_backtrace *bt)
{
  free (bt->frames);
  *bt = (struct kd_backtrace){ 0 };
}

void
kd_walk_set_arch (struct kd_walk_env *env, const struct kd_arch *arch)
{
  env->arch = arch;
  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    env->map[i] = -1;
  for (unsigned i = 0; i < arch->nregs; i++)
    if (arch->regs[i].dwarf >= 0 && arch->regs[i].dwarf <= KD_DW_IP)
      env->map[arch->regs[i].dwarf] = (signed char)i;
  env->map[KD_DW_FLAGS] = (signed char)kd_arch_reg (arch, "eflags");
  env->map[KD_DW_CS] = (signed char)kd_arch_reg (arch, "cs");
  env->map[KD_DW_SS] = (signed char)kd_arch_reg (arch, "ss");
}

void
kd_walk_regs_in (const struct kd_walk_env *env, const struct kd_regs *regs,
                 struct kd_orc_regs *out)
{
  *out = (struct kd_orc_regs){ 0 };
  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    if (env->map[i] >= 0 && kd_regs_has (regs, (unsigned)env->map[i])) {
      out->value[i] = regs->value[env->map[i]];
      out->valid |= BIT (i);
    }
}

void
kd_walk_regs_out (const struct kd_walk_env *env,
                  const struct kd_orc_regs *regs, struct kd_regs *out)
{
  *out = (struct kd_regs){ 0 };
  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    if (env->map[i] >= 0 && regs->valid & BIT (i))
      kd_regs_set (out, (unsigned)env->map[i], regs->value[i]);
}

static const struct kd_stack *
stack_at (const struct kd_walk_env *env, uint64_t addr, uint64_t below)
{
  for (size_t i = 0; i < env->nstacks; i++) {
    const struct kd_stack *s = &env->stacks[i];

    if (addr >= s->low - below && addr < s->high)
      return s;
  }
  return NULL;
}

const struct kd_stack *
kd_walk_stack (const struct kd_walk_env *env, uint64_t sp)
{
  const struct kd_stack *s = stack_at (env, sp, 0);

  if (!s)
    s = stack_at (env, sp - 8, 0);
  return s ? s : stack_at (env, sp, GUARD_PAGE);
}

/* May a context on stack FROM have interrupted, or been called from, one on
   stack TO?  INTERRUPTED: there are registers between them.  */
static bool
may_follow (enum kd_stack_kind from, enum kd_stack_kind to, bool interrupted)
{
  switch (from) {
  case KD_STACK_TASK: /* always the outermost */
  case KD_STACK_ENTRY:
  case KD_STACK_UNKNOWN:
    return false;
  case KD_STACK_IRQ:
  case KD_STACK_SOFTIRQ:
    return to == KD_STACK_TASK || to == KD_STACK_IRQ || to == KD_STACK_SOFTIRQ;
  default: /* NMI and exceptions, anywhere */
    return interrupted;
  }
}

struct walk {
  const struct kd_walk_env *env;
  struct kd_backtrace *bt;
  size_t room;
  struct kd_orc_regs regs; /* of the last frame in bt */
  bool exact;              /* how to look that frame up */
  const struct kd_stack *stack;
  uint32_t visited; /* bit I: stacks[I] has been walked */
};

/* End the walk with a sentence; false, for callers to return.  */
static KD_PRINTF (2, 3) bool broken (struct walk *w, const char *fmt, ...)
{
  va_list ap;

  w->bt->stop = KD_STOP_BROKEN;
  va_start (ap, fmt);
  vsnprintf (w->bt->reason, sizeof w->bt->reason, fmt, ap);
  va_end (ap);
  return false;
}

static enum kd_status
push (struct walk *w, enum kd_frame_kind kind, bool guess)
{
  struct kd_backtrace *bt = w->bt;
  struct kd_frame *f;

  if (bt->nframes == w->room) {
    size_t room = w->room ? 2 * w->room : 32;
    struct kd_frame *frames = realloc (bt->frames, room * sizeof *frames);

    if (!frames)
      return kd_fail (KD_NOMEM, "out of memory for a backtrace");
    bt->frames = frames;
    w->room = room;
  }
  f = &bt->frames[bt->nframes++];
  *f = (struct kd_frame){ .kind = kind,
                          .pc = w->regs.value[KD_DW_IP],
                          .sp = w->regs.value[KD_DW_SP],
                          .guess = guess };
  if (w->stack)
    f->stack = *w->stack;
  kd_walk_regs_out (w->env, &w->regs, &f->regs);
  return KD_OK;
}

static void
visit (struct walk *w, const struct kd_stack *stack)
{
  w->stack = stack;
  if (stack)
    w->visited |= UINT32_C (1) << (stack - w->env->stacks);
}

static bool
user_mode (const struct kd_walk_env *env, const struct kd_orc_regs *regs)
{
  if (regs->valid & BIT (KD_DW_CS))
    return (regs->value[KD_DW_CS] & 3) != 0;
  return !env->arch->is_kernel_address (regs->value[KD_DW_IP])
         && !env->arch->is_kernel_address (regs->value[KD_DW_SP]);
}

/* How the walk can go on from the last frame.  */
struct advance {
  struct kd_orc_step step;
  bool next_exact;
  bool guess; /* assumed, not known */
  bool wild;  /* the frame's pc is no code: it was called through a bad
                 pointer */
};

static bool
near_top (const struct walk *w)
{
  return w->stack && w->stack->kind == KD_STACK_TASK
         && w->stack->high - w->regs.value[KD_DW_SP] <= NEAR_TOP;
}

/* The ORC tables have nothing for the code at PC: another way that is
   certain.  */
static bool
fall_back (struct walk *w, uint64_t pc, struct advance *a)
{
  const struct kd_walk_env *env = w->env;

  return env->fallback && env->is_text (env->arg, pc)
         && !env->fallback (env->arg, &w->regs, w->exact, &a->step);
}

static enum kd_status
advance_orc (struct walk *w, uint64_t pc, struct advance *a)
{
  const struct kd_walk_env *env = w->env;
  struct kd_orc_entry entry;
  enum kd_status st = env->find_entry (env->arg, pc, &entry);

  if (st && st != KD_NOT_FOUND)
    return st;
  if (st || entry.type == KD_ORC_TYPE_UNDEFINED) {
    if (!st && env->no_end && near_top (w)) {
      entry.type = KD_ORC_TYPE_END;
    } else if (fall_back (w, pc, a)) {
      return KD_OK;
    } else if (st) {
      entry = kd_orc_fp_entry;
      a->guess = true;
    }
  }
  a->next_exact = entry.signal;
  return kd_orc_step (&entry, &w->regs, env->read, env->arg, &a->step);
}

static enum kd_status
advance (struct walk *w, struct advance *a)
{
  const struct kd_walk_env *env = w->env;
  uint64_t pc = w->regs.value[KD_DW_IP];
  enum kd_status st;

  *a = (struct advance){ 0 };
  if (w->exact && !env->is_text (env->arg, pc)
      && !env->is_exec (env->arg, pc)) {
    a->wild = true;
    a->guess = pc != 0;
    return kd_orc_step (&kd_orc_null_entry, &w->regs, env->read, env->arg,
                        &a->step);
  }
  if (env->find_entry)
    return advance_orc (w, w->exact ? pc : pc - 1, a);
  st = env->step (env->arg, &w->regs, w->exact, &a->step);
  a->next_exact = a->step.kind == KD_ORC_REGS;
  return st;
}

/* Is the frame that was stepped to, with its stack pointer and what was read
   for it, on a stack where it may be?  Sets *STACK.  */
static bool
check_stack (struct walk *w, const struct kd_orc_step *s,
             const struct kd_stack **stack)
{
  const struct kd_walk_env *env = w->env;
  uint64_t sp = s->next.value[KD_DW_SP], from = w->regs.value[KD_DW_SP];
  const struct kd_stack *to = kd_walk_stack (env, sp);

  *stack = to;
  if (sp & 7)
    return broken (w, "The stack pointer 0x%" PRIx64 " is not aligned.", sp);
  if (!to)
    return broken (
      w, "The stack pointer 0x%" PRIx64 " is on no stack of this context.",
      sp);
  if (to == w->stack) {
    if (sp > from)
      return true;
    broken (w,
            "The stack pointer does not move up: 0x%" PRIx64
            " after 0x%" PRIx64 ".",
            sp, from);
    return false;
  }
  if (w->visited >> (to - env->stacks) & 1)
    broken (w, "The stack pointer 0x%" PRIx64 " is on the %s stack again.", sp,
            kd_stack_kind_name (to->kind));
  else if (!w->stack
           || !may_follow (w->stack->kind, to->kind, s->kind == KD_ORC_REGS))
    broken (w,
            "The stack pointer 0x%" PRIx64
            " is on the %s stack, which a frame on the %s stack cannot "
            "return to.",
            sp, kd_stack_kind_name (to->kind),
            kd_stack_kind_name (w->stack ? w->stack->kind : KD_STACK_UNKNOWN));
  else
    return true;
  return false;
}

/* Interrupted registers lie on the stack of the frame that has them, or
   (before the switch back) on the one that is switched to.  */
static bool
check_regs_at (struct walk *w, const struct kd_orc_step *s)
{
  uint64_t size = s->full ? 168 : 40;
  const struct kd_stack *at = stack_at (w->env, s->regs_at, 0);

  if (s->regs_at & 7 || !at || at->high - s->regs_at < size)
    return broken (w,
                   "The interrupted registers would be at 0x%" PRIx64
                   ", which is on no stack of this context.",
                   s->regs_at);
  if (at == w->stack && s->regs_at < w->regs.value[KD_DW_SP])
    return broken (w,
                   "The interrupted registers would be at 0x%" PRIx64
                   ", below the stack pointer 0x%" PRIx64 ".",
                   s->regs_at, w->regs.value[KD_DW_SP]);
  return true;
}

static bool
check_user (struct walk *w, const struct kd_orc_step *s)
{
  uint64_t pc = s->next.value[KD_DW_IP];

  if (w->env->arch->is_kernel_address (pc)
      && (pc < VSYSCALL || pc >= VSYSCALL_END))
    return broken (w,
                   "The registers at 0x%" PRIx64
                   " say user mode (cs 0x%" PRIx64
                   ") and the kernel address 0x%" PRIx64 ".",
                   s->regs_at, s->next.value[KD_DW_CS], pc);
  return true;
}

/* A return address must be code; where a walk is at its natural end there
   may be a zero instead.  */
static bool
check_return (struct walk *w, const struct advance *a)
{
  const struct kd_walk_env *env = w->env;
  uint64_t pc = a->step.next.value[KD_DW_IP];

  if (env->is_text (env->arg, pc - 1)
      || (!a->wild && env->is_exec (env->arg, pc - 1)))
    return true;
  if (a->wild)
    broken (w,
            "0x%" PRIx64 " is no code, and nor is 0x%" PRIx64
            " on top of the stack, where its return address would be.",
            w->regs.value[KD_DW_IP], pc);
  else if (!pc && near_top (w))
    w->bt->stop = KD_STOP_END;
  else
    broken (w,
            "The return address 0x%" PRIx64 ", read at 0x%" PRIx64
            ", is no code.",
            pc, a->step.cfa - 8);
  return false;
}

/* pt_regs has a word more than the processor's registers: the system call's
   number, or -1.  */
#define ORIG_AX 120

static void
add_regs_at (const struct walk *w, const struct kd_orc_step *s,
             struct kd_frame *f)
{
  int reg = kd_arch_reg (w->env->arch, "orig_rax");
  uint8_t raw[8];

  f->regs_at = s->regs_at;
  f->regs_full = s->full;
  if (s->full && reg >= 0
      && !w->env->read (w->env->arg, s->regs_at + ORIG_AX, raw, sizeof raw))
    kd_regs_set (&f->regs, (unsigned)reg, kd_le64 (raw));
}

/* Take the step if it is sane.  *MORE: the walk goes on.  */
static enum kd_status
take (struct walk *w, struct advance *a, bool *more)
{
  struct kd_orc_step *s = &a->step;
  struct kd_frame *last = &w->bt->frames[w->bt->nframes - 1];
  const struct kd_stack *stack = NULL;
  bool regs = s->kind == KD_ORC_REGS;
  enum kd_status st;

  *more = false;
  if (regs && !check_regs_at (w, s))
    return KD_OK;
  if (s->user) {
    if (!check_user (w, s))
      return KD_OK;
    w->bt->stop = KD_STOP_USER;
  } else if (!check_stack (w, s, &stack)) {
    return KD_OK;
  }
  if (!regs) {
    if (w->env->recover)
      w->env->recover (w->env->arg, s->cfa - 8, &s->next.value[KD_DW_IP]);
    if (!check_return (w, a))
      return KD_OK;
  }
  last->cfa = s->cfa;
  w->regs = s->next;
  w->exact = a->next_exact;
  visit (w, stack);
  st = push (w,
             s->user ? KD_FRAME_USER : (regs ? KD_FRAME_EXACT : KD_FRAME_CALL),
             a->guess || last->guess);
  if (!st && regs)
    add_regs_at (w, s, &w->bt->frames[w->bt->nframes - 1]);
  *more = !st && !s->user;
  return st;
}

/* From the last frame on until the walk ends.  */
static enum kd_status
run (struct walk *w)
{
  struct advance a;
  bool more = true;

  while (more) {
    enum kd_status st;

    if (w->bt->nframes >= KD_WALK_LIMIT) {
      w->bt->stop = KD_STOP_LIMIT;
      snprintf (w->bt->reason, sizeof w->bt->reason,
                "There are more than %d frames.", KD_WALK_LIMIT);
      return KD_OK;
    }
    st = advance (w, &a);
    if (st == KD_NOMEM)
      return st;
    if (st) {
      broken (w, "The next frame cannot be found: %s.", kd_error_text ());
      return KD_OK;
    }
    if (a.step.kind == KD_ORC_END) {
      w->bt->stop = KD_STOP_END;
      return KD_OK;
    }
    st = take (w, &a, &more);
    if (st)
      return st;
  }
  return KD_OK;
}

enum kd_status
kd_walk_stacks (const struct kd_walk_env *env, const struct kd_orc_regs *start,
                bool exact, struct kd_backtrace *out)
{
  struct walk w = { .env = env, .bt = out, .regs = *start, .exact = exact };
  bool user = user_mode (env, start);
  enum kd_status st;

  *out = (struct kd_backtrace){ 0 };
  if (~start->valid & (BIT (KD_DW_IP) | BIT (KD_DW_SP))) {
    broken (&w, "The program counter or the stack pointer is unknown.");
    return KD_OK;
  }
  if (!user)
    visit (&w, kd_walk_stack (env, start->value[KD_DW_SP]));
  st = push (&w,
             user ? KD_FRAME_USER : (exact ? KD_FRAME_EXACT : KD_FRAME_CALL),
             false);
  if (!st && user)
    out->stop = KD_STOP_USER;
  else if (!st && !w.stack)
    broken (&w,
            "The stack pointer 0x%" PRIx64 " is on no stack of this context.",
            start->value[KD_DW_SP]);
  else if (!st)
    st = run (&w);
  if (st)
    kd_backtrace_deinit (out);
  return st;
}
