/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugin/decode.c: the words of locks, masks and times. */
#include "decode.h"

#include "test.h"

#include <string.h>

static struct kd_strbuf text;

static const char *
qspinlock (uint32_t word, bool wide)
{
  kd_strbuf_reset (&text);
  kd_decode_qspinlock (word, wide, &text);
  return kd_strbuf_str (&text);
}

static const char *
qrwlock (uint32_t word, bool old)
{
  kd_strbuf_reset (&text);
  kd_decode_qrwlock (word, old, &text);
  return kd_strbuf_str (&text);
}

static void
test_spinlocks (void)
{
  is_str (qspinlock (0, false), "free", "a free spinlock");
  is_str (qspinlock (1, false), "locked", "a locked one");
  is_str (qspinlock (0x101, false), "locked, pending", "with one who waits");
  is_str (qspinlock (0x100, false), "free, pending", "about to be taken");
  is_str (qspinlock (4u << 18 | 1, false), "locked, tail CPU 3 idx 0",
          "with a queue");
  is_str (qspinlock (1u << 18 | 2u << 16 | 0x101, false),
          "locked, pending, tail CPU 0 idx 2", "with all there is");
  is_str (qspinlock (3, false), "locked, a halted virtual CPU is to be woken",
          "a paravirtual one");
  is_str (qspinlock (0x42, false), "locked (0x42)", "a strange one");
  is_str (qspinlock (1u << 16 | 1, false), "locked, tail 0x1 is of no CPU",
          "a damaged one");
  is_str (qspinlock (UINT32_MAX, false),
          "locked (0xff), pending, tail CPU 16382 idx 3", "all bits");
  is_str (qspinlock (20001u << 11 | 1u << 9 | 0x101, true),
          "locked, pending, tail CPU 20000 idx 1", "one for many CPUs");
  is_str (qspinlock (UINT32_MAX, true),
          "locked (0xff), pending, tail CPU 2097150 idx 3",
          "all bits of one for many CPUs");
}

static void
test_rwlocks (void)
{
  is_str (qrwlock (0, false), "free", "a free rwlock");
  is_str (qrwlock (0xff, false), "write-locked", "a writer");
  is_str (qrwlock (0x200, false), "1 reader", "a reader");
  is_str (qrwlock (0x700, false), "3 readers, a writer waits",
          "readers, and a writer waits");
  is_str (qrwlock (0x3ff, false),
          "write-locked, 1 reader coming, a writer waits", "a full house");
  is_str (qrwlock (0x100, false), "free, a writer waits",
          "only one who waits");
  is_str (qrwlock (0x201, true), "2 readers, a writer waits",
          "an old one, readers, and a writer waits");
  is_str (qrwlock (0xff, true), "write-locked", "an old one, a writer");
}

static void
test_mutexes (void)
{
  ok (kd_decode_mutex_owner (UINT64_C (0xffff888001234547))
        == UINT64_C (0xffff888001234540),
      "the owner of a mutex");
  kd_strbuf_reset (&text);
  kd_decode_mutex_flags (7, &text);
  is_str (kd_strbuf_str (&text), ", handoff, pickup", "its flags");
  kd_strbuf_reset (&text);
  kd_decode_mutex_flags (1, &text);
  is_str (kd_strbuf_str (&text), "", "waiters are told of by their list");
}

static void
is_rwsem (const struct kd_rwsem *sem, bool writer, uint64_t readers,
          bool waiters, const char *name)
{
  ok (sem->writer == writer && sem->readers == readers
        && sem->waiters == waiters,
      "rwsem: %s", name);
}

static void
test_rwsems (void)
{
  const uint64_t task = UINT64_C (0xffff888001234540);
  struct kd_rwsem sem;
  kd_decode_rwsem (0, 0, false, &sem);
  is_rwsem (&sem, false, 0, false, "free");
  kd_decode_rwsem (1, task, false, &sem);
  is_rwsem (&sem, true, 0, false, "a writer");
  ok (sem.owner == task && !sem.owner_reads, "rwsem: who is known");
  kd_decode_rwsem (0x306, task | 1, false, &sem);
  is_rwsem (&sem, false, 3, true, "readers, and a queue");
  ok (sem.handoff && sem.owner == task && sem.owner_reads,
      "rwsem: the last reader is known");
  kd_decode_rwsem (UINT64_C (0x8000000000000101), task, false, &sem);
  is_rwsem (&sem, true, 1, false, "the guard bit is no reader");

  kd_decode_rwsem (0, 0, true, &sem);
  is_rwsem (&sem, false, 0, false, "old, free");
  kd_decode_rwsem (2, 1, true, &sem);
  is_rwsem (&sem, false, 2, false, "old, readers");
  kd_decode_rwsem (UINT64_C (0xffffffff00000001), task, true, &sem);
  is_rwsem (&sem, true, 0, false, "old, a writer");
  kd_decode_rwsem (UINT64_C (0xfffffffe00000001), task, true, &sem);
  is_rwsem (&sem, true, 0, true, "old, a writer, and a queue");
  kd_decode_rwsem (UINT64_C (0xffffffff00000001), 1, true, &sem);
  is_rwsem (&sem, false, 1, true, "old, a reader, and a queue");
  kd_decode_rwsem (UINT64_C (0xffffffff00000000), 0, true, &sem);
  is_rwsem (&sem, false, 0, true, "old, nobody, and a queue");
}

static void
is_bits (uint64_t a, uint64_t b, size_t n, const char *want, const char *name)
{
  const uint64_t words[] = { a, b };
  kd_strbuf_reset (&text);
  kd_decode_bitmap (words, n, &text);
  is_str (kd_strbuf_str (&text), want, "bitmap: %s", name);
}

static void
is_time (int64_t ns, const char *want)
{
  kd_strbuf_reset (&text);
  kd_decode_ktime (ns, &text);
  is_str (kd_strbuf_str (&text), want, "time: %s", want);
}

int
main (void)
{
  test_spinlocks ();
  test_rwlocks ();
  test_mutexes ();
  test_rwsems ();
  is_bits (0, 0, 128, "none", "no bits");
  is_bits (0xf, 0, 128, "0-3", "a range");
  is_bits (0xd, 0, 128, "0,2-3", "one and a range");
  is_bits (UINT64_C (1) << 63, 1, 128, "63-64", "across words");
  is_bits (UINT64_MAX, UINT64_MAX, 128, "0-127", "all bits");
  is_bits (UINT64_MAX, UINT64_MAX, 4, "0-3", "no more than there are");
  is_bits (0, UINT64_C (1) << 63, 128, "127", "the last");
  is_bits (1, 1, 0, "none", "of no size");
  is_time (0, "0 (0.000000000 s)");
  is_time (INT64_C (12345678901), "12345678901 (12.345678901 s)");
  is_time (-1, "-1 (-0.000000001 s)");
  is_time (INT64_MIN, "-9223372036854775808 (-9223372036.854775808 s)");
  is_time (INT64_MAX, "9223372036854775807 (never)");
  kd_strbuf_deinit (&text);
  return test_done ();
}
