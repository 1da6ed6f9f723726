/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locks as `lockup' and `qspinlock' show them: the word, the queue, who has
   it. */
#include "cmd/lockup.h"

#include <inttypes.h>

/* In which order the CPUs get it that wait for the same lock.  */
static void
show_queue (struct lockup *l, uint64_t lock, const struct kd_qspinlock *q)
{
  enum { MAX = 256 };
  struct kd_kernel *k = l->s->kernel;
  bool *waiting KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *waiting);
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  unsigned order[MAX];
  bool pending;
  size_t n;

  for (size_t i = 0; waiting && i < l->chain.n; i++) {
    const struct kd_wait *w = &l->chain.waits[i];

    if (w->kind == KD_WAIT_LOCK && w->lock.lock == lock && w->stack->cpu >= 0)
      waiting[w->stack->cpu] = true;
  }
  n = waiting ? kd_lock_queue (k, q, waiting, order, MAX, &pending) : 0;
  kd_json_array (l->w, "queue");
  for (size_t i = 0; i < n; i++) {
    kd_strbuf_printf (&text, "%sCPU %u%s", i ? ", then " : "", order[i],
                      i == 0 && pending ? " (spins on the word)" : "");
    kd_json_u64 (l->w, NULL, order[i]);
  }
  kd_json_end (l->w);
  if (n)
    kd_text_wrapped (l->w, "  queue", 11, kd_strbuf_str (&text));
}

void
kd_lockup_show_word (struct lockup *l, uint64_t lock, enum kd_lock_kind kind)
{
  struct kd_kernel *k = l->s->kernel;
  struct kd_qspinlock q;
  struct kd_qrwlock rw;
  uint32_t word;

  if (!lock || kd_mem_u32 (k->mem, lock, &word))
    return;
  if (kind != KD_LOCK_SPIN) {
    kd_qrwlock_decode (word, &rw);
    kd_text (l->w, "  word     0x%08x: %s, %u reader(s)%s\n", word,
             rw.write_locked ? "write-locked" : "not write-locked", rw.readers,
             rw.write_waiting ? ", a writer waits" : "");
    kd_json_hex (l->w, "word", word);
    return;
  }
  kd_qspinlock_decode (word, kd_qspinlock_many (k), &q);
  kd_text (l->w, "  word     0x%08x: %s%s", word, q.locked ? "locked" : "free",
           q.pending ? ", pending" : "");
  if (q.tail_cpu >= 0)
    kd_text (l->w, ", queue ends with CPU %d (nesting %u)", q.tail_cpu,
             q.tail_idx);
  kd_text (l->w, "\n");
  kd_json_hex (l->w, "word", word);
  kd_json_i64 (l->w, "tail_cpu", q.tail_cpu);
  show_queue (l, lock, &q);
}

void
kd_lockup_show_holders (struct lockup *l, const struct kd_lock_holder *holders,
                        size_t n)
{
  kd_json_array (l->w, "holders");
  for (size_t i = 0; i < n; i++) {
    const struct kd_lock_holder *h = &holders[i];
    struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

    if (h->stack)
      kd_lockup_who (h->stack, h->ctx, &text);
    kd_strbuf_printf (&text, ": %s [%s]", h->evidence,
                      kd_confidence_name (h->confidence));
    kd_text_wrapped (l->w, "  holder", 11, kd_strbuf_str (&text));
    kd_json_object (l->w, NULL);
    kd_json_u64_or_null (l->w, "cpu", h->stack && h->stack->cpu >= 0,
                         h->stack ? (uint64_t)h->stack->cpu : 0);
    kd_json_hex (l->w, "task", h->task);
    kd_json_str (l->w, "confidence", kd_confidence_name (h->confidence));
    kd_json_str (l->w, "evidence", h->evidence);
    kd_json_end (l->w);
  }
  kd_json_end (l->w);
}
