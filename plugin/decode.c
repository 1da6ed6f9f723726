/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of kernel objects mean, in words for people. */
#include "decode.h"

#include <inttypes.h>

void
kd_decode_qspinlock (uint32_t word, bool wide, struct kd_strbuf *out)
{
  enum { LOCKED = 1, SLOW = 3 };
  uint32_t locked = word & 0xff;
  uint32_t tail = word >> (wide ? 9 : 16);
  uint32_t pending = word >> 8 & (wide ? 1 : 0xff);

  if (!locked)
    kd_strbuf_puts (out, "free");
  else if (locked == LOCKED)
    kd_strbuf_puts (out, "locked");
  else if (locked == SLOW)
    kd_strbuf_puts (out, "locked, a halted virtual CPU is to be woken");
  else
    kd_strbuf_printf (out, "locked (0x%02" PRIx32 ")", locked);
  if (pending)
    kd_strbuf_puts (out, ", pending");
  /* The tail counts CPUs from 1.  */
  if (tail >> 2)
    kd_strbuf_printf (out, ", tail CPU %" PRIu32 " idx %" PRIu32,
                      (tail >> 2) - 1, tail & 3);
  else if (tail)
    kd_strbuf_printf (out, ", tail 0x%" PRIx32 " is of no CPU", tail);
}

void
kd_decode_qrwlock (uint32_t word, bool old, struct kd_strbuf *out)
{
  enum { LOCKED = 0xff };
  uint32_t readers = word >> (old ? 8 : 9);
  uint32_t writer = word & 0xff;
  bool waiting = old ? writer == 1 : (word & 0x100) != 0;

  if (writer == LOCKED)
    kd_strbuf_puts (out, "write-locked");
  else if (readers)
    kd_strbuf_printf (out, "%" PRIu32 " reader%s", readers,
                      readers == 1 ? "" : "s");
  else
    kd_strbuf_puts (out, "free");
  if (writer == LOCKED && readers)
    kd_strbuf_printf (out, ", %" PRIu32 " reader%s coming", readers,
                      readers == 1 ? "" : "s");
  if (waiting)
    kd_strbuf_puts (out, ", a writer waits");
}

uint64_t
kd_decode_mutex_owner (uint64_t word)
{
  return word & ~UINT64_C (7);
}

void
kd_decode_mutex_flags (uint64_t word, struct kd_strbuf *out)
{
  enum { HANDOFF = 2, PICKUP = 4 };

  if (word & HANDOFF)
    kd_strbuf_puts (out, ", handoff");
  if (word & PICKUP)
    kd_strbuf_puts (out, ", pickup");
}

/* Counting from 0 up, readers; a writer or one who waits subtracts 2^32, once
   for all that wait.  */
static void
decode_old_rwsem (uint64_t count, uint64_t owner, struct kd_rwsem *out)
{
  uint32_t active = (uint32_t)count;
  uint32_t above = (uint32_t)(count >> 32);

  out->owner_reads = owner & 1;
  /* A writer, and nobody; or one reader, and others wait.  Then the owner
     tells, if the kernel notes it.  */
  out->writer = above && active && out->owner && !out->owner_reads;
  out->readers = out->writer ? 0 : active;
  out->waiters = out->writer ? above != UINT32_MAX : above != 0;
}

void
kd_decode_rwsem (uint64_t count, uint64_t owner, bool old,
                 struct kd_rwsem *out)
{
  enum { WRITER = 1, WAITERS = 2, HANDOFF = 4, READER_SHIFT = 8 };

  *out = (struct kd_rwsem){ .owner = owner & ~UINT64_C (7) };
  if (old) {
    decode_old_rwsem (count, owner, out);
    return;
  }
  out->writer = count & WRITER;
  out->waiters = count & WAITERS;
  out->handoff = count & HANDOFF;
  /* The sign bit guards against overflow.  */
  out->readers = (count & INT64_MAX) >> READER_SHIFT;
  out->owner_reads = owner & 1;
}

static bool
bit (const uint64_t *words, size_t i)
{
  return words[i / 64] >> i % 64 & 1;
}

void
kd_decode_bitmap (const uint64_t *words, size_t nbits, struct kd_strbuf *out)
{
  bool any = false;

  for (size_t i = 0; i < nbits; i++) {
    size_t end = i;

    while (end < nbits && bit (words, end))
      end++;
    if (end == i)
      continue;
    kd_strbuf_printf (out, "%s%zu", any ? "," : "", i);
    if (end > i + 1)
      kd_strbuf_printf (out, "-%zu", end - 1);
    any = true;
    i = end;
  }
  if (!any)
    kd_strbuf_puts (out, "none");
}

void
kd_decode_ktime (int64_t ns, struct kd_strbuf *out)
{
  uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

  if (ns == INT64_MAX) {
    kd_strbuf_printf (out, "%" PRId64 " (never)", ns);
    return;
  }
  kd_strbuf_printf (out, "%" PRId64 " (%s%" PRIu64 ".%09" PRIu64 " s)", ns,
                    ns < 0 ? "-" : "", abs / 1000000000, abs % 1000000000);
}
