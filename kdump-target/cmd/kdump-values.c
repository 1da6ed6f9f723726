/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GDB's convenience functions ask: addresses.  Types are GDB's. */
#include "cmd/kdump.h"
#include "cmd/select.h"
#include "cmd/threads.h"

#include <inttypes.h>
#include <string.h>

/* Where per-CPU pointers are that belong to the first chunk: the variables of
   the kernel itself, then modules' and allocated ones.  */
static enum kd_status
percpu_range (struct kd_kernel *k, uint64_t *start, uint64_t *end)
{
  uint64_t addr;
  uint32_t unit;
  enum kd_status st = kd_kernel_symbol (k, "__per_cpu_start", start);
  if (!st)
    st = kd_kernel_symbol (k, "__per_cpu_end", end);
  if (st)
    return st;
  if (!kd_kernel_symbol (k, "pcpu_unit_size", &addr)
      && !kd_mem_u32 (k->mem, addr, &unit) && unit > *end - *start)
    *end = *start + unit;
  if (*end <= *start)
    return kd_fail (KD_CORRUPT, "__per_cpu_end is not after __per_cpu_start");
  return KD_OK;
}

/* "range START END", and "offset CPU OFFSET" for each CPU that has an area;
   END is exclusive.  */
enum kd_status
kd_kdump_per_cpu (struct kd_session_state *s, const struct kd_args *args,
                  struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  uint64_t start = 0, end = 0;
  enum kd_status st = kd_args_no_more (args, 1);
  if (!st)
    st = percpu_range (k, &start, &end);
  if (st)
    return st;
  kd_text (w, "range 0x%" PRIx64 " 0x%" PRIx64 "\n", start, end);
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++)
    if (k->cpus[cpu].percpu_offset)
      kd_text (w, "offset %u 0x%" PRIx64 "\n", cpu,
               k->cpus[cpu].percpu_offset);
  return KD_OK;
}

static enum kd_status
only_argument (const struct kd_args *args, const char *what)
{
  if (args->argc < 2)
    return kd_fail (KD_USAGE, "%s is needed", what);
  return kd_args_no_more (args, 2);
}

/* "0xADDR"; the argument is a symbol's name, or MODULE:NAME.  */
enum kd_status
kd_kdump_symbol (struct kd_session_state *s, const struct kd_args *args,
                 struct kd_writer *w)
{
  uint64_t addr;
  enum kd_status st = only_argument (args, "a symbol");
  if (!st)
    st = kd_arg_address (s, args->argv[1], &addr);
  if (!st)
    kd_text (w, "0x%" PRIx64 "\n", addr);
  return st;
}

/* "0xADDR PID COMM" of the task with this PID, or task_struct.  */
enum kd_status
kd_kdump_task (struct kd_session_state *s, const struct kd_args *args,
               struct kd_writer *w)
{
  const struct kd_task *task = NULL;
  enum kd_status st = only_argument (args, "a PID");
  if (!st)
    st = kd_arg_task (s, args->argv[1], &task);
  if (!st)
    kd_text (w, "0x%" PRIx64 " %d %s\n", task->addr, task->pid, task->comm);
  return st;
}

/* "0xADDR CPU" of the task of a CPU ("current CPU") or of GDB's thread
   ("current thread TID"): what ran there, or the task that it stands for.  */
enum kd_status
kd_kdump_current (struct kd_session_state *s, const struct kd_args *args,
                  struct kd_writer *w)
{
  struct kd_cpu *cpu = NULL;
  uint64_t tid;
  enum kd_status st;
  if (args->argc == 3 && !strcmp (args->argv[1], "thread")) {
    st = kd_arg_number (args->argv[2], "the thread", &tid);
    if (!st)
      st = kd_thread_select (s, tid);
    if (!st && s->task) {
      kd_text (w, "0x%" PRIx64 " %u\n", s->task->addr, s->task->cpu);
      return KD_OK;
    }
    if (!st && s->cpu < s->kernel->ncpus)
      cpu = &s->kernel->cpus[s->cpu];
  } else {
    st = only_argument (args, "a CPU");
    if (!st)
      st = kd_arg_cpu (s, args->argv[1], &cpu);
  }
  if (st)
    return st;
  if (!cpu || !cpu->task)
    return kd_fail (KD_NOT_FOUND, "the task of CPU %u is not known",
                    cpu ? cpu->number : s->cpu);
  kd_text (w, "0x%" PRIx64 " %u\n", cpu->task, cpu->number);
  return KD_OK;
}
