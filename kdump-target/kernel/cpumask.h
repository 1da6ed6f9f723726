/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of CPUs: the kernel's struct cpumask, as an array of one bool for each
   of the dump's CPUs. */
#ifndef KD_KERNEL_CPUMASK_H
#define KD_KERNEL_CPUMASK_H

#include "kernel/kernel.h"

/* The struct cpumask at ADDR; SET has k->ncpus elements.  */
enum kd_status kd_cpumask_read (struct kd_kernel *k, uint64_t addr,
                                bool *set) KD_MUST_CHECK;

/* The cpumask_var_t LOGICAL of the object at ADDR: a pointer to a mask or,
   without CONFIG_CPUMASK_OFFSTACK, the mask itself, which is there if this
   kernel has the row BITS of layout.def ("...affinity.bits").  KD_NOT_FOUND
   also for a null pointer.  */
enum kd_status kd_cpumask_read_var (struct kd_kernel *k, uint64_t addr,
                                    const char *logical, const char *bits,
                                    bool *set) KD_MUST_CHECK;

/* "0-3,5", "none"; appended to OUT.  */
void kd_cpumask_format (const bool *set, unsigned n, struct kd_strbuf *out);

#endif
