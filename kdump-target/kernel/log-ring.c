/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log's lockless ring buffer, since 896fbe20b4e2 "printk: use the lockless
   ringbuffer", 5.10: a ring of descriptors, each with a number that counts up
   for ever and a state, and a ring of text blocks, each of which begins with
   the number of its descriptor. */
#include "kernel/log-internal.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_COUNT_BITS = 26,
  MAX_SIZE_BITS = 31,
  BLOCK_HEAD = 8, /* bytes: the descriptor's number */
  /* Positions that stand for no block.  */
  NO_ROOM = 1,
  EMPTY_LINE = 3
};

/* enum desc_state, in the top two bits of a descriptor's state_var.  */
enum { RESERVED, COMMITTED, FINALIZED, REUSABLE };

#define ID_MASK (UINT64_MAX >> 2)

static enum kd_status
read_u64 (struct kd_log *log, uint64_t addr, uint64_t *out)
{
  uint8_t raw[8];
  enum kd_status st = log->read (log->arg, addr, raw, sizeof raw);
  *out = st ? 0 : kd_le64 (raw);
  return st;
}

static enum kd_status
read_u32 (struct kd_log *log, uint64_t addr, unsigned *out)
{
  uint8_t raw[4];
  enum kd_status st = log->read (log->arg, addr, raw, sizeof raw);
  *out = st ? 0 : kd_le32 (raw);
  return st;
}

enum kd_status
kd_log_ring_open (struct kd_log *log, uint64_t addr)
{
  const struct kd_log_layout *at = &log->at;
  uint64_t head, tail;
  log->ring = true;
  enum kd_status st = read_u32 (log, addr + at->count_bits, &log->count_bits);
  if (!st)
    st = read_u32 (log, addr + at->size_bits, &log->size_bits);
  if (!st)
    st = read_u64 (log, addr + at->descs, &log->descs);
  if (!st && at->infos != KD_LOG_ABSENT)
    st = read_u64 (log, addr + at->infos, &log->infos);
  if (!st)
    st = read_u64 (log, addr + at->data, &log->data);
  if (!st)
    st = read_u64 (log, addr + at->head_id, &head);
  if (!st)
    st = read_u64 (log, addr + at->tail_id, &tail);
  if (st)
    return kd_context (st, "log buffer at 0x%" PRIx64, addr);
  if (log->count_bits > MAX_COUNT_BITS || log->size_bits > MAX_SIZE_BITS
      || log->size_bits < 4)
    return kd_fail (KD_CORRUPT,
                    "log buffer at 0x%" PRIx64
                    ": 2^%u records with 2^%u bytes of text",
                    addr, log->count_bits, log->size_bits);
  if (at->fail != KD_LOG_ABSENT
      && read_u64 (log, addr + at->fail, &log->dropped))
    log->dropped = 0;
  uint64_t room = UINT64_C (1) << log->count_bits;
  uint64_t last = (head - tail) & ID_MASK;
  if (last >= room) {
    kd_strbuf_printf (&log->damage,
                      "The log's oldest record (0x%" PRIx64
                      ") and newest (0x%" PRIx64 ") are further apart than "
                      "the %" PRIu64 " it has room for; all those are read.",
                      tail, head, room);
    last = room - 1;
  }
  log->first_id = (head - last) & ID_MASK;
  log->count = last + 1;
  return KD_OK;
}

/* The block from BEGIN to NEXT: where its bytes are, and how many.  One that
   does not fit before the ring's end is at the ring's start instead.  Since
   67e1b0052f6b "printk_ringbuffer: don't needlessly wrap data blocks around",
   6.18, one may end exactly at the ring's end.  */
static bool
find_block (const struct kd_log *log, uint64_t begin, uint64_t next,
            uint64_t *offset, uint64_t *size)
{
  uint64_t room = UINT64_C (1) << log->size_bits, mask = room - 1;
  uint64_t laps = ((next - 1) >> log->size_bits) - (begin >> log->size_bits);
  laps &= UINT64_MAX >> log->size_bits;
  if (begin % 8 || next % 8 || laps > 1)
    return false;
  *offset = laps ? 0 : begin & mask;
  *size = laps ? next & mask : next - begin;
  return *size >= BLOCK_HEAD && *size <= room - *offset;
}

/* The text in a block of SIZE bytes at ADDR, of which LEN are said to be
   used.  A writer says so last: without it, text ends at the first zero.  */
static enum kd_status
take_used (struct kd_log *log, uint64_t addr, uint64_t size, size_t len,
           struct kd_log_record *out)
{
  bool unsaid = out->state == KD_LOG_HALF && !len, too_long = len > size;
  if (unsaid || too_long)
    len = size < KD_LOG_MAX_TEXT ? size : KD_LOG_MAX_TEXT;
  enum kd_status st = kd_log_take_text (log, addr, len, out);
  if (st)
    return st;
  if (unsaid)
    out->len = strlen (out->text);
  if (too_long && out->state != KD_LOG_LOST)
    kd_log_blame (log, out, KD_LOG_DAMAGED,
                  "it is said to be longer than its room of %" PRIu64 " bytes",
                  size);
  return KD_OK;
}

static enum kd_status
take_block (struct kd_log *log, uint64_t id, uint64_t begin, uint64_t next,
            size_t len, struct kd_log_record *out)
{
  uint64_t offset, size, owner;
  if (begin == EMPTY_LINE && next == EMPTY_LINE)
    return KD_OK;
  if (begin & 1 && next & 1) {
    kd_log_blame (log, out, KD_LOG_LOST, "there was no room for its text");
    return KD_OK;
  }
  bool half = out->state == KD_LOG_HALF;
  if (!find_block (log, begin, next, &offset, &size)) {
    if (!half)
      kd_log_blame (log, out, KD_LOG_LOST,
                    "its text would be from 0x%" PRIx64 " to 0x%" PRIx64,
                    begin, next);
    return KD_OK;
  }
  enum kd_status st = read_u64 (log, log->data + offset, &owner);
  if (kd_status_is_memory (st)) {
    kd_log_blame (log, out, KD_LOG_LOST, "%s", kd_error_text ());
    return KD_OK;
  }
  if (st)
    return st;
  if (owner == id)
    return take_used (log, log->data + offset + BLOCK_HEAD, size - BLOCK_HEAD,
                      len, out);
  /* Its own block is not there any more, or not yet.  */
  if (!half)
    kd_log_blame (log, out, KD_LOG_LOST, "its text was overwritten");
  return KD_OK;
}

enum kd_status
kd_log_ring_get (struct kd_log *log, size_t i, struct kd_log_record *out)
{
  static const enum kd_log_state states[] = { [RESERVED] = KD_LOG_HALF,
                                              [COMMITTED] = KD_LOG_OPEN,
                                              [FINALIZED] = KD_LOG_FINAL };
  const struct kd_log_layout *at = &log->at;
  uint8_t desc[KD_LOG_MAX_INFO], info[KD_LOG_MAX_INFO];
  uint64_t id = (log->first_id + i) & ID_MASK;
  uint64_t index = id & ((UINT64_C (1) << log->count_bits) - 1);
  uint64_t addr = log->descs + index * at->desc_size;
  enum kd_status st = log->read (log->arg, addr, desc, at->desc_size);
  if (st)
    return kd_context (st, "log descriptor at 0x%" PRIx64, addr);
  uint64_t state = kd_le64 (desc + at->state);
  if ((state & ID_MASK) != id || state >> 62 == REUSABLE)
    return kd_fail (KD_NOT_FOUND, "no such log record");
  out->state = states[state >> 62];
  addr = at->infos != KD_LOG_ABSENT ? log->infos + index * at->info_size
                                    : addr + at->info;
  st = log->read (log->arg, addr, info, at->info_size);
  if (st)
    return kd_context (st, "log record at 0x%" PRIx64, addr);
  kd_log_take_header (log, info, out);
  out->has_seq = true;
  out->seq = kd_le64 (info + at->seq);
  if (out->state == KD_LOG_HALF)
    out->has_time = out->has_priority = out->has_caller = out->ts_ns != 0;
  return take_block (log, id, kd_le64 (desc + at->begin),
                     kd_le64 (desc + at->next), kd_le16 (info + at->text_len),
                     out);
}
