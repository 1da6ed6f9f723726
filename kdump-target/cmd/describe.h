/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for what the engine knows, shared by commands and the GDB server. */
#ifndef KD_CMD_DESCRIBE_H
#define KD_CMD_DESCRIBE_H

#include "kernel/kernel.h"

/* "panic", "idle", "offline", "not present", "busy", or two of them joined
   by ", "; appended to OUT.  */
void kd_describe_cpu_state (const struct kd_cpu *cpu, struct kd_strbuf *out);

/* "dump note", "crash_notes", "QEMU note", "none".  */
const char *kd_describe_regs_source (enum kd_regs_source source);

/* "its note", "the dump's memory", "a file".  */
const char *kd_describe_vmcoreinfo (const struct kd_kernel *k);

/* "kdump-compressed v6, zlib pages, partial (...)": all that the dump file
   says of itself but its name; appended to OUT.  */
void kd_describe_dump_kind (const struct kd_dump_info *info,
                            struct kd_strbuf *out);

/* Kinds of pages makedumpfile -d LEVEL leaves out; appended to OUT.  */
void kd_describe_dump_level (int level, struct kd_strbuf *out);

/* BYTES as "16.2 MiB"; appended to OUT.  */
void kd_describe_size (uint64_t bytes, struct kd_strbuf *out);

/* Does vmlinux (or the dump's symbols) keep per-CPU variables in a section
   that starts at zero?  Kernels before 6.15 or so do on x86-64.  */
bool kd_describe_percpu_zero_based (const struct kd_kernel *k);

#endif
