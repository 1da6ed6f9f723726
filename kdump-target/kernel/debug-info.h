/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which unit of debug info an address belongs to: vmlinux's, moved by KASLR,
   or a module's, whose sections lie where the kernel put them. */
#ifndef KD_KERNEL_DEBUG_INFO_H
#define KD_KERNEL_DEBUG_INFO_H

#include "kernel/kernel.h"

#include <elfutils/libdw.h>

struct kd_debug_info;

/* K is borrowed.  Reads nothing yet.  */
enum kd_status kd_debug_info_create (struct kd_kernel *k,
                                     struct kd_debug_info **out) KD_MUST_CHECK;
void kd_debug_info_destroy (struct kd_debug_info *info);

/* The unit with code at run-time address PC, and PC as the unit has it.
   KD_NOT_FOUND, or KD_CORRUPT with libdw's words.  */
enum kd_status kd_debug_info_unit (struct kd_debug_info *info, uint64_t pc,
                                   Dwarf_Die *cu, uint64_t *at) KD_MUST_CHECK;

#endif
