/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a kernel lays out its virtual memory: what an architecture is told and
   what it finds out. */
#ifndef KD_ARCH_LAYOUT_H
#define KD_ARCH_LAYOUT_H

#include "arch/arch.h"

/* A run of virtual addresses with a constant offset to physical ones, so
   that no page walk is needed: the direct map, the kernel image.  */
struct kd_linear {
  const char *name; /* "direct map", "kernel image" */
  uint64_t start;   /* virtual */
  uint64_t end;     /* one past the last byte */
  uint64_t phys;    /* physical address of start */
};

#define KD_MAX_LINEAR 4

/* What a dump offers for finding its layout.  Nothing of it is believed
   without a check against the page tables.  */
struct kd_hints {
  void *arg; /* for all functions */
  kd_read_phys_fn *read;
  /* VMCOREINFO's NUMBER(NAME), SYMBOL(NAME) and KEY=HEX; false: absent.  */
  bool (*number) (void *arg, const char *name, int64_t *value);
  bool (*symbol) (void *arg, const char *name, uint64_t *value);
  bool (*hex) (void *arg, const char *key, uint64_t *value);
  /* Segment I of the dump's headers; false: no such segment.  */
  bool (*segment) (void *arg, size_t i, uint64_t *vaddr, uint64_t *paddr,
                   uint64_t *size);
  const struct kd_cpu_paging *cpus; /* of QEMU's notes */
  size_t ncpus;
  uint64_t max_paddr; /* one past the highest RAM address */
  /* The symbols are certainly of this dump's kernel: where the page tables
     cannot be read, they are to be believed without.  */
  bool trusted;
};

struct kd_memory_layout {
  struct kd_pgtable kernel_pt; /* root 0: unknown */
  struct kd_linear linear[KD_MAX_LINEAR];
  unsigned nlinear;
  uint64_t kaslr_offset; /* run-time minus link address of kernel symbols */
  bool kaslr_known;      /* false: kaslr_offset is a guess from the image's
                            place, to be checked with the symbols */
  uint64_t phys_base;    /* physical minus virtual address in the kernel
                            image, plus the image map's virtual start */
  uint64_t page_offset;  /* virtual start of the direct map, 0 unknown */
  bool tables_missing;   /* the page tables cannot be read (the thread's error
                            text says why): the linear regions are all */
};

#endif
