/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who waits for whom. */
#include "hang/chain.h"

#include <string.h>

void
kd_chain_deinit (struct kd_chain *chain)
{
  for (size_t i = 0; i < chain->n; i++)
    kd_smp_wait_deinit (&chain->waits[i].smp);
  free (chain->waits);
  *chain = (struct kd_chain){ 0 };
}

static enum kd_status
add (struct kd_chain *chain, const struct kd_wait *w)
{
  struct kd_wait *more
    = reallocarray (chain->waits, chain->n + 1, sizeof *more);

  if (!more)
    return kd_fail (KD_NOMEM, "out of memory");
  chain->waits = more;
  more[chain->n++] = *w;
  return KD_OK;
}

static enum kd_status
look (struct kd_contexts *c, const struct kd_context_stack *s,
      const struct kd_context *ctx, struct kd_chain *chain)
{
  struct kd_wait w = { .stack = s, .ctx = ctx, .kind = KD_WAIT_SMP };
  enum kd_status st = kd_smp_wait_find (c, s, ctx, &w.smp);

  if (st == KD_NOT_FOUND) {
    w.kind = KD_WAIT_LOCK;
    st = kd_lock_wait_find (c, s, ctx, &w.lock);
    if (!st && w.lock.lock)
      st = kd_lock_holders (c, w.lock.lock, w.holders, KD_CHAIN_HOLDERS,
                            &w.nholders);
  }
  if (st == KD_NOT_FOUND)
    return KD_OK;
  if (!st)
    st = add (chain, &w);
  if (st)
    kd_smp_wait_deinit (&w.smp);
  return st;
}

enum kd_status
kd_chain_find (struct kd_contexts *c, struct kd_chain *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  enum kd_status st = KD_OK;

  *out = (struct kd_chain){ 0 };
  for (unsigned cpu = 0; cpu < k->ncpus && !st; cpu++) {
    const struct kd_context_stack *s;

    st = kd_contexts_cpu (c, cpu, &s);
    for (size_t i = 0; !st && i < s->ncontexts; i++)
      st = look (c, s, &s->context[i], out);
  }
  if (st)
    kd_chain_deinit (out);
  return st;
}

struct kd_wait *
kd_chain_of_cpu (struct kd_chain *chain, int cpu)
{
  for (size_t i = 0; i < chain->n; i++)
    if (chain->waits[i].stack->cpu == cpu)
      return &chain->waits[i];
  return NULL;
}

int
kd_wait_for_cpu (const struct kd_wait *w)
{
  if (w->kind == KD_WAIT_SMP)
    return w->smp.n ? w->smp.targets[0] : -1;
  return w->nholders && w->holders[0].stack ? w->holders[0].stack->cpu : -1;
}
