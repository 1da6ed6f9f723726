/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kallsyms: the symbol table that the kernel has in its own memory.
   Source: scripts/kallsyms.c and kernel/kallsyms.c of the kernel. */
#ifndef KD_KERNEL_KALLSYMS_H
#define KD_KERNEL_KALLSYMS_H

#include "kernel/symbols.h"

#include <stddef.h>

/* How the address of a symbol is written.  */
enum kd_kallsyms_form {
  KD_KALLSYMS_ABSOLUTE,        /* 64-bit addresses: CONFIG_KALLSYMS_BASE_
                                  RELATIVE is not set */
  KD_KALLSYMS_RELATIVE,        /* 32-bit offsets from relative_base */
  KD_KALLSYMS_ABSOLUTE_PERCPU, /* the same if negative, else the address of a
                                  per-CPU variable (2213e9a66bb8, 4.6, to 6.14)
                                */
  KD_KALLSYMS_PLACE,           /* 32-bit offsets from where they are */
};

/* Where the tables are, run-time addresses.  */
struct kd_kallsyms {
  uint32_t count;       /* kallsyms_num_syms */
  uint64_t names;       /* compressed */
  uint64_t token_table; /* 256 strings */
  uint64_t token_index; /* 256 u16, where each begins */
  uint64_t addresses;   /* kallsyms_addresses or kallsyms_offsets */
  uint64_t base;        /* value of kallsyms_relative_base */
  enum kd_kallsyms_form form;
};

/* How the tables' memory is read: LEN bytes at ADDR; a failure's text says
   why not.  */
typedef enum kd_status kd_kallsyms_read_fn (void *arg, uint64_t addr,
                                            void *buf, size_t len);

/* Find the tables in the SIZE bytes at IMAGE, a copy of the kernel's image
   from the address START on (what could not be read is zero).  STEXT is the
   address of _stext, 0 if unknown.  Only tables that agree with each other in
   all that is known of them are taken.  KD_NOT_FOUND.  */
enum kd_status kd_kallsyms_scan (const uint8_t *image, size_t size,
                                 uint64_t start, uint64_t stext,
                                 struct kd_kallsyms *out) KD_MUST_CHECK;

/* Of tables whose addresses are known but for their form (and base, when there
   is one at BASE_AT, not 0), find it.  KD_CORRUPT if none makes sense.  */
enum kd_status kd_kallsyms_find_form (struct kd_kallsyms *ks, uint64_t base_at,
                                      uint64_t stext,
                                      kd_kallsyms_read_fn *read,
                                      void *arg) KD_MUST_CHECK;

/* Add all symbols to SYMS, each as large as the way to the next.  A damaged
   table gives what comes before the damage, and KD_CORRUPT.  *COUNT is how
   many were added.  */
enum kd_status kd_kallsyms_add (const struct kd_kallsyms *ks,
                                kd_kallsyms_read_fn *read, void *arg,
                                struct kd_symbols *syms,
                                size_t *count) KD_MUST_CHECK;

#endif
