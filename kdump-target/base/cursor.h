/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounds-checked reader over bytes that nobody vouches for. */
#ifndef KD_BASE_CURSOR_H
#define KD_BASE_CURSOR_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Reads never go past the end: a read that would sets `bad`, yields zero and
   leaves the position alone, and so do all later ones.  So a parser reads a
   whole record and checks once, with kd_cursor_status().  */
struct kd_cursor {
  const uint8_t *data; /* borrowed */
  size_t size;         /* bytes */
  size_t pos;          /* bytes from data; <= size */
  uint64_t origin;     /* file offset or address of data[0], for messages */
  const char *what;    /* "ELF header", for messages; borrowed */
  bool big_endian;
  bool bad;
  size_t bad_pos;  /* where the first failing read began */
  size_t bad_want; /* how many bytes it wanted */
};

static inline void
kd_cursor_init (struct kd_cursor *c, const void *data, size_t size,
                uint64_t origin, const char *what)
{
  *c = (struct kd_cursor){
    .data = data, .size = size, .origin = origin, .what = what
  };
}

static inline size_t
kd_cursor_left (const struct kd_cursor *c)
{
  return c->size - c->pos;
}

/* Address of the next N bytes, which are then behind the cursor; NULL (and
   `bad`) when fewer are left.  */
const uint8_t *kd_cursor_take (struct kd_cursor *c, size_t n);

/* Move to POS, bytes from the beginning.  */
void kd_cursor_seek (struct kd_cursor *c, uint64_t pos);
void kd_cursor_skip (struct kd_cursor *c, uint64_t n);
/* Move forward to the next multiple of ALIGN (a power of two) from data[0]. */
void kd_cursor_align (struct kd_cursor *c, size_t align);

uint8_t kd_cursor_u8 (struct kd_cursor *c);
uint16_t kd_cursor_u16 (struct kd_cursor *c);
uint32_t kd_cursor_u32 (struct kd_cursor *c);
uint64_t kd_cursor_u64 (struct kd_cursor *c);
/* DWARF LEB128; more than 64 bits of value is `bad`.  */
uint64_t kd_cursor_uleb (struct kd_cursor *c);
int64_t kd_cursor_sleb (struct kd_cursor *c);
/* A zero-terminated string inside the data; "" and `bad` if unterminated.  */
const char *kd_cursor_cstr (struct kd_cursor *c);

/* KD_OK, or KD_CORRUPT with "WHAT at 0xOFFSET: N bytes beyond its end".  */
enum kd_status kd_cursor_status (const struct kd_cursor *c) KD_MUST_CHECK;

/* Unaligned loads of fixed byte order from memory known to be there.  */
static inline uint16_t
kd_le16 (const void *p)
{
  const uint8_t *b = p;
  return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t
kd_le32 (const void *p)
{
  return kd_le16 (p) | (uint32_t)kd_le16 ((const uint8_t *)p + 2) << 16;
}

static inline uint64_t
kd_le64 (const void *p)
{
  return kd_le32 (p) | (uint64_t)kd_le32 ((const uint8_t *)p + 4) << 32;
}

static inline uint32_t
kd_be32 (const void *p)
{
  return __builtin_bswap32 (kd_le32 (p));
}

static inline uint64_t
kd_be64 (const void *p)
{
  return __builtin_bswap64 (kd_le64 (p));
}

#endif
