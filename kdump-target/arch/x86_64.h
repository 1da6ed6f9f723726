/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of x86-64 share. */
#ifndef KD_ARCH_X86_64_H
#define KD_ARCH_X86_64_H

#include "arch/layout.h"

extern const struct kd_arch kd_arch_x86_64;

enum { KD_X86_64_GS_BASE = 41 }; /* index in the register table */

enum kd_status
kd_x86_64_find_layout (const struct kd_hints *hints,
                       struct kd_memory_layout *out) KD_MUST_CHECK;

#endif
