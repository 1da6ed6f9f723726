/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers of the selected CPU or task. */
#include "rsp/request.h"

#include <string.h>

/* Those of the task that is selected; what went wrong leaves them unknown.  */
static const struct kd_regs *
task_registers (struct kd_rsp *s)
{
  struct kd_unwinder *u;
  const struct kd_task *t = s->task;
  bool exact;
  if (s->regs_task != t) {
    s->regs_task = t;
    if (kd_cmd_unwinder (s->state, &u)
        || kd_unwind_saved_regs (u, t->addr, &s->regs, &exact))
      s->regs = (struct kd_regs){ 0 };
  }
  return &s->regs;
}

/* All that is known of the selected thread's registers; NULL if nothing.  */
static const struct kd_regs *
selected_registers (struct kd_rsp *s)
{
  const struct kd_kernel *k = s->state->kernel;
  if (s->task)
    return task_registers (s);
  const struct kd_cpu *cpu = s->cpu < k->ncpus ? &k->cpus[s->cpu] : NULL;
  return cpu && cpu->source != KD_REGS_NONE ? &cpu->regs : NULL;
}

/* Register I, in the target's byte order; x's when it is not known.  */
static void
put_register (struct kd_rsp *s, const struct kd_regs *regs, unsigned i,
              struct kd_strbuf *out)
{
  const struct kd_kernel *k = s->state->kernel;
  unsigned size = k->mem->arch->regs[i].bits / 8;
  if (!regs || !kd_regs_has (regs, i)) {
    for (unsigned n = 0; n < 2 * size; n++)
      kd_strbuf_putc (out, 'x');
    return;
  }
  uint8_t bytes[8];
  bool big = kd_dump_info (k->dump)->big_endian;
  for (unsigned n = 0; n < size && n < sizeof bytes; n++)
    bytes[n] = (uint8_t)(regs->value[i] >> 8 * (big ? size - 1 - n : n));
  kd_rsp_put_hex (out, bytes, size);
}

void
kd_rsp_read_registers (struct kd_rsp *s, const char *args, size_t len,
                       struct kd_reply *r)
{
  (void)args, (void)len;
  const struct kd_arch *arch = s->state->kernel->mem->arch;
  const struct kd_regs *regs = selected_registers (s);
  for (unsigned i = 0; i < arch->nregs; i++)
    put_register (s, regs, i, &r->data);
  r->kind = KD_REPLY_TEXT;
}

void
kd_rsp_read_register (struct kd_rsp *s, const char *args, size_t len,
                      struct kd_reply *r)
{
  (void)len;
  const struct kd_arch *arch = s->state->kernel->mem->arch;
  uint64_t i;
  const char *p = args;
  if (!kd_rsp_get_number (&p, &i) || *p || i >= arch->nregs) {
    kd_reply_error (r, 22, "there is no register number %s", args);
    return;
  }
  put_register (s, selected_registers (s), (unsigned)i, &r->data);
  r->kind = KD_REPLY_TEXT;
}
