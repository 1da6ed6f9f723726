/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ELF file of the kernel's symbols. */
#include "kernel/symbol-file.h"

#include <elf.h>
#include <string.h>

enum { NULL_SECTION, TEXT, DATA, SYMTAB, STRTAB, NAMES, NSECTIONS };

static const char names[] = "\0.text\0.data\0.symtab\0.strtab\0.shstrtab";

struct file {
  struct kd_strbuf symtab, strtab;
  uint64_t text, text_end, data, data_end; /* what symbols are in */
};

static bool
is_code (const struct kd_symbol *sym)
{
  return sym->type == 'T' || sym->type == 't' || sym->type == 'W'
         || sym->type == 'w';
}

static void
stretch (uint64_t *start, uint64_t *end, const struct kd_symbol *sym)
{
  if (sym->addr < *start)
    *start = sym->addr;
  if (sym->addr + sym->size + 1 > *end)
    *end = sym->addr + sym->size + 1;
}

static bool
add_symbol (void *arg, const struct kd_symbol *sym)
{
  struct file *f = arg;
  bool code = is_code (sym);
  bool local = sym->type >= 'a' && sym->type <= 'z';
  Elf64_Sym s = { .st_name = (Elf64_Word)f->strtab.len,
                  .st_shndx = code ? TEXT : DATA,
                  .st_value = sym->addr,
                  .st_size = sym->size };

  s.st_info = ELF64_ST_INFO (local ? STB_LOCAL : STB_GLOBAL,
                             code ? STT_FUNC : STT_OBJECT);
  kd_strbuf_add (&f->symtab, &s, sizeof s);
  kd_strbuf_add (&f->strtab, sym->name, strlen (sym->name) + 1);
  if (code)
    stretch (&f->text, &f->text_end, sym);
  else
    stretch (&f->data, &f->data_end, sym);
  return !f->symtab.failed && !f->strtab.failed;
}

static void
put_section (struct kd_strbuf *out, const char *name, uint32_t type,
             uint64_t flags, uint64_t addr, uint64_t offset, uint64_t size)
{
  size_t at = 0;
  Elf64_Shdr sh = { .sh_type = type,
                    .sh_flags = flags,
                    .sh_addr = addr,
                    .sh_offset = offset,
                    .sh_size = size,
                    .sh_addralign = 1 };

  while (strcmp (names + at, name) != 0)
    at += strlen (names + at) + 1;
  sh.sh_name = (Elf64_Word)at;
  if (type == SHT_SYMTAB) {
    sh.sh_link = STRTAB;
    sh.sh_entsize = sizeof (Elf64_Sym);
    sh.sh_addralign = 8;
    /* Which are local does not matter to a reader of the names alone.  */
    sh.sh_info = 1;
  }
  kd_strbuf_add (out, &sh, sizeof sh);
}

static void
put_file (const struct file *f, uint16_t machine, struct kd_strbuf *out)
{
  uint64_t symtab_at = sizeof (Elf64_Ehdr);
  uint64_t strtab_at = symtab_at + f->symtab.len;
  uint64_t names_at = strtab_at + f->strtab.len;
  uint64_t sections_at = (names_at + sizeof names + 7) & ~UINT64_C (7);
  Elf64_Ehdr eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                                 ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                    .e_type = ET_EXEC,
                    .e_machine = machine,
                    .e_version = EV_CURRENT,
                    .e_shoff = sections_at,
                    .e_ehsize = sizeof (Elf64_Ehdr),
                    .e_shentsize = sizeof (Elf64_Shdr),
                    .e_shnum = NSECTIONS,
                    .e_shstrndx = NAMES };

  kd_strbuf_add (out, &eh, sizeof eh);
  kd_strbuf_add (out, f->symtab.data, f->symtab.len);
  kd_strbuf_add (out, f->strtab.data, f->strtab.len);
  kd_strbuf_add (out, names, sizeof names);
  while (out->len < sections_at && !out->failed)
    kd_strbuf_putc (out, 0);
  put_section (out, "", SHT_NULL, 0, 0, 0, 0);
  put_section (out, ".text", SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, f->text,
               symtab_at, f->text_end - f->text);
  put_section (out, ".data", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, f->data,
               symtab_at, f->data_end - f->data);
  put_section (out, ".symtab", SHT_SYMTAB, 0, 0, symtab_at, f->symtab.len);
  put_section (out, ".strtab", SHT_STRTAB, 0, 0, strtab_at, f->strtab.len);
  put_section (out, ".shstrtab", SHT_STRTAB, 0, 0, names_at, sizeof names);
}

static void
file_deinit (struct file *f)
{
  kd_strbuf_deinit (&f->symtab);
  kd_strbuf_deinit (&f->strtab);
}

enum kd_status
kd_symbol_file (struct kd_kernel *k, struct kd_strbuf *out)
{
  struct file f KD_CLEANUP (file_deinit)
    = { .text = UINT64_MAX, .data = UINT64_MAX };
  Elf64_Sym none = { 0 };
  struct kd_symbol sym;

  kd_strbuf_add (&f.symtab, &none, sizeof none);
  kd_strbuf_putc (&f.strtab, 0);
  kd_symbols_each (k->symbols, add_symbol, &f);
  if (f.text_end <= f.text || f.data_end <= f.data)
    return kd_fail (KD_NOT_FOUND, "the kernel has no symbols");
  for (size_t i = 0; i < k->nmodules; i++) {
    /* Asking for one of a module's symbols has them all read.  */
    (void)!kd_kernel_symbol_at (k, k->modules[i].text, &sym);
    if (k->modules[i].symbols)
      kd_symbols_each (k->modules[i].symbols, add_symbol, &f);
  }
  put_file (&f, kd_dump_info (k->dump)->machine, out);
  if (f.symtab.failed || f.strtab.failed || out->failed)
    return kd_fail (KD_NOMEM, "out of memory for symbols");
  return KD_OK;
}
