/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log's buffer of before 5.10: records one behind the other, each a header
   (struct printk_log), text, and a dictionary of KEY=VALUE strings. */
#include "kernel/log-internal.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_SIZE = 1 << 30, /* bytes; the kernel takes up to 2^31 */
  HEADER_MIN = 16
};

static enum kd_status
add_place (struct kd_log *log, uint32_t offset)
{
  if (log->count == log->places_room) {
    size_t room = log->places_room ? log->places_room * 2 : 1024;
    struct kd_log_place *more = realloc (log->places, room * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory for the log");
    log->places = more;
    log->places_room = room;
  }
  log->places[log->count++].offset = offset;
  return KD_OK;
}

/* Length of the record at OFFSET that must end at END or before; 0 in *LEN is
   the mark that the rest of the buffer is unused.  */
static enum kd_status
record_length (struct kd_log *log, uint32_t offset, uint32_t end,
               uint32_t *len)
{
  uint8_t head[KD_LOG_MAX_INFO];
  uint64_t size = log->at.info_size;
  /* The mark has room for a header, but only its length is sure.  */
  if (end - offset < size)
    return kd_fail (KD_CORRUPT, "the record at 0x%x has no room", offset);
  enum kd_status st = log->read (log->arg, log->buf + offset, head, size);
  if (st)
    return kd_context (st, "the record at 0x%x", offset);
  *len = kd_le16 (head + log->at.len);
  if (!*len)
    return KD_OK;
  uint64_t used
    = size + kd_le16 (head + log->at.text_len)
      + (log->at.dict_len != KD_LOG_ABSENT ? kd_le16 (head + log->at.dict_len)
                                           : 0);
  if (used > *len || *len > end - offset)
    return kd_fail (KD_CORRUPT,
                    "the record at 0x%x of %u bytes, %" PRIu64
                    " of them used, ends beyond 0x%x",
                    offset, *len, used, end);
  return KD_OK;
}

/* Note the records from FROM to END, or to the mark.  */
static enum kd_status
find_records (struct kd_log *log, uint32_t from, uint32_t end, bool mark)
{
  uint32_t len;
  for (uint32_t at = from; at < end; at += len) {
    if (mark && end - at < log->at.info_size)
      return KD_OK;
    enum kd_status st = record_length (log, at, end, &len);
    if (!st && !len && mark)
      return KD_OK;
    if (!st && !len)
      st = kd_fail (KD_CORRUPT, "the record at 0x%x has no length", at);
    if (!st)
      st = add_place (log, at);
    if (st)
      return st;
  }
  return KD_OK;
}

static enum kd_status
find_part (struct kd_log *log, uint32_t from, uint32_t end, bool mark)
{
  enum kd_status st = find_records (log, from, end, mark);
  if (st == KD_NOMEM || !st)
    return st;
  kd_strbuf_printf (&log->damage,
                    "%sMessages of the log between 0x%x and 0x%x are missing: "
                    "%s.",
                    log->damage.len ? "  " : "", from, end, kd_error_text ());
  log->has_first_seq = false; /* their number is not known */
  return KD_OK;
}

enum kd_status
kd_log_old_open (struct kd_log *log, const struct kd_log_old *old)
{
  log->ring = false;
  log->buf = old->buf;
  if (old->size > MAX_SIZE || old->first > old->size || old->next > old->size
      || log->at.info_size < HEADER_MIN)
    return kd_fail (KD_CORRUPT,
                    "log buffer of 0x%x bytes: its messages are from 0x%x to "
                    "0x%x",
                    old->size, old->first, old->next);
  if (old->first <= old->next)
    return find_part (log, old->first, old->next, false);
  enum kd_status st = find_part (log, old->first, old->size, true);
  return st ? st : find_part (log, 0, old->next, false);
}

/* "SUBSYSTEM=pci", "DEVICE=+pci:0000:00:1f.2", each with a zero after it.  */
static void
take_dict (const char *dict, size_t len, struct kd_log_record *out)
{
  for (const char *p = dict, *end = dict + len; p < end;) {
    size_t n = strnlen (p, (size_t)(end - p));
    if (n > 10 && !strncmp (p, "SUBSYSTEM=", 10))
      kd_log_copy_string (out->subsystem, sizeof out->subsystem, p + 10,
                          n - 10);
    else if (n > 7 && !strncmp (p, "DEVICE=", 7))
      kd_log_copy_string (out->device, sizeof out->device, p + 7, n - 7);
    p += n + 1;
  }
}

enum kd_status
kd_log_old_get (struct kd_log *log, size_t i, struct kd_log_record *out)
{
  const struct kd_log_layout *at = &log->at;
  uint8_t head[KD_LOG_MAX_INFO];
  uint64_t addr = log->buf + log->places[i].offset;
  enum kd_status st = log->read (log->arg, addr, head, at->info_size);
  if (st)
    return kd_context (st, "log record at 0x%" PRIx64, addr);
  kd_log_take_header (log, head, out);
  out->state = KD_LOG_FINAL;
  out->has_seq = log->has_first_seq;
  out->seq = log->first_seq + i;
  size_t len = kd_le16 (head + at->text_len);
  size_t dict
    = at->dict_len != KD_LOG_ABSENT ? kd_le16 (head + at->dict_len) : 0;
  if (dict) {
    st = kd_log_take_text (log, addr + at->info_size + len, dict, out);
    if (!st && out->state == KD_LOG_FINAL)
      take_dict (out->text, out->len, out);
    out->state = KD_LOG_FINAL;
  }
  return st ? st : kd_log_take_text (log, addr + at->info_size, len, out);
}
