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
    .thread_node = { &signals[0].thread_head, &others[0].thread_node },
    .signal = &signals[0],
    .real_parent = &init_task },
  { .pid = 2,
    .tgid = 2,
    .comm = "kthreadd",
    .flags = 0x200000,
    .tasks = NEXT_PREV (tasks, &other_task, &others[0]),
    ALONE (1),
    .real_parent = &init_task },
  { .pid = 90,
    .tgid = 90,
    .comm = "gone",
    .exit_state = 0x20,
    .tasks = NEXT_PREV (tasks, &others[4], &other_task),
    ALONE (3),
    .real_parent = &others[0] },
  { .pid = 91,
    .tgid = 91,
    .comm = "stuck",
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
struct rq {
  u32 nr_running;
  struct task_struct *idle;
  u64 clock, clock_task;
};
struct rq runqueues PERCPU = { 0, &init_task, 90000000000, 89000000000 };

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
