/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much memory a task has. */
#include "kernel/layout.h"
#include "kernel/tasks.h"

/* Kinds of pages that are resident, as mm_types_task.h numbers them since
   eca56ff906bd "mm, shmem: add internal shmem resident memory accounting",
   4.5.  */
static const struct {
  const char *name;
  unsigned number;
} resident[]
  = { { "MM_FILEPAGES", 0 }, { "MM_ANONPAGES", 1 }, { "MM_SHMEMPAGES", 3 } };

/* A percpu_counter: what was folded so far, and what each CPU has not.  */
static enum kd_status
percpu_counter (struct kd_kernel *k, uint64_t at, int64_t *out)
{
  uint64_t counters;
  enum kd_status st = kd_read_signed (k, at, "percpu_counter.count", out);
  if (st || kd_read_member (k, at, "percpu_counter.counters", &counters)
      || !counters)
    return st;
  for (unsigned i = 0; i < k->ncpus; i++) {
    uint32_t part;
    if (k->cpus[i].percpu_offset
        && !kd_mem_u32 (k->mem, counters + k->cpus[i].percpu_offset, &part))
      *out += (int32_t)part;
  }
  return KD_OK;
}

/* Pages of kind I of the mm_struct at MM; negative ones are none, as for the
   kernel.  */
static enum kd_status
count (struct kd_kernel *k, uint64_t mm, unsigned i, uint64_t *out)
{
  struct kd_member m;
  int64_t kind, pages = 0;
  uint64_t value;
  if (kd_types_enumerator (k->types, resident[i].name, &kind))
    kind = resident[i].number;
  enum kd_status st = kd_layout (k, "mm.rss_stat", &m);
  bool plain = !st && m.count == 1;
  if (plain)
    st = kd_layout (k, "mm.rss_stat.count", &m);
  if (st)
    return st;
  if (kind < 0 || (uint64_t)kind >= m.count)
    return kd_fail (KD_NOT_FOUND, "the kernel does not count %s",
                    resident[i].name);
  uint64_t at = mm + m.offset + (uint64_t)kind * m.elem_size;
  if (plain) {
    st = kd_mem_u64 (k->mem, at, &value);
    pages = st ? 0 : (int64_t)value;
  } else {
    st = percpu_counter (k, at, &pages);
  }
  *out = pages > 0 ? (uint64_t)pages : 0;
  return st;
}

enum kd_status
kd_task_memory (struct kd_kernel *k, const struct kd_task *t,
                struct kd_task_memory *out)
{
  *out = (struct kd_task_memory){ 0 };
  if (!t->mm)
    return KD_OK;
  uint64_t page = kd_dump_info (k->dump)->page_size, pages = 0;
  enum kd_status st = kd_read_member (k, t->mm, "mm.total_vm", &pages);
  out->virtual_size = pages * page;
  for (unsigned i = 0; i < KD_ARRAY_SIZE (resident) && !st; i++) {
    st = count (k, t->mm, i, &pages);
    out->resident += st ? 0 : pages * page;
  }
  return kd_context (st, "memory of PID %d", t->pid);
}
