/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of an ELF file's structure as the plugin has to know. */
#include "elffile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum kd_status
kd_elf_file_open (const char *path, struct kd_elf_file *out)
{
  int fd KD_AUTO_FD = open (path, O_RDONLY | O_CLOEXEC);
  struct stat s;
  void *at;

  *out = (struct kd_elf_file){ 0 };
  if (fd < 0 || fstat (fd, &s))
    return kd_fail_errno (KD_IO, errno, "%s", path);
  if (s.st_size < (off_t)sizeof out->header)
    return kd_fail (KD_CORRUPT, "%s: too short", path);
  at = mmap (NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED)
    return kd_fail_errno (KD_IO, errno, "%s: mapping", path);
  out->data = at;
  out->size = (size_t)s.st_size;
  memcpy (&out->header, at, sizeof out->header);
  if (memcmp (out->header.e_ident, ELFMAG, SELFMAG) != 0
      || out->header.e_ident[EI_CLASS] != ELFCLASS64
      || out->header.e_ident[EI_DATA] != ELFDATA2LSB)
    return kd_fail (KD_CORRUPT, "%s: no 64-bit little-endian ELF file", path);
  return KD_OK;
}

void
kd_elf_file_close (struct kd_elf_file *f)
{
  if (f->data)
    munmap ((void *)(uintptr_t)f->data, f->size);
  *f = (struct kd_elf_file){ 0 };
}

bool
kd_elf_file_part (const struct kd_elf_file *f, uint64_t offset, uint64_t size,
                  struct kd_cursor *out)
{
  if (offset > f->size || size > f->size - offset)
    return false;
  kd_cursor_init (out, f->data + offset, (size_t)size, offset, "section");
  return true;
}

/* Element I of the table of ENTRY-byte elements at OFFSET.  */
static bool
element (const struct kd_elf_file *f, uint64_t offset, unsigned entry,
         unsigned i, void *out, size_t size)
{
  struct kd_cursor c;
  uint64_t at = (uint64_t)i * entry;

  if (entry < size || offset > UINT64_MAX - at
      || !kd_elf_file_part (f, offset + at, size, &c))
    return false;
  memcpy (out, c.data, size);
  return true;
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
kd_elf_file_section (const struct kd_elf_file *f, const char *name,
                     Elf64_Shdr *out)
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
