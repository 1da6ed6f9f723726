/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a CPU did after the NMI that stopped it: its registers, which are those
   of what was interrupted, do not lead there. */
#include "base/cursor.h"
#include "unwind/unwinder.h"

#include <inttypes.h>
#include <string.h>

enum { STACK_MAX = 65536 };

/* The functions in which a stopped CPU stays for good.  */
static const char *const parking[]
  = { "crash_nmi_callback", "stop_this_cpu", "native_stop_other_cpus" };

static bool
is_parking (struct kd_kernel *k, uint64_t pc)
{
  struct kd_symbol sym;

  if (!kd_kernel_symbol_at (k, pc - 1, &sym))
    return false;
  for (size_t i = 0; i < KD_ARRAY_SIZE (parking); i++)
    if (!strcmp (sym.name, parking[i]))
      return true;
  return false;
}

/* Are the registers in the pt_regs at RAW those of REGS?  */
static bool
same_registers (const struct kd_arch *arch, const uint8_t *raw, size_t size,
                const struct kd_regs *regs)
{
  unsigned compared = 0;

  for (unsigned i = 0; i < arch->nregs; i++) {
    const struct kd_reg *r = &arch->regs[i];

    if (r->ptregs < 0 || (size_t)r->ptregs + 8 > size || !kd_regs_has (regs, i)
        || !strcmp (r->name, "orig_rax"))
      continue;
    if (kd_le64 (raw + r->ptregs) != regs->value[i])
      return false;
    compared++;
  }
  return compared >= 16;
}

/* Walk from the return address at AT; *OUT is then the frames that lead to the
   registers at REGS_AT, or KD_NOT_FOUND.  */
static enum kd_status
try_chain (struct kd_unwinder *u, unsigned cpu, uint64_t at, uint64_t pc,
           uint64_t regs_at, struct kd_backtrace *out)
{
  const struct kd_arch *arch = u->kernel->mem->arch;
  struct kd_regs start = { 0 };
  enum kd_status st;

  kd_regs_set (&start, arch->reg_pc, pc);
  kd_regs_set (&start, arch->reg_sp, at + 8);
  st = kd_unwind_call (u, &start, (int)cpu, u->kernel->cpus[cpu].task, out);
  if (st)
    return st;
  for (size_t i = 1; i < out->nframes; i++) {
    if (out->frames[i].guess)
      break;
    if (out->frames[i].regs_at == regs_at) {
      out->nframes = i;
      return KD_OK;
    }
    if (out->frames[i].regs_at)
      break;
  }
  kd_backtrace_deinit (out);
  return KD_NOT_FOUND;
}

static enum kd_status
search_stack (struct kd_unwinder *u, unsigned cpu,
              const struct kd_stack *stack, const uint8_t *raw,
              struct kd_backtrace *out)
{
  const struct kd_cpu *c = &u->kernel->cpus[cpu];
  const struct kd_arch *arch = u->kernel->mem->arch;
  size_t size = (size_t)(stack->high - stack->low), regs = size;

  /* The highest copy is what was interrupted first.  */
  for (size_t at = size & ~(size_t)7; at >= 8 && regs == size;) {
    at -= 8;
    if (same_registers (arch, raw + at, size - at, &c->regs))
      regs = at;
  }
  for (size_t at = regs == size ? 0 : regs & ~(size_t)7; at >= 8;) {
    uint64_t pc;
    enum kd_status st;

    at -= 8;
    pc = kd_le64 (raw + at);
    if (!kd_kernel_is_text (u->kernel, pc) || !is_parking (u->kernel, pc))
      continue;
    st = try_chain (u, cpu, stack->low + at, pc, stack->low + regs, out);
    if (st != KD_NOT_FOUND)
      return st;
  }
  return kd_fail (KD_NOT_FOUND,
                  regs == size
                    ? "the registers are not on the CPU's NMI stack"
                    : "no chain of calls on the NMI stack leads exactly to "
                      "the registers");
}

enum kd_status
kd_unwind_nmi (struct kd_unwinder *u, unsigned cpu, struct kd_backtrace *out)
{
  struct kd_stack stacks[KD_CPU_STACKS];
  size_t n = kd_unwinder_cpu_stacks (u, cpu, stacks, KD_CPU_STACKS);
  const struct kd_cpu *c
    = cpu < u->kernel->ncpus ? &u->kernel->cpus[cpu] : NULL;

  *out = (struct kd_backtrace){ 0 };
  if (!c || c->source == KD_REGS_NONE || c->source == KD_REGS_QEMU)
    return kd_fail (KD_NOT_FOUND, "the CPU was not stopped by an NMI");
  for (size_t i = 0; i < n; i++) {
    uint64_t size = stacks[i].high - stacks[i].low;
    uint8_t *raw KD_AUTO_FREE = NULL;

    if (stacks[i].kind != KD_STACK_NMI || size > STACK_MAX)
      continue;
    raw = malloc ((size_t)size);
    if (!raw)
      return kd_fail (KD_NOMEM, "out of memory");
    if (kd_mem_read (u->kernel->mem, KD_KERNEL_SPACE, stacks[i].low, raw,
                     (size_t)size, NULL))
      return kd_context (KD_NOT_FOUND, "the NMI stack");
    return search_stack (u, cpu, &stacks[i], raw, out);
  }
  return kd_fail (KD_NOT_FOUND, "the CPU's NMI stack is not known");
}
