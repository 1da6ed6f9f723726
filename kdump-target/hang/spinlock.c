/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock words, and who spins for which lock. */
#include "hang/spinlock.h"

#include "hang/calls.h"
#include "kernel/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- words --- */

void
kd_qspinlock_decode (uint32_t word, bool many, struct kd_qspinlock *out)
{
  /* _Q_PENDING_BITS is 8 where the tail's CPU fits 14 bits.  */
  unsigned idx_at = many ? 9 : 16;
  uint32_t cpu = word >> (idx_at + 2);

  *out = (struct kd_qspinlock){ .word = word,
                                .locked = word & 0xff,
                                .pending = word >> 8 & (many ? 1 : 0xff),
                                .tail_cpu = (int)cpu - 1,
                                .tail_idx = word >> idx_at & 3 };
}

void
kd_qrwlock_decode (uint32_t word, struct kd_qrwlock *out)
{
  *out = (struct kd_qrwlock){ .word = word,
                              .write_locked = (word & 0xff) != 0,
                              .write_waiting = word >> 8 & 1,
                              .readers = word >> 9 };
}

bool
kd_qspinlock_many (struct kd_kernel *k)
{
  uint64_t size;

  return !kd_types_size (k->types, "cpumask", &size) && size * 8 >= 16384;
}

uint64_t
kd_mcs_node (struct kd_kernel *k, unsigned cpu, unsigned idx)
{
  uint64_t base, size;

  /* Called mcs_nodes until 0fa809ca7f81 ("locking/pvqspinlock: Extend node
     size when pvqspinlock is configured", 5.0).  */
  if (!kd_kernel_percpu (k, "qnodes", cpu, &base)) {
    if (kd_types_size (k->types, "qnode", &size))
      return 0;
  } else if (kd_kernel_percpu (k, "mcs_nodes", cpu, &base)
             || kd_types_size (k->types, "mcs_spinlock", &size)) {
    return 0;
  }
  return base + idx * size;
}

/* How many of its nodes does CPU use?  What the others hold is of old.  */
static unsigned
nodes_used (struct kd_kernel *k, unsigned cpu)
{
  uint64_t first = kd_mcs_node (k, cpu, 0), count;

  if (!first || kd_read_member (k, first, "mcs.count", &count))
    return 0;
  return count < 4 ? (unsigned)count : 4;
}

/* Whose node is at ADDR?  -1: no one's.  */
static int
node_owner (struct kd_kernel *k, uint64_t addr, unsigned *idx)
{
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++)
    for (*idx = 0; *idx < 4; ++*idx) {
      uint64_t node = kd_mcs_node (k, cpu, *idx);

      if (node && node == addr)
        return (int)cpu;
    }
  return -1;
}

/* The CPU of WAITING whose node is before NODE; -1: none.  */
static int
before (struct kd_kernel *k, const bool *waiting, uint64_t node,
        uint64_t *its_node)
{
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++)
    for (unsigned idx = 0; waiting[cpu] && idx < nodes_used (k, cpu); idx++) {
      uint64_t at = kd_mcs_node (k, cpu, idx), next;

      if (at && !kd_read_member (k, at, "mcs.next", &next) && next == node) {
        *its_node = at;
        return (int)cpu;
      }
    }
  return -1;
}

size_t
kd_lock_queue (struct kd_kernel *k, const struct kd_qspinlock *q,
               const bool *waiting, unsigned *out, size_t max, bool *pending)
{
  bool *left KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *left);
  uint64_t node = q->tail_cpu >= 0 && (unsigned)q->tail_cpu < k->ncpus
                    ? kd_mcs_node (k, (unsigned)q->tail_cpu, q->tail_idx)
                    : 0;
  int cpu = node ? q->tail_cpu : -1;
  size_t n = 0, others = 0;
  unsigned other = 0, idx;

  *pending = false;
  if (!left)
    return 0;
  memcpy (left, waiting, k->ncpus * sizeof *left);
  /* From the tail back.  */
  while (cpu >= 0 && n < max && n < k->ncpus
         && node_owner (k, node, &idx) == cpu) {
    out[n++] = (unsigned)cpu;
    left[cpu] = false;
    cpu = before (k, left, node, &node);
  }
  for (size_t i = 0; i < n / 2; i++) {
    unsigned t = out[i];

    out[i] = out[n - 1 - i];
    out[n - 1 - i] = t;
  }
  for (unsigned c = 0; c < k->ncpus; c++)
    if (left[c]) {
      others++;
      other = c;
    }
  /* Who is in no queue spins on the word, if that is one alone.  */
  if (q->pending && others == 1 && n < max) {
    memmove (out + 1, out, n * sizeof *out);
    out[0] = other;
    *pending = true;
    n++;
  }
  return n;
}

/* --- who spins --- */

static const char *const spinning[] = { "native_queued_spin_lock_slowpath",
                                        "queued_spin_lock_slowpath",
                                        "__pv_queued_spin_lock_slowpath",
                                        "pv_queued_spin_lock_slowpath",
                                        "pv_wait_node",
                                        "pv_wait_head_or_lock",
                                        "virt_spin_lock",
                                        "do_raw_spin_lock",
                                        "_raw_spin_lock",
                                        NULL };
static const char *const reading[] = { "queued_read_lock_slowpath", NULL };
static const char *const writing[] = { "queued_write_lock_slowpath", NULL };
/* Functions of the locks themselves, all of which have the lock as their first
   argument.  */
static const char *const own[]
  = { "native_queued_spin_lock_slowpath",
      "queued_spin_lock_slowpath",
      "__pv_queued_spin_lock_slowpath",
      "pv_queued_spin_lock_slowpath",
      "__raw_callee_save___native_queued_spin_lock_slowpath",
      "queued_read_lock_slowpath",
      "queued_write_lock_slowpath",
      "do_raw_spin_lock",
      "_raw_spin_lock",
      "_raw_spin_lock_irq",
      "_raw_spin_lock_irqsave",
      "_raw_spin_lock_bh",
      "_raw_spin_lock_nested",
      "_raw_spin_lock_irqsave_nested",
      "_raw_read_lock",
      "_raw_read_lock_irq",
      "_raw_read_lock_irqsave",
      "_raw_read_lock_bh",
      "_raw_write_lock",
      "_raw_write_lock_irq",
      "_raw_write_lock_irqsave",
      "_raw_write_lock_bh",
      "_raw_write_lock_nested",
      "do_raw_read_lock",
      "do_raw_write_lock",
      NULL };

static bool
frame_is (struct kd_contexts *c, const struct kd_context_stack *s, size_t i,
          const char *const *names)
{
  struct kd_context only = { .first = i, .end = i + 1 };

  return i < s->bt.nframes && kd_context_find (c, s, &only, names) == i;
}

/* Can there be a lock at ADDR, which someone waits for?  */
static bool
plausible (struct kd_kernel *k, uint64_t addr)
{
  struct kd_qspinlock q;
  uint32_t word;

  if (!k->mem->arch->is_kernel_address (addr) || addr & 3
      || kd_mem_u32 (k->mem, addr, &word))
    return false;
  kd_qspinlock_decode (word, kd_qspinlock_many (k), &q);
  return q.tail_cpu < (int)k->ncpus;
}

/* Has any register of the frame where it spins the address?  */
static const char *
register_with (struct kd_kernel *k, const struct kd_frame *f, uint64_t value)
{
  const struct kd_arch *arch = k->mem->arch;

  for (unsigned i = 0; i < arch->nregs; i++)
    if (kd_regs_has (&f->regs, i) && f->regs.value[i] == value)
      return arch->regs[i].name;
  return NULL;
}

/* What the callers gave as the lock: the outermost that says.  */
static uint64_t
argument (struct kd_contexts *c, const struct kd_lock_wait *w,
          uint64_t *call_at)
{
  uint64_t found = 0;

  for (size_t i = w->frame + 1; i <= w->caller && i < w->ctx->end; i++) {
    struct kd_call call;

    if (kd_call_of (c, &w->stack->bt.frames[i], w->stack->cpu, &call)
        || !call.arg_known || !plausible (kd_contexts_kernel (c), call.arg))
      continue;
    found = call.arg;
    *call_at = call.at;
  }
  return found;
}

static void
find_lock (struct kd_contexts *c, struct kd_lock_wait *w)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  const struct kd_frame *f = &w->stack->bt.frames[w->frame];
  int rdi = kd_arch_reg (k->mem->arch, "rdi");
  struct kd_strbuf where KD_AUTO_STRBUF = { 0 };
  uint64_t at = 0, arg = argument (c, w, &at);
  const char *reg = arg ? register_with (k, f, arg) : NULL;

  w->confidence = KD_UNKNOWN;
  if (arg) {
    w->lock = arg;
    w->confidence = reg ? KD_CERTAIN : KD_LIKELY;
    kd_kernel_format_addr (k, at, &where);
    snprintf (w->evidence, sizeof w->evidence,
              "the call at %s has it as argument%s%s", kd_strbuf_str (&where),
              reg ? ", and it is in " : "", reg ? reg : "");
  } else if (f->kind == KD_FRAME_EXACT && rdi >= 0
             && kd_regs_has (&f->regs, (unsigned)rdi)
             && plausible (k, f->regs.value[rdi])) {
    w->lock = f->regs.value[rdi];
    w->confidence = KD_LIKELY;
    snprintf (w->evidence, sizeof w->evidence,
              "it is in rdi, where the lock's functions have it");
  } else {
    snprintf (w->evidence, sizeof w->evidence,
              "which lock is in neither the calls nor the registers");
  }
}

enum kd_status
kd_lock_wait_find (struct kd_contexts *c, const struct kd_context_stack *s,
                   const struct kd_context *ctx, struct kd_lock_wait *out)
{
  struct kd_kernel *k = kd_contexts_kernel (c);
  size_t at = ctx->first;
  struct kd_symbol sym;

  *out = (struct kd_lock_wait){ .stack = s, .ctx = ctx };
  /* An rwlock's slow path spins in a spinlock's for its turn.  */
  if (frame_is (c, s, at, spinning)
      && (frame_is (c, s, at + 1, reading)
          || frame_is (c, s, at + 1, writing)))
    at++;
  if (at >= ctx->end
      || !(frame_is (c, s, at, spinning) || frame_is (c, s, at, reading)
           || frame_is (c, s, at, writing)))
    return kd_fail (KD_NOT_FOUND, "it spins for no lock");
  out->kind = frame_is (c, s, at, reading)   ? KD_LOCK_READ
              : frame_is (c, s, at, writing) ? KD_LOCK_WRITE
                                             : KD_LOCK_SPIN;
  out->frame = at;
  if (kd_frame_symbol (k, &s->bt.frames[at], &sym))
    snprintf (out->function, sizeof out->function, "%s", sym.name);
  for (out->caller = at;
       out->caller < ctx->end && frame_is (c, s, out->caller, own);)
    out->caller++;
  find_lock (c, out);
  return KD_OK;
}
