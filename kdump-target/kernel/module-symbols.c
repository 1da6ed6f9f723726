/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Symbols of modules, from the tables that the kernel keeps for kallsyms.
   Source: struct mod_kallsyms and kernel/module/kallsyms.c of the kernel. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <elf.h>
#include <string.h>

enum {
  MAX_SYMBOLS = 1 << 18, /* of one module */
  MAX_NAME = 512,        /* KSYM_NAME_LEN since 6.1; 128 before */
  CHUNK = 256,           /* table entries read at a time */
};

/* The tables of one module, in the dump's memory.  */
struct tables {
  uint64_t symtab, count, strtab;
  uint64_t typetab; /* 0: the types are in st_info */
};

static enum kd_status
find_tables (struct kd_kernel *k, const struct kd_module *m,
             struct tables *out)
{
  uint64_t at;
  *out = (struct tables){ 0 };
  enum kd_status st = kd_read_member (k, m->addr, "module.kallsyms", &at);
  if (!st && !at)
    return kd_fail (KD_NOT_FOUND, "it has none");
  if (!st)
    st = kd_read_member (k, at, "mod_kallsyms.symtab", &out->symtab);
  if (!st)
    st = kd_read_member (k, at, "mod_kallsyms.count", &out->count);
  if (!st)
    st = kd_read_member (k, at, "mod_kallsyms.strtab", &out->strtab);
  if (st)
    return st;
  st = kd_read_member (k, at, "mod_kallsyms.typetab", &out->typetab);
  if (out->count > MAX_SYMBOLS)
    return kd_fail (KD_CORRUPT, "%llu symbols",
                    (unsigned long long)out->count);
  return st == KD_NOT_FOUND ? KD_OK : st;
}

static bool
in_module (const struct kd_module *m, uint64_t addr)
{
  for (unsigned i = 0; i < m->nranges; i++)
    if (addr - m->range[i].addr < m->range[i].size)
      return true;
  return false;
}

/* Add the symbol RAW of type TYPE, unless it is none of the module's own.  */
static enum kd_status
add_one (struct kd_kernel *k, struct kd_module *m, const struct tables *t,
         const uint8_t *raw, char type)
{
  char name[MAX_NAME];
  uint32_t st_name = kd_le32 (raw + offsetof (Elf64_Sym, st_name));
  struct kd_symbol sym = {
    .name = name,
    .addr = kd_le64 (raw + offsetof (Elf64_Sym, st_value)),
    .size = kd_le64 (raw + offsetof (Elf64_Sym, st_size)),
    .type = type,
    .module = m->name,
  };
  if (!st_name || !in_module (m, sym.addr))
    return KD_OK;
  enum kd_status st
    = kd_mem_cstr (k->mem, t->strtab + st_name, name, sizeof name);
  if (st)
    return st;
  kd_make_printable (name);
  return *name ? kd_symbols_add (m->symbols, &sym) : KD_OK;
}

static enum kd_status
add_chunk (struct kd_kernel *k, struct kd_module *m, const struct tables *t,
           uint64_t first, size_t n)
{
  uint8_t raw[CHUNK * sizeof (Elf64_Sym)], types[CHUNK];
  enum kd_status st = kd_mem_read (k->mem, KD_KERNEL_SPACE,
                                   t->symtab + first * sizeof (Elf64_Sym), raw,
                                   n * sizeof (Elf64_Sym), NULL);
  if (!st && t->typetab)
    st = kd_mem_read (k->mem, KD_KERNEL_SPACE, t->typetab + first, types, n,
                      NULL);
  for (size_t i = 0; i < n && !st; i++) {
    const uint8_t *sym = raw + i * sizeof (Elf64_Sym);
    uint8_t type = t->typetab ? types[i] : sym[offsetof (Elf64_Sym, st_info)];
    bool letter = (type | 0x20) >= 'a' && (type | 0x20) <= 'z';
    st = add_one (k, m, t, sym, letter ? (char)type : '?');
  }
  return st;
}

/* Symbols in chunks whose memory is lost are not there; the others are.  */
static enum kd_status
load (struct kd_kernel *k, struct kd_module *m)
{
  struct tables t;
  enum kd_status st = kd_symbols_create (&m->symbols), bad = KD_OK;
  if (!st)
    st = find_tables (k, m, &t);
  for (uint64_t i = 0; !st && i < t.count; i += CHUNK) {
    st = add_chunk (k, m, &t, i, t.count - i < CHUNK ? t.count - i : CHUNK);
    if (st && st != KD_NOMEM) {
      bad = st;
      st = KD_OK;
    }
  }
  return st ? st : bad;
}

static struct kd_symbols *
symbols_of (struct kd_kernel *k, struct kd_module *m)
{
  if (!m->symbols && load (k, m))
    kd_kernel_warn (k, "symbols of module %s: %s", m->name, kd_error_text ());
  return m->symbols;
}

bool
kd_kernel_symbol_at (struct kd_kernel *k, uint64_t addr, struct kd_symbol *out)
{
  struct kd_module *m = kd_kernel_module_at (k, addr);
  if (!m)
    return kd_symbols_by_addr (k->symbols, addr, out);
  struct kd_symbols *syms = symbols_of (k, m);
  return syms && kd_symbols_by_addr (syms, addr, out);
}

bool
kd_kernel_symbol_named (struct kd_kernel *k, const char *name,
                        const char *module, struct kd_symbol *out)
{
  if (!module && kd_symbols_by_name (k->symbols, name, NULL, out))
    return true;
  for (size_t i = 0; i < k->nmodules; i++) {
    struct kd_module *m = &k->modules[i];
    if (module && strcmp (module, m->name) != 0)
      continue;
    struct kd_symbols *syms = symbols_of (k, m);
    if (syms && kd_symbols_by_name (syms, name, NULL, out))
      return true;
  }
  return false;
}
