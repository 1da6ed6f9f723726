/* SPDX-License-Identifier: GPL-3.0-or-later */
/* call_single_data: calls of functions on other CPUs. */
#include "kernel/csd.h"

#include "kernel/cpumask.h"
#include "kernel/layout.h"

#include <inttypes.h>

enum {
  FLAG_LOCK = 0x01, /* CSD_FLAG_LOCK */
  TYPE_MASK = 0xf0, /* CSD_FLAG_TYPE_MASK, since 5.8 */
  QUEUE_LIMIT = 65536
};

const char *
kd_csd_type_name (enum kd_csd_type type)
{
  static const char *const names[]
    = { "async", "sync", "irq_work", "wake-up", "call" };

  return names[type];
}

uint64_t
kd_csd_size (struct kd_kernel *k)
{
  uint64_t size;

  if (!kd_types_size (k->types, "__call_single_data", &size)
      || !kd_types_size (k->types, "call_single_data", &size))
    return size;
  return 0;
}

enum kd_status
kd_csd_read (struct kd_kernel *k, uint64_t addr, struct kd_csd *out)
{
  uint64_t flags, cpu;
  int64_t value;
  enum kd_status st = kd_read_member (k, addr, "csd.flags", &flags);

  *out = (struct kd_csd){ .addr = addr, .src = -1, .dst = -1 };
  if (st)
    return kd_context (st, "call_single_data at 0x%" PRIx64, addr);
  out->flags = (unsigned)flags;
  out->locked = flags & FLAG_LOCK;
  /* Types came with 545b8c8df41f ("smp: Cleanup smp_call_function*()") and
     a1488664be7a, 5.8.  */
  out->type = kd_types_enumerator (k->types, "CSD_TYPE_SYNC", &value)
                ? KD_CSD_PLAIN
                : (enum kd_csd_type) ((flags & TYPE_MASK) >> 4 & 3);
  if (!kd_read_member (k, addr, "csd.dst", &cpu))
    out->dst = (int)cpu;
  if (!kd_read_member (k, addr, "csd.src", &cpu))
    out->src = (int)cpu;
  if (out->type == KD_CSD_IRQ_WORK) {
    return kd_read_member (k, addr, "irq_work.func", &out->func);
  }
  if (out->type == KD_CSD_TTWU)
    return KD_OK;
  st = kd_read_member (k, addr, "csd.func", &out->func);
  if (!st)
    st = kd_read_member (k, addr, "csd.info", &out->info);
  return st;
}

/* The list grows at its head, and is turned round before it is worked on.  */
static void
reverse (struct kd_csd *v, size_t n)
{
  for (size_t i = 0; i < n / 2; i++) {
    struct kd_csd t = v[i];

    v[i] = v[n - 1 - i];
    v[n - 1 - i] = t;
  }
}

enum kd_status
kd_csd_queue (struct kd_kernel *k, unsigned cpu, struct kd_csd *out,
              size_t max, size_t *n)
{
  struct kd_member link;
  uint64_t head, at;
  enum kd_status st = kd_layout (k, "csd.llist", &link);

  *n = 0;
  if (!st)
    st = kd_kernel_percpu (k, "call_single_queue", cpu, &head);
  if (!st)
    st = kd_mem_u64 (k->mem, head, &at);
  for (unsigned i = 0; !st && at && *n < max; i++) {
    if (i == QUEUE_LIMIT)
      st = kd_fail (KD_CORRUPT, "the queue does not end");
    if (!st)
      st = kd_csd_read (k, at - link.offset, &out[*n]);
    if (!st) {
      ++*n;
      st = kd_mem_u64 (k->mem, at, &at);
    }
  }
  reverse (out, *n);
  return kd_context (st, "call_single_queue of CPU %u", cpu);
}

/* The call_single_data for TARGET of the per-CPU pointer in CFD.  */
static enum kd_status
read_target (struct kd_kernel *k, uint64_t pointer, unsigned target,
             struct kd_csd *out)
{
  if (!k->cpus[target].percpu_offset)
    return kd_fail (KD_NOT_FOUND, "CPU %u: no per-CPU area", target);
  return kd_csd_read (k, pointer + k->cpus[target].percpu_offset, out);
}

enum kd_status
kd_csd_many (struct kd_kernel *k, unsigned cpu, struct kd_csd *out, size_t *n)
{
  bool *set KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *set);
  uint64_t cfd, pointer;
  enum kd_status st
    = set ? KD_OK : kd_fail (KD_NOMEM, "out of memory for a CPU mask");

  *n = 0;
  for (unsigned i = 0; i < k->ncpus; i++)
    out[i] = (struct kd_csd){ 0 };
  if (!st)
    st = kd_kernel_percpu (k, "cfd_data", cpu, &cfd);
  if (!st)
    st = kd_cpumask_read_var (k, cfd, "cfd.cpumask", "cfd.cpumask.bits", set);
  if (!st)
    st = kd_read_member (k, cfd, "cfd.csd", &pointer);
  for (unsigned i = 0; i < k->ncpus && !st; i++) {
    if (!set[i])
      continue;
    st = read_target (k, pointer, i, &out[i]);
    if (st || !out[i].locked)
      out[i] = (struct kd_csd){ 0 };
    else
      ++*n;
  }
  return kd_context (st, "calls of CPU %u to many", cpu);
}
