/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounds-checked reader over bytes that nobody vouches for. */
#include "base/cursor.h"

#include <inttypes.h>
#include <string.h>

static void
mark_bad (struct kd_cursor *c, size_t want)
{
  if (c->bad)
    return;
  c->bad = true;
  c->bad_pos = c->pos;
  c->bad_want = want;
}

const uint8_t *
kd_cursor_take (struct kd_cursor *c, size_t n)
{
  if (c->bad || n > c->size - c->pos) {
    mark_bad (c, n);
    return NULL;
  }
  const uint8_t *p = c->data + c->pos;
  c->pos += n;
  return p;
}

void
kd_cursor_seek (struct kd_cursor *c, uint64_t pos)
{
  if (c->bad)
    return;
  if (pos > c->size) {
    mark_bad (c, pos - c->pos);
    return;
  }
  c->pos = pos;
}

void
kd_cursor_skip (struct kd_cursor *c, uint64_t n)
{
  if (n > c->size - c->pos)
    mark_bad (c, n);
  else if (!c->bad)
    c->pos += n;
}

void
kd_cursor_align (struct kd_cursor *c, size_t align)
{
  kd_cursor_skip (c, -c->pos & (align - 1));
}

uint8_t
kd_cursor_u8 (struct kd_cursor *c)
{
  const uint8_t *p = kd_cursor_take (c, 1);
  return p ? *p : 0;
}

uint16_t
kd_cursor_u16 (struct kd_cursor *c)
{
  const uint8_t *p = kd_cursor_take (c, 2);
  if (!p)
    return 0;
  return c->big_endian ? __builtin_bswap16 (kd_le16 (p)) : kd_le16 (p);
}

uint32_t
kd_cursor_u32 (struct kd_cursor *c)
{
  const uint8_t *p = kd_cursor_take (c, 4);
  if (!p)
    return 0;
  return c->big_endian ? kd_be32 (p) : kd_le32 (p);
}

uint64_t
kd_cursor_u64 (struct kd_cursor *c)
{
  const uint8_t *p = kd_cursor_take (c, 8);
  if (!p)
    return 0;
  return c->big_endian ? kd_be64 (p) : kd_le64 (p);
}

uint64_t
kd_cursor_uleb (struct kd_cursor *c)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t b = kd_cursor_u8 (c);
    if (shift == 63 && b > 1)
      break;
    value |= (uint64_t)(b & 0x7f) << shift;
    if (!(b & 0x80))
      return value;
  }
  mark_bad (c, 1);
  return 0;
}

int64_t
kd_cursor_sleb (struct kd_cursor *c)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t b = kd_cursor_u8 (c);
    value |= (uint64_t)(b & 0x7f) << shift;
    if (b & 0x80)
      continue;
    if ((b & 0x40) && shift + 7 < 64)
      value |= ~UINT64_C (0) << (shift + 7);
    return (int64_t)value;
  }
  mark_bad (c, 1);
  return 0;
}

const char *
kd_cursor_cstr (struct kd_cursor *c)
{
  const uint8_t *from = c->data + c->pos;
  const uint8_t *nul = c->bad ? NULL : memchr (from, 0, c->size - c->pos);
  if (!nul) {
    mark_bad (c, c->size - c->pos + 1);
    return "";
  }
  c->pos += (size_t)(nul - from) + 1;
  return (const char *)from;
}

enum kd_status
kd_cursor_status (const struct kd_cursor *c)
{
  if (!c->bad)
    return KD_OK;
  size_t left = c->size - c->bad_pos;
  return kd_fail (KD_CORRUPT, "%s at 0x%" PRIx64 ": needs %zu bytes, %zu left",
                  c->what ? c->what : "data", c->origin + c->bad_pos,
                  c->bad_want, left);
}
