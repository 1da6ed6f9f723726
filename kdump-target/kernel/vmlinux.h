/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel and module ELF files on this machine: identity, search, symbols. */
#ifndef KD_KERNEL_VMLINUX_H
#define KD_KERNEL_VMLINUX_H

#include "base/guard.h"
#include "base/status.h"
#include "base/strbuf.h"

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

/* An ELF file opened with libelf; libdw is only started when asked for.  */
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
const char *kd_elf_linux_banner (const struct kd_elf_file *elf);

struct kd_elf_section {
  const char *name; /* borrowed from the file */
  uint64_t addr;    /* link address; 0 in a module */
  uint64_t size;    /* bytes */
  uint64_t flags;   /* SHF_* */
  bool nobits;
};
size_t kd_elf_section_count (const struct kd_elf_file *elf);
bool kd_elf_section (const struct kd_elf_file *elf, size_t i,
                     struct kd_elf_section *out);
/* Contents of section NAME; KD_NOT_FOUND; borrowed from the file.  */
enum kd_status kd_elf_section_data (struct kd_elf_file *elf, const char *name,
                                    const void **data,
                                    size_t *size) KD_MUST_CHECK;

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
};

/* Find the vmlinux of BUILD_ID (preferred) or RELEASE: beside the dump,
   debug directories by build-id (.build-id/xx/yyyy.debug) and by name
   (boot/vmlinux-RELEASE, lib/modules/RELEASE/vmlinux), /boot, /lib/modules/
   RELEASE/build.  Only a file that matches is returned.  KD_NOT_FOUND, with
   the places searched appended to SEARCHED (may be NULL).  *PATH is the
   caller's to free().  */
enum kd_status kd_find_vmlinux (const struct kd_search *search,
                                const struct kd_build_id *build_id,
                                const char *release, char **path,
                                struct kd_strbuf *searched) KD_MUST_CHECK;

/* Find the debug file of module NAME ('-' and '_' alike) with BUILD_ID; a
   file whose build-id differs is never returned.  */
enum kd_status kd_find_module (const struct kd_search *search,
                               const char *name,
                               const struct kd_build_id *build_id,
                               const char *release, char **path) KD_MUST_CHECK;

#endif
