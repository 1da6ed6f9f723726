/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which code GDB has call frame information for. */
#include "coverage.h"

#include "base/cursor.h"
#include "elffile.h"

enum { LENGTH64 = -1, CIE_MARK = -1 };

static bool
add_range (struct kd_coverage *c, size_t *room, uint64_t start, uint64_t size)
{
  if (!size || start > UINT64_MAX - size)
    return true;
  if (c->n == *room) {
    size_t more = *room ? 2 * *room : 4096;
    void *ranges = realloc (c->ranges, more * sizeof *c->ranges);

    if (!ranges)
      return false;
    c->ranges = ranges;
    *room = more;
  }
  c->ranges[c->n++]
    = (struct kd_info_range){ .start = start, .end = start + size };
  return true;
}

/* One entry; of an FDE, the range.  */
static bool
take_entry (struct kd_cursor *c, struct kd_coverage *out, size_t *room)
{
  uint64_t length = kd_cursor_u32 (c), id, start, size;
  bool wide = length == (uint32_t)LENGTH64;
  size_t body;

  if (wide)
    length = kd_cursor_u64 (c);
  body = c->pos;
  if (length > kd_cursor_left (c))
    return false;
  id = wide ? kd_cursor_u64 (c) : kd_cursor_u32 (c);
  if (length && id != (wide ? (uint64_t)CIE_MARK : (uint32_t)CIE_MARK)) {
    start = kd_cursor_u64 (c);
    size = kd_cursor_u64 (c);
    if (!c->bad && !add_range (out, room, start, size))
      return false;
  }
  kd_cursor_seek (c, body + length);
  return !c->bad;
}

static int
compare (const void *a, const void *b)
{
  const struct kd_info_range *x = a, *y = b;

  return x->start < y->start ? -1 : x->start > y->start;
}

static enum kd_status
read_frames (const char *path, struct kd_cursor *c, struct kd_coverage *out)
{
  size_t room = 0;

  while (kd_cursor_left (c) >= 4)
    if (!take_entry (c, out, &room))
      return kd_fail (KD_CORRUPT, "%s: .debug_frame at 0x%zx is damaged", path,
                      c->pos);
  qsort (out->ranges, out->n, sizeof *out->ranges, compare);
  return KD_OK;
}

enum kd_status
kd_coverage_read (const char *path, struct kd_coverage *out)
{
  struct kd_elf_file m KD_CLEANUP (kd_elf_file_close) = { .fd = -1 };
  Elf64_Shdr sh;
  struct kd_cursor c;
  enum kd_status st;

  *out = (struct kd_coverage){ 0 };
  st = kd_elf_file_open (path, &m);
  if (st)
    return st;
  if (kd_elf_file_section (&m, ".eh_frame", &sh) && sh.sh_size) {
    out->all = true;
    return KD_OK;
  }
  if (!kd_elf_file_section (&m, ".debug_frame", &sh)
      || sh.sh_type == SHT_NOBITS)
    return KD_OK;
  if (sh.sh_flags & SHF_COMPRESSED) {
    out->all = true;
    return KD_OK;
  }
  if (!kd_elf_file_part (&m, sh.sh_offset, sh.sh_size, &c))
    return kd_fail (KD_CORRUPT, "%s: .debug_frame is beyond the file's end",
                    path);
  return read_frames (path, &c, out);
}

void
kd_coverage_deinit (struct kd_coverage *c)
{
  free (c->ranges);
  *c = (struct kd_coverage){ 0 };
}

bool
kd_coverage_has (const struct kd_coverage *c, uint64_t pc, uint64_t *start)
{
  size_t low = 0, high = c->n;

  *start = 0;
  if (c->all)
    return true;
  while (low < high) {
    size_t mid = low + (high - low) / 2;

    if (c->ranges[mid].start <= pc)
      low = mid + 1;
    else
      high = mid;
  }
  if (!low || pc >= c->ranges[low - 1].end)
    return false;
  *start = c->ranges[low - 1].start;
  return true;
}
