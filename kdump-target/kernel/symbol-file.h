/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ELF file of the kernel's symbols, for a debugger that has no vmlinux. */
#ifndef KD_KERNEL_SYMBOL_FILE_H
#define KD_KERNEL_SYMBOL_FILE_H

#include "kernel/kernel.h"

/* Make it in OUT, with the symbols of the kernel and of its modules at their
   run-time addresses.  KD_NOT_FOUND without symbols, KD_NOMEM.  */
enum kd_status kd_symbol_file (struct kd_kernel *k,
                               struct kd_strbuf *out) KD_MUST_CHECK;

#endif
