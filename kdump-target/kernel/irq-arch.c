/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupts of an architecture's own: what x86 counts in irq_cpustat_t
   (arch/x86/include/asm/hardirq.h), and its vectors. */
#include "base/cursor.h"
#include "kernel/irq.h"
#include "kernel/layout.h"

#include <string.h>

enum { NVECTORS = 256 };

static const struct {
  struct kd_irq_arch_row row;
  const char *logical;
} rows[] = {
  { { "NMI", "non-maskable interrupts" }, "irq_stat.NMI" },
  { { "LOC", "local timer" }, "irq_stat.LOC" },
  { { "SPU", "spurious" }, "irq_stat.SPU" },
  { { "PMI", "performance counters" }, "irq_stat.PMI" },
  { { "IWI", "irq_work" }, "irq_stat.IWI" },
  { { "RTR", "APIC ICR read retries" }, "irq_stat.RTR" },
  { { "PLT", "platform" }, "irq_stat.PLT" },
  { { "RES", "rescheduling IPIs" }, "irq_stat.RES" },
  { { "CAL", "function call IPIs" }, "irq_stat.CAL" },
  { { "TLB", "TLB shootdowns" }, "irq_stat.TLB" },
  { { "TRM", "thermal events" }, "irq_stat.TRM" },
  { { "THR", "threshold of machine checks" }, "irq_stat.THR" },
  { { "DFR", "deferred errors" }, "irq_stat.DFR" },
  { { "HYP", "hypervisor callbacks" }, "irq_stat.HYP" },
};

bool
kd_irq_arch_counts (struct kd_kernel *k, size_t i, struct kd_irq_arch_row *row,
                    uint64_t *counts, bool *known)
{
  if (i >= KD_ARRAY_SIZE (rows))
    return false;
  *row = rows[i].row;
  *known = kd_has_member (k, rows[i].logical);
  memset (counts, 0, k->ncpus * sizeof *counts);
  for (unsigned cpu = 0; cpu < k->ncpus && *known; cpu++) {
    uint64_t addr;
    if (!k->cpus[cpu].percpu_offset)
      continue;
    *known = !kd_kernel_percpu (k, "irq_stat", cpu, &addr)
             && !kd_read_member (k, addr, rows[i].logical, &counts[cpu]);
  }
  return true;
}

/* DEFINE_PER_CPU (vector_irq_t, vector_irq): a struct irq_desc * for each
   vector, since 5b7fd19f3a92 ("x86/irq: Store irq descriptor in vector
   array"), 4.3.  */
int
kd_irq_vector (struct kd_kernel *k, unsigned cpu, uint64_t desc)
{
  uint8_t vectors[NVECTORS * 8];
  uint64_t addr;
  if (kd_kernel_percpu (k, "vector_irq", cpu, &addr)
      || kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, vectors, sizeof vectors,
                      NULL))
    return -1;
  for (int i = 0; i < NVECTORS; i++)
    if (kd_le64 (vectors + (size_t)i * 8) == desc)
      return i;
  return -1;
}
