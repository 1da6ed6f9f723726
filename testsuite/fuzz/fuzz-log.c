/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the kernel's log, in memory of any bytes. */
#include "base/cursor.h"
#include "kernel/log-internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MEMORY UINT64_C (0xffff888000000000)
enum { HEAD = 16, MAX_PLACES = 4096 };

struct input {
  const uint8_t *data;
  size_t size;
};

static enum kd_status
read_input (void *arg, uint64_t addr, void *buf, size_t len)
{
  const struct input *in = arg;
  if (addr < MEMORY || addr - MEMORY > in->size
      || len > in->size - (addr - MEMORY))
    return kd_fail (KD_NOT_MAPPED, "beyond the input");
  memcpy (buf, in->data + (addr - MEMORY), len);
  return KD_OK;
}

static const struct kd_log_layout ring = {
  .count_bits = 0,
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
  .dict_len = KD_LOG_ABSENT,
};

static const struct kd_log_layout old = {
  .info_size = 16,
  .ts_nsec = 0,
  .len = 8,
  .text_len = 10,
  .dict_len = 12,
  .facility = 14,
  .flags = 15,
  .seq = KD_LOG_ABSENT,
  .caller_id = KD_LOG_ABSENT,
  .subsystem = KD_LOG_ABSENT,
  .device = KD_LOG_ABSENT,
  .comm = KD_LOG_ABSENT,
};

static void
read_all (struct kd_log *log)
{
  size_t count = kd_log_count (log);
  for (size_t i = 0; i < count && i < MAX_PLACES; i++) {
    struct kd_log_record r;
    if (kd_log_get (log, i, &r))
      continue;
    if (strlen (r.text) > r.len || r.text[r.len] || r.level > 7
        || (r.state >= KD_LOG_LOST && !r.why))
      abort ();
  }
}

/* The first byte says which form; the older one's outlines are in the rest of
   the head.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size < HEAD)
    return 0;
  struct input in = { data + HEAD, size - HEAD };
  struct kd_log *log KD_GUARD (log) = calloc (1, sizeof *log);
  if (!log)
    return 0;
  log->read = read_input;
  log->arg = &in;
  if (data[0] & 1) {
    log->at = ring;
    if (!kd_log_ring_open (log, MEMORY))
      read_all (log);
  } else {
    struct kd_log_old where = { MEMORY, kd_le32 (data + 4), kd_le32 (data + 8),
                                kd_le32 (data + 12) };
    log->at = old;
    if (!kd_log_old_open (log, &where))
      read_all (log);
  }
  if (!kd_log_add_lines (log, 0, "NMI", (const char *)in.data, in.size))
    read_all (log);
  return 0;
}
