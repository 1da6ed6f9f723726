/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What printk() had put beside the log for a better time: each CPU's buffers
   for NMIs and for printk() within printk() (42a0bb3f7138 "printk/nmi: generic
   solution for safe printk in NMI", 4.7, to 93d102f094be "printk: remove safe
   buffers", 5.15), and the line that pr_cont() had not ended (until
   f5f022e53b87 "printk: reimplement log_cont using record extension", 5.10).
 */
#include "kernel/layout.h"
#include "kernel/log-internal.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_BUFFER = 1 << 20, /* bytes; SAFE_LOG_BUF_LEN is 8 KiB */
  MAX_LINES = 100000,   /* of all CPUs */
  SOH = 1,              /* KERN_SOH, before the level */
  DEFAULT_LEVEL = 4     /* MESSAGE_LOGLEVEL_DEFAULT */
};

static enum kd_status
add_extra (struct kd_log *log, const struct kd_log_record *record,
           const char *text, size_t len)
{
  if (log->nextra == log->extra_room) {
    size_t room = log->extra_room ? log->extra_room * 2 : 64;
    struct kd_log_extra *more = realloc (log->extra, room * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory for the log");
    log->extra = more;
    log->extra_room = room;
  }
  struct kd_log_extra *extra = &log->extra[log->nextra];
  extra->record = *record;
  extra->record.len = len;
  extra->text = log->extra_text.len;
  kd_strbuf_add (&log->extra_text, text, len);
  kd_strbuf_putc (&log->extra_text, '\0');
  if (log->extra_text.failed)
    return kd_fail (KD_NOMEM, "out of memory for the log");
  log->nextra++;
  return KD_OK;
}

/* Take the level off the beginning of a line: SOH, then 0 to 7, `c' for a
   continued line or `d' for the default.  */
static void
take_level (struct kd_log_record *r, const char **text, size_t *len)
{
  r->has_priority = true;
  r->level = DEFAULT_LEVEL;
  while (*len >= 2 && **text == SOH) {
    char c = (*text)[1];
    if (c >= '0' && c <= '7')
      r->level = (uint8_t)(c - '0');
    r->continuation = r->continuation || c == 'c';
    *text += 2;
    *len -= 2;
  }
}

enum kd_status
kd_log_add_lines (struct kd_log *log, int cpu, const char *why,
                  const char *text, size_t len)
{
  enum kd_status st = KD_OK;
  while (len && !st) {
    const char *newline = memchr (text, '\n', len);
    size_t line = newline ? (size_t)(newline - text) : len;
    size_t rest = len - line - (newline != NULL), n = line;
    struct kd_log_record r
      = { .state = KD_LOG_UNFLUSHED, .cpu = cpu, .why = why };
    const char *p = text;
    take_level (&r, &p, &n);
    if (log->nextra >= MAX_LINES)
      return kd_fail (KD_CORRUPT, "over %d lines beside the log", MAX_LINES);
    st = add_extra (log, &r, p, n);
    text += len - rest;
    len = rest;
  }
  return st;
}

static enum kd_status
add_lost (struct kd_log *log, int cpu, uint64_t lost)
{
  struct kd_log_record r = { .state = KD_LOG_LOST, .cpu = cpu };
  char text[64];
  int n = snprintf (text, sizeof text, "%" PRIu64 " messages", lost);
  r.why = "no room in the CPU's own buffer";
  return add_extra (log, &r, text, (size_t)n);
}

/* What is in the struct printk_safe_seq_buf at ADDR.  */
static enum kd_status
read_buffer (struct kd_log *log, uint64_t addr, int cpu, const char *why)
{
  struct kd_kernel *k = log->kernel;
  struct kd_member buffer;
  uint64_t len, lost = 0;
  enum kd_status st = kd_layout (k, "safe_buf.buffer", &buffer);
  if (!st)
    st = kd_read_member (k, addr, "safe_buf.len", &len);
  if (!st)
    st = kd_read_member (k, addr, "safe_buf.lost", &lost);
  if (st || (!len && !lost))
    return st;
  if (len > buffer.size || len > MAX_BUFFER)
    return kd_fail (KD_CORRUPT, "%" PRIu64 " bytes in a buffer of %" PRIu64,
                    len, buffer.size);
  char *text KD_AUTO_FREE = kd_calloc (len, 1);
  if (!text)
    return kd_fail (KD_NOMEM, "out of memory");
  st = log->read (log->arg, addr + buffer.offset, text, len);
  if (!st)
    st = kd_log_add_lines (log, cpu, why, text, len);
  if (!st && lost)
    st = add_lost (log, cpu, lost);
  return st;
}

static enum kd_status
find_percpu (struct kd_log *log, const char *symbol, const char *why)
{
  struct kd_kernel *k = log->kernel;
  uint64_t addr;
  if (kd_kernel_symbol (k, symbol, &addr))
    return KD_OK;
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    if (kd_kernel_percpu (k, symbol, cpu, &addr))
      continue;
    enum kd_status st = read_buffer (log, addr, (int)cpu, why);
    if (st == KD_NOMEM)
      return st;
    if (!st)
      continue;
    kd_strbuf_printf (&log->damage, "%s%s of CPU %u: %s.",
                      log->damage.len ? "  " : "", symbol, cpu,
                      kd_error_text ());
    if (st == KD_NOT_FOUND) /* no types: as for the others */
      return KD_OK;
  }
  return KD_OK;
}

/* struct cont of printk.c.  */
static enum kd_status
find_continued (struct kd_log *log)
{
  struct kd_kernel *k = log->kernel;
  struct kd_member buf;
  uint64_t addr, len, value;
  if (kd_kernel_symbol (k, "cont", &addr) || kd_layout (k, "cont.buf", &buf)
      || kd_read_member (k, addr, "cont.len", &len) || !len || len > buf.size
      || len > KD_LOG_MAX_TEXT)
    return KD_OK;
  struct kd_log_record r
    = { .state = KD_LOG_UNFLUSHED, .cpu = -1, .why = "unfinished line" };
  r.has_time = !kd_read_member (k, addr, "cont.ts_nsec", &r.ts_ns);
  if (!kd_read_member (k, addr, "cont.level", &value)) {
    r.has_priority = true;
    r.level = value & 7;
  }
  if (!kd_read_member (k, addr, "cont.facility", &value))
    r.facility = (uint8_t)value;
  if (!kd_read_member (k, addr, "cont.caller_id", &value)) {
    r.has_caller = true;
    r.caller = (uint32_t)value;
  }
  char *text KD_AUTO_FREE = kd_calloc (len, 1);
  if (!text)
    return kd_fail (KD_NOMEM, "out of memory");
  if (log->read (log->arg, addr + buf.offset, text, len))
    return KD_OK;
  return add_extra (log, &r, text, len);
}

enum kd_status
kd_log_find_unflushed (struct kd_log *log)
{
  enum kd_status st = log->ring ? KD_OK : find_continued (log);
  if (!st)
    st = find_percpu (log, "safe_print_seq", "printk() within printk()");
  if (!st)
    st = find_percpu (log, "nmi_print_seq", "NMI");
  return st;
}

/* Per CPU: printk_count and printk_count_nmi, a byte each, since "printk:
   track/limit recursion", 5.15; printk_context before, whose lower 27 bits are
   for printk() within printk() and so for what it does itself.  */
bool
kd_log_writers (struct kd_kernel *k, bool *cpus)
{
  enum { SAFE_CONTEXT_MASK = 0x07ffffff };
  bool known = false;
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    uint64_t addr;
    uint8_t count = 0, nmi = 0;
    uint32_t context = 0;
    if (!kd_kernel_percpu (k, "printk_count", cpu, &addr))
      known = !kd_mem_u8 (k->mem, addr, &count) || known;
    if (!kd_kernel_percpu (k, "printk_count_nmi", cpu, &addr))
      known = !kd_mem_u8 (k->mem, addr, &nmi) || known;
    if (!kd_kernel_percpu (k, "printk_context", cpu, &addr))
      known = !kd_mem_u32 (k->mem, addr, &context) || known;
    cpus[cpu] = count || nmi || context & SAFE_CONTEXT_MASK;
  }
  return known;
}
