/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of an ELF file's structure as the plugin has to know. */
#include "elffile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
read_at (const struct kd_elf_file *f, uint64_t offset, void *buf, size_t size)
{
  if (offset > f->size || size > f->size - offset)
    return false;
  for (size_t done = 0; done < size;) {
    ssize_t n
      = pread (f->fd, (char *)buf + done, size - done, (off_t)(offset + done));

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

enum kd_status
kd_elf_file_open (const char *path, struct kd_elf_file *out)
{
  struct stat s;

  *out = (struct kd_elf_file){ .fd = open (path, O_RDONLY | O_CLOEXEC) };
  if (out->fd < 0 || fstat (out->fd, &s))
    return kd_fail_errno (KD_IO, errno, "%s", path);
  out->size = (uint64_t)s.st_size;
  if (!read_at (out, 0, &out->header, sizeof out->header))
    return kd_fail (KD_CORRUPT, "%s: too short", path);
  if (memcmp (out->header.e_ident, ELFMAG, SELFMAG) != 0
      || out->header.e_ident[EI_CLASS] != ELFCLASS64
      || out->header.e_ident[EI_DATA] != ELFDATA2LSB)
    return kd_fail (KD_CORRUPT, "%s: no 64-bit little-endian ELF file", path);
  return KD_OK;
}

void
kd_elf_file_close (struct kd_elf_file *f)
{
  for (size_t i = 0; i < f->nparts; i++)
    free (f->parts[i]);
  free (f->parts);
  if (f->fd >= 0)
    close (f->fd);
  *f = (struct kd_elf_file){ .fd = -1 };
}

bool
kd_elf_file_part (struct kd_elf_file *f, uint64_t offset, uint64_t size,
                  struct kd_cursor *out)
{
  void *data KD_AUTO_FREE = NULL;
  void **parts;

  if (offset > f->size || size > f->size - offset)
    return false;
  data = malloc (size ? (size_t)size : 1);
  if (!data || !read_at (f, offset, data, (size_t)size))
    return false;
  parts = realloc (f->parts, (f->nparts + 1) * sizeof *parts);
  if (!parts)
    return false;
  f->parts = parts;
  kd_cursor_init (out, data, (size_t)size, offset, "section");
  parts[f->nparts++] = KD_STEAL (data);
  return true;
}

/* Element I of the table of ENTRY-byte elements at OFFSET.  */
static bool
element (const struct kd_elf_file *f, uint64_t offset, unsigned entry,
         unsigned i, void *out, size_t size)
{
  uint64_t at = (uint64_t)i * entry;

  return entry >= size && offset <= UINT64_MAX - at
         && read_at (f, offset + at, out, size);
}

bool
kd_elf_file_section_header (const struct kd_elf_file *f, unsigned i,
                            Elf64_Shdr *out)
{
  return i < f->header.e_shnum
         && element (f, f->header.e_shoff, f->header.e_shentsize, i, out,
                     sizeof *out);
}

bool
kd_elf_file_program_header (const struct kd_elf_file *f, unsigned i,
                            Elf64_Phdr *out)
{
  return i < f->header.e_phnum
         && element (f, f->header.e_phoff, f->header.e_phentsize, i, out,
                     sizeof *out);
}

bool
kd_elf_file_section (struct kd_elf_file *f, const char *name, Elf64_Shdr *out)
{
  Elf64_Shdr names;
  struct kd_cursor c;

  if (!kd_elf_file_section_header (f, f->header.e_shstrndx, &names)
      || !kd_elf_file_part (f, names.sh_offset, names.sh_size, &c))
    return false;
  for (unsigned i = 1; kd_elf_file_section_header (f, i, out); i++) {
    c.bad = false;
    kd_cursor_seek (&c, out->sh_name);
    if (!strcmp (kd_cursor_cstr (&c), name))
      return true;
  }
  return false;
}
