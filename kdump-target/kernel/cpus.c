/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs: which there are, their per-CPU areas and current tasks. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <string.h>

/* A cpumask symbol as bytes, little-endian words of 64 bits.  */
struct mask {
  uint8_t bits[KD_MAX_CPUS / 8];
};

static bool
mask_has (const struct mask *m, unsigned cpu)
{
  return m->bits[cpu / 8] >> cpu % 8 & 1;
}

/* struct cpumask __cpu_NAME_mask since 5aec01b834fd ("kernel/cpu.c: eliminate
   cpu_*_mask", 4.5); SIZE bytes of it.  */
static enum kd_status
read_mask (struct kd_kernel *k, const char *symbol, size_t size,
           struct mask *out)
{
  uint64_t addr;
  memset (out, 0, sizeof *out);
  enum kd_status st = kd_kernel_symbol (k, symbol, &addr);
  if (!st)
    st = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, out->bits, size, NULL);
  return kd_context (st, "%s", symbol);
}

/* Size in bytes of the kernel's cpumasks: from the symbol, since types may be
   missing.  */
static size_t
mask_size (struct kd_kernel *k)
{
  struct kd_symbol sym;
  if (!kd_symbols_by_name (k->symbols, "__cpu_possible_mask", NULL, &sym))
    return 0;
  if (!sym.size || sym.size > KD_MAX_CPUS / 8)
    return 8;
  return sym.size;
}

/* One past the highest possible CPU, which is nr_cpu_ids where the kernel has
   that as a variable.  */
static unsigned
count_possible (const struct mask *possible, size_t bytes)
{
  for (size_t i = bytes; i-- > 0;)
    if (possible->bits[i])
      return (unsigned)(i * 8 + 8)
             - (unsigned)(__builtin_clz (possible->bits[i]) - 24);
  return 0;
}

static enum kd_status
make_cpus (struct kd_kernel *k, unsigned n)
{
  k->cpus = kd_calloc (n, sizeof *k->cpus);
  if (!k->cpus)
    return kd_fail (KD_NOMEM, "out of memory for %u CPUs", n);
  k->ncpus = n;
  for (unsigned i = 0; i < n; i++)
    k->cpus[i] = (struct kd_cpu){ .number = i, .pid = -1 };
  return KD_OK;
}

/* Nothing but notes to go by: a CPU for each, taken to be online.  */
static enum kd_status
cpus_from_notes (struct kd_kernel *k)
{
  unsigned n = 0;
  for (size_t i = 0; i < kd_dump_note_count (k->dump); i++) {
    const struct kd_note *note = kd_dump_note (k->dump, i);
    n += note->type == NT_PRSTATUS && !strcmp (note->name, "CORE")
         && n < KD_MAX_CPUS;
  }
  enum kd_status st = make_cpus (k, n);
  for (unsigned i = 0; i < k->ncpus; i++)
    k->cpus[i].present = k->cpus[i].online = true;
  return st;
}

static enum kd_status
cpus_from_masks (struct kd_kernel *k, bool *found)
{
  struct mask *m KD_AUTO_FREE = kd_calloc (3, sizeof *m);
  size_t size = mask_size (k);
  if (!m)
    return kd_fail (KD_NOMEM, "out of memory");
  *found = false;
  if (!size)
    return KD_OK;
  enum kd_status st = read_mask (k, "__cpu_possible_mask", size, &m[0]);
  unsigned n = st ? 0 : count_possible (&m[0], size);
  if (!n) {
    kd_kernel_warn (k, "CPUs: %s", st ? kd_error_text () : "none is possible");
    return KD_OK;
  }
  *found = true;
  if (read_mask (k, "__cpu_present_mask", size, &m[1])) {
    kd_kernel_warn (k, "CPUs: %s", kd_error_text ());
    m[1] = m[0];
  }
  if (read_mask (k, "__cpu_online_mask", size, &m[2])) {
    kd_kernel_warn (k, "CPUs: %s", kd_error_text ());
    m[2] = m[1];
  }
  st = make_cpus (k, n);
  for (unsigned i = 0; i < k->ncpus; i++) {
    k->cpus[i].present = mask_has (&m[1], i);
    k->cpus[i].online = mask_has (&m[2], i);
  }
  return st;
}

static void
find_percpu_offsets (struct kd_kernel *k)
{
  uint64_t table;
  for (unsigned i = 0; i < k->ncpus; i++) {
    enum kd_status st = kd_kernel_symbol (k, "__per_cpu_offset", &table);
    uint64_t offset = 0;
    if (!st)
      st = kd_mem_u64 (k->mem, table + UINT64_C (8) * i, &offset);
    if (st) {
      if (k->vmlinux || k->nkallsyms)
        kd_kernel_warn (k, "per-CPU area of CPU %u: %s", i, kd_error_text ());
      return;
    }
    k->cpus[i].percpu_offset = offset;
  }
}

/* Address of the per-CPU pointer to the current task: its own variable
   before 6.2 and since 6.15, else in pcpu_hot.  */
static enum kd_status
current_task_address (struct kd_kernel *k, unsigned cpu, uint64_t *addr)
{
  if (!kd_kernel_percpu (k, "current_task", cpu, addr))
    return KD_OK;
  struct kd_member m;
  enum kd_status st = kd_kernel_percpu (k, "pcpu_hot", cpu, addr);
  if (!st)
    st = kd_layout (k, "pcpu_hot.current_task", &m);
  if (!st)
    *addr += m.offset;
  return st;
}

static enum kd_status
find_current (struct kd_kernel *k, struct kd_cpu *cpu)
{
  uint64_t addr, pid;
  enum kd_status st = current_task_address (k, cpu->number, &addr);
  if (!st)
    st = kd_mem_u64 (k->mem, addr, &cpu->task);
  if (!st && !cpu->task)
    return KD_OK; /* never started */
  if (!st)
    st = kd_read_member (k, cpu->task, "task.pid", &pid);
  if (st)
    return kd_context (st, "current task of CPU %u", cpu->number);
  cpu->pid = (int)pid;
  cpu->idle = !cpu->pid;
  return kd_context (kd_read_member_string (k, cpu->task, "task.comm",
                                            cpu->comm, sizeof cpu->comm),
                     "current task of CPU %u", cpu->number);
}

/* A CPU number in an atomic_t or int variable, -1 none.  */
static int
cpu_variable (struct kd_kernel *k, const char *symbol)
{
  uint64_t addr;
  uint32_t value;
  if (kd_kernel_symbol (k, symbol, &addr) || kd_mem_u32 (k->mem, addr, &value)
      || value >= k->ncpus)
    return -1;
  return (int)value;
}

/* The CPU in panic(), or that took the crash.  crashing_cpu is -1 until the
   crash kernel is about to be started.  */
static void
find_panic_cpu (struct kd_kernel *k)
{
  int cpu = cpu_variable (k, "panic_cpu");
  if (cpu < 0)
    cpu = cpu_variable (k, "crashing_cpu");
  k->panic_cpu = cpu;
  if (cpu >= 0)
    k->cpus[cpu].panicked = true;
}

enum kd_status
kd_find_cpus (struct kd_kernel *k)
{
  bool found;
  enum kd_status st = cpus_from_masks (k, &found);
  if (!st && !found)
    st = cpus_from_notes (k);
  if (st)
    return st;
  find_percpu_offsets (k);
  bool warned = false;
  for (unsigned i = 0; i < k->ncpus; i++) {
    if (!k->cpus[i].percpu_offset)
      continue;
    if (find_current (k, &k->cpus[i]) && !warned) {
      kd_kernel_warn (k, "%s", kd_error_text ());
      warned = true;
    }
  }
  find_panic_cpu (k);
  return KD_OK;
}
