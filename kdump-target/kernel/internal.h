/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of kernel/ share among themselves. */
#ifndef KD_KERNEL_INTERNAL_H
#define KD_KERNEL_INTERNAL_H

#include "kernel/kernel.h"
#include "kernel/layout.h"

/* More CPUs than any kernel is built for (NR_CPUS).  */
enum { KD_MAX_CPUS = 65536 };

struct kd_layout_slot {
  enum kd_status status;
  bool asked;
  struct kd_member member;
};

struct kd_kernel_private {
  struct kd_layout_slot *layouts; /* by row group of layout.def */
  struct kd_module_index *module_index;
  struct kd_task_store *tasks;       /* NULL until kd_tasks() */
  bool states_checked, other_states; /* of tasks; see task-state.c */
  bool text_known;
  uint64_t text_start, text_end;
  char **search_strings; /* copies that kernel.search points at */
  size_t nsearch_strings;
  const char **extra, **debug_dirs; /* kernel.search's lists */
};

/* identify.c: which kernel is it, and does a vmlinux belong to it?  */
void kd_identify_dump (struct kd_kernel *k);
/* Open PATH as k->vmlinux with its symbols if it is the dump's, or FORCE. */
enum kd_status kd_take_vmlinux (struct kd_kernel *k, const char *path,
                                bool force) KD_MUST_CHECK;

/* kallsyms-dump.c: symbols for a kernel without vmlinux; failing that is a
   warning.  */
void kd_take_kallsyms (struct kd_kernel *k);

/* cpus.c, registers.c, panic.c, modules.c: fill in the kernel's parts.  What
   is missing is a warning.  */
enum kd_status kd_find_cpus (struct kd_kernel *k) KD_MUST_CHECK;
void kd_find_registers (struct kd_kernel *k);
void kd_find_panic_message (struct kd_kernel *k);
enum kd_status kd_find_modules (struct kd_kernel *k) KD_MUST_CHECK;
void kd_modules_destroy (struct kd_kernel *k);

void kd_layout_destroy (struct kd_kernel *k);
void kd_tasks_destroy (struct kd_kernel *k);

#endif
