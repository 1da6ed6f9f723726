/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/log*.c: the corners of both forms of the log, made here byte by byte,
   and the logs of made-up kernels through the command `log'. */
#include "kernel/log-internal.h"

#include "cmd/cmd.h"
#include "kernel-machine.h"

/* --- a buffer in a memory of its own --- */

enum { BASE = 0x10000, MEMORY = 8192, HOLE = 0x1800, HOLE_END = 0x1900 };

static uint8_t memory[MEMORY];

/* Nothing is to be read between HOLE and HOLE_END.  */
static enum kd_status
read_memory (void *arg, uint64_t addr, void *buf, size_t len)
{
  (void)arg;
  if (addr < BASE || addr - BASE > MEMORY || len > MEMORY - (addr - BASE))
    return kd_fail (KD_NOT_MAPPED, "0x%llx is not mapped",
                    (unsigned long long)addr);
  uint64_t at = addr - BASE;
  if (at < HOLE_END && at + len > HOLE)
    return kd_fail (KD_EXCLUDED, "excluded");
  memcpy (buf, memory + at, len);
  return KD_OK;
}

static void
poke (uint64_t at, uint64_t value, unsigned bytes)
{
  for (unsigned i = 0; i < bytes; i++)
    memory[at + i] = (uint8_t)(value >> 8 * i);
}

static struct kd_log *
new_log (void)
{
  struct kd_log *log = calloc (1, sizeof *log);
  log->read = read_memory;
  memset (&log->at, 0xff, sizeof log->at);
  return log;
}

/* Its state and text ("final:hello"), or "empty", or the error.  */
static const char *
record (struct kd_log *log, size_t i)
{
  static char text[256];
  struct kd_log_record r;
  enum kd_status st = kd_log_get (log, i, &r);
  if (st)
    snprintf (text, sizeof text, "%s",
              st == KD_NOT_FOUND ? "empty" : kd_status_name (st));
  else
    snprintf (text, sizeof text, "%s:%s%s%s", kd_log_state_name (r.state),
              r.text, r.why ? "#" : "", r.why ? r.why : "");
  if (!st && r.state != KD_LOG_DAMAGED && strlen (r.text) != r.len)
    ok (false, "the text of %s has the length said", text);
  return text;
}

/* --- the ring --- */

/* 8 descriptors, 64 bytes of text, at these places.  */
enum { RING = 0, DESCS = 0x100, INFOS = 0x200, DATA = 0x500, DATA_SIZE = 64 };
enum { RESERVED, COMMITTED, FINALIZED, REUSABLE };
#define ID_MASK (UINT64_MAX >> 2)

static const struct kd_log_layout ring_layout = { .count_bits = 0,
                                                  .descs = 8,
                                                  .infos = 16,
                                                  .head_id = 24,
                                                  .tail_id = 32,
                                                  .fail = 72,
                                                  .size_bits = 40,
                                                  .data = 48,
                                                  .desc_size = 24,
                                                  .state = 0,
                                                  .begin = 8,
                                                  .next = 16,
                                                  .info = KD_LOG_ABSENT,
                                                  .info_size = 88,
                                                  .seq = 0,
                                                  .ts_nsec = 8,
                                                  .text_len = 16,
                                                  .facility = 18,
                                                  .flags = 19,
                                                  .caller_id = 20,
                                                  .subsystem = 24,
                                                  .subsystem_size = 16,
                                                  .device = 40,
                                                  .device_size = 48,
                                                  .comm = KD_LOG_ABSENT,
                                                  .len = KD_LOG_ABSENT,
                                                  .dict_len = KD_LOG_ABSENT };

static void
ring_init (uint64_t tail, uint64_t head)
{
  memset (memory, 0, sizeof memory);
  poke (RING + 0, 3, 4);
  poke (RING + 8, BASE + DESCS, 8);
  poke (RING + 16, BASE + INFOS, 8);
  poke (RING + 24, head & ID_MASK, 8);
  poke (RING + 32, tail & ID_MASK, 8);
  poke (RING + 40, 6, 4);
  poke (RING + 48, BASE + DATA, 8);
}

static void
desc (uint64_t id, unsigned state, uint64_t begin, uint64_t next, unsigned len)
{
  uint64_t at = DESCS + (id & 7) * 24, info = INFOS + (id & 7) * 88;
  poke (at, (id & ID_MASK) | (uint64_t)state << 62, 8);
  poke (at + 8, begin, 8);
  poke (at + 16, next, 8);
  poke (info, 100 + (id & 7), 8);
  poke (info + 8, 1000000000, 8);
  poke (info + 16, len, 2);
}

static void
block (uint64_t offset, uint64_t id, const char *text)
{
  poke (DATA + offset, id & ID_MASK, 8);
  memcpy (memory + DATA + offset + 8, text, strlen (text));
}

static struct kd_log *
ring_open (void)
{
  struct kd_log *log = new_log ();
  log->at = ring_layout;
  if (!kd_log_ring_open (log, BASE + RING))
    return log;
  printf ("# %s\n", kd_error_text ());
  kd_log_close (log);
  return NULL;
}

static void
test_ring (void)
{
  /* Numbers that are about to start again from zero.  */
  uint64_t lap = UINT64_MAX - DATA_SIZE + 1;
  ring_init (ID_MASK - 1, 4);
  desc (ID_MASK - 1, FINALIZED, lap, lap + 16, 5);
  block (0, ID_MASK - 1, "first");
  desc (ID_MASK, FINALIZED, lap + 16, lap + 32, 7);
  block (16, ID_MASK, "two\ntwo");
  desc (0, FINALIZED, 3, 3, 0);
  desc (1, FINALIZED, 1, 1, 0);
  /* The block at 40 does not fit, so it is at 0 of the next lap.  */
  desc (2, COMMITTED, lap + 40, 24, 8);
  block (40, 2, "?");
  desc (3, REUSABLE, 0, 0, 0);
  desc (4, RESERVED, 24, 40, 0);
  struct kd_log *log = ring_open ();
  if (!ok (log, "a ring whose numbers start again"))
    return;
  is_int (kd_log_count (log), 7, "has all its records");
  is_str (record (log, 1), "final:two\ntwo", "a final record");
  is_str (record (log, 2), "final:", "an empty line");
  is_str (record (log, 3), "lost:#there was no room for its text",
          "a record without text");
  is_str (record (log, 4), "lost:#its text was overwritten",
          "a wrapped block that is not the record's own");
  block (0, 2, "wrapped!");
  is_str (record (log, 4), "open:wrapped!", "a wrapped block");
  is_str (record (log, 0), "lost:#its text was overwritten",
          "an overwritten block");
  is_str (record (log, 5), "empty", "a reusable record");
  is_str (record (log, 6),
          "half-written:", "a half-written record without text");
  block (24, 4, "half\0still there");
  is_str (record (log, 6), "half-written:half",
          "a half-written record with some");
  desc (4, RESERVED, 24, 40, 3);
  is_str (record (log, 6), "half-written:hal",
          "a record whose line was to go on");
  is_str (record (log, 7), "empty", "a place beyond the end");
  kd_log_close (log);
}

static void
test_ring_edges (void)
{
  ring_init (8, 9);
  desc (8, FINALIZED, 48, 64, 8);
  block (48, 8, "fits it!");
  desc (9, FINALIZED, 64, 128, 56);
  block (0, 9, "all of the ring");
  struct kd_log *log = ring_open ();
  is_str (record (log, 0), "final:fits it!",
          "a block that ends with the ring");
  desc (9, FINALIZED, 64, 88, 5);
  is_str (record (log, 1), "final:all o", "a record shorter than its block");
  desc (9, FINALIZED, 64, 88, 17);
  is_str (record (log, 1),
          "damaged:all of the ring#it is said to be longer than its room of "
          "16 bytes",
          "a record longer than its block");
  desc (9, FINALIZED, 64, 200, 5);
  is_str (record (log, 1), "lost:#its text would be from 0x40 to 0xc8",
          "a block larger than the ring");
  desc (9, FINALIZED, 64, 60, 5);
  is_str (record (log, 1), "lost:#its text would be from 0x40 to 0x3c",
          "a block that ends before it begins");
  desc (9, FINALIZED, 64, 64, 5);
  is_str (record (log, 1), "lost:#its text would be from 0x40 to 0x40",
          "a block without its number");
  desc (9, FINALIZED, 65, 81, 5);
  is_str (record (log, 1), "lost:#there was no room for its text",
          "a block at an odd place");
  desc (9, FINALIZED, UINT64_MAX - 7, 8, 5);
  is_str (record (log, 1),
          "damaged:#it is said to be longer than its room of 0 bytes",
          "a block of nothing but its number");
  kd_log_close (log);
}

static void
test_ring_damage (void)
{
  ring_init (8, 9);
  desc (8, FINALIZED, 0, 16, 5);
  block (0, 8, "hello");
  poke (RING, 27, 4);
  ok (!ring_open () && strstr (kd_error_text (), "2^27 records"),
      "more descriptors than there can be");
  poke (RING, 3, 4);
  poke (RING + 40, 40, 4);
  ok (!ring_open () && strstr (kd_error_text (), "2^40 bytes"),
      "more text than there can be");
  poke (RING + 40, 6, 4);
  poke (RING + 32, 1000, 8);
  struct kd_log *log = ring_open ();
  if (ok (log && kd_log_damage (log), "a tail beyond the head")) {
    is_int (kd_log_count (log), 8, "all places are read");
    is_str (record (log, 6), "final:hello", "and records found");
  }
  kd_log_close (log);
  poke (RING + 32, 8, 8);
  poke (RING + 48, BASE + HOLE, 8);
  log = ring_open ();
  is_str (record (log, 0), "lost:#excluded", "text that is not in the dump");
  kd_log_close (log);
  poke (RING + 16, BASE + HOLE, 8);
  log = ring_open ();
  is_str (record (log, 0), "excluded", "headers that are not in the dump");
  kd_log_close (log);
  poke (RING + 8, UINT64_MAX - 3, 8);
  log = ring_open ();
  is_str (record (log, 0), "not-mapped", "descriptors in nowhere");
  kd_log_close (log);
  poke (RING + 8, 0, 8);
  log = ring_open ();
  is_str (record (log, 1), "not-mapped", "descriptors at zero");
  kd_log_close (log);
}

/* --- the older buffer --- */

static const struct kd_log_layout old_layout = { .info_size = 16,
                                                 .ts_nsec = 0,
                                                 .len = 8,
                                                 .text_len = 10,
                                                 .dict_len = 12,
                                                 .facility = 14,
                                                 .flags = 15,
                                                 .caller_id = KD_LOG_ABSENT,
                                                 .subsystem = KD_LOG_ABSENT,
                                                 .device = KD_LOG_ABSENT,
                                                 .comm = KD_LOG_ABSENT,
                                                 .seq = KD_LOG_ABSENT };

static void
old_record (uint32_t at, unsigned len, const char *text, const char *dict,
            unsigned dict_len)
{
  poke (at, UINT64_C (3000000000), 8);
  poke (at + 8, len, 2);
  poke (at + 10, strlen (text), 2);
  poke (at + 12, dict_len, 2);
  poke (at + 14, 3, 1);
  poke (at + 15, 4 << 5 | 8, 1);
  memcpy (memory + at + 16, text, strlen (text));
  memcpy (memory + at + 16 + strlen (text), dict, dict_len);
}

static struct kd_log *
old_open (uint32_t size, uint32_t first, uint32_t next)
{
  struct kd_log *log = new_log ();
  struct kd_log_old old = { BASE, size, first, next };
  log->at = old_layout;
  log->has_first_seq = true;
  log->first_seq = 7;
  if (!kd_log_old_open (log, &old))
    return log;
  kd_log_close (log);
  return NULL;
}

static void
test_old (void)
{
  struct kd_log_record r;
  static const char dict[] = "SUBSYSTEM=pci\0DEVICE=+pci:0000:00:1f.2";
  memset (memory, 0, sizeof memory);
  old_record (0, 32, "third", "", 0);
  old_record (32, 32, "fourth", "", 0);
  old_record (128, 32, "first", "", 0);
  old_record (160, 64, "second", dict, sizeof dict);
  struct kd_log *log = old_open (256, 128, 64);
  if (!ok (log && kd_log_count (log) == 4, "an older log that wraps"))
    return;
  is_str (record (log, 0), "final:first", "its oldest record");
  is_str (record (log, 3), "final:fourth", "its newest record");
  is_int (kd_log_get (log, 1, &r), KD_OK, "a record with a dictionary");
  is_str (r.text, "second", "has its text");
  is_str (r.subsystem, "pci", "its subsystem");
  is_str (r.device, "+pci:0000:00:1f.2", "its device");
  ok (r.has_priority && r.level == 4 && r.facility == 3 && r.continuation,
      "its level, facility and flags");
  ok (r.has_seq && r.seq == 8 && r.ts_ns == 3000000000 && !r.has_caller,
      "its number and time, and no caller");
  kd_log_close (log);

  log = old_open (256, 64, 64);
  ok (log && kd_log_count (log) == 0, "an empty older log");
  kd_log_close (log);
  /* The mark that the rest is unused may lack the room for a header.  */
  old_record (160, 88, "second", "", 0);
  log = old_open (256, 128, 64);
  ok (log && kd_log_count (log) == 4 && !kd_log_damage (log),
      "no room for the mark at the end");
  kd_log_close (log);
}

static void
damaged_old (uint32_t at, unsigned bytes, uint64_t value, size_t want,
             const char *words, const char *what)
{
  struct kd_log_record r;
  memset (memory, 0, sizeof memory);
  old_record (0, 32, "third", "", 0);
  old_record (32, 32, "fourth", "", 0);
  old_record (128, 32, "first", "", 0);
  old_record (160, 32, "second", "", 0);
  poke (at, value, bytes);
  struct kd_log *log = old_open (256, 128, 64);
  if (ok (log && kd_log_damage (log) && strstr (kd_log_damage (log), words),
          "%s: %s", what, log ? kd_log_damage (log) : kd_error_text ())) {
    is_int (kd_log_count (log), want, "%s: what is certain is there", what);
    if (want)
      ok (!kd_log_get (log, 0, &r) && !r.has_seq, "%s: without number", what);
  }
  kd_log_close (log);
}

static void
test_old_damage (void)
{
  damaged_old (8, 2, 0, 2, "0x0 has no length", "a record of no length");
  damaged_old (40, 2, 8, 3, "0x20 of 8 bytes",
               "a record shorter than its header");
  damaged_old (10, 2, 200, 2, "216 of them used",
               "a text longer than its record");
  damaged_old (136, 2, 400, 2, "ends beyond 0x100",
               "a record beyond the buffer");
  damaged_old (32 + 8, 2, 64, 3, "ends beyond 0x40",
               "a record beyond the log's end");
  ok (!old_open (256, 300, 0) && strstr (kd_error_text (), "0x12c"),
      "a first record beyond the buffer: %s", kd_error_text ());
  ok (!old_open (256, 0, 300), "an end beyond the buffer");
  ok (!old_open (UINT32_MAX, 0, 300), "a buffer larger than any");
  struct kd_log *log = old_open (4096 + 4096, HOLE - 32, HOLE + 64);
  ok (log && kd_log_damage (log), "a log of zeros, partly not in the dump");
  kd_log_close (log);
}

/* --- lines beside the log --- */

static void
test_lines (void)
{
  struct kd_log *log = new_log ();
  struct kd_log_record r;
  static const char text[] = "\0013one\n\001c\0014two\nthree\n\n\0017";
  is_int (kd_log_add_lines (log, 2, "NMI", text, sizeof text - 1), KD_OK,
          "lines of a CPU's own buffer");
  is_int (kd_log_count (log), 5, "are each a message");
  ok (!kd_log_get (log, 0, &r) && r.has_priority && r.level == 3
        && r.state == KD_LOG_UNFLUSHED && r.cpu == 2 && !r.has_time,
      "of their level and CPU");
  is_str (r.text, "one", "of their text");
  ok (!kd_log_get (log, 1, &r) && r.level == 4 && r.continuation
        && !strcmp (r.text, "two"),
      "with more than one mark before it");
  ok (!kd_log_get (log, 2, &r) && r.level == 4 && !strcmp (r.text, "three"),
      "without a mark");
  ok (!kd_log_get (log, 4, &r) && r.level == 7 && !r.len, "or nothing else");
  kd_log_close (log);
}

/* --- whole kernels, as a user sees them --- */

static char *
run (struct kd_kernel *k, const char *command)
{
  struct kd_session_state s;
  struct kd_strbuf out = { 0 };
  kd_session_state_init (&s, k);
  if (kd_command_run (&s, command, &out))
    kd_strbuf_printf (&out, "failed: %s\n", kd_error_text ());
  kd_session_state_deinit (&s);
  return kd_strbuf_steal (&out);
}

static void
is_output (struct kd_kernel *k, const char *shape, const char *command,
           const char *want)
{
  char *got KD_AUTO_FREE = run (k, command);
  if (!ok (got && !strcmp (got, want), "%s: %s", shape, command))
    printf ("# got:\n%s# want:\n%s", got ? got : "(null)\n", want);
}

#define OLD_414                                                               \
  "[    1.000000] first message\n" PANIC_LINE "[    2.500000] two\n"          \
  "               lines\n"
#define OLD_414_TYPED                                                         \
  OLD_414                                                                     \
  "[    2.600000] [not yet in the log, unfinished line: not yet "             \
  "ended]\n" UNFLUSHED
#define UNFLUSHED                                                             \
  "[           ?] [lost: no room in the CPU's own buffer: 2 messages]\n"      \
  "[           ?] [not yet in the log, CPU 0, NMI: from an NMI]\n"            \
  "[           ?] [not yet in the log, CPU 0, NMI: and more]\n"
#define RING_510                                                              \
  "[    1.000000] two\n"                                                      \
  "               lines\n"                                                    \
  "[    1.500000] [lost: there was no room for its text]\n"                   \
  "[    2.000000] Kernel panic - not syncing: made for a test\n"              \
  "[           ?] [half-written: half of a mess]\n"
#define PANIC_LINE                                                            \
  "[    2.000000] Kernel panic - not syncing: made for a test\n"
#define WRITERS "Inside printk() when the machine stopped: CPU 2.\n"
#define DROPPED "Lost: 5 messages found no room in the log.\n"

/* Only CPU 0 has anything in its buffers; CPU 2 is inside printk().  */
static void
quiet_cpus (struct machine *m)
{
  bool old = link_addr (m, "printk_context");
  const char *inside = old ? "printk_context" : "printk_count";
  synth_poke (&m->s, percpu_phys (m, inside, 2), 1, 1);
  if (!link_addr (m, "nmi_print_seq"))
    return;
  for (unsigned cpu = 1; cpu < NCPUS; cpu++) {
    synth_poke (&m->s, percpu_phys (m, "nmi_print_seq", cpu), 0, 4);
    synth_poke (&m->s, percpu_phys (m, "safe_print_seq", cpu) + 4, 0, 4);
  }
}

static struct kd_kernel *
open_shape (struct machine *m, const char *shape, const char *info,
            bool with_vmlinux)
{
  char vmlinux[96], text[4096];
  struct kd_kernel *k;
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/fake-%s", shape);
  machine_init (m, vmlinux);
  quiet_cpus (m);
  /* %SYMBOL% in INFO stands for its run-time address.  */
  size_t n = 0;
  for (const char *p = info; *p && n + 32 < sizeof text; p++) {
    char symbol[32];
    const char *end = *p == '%' ? strchr (p + 1, '%') : NULL;
    if (!end) {
      text[n++] = *p;
      continue;
    }
    snprintf (symbol, sizeof symbol, "%.*s", (int)(end - p - 1), p + 1);
    n += (size_t)snprintf (
      text + n, sizeof text - n, "%llx",
      (unsigned long long)(link_addr (m, symbol) + SYNTH_SLIDE));
    p = end;
  }
  text[n] = '\0';
  synth_vmcoreinfo (&m->s, text);
  if (!ok (!open_kernel (m, with_vmlinux ? vmlinux : NULL, false, &k),
           "%s: opens", shape))
    printf ("# %s\n", kd_error_text ());
  return k;
}

static void
test_shape (const char *shape, const char *want)
{
  struct machine m;
  struct kd_kernel *k = open_shape (&m, shape, info_text, true);
  if (k) {
    is_output (k, shape, "log", want);
    is_output (k, shape, "log -n 1 'Kernel panic'", PANIC_LINE);
  }
  kd_kernel_close (k);
  machine_deinit (&m);
}

/* No types and no vmlinux, as VMCOREINFO describes it.  */
static void
test_vmcoreinfo (const char *shape, const char *info, const char *want)
{
  struct machine m;
  char text[4096];
  snprintf (text, sizeof text, "%s%s", info_text, info);
  struct kd_kernel *k = open_shape (&m, shape, text, false);
  if (k) {
    is_str (kd_types_source (k->types), "none", "%s: without types", shape);
    is_output (k, shape, "log", want);
    is_str (k->panic_message, "Kernel panic - not syncing: made for a test",
            "%s: the panic message, without types", shape);
  }
  kd_kernel_close (k);
  machine_deinit (&m);
}

static const char info_510[]
  = "SYMBOL(prb)=%prb%\n"
    "OFFSET(printk_ringbuffer.desc_ring)=0\n"
    "OFFSET(printk_ringbuffer.text_data_ring)=40\n"
    "OFFSET(printk_ringbuffer.fail)=72\n"
    "OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
    "OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
    "OFFSET(prb_desc_ring.tail_id)=32\n"
    "SIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
    "OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
    "OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\n"
    "OFFSET(printk_info.seq)=0\nOFFSET(printk_info.ts_nsec)=8\n"
    "OFFSET(printk_info.text_len)=16\nOFFSET(printk_info.caller_id)=20\n"
    "OFFSET(printk_info.dev_info)=24\nOFFSET(dev_printk_info.subsystem)=0\n"
    "LENGTH(printk_info_subsystem)=16\nOFFSET(dev_printk_info.device)=16\n"
    "LENGTH(printk_info_device)=48\nOFFSET(prb_data_ring.size_bits)=0\n"
    "OFFSET(prb_data_ring.data)=8\n";

static const char info_414[]
  = "SYMBOL(log_buf)=%log_buf%\nSYMBOL(log_buf_len)=%log_buf_len%\n"
    "SYMBOL(log_first_idx)=%log_first_idx%\n"
    "SYMBOL(log_next_idx)=%log_next_idx%\n"
    "SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\n"
    "OFFSET(printk_log.len)=8\nOFFSET(printk_log.text_len)=10\n"
    "OFFSET(printk_log.dict_len)=12\n";

static void
test_options (void)
{
  struct machine m;
  struct kd_kernel *k = open_shape (&m, "614", info_text, true);
  if (!k)
    return;
  is_output (k, "614", "log -x -c two",
             "daemon:warn  : [    1.000000][   T77 worker] two\n"
             "                                             lines\n");
  is_output (k, "614", "log -T -F -i 'NOT SYNCING: '",
             "[Fri Nov 27 00:34:36 2026] Kernel panic - not syncing: made for "
             "a test\n"
             "Times are approximate: the machine slept for 90 s in all; those "
             "from before are\ntoo late by as much.\n");
  is_output (
    k, "614", "log -l >=notice -c",
    "[    1.500000][    C1] [lost: there was no room for its text]\n");
  char *got KD_AUTO_FREE = run (k, "log -l 3-5,<0");
  ok (!strncmp (got, "failed: log: `<0' is no level: ", 31),
      "614: nothing is below level 0");
  is_output (k, "614", "log -F 'made for .* test$'",
             "The log has no such message.\n");
  is_output (k, "614", "log --json two",
             "[\n  {\n    \"seq\": 40,\n    \"ts_ns\": 1000000001,\n"
             "    \"level\": 4,\n    \"facility\": 3,\n"
             "    \"caller\": \"T77\",\n    \"comm\": \"worker\",\n"
             "    \"subsystem\": \"pci\",\n"
             "    \"device\": \"+pci:0000:00:1f.2\",\n"
             "    \"text\": \"two\\nlines\",\n"
             "    \"continuation\": false,\n    \"state\": \"final\",\n"
             "    \"why\": null,\n    \"cpu\": null\n  }\n]\n");
  kd_kernel_close (k);
  machine_deinit (&m);
}

int
main (void)
{
  test_ring ();
  test_ring_edges ();
  test_ring_damage ();
  test_old ();
  test_old_damage ();
  test_lines ();
  if (!fake_is_there ("testsuite/unit/fake-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("kernel-log");
  test_shape ("414", OLD_414_TYPED);
  test_shape ("510", RING_510 UNFLUSHED WRITERS DROPPED);
  test_shape ("604", RING_510 WRITERS DROPPED);
  test_shape ("614", RING_510 WRITERS DROPPED);
  test_vmcoreinfo ("414", info_414, OLD_414);
  test_vmcoreinfo ("510", info_510, RING_510 DROPPED);
  test_options ();
  machine_files_deinit ();
  return test_done ();
}
