/* SPDX-License-Identifier: GPL-3.0-or-later */
/* More of a kernel that never ran: its maps, lists and queues as they were at
   the time that SHAPE says. */
extern struct nsproxy proxy;
extern struct files_struct open_files;
extern struct fs_struct directories;
#define INIT_TASK_LINKS .nsproxy = &proxy
#define OTHER_TASK_LINKS                                                      \
  .files = &open_files, .fs = &directories, .nsproxy = &proxy
#if SHAPE >= 604
extern union maple_node area_node;
#define USER_AREAS .mm_mt = { .ma_root = (char *)&area_node + 14 }
#else
extern struct vm_area_struct first_area __asm__("areas");
#define USER_AREAS .mmap = &first_area
#endif
#define USER_RSS                                                              \
  .start_brk = 0x600000, .brk = 0x601000, .start_stack = 0x7fff00, USER_AREAS
#include "kernel-fake.c"

/* What the entries of maps point at.  */
struct thing {
  u64 number;
};
struct thing things[8] USED
  = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 } };
#define PLUS(p, n) ((void *)((char *)(p) + (n)))

/* --- XArray, radix tree --- */

#if SHAPE < 510
#define NODE_MARK 1
#define VALUE(v) ((void *)((u64)(v) << 2 | 2))
#define SIBLING(n, slot) PLUS (&(n).slots[slot], NODE_MARK)
#define xa_node radix_tree_node
#define xarray radix_tree_root
#define xa_head rnode
#define xa_flags gfp_mask
#else
#define NODE_MARK 2
#define VALUE(v) ((void *)((u64)(v) << 1 | 1))
#define SIBLING(n, slot) ((void *)((u64)(slot) << 2 | NODE_MARK))
#endif
#define NODE(n) PLUS (&(n), NODE_MARK)

struct xa_node {
  u8 shift, offset, count, values;
  struct xa_node *parent;
  void *array;
  struct list_head list;
  void *slots[64];
  u64 tags[3][1];
};
struct xarray {
  u32 lock, xa_flags;
  void *xa_head;
};

extern struct xa_node map_root, map_leaf0, map_leaf2;
struct xa_node map_root USED = {
  .shift = 6,
  .slots = { [0] = NODE (map_leaf0),
             /* An entry for the indices 64 to 127.  */
             [1] = &things[5],
             [2] = NODE (map_leaf2) },
};
struct xa_node map_leaf0 USED = {
  .parent = &map_root,
  .slots = { [0] = &things[1],
             [3] = VALUE (77),
             /* An entry for the indices 8 to 11.  */
             [8] = &things[2],
             [9] = SIBLING (map_leaf0, 8),
             [10] = SIBLING (map_leaf0, 8),
             [11] = SIBLING (map_leaf0, 8) },
};
struct xa_node map_leaf2 USED = {
  .offset = 2,
  .parent = &map_root,
  .slots = { [63] = &things[7] },
};
struct xarray map USED = { .xa_flags = 5, .xa_head = NODE (map_root) };
struct xarray empty_map USED = { 0 };
struct xarray tiny_map USED = { .xa_head = &things[3] };

/* --- maple tree --- */

#if SHAPE >= 604
struct maple_metadata {
  u8 end, gap;
};
struct maple_range_64 {
  void *parent;
  u64 pivot[15];
  union {
    void *slot[16];
    struct {
      void *pad[15];
      struct maple_metadata meta;
    };
  };
};
struct maple_arange_64 {
  void *parent;
  u64 pivot[9];
  void *slot[10];
  u64 gap[10];
  struct maple_metadata meta;
};
union maple_node {
  struct {
    void *parent;
    void *slot[31];
  };
  struct maple_range_64 mr64;
  struct maple_arange_64 ma64;
} __attribute__ ((aligned (256)));
/* 4: may have empty slots; 2: the root.  */
#define MAPLE(n, type) PLUS (&(n), (type) << 3 | 4)
#define MAPLE_ROOT(n, type) PLUS (&(n), (type) << 3 | 4 | 2)

/* Slot 0 covers 0 to 4095, slot 1 up to 0xffff, slot 2 the rest.  */
union maple_node maple_leaf0 USED
  = { .mr64 = { .pivot = { 9, 19, 99 },
                .slot = { &things[1], 0, &things[2],
                          (void *)0x15, [15] = (void *)3 /* meta.end */ } } };
/* Full: each pivot is used, and there is no room for its metadata.  */
union maple_node maple_leaf1 USED
  = { .mr64 = { .pivot = { 0x1000, 0x1001, 0x1002, 0x1003, 0x1004, 0x1005,
                           0x1006, 0x1007, 0x1008, 0x1009, 0x100a, 0x100b,
                           0x100c, 0x100d, 0x100e },
                .slot = { &things[3], [15] = &things[4] } } };
union maple_node maple_dense USED = { .slot = { [2] = &things[5] } };
union maple_node maple_root USED
  = { .ma64 = { .pivot = { 0xfff, 0xffff },
                .slot = { MAPLE (maple_leaf0, 1), MAPLE (maple_leaf1, 1),
                          MAPLE (maple_dense, 0) },
                .meta = { .end = 2 } } };
struct maple_tree ranges USED
  = { .ma_flags = 0x30b, .ma_root = MAPLE_ROOT (maple_root, 3) };
struct maple_tree no_ranges USED = { 0 };
struct maple_tree one_range USED = { .ma_root = &things[6] };
#endif

/* --- red-black tree --- */

struct rb_node {
  void *parent_color;
  struct rb_node *rb_right, *rb_left;
};
struct rb_root {
  struct rb_node *rb_node;
};
/* By the numbers 0 to 6; 3 is the root, odd ones are black.  */
struct rb_node leaves[7] USED = {
  { PLUS (&leaves[1], 0), 0, 0 },
  { PLUS (&leaves[3], 1), &leaves[2], &leaves[0] },
  { PLUS (&leaves[1], 0), 0, 0 },
  { PLUS (0, 1), &leaves[5], &leaves[1] },
  { PLUS (&leaves[5], 0), 0, 0 },
  { PLUS (&leaves[3], 1), &leaves[6], &leaves[4] },
  { PLUS (&leaves[5], 0), 0, 0 },
};
struct rb_root tree USED = { &leaves[3] };
struct rb_root no_tree USED = { 0 };

/* --- interrupts --- */

struct irq_chip {
  const char *name;
};
struct irq_domain {
  struct list_head link;
  const char *name;
};
/* SHAPE 414 has few CPUs, and its masks where others have pointers.  */
#if SHAPE < 510
typedef struct cpumask cpumask_var_t[1];
#define EFFECTIVE
#define MASK(m)                                                               \
  {                                                                           \
    {                                                                         \
      {                                                                       \
        m                                                                     \
      }                                                                       \
    }                                                                         \
  }
#else
typedef struct cpumask *cpumask_var_t;
#define EFFECTIVE .effective_affinity = MASK (2)
static struct cpumask masks[16] USED
  = { { { 0 } }, { { 1 } }, { { 2 } }, { { 3 } } };
#define MASK(m) &masks[m]
#endif
struct irq_common_data {
  u32 state_use_accessors;
  void *handler_data;
  cpumask_var_t affinity;
#if SHAPE >= 510
  cpumask_var_t effective_affinity;
#endif
};
struct irq_data {
  u32 mask, irq;
  u64 hwirq;
  struct irq_common_data *common;
  struct irq_chip *chip;
  struct irq_domain *domain;
};
struct irqaction {
  void *handler, *dev_id;
  struct irqaction *next;
  void *thread_fn;
  struct task_struct *thread;
  u32 irq, flags;
  const char *name;
};
#if SHAPE >= 614
struct irqstat {
  u32 cnt, ref;
};
#define STAT struct irqstat
#else
#define STAT u32
#endif
struct irq_desc {
  struct irq_common_data irq_common_data;
  struct irq_data irq_data;
  STAT *kstat_irqs;
  void *handle_irq;
  struct irqaction *action;
  u32 core_internal_state__do_not_mess_with_it;
  u32 depth, irqs_unhandled;
  const char *name;
};

static STAT timer_counts PERCPU = { 100 };
static STAT disk_counts PERCPU = { 7 };
static struct irq_chip io_apic = { "IO-APIC" }, pci_msi = { "PCI-MSI" };
static struct irq_domain io_apic_domain = { .name = "IO-APIC-0" };
static struct irqaction timer_action USED
  = { .handler = panic, .flags = 0x14800, .name = "timer" };
static struct irqaction disk2_action USED = { .handler = helper,
                                              .dev_id = &things[1],
                                              .thread_fn = panic,
                                              .thread = &other_task,
                                              .flags = 0x2080,
                                              .name = "disk2" };
static struct irqaction disk1_action USED = { .handler = helper,
                                              .dev_id = &things[0],
                                              .next = &disk2_action,
                                              .flags = 0x2080,
                                              .name = "disk1" };

#define TIMER_IRQ                                                             \
  {                                                                           \
    .irq_common_data = { .affinity = MASK (1) },                              \
    .irq_data = { .hwirq = 2, .chip = &io_apic, .domain = &io_apic_domain },  \
    .kstat_irqs = &timer_counts, .handle_irq = panic,                         \
    .action = &timer_action, .name = "edge"                                   \
  }
#define DISK_IRQ                                                              \
  {                                                                           \
    .irq_common_data                                                          \
      = { .state_use_accessors = 1 << 18, .affinity = MASK (3), EFFECTIVE },  \
      .irq_data = { .hwirq = 32768, .chip = &pci_msi }, .depth = 0,           \
      .kstat_irqs = &disk_counts, .action = &disk1_action,                    \
      .core_internal_state__do_not_mess_with_it = 0x200                       \
  }
#define UNUSED_IRQ                                                            \
  {                                                                           \
    .irq_common_data                                                          \
      = { .state_use_accessors = 3 << 16, .affinity = MASK (0) },             \
      .depth = 1                                                              \
  }

#if SHAPE == 604
struct irq_desc irq_desc[3] USED = { TIMER_IRQ, UNUSED_IRQ, DISK_IRQ };
#else
static struct irq_desc timer_irq USED = TIMER_IRQ;
static struct irq_desc unused_irq USED = UNUSED_IRQ;
static struct irq_desc disk_irq USED = DISK_IRQ;
#if SHAPE < 614
static struct xa_node irq_node USED
  = { .slots = { &timer_irq, &unused_irq, &disk_irq } };
struct xarray irq_desc_tree USED = { .xa_head = NODE (irq_node) };
#else
static union maple_node irq_node USED
  = { .mr64 = { .pivot = { 0, 1, 2 },
                .slot = { &timer_irq, &unused_irq, &disk_irq,
                          0, [15] = (void *)3 } } };
struct maple_tree sparse_irqs USED = { .ma_root = MAPLE_ROOT (irq_node, 1) };
#endif
#endif

typedef struct {
  u32 __nmi_count, apic_timer_irqs, irq_resched_count, irq_call_count;
} irq_cpustat_t;
irq_cpustat_t irq_stat PERCPU = { 1, 2000, 30, 4 };
void *vector_irq[256] PERCPU = {
#if SHAPE != 604
  [34] = &disk_irq
#endif
};

/* --- timers --- */

__attribute__ ((noinline)) void
hrtimer_wakeup (void)
{
  __asm__ volatile("nop");
}
__attribute__ ((noinline)) void
process_timeout (void)
{
  __asm__ volatile("nop; nop");
}
__attribute__ ((noinline)) void
delayed_work_timer_fn (void)
{
  __asm__ volatile("nop; nop; nop");
}

struct timerqueue_node {
  struct rb_node node;
  u64 expires;
};
struct rb_root_cached {
  struct rb_root rb_root;
  struct rb_node *rb_leftmost;
};
struct timerqueue_head {
#if SHAPE < 510
  struct rb_root head;
  struct timerqueue_node *next;
#else
  struct rb_root_cached rb_root;
#endif
};
struct hrtimer {
  struct timerqueue_node node;
  u64 _softexpires;
  void *function;
};
struct hrtimer_sleeper {
  struct hrtimer timer;
  struct task_struct *task;
};
struct hrtimer_clock_base {
  void *cpu_base;
  u32 index, clockid;
#if SHAPE >= 510
  struct hrtimer *running;
#endif
  struct timerqueue_head active;
  u64 offset;
};
struct hrtimer_cpu_base {
  u32 lock, cpu;
  u32 hres_active : 1, in_hrtirq : 1, hang_detected : 1;
  struct hrtimer_clock_base clock_base[SHAPE < 510 ? 4 : 8];
};

extern struct hrtimer_sleeper sleeper;
extern struct hrtimer tick;
/* At 12.5 s by TIMEKEEPER, it is a little late.  */
struct hrtimer tick USED
  = { .node = { { PLUS (&sleeper.timer.node.node, 0), 0, 0 }, 12400000000ul },
      ._softexpires = 12400000000ul,
      .function = panic };
struct hrtimer_sleeper sleeper USED
  = { .timer
      = { .node = { { PLUS (0, 1), 0, &tick.node.node }, 13500000000ul },
          ._softexpires = 13000000000ul,
          .function = hrtimer_wakeup },
      .task = &other_task };
struct hrtimer alarm USED
  = { .node = { { PLUS (0, 1), 0, 0 }, 1795739674000000000ul + 20000000000ul },
      ._softexpires = 1795739674000000000ul + 20000000000ul,
      .function = helper };
#if SHAPE < 510
#define ACTIVE(n)                                                             \
  {                                                                           \
    {                                                                         \
      &(n)                                                                    \
    }                                                                         \
  }
#else
#define ACTIVE(n)                                                             \
  {                                                                           \
    {                                                                         \
      {                                                                       \
        &(n)                                                                  \
      }                                                                       \
    }                                                                         \
  }
#endif
struct hrtimer_cpu_base hrtimer_bases PERCPU
  = { .in_hrtirq = 1,
      .clock_base = {
        { .clockid = 1,
#if SHAPE >= 510
          .running = &alarm,
#endif
          .active = ACTIVE (sleeper.timer.node.node) },
        { .index = 1,
          .active = ACTIVE (alarm.node.node),
          .offset = 1795739674000000000ul },
        { .index = 2, .clockid = 7 },
        { .index = 3, .clockid = 11 },
      } };

struct timer_list {
  struct hlist_node entry;
  u64 expires;
  void *function;
#if SHAPE < 510
  u64 data;
#endif
  u32 flags;
};
struct timer_base {
  u32 lock;
  struct timer_list *running_timer;
  u64 clk;
  u32 cpu;
  u8 is_idle;
  u64 pending_map[1];
  struct hlist_head vectors[8];
};
struct process_timer {
  struct timer_list timer;
  struct task_struct *task;
};
struct work_struct {
  u64 data;
  struct list_head entry;
  void *func;
};
struct delayed_work {
  struct work_struct work;
  struct timer_list timer;
};

#define JIFFIES (4294892296ul + 3125)
u64 jiffies_64 USED = JIFFIES;
struct clocksource {
  u64 mask;
  u32 mult, shift;
} clocksource_jiffies USED = { ~0u, 4000000u << 8, 8 };

extern struct process_timer timeout;
struct delayed_work flusher USED
  = { .work = { .func = panic },
      .timer
      = { .expires = JIFFIES + 250, .function = delayed_work_timer_fn } };
struct process_timer timeout USED
  = { .timer = { .entry = { &flusher.timer.entry, 0 },
                 .expires = JIFFIES - 50,
#if SHAPE < 510
                 .data = (u64)&other_task,
#endif
                 .function = process_timeout },
#if SHAPE >= 510
      .task = &other_task
#endif
    };
struct timer_list later USED = { .expires = JIFFIES + 1, .function = helper };
struct timer_base timer_bases[SHAPE < 604 ? 2 : 3] PERCPU = {
  { .clk = JIFFIES, .vectors = { [2] = { &timeout.timer.entry } } },
  {
    .clk = JIFFIES, .is_idle = 1, .running_timer = &later,
    .vectors
      = { [7] = { &later.entry } }
  }
};

/* --- wait queues --- */

__attribute__ ((noinline)) void
autoremove_wake_function (void)
{
  __asm__ volatile("nop; nop; nop; nop; nop");
}
__attribute__ ((noinline)) void
wake_bit_function (void)
{
  __asm__ volatile("nop; nop; nop; nop; nop; nop");
}
__attribute__ ((noinline)) void
wake_page_function (void)
{
  __asm__ volatile("nop; nop; nop; nop; nop; nop; nop");
}
__attribute__ ((noinline)) void
pollwake (void)
{
  __asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop");
}

struct wait_queue_head {
  u32 lock;
  struct list_head head;
};
struct wait_queue_entry {
  u32 flags;
  void *private, *func;
  struct list_head entry;
};
struct swait_queue_head {
  u32 lock;
  struct list_head task_list;
};
struct swait_queue {
  struct task_struct *task;
  struct list_head task_list;
};
struct completion {
  u32 done;
#if SHAPE < 604
  struct wait_queue_head wait;
#else
  struct swait_queue_head wait;
#endif
};
struct wait_bit_key {
  void *flags;
  int bit_nr;
};
struct wait_bit_queue_entry {
  struct wait_bit_key key;
  struct wait_queue_entry wq_entry;
};
struct wait_page_queue {
#if SHAPE < 604
  void *page;
#else
  void *folio;
#endif
  int bit_nr;
  struct wait_queue_entry wait;
};
struct poll_wqueues {
  u64 pt[2];
  void *table;
  struct task_struct *polling_task;
};

extern struct wait_queue_head queue;
extern struct wait_queue_entry waiter[3];
static struct poll_wqueues poller USED = { .polling_task = &other_task };
struct wait_queue_entry waiter[3] USED = {
  { 1,
    &other_task,
    autoremove_wake_function,
    { &waiter[1].entry, &queue.head } },
  { 0, &poller, pollwake, { &waiter[2].entry, &waiter[0].entry } },
  { 4, 0, 0, { &queue.head, &waiter[1].entry } },
};
struct wait_queue_head queue USED
  = { 0, { &waiter[0].entry, &waiter[2].entry } };
struct wait_queue_head quiet_queue USED
  = { 0, { &quiet_queue.head, &quiet_queue.head } };

extern struct completion done;
#if SHAPE < 604
#define HEAD head
static struct wait_queue_entry completer USED
  = { 1,
      &other_task,
      autoremove_wake_function,
      { &done.wait.HEAD, &done.wait.HEAD } };
#define ENTRY completer.entry
#else
#define HEAD task_list
static struct swait_queue completer USED
  = { &other_task, { &done.wait.HEAD, &done.wait.HEAD } };
#define ENTRY completer.task_list
#endif
struct completion done USED = { 0, { 0, { &ENTRY, &ENTRY } } };

#define EMPTY(q)                                                              \
  {                                                                           \
    0,                                                                        \
    {                                                                         \
      &(q).head, &(q).head                                                    \
    }                                                                         \
  }
extern struct wait_queue_head bit_wait_table[2];
static struct wait_bit_queue_entry bit_waiter USED
  = { { &things[3], 5 },
      { 0,
        &other_task,
        wake_bit_function,
        { &bit_wait_table[1].head, &bit_wait_table[1].head } } };
struct wait_queue_head bit_wait_table[2] USED
  = { EMPTY (bit_wait_table[0]),
      { 0, { &bit_waiter.wq_entry.entry, &bit_waiter.wq_entry.entry } } };
#if SHAPE < 604
#define folio_wait_table page_wait_table
#endif
extern struct wait_queue_head folio_wait_table[1];
static struct wait_page_queue page_waiter USED
  = { &things[4],
      0,
      { 0,
        &other_task,
        wake_page_function,
        { &folio_wait_table[0].head, &folio_wait_table[0].head } } };
struct wait_queue_head folio_wait_table[1] USED
  = { { 0, { &page_waiter.wait.entry, &page_waiter.wait.entry } } };

#include "fake-files.h"

/* --- lists --- */

extern struct list_head ring[3], no_ring;
struct list_head ring[3] USED
  = { { &ring[1], &ring[2] }, { &ring[2], &ring[0] }, { &ring[0], &ring[1] } };
struct list_head no_ring USED = { &no_ring, &no_ring };
struct list_head zero_ring USED = { 0 };
struct list_head left_ring USED
  = { (void *)0xdead000000000100, (void *)0xdead000000000122 };

extern struct hlist_node hash_nodes[2];
struct hlist_head hash USED = { &hash_nodes[0] };
struct hlist_head no_hash USED = { 0 };
struct hlist_node hash_nodes[2] USED
  = { { &hash_nodes[1], &hash.first }, { 0, &hash_nodes[0].next } };
