/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From physical memory back to the kernel's own virtual addresses. */
#ifndef KD_KERNEL_PHYS_MAP_H
#define KD_KERNEL_PHYS_MAP_H

#include "kernel/kernel.h"

struct kd_phys_map;

/* What maps a physical page, beside the direct map: the kernel's image,
   modules and the stacks of tasks.  Other vmalloc memory is not in it.  Walks
   the page tables of all these once.  K is borrowed; *OUT is the caller's.  */
enum kd_status kd_phys_map_create (struct kd_kernel *k,
                                   struct kd_phys_map **out) KD_MUST_CHECK;
void kd_phys_map_destroy (struct kd_phys_map *map);
KD_DEFINE_GUARD (phys_map, struct kd_phys_map, kd_phys_map_destroy);

/* A kernel virtual address of PADDR: the one it has a name by, else that in
   the direct map; 0 if there is none.  *TASK (may be NULL) is the task_struct
   whose stack it is, else 0.  */
uint64_t kd_phys_map_find (const struct kd_phys_map *map, uint64_t paddr,
                           uint64_t *task);

#endif
