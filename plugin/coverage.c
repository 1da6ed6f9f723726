/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which code GDB has call frame information for. */
#include "coverage.h"

#include "base/cursor.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { LENGTH64 = -1, CIE_MARK = -1 };

/* A file mapped for reading.  */
struct mapped {
  const uint8_t *data;
  size_t size;
};

static void
mapped_deinit (struct mapped *m)
{
  if (m->data)
    munmap ((void *)(uintptr_t)m->data, m->size);
}

static enum kd_status
map_file (const char *path, struct mapped *out)
{
  int fd KD_AUTO_FD = open (path, O_RDONLY | O_CLOEXEC);
  struct stat s;
  void *at;

  if (fd < 0 || fstat (fd, &s))
    return kd_fail_errno (KD_IO, errno, "%s", path);
  if (s.st_size < (off_t)sizeof (Elf64_Ehdr))
    return kd_fail (KD_CORRUPT, "%s: too short", path);
  at = mmap (NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED)
    return kd_fail_errno (KD_IO, errno, "%s: mapping", path);
  *out = (struct mapped){ .data = at, .size = (size_t)s.st_size };
  return KD_OK;
}

/* [OFFSET, OFFSET + SIZE) of M into OUT.  */
static bool
part (const struct mapped *m, uint64_t offset, uint64_t size,
      struct kd_cursor *out)
{
  if (offset > m->size || size > m->size - offset)
    return false;
  kd_cursor_init (out, m->data + offset, (size_t)size, offset, "section");
  return true;
}

static bool
section_header (const struct mapped *m, const Elf64_Ehdr *eh, unsigned i,
                Elf64_Shdr *out)
{
  struct kd_cursor c;

  if (eh->e_shentsize < sizeof *out
      || eh->e_shoff > UINT64_MAX - (uint64_t)i * eh->e_shentsize
      || !part (m, eh->e_shoff + (uint64_t)i * eh->e_shentsize, sizeof *out,
                &c))
    return false;
  memcpy (out, c.data, sizeof *out);
  return true;
}

/* Find the section NAME.  False if there is none.  */
static bool
find_section (const struct mapped *m, const char *name, Elf64_Shdr *out)
{
  Elf64_Ehdr eh;
  Elf64_Shdr names;
  struct kd_cursor c;

  memcpy (&eh, m->data, sizeof eh);
  if (memcmp (eh.e_ident, ELFMAG, SELFMAG)
      || eh.e_ident[EI_CLASS] != ELFCLASS64
      || !section_header (m, &eh, eh.e_shstrndx, &names)
      || !part (m, names.sh_offset, names.sh_size, &c))
    return false;
  for (unsigned i = 1; i < eh.e_shnum; i++) {
    if (!section_header (m, &eh, i, out))
      return false;
    kd_cursor_seek (&c, out->sh_name);
    if (!strcmp (kd_cursor_cstr (&c), name))
      return out->sh_type != SHT_NOBITS && out->sh_size;
    c.bad = false;
  }
  return false;
}

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
  struct mapped m KD_CLEANUP (mapped_deinit) = { 0 };
  Elf64_Shdr sh;
  struct kd_cursor c;
  enum kd_status st;

  *out = (struct kd_coverage){ 0 };
  st = map_file (path, &m);
  if (st)
    return st;
  if (find_section (&m, ".eh_frame", &sh)) {
    out->all = true;
    return KD_OK;
  }
  if (!find_section (&m, ".debug_frame", &sh))
    return KD_OK;
  if (sh.sh_flags & SHF_COMPRESSED) {
    out->all = true;
    return KD_OK;
  }
  if (!part (&m, sh.sh_offset, sh.sh_size, &c))
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
kd_coverage_has (const struct kd_coverage *c, uint64_t pc)
{
  size_t low = 0, high = c->n;

  if (c->all)
    return true;
  while (low < high) {
    size_t mid = low + (high - low) / 2;

    if (c->ranges[mid].start <= pc)
      low = mid + 1;
    else
      high = mid;
  }
  return low && pc < c->ranges[low - 1].end;
}
