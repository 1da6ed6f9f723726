/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dump has to offer an architecture that looks for its memory
   layout. */
#include "mem/mem.h"

#include <stdatomic.h>
#include <string.h>

static enum kd_status
read_phys (void *arg, uint64_t paddr, void *buf, size_t len)
{
  return kd_dump_read (arg, paddr, buf, len, NULL);
}

static bool
hint_number (void *arg, const char *name, int64_t *value)
{
  const struct kd_mem *mem = arg;
  return mem->info && kd_vmcoreinfo_number (mem->info, name, value);
}

static bool
hint_symbol (void *arg, const char *name, uint64_t *value)
{
  const struct kd_mem *mem = arg;
  return mem->info && kd_vmcoreinfo_symbol (mem->info, name, value);
}

static bool
hint_hex (void *arg, const char *key, uint64_t *value)
{
  const struct kd_mem *mem = arg;
  return mem->info && kd_vmcoreinfo_hex (mem->info, key, value);
}

static enum kd_status
hint_read (void *arg, uint64_t paddr, void *buf, size_t len)
{
  const struct kd_mem *mem = arg;
  return read_phys (mem->dump, paddr, buf, len);
}

static bool
hint_segment (void *arg, size_t i, uint64_t *vaddr, uint64_t *paddr,
              uint64_t *size)
{
  const struct kd_mem *mem = arg;
  if (i >= kd_dump_segment_count (mem->dump))
    return false;
  const struct kd_segment *seg = kd_dump_segment (mem->dump, i);
  *vaddr = seg->vaddr;
  *paddr = seg->paddr;
  *size = seg->size;
  return true;
}

/* Paging state of at most MAX CPUs from QEMU's notes.  */
static size_t
qemu_cpus (struct kd_dump *dump, const struct kd_arch *arch,
           struct kd_cpu_paging *cpus, size_t max)
{
  size_t n = 0;
  for (size_t i = 0; i < kd_dump_note_count (dump) && n < max; i++) {
    const struct kd_note *note = kd_dump_note (dump, i);
    if (strcmp (note->name, "QEMU") != 0 || note->size < arch->qemu_size)
      continue;
    arch->qemu_paging (note->data, note->size, &cpus[n++]);
  }
  return n;
}

enum kd_status
kd_mem_create (struct kd_dump *dump, const struct kd_arch *arch,
               const struct kd_vmcoreinfo *vi, struct kd_mem **out)
{
  static atomic_uint_fast64_t next_id = 1;
  struct kd_mem *mem KD_GUARD (mem) = kd_calloc (1, sizeof *mem);
  if (!mem)
    return kd_fail (KD_NOMEM, "out of memory");
  *mem = (struct kd_mem){ .dump = dump, .arch = arch, .info = vi };
  mem->id = atomic_fetch_add (&next_id, 1);

  struct kd_cpu_paging cpus[16];
  unsigned page_size = kd_dump_info (dump)->page_size;
  struct kd_hints hints = {
    .arg = mem,
    .read = hint_read,
    .number = hint_number,
    .symbol = hint_symbol,
    .hex = hint_hex,
    .segment = hint_segment,
    .cpus = cpus,
    .ncpus = qemu_cpus (dump, arch, cpus, KD_ARRAY_SIZE (cpus)),
  };
  hints.trusted = vi && kd_vmcoreinfo_source (vi) != KD_VMCOREINFO_MEMORY;
  if (__builtin_mul_overflow (kd_dump_info (dump)->max_pfn,
                              (uint64_t)page_size, &hints.max_paddr))
    hints.max_paddr = UINT64_MAX & -(uint64_t)page_size;

  struct kd_memory_layout layout;
  enum kd_status st = arch->find_layout (&hints, &layout);
  if (st)
    return kd_context (st, "%s: memory layout of the kernel",
                       kd_dump_name (dump));
  mem->kernel_pt = layout.kernel_pt;
  mem->kernel_pt.read = read_phys;
  mem->kernel_pt.arg = dump;
  memcpy (mem->linear, layout.linear, sizeof mem->linear);
  mem->nlinear = layout.nlinear;
  mem->kaslr_offset = layout.kaslr_offset;
  mem->kaslr_known = layout.kaslr_known;
  mem->phys_base = layout.phys_base;
  mem->page_offset = layout.page_offset;
  if (layout.tables_missing
      && !(mem->why_no_tables = strdup (kd_error_text ())))
    return kd_fail (KD_NOMEM, "out of memory");
  *out = KD_STEAL (mem);
  return KD_OK;
}

void
kd_mem_set_direct_map (struct kd_mem *mem, uint64_t page_offset)
{
  uint64_t page_size = kd_dump_info (mem->dump)->page_size, size;
  if (mem->nlinear == KD_MAX_LINEAR
      || __builtin_mul_overflow (kd_dump_info (mem->dump)->max_pfn, page_size,
                                 &size)
      || page_offset + size < page_offset)
    return;
  mem->page_offset = page_offset;
  mem->linear[mem->nlinear++]
    = (struct kd_linear){ "direct map", page_offset, page_offset + size, 0 };
}

void
kd_mem_destroy (struct kd_mem *mem)
{
  if (!mem)
    return;
  free (mem->why_no_tables);
  free (mem);
}
