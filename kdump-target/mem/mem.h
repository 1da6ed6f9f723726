/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Virtual memory of the dumped kernel: arch translation over a dump. */
#ifndef KD_MEM_MEM_H
#define KD_MEM_MEM_H

#include "arch/layout.h"
#include "dump/dump.h"
#include "dump/vmcoreinfo.h"

/* Read-only after kd_mem_create(); shared by threads.  */
struct kd_mem {
  struct kd_dump *dump; /* borrowed */
  const struct kd_arch *arch;
  const struct kd_vmcoreinfo *info; /* borrowed; NULL if the dump has none */
  uint64_t id; /* of this object, never used again: key of TLB entries */
  struct kd_pgtable kernel_pt;
  struct kd_linear linear[KD_MAX_LINEAR];
  unsigned nlinear;
  uint64_t kaslr_offset; /* run-time minus link address of kernel symbols */
  bool kaslr_known;      /* else kaslr_offset is a guess to be checked */
  uint64_t phys_base;    /* physical minus (virtual - __START_KERNEL_map) */
  uint64_t page_offset;  /* virtual start of the direct map, 0 unknown */
  char *why_no_tables;   /* a sentence when the kernel's page tables cannot be
                            read; owned.  Else NULL */
};

/* Which address space: the kernel's, or a process by its page table root
   (physical, as in CR3 without flags).  */
#define KD_KERNEL_SPACE UINT64_C (0)

/* Find out how DUMP's virtual memory is laid out: from VI when not NULL,
   else from the dump's headers, notes (QEMU's CR3) and memory.  Every fact
   is checked against the memory itself before it is believed.  KD_NOT_FOUND
   says what was missing and what the user can give.  Borrows all arguments. */
enum kd_status kd_mem_create (struct kd_dump *dump, const struct kd_arch *arch,
                              const struct kd_vmcoreinfo *vi,
                              struct kd_mem **out) KD_MUST_CHECK;
void kd_mem_destroy (struct kd_mem *mem);
KD_DEFINE_GUARD (mem, struct kd_mem, kd_mem_destroy);

/* The direct map starts at PAGE_OFFSET, which was found out otherwise.  Only
   before anyone else uses MEM.  */
void kd_mem_set_direct_map (struct kd_mem *mem, uint64_t page_offset);

/* Translate; WALK may be NULL.  With a walk asked for, page tables are read
   even where a linear region would do.  */
enum kd_status kd_mem_translate (const struct kd_mem *mem, uint64_t space,
                                 uint64_t vaddr, uint64_t *paddr,
                                 struct kd_walk *walk) KD_MUST_CHECK;

/* Read LEN bytes at VADDR.  The status of the first unreadable page; *DONE
   (may be NULL) says how many bytes before it are good.  */
enum kd_status kd_mem_read (const struct kd_mem *mem, uint64_t space,
                            uint64_t vaddr, void *buf, size_t len,
                            size_t *done) KD_MUST_CHECK;

/* Kernel-space reads of one little- or big-endian number.  */
enum kd_status kd_mem_u8 (const struct kd_mem *mem, uint64_t vaddr,
                          uint8_t *out) KD_MUST_CHECK;
enum kd_status kd_mem_u16 (const struct kd_mem *mem, uint64_t vaddr,
                           uint16_t *out) KD_MUST_CHECK;
enum kd_status kd_mem_u32 (const struct kd_mem *mem, uint64_t vaddr,
                           uint32_t *out) KD_MUST_CHECK;
enum kd_status kd_mem_u64 (const struct kd_mem *mem, uint64_t vaddr,
                           uint64_t *out) KD_MUST_CHECK;

/* Read a zero-terminated string of at most SIZE-1 bytes into BUF; it is
   always terminated.  */
enum kd_status kd_mem_cstr (const struct kd_mem *mem, uint64_t vaddr,
                            char *buf, size_t size) KD_MUST_CHECK;

#endif
