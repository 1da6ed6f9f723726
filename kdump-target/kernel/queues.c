/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is queued on a runqueue, class by class. */
#include "base/cursor.h"
#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/rbtree.h"
#include "kernel/runqueue.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_QUEUED = 1 << 20,
  MAX_DEPTH = 32,      /* of groups in groups */
  MAX_PATH_PARTS = 64, /* of a cgroup's path */
  MAX_PRIO = 100,      /* real-time priorities */
  MAX_DAMAGE = 8,      /* sentences; what is more is only counted */
  QUEUED = 1,          /* TASK_ON_RQ_QUEUED; 2 is migrating */
};

struct reader {
  struct kd_kernel *k;
  const struct kd_rq_clocks *clocks;
  struct kd_runqueue *rq;
  size_t room;
  struct kd_strbuf damage;
  size_t ndamage; /* sentences, those left out too */
  enum kd_sched_class class;
  unsigned depth;
  uint64_t node; /* offset of the list or tree node in what is visited */
};

/* Say what is wrong with WHAT and go on; only what ends all is passed on.  */
static enum kd_status
go_on (struct reader *r, enum kd_status st, const char *what)
{
  if (st == KD_NOMEM || st == KD_INTERRUPTED)
    return st;
  if (st && r->ndamage++ < MAX_DAMAGE)
    kd_strbuf_printf (&r->damage, "%s: %s.\n", what, kd_error_text ());
  return KD_OK;
}

static enum kd_status
add (struct reader *r, const struct kd_rq_entity *e)
{
  struct kd_runqueue *rq = r->rq;
  if (rq->nentities >= MAX_QUEUED)
    return kd_fail (KD_CORRUPT, "more is queued than there can be");
  if (rq->nentities == r->room) {
    size_t room = r->room ? 2 * r->room : 16;
    struct kd_rq_entity *more = realloc (rq->entities, room * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory");
    rq->entities = more;
    r->room = room;
  }
  rq->entities[rq->nentities] = *e;
  rq->entities[rq->nentities].class = r->class;
  rq->entities[rq->nentities++].depth = r->depth;
  return KD_OK;
}

/* Fill in what does not depend on the class.  */
static enum kd_status
add_task (struct reader *r, uint64_t task, struct kd_rq_entity *e)
{
  uint64_t queued;
  enum kd_status st = kd_task_by_addr (r->k, task, &e->task);
  if (st)
    return st;
  e->current = task == r->rq->curr;
  if (!e->current && !kd_read_member (r->k, task, "task.last_queued", &queued)
      && queued && queued <= r->clocks->now)
    e->waits = r->clocks->now - queued;
  return add (r, e);
}

/* --- groups --- */

static uint64_t
member (struct kd_kernel *k, uint64_t addr, const char *logical)
{
  uint64_t value;
  return kd_read_member (k, addr, logical, &value) ? 0 : value;
}

/* "/a/b" of the kernfs_node at KN.  */
static char *
cgroup_path (struct kd_kernel *k, uint64_t kn)
{
  char *parts[MAX_PATH_PARTS];
  unsigned n = 0;
  struct kd_strbuf path = { 0 };
  for (uint64_t up; kn && n < MAX_PATH_PARTS; kn = up) {
    char name[256];
    up = member (k, kn, "kernfs_node.parent");
    if (!up)
      break; /* the root's name is not part of the path */
    if (kd_mem_cstr (k->mem, member (k, kn, "kernfs_node.name"), name,
                     sizeof name))
      snprintf (name, sizeof name, "?");
    kd_make_printable (name);
    parts[n++] = strdup (name);
  }
  if (!n)
    kd_strbuf_putc (&path, '/');
  while (n-- > 0) {
    kd_strbuf_printf (&path, "/%s", parts[n] ? parts[n] : "?");
    free (parts[n]);
  }
  return kd_strbuf_steal (&path);
}

static char *
group_name (struct kd_kernel *k, uint64_t tg)
{
  uint64_t autogroup = member (k, tg, "task_group.autogroup"), id;
  uint64_t cgroup = member (k, tg, "task_group.cgroup");
  if (autogroup && !kd_read_member (k, autogroup, "autogroup.id", &id))
    return kd_asprintf ("autogroup-%" PRIu64, id);
  if (cgroup)
    return cgroup_path (k, member (k, cgroup, "cgroup.kn"));
  return kd_asprintf ("task_group 0x%" PRIx64, tg);
}

/* A group, whose own queue Q the function READ reads, one deeper.  */
static enum kd_status
add_group (struct reader *r, uint64_t q, uint64_t tg, struct kd_rq_entity *e,
           enum kd_status (*read) (struct reader *r, uint64_t q))
{
  if (r->depth == MAX_DEPTH)
    return kd_fail (KD_CORRUPT, "groups in groups without end");
  e->group = group_name (r->k, tg);
  if (!e->group)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = add (r, e);
  if (st) {
    free (e->group);
    return st;
  }
  uint64_t node = r->node;
  r->depth++;
  st = read (r, q);
  r->depth--;
  r->node = node;
  return st;
}

/* --- fair --- */

static enum kd_status read_fair (struct reader *r, uint64_t cfs_rq);

static enum kd_status
add_fair (struct reader *r, uint64_t se, bool current)
{
  struct kd_kernel *k = r->k;
  struct kd_member at;
  struct kd_rq_entity e = { .addr = se, .current = current };
  enum kd_status st = kd_layout (k, "task.se", &at);
  if (!st)
    st = kd_read_member (k, se, "se.vruntime", &e.vruntime);
  if (st)
    return st;
  e.has_deadline = !kd_read_member (k, se, "se.deadline", &e.deadline);
  e.delayed = member (k, se, "se.sched_delayed") != 0;
  uint64_t own = member (k, se, "se.my_q");
  if (!own)
    return add_task (r, se - at.offset, &e);
  e.queued = member (k, own, "cfs_rq.nr");
  e.throttled = member (k, own, "cfs_rq.throttled") != 0;
  return add_group (r, own, member (k, own, "cfs_rq.tg"), &e, read_fair);
}

static enum kd_status
visit_fair (void *arg, uint64_t node)
{
  struct reader *r = arg;
  return go_on (r, add_fair (r, node - r->node, false), "fair queue");
}

/* What runs is not in the tree.  */
static enum kd_status
read_fair (struct reader *r, uint64_t cfs_rq)
{
  struct kd_member tree, node;
  uint64_t curr;
  enum kd_status st = kd_layout (r->k, "cfs_rq.tasks_timeline", &tree);
  if (!st)
    st = kd_layout (r->k, "se.run_node", &node);
  if (!st)
    st = kd_read_member (r->k, cfs_rq, "cfs_rq.curr", &curr);
  if (st)
    return st;
  if (curr)
    st = go_on (r, add_fair (r, curr, true), "fair queue");
  r->node = node.offset;
  if (!st)
    st = go_on (
      r,
      kd_rbtree_walk (r->k, cfs_rq + tree.offset, MAX_QUEUED, visit_fair, r),
      "fair queue");
  return st;
}

/* --- real-time --- */

static enum kd_status read_realtime (struct reader *r, uint64_t rt_rq);

static enum kd_status
visit_realtime (void *arg, uint64_t entry)
{
  struct reader *r = arg;
  struct kd_member at;
  struct kd_rq_entity e = { .addr = entry - r->node };
  enum kd_status st = kd_layout (r->k, "task.rt", &at);
  uint64_t own = member (r->k, e.addr, "rt_se.my_q");
  if (!st && !own) {
    st = add_task (r, e.addr - at.offset, &e);
  } else if (!st) {
    e.queued = member (r->k, own, "rt_rq.nr");
    e.throttled = member (r->k, own, "rt_rq.throttled") != 0;
    st = add_group (r, own, member (r->k, own, "rt_rq.tg"), &e, read_realtime);
  }
  return go_on (r, st, "real-time queue");
}

/* A list for each priority.  */
static enum kd_status
read_realtime (struct reader *r, uint64_t rt_rq)
{
  uint8_t heads[MAX_PRIO * 16];
  struct kd_member queue, node;
  enum kd_status st = kd_layout (r->k, "rt_rq.queue", &queue);
  if (!st)
    st = kd_layout (r->k, "rt_se.run_list", &node);
  if (!st && queue.size > sizeof heads)
    st = kd_fail (KD_UNSUPPORTED, "%" PRIu64 " real-time priorities",
                  queue.count);
  uint64_t at = rt_rq + queue.offset;
  if (!st)
    st = kd_mem_read (r->k->mem, KD_KERNEL_SPACE, at, heads, queue.size, NULL);
  for (uint64_t i = 0; !st && i + 16 <= queue.size; i += 16) {
    if (kd_le64 (heads + i) == at + i)
      continue;
    r->node = node.offset;
    st = go_on (r, kd_list_walk (r->k, at + i, MAX_QUEUED, visit_realtime, r),
                "real-time queue");
  }
  return st;
}

/* --- deadline --- */

static enum kd_status
visit_deadline (void *arg, uint64_t node)
{
  struct reader *r = arg;
  struct kd_member at;
  struct kd_rq_entity e = { .addr = node - r->node, .has_deadline = true };
  enum kd_status st = kd_layout (r->k, "task.dl", &at);
  if (!st)
    st = kd_read_member (r->k, e.addr, "dl_se.deadline", &e.deadline);
  if (!st)
    st = kd_read_signed (r->k, e.addr, "dl_se.runtime", &e.runtime);
  e.throttled = member (r->k, e.addr, "dl_se.throttled") != 0;
  if (!st && member (r->k, e.addr, "dl_se.server"))
    st = add (r, &e);
  else if (!st)
    st = add_task (r, e.addr - at.offset, &e);
  return go_on (r, st, "deadline queue");
}

static enum kd_status
read_deadline (struct reader *r, uint64_t dl_rq)
{
  struct kd_member root, node;
  enum kd_status st = kd_layout (r->k, "dl_rq.root", &root);
  if (!st)
    st = kd_layout (r->k, "dl_se.rb_node", &node);
  if (st)
    return st;
  r->node = node.offset;
  return kd_rbtree_walk (r->k, dl_rq + root.offset, MAX_QUEUED, visit_deadline,
                         r);
}

/* --- the others --- */

static bool
is_queued (struct kd_kernel *k, uint64_t task)
{
  return member (k, task, "task.on_rq") == QUEUED;
}

static enum kd_status
read_stop (struct reader *r, uint64_t rq)
{
  uint64_t task = member (r->k, rq, "rq.stop");
  struct kd_rq_entity e = { .addr = task };
  return task && is_queued (r->k, task) ? add_task (r, task, &e) : KD_OK;
}

static enum kd_status
visit_ext (void *arg, uint64_t entry)
{
  struct reader *r = arg;
  struct kd_rq_entity e = { .addr = entry - r->node };
  return go_on (r, add_task (r, e.addr, &e), "sched_ext queue");
}

/* All that a BPF scheduler has to run here, in whichever queue it put it.  */
static enum kd_status
read_ext (struct reader *r, uint64_t rq)
{
  struct kd_member list, node;
  if (kd_layout (r->k, "rq.scx.runnable_list", &list)
      || kd_layout (r->k, "task.scx.runnable_node", &node))
    return KD_OK;
  r->node = node.offset;
  return kd_list_walk (r->k, rq + list.offset, MAX_QUEUED, visit_ext, r);
}

/* --- all together --- */

/* Is T out of its queue because it, or a group it is in, has used up its
   time?  */
static bool
is_throttled (struct kd_kernel *k, uint64_t task)
{
  struct kd_member se, rt, dl;
  if (member (k, task, "task.throttled"))
    return true;
  if (!kd_layout (k, "task.se", &se)
      && member (k, member (k, task + se.offset, "se.cfs_rq"),
                 "cfs_rq.throttle_count"))
    return true;
  if (!kd_layout (k, "task.rt", &rt)
      && member (k, member (k, task + rt.offset, "rt_se.rt_rq"),
                 "rt_rq.throttled"))
    return true;
  return !kd_layout (k, "task.dl", &dl)
         && member (k, task + dl.offset, "dl_se.throttled");
}

static enum kd_status
add_pid (int **pids, size_t *n, int pid)
{
  int *more = realloc (*pids, (*n + 1) * sizeof *more);
  if (!more)
    return kd_fail (KD_NOMEM, "out of memory");
  *pids = more;
  more[(*n)++] = pid;
  return KD_OK;
}

/* Those that say they are queued here and were not found.  */
static enum kd_status
find_lost (struct reader *r)
{
  const struct kd_task_list *l;
  struct kd_runqueue *rq = r->rq;
  enum kd_status st = kd_tasks (r->k, &l);
  if (st || !kd_has_member (r->k, "task.on_rq"))
    return st;
  for (size_t i = l->nidle; i < l->ntasks && !st; i++) {
    const struct kd_task *t = &l->tasks[i];
    if (t->cpu != rq->cpu || t->running || !is_queued (r->k, t->addr))
      continue;
    bool found = false;
    for (size_t n = 0; n < rq->nentities && !found; n++)
      found = rq->entities[n].task == t;
    if (found)
      continue;
    if (is_throttled (r->k, t->addr))
      st = add_pid (&rq->throttled, &rq->nthrottled, t->pid);
    else
      st = add_pid (&rq->lost, &rq->nlost, t->pid);
  }
  return st;
}

static enum kd_status
read_classes (struct reader *r)
{
  static const struct {
    const char *logical, *name; /* LOGICAL NULL: of the runqueue itself */
    enum kd_status (*read) (struct reader *r, uint64_t q);
  } classes[]
    = { [KD_SCHED_STOP] = { NULL, "stop class", read_stop },
        [KD_SCHED_DEADLINE] = { "rq.dl", "deadline queue", read_deadline },
        [KD_SCHED_REALTIME] = { "rq.rt", "real-time queue", read_realtime },
        [KD_SCHED_FAIR] = { "rq.cfs", "fair queue", read_fair },
        [KD_SCHED_EXT] = { NULL, "sched_ext queue", read_ext } };
  enum kd_status st = KD_OK;
  for (unsigned i = 0; i < KD_ARRAY_SIZE (classes) && !st; i++) {
    struct kd_member m = { 0 };
    r->class = (enum kd_sched_class)i;
    if (classes[i].logical)
      st = kd_layout (r->k, classes[i].logical, &m);
    if (!st)
      st = classes[i].read (r, r->rq->addr + m.offset);
    st = go_on (r, st, classes[i].name);
  }
  return st;
}

/* The runqueue itself, apart from what is queued.  */
static enum kd_status
read_head (struct reader *r)
{
  struct kd_kernel *k = r->k;
  struct kd_runqueue *rq = r->rq;
  struct kd_member m;
  enum kd_status st = kd_kernel_percpu (k, "runqueues", rq->cpu, &rq->addr);
  if (!st)
    st = kd_read_member (k, rq->addr, "rq.nr_running", &rq->nr_running);
  if (!st)
    st = kd_read_member (k, rq->addr, "rq.curr", &rq->curr);
  if (st)
    return st;
  rq->nr_switches = member (k, rq->addr, "rq.nr_switches");
  if (!kd_layout (k, "rq.rt", &m))
    rq->rt_throttled = member (k, rq->addr + m.offset, "rt_rq.throttled") != 0;
  if (!kd_layout (k, "rq.cfs", &m))
    rq->has_min_vruntime = !kd_read_member (
      k, rq->addr + m.offset, "cfs_rq.min_vruntime", &rq->min_vruntime);
  return KD_OK;
}

enum kd_status
kd_runqueue_read (struct kd_kernel *k, unsigned cpu,
                  const struct kd_rq_clocks *clocks, struct kd_runqueue *out)
{
  *out = (struct kd_runqueue){ .cpu = cpu };
  struct reader r = { .k = k, .clocks = clocks, .rq = out };
  enum kd_status st = read_head (&r);
  if (!st)
    st = read_classes (&r);
  if (!st)
    st = find_lost (&r);
  if (r.ndamage > MAX_DAMAGE)
    kd_strbuf_printf (&r.damage, "and %zu like these.\n",
                      r.ndamage - MAX_DAMAGE);
  out->damage = kd_strbuf_steal (&r.damage);
  if (!st && !out->damage)
    st = kd_fail (KD_NOMEM, "out of memory");
  if (st)
    kd_runqueue_deinit (out);
  return kd_context (st, "runqueue of CPU %u", cpu);
}

void
kd_runqueue_deinit (struct kd_runqueue *rq)
{
  for (size_t i = 0; i < rq->nentities; i++)
    free (rq->entities[i].group);
  free (rq->entities);
  free (rq->throttled);
  free (rq->lost);
  free (rq->damage);
  *rq = (struct kd_runqueue){ 0 };
}
