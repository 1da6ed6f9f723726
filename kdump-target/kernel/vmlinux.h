/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel and module ELF files on this machine: identity, search, symbols. */
#ifndef KD_KERNEL_VMLINUX_H
#define KD_KERNEL_VMLINUX_H

#include "base/guard.h"
#include "base/status.h"
#include "base/strbuf.h"

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define KD_BUILD_ID_MAX 64

struct kd_build_id {
  uint8_t bytes[KD_BUILD_ID_MAX];
  size_t size; /* 0: unknown */
};

bool kd_build_id_parse (const char *hex, struct kd_build_id *out);
bool kd_build_id_equal (const struct kd_build_id *a,
                        const struct kd_build_id *b);
void kd_build_id_format (const struct kd_build_id *id, char *buf, size_t size);

/* The GNU build-id among SIZE bytes of ELF notes (little-endian); false if
   there is none.  */
bool kd_build_id_from_notes (const void *notes, size_t size,
                             struct kd_build_id *out);

/* A 64-bit ELF file opened with libelf; libdw is only started when asked for.
   For one thread at a time.  */
struct kd_elf_file;

/* *OUT is the caller's.  Errors name PATH.  */
enum kd_status kd_elf_open (const char *path,
                            struct kd_elf_file **out) KD_MUST_CHECK;
void kd_elf_close (struct kd_elf_file *elf);
KD_DEFINE_GUARD (elf, struct kd_elf_file, kd_elf_close);

const char *kd_elf_path (const struct kd_elf_file *elf);
const struct kd_build_id *kd_elf_build_id (const struct kd_elf_file *elf);
uint16_t kd_elf_machine (const struct kd_elf_file *elf);
bool kd_elf_has_dwarf (const struct kd_elf_file *elf);
/* "Linux version ..." string of a vmlinux; "" if there is none.  */
const char *kd_elf_linux_banner (struct kd_elf_file *elf);

struct kd_elf_section {
  const char *name; /* borrowed from the file */
  uint64_t addr;    /* link address; 0 in a module */
  uint64_t size;    /* bytes */
  uint64_t flags;   /* SHF_* */
  bool nobits;
  bool note; /* SHT_NOTE */
};
size_t kd_elf_section_count (const struct kd_elf_file *elf);
bool kd_elf_section (const struct kd_elf_file *elf, size_t i,
                     struct kd_elf_section *out);
/* Contents of section NAME; KD_NOT_FOUND; borrowed from the file.  */
enum kd_status kd_elf_section_data (struct kd_elf_file *elf, const char *name,
                                    const void **data,
                                    size_t *size) KD_MUST_CHECK;

/* LEN bytes at link address ADDR of an allocated section with contents;
   NULL if there are none.  Borrowed from the file.  */
const void *kd_elf_data_at (const struct kd_elf_file *elf, uint64_t addr,
                            uint64_t len);

/* The symbol table, as in the file (64-bit, this machine's byte order).  All
   borrowed.  */
struct kd_elf_symtab {
  const Elf64_Sym *syms;
  size_t count;
  size_t first_global;   /* symbols before are local */
  const char *strings;   /* zero-terminated as a whole */
  size_t strings_size;   /* bytes */
  const uint32_t *shndx; /* COUNT section indices for SHN_XINDEX, or NULL */
};
/* KD_NOT_FOUND when the file was stripped of it.  */
enum kd_status kd_elf_symtab (struct kd_elf_file *elf,
                              struct kd_elf_symtab *out) KD_MUST_CHECK;

/* The first symbol called NAME that is defined, by a search from end to end;
   NULL if there is none.  */
const Elf64_Sym *kd_elf_find_symbol (struct kd_elf_file *elf,
                                     const char *name);

/* The libdw handle (Dwarf *), started on first use; KD_NOT_FOUND when the
   file has no debug info.  Borrowed.  */
enum kd_status kd_elf_dwarf (struct kd_elf_file *elf,
                             void **dwarf) KD_MUST_CHECK;

/* Where to look for files of a kernel.  Strings are borrowed.  */
struct kd_search {
  const char *beside;       /* directory of the dump, or NULL */
  const char *const *extra; /* directories the user named */
  size_t nextra;
  const char *const *debug_dirs; /* default: /usr/lib/debug */
  size_t ndebug_dirs;
  bool debuginfod; /* ask the user's servers for what is not here */
};

/* Find the vmlinux of BUILD_ID (preferred) or RELEASE: beside the dump,
   debug directories by build-id (.build-id/xx/yyyy.debug) and by name
   (boot/vmlinux-RELEASE, lib/modules/RELEASE/vmlinux), /boot, /lib/modules/
   RELEASE/build, what debuginfod clients have cached, and last their servers.
   Only a file that matches is returned.  KD_NOT_FOUND, with the places
   searched appended to SEARCHED (may be NULL).  *PATH is the caller's to
   free().  */
enum kd_status kd_find_vmlinux (const struct kd_search *search,
                                const struct kd_build_id *build_id,
                                const char *release, char **path,
                                struct kd_strbuf *searched) KD_MUST_CHECK;

/* Module files below directories, listed once when first needed.  */
struct kd_module_index;
struct kd_module_index *kd_module_index_create (void); /* NULL: no memory */
void kd_module_index_destroy (struct kd_module_index *index);
KD_DEFINE_GUARD (module_index, struct kd_module_index,
                 kd_module_index_destroy);

/* Find the debug file of module NAME ('-' and '_' alike) with BUILD_ID; a
   file whose build-id differs is never returned, and when BUILD_ID is unknown
   none that was built for another release.  One with DWARF is preferred.
   *PATH is the caller's to free().  KD_NOT_FOUND says where was looked.  */
enum kd_status kd_find_module (const struct kd_search *search,
                               struct kd_module_index *index, const char *name,
                               const struct kd_build_id *build_id,
                               const char *release, char **path) KD_MUST_CHECK;

#endif
