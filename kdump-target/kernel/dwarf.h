/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel data types from DWARF, for kernels without BTF. */
#ifndef KD_KERNEL_DWARF_H
#define KD_KERNEL_DWARF_H

#include "kernel/types.h"
#include "kernel/vmlinux.h"

struct kd_dwarf;

/* ELF is borrowed.  Reads the cache of earlier answers for its build-id; no
   DWARF yet.  *OUT is the caller's.  */
enum kd_status kd_dwarf_create (struct kd_elf_file *elf,
                                struct kd_dwarf **out) KD_MUST_CHECK;
/* Writes new answers to the cache; failing that is silent.  */
void kd_dwarf_destroy (struct kd_dwarf *dw);
KD_DEFINE_GUARD (dwarf, struct kd_dwarf, kd_dwarf_destroy);

/* As kd_types_member() and so on.  */
enum kd_status kd_dwarf_member (struct kd_dwarf *dw, const char *type,
                                const char *path,
                                struct kd_member *out) KD_MUST_CHECK;
enum kd_status kd_dwarf_size (struct kd_dwarf *dw, const char *type,
                              uint64_t *out) KD_MUST_CHECK;
enum kd_status kd_dwarf_enumerator (struct kd_dwarf *dw, const char *name,
                                    int64_t *out) KD_MUST_CHECK;

enum kd_status kd_dwarf_find (struct kd_dwarf *dw, const char *name,
                              kd_type_id *out) KD_MUST_CHECK;
void kd_dwarf_info (struct kd_dwarf *dw, kd_type_id id,
                    struct kd_type_info *out);
void kd_dwarf_members (struct kd_dwarf *dw, kd_type_id id,
                       bool (*fn) (void *arg, const struct kd_type_member *m),
                       void *arg);
const char *kd_dwarf_enum_name (struct kd_dwarf *dw, kd_type_id id,
                                int64_t value);

#endif
