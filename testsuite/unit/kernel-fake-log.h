/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log of the kernel that never ran; part of kernel-fake.c. */
#define PANIC "Kernel panic - not syncing: made for a test????"
#define PANIC_LEN (sizeof PANIC - 5)

#if SHAPE < 510
/* The records begin in the middle and go on at the start.  */
struct printk_log {
  u64 ts_nsec;
  u16 len;
  u16 text_len;
  u16 dict_len;
  u8 facility;
  u8 flags : 5;
  u8 level : 3;
};
static struct {
  struct printk_log head1;
  char text1[64];
  struct printk_log head2;
  char text2[48];
  struct printk_log unused;
  char rest[32];
  struct printk_log first;
  char first_text[64];
  struct printk_log mark;
  char end[16];
} log_store USED = {
  .head1 = { 2000000000, 80, PANIC_LEN, 0, 0, 2, 0 },
  .text1 = PANIC,
  .head2 = { 2500000000, 64, 9, 36, 3, 2, 4 },
  .text2 = "two\nlinesSUBSYSTEM=pci\0DEVICE=+pci:0000:00:1f.2",
  .first = { 1000000001, 80, 13, 0, 0, 2, 6 },
  .first_text = "first message",
};
char *log_buf USED = (char *)&log_store;
u32 log_buf_len USED = sizeof log_store;
u32 log_first_idx USED = __builtin_offsetof(__typeof__ (log_store), first);
u32 log_next_idx USED = __builtin_offsetof(__typeof__ (log_store), unused);
u64 log_first_seq USED = 41;

struct cont {
  char buf[96];
  u64 len;
  void *owner;
  u64 ts_nsec;
  u8 level;
  u8 facility;
  u32 flags;
};
struct cont cont USED = { "not yet ended", 13, 0, 2600000000, 5, 1, 0 };

#else
struct prb_data_blk_lpos {
  u64 begin, next;
};
struct atomic_long {
  u64 counter;
};
struct prb_desc {
  struct atomic_long state_var;
  struct prb_data_blk_lpos text_blk_lpos;
};
struct dev_printk_info {
  char subsystem[16], device[48];
};
struct printk_info {
  u64 seq;
  u64 ts_nsec;
  u16 text_len;
  u8 facility;
  u8 flags : 5;
  u8 level : 3;
  u32 caller_id;
#if SHAPE >= 614
  u32 caller_id2;
  char comm[16];
#endif
  struct dev_printk_info dev_info;
};
struct prb_desc_ring {
  u32 count_bits;
  struct prb_desc *descs;
  struct printk_info *infos;
  struct atomic_long head_id, tail_id;
};
struct prb_data_ring {
  u32 size_bits;
  char *data;
  struct atomic_long head_lpos, tail_lpos;
};
struct printk_ringbuffer {
  struct prb_desc_ring desc_ring;
  struct prb_data_ring text_data_ring;
  struct atomic_long fail;
};

/* The third lap of both rings.  */
#define ID(n) (UINT64_C_ (16) + (n))
#define LPOS(n) (UINT64_C_ (256) * 2 + (n))
#define UINT64_C_(n) n##ul
#define STATE(n, state)                                                       \
  {                                                                           \
    ID (n) | (u64)(state) << 62                                               \
  }

static struct {
  u64 id0;
  char text0[64];
  u64 id1;
  char text1[24];
  char unused[96];
  u64 id2;
  char text2[24];
  u64 end_id;
  char end[16];
} text_data USED = {
  .id0 = ID (2),
  .text0 = PANIC,
  .id1 = ID (3),
  .text1 = "half of a mess",
  .id2 = ID (0),
  .text2 = "two\nlines",
  .end_id = ID (2),
};
_Static_assert(sizeof text_data == 256, "a power of two");
#define AT(member) __builtin_offsetof(__typeof__ (text_data), member)

static struct prb_desc descs[8] USED = {
  { STATE (0, 2), { LPOS (AT (id2)), LPOS (AT (end_id)) } },
  { STATE (1, 2), { 1, 1 } },
  { STATE (2, 1), { LPOS (AT (end_id)), LPOS (256 + AT (id1)) } },
  { STATE (3, 0), { LPOS (256 + AT (id1)), LPOS (256 + AT (unused)) } },
};
static struct printk_info infos[8] USED = {
  { .seq = 40,
    .ts_nsec = 1000000001,
    .text_len = 9,
    .facility = 3,
    .flags = 2,
    .level = 4,
    .caller_id = 77,
#if SHAPE >= 614
    .comm = "worker",
#endif
    .dev_info = { "pci", "+pci:0000:00:1f.2" } },
  { .seq = 41, .ts_nsec = 1500000000, .level = 6, .caller_id = 0x80000001 },
  { .seq = 42, .ts_nsec = 2000000000, .text_len = PANIC_LEN, .flags = 8 },
  { .seq = 43 },
};
static struct printk_ringbuffer ring USED = {
  { 3, descs, infos, { ID (3) }, { ID (0) } },
  { 8, (char *)&text_data, { LPOS (256 + AT (unused)) }, { LPOS (0) } },
  { 5 },
};
struct printk_ringbuffer *prb USED = &ring;
#endif

#if SHAPE < 604
struct printk_safe_seq_buf {
  struct {
    int counter;
  } len, message_lost;
  u64 work[3];
  u8 buffer[216];
};
struct printk_safe_seq_buf nmi_print_seq PERCPU
  = { .len = { 22 }, .buffer = "\0013from an NMI\nand more" };
struct printk_safe_seq_buf safe_print_seq PERCPU = { { 0 }, { 2 } };
#endif

#if SHAPE < 604
u32 printk_context PERCPU = 0x10000000;
#else
u8 printk_count PERCPU = 0;
#endif

/* --- its clock --- */

struct tk_read_base {
  void *clock;
  u64 mask, cycle_last;
  u32 mult, shift;
  u64 xtime_nsec, base;
};
struct timekeeper {
  struct tk_read_base tkr_mono;
  u64 xtime_sec;
  u64 offs_real, offs_boot, offs_tai;
};
/* 2026-11-27 00:34:34 at boot, 90 s asleep, up for 12.5 s.  */
#define TIMEKEEPER                                                            \
  {                                                                           \
    .tkr_mono = { .shift = 8,                                                 \
                  .xtime_nsec = 500000000ul << 8,                             \
                  .base = 12000000000ul },                                    \
    .offs_real = 1795739674000000000ul, .offs_boot = 90000000000ul,           \
  }
#if SHAPE < 614
struct timekeeper shadow_timekeeper USED = TIMEKEEPER;
#else
struct tk_data {
  u32 seq;
  struct timekeeper timekeeper, shadow_timekeeper;
} tk_core USED = { .timekeeper = TIMEKEEPER };
#endif
