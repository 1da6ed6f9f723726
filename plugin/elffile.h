/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As much of an ELF file's structure as the plugin has to know. */
#ifndef KD_PLUGIN_ELFFILE_H
#define KD_PLUGIN_ELFFILE_H

#include "base/cursor.h"
#include "base/guard.h"

#include <elf.h>

/* A 64-bit ELF file of this machine's byte order.  It is read, and not mapped:
   GDB must not die of a file that shrinks.  */
struct kd_elf_file {
  int fd; /* -1 none */
  uint64_t size;
  Elf64_Ehdr header;
  void **parts; /* what was read; owned */
  size_t nparts;
};

/* KD_IO, or KD_CORRUPT if it is no such file.  OUT is the caller's to
   kd_elf_file_close() in any case.  */
enum kd_status kd_elf_file_open (const char *path,
                                 struct kd_elf_file *out) KD_MUST_CHECK;
void kd_elf_file_close (struct kd_elf_file *f);

/* SIZE bytes at OFFSET of the file, which live as long as F; false if they are
   beyond its end or cannot be read.  */
bool kd_elf_file_part (struct kd_elf_file *f, uint64_t offset, uint64_t size,
                       struct kd_cursor *out);

/* Section header or program header I; false if there is none.  */
bool kd_elf_file_section_header (const struct kd_elf_file *f, unsigned i,
                                 Elf64_Shdr *out);
bool kd_elf_file_program_header (const struct kd_elf_file *f, unsigned i,
                                 Elf64_Phdr *out);

/* The section NAME; false if there is none.  */
bool kd_elf_file_section (struct kd_elf_file *f, const char *name,
                          Elf64_Shdr *out);

#endif
