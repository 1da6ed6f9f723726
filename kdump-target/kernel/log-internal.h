/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of the kernel's log, apart from where in a kernel they are: what
   the files log*.c share, and tests use. */
#ifndef KD_KERNEL_LOG_INTERNAL_H
#define KD_KERNEL_LOG_INTERNAL_H

#include "kernel/log.h"

/* A member that this kernel has not.  */
#define KD_LOG_ABSENT UINT64_MAX

enum {
  KD_LOG_MAX_INFO = 256,  /* bytes of a record's header or descriptor */
  KD_LOG_MAX_TEXT = 65535 /* bytes; lengths have 16 bits */
};

/* Reads LEN bytes at ADDR of kernel memory.  */
typedef enum kd_status kd_log_read_fn (void *arg, uint64_t addr, void *buf,
                                       size_t len);

/* Offsets in bytes.  A field of bits begins SHIFT from bit 0 of its byte.  */
struct kd_log_layout {
  /* struct printk_ringbuffer */
  uint64_t count_bits, descs, infos, head_id, tail_id, fail;
  uint64_t size_bits, data;
  /* struct prb_desc; its info is there where infos is absent */
  uint64_t desc_size, state, begin, next, info;
  /* struct printk_info, or struct printk_log with its own lengths */
  uint64_t info_size, seq, ts_nsec, text_len, facility, flags, caller_id;
  uint64_t subsystem, subsystem_size, device, device_size, comm;
  uint64_t len, dict_len;
};

/* A record's place in the buffer of before 5.10.  */
struct kd_log_place {
  uint32_t offset;
};

/* A message that was not in the buffer.  */
struct kd_log_extra {
  struct kd_log_record record;
  size_t text; /* offset in extra_text */
};

struct kd_log {
  struct kd_kernel *kernel; /* NULL in tests */
  kd_log_read_fn *read;
  void *arg;
  struct kd_log_layout at;
  bool ring; /* the buffer of 5.10 and later */

  /* The ring: its arrays, sizes as powers of two, the oldest record's id.  */
  uint64_t descs, infos, data, first_id;
  unsigned count_bits, size_bits;

  /* The older buffer.  */
  uint64_t buf;
  struct kd_log_place *places; /* owned */
  size_t places_room;
  bool has_first_seq;
  uint64_t first_seq;

  size_t count; /* places in the buffer */
  uint64_t dropped;
  struct kd_log_extra *extra; /* owned */
  size_t nextra, extra_room;
  struct kd_strbuf extra_text;
  struct kd_strbuf text, why; /* of the record asked for last */
  struct kd_strbuf damage;
};

/* Where the buffer of before 5.10 is.  */
struct kd_log_old {
  uint64_t buf;
  uint32_t size, first, next; /* bytes; offsets of the oldest record and of
                                 the end */
};

/* LOG has its reader and layout: find its records.  log-ring.c: the struct
   printk_ringbuffer at ADDR.  */
enum kd_status kd_log_ring_open (struct kd_log *log,
                                 uint64_t addr) KD_MUST_CHECK;
enum kd_status kd_log_ring_get (struct kd_log *log, size_t i,
                                struct kd_log_record *out) KD_MUST_CHECK;
/* log-old.c.  */
enum kd_status kd_log_old_open (struct kd_log *log,
                                const struct kd_log_old *old) KD_MUST_CHECK;
enum kd_status kd_log_old_get (struct kd_log *log, size_t i,
                               struct kd_log_record *out) KD_MUST_CHECK;

/* What both forms keep of a record at the offsets of LOG->at in HEADER.  */
void kd_log_take_header (const struct kd_log *log, const uint8_t *header,
                         struct kd_log_record *out);
/* The SIZE bytes at ADDR become the record's text.  */
enum kd_status kd_log_take_text (struct kd_log *log, uint64_t addr,
                                 size_t size, struct kd_log_record *out);
/* Say that OUT is in STATE, and why.  */
void kd_log_blame (struct kd_log *log, struct kd_log_record *out,
                   enum kd_log_state state, const char *fmt, ...)
  KD_PRINTF (4, 5);
/* Copy a string of at most N bytes at P, its bytes made printable.  */
void kd_log_copy_string (char *to, size_t room, const void *p, size_t n);

/* log-unflushed.c.  */
enum kd_status kd_log_find_unflushed (struct kd_log *log) KD_MUST_CHECK;
/* Lines of a buffer beside the log; CPU -1 is none.  WHY is constant.  */
enum kd_status kd_log_add_lines (struct kd_log *log, int cpu, const char *why,
                                 const char *text, size_t len) KD_MUST_CHECK;

/* log-layout.c: the layout, from VMCOREINFO or the types.  */
enum kd_status kd_log_ring_layout (struct kd_kernel *k,
                                   struct kd_log_layout *out) KD_MUST_CHECK;
enum kd_status kd_log_old_layout (struct kd_kernel *k,
                                  struct kd_log_layout *out) KD_MUST_CHECK;

#endif
