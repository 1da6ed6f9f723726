/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel symbols by name and by address, at run-time addresses. */
#ifndef KD_KERNEL_SYMBOLS_H
#define KD_KERNEL_SYMBOLS_H

#include "kernel/vmlinux.h"

/* One symbol.  The name is owned by the table.  */
struct kd_symbol {
  const char *name;
  uint64_t addr;      /* run-time address */
  uint64_t size;      /* bytes, 0 unknown */
  char type;          /* as in nm: t T d D b B r R A ... */
  const char *module; /* NULL for the kernel itself */
};

struct kd_symbols;

enum kd_status kd_symbols_create (struct kd_symbols **out) KD_MUST_CHECK;
void kd_symbols_destroy (struct kd_symbols *syms);
KD_DEFINE_GUARD (symbols, struct kd_symbols, kd_symbols_destroy);

/* Add the symbol table of ELF, moved by SLIDE except for absolute and
   zero-based per-CPU ones.  Lazily sorted.  */
enum kd_status kd_symbols_add_elf (struct kd_symbols *syms,
                                   struct kd_elf_file *elf,
                                   uint64_t slide) KD_MUST_CHECK;

/* Add one; NAME and MODULE are copied.  */
enum kd_status kd_symbols_add (struct kd_symbols *syms,
                               const struct kd_symbol *sym) KD_MUST_CHECK;

/* Look up the N NAMES (constants that live as long as SYMS) in one pass, so
   that asking for them needs no index of all names: for a short run, which
   asks for few.  Only before symbols were added with kd_symbols_add().  */
void kd_symbols_prefetch (struct kd_symbols *syms, const char *const *names,
                          size_t n);

/* The symbol called NAME (of MODULE, NULL for any, the kernel first);
   false if there is none.  */
bool kd_symbols_by_name (struct kd_symbols *syms, const char *name,
                         const char *module, struct kd_symbol *out);

/* The code or data symbol that covers ADDR: the nearest at or below it, of
   those at one address a function or object before a label, global before
   local.  False if there is none, or ADDR is beyond its size (when known) or
   beyond the end of its section.  */
bool kd_symbols_by_addr (struct kd_symbols *syms, uint64_t addr,
                         struct kd_symbol *out);

/* Call FN for each symbol that is in memory, in no order, until it returns
   false.  */
void kd_symbols_each (struct kd_symbols *syms,
                      bool (*fn) (void *arg, const struct kd_symbol *sym),
                      void *arg);

#endif
