/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock words of all layouts. */
#include "hang/spinlock.h"
#include "test.h"

static void
test_spin (void)
{
  struct kd_qspinlock q;

  kd_qspinlock_decode (0, false, &q);
  ok (!q.locked && !q.pending && q.tail_cpu == -1, "a free lock");
  kd_qspinlock_decode (1, false, &q);
  ok (q.locked == 1 && !q.pending && q.tail_cpu == -1, "a lock without queue");
  kd_qspinlock_decode (0x101, false, &q);
  ok (q.locked == 1 && q.pending && q.tail_cpu == -1, "one waits on the word");
  /* set_locked_pending, encode_tail (cpu 5, idx 2): 6 << 18 | 2 << 16 */
  kd_qspinlock_decode (6U << 18 | 2U << 16 | 1, false, &q);
  ok (q.locked == 1 && !q.pending && q.tail_cpu == 5 && q.tail_idx == 2,
      "a queue that ends with CPU 5 in an interrupt");
  kd_qspinlock_decode (3U | 1U << 18, false, &q);
  ok (q.locked == 3 && q.tail_cpu == 0, "a paravirtual lock, CPU 0 queued");
  /* With 16,384 CPUs or more: pending is one bit, idx 9-10, cpu 11-31.  */
  kd_qspinlock_decode (20001U << 11 | 3U << 9 | 1U << 8 | 1, true, &q);
  ok (q.locked == 1 && q.pending && q.tail_cpu == 20000 && q.tail_idx == 3,
      "a kernel for very many CPUs");
  kd_qspinlock_decode (0xffffffff, false, &q);
  ok (q.tail_cpu == 16382 && q.tail_idx == 3,
      "a word of ones stays in bounds");
}

static void
test_rw (void)
{
  struct kd_qrwlock rw;

  kd_qrwlock_decode (0, &rw);
  ok (!rw.write_locked && !rw.write_waiting && !rw.readers, "a free rwlock");
  kd_qrwlock_decode (0xff, &rw);
  ok (rw.write_locked && !rw.readers, "a writer");
  kd_qrwlock_decode (3U << 9 | 0x100, &rw);
  ok (!rw.write_locked && rw.write_waiting && rw.readers == 3,
      "three readers, a writer waits");
}

int
main (void)
{
  test_spin ();
  test_rw ();
  is_str (kd_confidence_name (KD_LIKELY), "likely", "words for how sure");
  return test_done ();
}
