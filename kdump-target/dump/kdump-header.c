/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The headers of a kdump-compressed file. */
#include "base/cursor.h"
#include "dump/kdump-compressed.h"

#include <inttypes.h>
#include <string.h>

/* The headers are C structures of the machine that wrote them.  Offsets in
   the 64-bit one: */
#define OFF_UTSNAME 12
#define UTS_LEN 65
#define OFF_STATUS 424
#define HEADER_BYTES 464
#define SUB_BYTES 104
/* In the 32-bit one, whose timeval is shorter: */
#define OFF_BLOCK_SIZE_32 416

static bool
good_block_size (uint32_t size)
{
  return size >= 4096 && size <= 65536 && (size & (size - 1)) == 0;
}

static void
take_uts (struct kd_cursor *c, char out[66])
{
  const uint8_t *s = kd_cursor_take (c, UTS_LEN);
  memset (out, 0, 66);
  if (s)
    memcpy (out, s, UTS_LEN);
}

static enum kd_status
take_main_header (struct kd_cursor *c, struct kd_kdump_header *h)
{
  kd_cursor_seek (c, 8);
  h->version = kd_cursor_u32 (c);
  kd_cursor_skip (c, UTS_LEN); /* sysname */
  take_uts (c, h->nodename);
  take_uts (c, h->release);
  take_uts (c, h->uts_version);
  take_uts (c, h->machine);
  kd_cursor_seek (c, OFF_STATUS);
  h->status = kd_cursor_u32 (c);
  h->block_size = kd_cursor_u32 (c);
  h->sub_blocks = kd_cursor_u32 (c);
  h->bitmap_blocks = kd_cursor_u32 (c);
  h->max_pfn = kd_cursor_u32 (c);
  kd_cursor_skip (c, 16); /* counts of blocks, current CPU */
  h->nr_cpus = kd_cursor_u32 (c);
  return kd_cursor_status (c);
}

/* Fields appeared one version after the other; what VERSION does not have
   stays as it is.  */
static enum kd_status
take_sub_header (struct kd_cursor *c, struct kd_kdump_header *h)
{
  h->dump_level = -1;
  kd_cursor_skip (c, 8); /* phys_base */
  if (h->version >= 1)
    h->dump_level = (int)kd_cursor_u32 (c);
  if (h->version >= 2) {
    h->split = kd_cursor_u32 (c) != 0;
    h->start_pfn = kd_cursor_u64 (c);
    h->end_pfn = kd_cursor_u64 (c);
  }
  if (h->version >= 3) {
    h->vmcoreinfo_off = kd_cursor_u64 (c);
    h->vmcoreinfo_size = kd_cursor_u64 (c);
  }
  if (h->version >= 4) {
    h->note_off = kd_cursor_u64 (c);
    h->note_size = kd_cursor_u64 (c);
  }
  if (h->version >= 5) {
    h->erase_off = kd_cursor_u64 (c);
    h->erase_size = kd_cursor_u64 (c);
  }
  if (h->version >= 6) {
    h->start_pfn = kd_cursor_u64 (c);
    h->end_pfn = kd_cursor_u64 (c);
    h->max_pfn = kd_cursor_u64 (c);
  }
  return kd_cursor_status (c);
}

/* Byte order is whichever makes the version small.  */
static void
find_byte_order (struct kd_cursor *c, const uint8_t *raw)
{
  uint32_t le = kd_le32 (raw + 8);
  c->big_endian = le > kd_be32 (raw + 8);
}

static enum kd_status
check_main_header (const struct kd_source *src, const struct kd_cursor *c,
                   const struct kd_kdump_header *h)
{
  const uint8_t *at32 = c->data + OFF_BLOCK_SIZE_32;
  uint32_t size32 = c->big_endian ? kd_be32 (at32) : kd_le32 (at32);
  if (!good_block_size (h->block_size) && good_block_size (size32))
    return kd_fail (KD_UNSUPPORTED,
                    "%s: is the kdump-compressed dump of a 32-bit machine "
                    "(%s); only 64-bit kernels are supported",
                    src->name, h->machine[0] ? h->machine : "unnamed");
  if (h->version > KD_KDUMP_MAX_VERSION)
    return kd_fail (KD_UNSUPPORTED,
                    "%s: kdump-compressed header at 0x8: version %" PRIu32
                    " is none known here (0 to %d)",
                    src->name, h->version, KD_KDUMP_MAX_VERSION);
  if (!good_block_size (h->block_size))
    return kd_fail (KD_CORRUPT,
                    "%s: kdump-compressed header at 0x%x: block size %" PRIu32
                    " is no page size",
                    src->name, OFF_STATUS + 4, h->block_size);
  if (h->sub_blocks < 1 || h->sub_blocks > UINT32_MAX / 65536)
    return kd_fail (KD_CORRUPT,
                    "%s: kdump-compressed header at 0x%x: sub-header of "
                    "%" PRIu32 " blocks",
                    src->name, OFF_STATUS + 8, h->sub_blocks);
  return KD_OK;
}

static enum kd_status
check_pages (const struct kd_source *src, const struct kd_kdump_header *h)
{
  uint64_t bits = (uint64_t)(h->bitmap_blocks / 2) * h->block_size * 8;
  if (h->max_pfn > bits)
    return kd_fail (KD_CORRUPT,
                    "%s: kdump-compressed header: its bitmaps of %" PRIu32
                    " blocks are too small for 0x%" PRIx64 " pages",
                    src->name, h->bitmap_blocks, h->max_pfn);
  if (h->split && (h->start_pfn > h->end_pfn || h->start_pfn > h->max_pfn))
    return kd_fail (KD_CORRUPT,
                    "%s: sub-header: a part from page 0x%" PRIx64
                    " to 0x%" PRIx64 " of 0x%" PRIx64,
                    src->name, h->start_pfn, h->end_pfn, h->max_pfn);
  return KD_OK;
}

enum kd_status
kd_kdump_read_header (struct kd_source *src, struct kd_kdump_header *h)
{
  *h = (struct kd_kdump_header){ 0 };
  uint8_t raw[HEADER_BYTES];
  size_t got;
  enum kd_status st = kd_source_read_some (src, 0, raw, sizeof raw, &got);
  if (st)
    return st;
  if (got < 8 || memcmp (raw, "KDUMP   ", 8) != 0)
    return KD_NOT_MINE;
  if (got < HEADER_BYTES)
    return kd_fail (KD_TRUNCATED,
                    "%s: ends at 0x%" PRIx64
                    " inside its kdump-compressed header",
                    src->name, src->size);
  struct kd_cursor c;
  kd_cursor_init (&c, raw, sizeof raw, 0, "kdump-compressed header");
  find_byte_order (&c, raw);
  h->big_endian = c.big_endian;
  st = take_main_header (&c, h);
  if (!st)
    st = check_main_header (src, &c, h);
  if (st)
    return st;

  uint8_t sub[SUB_BYTES];
  st = kd_source_read (src, h->block_size, sub, sizeof sub);
  if (st)
    return kd_context (st, "the kdump sub-header");
  kd_cursor_init (&c, sub, sizeof sub, h->block_size, "kdump sub-header");
  c.big_endian = h->big_endian;
  st = take_sub_header (&c, h);
  return st ? kd_context (st, "%s", src->name) : check_pages (src, h);
}
