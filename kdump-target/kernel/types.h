/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel data types: BTF where there is some, DWARF where there is not. */
#ifndef KD_KERNEL_TYPES_H
#define KD_KERNEL_TYPES_H

#include "base/guard.h"
#include "base/status.h"

#include <stdint.h>

struct kd_types;
struct kd_btf;
struct kd_elf_file;

/* Where in an object a member is.  */
struct kd_member {
  uint64_t offset;    /* bytes from the start of the outermost struct */
  uint64_t size;      /* bytes; of the whole array for arrays */
  uint64_t elem_size; /* bytes of one array element; else = size */
  uint64_t count;     /* array elements; 1 if no array; 0 flexible */
  uint8_t bit_offset; /* of a bit-field, from OFFSET, else 0 */
  uint8_t bit_size;   /* 0 unless a bit-field */
};

/* BTF (taken over, also on failure; may be NULL) is asked first; SOURCE says
   where it is from and is copied.  Without it the DWARF of ELF is searched
   (borrowed; may be NULL), which is slow for what is not there, so answers
   are kept in the user's cache directory.  *OUT is the caller's.  */
enum kd_status kd_types_create (struct kd_btf *btf, const char *source,
                                struct kd_elf_file *elf,
                                struct kd_types **out) KD_MUST_CHECK;
void kd_types_destroy (struct kd_types *types);
KD_DEFINE_GUARD (types, struct kd_types, kd_types_destroy);

/* TYPE is a struct, union or typedef name without keyword; PATH may have
   dots and go through anonymous members.  KD_NOT_FOUND names what is
   missing.  */
enum kd_status kd_types_member (struct kd_types *types, const char *type,
                                const char *path,
                                struct kd_member *out) KD_MUST_CHECK;
/* Size in bytes.  */
enum kd_status kd_types_size (struct kd_types *types, const char *type,
                              uint64_t *out) KD_MUST_CHECK;
/* Value of an enumerator of any enum.  */
enum kd_status kd_types_enumerator (struct kd_types *types, const char *name,
                                    int64_t *out) KD_MUST_CHECK;
/* "BTF of vmlinux", "BTF in the dump", "DWARF of FILE", "none".  */
const char *kd_types_source (const struct kd_types *types);

#endif
