/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel's log, whatever form of buffer holds it.  Needs no types where
   VMCOREINFO describes the buffer, as it does for both forms.
   Source: kernel/printk/printk.c and printk_ringbuffer.c of the kernel. */
#ifndef KD_KERNEL_LOG_H
#define KD_KERNEL_LOG_H

#include "kernel/kernel.h"

/* How far a message had got.  */
enum kd_log_state {
  KD_LOG_FINAL,     /* all of it is there */
  KD_LOG_OPEN,      /* complete so far; more of its line might have come */
  KD_LOG_HALF,      /* was being written: TEXT may lack its end */
  KD_LOG_LOST,      /* there was such a message; WHY its text is not there */
  KD_LOG_DAMAGED,   /* TEXT is doubtful, and WHY */
  KD_LOG_UNFLUSHED, /* not in the log yet: in a buffer beside it, WHY which */
};

/* "final", "open", "half-written", "lost", "damaged", "unflushed".  */
const char *kd_log_state_name (enum kd_log_state state);

#define KD_LOG_CALLER_IS_CPU UINT32_C (0x80000000)

struct kd_log_record {
  enum kd_log_state state;
  bool has_seq, has_time, has_priority, has_caller;
  bool continuation;  /* goes on with the line before it */
  uint64_t seq;       /* sequence number */
  uint64_t ts_ns;     /* since boot, without suspend */
  uint8_t level;      /* 0 (emergency) to 7 (debug) */
  uint8_t facility;   /* of syslog(3), without its shift: 0 is the kernel */
  uint32_t caller;    /* PID, or KD_LOG_CALLER_IS_CPU and the CPU */
  int cpu;            /* whose buffer an unflushed message was in, -1 none */
  char subsystem[32]; /* "pci", "" none; printable, so below */
  char device[64];    /* "+pci:0000:00:1f.2", "" none */
  char comm[17];      /* command of the caller, where the kernel keeps it */
  const char *text;   /* any bytes, also newlines; zero-terminated.  Valid
                         until the next call for this log */
  size_t len;         /* bytes of text */
  const char *why;    /* words for the states above, else NULL; as TEXT */
};

struct kd_log;

/* Find the log.  KD_NOT_FOUND if there is none (or nothing to find it by),
   KD_CORRUPT if its outlines contradict each other, else the status of its
   memory.  *OUT is the caller's, for kd_log_close().  */
enum kd_status kd_log_open (struct kd_kernel *k,
                            struct kd_log **out) KD_MUST_CHECK;
void kd_log_close (struct kd_log *log);
KD_DEFINE_GUARD (log, struct kd_log, kd_log_close);

/* Places for records in it, the oldest first; some may be empty.  */
size_t kd_log_count (const struct kd_log *log);

/* The record in place I < kd_log_count().  KD_NOT_FOUND: the place is empty.
   Else the status of the memory.  */
enum kd_status kd_log_get (struct kd_log *log, size_t i,
                           struct kd_log_record *out) KD_MUST_CHECK;

/* Also look for messages in the buffers beside the log, which the kernel had
   no time to move into it: each CPU's for NMIs and for printk() inside
   printk() (until 5.15), that of a continued line (until 5.10).  They become
   the last places.  */
enum kd_status kd_log_add_unflushed (struct kd_log *log) KD_MUST_CHECK;

/* Which CPUs were inside printk(), so that one of them is who left a message
   half-written: CPUS has an element for each of the dump's.  False if the
   kernel does not tell.  */
bool kd_log_writers (struct kd_kernel *k, bool *cpus);

/* What was found wrong with the buffer as a whole, a sentence, NULL if
   nothing.  Borrowed.  */
const char *kd_log_damage (const struct kd_log *log);

/* Messages for which the kernel found no room at all, not even for a record
   that says so.  */
uint64_t kd_log_dropped (const struct kd_log *log);

#endif
