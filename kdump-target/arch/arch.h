/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What differs between processors: registers, page tables, stacks.  An
   architecture is one file and one row of arch.def. */
#ifndef KD_ARCH_ARCH_H
#define KD_ARCH_ARCH_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

#define KD_MAX_REGS 48

/* One register, in GDB's order for the architecture.  Everything about a
   register is written here once; target XML, note parsing, pt_regs parsing
   and DWARF numbers follow from it.  */
struct kd_reg {
  const char *name;    /* GDB's */
  const char *type;    /* target description type: "int64", "code_ptr"... */
  const char *feature; /* "org.gnu.gdb.i386.core" */
  unsigned char bits;  /* 32, 64, or 80: wider than 64 never has a value */
  short dwarf;         /* psABI DWARF number, -1 none */
  short prstatus;      /* byte offset in NT_PRSTATUS' pr_reg, -1 none */
  short ptregs; /* byte offset in the kernel's struct pt_regs, -1 none */
  short qemu;   /* byte offset in QEMU's CPU state note, -1 none */
};

/* Register values of one context, by index into the architecture's table.  */
struct kd_regs {
  uint64_t value[KD_MAX_REGS];
  uint64_t valid; /* bit I: value[I] is known */
};

static inline bool
kd_regs_has (const struct kd_regs *r, unsigned i)
{
  return r->valid >> i & 1;
}

static inline void
kd_regs_set (struct kd_regs *r, unsigned i, uint64_t value)
{
  r->value[i] = value;
  r->valid |= UINT64_C (1) << i;
}

/* How arch/ reads physical memory; it knows nothing of dumps.  */
typedef enum kd_status kd_read_phys_fn (void *arg, uint64_t paddr, void *buf,
                                        size_t len);

/* Where page tables begin and how to read them.  */
struct kd_pgtable {
  uint64_t root;     /* physical address of the top table */
  unsigned levels;   /* 3 to 5 */
  uint64_t enc_mask; /* address bits that mean memory encryption (SME C-bit)
                        and are no part of the address; 0 if none */
  kd_read_phys_fn *read;
  void *arg;
};

#define KD_WALK_MAX 5

/* A page walk, level by level, for translation and for `vtop`.  */
struct kd_walk {
  uint64_t vaddr;
  unsigned steps;
  struct {
    const char *level;    /* "PGD", "P4D", ... */
    uint64_t entry_paddr; /* physical address of the entry */
    uint64_t entry;       /* its raw value */
  } step[KD_WALK_MAX];
  uint64_t paddr;     /* of VADDR, valid when KD_OK was returned */
  uint64_t page_size; /* bytes of the leaf page: 4096, 2 MiB, 1 GiB */
  uint64_t entry;     /* the leaf entry */
};

/* What QEMU's CPU state note says of paging, for a dump that says nothing
   else of where its page tables are.  */
struct kd_cpu_paging {
  uint64_t root;    /* physical address of a top table, flags removed */
  unsigned levels;  /* 4 or 5 */
  uint64_t vectors; /* virtual address of the interrupt vectors, 0 none */
};

struct kd_hints;
struct kd_memory_layout;

struct kd_arch {
  const char *name;     /* "x86_64", as uname -m */
  const char *gdb_name; /* "i386:x86-64" for <architecture> */
  uint16_t machine;     /* EM_* */
  unsigned page_shift;  /* of the base page; 0 if the kernel chooses */
  const struct kd_reg *regs;
  unsigned nregs;          /* <= KD_MAX_REGS */
  const char *tdesc_types; /* target description types of the first feature,
                              XML; "" none */
  unsigned reg_pc, reg_sp, reg_fp, reg_flags; /* indices */
  size_t prstatus_reg_offset; /* of pr_reg in struct elf_prstatus, bytes */
  size_t prstatus_pid_offset;
  size_t prstatus_size;
  size_t ptregs_size; /* sizeof (struct pt_regs) */
  size_t qemu_size;   /* of QEMU's CPU state note, the least of its versions */

  /* Is VADDR a canonical kernel-half address?  */
  bool (*is_kernel_address) (uint64_t vaddr);
  /* Translate WALK->vaddr.  KD_NOT_MAPPED with the level and the reason (not
     present, swapped out, reserved bits), or the reader's status.  */
  enum kd_status (*walk) (const struct kd_pgtable *pt, struct kd_walk *walk);
  /* Flags of a page table entry in words, "RW NX G" (vtop).  */
  void (*describe_entry) (uint64_t entry, bool leaf, struct kd_strbuf *out);
  /* Were these registers interrupted in user mode?  */
  bool (*regs_user_mode) (const struct kd_regs *regs);
  /* The kernel keeps the base of a CPU's per-CPU area in a register that
     notes do not hold for kernel mode: put it there.  May be NULL.  */
  void (*set_percpu_base) (struct kd_regs *regs, uint64_t base);
  /* Values in a QEMU CPU note that are the CPU's per-CPU base when it runs
     the kernel, or a user program: up to two in *BASES; returns how many.  May
     be NULL.  */
  size_t (*qemu_percpu_bases) (const struct kd_regs *regs, const void *desc,
                               size_t size, uint64_t bases[2]);
  /* Paging state in a QEMU CPU note of SIZE >= qemu_size bytes.  */
  void (*qemu_paging) (const void *desc, size_t size,
                       struct kd_cpu_paging *out);
  /* Find out the kernel's memory layout from HINTS; see layout.h.  */
  enum kd_status (*find_layout) (const struct kd_hints *hints,
                                 struct kd_memory_layout *out);
};

/* The architecture of an ELF machine number or uname -m; NULL if none.  */
const struct kd_arch *kd_arch_by_machine (uint16_t machine);
const struct kd_arch *kd_arch_by_name (const char *name);

/* Index of register NAME, -1 if there is none.  */
int kd_arch_reg (const struct kd_arch *arch, const char *name);

/* Registers from a pr_reg image, a pt_regs image or a QEMU note body of SIZE
   bytes; registers beyond SIZE stay unknown.  */
void kd_regs_from_prstatus (const struct kd_arch *arch, const void *pr_reg,
                            size_t size, struct kd_regs *out);
void kd_regs_from_ptregs (const struct kd_arch *arch, const void *ptregs,
                          size_t size, struct kd_regs *out);
enum kd_status kd_regs_from_qemu_note (const struct kd_arch *arch,
                                       const void *desc, size_t size,
                                       struct kd_regs *out) KD_MUST_CHECK;

/* GDB's target description for ARCH (with <osabi>none</osabi>), appended to
   OUT.  Format: GDB manual, "Target Description Format".  */
void kd_arch_target_xml (const struct kd_arch *arch, struct kd_strbuf *out);

#endif
