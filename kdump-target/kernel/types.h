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
/* --- types as a graph --- */

/* A type by its number, which is its source's own.  0 is void.  */
typedef uint64_t kd_type_id;

enum kd_type_class {
  KD_TYPE_VOID,
  KD_TYPE_INT,
  KD_TYPE_FLOAT,
  KD_TYPE_POINTER,
  KD_TYPE_ARRAY,
  KD_TYPE_STRUCT,
  KD_TYPE_UNION,
  KD_TYPE_ENUM,
  KD_TYPE_FUNCTION,
  KD_TYPE_UNKNOWN, /* only declared, or damaged */
};

/* What a type is, beyond typedefs and qualifiers.  Strings live as long as the
   types.  */
struct kd_type_info {
  enum kd_type_class class;
  kd_type_id id;     /* without typedefs and qualifiers */
  const char *name;  /* its own, "" none */
  const char *alias; /* of the outermost typedef, "" none */
  uint64_t size;     /* bytes; 0 unknown */
  kd_type_id target; /* pointed to, or element; else 0 */
  uint64_t count;    /* elements of an array; 0 flexible */
  bool is_signed, is_char, is_bool;
};

struct kd_type_member {
  const char *name; /* "" for an anonymous struct or union */
  kd_type_id type;
  uint64_t bits;    /* from the start of the struct */
  uint8_t bit_size; /* 0 unless a bit-field */
};

/* The struct, union, typedef or enum called NAME.  KD_NOT_FOUND.  */
enum kd_status kd_types_find (struct kd_types *types, const char *name,
                              kd_type_id *out) KD_MUST_CHECK;
/* What ID is; a damaged type is KD_TYPE_UNKNOWN.  */
void kd_types_info (struct kd_types *types, kd_type_id id,
                    struct kd_type_info *out);
/* Call FN for each member of the struct or union ID, in order, until it
   returns false.  */
void kd_types_members (struct kd_types *types, kd_type_id id,
                       bool (*fn) (void *arg, const struct kd_type_member *m),
                       void *arg);
/* The enumerator of enum ID with VALUE; NULL if it has none.  */
const char *kd_types_enum_name (struct kd_types *types, kd_type_id id,
                                int64_t value);

/* "BTF of vmlinux", "BTF in the dump", "DWARF of FILE", "none".  */
const char *kd_types_source (const struct kd_types *types);

#endif
