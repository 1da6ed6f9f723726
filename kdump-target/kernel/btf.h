/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BTF, the kernel's compact type information: a reader of our own.
   Source: Documentation/bpf/btf.rst of the kernel. */
#ifndef KD_KERNEL_BTF_H
#define KD_KERNEL_BTF_H

#include "kernel/types.h"

#include <stddef.h>

struct kd_btf;

/* Check the SIZE bytes at DATA and take them in.  DATA is borrowed; OWNED,
   if not NULL, is free()d with the object, also when this fails.  KD_CORRUPT
   says what is wrong and where; KD_UNSUPPORTED for another byte order or
   version.  *OUT is the caller's.  */
enum kd_status kd_btf_create (const void *data, size_t size, void *owned,
                              struct kd_btf **out) KD_MUST_CHECK;
void kd_btf_destroy (struct kd_btf *btf);
KD_DEFINE_GUARD (btf, struct kd_btf, kd_btf_destroy);

/* As kd_types_member() and so on.  */
enum kd_status kd_btf_member (struct kd_btf *btf, const char *type,
                              const char *path,
                              struct kd_member *out) KD_MUST_CHECK;
enum kd_status kd_btf_size (struct kd_btf *btf, const char *type,
                            uint64_t *out) KD_MUST_CHECK;
enum kd_status kd_btf_enumerator (struct kd_btf *btf, const char *name,
                                  int64_t *out) KD_MUST_CHECK;

enum kd_status kd_btf_find (struct kd_btf *btf, const char *name,
                            kd_type_id *out) KD_MUST_CHECK;
void kd_btf_info (struct kd_btf *btf, kd_type_id id, struct kd_type_info *out);
void kd_btf_members (struct kd_btf *btf, kd_type_id id,
                     bool (*fn) (void *arg, const struct kd_type_member *m),
                     void *arg);
const char *kd_btf_enum_name (struct kd_btf *btf, kd_type_id id,
                              int64_t value);

#endif
