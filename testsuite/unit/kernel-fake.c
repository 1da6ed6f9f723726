/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel that never ran: data structures as they were at some time, for
   tests to put into a made-up dump.  SHAPE says of when: 414, 510, 604 or 614
   (the kernel version without its dot).  Compiled without a library; what
   cannot be said in an initialiser is poked in by the test. */
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

#define PERCPU __attribute__ ((section (".data..percpu"), used))
#define USED __attribute__ ((used))

struct list_head {
  struct list_head *next, *prev;
};

/* --- tasks --- */

#if SHAPE >= 604
struct percpu_counter {
  u32 lock;
  long count;
  int *counters; /* per CPU */
};
#else
struct mm_rss_stat {
  long count[4];
};
#endif

struct maple_tree {
  u32 ma_lock, ma_flags;
  void *ma_root;
};

struct mm_struct {
  u64 pad;
  u64 *pgd;
  u64 total_vm;
#if SHAPE >= 604
  struct percpu_counter rss_stat[4];
#else
  struct mm_rss_stat rss_stat;
#endif
  u64 start_brk, brk, start_stack;
#if SHAPE >= 604
  struct maple_tree mm_mt;
#else
  void *mmap;
#endif
};

struct thread_info {
  u64 flags;
#if SHAPE >= 604
  u32 cpu;
#endif
};

struct hlist_node {
  struct hlist_node *next, **pprev;
};

struct hlist_head {
  struct hlist_node *first;
};

struct signal_struct {
  int nr_threads;
  struct list_head thread_head;
};

/* --- what the scheduler queues --- */

struct rq_node { /* struct rb_node */
  u64 parent_color;
  struct rq_node *right, *left;
};

struct sched_entity {
  struct rq_node run_node;
  u64 exec_start, vruntime;
#if SHAPE >= 614
  u64 deadline;
  u8 sched_delayed;
#endif
  struct sched_entity *parent;
  struct cfs_rq *cfs_rq, *my_q;
};

struct sched_rt_entity {
  struct list_head run_list;
  struct rt_rq *my_q;
};

struct sched_dl_entity {
  struct rq_node rb_node;
  long runtime;
  u64 deadline;
  u32 dl_throttled : 1;
#if SHAPE >= 614
  u32 dl_yielded : 1;
  u32 dl_server : 1;
#endif
};

/* --- and the rest of a task --- */

#if SHAPE < 419
struct pid_link {
  struct hlist_node node;
  struct pid *pid;
};
#endif

struct task_struct {
  struct thread_info thread_info;
#if SHAPE >= 604
  u32 __state;
#else
  volatile long state;
#endif
  void *stack;
  u32 flags;
#if SHAPE < 604
  u32 cpu;
#endif
  struct list_head tasks;
  struct mm_struct *mm;
  int exit_state;
  int pid;
  int tgid;
  struct task_struct *real_parent;
#if SHAPE < 419
  struct pid_link pids[3];
#else
  struct hlist_node pid_links[4];
#endif
  struct list_head thread_node;
  char comm[16];
  struct signal_struct *signal;
  int on_rq;
  int prio;
  struct sched_entity se;
  struct sched_rt_entity rt;
  struct sched_dl_entity dl;
  struct {
    u64 last_arrival, last_queued;
  } sched_info;
  struct {
    u64 sp;
  } thread;
  void *files, *fs, *nsproxy;
};

static u64 user_pgd[512] __attribute__ ((aligned (4096)));
#ifndef USER_RSS
#define USER_RSS
#endif
static struct mm_struct user_mm = { 1, user_pgd, 100, USER_RSS };

/* fake-tasks.c adds what links them with others.  */
#ifndef INIT_TASK_LINKS
#define INIT_TASK_LINKS
#define OTHER_TASK_LINKS
#else
extern struct task_struct others[];
extern struct signal_struct signals[];
#endif
extern struct task_struct other_task;
struct task_struct init_task USED = { .comm = "swapper/0", INIT_TASK_LINKS };
struct task_struct other_task USED
  = { .comm = "worker", .pid = 77, .mm = &user_mm, OTHER_TASK_LINKS };

/* --- CPUs --- */

struct cpumask {
  u64 bits[4];
};
struct cpumask __cpu_possible_mask USED = { { 0xf } };
struct cpumask __cpu_present_mask USED = { { 0x7 } };
struct cpumask __cpu_online_mask USED = { { 0x3 } };
u64 __per_cpu_offset[4] USED = { 1 };
struct {
  int counter;
} panic_cpu USED = { 1 };

/* Not the first in its section, so that its address is not zero.  */
u64 percpu_first[8] PERCPU = { 1 };
#if SHAPE == 604
struct pcpu_hot {
  int preempt_count;
  struct task_struct *current_task;
} pcpu_hot PERCPU = { 1, 0 };
#else
struct task_struct *current_task PERCPU = &init_task;
#endif
u8 note_buf[512] PERCPU = { 0 };
void *crash_notes USED = note_buf;

/* --- modules --- */

struct attribute {
  const char *name;
  u16 mode;
};

struct bin_attribute {
  struct attribute attr;
  u64 size;
  void *private;
};

struct attribute_group {
  const char *name;
  struct bin_attribute **bin_attrs;
};

struct module_attribute {
  struct attribute attr;
  void *show;
};

#if SHAPE < 614
struct module_sect_attr {
#if SHAPE < 510
  struct module_attribute mattr;
  char *name;
#else
  struct bin_attribute battr;
#endif
  u64 address;
};

struct module_sect_attrs {
  struct attribute_group grp;
  u32 nsections;
  struct module_sect_attr attrs[];
};

struct module_notes_attrs {
  void *dir;
  u32 notes;
  struct bin_attribute attrs[];
};
#else
struct module_sect_attrs {
  struct attribute_group grp;
  struct bin_attribute attrs[];
};

struct module_notes_attrs {
  struct attribute_group grp;
  struct bin_attribute attrs[];
};
#endif

#if SHAPE < 604
struct module_layout {
  void *base;
  u32 size;
  u32 text_size;
};
#else
struct module_memory {
  void *base;
  u32 size;
};
#endif

struct module {
  int state;
  struct list_head list;
  char name[56];
#if SHAPE < 604
  struct module_layout core_layout;
#else
  struct module_memory mem[7];
#endif
  struct module_sect_attrs *sect_attrs;
  struct module_notes_attrs *notes_attrs;
};

static const u32 alpha_note[] USED
  = { 4, 20, 3, 0x00554e47, 0xa1a1a1a1, 0xb2b2b2b2, 3, 4, 5 };

#define TEXT ((void *)0xffffffffc0001000)
#define DATA ((void *)0xffffffffc0005000)

#if SHAPE < 510
#define SECTION(n, a)                                                         \
  {                                                                           \
    .name = n, .address = (u64)(a)                                            \
  }
#elif SHAPE < 614
#define SECTION(n, a)                                                         \
  {                                                                           \
    .battr = { .attr = { .name = n } }, .address = (u64)(a)                   \
  }
#else
#define SECTION(n, a)                                                         \
  {                                                                           \
    .attr = { .name = n }, .private = (a)                                     \
  }
#endif
#define NOTE                                                                  \
  {                                                                           \
    .attr = { .name = ".note.gnu.build-id" }, .size = sizeof alpha_note,      \
    .private = (void *)alpha_note                                             \
  }

#if SHAPE < 614
static struct module_sect_attrs alpha_sections
  = { .nsections = 2,
      .attrs = { SECTION (".text", TEXT), SECTION (".data", DATA) } };
static struct module_notes_attrs alpha_notes
  = { .notes = 1, .attrs = { NOTE } };
#else
extern struct module_sect_attrs alpha_sections;
extern struct module_notes_attrs alpha_notes;
static struct bin_attribute *section_list[]
  = { &alpha_sections.attrs[0], &alpha_sections.attrs[1], 0 };
static struct bin_attribute *note_list[] = { &alpha_notes.attrs[0], 0 };
struct module_sect_attrs alpha_sections
  = { .grp = { .bin_attrs = section_list },
      .attrs = { SECTION (".text", TEXT), SECTION (".data", DATA) } };
struct module_notes_attrs alpha_notes
  = { .grp = { .bin_attrs = note_list }, .attrs = { NOTE } };
#endif

extern struct list_head modules;
extern struct module beta, forming;

struct module alpha USED = {
  .list = { &beta.list, &modules },
  .name = "alpha",
#if SHAPE < 604
  .core_layout = { TEXT, 0x6000, 0x2000 },
#else
  .mem = { { TEXT, 0x2000 },
           { DATA, 0x1000 },
           { 0, 0 },
           { 0, 0 },
           { (void *)0xffffffffc0100000, 0x1000 } },
#endif
  .sect_attrs = &alpha_sections,
  .notes_attrs = &alpha_notes,
};
struct module beta USED = {
  .list = { &forming.list, &alpha.list },
  .name = "beta_two",
#if SHAPE < 604
  .core_layout = { (void *)0xffffffffc0000000, 0x1000, 0x800 },
#else
  .mem = { { (void *)0xffffffffc0000000, 0x800 } },
#endif
};
struct module forming USED
  = { .state = 3, .list = { &modules, &beta.list }, .name = "forming" };
struct list_head modules USED = { &alpha.list, &forming.list };

/* --- log --- */

#include "kernel-fake-log.h"

/* --- code --- */

const char linux_banner[] USED
  = "Linux version 6.1.0-synth (a test) #1 SMP never";

__attribute__ ((section (".head.text"))) void
_stext (void)
{
}

void
panic (void)
{
  __asm__ volatile("nop; nop; nop; nop");
}

static void USED
helper (void)
{
  __asm__ volatile("nop\n.globl inner_label\ninner_label:\n nop");
}

__attribute__ ((section (".text.zlast"))) void
_etext (void)
{
}
