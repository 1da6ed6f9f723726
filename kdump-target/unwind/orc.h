/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ORC, the kernel's own unwind tables (4.14 and later): lookup and one step.
   Depends on base/ only: the GDB plugin links this same code with GDB's
   memory as the reader.  Source: arch/x86/include/asm/orc_types.h and
   arch/x86/kernel/unwind_orc.c of the kernel, all versions since 4.14. */
#ifndef KD_UNWIND_ORC_H
#define KD_UNWIND_ORC_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Encodings that exist; see the design.  They are told apart by evidence,
   kd_orc_detect().  */
enum kd_orc_version {
  KD_ORC_UNKNOWN = 0,
  KD_ORC_V1, /* 4.14: CALL 0, REGS 1, REGS_PARTIAL 2, end bit */
  KD_ORC_V2, /* 6.3: signal bit before the end bit */
  KD_ORC_V3, /* 6.4: UNDEFINED 0, END_OF_STACK 1, CALL 2, REGS 3, ... */
  KD_ORC_V4, /* 7.1: as V3, registers renumbered */
};

enum kd_orc_reg {
  KD_ORC_REG_UNDEFINED,
  KD_ORC_REG_PREV_SP,
  KD_ORC_REG_SP,
  KD_ORC_REG_BP,
  KD_ORC_REG_SP_INDIRECT,
  KD_ORC_REG_BP_INDIRECT,
  KD_ORC_REG_R10,
  KD_ORC_REG_R13,
  KD_ORC_REG_DI,
  KD_ORC_REG_DX,
  KD_ORC_REG_AX, /* version 4 only */
};

enum kd_orc_type {
  KD_ORC_TYPE_UNDEFINED, /* no entry, or the kernel says: cannot unwind */
  KD_ORC_TYPE_END,       /* the outermost frame */
  KD_ORC_TYPE_CALL,
  KD_ORC_TYPE_REGS,         /* sp points at a full pt_regs */
  KD_ORC_TYPE_REGS_PARTIAL, /* at an iret frame: ip, cs, flags, sp, ss */
};

/* One decoded entry, the same for all encodings.  Offsets in bytes.  SIGNAL
   says that the caller's ip is exact, so that it is looked up as it is and
   not at ip - 1; version 1 has no such bit and means register frames.  */
struct kd_orc_entry {
  int16_t sp_offset;
  int16_t bp_offset;
  enum kd_orc_reg sp_reg;
  enum kd_orc_reg bp_reg;
  enum kd_orc_type type;
  bool signal;
};

/* Reads target virtual memory.  */
typedef enum kd_status kd_orc_read_fn (void *arg, uint64_t vaddr, void *buf,
                                       size_t len);

/* One sorted table: vmlinux's, or a module's.  Addresses are run-time ones.
   The entries are read on demand through the reader in a binary search; no
   table is copied.  */
struct kd_orc_table {
  enum kd_orc_version version;
  uint64_t text_start, text_end; /* code it describes, end exclusive */
  uint64_t ip;                   /* of int32_t orc_unwind_ip[count] */
  uint64_t unwind;               /* of struct orc_entry orc_unwind[count] */
  uint32_t count;
};

/* Decode one raw 6-byte entry.  KD_CORRUPT for a register, type or flag that
   VERSION does not define.  */
enum kd_status kd_orc_decode (enum kd_orc_version version,
                              const uint8_t raw[6],
                              struct kd_orc_entry *out) KD_MUST_CHECK;

/* The entry that describes PC: the last one whose ip is not above it.
   KD_NOT_FOUND if PC is outside the table's code, the reader's status, or
   KD_CORRUPT when the table is not sorted round PC.  */
enum kd_status kd_orc_lookup (const struct kd_orc_table *table, uint64_t pc,
                              kd_orc_read_fn *read, void *arg,
                              struct kd_orc_entry *out) KD_MUST_CHECK;

/* The same, not decoded, so that the version does not matter.  */
enum kd_status kd_orc_lookup_raw (const struct kd_orc_table *table,
                                  uint64_t pc, kd_orc_read_fn *read, void *arg,
                                  uint8_t raw[6]) KD_MUST_CHECK;

/* The run-time address that element I (below count) of TABLE's orc_unwind_ip
   stands for.  */
enum kd_status kd_orc_table_ip (const struct kd_orc_table *table, uint32_t i,
                                kd_orc_read_fn *read, void *arg,
                                uint64_t *out) KD_MUST_CHECK;

/* What the kernel's unwinder assumes where there is no entry: a call through
   a null pointer (the return address is on top of the stack), and generated
   code (it has a frame pointer; a guess).  */
extern const struct kd_orc_entry kd_orc_null_entry;
extern const struct kd_orc_entry kd_orc_fp_entry;

/* x86-64 registers by DWARF number (psABI): 0 rax 1 rdx 2 rcx 3 rbx 4 rsi
   5 rdi 6 rbp 7 rsp 8-15 r8-r15 16 rip; here also 17 eflags, 18 cs, 19 ss. */
enum {
  KD_ORC_NREGS = 20,
  KD_DW_BP = 6,
  KD_DW_SP = 7,
  KD_DW_IP = 16,
  KD_DW_FLAGS = 17,
  KD_DW_CS = 18,
  KD_DW_SS = 19
};

struct kd_orc_regs {
  uint64_t value[KD_ORC_NREGS];
  uint32_t valid; /* bit I: value[I] is known */
};

enum kd_orc_kind {
  KD_ORC_CALLER, /* *NEXT is the caller: ip is a return address */
  KD_ORC_REGS,   /* *NEXT was interrupted: ip is exact; see full */
  KD_ORC_END,    /* the outermost frame; *NEXT is untouched */
};

/* The result of one step.  */
struct kd_orc_step {
  enum kd_orc_kind kind;
  struct kd_orc_regs next;
  bool full;        /* KD_ORC_REGS: all of pt_regs, not only the iret frame */
  bool user;        /* KD_ORC_REGS: interrupted in user mode */
  bool indirect;    /* the stack pointer was loaded from memory (IRQ switch).
                       5.8 to 5.11 switch through rbp, which looks like any
                       frame pointer: there only the address tells */
  uint64_t cfa;     /* stack pointer of *NEXT: before the call, or when it was
                       interrupted */
  uint64_t regs_at; /* KD_ORC_REGS: address of pt_regs or the iret frame */
};

/* Step from REGS, a frame whose entry is ENTRY, to its caller.  The register
   rules are the kernel's own.  Errors: the reader's status; KD_NOT_FOUND
   when a needed register is not known; KD_UNSUPPORTED when the entry says
   that the code cannot be unwound; KD_CORRUPT when it makes no sense.  It does
   not judge whether the result is plausible: that needs the stacks, see
   unwind/unwind.h.  */
enum kd_status kd_orc_step (const struct kd_orc_entry *entry,
                            const struct kd_orc_regs *regs,
                            kd_orc_read_fn *read, void *arg,
                            struct kd_orc_step *out) KD_MUST_CHECK;

/* Which encoding a vmlinux table uses.  HEADER is the 20-byte .orc_header
   hash or NULL.  FACTS are what the kernel's types say (enumerators of
   ORC_TYPE_*, members of struct orc_entry).  Falls back on a self-check over
   SAMPLES raw entries: most must be of the first instruction of ordinary C
   functions (sp = SP+8, type CALL), which look alike in versions 1 and 2;
   others (entry code: register frames, the end of the stack) tell these two
   apart.  KD_ORC_UNKNOWN if the evidence does not decide.  */
struct kd_orc_facts {
  const uint8_t *header;              /* 20 bytes or NULL */
  int type_call, type_end, type_regs; /* enumerator values, -1 unknown */
  int has_signal, has_end; /* bit-fields of struct orc_entry, -1 unknown */
  int reg_sp;              /* value of ORC_REG_SP if known, else -1 */
  const uint8_t (*samples)[6];
  size_t nsamples;
};
enum kd_orc_version kd_orc_detect (const struct kd_orc_facts *facts);

/* "ORC v1", ...; "ORC" for KD_ORC_UNKNOWN.  */
const char *kd_orc_version_name (enum kd_orc_version version);

#endif
