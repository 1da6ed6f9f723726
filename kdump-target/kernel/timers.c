/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pending timers of a CPU. */
#include "kernel/timers.h"

#include "base/cursor.h"
#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/rbtree.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_TIMERS = 1 << 20,  /* of one base */
  MAX_BUCKETS = 1 << 12, /* of a wheel; WHEEL_SIZE is 512 or 576 */
  /* include/uapi/linux/time.h */
  CLOCK_REALTIME_ID = 0,
  CLOCK_MONOTONIC_ID = 1,
  CLOCK_BOOTTIME_ID = 7,
  CLOCK_TAI_ID = 11
};

struct reader {
  struct kd_kernel *k;
  struct kd_timer_base *base;
  size_t room;
  uint64_t node; /* offset of the tree or list node in the timer */
  const char *expires, *soft, *function;
};

static void
blame (struct kd_timer_base *b, enum kd_status st)
{
  if (st && !b->damage)
    b->damage = kd_asprintf ("%s", kd_error_text ());
}

static enum kd_status
take_timer (void *arg, uint64_t node)
{
  struct reader *r = arg;
  struct kd_timer_base *b = r->base;
  if (b->ntimers == r->room) {
    size_t room = r->room ? r->room * 2 : 16;
    struct kd_timer *more = realloc (b->timers, room * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory for timers");
    b->timers = more;
    r->room = room;
  }
  struct kd_timer *t = &b->timers[b->ntimers];
  *t = (struct kd_timer){ .addr = node - r->node };
  enum kd_status st = kd_read_member (r->k, t->addr, r->expires, &t->expires);
  if (!st && r->soft)
    st = kd_read_member (r->k, t->addr, r->soft, &t->soft);
  else
    t->soft = t->expires;
  if (!st)
    st = kd_read_member (r->k, t->addr, r->function, &t->function);
  /* The node could be read, so the others may still follow.  */
  blame (b, st);
  b->ntimers += !st;
  return KD_OK;
}

static int
by_expiry (const void *a, const void *b)
{
  const struct kd_timer *x = a, *y = b;
  return (x->expires > y->expires) - (x->expires < y->expires);
}

/* The timer that a base says is running, by the pointer LOGICAL at ADDR.  */
static void
read_running (struct kd_kernel *k, uint64_t addr, const char *logical,
              const char *function, struct kd_timer_base *b)
{
  if (kd_read_member (k, addr, logical, &b->running) || !b->running
      || kd_read_member (k, b->running, function, &b->running_function))
    return;
}

void
kd_timers_deinit (struct kd_timers *t)
{
  for (unsigned i = 0; i < t->nbases; i++) {
    free (t->base[i].timers);
    free (t->base[i].damage);
  }
  *t = (struct kd_timers){ 0 };
}

/* --- hrtimers --- */

static const char *
clock_name (uint64_t clockid)
{
  switch (clockid) {
  case CLOCK_REALTIME_ID:
    return "realtime";
  case CLOCK_MONOTONIC_ID:
    return "monotonic";
  case CLOCK_BOOTTIME_ID:
    return "boottime";
  case CLOCK_TAI_ID:
    return "TAI";
  default:
    return clockid > CLOCK_TAI_ID && clockid < 32 ? "auxiliary" : "unknown";
  }
}

/* A clock's offset: a number, or a pointer to one in kernels that keep more
   than one kind there.  */
static enum kd_status
read_offset (struct kd_kernel *k, uint64_t addr, int64_t *out)
{
  uint64_t at, value;
  if (!kd_has_member (k, "hrtimer_base.aux"))
    return kd_read_signed (k, addr, "hrtimer_base.offset", out);
  enum kd_status st = kd_read_member (k, addr, "hrtimer_base.offset", &at);
  if (!st)
    st = kd_mem_u64 (k->mem, at, &value);
  if (!st)
    *out = (int64_t)value;
  return st;
}

static enum kd_status
read_clock_base (struct kd_kernel *k, uint64_t addr, struct kd_timer_base *b)
{
  uint64_t clockid;
  struct kd_member node, active;
  enum kd_status st = kd_layout (k, "hrtimer.node", &node);
  if (!st)
    st = kd_layout (k, "hrtimer_base.active", &active);
  if (!st)
    st = kd_read_member (k, addr, "hrtimer_base.clockid", &clockid);
  if (!st)
    st = read_offset (k, addr, &b->offset_ns);
  if (st)
    return st;
  b->name = clock_name (clockid);
  read_running (k, addr, "hrtimer_base.running", "hrtimer.function", b);
  struct reader r = { .k = k,
                      .base = b,
                      .node = node.offset,
                      .expires = "hrtimer.expires",
                      .soft = "hrtimer.softexpires",
                      .function = "hrtimer.function" };
  st = kd_rbtree_walk (k, addr + active.offset, MAX_TIMERS, take_timer, &r);
  if (st == KD_NOMEM)
    return st;
  blame (b, st);
  return KD_OK;
}

enum kd_status
kd_hrtimers_read (struct kd_kernel *k, unsigned cpu, struct kd_timers *out)
{
  struct kd_member bases;
  uint64_t addr, flag;
  *out = (struct kd_timers){ 0 };
  enum kd_status st = kd_kernel_percpu (k, "hrtimer_bases", cpu, &addr);
  if (!st)
    st = kd_layout (k, "hrtimer_cpu_base.clock_base", &bases);
  if (!st && (bases.count > KD_TIMER_BASES || !bases.count))
    st = kd_fail (KD_UNSUPPORTED, "%" PRIu64 " clocks", bases.count);
  for (unsigned i = 0; !st && i < bases.count; i++) {
    struct kd_timer_base *b = &out->base[out->nbases++];
    /* With ones for the softirq there are two of each.  */
    b->soft = bases.count > 4 && i >= bases.count / 2;
    st = read_clock_base (k, addr + bases.offset + i * bases.elem_size, b);
  }
  if (st) {
    kd_timers_deinit (out);
    return kd_context (st, "hrtimers of CPU %u", cpu);
  }
  out->in_interrupt
    = !kd_read_member (k, addr, "hrtimer_cpu_base.in_hrtirq", &flag) && flag;
  out->hang_detected
    = !kd_read_member (k, addr, "hrtimer_cpu_base.hang_detected", &flag)
      && flag;
  return KD_OK;
}

/* --- the wheel --- */

/* How many wheels a CPU has: by the size of its variable, else by those that
   look like one.  */
static unsigned
count_wheels (struct kd_kernel *k, uint64_t addr, unsigned cpu, uint64_t size)
{
  struct kd_symbol sym;
  if (kd_kernel_symbol_named (k, "timer_bases", NULL, &sym) && sym.size >= size
      && sym.size % size == 0 && sym.size / size <= 3)
    return (unsigned)(sym.size / size);
  unsigned n = 0;
  for (; n < 3; n++) {
    uint64_t owner, clk;
    if (kd_read_member (k, addr + n * size, "timer_base.cpu", &owner)
        || owner != cpu
        || kd_read_member (k, addr + n * size, "timer_base.clk", &clk)
        || clk < UINT32_MAX / 2)
      break;
  }
  return n;
}

/* NO_HZ kernels have one for timers that need not wake an idle CPU; the other
   was split in two by 83a665dc99a7 "timers: Keep the pinned timers separate
   from the others", 6.9.  */
static const char *
wheel_name (unsigned i, unsigned n)
{
  if (n == 3)
    return i == 0 ? "local" : i == 1 ? "global" : "deferrable";
  return i == 0 ? "standard" : "deferrable";
}

static enum kd_status
read_buckets (struct kd_kernel *k, uint64_t addr, struct reader *r)
{
  struct kd_member vectors;
  enum kd_status st = kd_layout (k, "timer_base.vectors", &vectors);
  if (!st
      && (vectors.elem_size != 8 || vectors.count > MAX_BUCKETS
          || !vectors.count))
    st = kd_fail (KD_UNSUPPORTED, "a timer wheel of %" PRIu64 " bytes",
                  vectors.size);
  if (st)
    return st;
  uint8_t *heads KD_AUTO_FREE = kd_calloc (vectors.count, 8);
  if (!heads)
    return kd_fail (KD_NOMEM, "out of memory for timers");
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr + vectors.offset, heads,
                    vectors.size, NULL);
  if (st)
    return kd_context (st, "timer wheel at 0x%" PRIx64, addr);
  for (size_t i = 0; i < vectors.count; i++) {
    st = kd_chain_walk (k, kd_le64 (heads + i * 8), MAX_TIMERS, take_timer, r);
    if (st == KD_NOMEM)
      return st;
    blame (r->base, st);
  }
  return KD_OK;
}

static enum kd_status
read_wheel (struct kd_kernel *k, uint64_t addr, struct kd_timer_base *b)
{
  struct kd_member entry;
  uint64_t idle;
  enum kd_status st = kd_layout (k, "timer_list.entry", &entry);
  if (!st)
    st = kd_read_member (k, addr, "timer_base.clk", &b->clk);
  if (st)
    return st;
  b->idle = !kd_read_member (k, addr, "timer_base.is_idle", &idle) && idle;
  read_running (k, addr, "timer_base.running", "timer_list.function", b);
  struct reader r = { .k = k,
                      .base = b,
                      .node = entry.offset,
                      .expires = "timer_list.expires",
                      .function = "timer_list.function" };
  st = read_buckets (k, addr, &r);
  if (b->ntimers)
    qsort (b->timers, b->ntimers, sizeof *b->timers, by_expiry);
  return st;
}

enum kd_status
kd_wheel_read (struct kd_kernel *k, unsigned cpu, struct kd_timers *out)
{
  uint64_t addr, size;
  *out = (struct kd_timers){ 0 };
  enum kd_status st = kd_kernel_percpu (k, "timer_bases", cpu, &addr);
  if (!st)
    st = kd_types_size (k->types, "timer_base", &size);
  if (!st && !size)
    st = kd_fail (KD_CORRUPT, "struct timer_base has no size");
  unsigned n = st ? 0 : count_wheels (k, addr, cpu, size);
  for (unsigned i = 0; i < n && !st; i++) {
    out->base[out->nbases].name = wheel_name (i, n);
    st = read_wheel (k, addr + i * size, &out->base[out->nbases++]);
  }
  if (st)
    kd_timers_deinit (out);
  return kd_context (st, "timer wheel of CPU %u", cpu);
}

/* --- what they do --- */

static void
describe_task (struct kd_kernel *k, uint64_t task, struct kd_strbuf *out)
{
  char comm[17];
  uint64_t pid;
  if (!task || kd_read_member (k, task, "task.pid", &pid)
      || kd_read_member_string (k, task, "task.comm", comm, sizeof comm))
    return;
  kd_strbuf_printf (out, "wakes PID %d (%s)", (int)pid, comm);
}

/* TIMER is the member INNER of an object: the member OUTER of that.  */
static bool
read_container (struct kd_kernel *k, const struct kd_timer *timer,
                const char *inner, const char *outer, uint64_t *out)
{
  struct kd_member m;
  return !kd_layout (k, inner, &m)
         && !kd_read_member (k, timer->addr - m.offset, outer, out);
}

void
kd_timer_describe (struct kd_kernel *k, const struct kd_timer *timer,
                   struct kd_strbuf *out)
{
  struct kd_symbol sym;
  uint64_t value, work;
  if (!kd_kernel_symbol_at (k, timer->function, &sym)
      || sym.addr != timer->function)
    return;
  /* Until "timer: Pass timer_list pointer to callbacks unconditionally", 4.15,
     a timer has its function's argument.  */
  bool has_data = !kd_read_member (k, timer->addr, "timer_list.data", &value);
  if (!strcmp (sym.name, "hrtimer_wakeup")) {
    if (read_container (k, timer, "hrtimer_sleeper.timer",
                        "hrtimer_sleeper.task", &value))
      describe_task (k, value, out);
  } else if (!strcmp (sym.name, "process_timeout")) {
    if (has_data
        || read_container (k, timer, "process_timer.timer",
                           "process_timer.task", &value))
      describe_task (k, value, out);
  } else if (!strcmp (sym.name, "delayed_work_timer_fn")) {
    if (read_container (k, timer, "delayed_work.timer", "delayed_work.func",
                        &work)
        && kd_kernel_is_text (k, work)) {
      kd_strbuf_puts (out, "queues ");
      kd_kernel_format_addr (k, work, out);
    }
  }
}
