/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scheduler's runqueues. */
#include "kernel/runqueue.h"

#include "kernel/layout.h"

enum kd_status
kd_rq_clocks_init (struct kd_kernel *k, struct kd_rq_clocks *out)
{
  struct kd_member clock, task;
  uint64_t at;
  *out = (struct kd_rq_clocks){ 0 };
  enum kd_status st = kd_layout (k, "rq.clock", &clock);
  if (!st)
    st = kd_layout (k, "rq.clock_task", &task);
  if (!st)
    st = kd_kernel_symbol (k, "runqueues", &at);
  if (st)
    return kd_context (st, "clocks of the scheduler");
  out->cpu = kd_calloc (k->ncpus, sizeof *out->cpu);
  if (!out->cpu)
    return kd_fail (KD_NOMEM, "out of memory");
  out->ncpus = k->ncpus;
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_rq_clock *c = &out->cpu[i];
    if (kd_kernel_percpu (k, "runqueues", i, &at)
        || kd_mem_u64 (k->mem, at + clock.offset, &c->clock)
        || kd_mem_u64 (k->mem, at + task.offset, &c->clock_task))
      *c = (struct kd_rq_clock){ 0 };
    if (c->clock > out->now)
      out->now = c->clock;
  }
  return KD_OK;
}

void
kd_rq_clocks_deinit (struct kd_rq_clocks *c)
{
  free (c->cpu);
  *c = (struct kd_rq_clocks){ 0 };
}

enum kd_last_run
kd_task_last_run (const struct kd_rq_clocks *c, const struct kd_task *t,
                  uint64_t *ns)
{
  enum kd_last_run how = KD_LAST_RUN_UNKNOWN;
  uint64_t when = 0, charged = t->exec_start;
  if (t->arrived && t->arrived <= c->now) {
    when = t->arrived;
    how = KD_LAST_RUN_ARRIVED;
  }
  /* From the clock without interrupts to the other, as they are now.  */
  if (charged && t->cpu < c->ncpus)
    charged += c->cpu[t->cpu].clock - c->cpu[t->cpu].clock_task;
  if (charged && charged <= c->now && (!how || (charged > when && !t->running))
      && !t->idle) {
    when = charged;
    how = KD_LAST_RUN_CHARGED;
  }
  *ns = how ? c->now - when : 0;
  return how;
}
