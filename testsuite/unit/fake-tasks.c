/* SPDX-License-Identifier: GPL-3.0-or-later */
/* More of a kernel that never ran: its tasks and their PIDs.  SHAPE may also
   be 419, the last kernel whose PIDs are in a radix tree.

     PID  1  init      and its thread 5
     PID  2  kthreadd  a kernel thread
     PID 77  worker    on CPU 1 (other_task)
     PID 90  gone      a zombie, child of 1
     PID 91  stuck     in uninterruptible sleep, child of 77  */
#define NEXT_PREV(member, a, b)                                               \
  {                                                                           \
    &(a)->member, &(b)->member                                                \
  }
#define INIT_TASK_LINKS                                                       \
  .tasks = NEXT_PREV (tasks, &others[0], &others[4]), .flags = 0x200000,      \
  .real_parent = &init_task
#define OTHER_TASK_LINKS                                                      \
  .tgid = 77, .tasks = NEXT_PREV (tasks, &others[3], &others[2]),             \
  .thread_node = { &signals[2].thread_head, &signals[2].thread_head },        \
  .signal = &signals[2], .real_parent = &others[0]
/* 10 pages of files, 30 of its own, 50 swapped out, 7 shared.  */
#if SHAPE >= 604
#define USER_RSS                                                              \
  {                                                                           \
    { .count = 6, .counters = rss_parts }, { .count = 30 }, { .count = 50 },  \
    {                                                                         \
      .count = 7                                                              \
    }                                                                         \
  }
#else
#define USER_RSS                                                              \
  {                                                                           \
    {                                                                         \
      10, 30, 50, 7                                                           \
    }                                                                         \
  }
#endif
extern int rss_parts[2];
#include "kernel-fake.c"

/* What each of four CPUs has counted and not yet folded.  */
int rss_parts[2] PERCPU = { 1 };

extern struct sched_entity job_entity;
extern struct cfs_rq job_queue;

#define ALONE(n)                                                              \
  .thread_node = { &signals[n].thread_head, &signals[n].thread_head },        \
  .signal = &signals[n]

struct task_struct others[5] USED = {
  { .pid = 1,
    .tgid = 1,
    .comm = "init",
    .tasks = NEXT_PREV (tasks, &others[2], &init_task),
    .thread_node = { &others[1].thread_node, &signals[0].thread_head },
    .signal = &signals[0],
    .real_parent = &init_task },
  { .pid = 5,
    .tgid = 1,
    .comm = "init thread",
    .prio = 120,
    .on_rq = 1,
    .se = { .run_node = { 1 }, .vruntime = 500, .cfs_rq = &job_queue },
    .sched_info = { .last_queued = 88000000000 },
    .thread_node = { &signals[0].thread_head, &others[0].thread_node },
    .signal = &signals[0],
    .real_parent = &init_task },
  { .pid = 2,
    .tgid = 2,
    .comm = "kthreadd",
    .prio = 49,
    .on_rq = 1,
    .flags = 0x200000,
    .tasks = NEXT_PREV (tasks, &other_task, &others[0]),
    ALONE (1),
    .real_parent = &init_task },
  { .pid = 90,
    .tgid = 90,
    .comm = "gone",
    .prio = -1,
    .on_rq = 1,
    .dl = { .rb_node = { 1 }, .runtime = -5, .deadline = 91000000000 },
    .exit_state = 0x20,
    .tasks = NEXT_PREV (tasks, &others[4], &other_task),
    ALONE (3),
    .real_parent = &others[0] },
  { .pid = 91,
    .tgid = 91,
    .comm = "stuck",
    .prio = 139,
    .on_rq = 1,
    .se = { .run_node = { (u64)&job_entity }, .vruntime = 4000000 },
    .tasks = NEXT_PREV (tasks, &init_task, &others[3]),
    ALONE (4),
    .real_parent = &other_task },
};
#define THREAD(t)                                                             \
  {                                                                           \
    1,                                                                        \
    {                                                                         \
      &(t)->thread_node, &(t)->thread_node                                    \
    }                                                                         \
  }
struct signal_struct signals[5] USED = {
  { 2, { &others[0].thread_node, &others[1].thread_node } },
  THREAD (&others[2]),
  THREAD (&other_task),
  THREAD (&others[3]),
  THREAD (&others[4]),
};

/* --- idle tasks --- */

struct task_struct idle_1 USED = { .comm = "swapper/1", .flags = 0x200000 };
struct rq_root { /* struct rb_root_cached */
  struct rq_node *rb_node, *leftmost;
};
struct cfs_rq {
#if SHAPE >= 614
  u32 nr_queued;
#else
  u32 nr_running;
#endif
  u64 min_vruntime;
  struct rq_root tasks_timeline;
  struct sched_entity *curr;
  int throttled, throttle_count;
  struct task_group *tg;
};
struct rt_prio_array {
  u64 bitmap[2];
  struct list_head queue[100];
};
struct rt_rq {
  struct rt_prio_array active;
  u32 rt_nr_running;
  int rt_throttled;
  struct task_group *tg;
};
struct dl_rq {
  struct rq_root root;
};
/* The place of idle is known to the tests.  */
struct rq {
  u32 nr_running;
  struct task_struct *idle;
  u64 clock, clock_task;
  u64 nr_switches;
  struct task_struct *curr, *stop;
  struct cfs_rq cfs;
  struct rt_rq rt;
  struct dl_rq dl;
};
struct rq runqueues PERCPU = { 0, &init_task, 90000000000, 89000000000 };

/* A group with one task, PID 5, in cgroup /system.slice/job.  */
struct kernfs_node {
#if SHAPE >= 614
  struct kernfs_node *__parent;
#else
  struct kernfs_node *parent;
#endif
  const char *name;
};
struct kernfs_node kn_root = { 0, "" },
                   kn_slice = { &kn_root, "system.slice" },
                   kn_job = { &kn_slice, "job" };
struct cgroup {
  struct kernfs_node *kn;
};
struct cgroup job_cgroup = { &kn_job };
struct task_group {
  struct {
    struct cgroup *cgroup;
  } css;
};
struct task_group job_group = { { &job_cgroup } };
struct cfs_rq job_queue USED = {
  1,
  .tasks_timeline = { &others[1].se.run_node, &others[1].se.run_node },
  .throttled = 1,
  .tg = &job_group,
};
/* The root of the tree on CPU 1; PID 91 is left of it.  */
struct sched_entity job_entity USED = {
  .run_node = { 1, 0, &others[4].se.run_node },
  .vruntime = 7000000,
  .my_q = &job_queue,
};
#if SHAPE >= 614
struct sched_dl_entity fair_server USED = { .rb_node = { 0 }, .dl_server = 1 };
#endif

/* --- PIDs --- */

struct pid_namespace;
struct upid {
  int nr;
  struct pid_namespace *ns;
#if SHAPE < 419
  struct hlist_node pid_chain;
#endif
};
struct pid {
  int count;
  u32 level;
#if SHAPE < 419
  struct hlist_head tasks[3];
#else
  struct hlist_head tasks[4];
#endif
  struct upid numbers[1];
};

extern struct pid pids[];
extern struct pid_namespace init_pid_ns;

#if SHAPE < 419
#define LINK(t) &(t)->pids[0].node
/* One chain of the hash table has all.  */
#define CHAIN(next)                                                           \
  .pid_chain = { (next) < 7 ? &pids[(next) % 7].numbers[0].pid_chain : 0, 0 }
#else
#define LINK(t) &(t)->pid_links[0]
#define CHAIN(next)
#endif
#define PID(number, t, next)                                                  \
  {                                                                           \
    1, 0, { { t } },                                                          \
    {                                                                         \
      {                                                                       \
        number, &init_pid_ns, CHAIN (next)                                    \
      }                                                                       \
    }                                                                         \
  }
/* 60 is only the number of a group whose leader has gone.  */
struct pid pids[7] USED = {
  PID (1, LINK (&others[0]), 1),
  PID (2, LINK (&others[2]), 2),
  PID (5, LINK (&others[1]), 3),
  PID (77, LINK (&other_task), 4),
  PID (90, LINK (&others[3]), 5),
  PID (91, LINK (&others[4]), 6),
  PID (60, 0, 7),
};

#if SHAPE < 419
struct pid_namespace {
  int level;
};
struct pid_namespace init_pid_ns USED = { 0 };
struct hlist_head hash_chains[4] USED
  = { { 0 }, { &pids[0].numbers[0].pid_chain }, { 0 }, { 0 } };
struct hlist_head *pid_hash USED = hash_chains;
u32 pidhash_shift USED = 2;
#else
#if SHAPE < 510
#define NODE_MARK 1
#define xa_node radix_tree_node
#define xarray radix_tree_root
#define xa_head rnode
#else
#define NODE_MARK 2
#endif
#define NODE(n) (void *)((char *)&(n) + NODE_MARK)
struct xa_node {
  u8 shift, offset, count, values;
  struct xa_node *parent;
  void *array;
  struct list_head list;
  void *slots[64];
  u64 tags[3][1];
};
struct xarray {
  u32 lock, flags;
  void *xa_head;
};
struct idr {
  struct xarray idr_rt;
  u32 idr_base, idr_next;
};
struct pid_namespace {
  int level;
  struct idr idr;
};
extern struct xa_node pid_root, pid_low, pid_high;
struct xa_node pid_root USED
  = { .shift = 6, .slots = { NODE (pid_low), NODE (pid_high) } };
struct xa_node pid_low USED = {
  .parent = &pid_root,
  .slots = { [1] = &pids[0], [2] = &pids[1], [5] = &pids[2], [60] = &pids[6] },
};
struct xa_node pid_high USED = {
  .parent = &pid_root,
  .offset = 1,
  .slots
  = { [77 - 64] = &pids[3], [90 - 64] = &pids[4], [91 - 64] = &pids[5] },
};
struct pid_namespace init_pid_ns USED
  = { .idr = { .idr_rt = { .xa_head = NODE (pid_root) } } };
#endif
