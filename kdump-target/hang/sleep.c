/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks that sleep for a lock or a completion. */
#include "hang/sleep.h"

#include "base/progress.h"
#include "hang/calls.h"
#include "kernel/layout.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

/* Elements of queues that are looked at in all: a damaged dump may have rings
   that are long for no reason.  */
enum { MAX_STEPS = 1 << 21, MAX_OUTER_FRAMES = 16 };

/* How each kind queues its waiters: a ring of list_heads, the waiters' own on
   their stacks, the head in the lock.  */
static const struct shape {
  const char *name;
  const char *waiter_task, *waiter_list; /* NULL: no such queue */
  const char *lock_list, *lock_owner;
} shapes[] = {
  [KD_SLEEP_MUTEX] = { "mutex", "mutex_waiter.task", "mutex_waiter.list",
                       "mutex.wait_list", "mutex.owner" },
  [KD_SLEEP_RWSEM_READ] = { "rwsem", "rwsem_waiter.task", "rwsem_waiter.list",
                            "rwsem.wait_list", "rwsem.owner" },
  [KD_SLEEP_RWSEM_WRITE] = { "rwsem", "rwsem_waiter.task", "rwsem_waiter.list",
                             "rwsem.wait_list", "rwsem.owner" },
  [KD_SLEEP_RT_MUTEX] = { "rt_mutex", NULL, NULL, NULL, "rt_mutex.owner" },
  [KD_SLEEP_SEMAPHORE]
  = { "semaphore", "semaphore_waiter.task", "semaphore_waiter.list",
      "semaphore.wait_list", NULL },
  [KD_SLEEP_COMPLETION] = { "completion", "swait_queue.task",
                            "swait_queue.list", "completion.wait_list", NULL },
};

const char *
kd_sleep_kind_name (enum kd_sleep_kind kind)
{
  return shapes[kind].name;
}

/* --- in which function --- */

static const struct known {
  const char *name; /* exact, or a beginning if it ends in '*' */
  enum kd_sleep_kind kind;
} functions[] = {
  { "__mutex_lock*", KD_SLEEP_MUTEX },
  { "mutex_lock*", KD_SLEEP_MUTEX },
  { "__ww_mutex_lock*", KD_SLEEP_MUTEX },
  { "ww_mutex_lock*", KD_SLEEP_MUTEX },
  { "rwsem_down_read_*", KD_SLEEP_RWSEM_READ },
  { "__rwsem_down_read_*", KD_SLEEP_RWSEM_READ },
  { "call_rwsem_down_read_*", KD_SLEEP_RWSEM_READ },
  { "__down_read*", KD_SLEEP_RWSEM_READ },
  { "down_read*", KD_SLEEP_RWSEM_READ },
  { "rwsem_down_write_*", KD_SLEEP_RWSEM_WRITE },
  { "__rwsem_down_write_*", KD_SLEEP_RWSEM_WRITE },
  { "call_rwsem_down_write_*", KD_SLEEP_RWSEM_WRITE },
  { "__down_write*", KD_SLEEP_RWSEM_WRITE },
  { "down_write*", KD_SLEEP_RWSEM_WRITE },
  { "__down", KD_SLEEP_SEMAPHORE },
  { "___down_common", KD_SLEEP_SEMAPHORE },
  { "__down_common", KD_SLEEP_SEMAPHORE },
  { "__down_interruptible", KD_SLEEP_SEMAPHORE },
  { "__down_killable", KD_SLEEP_SEMAPHORE },
  { "__down_timeout", KD_SLEEP_SEMAPHORE },
  { "down", KD_SLEEP_SEMAPHORE },
  { "down_interruptible", KD_SLEEP_SEMAPHORE },
  { "down_killable", KD_SLEEP_SEMAPHORE },
  { "down_timeout", KD_SLEEP_SEMAPHORE },
  { "wait_for_completion*", KD_SLEEP_COMPLETION },
  { "__wait_for_common", KD_SLEEP_COMPLETION },
  { "wait_for_common", KD_SLEEP_COMPLETION },
  { "do_wait_for_common", KD_SLEEP_COMPLETION },
  { "rt_mutex_*", KD_SLEEP_RT_MUTEX },
  { "__rt_mutex_*", KD_SLEEP_RT_MUTEX },
  { "rtlock_slowlock*", KD_SLEEP_RT_MUTEX },
  { "rt_spin_lock*", KD_SLEEP_RT_MUTEX },
  { "rwbase_read_lock*", KD_SLEEP_RT_MUTEX },
  { "__rwbase_read_lock*", KD_SLEEP_RT_MUTEX },
};

static bool
known_function (const char *name, enum kd_sleep_kind *kind)
{
  size_t len = strcspn (name, ".");

  for (size_t i = 0; i < KD_ARRAY_SIZE (functions); i++) {
    const char *want = functions[i].name;
    size_t n = strlen (want);

    if (want[n - 1] == '*' ? len >= n - 1 && !memcmp (name, want, n - 1)
                           : len == n && !memcmp (name, want, n)) {
      *kind = functions[i].kind;
      return true;
    }
  }
  return false;
}

/* --- the queue --- */

/* A waiter that is known to be in the queue of a lock.  */
struct node {
  uint64_t addr, lock;
};

struct finder {
  struct kd_contexts *c;
  struct kd_kernel *k;
  struct kd_sleep_waits *out;
  void *nodes;  /* tsearch tree of struct node, by address */
  size_t steps; /* elements of queues looked at */
};

static int
compare_nodes (const void *a, const void *b)
{
  const struct node *x = a, *y = b;

  return (x->addr > y->addr) - (x->addr < y->addr);
}

static bool
offset_of (struct kd_kernel *k, const char *logical, uint64_t *out)
{
  struct kd_member m;

  if (!logical || kd_layout (k, logical, &m))
    return false;
  *out = m.offset;
  return true;
}

/* Is the list_head at NODE one of a waiter: does it lie on the stack of the
   task that it names?  */
static bool
is_waiter (struct finder *f, uint64_t node, uint64_t to_task)
{
  const struct kd_task *t;
  struct kd_stack stack;
  uint64_t task;

  return !kd_mem_u64 (f->k->mem, node + to_task, &task)
         && !kd_task_by_addr (f->k, task, &t)
         && kd_unwinder_find_stack (kd_contexts_unwinder (f->c), node, -1,
                                    task, &stack)
         && stack.kind == KD_STACK_TASK;
}

/* Walk the ring from NODE to the one element that is no waiter, the lock's
   head.  All waiters are remembered.  0: the ring is broken, or has none or
   several heads.  */
static enum kd_status
walk_ring (struct finder *f, uint64_t node, uint64_t to_task, uint64_t to_head,
           uint64_t *lock)
{
  uint64_t at = node, head = 0, next, prev;
  size_t n = 0, heads = 0;

  *lock = 0;
  do {
    if (kd_mem_u64 (f->k->mem, at, &next)
        || kd_mem_u64 (f->k->mem, next + 8, &prev) || prev != at
        || ++f->steps > MAX_STEPS)
      return KD_OK;
    n++;
    if (!is_waiter (f, at, to_task)) {
      if (++heads > 1)
        return KD_OK;
      head = at;
    }
    at = next;
  } while (at != node);
  if (heads != 1)
    return KD_OK;
  *lock = head - to_head;
  for (at = node; n-- > 0; at = next) {
    struct node *new = kd_calloc (1, sizeof *new), **in;

    if (!new || kd_mem_u64 (f->k->mem, at, &next)) {
      free (new);
      return new ? KD_OK : KD_NOMEM;
    }
    *new = (struct node){ at, *lock };
    in = tsearch (new, &f->nodes, compare_nodes);
    if (!in || *in != new)
      free (new);
    if (!in)
      return kd_fail (KD_NOMEM, "out of memory");
  }
  return KD_OK;
}

/* The waiter in [LOW, HIGH) of the stack, and from it the lock.  */
static enum kd_status
search_stack (struct finder *f, struct kd_sleep_wait *w, uint64_t low,
              uint64_t high)
{
  const struct shape *shape = &shapes[w->kind];
  uint64_t task_off, list_off, head_off, task;

  if (!offset_of (f->k, shape->waiter_task, &task_off)
      || !offset_of (f->k, shape->waiter_list, &list_off)
      || !offset_of (f->k, shape->lock_list, &head_off))
    return KD_OK;
  for (uint64_t at = low; at + 8 <= high && !w->lock; at += 8) {
    struct node key = { .addr = at - task_off + list_off }, **known;
    enum kd_status st;

    if (kd_mem_u64 (f->k->mem, at, &task) || task != w->task->addr)
      continue;
    known = tfind (&key, &f->nodes, compare_nodes);
    if (known) {
      w->lock = (*known)->lock;
    } else {
      st = walk_ring (f, key.addr, task_off - list_off, head_off, &w->lock);
      if (st)
        return st;
    }
    if (w->lock) {
      w->confidence = KD_CERTAIN;
      snprintf (w->evidence, sizeof w->evidence,
                "its waiter at 0x%" PRIx64 ", on its stack, is in the %s's "
                "queue",
                key.addr - list_off, shape->name);
    }
  }
  return KD_OK;
}

/* An rt_mutex waiter is named by its task, and names the lock.  */
static bool
rt_waiter (struct finder *f, struct kd_sleep_wait *w)
{
  uint64_t waiter, lock;

  if (!kd_has_member (f->k, "task.pi_blocked_on")
      || kd_read_member (f->k, w->task->addr, "task.pi_blocked_on", &waiter)
      || !waiter
      || kd_read_member (f->k, waiter, "rt_mutex_waiter.lock", &lock) || !lock)
    return false;
  w->kind = KD_SLEEP_RT_MUTEX;
  w->lock = lock;
  w->confidence = KD_CERTAIN;
  snprintf (w->evidence, sizeof w->evidence,
            "the task's pi_blocked_on, 0x%" PRIx64 ", names it", waiter);
  return true;
}

/* What the callers gave as first argument: the outermost that says.  */
static void
from_calls (struct finder *f, struct kd_sleep_wait *w, struct kd_backtrace *bt,
            size_t first, size_t caller)
{
  kd_unwind_registers (kd_contexts_unwinder (f->c), bt);
  for (size_t i = first + 1; i <= caller && i < bt->nframes; i++) {
    struct kd_strbuf where KD_AUTO_STRBUF = { 0 };
    struct kd_call call;

    if (kd_call_of (f->c, &bt->frames[i], -1, &call) || !call.arg_known
        || !f->k->mem->arch->is_kernel_address (call.arg))
      continue;
    w->lock = call.arg;
    w->confidence = KD_LIKELY;
    kd_kernel_format_addr (f->k, call.at, &where);
    snprintf (w->evidence, sizeof w->evidence,
              "the call at %s has it as argument", kd_strbuf_str (&where));
  }
}

/* --- who has it --- */

/* kthread_stop() waits for a completion in the struct kthread of the thread
   that it stops.  */
static void
find_stopped (struct finder *f, struct kd_sleep_wait *w)
{
  const struct kd_task_list *list;
  uint64_t offset, kthread;
  struct kd_symbol sym;

  w->holder_evidence = "a completion does not record who completes it";
  if (!w->lock || !w->has_caller || !kd_frame_symbol (f->k, &w->caller, &sym)
      || strncmp (sym.name, "kthread_stop", strlen ("kthread_stop")) != 0
      || !offset_of (f->k, "kthread.exited", &offset)
      || kd_tasks (f->k, &list))
    return;
  for (size_t i = 0; i < list->ntasks; i++) {
    const struct kd_task *t = &list->tasks[i];

    if (!t->kernel_thread
        || kd_read_member (f->k, t->addr, "task.kthread", &kthread)
        || kthread + offset != w->lock)
      continue;
    w->holder = t;
    w->holder_confidence = w->confidence;
    w->holder_evidence = "the completion is in this thread's struct kthread";
    return;
  }
}

static void
find_holder (struct finder *f, struct kd_sleep_wait *w)
{
  /* In the low bits of the owner stand marks.  */
  static const uint64_t marks = 7;
  const char *member = shapes[w->kind].lock_owner;
  uint64_t owner;

  w->holder_confidence = KD_UNKNOWN;
  if (w->kind == KD_SLEEP_COMPLETION) {
    find_stopped (f, w);
    return;
  }
  w->holder_evidence = "it does not record who has it";
  if (!w->lock || !member || !kd_has_member (f->k, member))
    return;
  w->holder_evidence = "its owner cannot be read";
  if (kd_read_member (f->k, w->lock, member, &owner))
    return;
  w->holder_evidence = owner & ~marks ? "its owner is no task that is known"
                                      : "its owner is none";
  if (!(owner & ~marks) || kd_task_by_addr (f->k, owner & ~marks, &w->holder))
    return;
  w->holder_evidence = "the lock's own record of its owner";
  w->holder_confidence = w->confidence;
  /* RWSEM_READER_OWNED: the last reader that came, who may be gone, and may
     not be the only one.  */
  if ((w->kind == KD_SLEEP_RWSEM_READ || w->kind == KD_SLEEP_RWSEM_WRITE)
      && owner & 1) {
    w->holder_evidence = "it has readers, and this was the last to come";
    w->holder_confidence = KD_POSSIBLE;
  }
}

/* --- one task --- */

static enum kd_status
add (struct finder *f, const struct kd_sleep_wait *w)
{
  struct kd_sleep_wait *more
    = reallocarray (f->out->waits, f->out->n + 1, sizeof *more);

  if (!more)
    return kd_fail (KD_NOMEM, "out of memory");
  f->out->waits = more;
  more[f->out->n++] = *w;
  return KD_OK;
}

/* The innermost frame that is in a lock's function, and the first beyond
   them.  */
static bool
find_frames (struct finder *f, const struct kd_backtrace *bt,
             struct kd_sleep_wait *w, size_t *first, size_t *caller)
{
  bool in = false;

  for (size_t i = 0; i < bt->nframes && i < MAX_OUTER_FRAMES; i++) {
    enum kd_sleep_kind kind;
    struct kd_symbol sym;

    if (bt->frames[i].kind != KD_FRAME_USER
        && kd_frame_symbol (f->k, &bt->frames[i], &sym)
        && known_function (sym.name, &kind)) {
      if (!in) {
        w->kind = kind;
        *first = i;
        snprintf (w->function, sizeof w->function, "%s", sym.name);
      }
      in = true;
    } else if (in) {
      *caller = i;
      w->caller = bt->frames[i];
      w->has_caller = bt->frames[i].kind != KD_FRAME_USER;
      return true;
    }
  }
  *caller = bt->nframes;
  return in;
}

static enum kd_status
look_at_task (struct finder *f, const struct kd_task *t)
{
  struct kd_sleep_wait w = { .task = t, .confidence = KD_UNKNOWN };
  struct kd_backtrace bt;
  size_t first = 0, caller;
  enum kd_status st
    = kd_unwind_task (kd_contexts_unwinder (f->c), t->addr, &bt);

  if (st)
    return st == KD_NOMEM ? st : KD_OK;
  if (find_frames (f, &bt, &w, &first, &caller)) {
    if (!rt_waiter (f, &w))
      st = search_stack (f, &w, bt.frames[0].sp,
                         caller < bt.nframes ? bt.frames[caller].sp
                                             : bt.frames[first].stack.high);
    if (!st && !w.lock)
      from_calls (f, &w, &bt, first, caller);
    if (!w.lock)
      snprintf (w.evidence, sizeof w.evidence,
                "which %s is in neither its stack nor the calls",
                shapes[w.kind].name);
    find_holder (f, &w);
    if (!st)
      st = add (f, &w);
  }
  kd_backtrace_deinit (&bt);
  return st;
}

/* --- all --- */

struct kd_sleep_wait *
kd_sleep_of_task (struct kd_sleep_waits *waits, const struct kd_task *task)
{
  for (size_t i = 0; i < waits->n; i++)
    if (waits->waits[i].task == task)
      return &waits->waits[i];
  return NULL;
}

void
kd_sleep_waits_deinit (struct kd_sleep_waits *waits)
{
  free (waits->waits);
  *waits = (struct kd_sleep_waits){ 0 };
}

enum kd_status
kd_sleep_find (struct kd_contexts *c, struct kd_sleep_waits *out)
{
  struct finder f = { .c = c, .k = kd_contexts_kernel (c), .out = out };
  const struct kd_task_list *list;
  const struct kd_task *last = NULL;
  enum kd_status st = kd_tasks (f.k, &list);

  *out = (struct kd_sleep_waits){ 0 };
  for (size_t i = 0; !st && i < list->ntasks; i++) {
    const struct kd_task *t = &list->tasks[i];

    if (!t->running && !t->idle && kd_task_letter (f.k, t) == 'D')
      st = look_at_task (&f, t);
    if (!st)
      st = kd_progress ("looking at blocked tasks", i, list->ntasks);
  }
  /* Those who hold what is wanted may sleep for something themselves.  */
  for (size_t i = 0; !st && i < out->n; i++) {
    const struct kd_task *holder = out->waits[i].holder;

    if (!holder || holder == last || holder->running || holder->idle)
      continue;
    last = holder;
    if (!kd_sleep_of_task (out, holder))
      st = look_at_task (&f, holder);
  }
  tdestroy (f.nodes, free);
  if (st)
    kd_sleep_waits_deinit (out);
  return st;
}
