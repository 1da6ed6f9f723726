/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading kernel objects by the logical member names of layout.def.  For
   kernel/, unwind/ and cmd/ alike. */
#ifndef KD_KERNEL_LAYOUT_H
#define KD_KERNEL_LAYOUT_H

#include "kernel/kernel.h"

/* Read a member of the object at ADDR: a pointer, number or bit-field of up
   to 8 bytes, zero-extended.  KD_NOT_FOUND when this kernel has no such
   member; else the status of the memory.  */
enum kd_status kd_read_member (struct kd_kernel *k, uint64_t addr,
                               const char *logical,
                               uint64_t *out) KD_MUST_CHECK;
/* The same, sign-extended from the member's own size.  */
enum kd_status kd_read_signed (struct kd_kernel *k, uint64_t addr,
                               const char *logical,
                               int64_t *out) KD_MUST_CHECK;
/* A string member (char array), printable characters only, terminated.  */
enum kd_status kd_read_member_string (struct kd_kernel *k, uint64_t addr,
                                      const char *logical, char *buf,
                                      size_t size) KD_MUST_CHECK;

/* Does this kernel have the member?  For what not every kernel has.  */
bool kd_has_member (struct kd_kernel *k, const char *logical);

/* All N LOGICAL names in one go: KD_NOT_FOUND names the first that this
   kernel has not.  So a command states its needs before it begins.  */
enum kd_status kd_layout_needs (struct kd_kernel *k,
                                const char *const *logical,
                                size_t n) KD_MUST_CHECK;

/* Replace what is no printable ASCII by '?'.  */
void kd_make_printable (char *s);

#endif
