/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding all tasks: by the list of processes and their threads, by the table
   of PIDs, and by what CPUs run, each checked against the others. */
#include "kernel/tasks.h"

#include "base/cursor.h"
#include "base/progress.h"
#include "kernel/internal.h"
#include "kernel/list.h"
#include "kernel/pids.h"

#include <string.h>

enum {
  MAX_TASKS = 4 << 20,       /* PID_MAX_LIMIT of 64-bit kernels */
  MAX_BLOCK = 16 << 10,      /* bytes of a task_struct that are read at once */
  NAMED_IN_WARNING = 8,      /* PIDs; more are only counted */
  PROGRESS_EVERY = 1024,     /* tasks */
  KTHREAD_FLAG = 0x00200000, /* PF_KTHREAD, the same since 2.6.27 */
};

/* What is read of each task.  */
enum part {
  T_PID,
  T_TGID,
  T_COMM,
  T_STATE,
  T_EXIT_STATE,
  T_FLAGS,
  T_CPU,
  T_PARENT,
  T_MM,
  T_STACK,
  T_SIGNAL,
  T_PRIO,
  T_POLICY,
  T_ARRIVED,
  T_EXEC_START,
  NPARTS
};

static const char *const part_names[NPARTS] = {
  [T_PID] = "task.pid",
  [T_TGID] = "task.tgid",
  [T_COMM] = "task.comm",
  [T_STATE] = "task.state",
  [T_EXIT_STATE] = "task.exit_state",
  [T_FLAGS] = "task.flags",
  [T_CPU] = "task.cpu",
  [T_PARENT] = "task.parent",
  [T_MM] = "task.mm",
  [T_STACK] = "task.stack",
  [T_SIGNAL] = "task.signal",
  [T_PRIO] = "task.prio",
  [T_POLICY] = "task.policy",
  [T_ARRIVED] = "task.last_arrival",
  [T_EXEC_START] = "task.exec_start",
};

struct kd_task_store {
  struct kd_task_list list; /* what callers see */
  enum kd_status status;    /* of making it */
  char *why;                /* its words; owned */
  struct kd_task *tasks;    /* owned */
  size_t room;
  uint32_t *by_addr; /* indices into tasks, sorted by address; owned */
  struct kd_strbuf warnings;
};

struct finder {
  struct kd_kernel *k;
  struct kd_task_store *s;
  struct kd_member part[NPARTS];
  bool has[NPARTS];
  uint64_t low, high; /* the block that holds all parts, within the struct */
  uint64_t tasks_at, thread_node_at; /* list heads in task_struct */
  uint64_t thread_head_at;           /* in signal_struct */
  bool has_threads;
  uint8_t *block;           /* owned; high - low bytes */
  char *first_unreadable;   /* words; owned */
  size_t damaged_processes; /* whose threads form no whole list */
  char *first_damaged;      /* words; owned */
};

static KD_PRINTF (2, 3) void warn (struct kd_task_store *s, const char *fmt,
                                   ...)
{
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&s->warnings, fmt, ap);
  va_end (ap);
  kd_strbuf_putc (&s->warnings, '\n');
}

/* Words of the first of several like faults.  */
static void
keep_words (char **words)
{
  if (!*words)
    *words = kd_asprintf ("%s", kd_error_text ());
}

/* --- one task --- */

/* PID and command are needed; the rest is missing where a kernel has it
   not.  */
static enum kd_status
find_parts (struct finder *f)
{
  enum kd_status st = KD_OK;
  f->low = UINT64_MAX;
  for (unsigned i = 0; i < NPARTS; i++) {
    struct kd_member *m = &f->part[i];
    enum kd_status missing = kd_layout (f->k, part_names[i], m);
    if (missing && (i == T_PID || i == T_COMM))
      return missing;
    if (missing)
      continue;
    if (i != T_COMM && m->size != 4 && m->size != 8)
      continue;
    f->has[i] = true;
    f->low = m->offset < f->low ? m->offset : f->low;
    f->high = m->offset + m->size > f->high ? m->offset + m->size : f->high;
  }
  if (f->high - f->low > MAX_BLOCK)
    return kd_fail (KD_CORRUPT, "a task_struct of more than %llu bytes",
                    (unsigned long long)f->high);
  f->block = kd_calloc (f->high - f->low, 1);
  if (!f->block)
    st = kd_fail (KD_NOMEM, "out of memory");
  return st;
}

/* A number of the block, zero if it is not there.  */
static uint64_t
part (const struct finder *f, enum part i)
{
  if (!f->has[i])
    return 0;
  const uint8_t *p = f->block + (f->part[i].offset - f->low);
  return f->part[i].size == 8 ? kd_le64 (p) : kd_le32 (p);
}

/* The task at ADDR.  The status of the memory when not even the first part
   can be read, or KD_CORRUPT when that is no task.  */
static enum kd_status
read_task (struct finder *f, uint64_t addr, struct kd_task *t)
{
  size_t size = f->high - f->low, good;
  enum kd_status st = kd_mem_read (f->k->mem, KD_KERNEL_SPACE, addr + f->low,
                                   f->block, size, &good);
  uint64_t pid_end = f->part[T_PID].offset + f->part[T_PID].size - f->low;
  if (st && good < pid_end)
    return kd_context (st, "task at 0x%llx", (unsigned long long)addr);
  memset (f->block + good, 0, size - good);
  *t = (struct kd_task){
    .addr = addr,
    .pid = (int)part (f, T_PID),
    .tgid = (int)part (f, T_TGID),
    .ppid = -1,
    .cpu = (unsigned)part (f, T_CPU),
    .kernel_thread = part (f, T_FLAGS) & KTHREAD_FLAG,
    .incomplete = st != KD_OK,
    .state = part (f, T_STATE),
    .exit_state = (unsigned)part (f, T_EXIT_STATE),
    .flags = (unsigned)part (f, T_FLAGS),
    .prio = (int)part (f, T_PRIO),
    .policy = (unsigned)part (f, T_POLICY),
    .parent = part (f, T_PARENT),
    .mm = part (f, T_MM),
    .stack = part (f, T_STACK),
    .signal = part (f, T_SIGNAL),
    .arrived = part (f, T_ARRIVED),
    .exec_start = part (f, T_EXEC_START),
  };
  size_t len = f->part[T_COMM].size;
  memcpy (t->comm, f->block + (f->part[T_COMM].offset - f->low),
          len < sizeof t->comm ? len : sizeof t->comm);
  t->comm[sizeof t->comm - 1] = 0;
  kd_make_printable (t->comm);
  if (t->pid < 0 || t->pid > MAX_TASKS || t->tgid < 0 || t->tgid > MAX_TASKS)
    return kd_fail (KD_CORRUPT, "0x%llx is no task: its PID would be %d",
                    (unsigned long long)addr, t->pid);
  return KD_OK;
}

/* Add the task at ADDR, FOUND by a way that says there must be one; *OUT is
   NULL if it is none, which is remembered.  */
static enum kd_status
add (struct finder *f, uint64_t addr, unsigned found, struct kd_task **out)
{
  struct kd_task_store *s = f->s;
  size_t n = s->list.ntasks;
  *out = NULL;
  if (n == s->room) {
    size_t room = s->room ? 2 * s->room : 256;
    struct kd_task *more
      = n < MAX_TASKS ? realloc (s->tasks, room * sizeof *more) : NULL;
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory for %zu tasks", room);
    s->tasks = more;
    s->room = room;
  }
  struct kd_task *t = &s->tasks[n];
  enum kd_status st = addr & 7 ? kd_fail (KD_CORRUPT, "0x%llx is no task",
                                          (unsigned long long)addr)
                               : read_task (f, addr, t);
  if (st) {
    keep_words (&f->first_unreadable);
    return KD_OK;
  }
  t->found = found;
  s->list.ntasks++;
  *out = t;
  if (s->list.ntasks % PROGRESS_EVERY)
    return KD_OK;
  return kd_progress ("reading tasks", s->list.ntasks, 0);
}

/* --- idle tasks --- */

static bool
idle_task (struct kd_kernel *k, unsigned cpu, uint64_t *out)
{
  uint64_t at;
  struct kd_member m;
  if (!kd_kernel_percpu (k, "runqueues", cpu, &at)
      && !kd_layout (k, "rq.idle", &m)
      && !kd_mem_u64 (k->mem, at + m.offset, out) && *out)
    return true;
  if (!kd_kernel_percpu (k, "idle_threads", cpu, &at)
      && !kd_mem_u64 (k->mem, at, out) && *out)
    return true;
  *out = k->cpus[cpu].task;
  return *out && k->cpus[cpu].idle;
}

static enum kd_status
add_idle (struct finder *f)
{
  struct kd_kernel *k = f->k;
  for (unsigned i = 0; i < k->ncpus; i++) {
    uint64_t addr;
    struct kd_task *t;
    if (!idle_task (k, i, &addr))
      continue;
    enum kd_status st = add (f, addr, KD_TASK_IDLE, &t);
    if (st)
      return st;
    if (!t)
      continue;
    if (t->pid) {
      warn (f->s, "The idle task of CPU %u would have PID %d.", i, t->pid);
      f->s->list.ntasks--;
      continue;
    }
    t->idle = t->kernel_thread = true;
    t->cpu = i;
    t->ppid = 0;
  }
  f->s->list.nidle = f->s->list.ntasks;
  return KD_OK;
}

/* --- by the lists --- */

static enum kd_status
add_thread (void *arg, uint64_t entry)
{
  struct finder *f = arg;
  struct kd_task *t;
  return add (f, entry - f->thread_node_at, KD_TASK_IN_LISTS, &t);
}

/* The threads of a process, of which LEADER is one.  */
static enum kd_status
add_threads (struct finder *f, uint64_t leader, uint64_t signal)
{
  struct kd_task *t;
  uint64_t head = signal + f->thread_head_at, first;
  if (!f->has_threads || !signal || kd_mem_u64 (f->k->mem, head, &first))
    return add (f, leader, KD_TASK_IN_LISTS, &t);
  size_t before = f->s->list.ntasks;
  enum kd_status st = kd_list_walk (f->k, head, MAX_TASKS, add_thread, f);
  if (st == KD_NOMEM || st == KD_INTERRUPTED)
    return st;
  if (st) {
    f->damaged_processes++;
    keep_words (&f->first_damaged);
  }
  for (size_t i = before; i < f->s->list.ntasks; i++)
    if (f->s->tasks[i].addr == leader)
      return KD_OK;
  return add (f, leader, KD_TASK_IN_LISTS, &t);
}

static enum kd_status
add_process (void *arg, uint64_t entry)
{
  struct finder *f = arg;
  uint64_t addr = entry - f->tasks_at, signal = 0;
  if (f->has[T_SIGNAL]
      && kd_mem_u64 (f->k->mem, addr + f->part[T_SIGNAL].offset, &signal))
    signal = 0;
  return add_threads (f, addr, signal);
}

/* All processes by init_task.tasks, and their threads.  */
static enum kd_status
add_listed (struct finder *f)
{
  struct kd_member tasks, node, head;
  uint64_t init;
  enum kd_status st = kd_kernel_symbol (f->k, "init_task", &init);
  if (!st)
    st = kd_layout (f->k, "task.tasks", &tasks);
  if (st)
    return st;
  f->tasks_at = tasks.offset;
  f->has_threads = !kd_layout (f->k, "task.thread_node", &node)
                   && !kd_layout (f->k, "signal.thread_head", &head);
  if (f->has_threads) {
    f->thread_node_at = node.offset;
    f->thread_head_at = head.offset;
  }
  return kd_list_walk (f->k, init + tasks.offset, MAX_TASKS, add_process, f);
}

/* --- index --- */

static int
compare_addr (const void *a, const void *b, void *tasks)
{
  const struct kd_task *t = tasks;
  uint64_t x = t[*(const uint32_t *)a].addr, y = t[*(const uint32_t *)b].addr;
  return x < y ? -1 : x > y;
}

static int
compare_pid (const void *a, const void *b)
{
  const struct kd_task *x = a, *y = b;
  if (x->idle != y->idle)
    return x->idle ? -1 : 1;
  if (x->idle)
    return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
  if (x->pid != y->pid)
    return x->pid < y->pid ? -1 : 1;
  return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static enum kd_status
make_index (struct kd_task_store *s)
{
  free (s->by_addr);
  s->by_addr = kd_calloc (s->list.ntasks, sizeof *s->by_addr);
  if (!s->by_addr)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < s->list.ntasks; i++)
    s->by_addr[i] = (uint32_t)i;
  qsort_r (s->by_addr, s->list.ntasks, sizeof *s->by_addr, compare_addr,
           s->tasks);
  return KD_OK;
}

/* The task at ADDR among the N that are indexed.  */
static struct kd_task *
find_addr (const struct kd_task_store *s, uint64_t addr, size_t n)
{
  size_t low = 0, high = n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    struct kd_task *t = &s->tasks[s->by_addr[mid]];
    if (t->addr == addr)
      return t;
    if (t->addr < addr)
      low = mid + 1;
    else
      high = mid;
  }
  return NULL;
}

/* A damaged list can lead to one task twice: keep the first.  */
static enum kd_status
drop_doubles (struct kd_task_store *s)
{
  enum kd_status st = make_index (s);
  size_t kept = 0;
  for (size_t i = 1; !st && i < s->list.ntasks; i++) {
    struct kd_task *a = &s->tasks[s->by_addr[i - 1]];
    struct kd_task *b = &s->tasks[s->by_addr[i]];
    if (a->addr != b->addr)
      continue;
    /* The idle one stays: it is before all others.  */
    struct kd_task *extra = s->by_addr[i - 1] < s->by_addr[i] ? b : a;
    if (extra == a)
      s->by_addr[i] = s->by_addr[i - 1];
    extra->found = 0;
  }
  if (st)
    return st;
  for (size_t i = 0; i < s->list.ntasks; i++)
    if (s->tasks[i].found)
      s->tasks[kept++] = s->tasks[i];
  if (kept == s->list.ntasks)
    return KD_OK;
  s->list.ntasks = kept;
  return make_index (s);
}

/* --- by the PIDs and the CPUs --- */

/* PIDs of tasks that one way found and another not.  */
struct odd {
  size_t count;
  struct kd_strbuf pids;
};

static void
odd_add (struct odd *o, int pid)
{
  if (o->count++ < NAMED_IN_WARNING)
    kd_strbuf_printf (&o->pids, "%s%d", o->count > 1 ? ", " : "", pid);
}

/* "WORDS: 1, 2, 3." and how many in all, if there are any.  */
static void
odd_tell (struct odd *o, struct kd_task_store *s, const char *words)
{
  if (o->count > NAMED_IN_WARNING)
    warn (s, "%s: %s, ... (%zu in all).", words, kd_strbuf_str (&o->pids),
          o->count);
  else if (o->count)
    warn (s, "%s: %s.", words, kd_strbuf_str (&o->pids));
  kd_strbuf_deinit (&o->pids);
}

struct by_pid {
  struct finder *f;
  size_t indexed;
  size_t entries;
  struct odd unlisted; /* tasks that no list has */
  struct odd other;    /* PIDs whose task says that it has another */
};

static enum kd_status
add_by_pid (void *arg, int pid, uint64_t task)
{
  struct by_pid *b = arg;
  struct finder *f = b->f;
  struct kd_task *t = find_addr (f->s, task, b->indexed);
  b->entries++;
  if (!t) {
    enum kd_status st = add (f, task, 0, &t);
    if (st || !t)
      return st;
    if (t->pid == pid) {
      odd_add (&b->unlisted, pid);
    } else {
      f->s->list.ntasks--;
      t = NULL;
    }
  }
  if (t && t->pid == pid)
    t->found |= KD_TASK_HAS_PID;
  else
    odd_add (&b->other, pid);
  return KD_OK;
}

/* Tasks without a PID, though all PIDs could be read.  */
static void
tell_without_pid (struct kd_task_store *s)
{
  struct odd none = { 0 };
  for (size_t i = s->list.nidle; i < s->list.ntasks; i++)
    if (!(s->tasks[i].found & KD_TASK_HAS_PID))
      odd_add (&none, s->tasks[i].pid);
  odd_tell (&none, s, "Listed, but missing from the table of PIDs");
}

/* How the lists ended, and the PIDs, and words for both.  */
struct ends {
  enum kd_status lists, pids;
  const char *why_lists, *why_pids;
};

static void
tell (struct finder *f, struct by_pid *b, const struct ends *e)
{
  struct kd_task_store *s = f->s;
  const char *rest
    = e->pids ? "Some tasks may be missing." : "The rest was found by PID.";
  if (e->lists)
    warn (s, "The list of processes %s: %s.  %s",
          e->lists == KD_NOT_FOUND ? "is not to be found" : "is damaged",
          e->why_lists, rest);
  if (f->damaged_processes)
    warn (s, "The threads of %zu process%s form no whole list: %s.  %s",
          f->damaged_processes, f->damaged_processes == 1 ? "" : "es",
          f->first_damaged ? f->first_damaged : "?", rest);
  odd_tell (&b->unlisted, s,
            e->lists || f->damaged_processes
              ? "Found by PID only"
              : "In no list (being made, or the lists are damaged)");
  if (e->pids)
    warn (s, "PIDs: %s.  %s", e->why_pids,
          e->lists || f->damaged_processes ? "Some tasks may be missing."
                                           : "The lists were used.");
  else
    tell_without_pid (s);
  odd_tell (&b->other, s, "PIDs that lead to no task of that PID");
}

/* LISTS: how the lists ended; WHY its words.  */
static enum kd_status
add_from_pids (struct finder *f, enum kd_status lists, const char *why)
{
  struct by_pid b = { .f = f, .indexed = f->s->list.ntasks };
  enum kd_status st = kd_pids_walk (f->k, MAX_TASKS, add_by_pid, &b);
  if (st == KD_NOMEM || st == KD_INTERRUPTED) {
    kd_strbuf_deinit (&b.unlisted.pids);
    kd_strbuf_deinit (&b.other.pids);
    return st;
  }
  char *words = kd_asprintf ("%s", st ? kd_error_text () : "");
  struct ends ends = { lists, st, why, words ? words : "?" };
  tell (f, &b, &ends);
  free (words);
  /* Neither way can even begin: an error, not a damage.  */
  if (lists == KD_NOT_FOUND && !b.entries)
    return kd_fail (KD_NOT_FOUND, "%s", why);
  return KD_OK;
}

static enum kd_status
add_from_cpus (struct finder *f)
{
  struct kd_kernel *k = f->k;
  enum kd_status st = drop_doubles (f->s);
  size_t indexed = f->s->list.ntasks;
  for (unsigned i = 0; i < k->ncpus && !st; i++) {
    const struct kd_cpu *cpu = &k->cpus[i];
    if (!cpu->task)
      continue;
    struct kd_task *t = find_addr (f->s, cpu->task, indexed);
    if (!t) {
      st = add (f, cpu->task, 0, &t);
      if (!st && t)
        warn (f->s, "Found nowhere but on CPU %u: PID %d.", i, t->pid);
    }
    if (!t)
      continue;
    t->found |= KD_TASK_ON_CPU;
    t->running = cpu->online;
    t->cpu = i;
  }
  return st;
}

/* --- all together --- */

static void
find_parents (struct finder *f)
{
  struct kd_task_store *s = f->s;
  for (size_t i = s->list.nidle; i < s->list.ntasks; i++) {
    struct kd_task *t = &s->tasks[i];
    const struct kd_task *p = find_addr (s, t->parent, s->list.ntasks);
    uint32_t tgid;
    if (p)
      t->ppid = p->tgid;
    else if (t->parent && f->has[T_TGID]
             && !kd_mem_u32 (f->k->mem, t->parent + f->part[T_TGID].offset,
                             &tgid)
             && tgid <= MAX_TASKS)
      t->ppid = (int)tgid;
  }
}

static void
tell_unreadable (struct finder *f)
{
  if (f->first_unreadable)
    warn (f->s, "Not every task could be read: %s.", f->first_unreadable);
  struct odd cut = { 0 };
  for (size_t i = 0; i < f->s->list.ntasks; i++)
    if (f->s->tasks[i].incomplete)
      odd_add (&cut, f->s->tasks[i].pid);
  odd_tell (&cut, f->s, "Tasks that could be read in part only, by PID");
}

static enum kd_status
find_all (struct finder *f)
{
  struct kd_task_store *s = f->s;
  enum kd_status st = find_parts (f);
  if (!st)
    st = kd_progress ("reading tasks", 0, 0);
  if (!st)
    st = add_idle (f);
  if (st)
    return st;
  enum kd_status lists = add_listed (f);
  if (lists == KD_NOMEM || lists == KD_INTERRUPTED)
    return lists;
  char *why KD_AUTO_FREE = lists ? kd_asprintf ("%s", kd_error_text ()) : NULL;
  st = drop_doubles (s);
  if (!st)
    st = add_from_pids (f, lists, why ? why : "");
  if (!st)
    st = add_from_cpus (f);
  if (!st)
    st = drop_doubles (s);
  if (st)
    return st;
  qsort (s->tasks, s->list.ntasks, sizeof *s->tasks, compare_pid);
  st = make_index (s);
  if (st)
    return st;
  find_parents (f);
  tell_unreadable (f);
  s->list.tasks = s->tasks;
  s->list.warnings = kd_strbuf_str (&s->warnings);
  return s->warnings.failed ? kd_fail (KD_NOMEM, "out of memory") : KD_OK;
}

static void
store_destroy (struct kd_task_store *s)
{
  if (!s)
    return;
  free (s->tasks);
  free (s->by_addr);
  free (s->why);
  kd_strbuf_deinit (&s->warnings);
  free (s);
}

void
kd_tasks_destroy (struct kd_kernel *k)
{
  store_destroy (k->priv->tasks);
  k->priv->tasks = NULL;
}

enum kd_status
kd_tasks (struct kd_kernel *k, const struct kd_task_list **out)
{
  struct kd_task_store *s = k->priv->tasks;
  if (!s) {
    s = kd_calloc (1, sizeof *s);
    if (!s)
      return kd_fail (KD_NOMEM, "out of memory");
    struct finder f = { .k = k, .s = s };
    s->status = find_all (&f);
    free (f.block);
    free (f.first_unreadable);
    free (f.first_damaged);
    if (s->status == KD_INTERRUPTED || s->status == KD_NOMEM) {
      enum kd_status st = s->status;
      store_destroy (s);
      return kd_context (st, "tasks");
    }
    if (s->status)
      s->why = kd_asprintf ("%s", kd_error_text ());
    k->priv->tasks = s;
  }
  if (s->status)
    return kd_fail (s->status, "tasks: %s", s->why ? s->why : "unknown");
  *out = &s->list;
  return KD_OK;
}

enum kd_status
kd_task_by_pid (struct kd_kernel *k, int pid, const struct kd_task **out)
{
  const struct kd_task_list *l;
  enum kd_status st = kd_tasks (k, &l);
  if (st)
    return st;
  if (!pid && l->nidle > 1)
    return kd_fail (KD_USAGE,
                    "PID 0 is the idle task of each CPU: say which by its "
                    "address");
  size_t low = pid ? l->nidle : 0, high = l->ntasks;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (l->tasks[mid].pid < pid)
      low = mid + 1;
    else
      high = mid;
  }
  if (low == l->ntasks || l->tasks[low].pid != pid)
    return kd_fail (KD_NOT_FOUND, "there is no task with PID %d%s", pid,
                    *l->warnings ? " among those that could be found" : "");
  *out = &l->tasks[low];
  return KD_OK;
}

enum kd_status
kd_task_by_addr (struct kd_kernel *k, uint64_t addr,
                 const struct kd_task **out)
{
  const struct kd_task_list *l;
  enum kd_status st = kd_tasks (k, &l);
  if (st)
    return st;
  *out = find_addr (k->priv->tasks, addr, l->ntasks);
  if (!*out)
    return kd_fail (KD_NOT_FOUND, "0x%llx is not a known task",
                    (unsigned long long)addr);
  return KD_OK;
}
