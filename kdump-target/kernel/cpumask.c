/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of CPUs. */
#include "kernel/cpumask.h"

#include "kernel/layout.h"

#include <string.h>

enum kd_status
kd_cpumask_read (struct kd_kernel *k, uint64_t addr, bool *set)
{
  uint8_t bits[512];
  memset (set, 0, k->ncpus * sizeof *set);
  /* Words of 8 bytes, of which the kernel may have no more than it needs.  */
  size_t size = ((size_t)k->ncpus + 63) / 64 * 8;
  for (size_t done = 0; done < size; done += sizeof bits) {
    size_t n = size - done < sizeof bits ? size - done : sizeof bits;
    enum kd_status st
      = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr + done, bits, n, NULL);
    if (st)
      return kd_context (st, "CPU mask at 0x%llx", (unsigned long long)addr);
    for (size_t i = 0; i < n * 8 && done * 8 + i < k->ncpus; i++)
      set[done * 8 + i] = bits[i / 8] >> i % 8 & 1;
  }
  return KD_OK;
}

enum kd_status
kd_cpumask_read_var (struct kd_kernel *k, uint64_t addr, const char *logical,
                     const char *bits, bool *set)
{
  struct kd_member m;
  enum kd_status st = kd_layout (k, logical, &m);
  if (st)
    return st;
  if (kd_has_member (k, bits))
    addr += m.offset;
  else
    st = kd_mem_u64 (k->mem, addr + m.offset, &addr);
  if (!st && !addr)
    st = kd_fail (KD_NOT_FOUND, "there is no mask");
  return kd_context (st ? st : kd_cpumask_read (k, addr, set), "%s", logical);
}

void
kd_cpumask_format (const bool *set, unsigned n, struct kd_strbuf *out)
{
  bool any = false;
  for (unsigned i = 0; i < n; i++) {
    if (!set[i])
      continue;
    unsigned last = i;
    while (last + 1 < n && set[last + 1])
      last++;
    kd_strbuf_printf (out, "%s%u", any ? "," : "", i);
    if (last > i)
      kd_strbuf_printf (out, "%c%u", last > i + 1 ? '-' : ',', last);
    any = true;
    i = last;
  }
  if (!any)
    kd_strbuf_puts (out, "none");
}
