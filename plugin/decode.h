/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of kernel objects mean, in words for people. */
#ifndef KD_PLUGIN_DECODE_H
#define KD_PLUGIN_DECODE_H

#include "base/strbuf.h"

#include <stdint.h>

/* All append to OUT.  */

/* The 32 bits of a queued spinlock: "free", "locked", "locked, pending",
   "locked, tail CPU 3 idx 0".  WIDE: the kernel is built for 16384 CPUs or
   more (NR_CPUS), and has less room for the pending bit.
   Source: include/asm-generic/qspinlock_types.h.  */
void kd_decode_qspinlock (uint32_t word, bool wide, struct kd_strbuf *out);

/* The 32 bits of a queued rwlock.  OLD: of kernels before 4.15, d13316614633
   ("locking/qrwlock: Prevent slowpath writers getting held up by fastpath").
   Source: include/asm-generic/qrwlock.h.  */
void kd_decode_qrwlock (uint32_t word, bool old, struct kd_strbuf *out);

/* Pointer to the task in a mutex' owner word, 0 if it is free.
   Source: kernel/locking/mutex.c.  */
uint64_t kd_decode_mutex_owner (uint64_t word);
/* ", handoff", ", pickup": what the word's flags say besides waiters.  */
void kd_decode_mutex_flags (uint64_t word, struct kd_strbuf *out);

/* A rw_semaphore's two words.  OLD: of kernels before 5.3, 64489e78004c
   ("locking/rwsem: Implement a new locking scheme").
   Source: kernel/locking/rwsem.c, rwsem-xadd.c.  */
struct kd_rwsem {
  bool writer;      /* it is locked for writing */
  uint64_t readers; /* how many have it for reading */
  bool waiters, handoff;
  bool owner_reads; /* OWNER is a reader, the last that came; it may have left
                       since */
  uint64_t owner;   /* task_struct, 0 unknown */
};
void kd_decode_rwsem (uint64_t count, uint64_t owner, bool old,
                      struct kd_rwsem *out);

/* The first NBITS bits of WORDS as "0-3,7"; "none".  */
void kd_decode_bitmap (const uint64_t *words, size_t nbits,
                       struct kd_strbuf *out);

/* Nanoseconds as "12345678901 (12.345678901 s)": scripts want the number.  */
void kd_decode_ktime (int64_t ns, struct kd_strbuf *out);

#endif
