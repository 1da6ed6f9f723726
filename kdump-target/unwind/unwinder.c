/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The unwinder of one dump: which method, and the walks it offers. */
#include "unwind/unwinder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kd_status
kd_unwinder_read (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  struct kd_unwinder *u = arg;

  return kd_mem_read (u->kernel->mem, KD_KERNEL_SPACE, vaddr, buf, len, NULL);
}

static enum kd_status
find_method (struct kd_unwinder *u)
{
  enum kd_status st = kd_unwinder_find_orc (u);

  if (!st || st == KD_NOMEM)
    return st;
  u->ntables = 0;
  if (st != KD_NOT_FOUND)
    kd_kernel_warn (u->kernel,
                    "The kernel's ORC unwind tables are of no use: "
                    "%s.",
                    kd_error_text ());
  u->frame_pointers = kd_fp_is_used (u) || !kd_cfi_is_there (u);
  snprintf (u->method, sizeof u->method, "%s",
            u->frame_pointers ? "frame pointers (there is no ORC table)"
                              : "call frame information of vmlinux (there is "
                                "no ORC table, and no frame pointer)");
  return KD_OK;
}

enum kd_status
kd_unwinder_create (struct kd_kernel *k, struct kd_unwinder **out)
{
  struct kd_unwinder *u;
  enum kd_status st;

  if (k->mem->arch->machine != 62) /* EM_X86_64 */
    return kd_fail (KD_UNSUPPORTED, "stacks of %s cannot be unwound yet",
                    k->mem->arch->name);
  u = kd_calloc (1, sizeof *u);
  if (!u)
    return kd_fail (KD_NOMEM, "out of memory for the unwinder");
  u->kernel = k;
  u->cpus = kd_calloc (k->ncpus, sizeof *u->cpus);
  st = u->cpus ? find_method (u)
               : kd_fail (KD_NOMEM, "out of memory for the unwinder");
  if (st) {
    kd_unwinder_destroy (u);
    return st;
  }
  kd_stack_facts_init (&u->facts, k);
  /* The boot CPU's idle task was called from code that is gone.  */
  if (kd_kernel_symbol (k, "_sinittext", &u->init_start)
      || kd_kernel_symbol (k, "_einittext", &u->init_end))
    u->init_start = u->init_end = 0;
  *out = u;
  return KD_OK;
}

void
kd_unwinder_destroy (struct kd_unwinder *u)
{
  if (!u)
    return;
  free (u->tables);
  free (u->cpus);
  free (u);
}

size_t
kd_unwinder_orc_count (const struct kd_unwinder *u)
{
  return u->ntables;
}

const struct kd_orc_table *
kd_unwinder_orc (const struct kd_unwinder *u, size_t i)
{
  return i < u->ntables ? &u->tables[i] : NULL;
}

const char *
kd_unwinder_method (const struct kd_unwinder *u)
{
  return u->method;
}

bool
kd_unwinder_frame_pointers (const struct kd_unwinder *u)
{
  return u->frame_pointers;
}

/* --- stacks --- */

/* The cache is filled in through a pointer that the unwinder owns, so const
   unwinders can use it.  */
static const struct kd_cpu_stacks *
cpu_stacks (const struct kd_unwinder *u, unsigned cpu)
{
  struct kd_cpu_stacks *c;

  if (cpu >= u->kernel->ncpus)
    return NULL;
  c = &u->cpus[cpu];
  if (!c->known) {
    c->count = kd_stacks_of_cpu (&u->facts, cpu, c->stack, KD_CPU_STACKS);
    c->known = true;
  }
  return c;
}

size_t
kd_unwinder_cpu_stacks (const struct kd_unwinder *u, unsigned cpu,
                        struct kd_stack *out, size_t max)
{
  const struct kd_cpu_stacks *c = cpu_stacks (u, cpu);
  size_t n = c ? c->count : 0;

  if (n > max)
    n = max;
  if (n)
    memcpy (out, c->stack, n * sizeof *out);
  return n;
}

/* All stacks that a context may be on, its task's last.  */
static size_t
context_stacks (const struct kd_unwinder *u, int cpu, uint64_t task,
                uint64_t sp, struct kd_stack out[KD_WALK_STACKS])
{
  size_t n = 0;

  if (cpu >= 0)
    n = kd_unwinder_cpu_stacks (u, (unsigned)cpu, out, KD_CPU_STACKS);
  if (task && kd_stack_of_task (&u->facts, task, &out[n]))
    n++;
  for (size_t i = 0; i < n; i++)
    if (sp >= out[i].low && sp < out[i].high)
      return n;
  if (kd_stack_by_magic (&u->facts, sp, &out[n]))
    n++;
  return n;
}

bool
kd_unwinder_find_stack (const struct kd_unwinder *u, uint64_t sp, int cpu,
                        uint64_t task, struct kd_stack *out)
{
  struct kd_stack stacks[KD_WALK_STACKS];
  struct kd_walk_env env = { .stacks = stacks };
  const struct kd_stack *found;

  env.nstacks = context_stacks (u, cpu, task, sp, stacks);
  found = kd_walk_stack (&env, sp);
  if (found)
    *out = *found;
  return found != NULL;
}

/* --- what a walk asks --- */

static bool
is_text (void *arg, uint64_t pc)
{
  struct kd_unwinder *u = arg;

  return kd_kernel_is_text (u->kernel, pc)
         || (pc >= u->init_start && pc < u->init_end);
}

/* ORC leaves out a few functions in which the compiler's information, or the
   code itself, tells the way.  */
static enum kd_status
fallback (void *arg, const struct kd_orc_regs *regs, bool exact,
          struct kd_orc_step *out)
{
  enum kd_status st = kd_cfi_step (arg, regs, exact, out);

  return st && st != KD_NOMEM ? kd_code_step (arg, regs, exact, out) : st;
}

/* Code that no symbol knows (BPF, trampolines, kprobe slots) is in pages
   that may be executed; data are not.  */
static bool
is_exec (void *arg, uint64_t pc)
{
  struct kd_unwinder *u = arg;
  struct kd_walk walk;
  uint64_t paddr;

  if (!u->kernel->mem->arch->is_kernel_address (pc)
      || kd_mem_translate (u->kernel->mem, KD_KERNEL_SPACE, pc, &paddr, &walk))
    return false;
  for (unsigned i = 0; i < walk.steps; i++)
    if (walk.step[i].entry >> 63) /* no-execute, of whatever level */
      return false;
  return true;
}

static enum kd_status
find_entry (void *arg, uint64_t pc, struct kd_orc_entry *out)
{
  struct kd_unwinder *u = arg;
  size_t slot = (pc ^ pc >> 10) % KD_ENTRY_CACHE;
  enum kd_status st = KD_NOT_FOUND;

  if (pc && u->cache[slot].pc == pc) {
    *out = u->cache[slot].entry;
    return KD_OK;
  }
  for (size_t i = 0; i < u->ntables && st == KD_NOT_FOUND; i++)
    st = kd_orc_lookup (&u->tables[i], pc, kd_unwinder_read, u, out);
  if (st == KD_NOT_FOUND && !kd_kernel_is_text (u->kernel, pc)) {
    uint64_t original;

    if (kd_tracers_original (u, pc, &original))
      st = kd_orc_lookup (&u->tables[0], original, kd_unwinder_read, u, out);
  }
  if (!st) {
    u->cache[slot].pc = pc;
    u->cache[slot].entry = *out;
  }
  return st;
}

enum kd_status
kd_unwinder_orc_entry (struct kd_unwinder *u, uint64_t pc,
                       struct kd_orc_entry *out)
{
  enum kd_status st = find_entry (u, pc, out);

  return !st && out->type == KD_ORC_TYPE_UNDEFINED ? KD_NOT_FOUND : st;
}

static enum kd_status
walk_from (struct kd_unwinder *u, const struct kd_regs *regs, bool exact,
           int cpu, uint64_t task, struct kd_backtrace *out)
{
  struct kd_stack stacks[KD_WALK_STACKS];
  struct kd_walk_env env = {
    .arg = u,
    .read = kd_unwinder_read,
    .is_text = is_text,
    .is_exec = is_exec,
    .find_entry = u->ntables ? find_entry : NULL,
    .step = u->frame_pointers ? kd_fp_step : kd_cfi_step,
    .fallback = fallback,
    .recover = kd_tracers_recover,
    .no_end = u->no_end,
    .stacks = stacks,
  };
  struct kd_orc_regs start;

  u->walk_task = task;
  kd_walk_set_arch (&env, u->kernel->mem->arch);
  kd_walk_regs_in (&env, regs, &start);
  env.nstacks = context_stacks (u, cpu, task, start.value[KD_DW_SP], stacks);
  return kd_walk_stacks (&env, &start, exact, out);
}

enum kd_status
kd_unwind (struct kd_unwinder *u, const struct kd_regs *regs, int cpu,
           uint64_t task, struct kd_backtrace *out)
{
  return walk_from (u, regs, true, cpu, task, out);
}

enum kd_status
kd_unwind_call (struct kd_unwinder *u, const struct kd_regs *regs, int cpu,
                uint64_t task, struct kd_backtrace *out)
{
  return walk_from (u, regs, false, cpu, task, out);
}

static enum kd_status
cannot (struct kd_backtrace *out, const char *why)
{
  *out = (struct kd_backtrace){ .stop = KD_STOP_BROKEN };
  snprintf (out->reason, sizeof out->reason, "%s", why);
  return KD_OK;
}

enum kd_status
kd_unwind_cpu (struct kd_unwinder *u, unsigned cpu, struct kd_backtrace *out)
{
  const struct kd_cpu *c;

  if (cpu >= u->kernel->ncpus)
    return cannot (out, "There is no such CPU.");
  c = &u->kernel->cpus[cpu];
  if (c->source == KD_REGS_NONE)
    return cannot (out, c->why_no_regs ? c->why_no_regs
                                       : "The registers are unknown.");
  return kd_unwind (u, &c->regs, (int)cpu, c->task, out);
}

/* A task that does not run has its registers on its stack, where
   __switch_to_asm put them: struct inactive_task_frame, since 4.9 six
   callee-saved registers and the return address.  Between 4.14 and 5.x there
   was a word of flags as well; the types tell.  */
static enum kd_status
inactive_regs (struct kd_unwinder *u, uint64_t task, struct kd_regs *out)
{
  static const struct {
    const char *member, *reg;
    unsigned char offset; /* without types */
  } saved[]
    = { { "r15", "r15", 0 },      { "r14", "r14", 8 }, { "r13", "r13", 16 },
        { "r12", "r12", 24 },     { "bx", "rbx", 32 }, { "bp", "rbp", 40 },
        { "ret_addr", "rip", 48 } };
  struct kd_kernel *k = u->kernel;
  const struct kd_arch *arch = k->mem->arch;
  struct kd_member m;
  uint64_t sp, size;
  enum kd_status st = kd_layout (k, "task.thread.sp", &m);
  bool typed
    = !kd_types_size (k->types, "inactive_task_frame", &size) && size <= 128;

  if (!st)
    st = kd_mem_u64 (k->mem, task + m.offset, &sp);
  if (st)
    return kd_context (st, "stack pointer of the task at 0x%" PRIx64, task);
  *out = (struct kd_regs){ 0 };
  for (size_t i = 0; i < KD_ARRAY_SIZE (saved); i++) {
    uint64_t offset = saved[i].offset, value;
    int reg = kd_arch_reg (arch, saved[i].reg);

    if (typed
        && !kd_types_member (k->types, "inactive_task_frame", saved[i].member,
                             &m))
      offset = m.offset;
    st = kd_mem_u64 (k->mem, sp + offset, &value);
    if (st)
      return kd_context (st, "saved registers of the task at 0x%" PRIx64,
                         task);
    if (reg >= 0)
      kd_regs_set (out, (unsigned)reg, value);
  }
  kd_regs_set (out, arch->reg_sp, sp + (typed ? size : 56));
  return KD_OK;
}

/* A task that never ran yet returns to ret_from_fork, whose first
   instruction is next: its address is no return address.  */
static bool
is_fork_return (struct kd_kernel *k, uint64_t pc)
{
  static const char *const names[] = { "ret_from_fork_asm", "ret_from_fork" };
  uint64_t at;

  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (!kd_kernel_symbol (k, names[i], &at) && at == pc)
      return true;
  return false;
}

enum kd_status
kd_unwind_saved_regs (struct kd_unwinder *u, uint64_t task,
                      struct kd_regs *out, bool *exact)
{
  struct kd_member m;
  uint64_t stack;
  enum kd_status st;

  if (!kd_layout (u->kernel, "task.stack", &m)
      && !kd_mem_u64 (u->kernel->mem, task + m.offset, &stack) && !stack)
    return kd_fail (KD_NOT_FOUND,
                    "the task has exited and has no stack any more");
  st = inactive_regs (u, task, out);
  if (!st)
    *exact
      = is_fork_return (u->kernel, out->value[u->kernel->mem->arch->reg_pc]);
  return st;
}

enum kd_status
kd_unwind_task (struct kd_unwinder *u, uint64_t task, struct kd_backtrace *out)
{
  struct kd_regs regs;
  enum kd_status st;
  bool exact;

  for (unsigned i = 0; i < u->kernel->ncpus; i++)
    if (u->kernel->cpus[i].task == task && u->kernel->cpus[i].online
        && u->kernel->cpus[i].source != KD_REGS_NONE)
      return kd_unwind_cpu (u, i, out);
  st = kd_unwind_saved_regs (u, task, &regs, &exact);
  if (st == KD_NOMEM)
    return st;
  if (st) {
    char reason[sizeof out->reason];

    snprintf (reason, sizeof reason, "%s.", kd_error_text ());
    if (reason[0] >= 'a' && reason[0] <= 'z')
      reason[0] -= 'a' - 'A';
    return cannot (out, reason);
  }
  return walk_from (u, &regs, exact, -1, task, out);
}
