/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the stacks are: per-CPU pointers, cpu_entry_area, the TSS. */
#include "unwind/stacks.h"

#define PAGE UINT64_C (4096)
/* include/uapi/linux/magic.h; at the lowest word of every task's stack.  */
#define STACK_END_MAGIC 0x57ac6e9d
#define MAX_STACK (UINT64_C (256) << 10)

static uint64_t
round_up (uint64_t addr, uint64_t to)
{
  return (addr + to - 1) & ~(to - 1);
}

static bool
is_kernel (const struct kd_kernel *k, uint64_t addr)
{
  return k->mem->arch->is_kernel_address (addr);
}

static bool
is_mapped (const struct kd_kernel *k, uint64_t addr)
{
  uint64_t paddr;

  return is_kernel (k, addr)
         && !kd_mem_translate (k->mem, KD_KERNEL_SPACE, addr, &paddr, NULL);
}

/* A plausible stack, with both ends mapped?  */
static bool
is_stack (const struct kd_kernel *k, uint64_t low, uint64_t high)
{
  return low < high && high - low <= MAX_STACK && !(low & 7) && !(high & 7)
         && is_mapped (k, low) && is_mapped (k, high - 8);
}

/* --- sizes --- */

static bool
good_thread_size (uint64_t size)
{
  return size >= 2 * PAGE && size <= MAX_STACK && !(size & (size - 1));
}

/* The size of a task's stack: by the types, by the linker's symbols round
   the first task's, by the top of a running task's stack.  */
static uint64_t
find_thread_size (struct kd_kernel *k, const struct kd_stack_facts *f)
{
  static const char *const bounds[][2]
    = { { "__start_init_stack", "__end_init_stack" },
        { "__start_init_task", "__end_init_task" } };
  uint64_t size, low, high, at;

  if (!kd_types_size (k->types, "thread_union", &size)
      && good_thread_size (size))
    return size;
  for (size_t i = 0; i < KD_ARRAY_SIZE (bounds); i++)
    if (!kd_kernel_symbol (k, bounds[i][0], &low)
        && !kd_kernel_symbol (k, bounds[i][1], &high)
        && good_thread_size (high - low))
      return high - low;
  for (unsigned i = 0; i < k->ncpus && f->have_task_stack; i++) {
    if (!k->cpus[i].task
        || kd_kernel_percpu (k, "cpu_current_top_of_stack", i, &at)
        || kd_mem_u64 (k->mem, at, &high)
        || kd_mem_u64 (k->mem, k->cpus[i].task + f->task_stack, &low))
      continue;
    size = round_up (high - low, PAGE);
    if (good_thread_size (size))
      return size;
  }
  return 4 * PAGE;
}

void
kd_stack_facts_init (struct kd_stack_facts *f, struct kd_kernel *k)
{
  struct kd_member m;

  *f = (struct kd_stack_facts){ .kernel = k };
  if (!kd_layout (k, "task.stack", &m) && m.size == 8) {
    f->have_task_stack = true;
    f->task_stack = m.offset;
  }
  f->thread_size = find_thread_size (k, f);
  /* IRQ_STACK_SIZE has always been THREAD_SIZE on x86-64.  */
  if (kd_types_size (k->types, "irq_stack", &f->irq_size)
      || !good_thread_size (f->irq_size))
    f->irq_size = f->thread_size;
}

/* --- one CPU --- */

struct finder {
  const struct kd_stack_facts *f;
  struct kd_kernel *k;
  unsigned cpu;
  struct kd_stack *out;
  size_t count, max;
};

static void
add (struct finder *d, enum kd_stack_kind kind, uint64_t low, uint64_t high)
{
  for (size_t i = 0; i < d->count; i++)
    if (low < d->out[i].high && high > d->out[i].low)
      return; /* found before, by better evidence */
  if (d->count < d->max && is_stack (d->k, low, high))
    d->out[d->count++] = (struct kd_stack){
      .kind = kind, .cpu = (int)d->cpu, .low = low, .high = high
    };
}

static bool
percpu_u64 (struct finder *d, const char *name, uint64_t offset, uint64_t *out)
{
  uint64_t at;

  return !kd_kernel_percpu (d->k, name, d->cpu, &at)
         && !kd_mem_u64 (d->k->mem, at + offset, out);
}

/* Pointers to the end of an IRQ stack.  Since 951c2a51ae75 ("x86/irq/64:
   Adjust the per CPU irq stack pointer by 8", 5.12) they point 8 bytes below
   it, in 4.14 64 bytes; so round up.  From 6.2 to 6.14 they are in
   pcpu_hot.  */
static void
find_irq (struct finder *d)
{
  static const struct {
    const char *variable, *member;
    enum kd_stack_kind kind;
  } pointers[] = {
    { "hardirq_stack_ptr", NULL, KD_STACK_IRQ },
    { "pcpu_hot", "hardirq_stack_ptr", KD_STACK_IRQ },
    { "irq_stack_ptr", NULL, KD_STACK_IRQ },
    { "softirq_stack_ptr", NULL, KD_STACK_SOFTIRQ },
    { "pcpu_hot", "softirq_stack_ptr", KD_STACK_SOFTIRQ },
  };
  uint64_t size = d->f->irq_size, at;

  for (size_t i = 0; i < KD_ARRAY_SIZE (pointers); i++) {
    struct kd_member m = { 0 };
    uint64_t top;

    if (pointers[i].member
        && kd_types_member (d->k->types, pointers[i].variable,
                            pointers[i].member, &m))
      continue;
    if (percpu_u64 (d, pointers[i].variable, m.offset, &top)
        && is_kernel (d->k, top) && top > size)
      add (d, pointers[i].kind, round_up (top, PAGE) - size,
           round_up (top, PAGE));
  }
  /* Until 5.1 the stack itself was a per-CPU variable.  */
  if (!kd_kernel_percpu (d->k, "irq_stack_union", d->cpu, &at))
    add (d, KD_STACK_IRQ, at, at + size);
}

/* IST stacks as the types have them: cea_exception_stacks since 5.2.  */
static void
find_exception_by_types (struct finder *d)
{
  static const struct {
    const char *member;
    enum kd_stack_kind kind;
  } members[] = {
    { "DF_stack", KD_STACK_DF },  { "NMI_stack", KD_STACK_NMI },
    { "DB_stack", KD_STACK_DB },  { "DB1_stack", KD_STACK_DB },
    { "DB2_stack", KD_STACK_DB }, { "MCE_stack", KD_STACK_MCE },
    { "VC_stack", KD_STACK_VC },  { "VC2_stack", KD_STACK_VC2 },
  };
  uint64_t base;

  if (!percpu_u64 (d, "cea_exception_stacks", 0, &base)
      || !is_kernel (d->k, base))
    return;
  for (size_t i = 0; i < KD_ARRAY_SIZE (members); i++) {
    struct kd_member m;

    if (!kd_types_member (d->k->types, "cea_exception_stacks",
                          members[i].member, &m)
        && m.size >= PAGE)
      add (d, members[i].kind, base + m.offset, base + m.offset + m.size);
  }
}

/* The lowest page below TOP with nothing but mapped pages between, at most
   DEPTH pages, and none of another stack in STOPS.  */
static uint64_t
mapped_below (const struct kd_kernel *k, uint64_t top, const uint64_t *stops,
              size_t nstops, unsigned depth)
{
  uint64_t low = top;

  for (unsigned i = 0; i < depth; i++) {
    for (size_t j = 0; j < nstops; j++)
      if (stops[j] == low && low != top)
        return low;
    if (!is_mapped (k, low - PAGE))
      break;
    low -= PAGE;
  }
  return low;
}

/* The CPU's own word on its stacks: the TSS.  Layout: Intel SDM volume 3,
   "Task Management", 64-bit TSS; it is first in the kernel's tss_struct.  */
#define TSS_SP0 4
#define TSS_IST 36
static const char *const tss_names[] = { "cpu_tss_rw", "cpu_tss" };

static bool
find_tss (struct finder *d, uint64_t *out)
{
  struct kd_member m;
  uint64_t at;

  for (size_t i = 0; i < KD_ARRAY_SIZE (tss_names); i++)
    if (!kd_kernel_percpu (d->k, tss_names[i], d->cpu, &at)) {
      if (kd_types_member (d->k->types, "tss_struct", "x86_tss", &m))
        m.offset = 0;
      *out = at + m.offset;
      return true;
    }
  return false;
}

static void
find_exception_by_tss (struct finder *d, uint64_t tss)
{
  /* In the order of the kernel's IST indices, the same since 4.14; #VC since
     5.10.  */
  static const enum kd_stack_kind kinds[]
    = { KD_STACK_DF, KD_STACK_NMI, KD_STACK_DB, KD_STACK_MCE, KD_STACK_VC };
  enum { N = KD_ARRAY_SIZE (kinds) };
  uint64_t tops[N] = { 0 };

  for (unsigned i = 0; i < N; i++)
    if (kd_mem_u64 (d->k->mem, tss + TSS_IST + UINT64_C (8) * i, &tops[i])
        || !is_kernel (d->k, tops[i]) || tops[i] & (PAGE - 1))
      tops[i] = 0;
  for (unsigned i = 0; i < N; i++)
    if (tops[i])
      add (d, kinds[i], mapped_below (d->k, tops[i], tops, N, 4), tops[i]);
}

/* Where the CPU goes from user mode: since 4.15 a small stack in
   cpu_entry_area, the lower part of a page; before (and under Xen), and with
   FRED, the task's.  */
static void
find_entry (struct finder *d, uint64_t tss)
{
  uint64_t sp0, base, area;
  struct kd_stack task;

  if (kd_mem_u64 (d->k->mem, tss + TSS_SP0, &sp0) || !is_kernel (d->k, sp0))
    return;
  base = (sp0 - 1) & ~(PAGE - 1);
  if (d->cpu < d->k->ncpus && d->k->cpus[d->cpu].task
      && kd_stack_of_task (d->f, d->k->cpus[d->cpu].task, &task)
      && sp0 > task.low && sp0 <= task.high)
    return;
  /* It must be in cpu_entry_area, when that can be asked.  */
  if (percpu_u64 (d, "cpu_entry_area", 0, &area)
      && (base < area || base - area > 16 * PAGE))
    return;
  add (d, KD_STACK_ENTRY, base, sp0);
}

size_t
kd_stacks_of_cpu (const struct kd_stack_facts *f, unsigned cpu,
                  struct kd_stack *out, size_t max)
{
  struct finder d
    = { .f = f, .k = f->kernel, .cpu = cpu, .out = out, .max = max };
  uint64_t tss;

  find_irq (&d);
  find_exception_by_types (&d);
  if (find_tss (&d, &tss)) {
    find_exception_by_tss (&d, tss);
    find_entry (&d, tss);
  }
  return d.count;
}

/* --- tasks --- */

bool
kd_stack_of_task (const struct kd_stack_facts *f, uint64_t task,
                  struct kd_stack *out)
{
  uint64_t low;

  if (!f->have_task_stack || !is_kernel (f->kernel, task)
      || kd_mem_u64 (f->kernel->mem, task + f->task_stack, &low)
      || low & (PAGE - 1) || low + f->thread_size < low
      || !is_stack (f->kernel, low, low + f->thread_size))
    return false;
  *out = (struct kd_stack){
    .kind = KD_STACK_TASK, .cpu = -1, .low = low, .high = low + f->thread_size
  };
  return true;
}

bool
kd_stack_by_magic (const struct kd_stack_facts *f, uint64_t sp,
                   struct kd_stack *out)
{
  uint64_t low = sp & ~(f->thread_size - 1), magic;

  if (!is_kernel (f->kernel, sp) || kd_mem_u64 (f->kernel->mem, low, &magic)
      || magic != STACK_END_MAGIC
      || !is_stack (f->kernel, low, low + f->thread_size))
    return false;
  *out = (struct kd_stack){
    .kind = KD_STACK_TASK, .cpu = -1, .low = low, .high = low + f->thread_size
  };
  return true;
}
