/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's log: finding it, and what its forms have in common. */
#include "base/cursor.h"
#include "kernel/layout.h"
#include "kernel/log-internal.h"

#include <string.h>

enum {
  FLAG_CONT = 8,   /* LOG_CONT of enum log_flags (printk_info_flags) */
  LEVEL_SHIFT = 5, /* flags:5, level:3 */
};

const char *
kd_log_state_name (enum kd_log_state state)
{
  static const char *const names[]
    = { "final", "open", "half-written", "lost", "damaged", "unflushed" };
  return names[state];
}

/* --- what the forms share --- */

void
kd_log_copy_string (char *to, size_t room, const void *p, size_t n)
{
  n = strnlen (p, n < room - 1 ? n : room - 1);
  memcpy (to, p, n);
  to[n] = '\0';
  kd_make_printable (to);
}

void
kd_log_take_header (const struct kd_log *log, const uint8_t *header,
                    struct kd_log_record *out)
{
  const struct kd_log_layout *at = &log->at;
  out->has_time = true;
  out->ts_ns = kd_le64 (header + at->ts_nsec);
  if (at->flags != KD_LOG_ABSENT) {
    out->has_priority = true;
    out->level = header[at->flags] >> LEVEL_SHIFT;
    out->continuation = header[at->flags] & FLAG_CONT;
    out->facility = header[at->facility];
  }
  if (at->caller_id != KD_LOG_ABSENT) {
    out->has_caller = true;
    out->caller = kd_le32 (header + at->caller_id);
  }
  if (at->subsystem != KD_LOG_ABSENT)
    kd_log_copy_string (out->subsystem, sizeof out->subsystem,
                        header + at->subsystem, at->subsystem_size);
  if (at->device != KD_LOG_ABSENT)
    kd_log_copy_string (out->device, sizeof out->device, header + at->device,
                        at->device_size);
  if (at->comm != KD_LOG_ABSENT)
    kd_log_copy_string (out->comm, sizeof out->comm, header + at->comm,
                        sizeof out->comm - 1);
}

void
kd_log_blame (struct kd_log *log, struct kd_log_record *out,
              enum kd_log_state state, const char *fmt, ...)
{
  va_list ap;
  kd_strbuf_reset (&log->why);
  va_start (ap, fmt);
  kd_strbuf_vprintf (&log->why, fmt, ap);
  va_end (ap);
  out->state = state;
  out->why = kd_strbuf_str (&log->why);
}

enum kd_status
kd_log_take_text (struct kd_log *log, uint64_t addr, size_t size,
                  struct kd_log_record *out)
{
  char raw[4096];
  enum kd_status st = KD_OK;
  kd_strbuf_reset (&log->text);
  for (size_t done = 0, n; done < size && !st; done += n) {
    n = size - done < sizeof raw ? size - done : sizeof raw;
    st = log->read (log->arg, addr + done, raw, n);
    if (!st)
      kd_strbuf_add (&log->text, raw, n);
  }
  if (log->text.failed)
    return kd_fail (KD_NOMEM, "out of memory for a log message");
  if (kd_status_is_memory (st))
    kd_log_blame (log, out, KD_LOG_LOST, "%s", kd_error_text ());
  else if (st)
    return st;
  out->text = kd_strbuf_str (&log->text);
  out->len = log->text.len;
  return KD_OK;
}

/* --- finding it --- */

static enum kd_status
read_kernel (void *arg, uint64_t addr, void *buf, size_t len)
{
  const struct kd_kernel *k = arg;
  return kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, buf, len, NULL);
}

static enum kd_status
open_ring (struct kd_log *log, uint64_t pointer)
{
  struct kd_kernel *k = log->kernel;
  uint64_t ring;
  enum kd_status st = kd_mem_u64 (k->mem, pointer, &ring);
  if (!st)
    st = kd_log_ring_layout (k, &log->at);
  return st ? st : kd_log_ring_open (log, ring);
}

static enum kd_status
read_symbol_u32 (struct kd_kernel *k, const char *name, uint32_t *out)
{
  uint64_t addr;
  enum kd_status st = kd_kernel_symbol (k, name, &addr);
  return kd_context (st ? st : kd_mem_u32 (k->mem, addr, out), "%s", name);
}

static enum kd_status
open_old (struct kd_log *log, uint64_t pointer)
{
  struct kd_kernel *k = log->kernel;
  struct kd_log_old old;
  uint64_t addr;
  enum kd_status st = kd_mem_u64 (k->mem, pointer, &old.buf);
  if (!st)
    st = read_symbol_u32 (k, "log_buf_len", &old.size);
  if (!st)
    st = read_symbol_u32 (k, "log_first_idx", &old.first);
  if (!st)
    st = read_symbol_u32 (k, "log_next_idx", &old.next);
  if (!st)
    st = kd_log_old_layout (k, &log->at);
  if (st)
    return st;
  log->has_first_seq = !kd_kernel_symbol (k, "log_first_seq", &addr)
                       && !kd_mem_u64 (k->mem, addr, &log->first_seq);
  return kd_log_old_open (log, &old);
}

enum kd_status
kd_log_open (struct kd_kernel *k, struct kd_log **out)
{
  struct kd_log *log KD_GUARD (log) = kd_calloc (1, sizeof *log);
  if (!log)
    return kd_fail (KD_NOMEM, "out of memory");
  log->kernel = k;
  log->read = read_kernel;
  log->arg = k;
  uint64_t pointer;
  enum kd_status st;
  if (!kd_kernel_symbol (k, "prb", &pointer))
    st = open_ring (log, pointer);
  else if (!kd_kernel_symbol (k, "log_buf", &pointer))
    st = open_old (log, pointer);
  else
    st = kd_fail (KD_NOT_FOUND, "neither VMCOREINFO nor a vmlinux says where "
                                "it is (symbols prb, log_buf)");
  if (st)
    return kd_context (st, "the kernel's log");
  *out = KD_STEAL (log);
  return KD_OK;
}

void
kd_log_close (struct kd_log *log)
{
  if (!log)
    return;
  free (log->places);
  free (log->extra);
  kd_strbuf_deinit (&log->extra_text);
  kd_strbuf_deinit (&log->text);
  kd_strbuf_deinit (&log->why);
  kd_strbuf_deinit (&log->damage);
  free (log);
}

/* --- reading it --- */

size_t
kd_log_count (const struct kd_log *log)
{
  return log->count + log->nextra;
}

enum kd_status
kd_log_get (struct kd_log *log, size_t i, struct kd_log_record *out)
{
  *out = (struct kd_log_record){ .text = "", .cpu = -1 };
  if (i >= kd_log_count (log))
    return kd_fail (KD_NOT_FOUND, "no such log record");
  if (i < log->count)
    return log->ring ? kd_log_ring_get (log, i, out)
                     : kd_log_old_get (log, i, out);
  const struct kd_log_extra *extra = &log->extra[i - log->count];
  *out = extra->record;
  out->text = kd_strbuf_str (&log->extra_text) + extra->text;
  return KD_OK;
}

enum kd_status
kd_log_add_unflushed (struct kd_log *log)
{
  return log->nextra ? KD_OK : kd_log_find_unflushed (log);
}

const char *
kd_log_damage (const struct kd_log *log)
{
  return log->damage.len ? kd_strbuf_str (&log->damage) : NULL;
}

uint64_t
kd_log_dropped (const struct kd_log *log)
{
  return log->dropped;
}
