/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing the object file of call frame information. */
#include "frames.h"

#include <elf.h>
#include <string.h>

/* DWARF 5, section 6.4, by name.  */
enum {
  DW_CFA_undefined = 0x07,
  DW_CFA_same_value = 0x08,
  DW_CFA_def_cfa = 0x0c,
  DW_CFA_val_expression = 0x16,
  DW_CFA_offset = 0x80,
  DW_OP_deref = 0x06,
  DW_OP_const1u = 0x08,
  DW_OP_minus = 0x1c,
  DW_OP_lit1 = 0x31,
};

enum { REG_SP = 7, REG_IP = 16, NREGS = 17, REG_FLAGS = 49 };
/* Selectors by their numbers in the psABI.  */
enum { REG_CS = 51, REG_SS = 52 };

/* Offset of DWARF register I in the kernel's pt_regs.  */
static const unsigned char ptregs[NREGS]
  = { 80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128 };
enum { PTREGS_CS = 136, PTREGS_FLAGS = 144, PTREGS_SS = 160, IRET_AT = 128 };

static void
put32 (struct kd_strbuf *sb, uint32_t v)
{
  uint8_t raw[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
                     (uint8_t)(v >> 24) };

  kd_strbuf_add (sb, raw, sizeof raw);
}

static void
put64 (struct kd_strbuf *sb, uint64_t v)
{
  put32 (sb, (uint32_t)v);
  put32 (sb, (uint32_t)(v >> 32));
}

/* Entries have a length in front and end at a multiple of 8.  */
static size_t
begin_entry (struct kd_strbuf *sb)
{
  put32 (sb, 0);
  return sb->len;
}

static void
end_entry (struct kd_strbuf *sb, size_t start)
{
  uint32_t size;

  while ((sb->len - start + 4) % 8)
    kd_strbuf_putc (sb, 0); /* DW_CFA_nop */
  if (sb->failed)
    return;
  size = (uint32_t)(sb->len - start);
  for (int i = 0; i < 4; i++)
    sb->data[start - 4 + (size_t)i] = (char)(uint8_t)(size >> 8 * i);
}

/* A CIE with the CFA at rsp + CFA_OFFSET.  */
static size_t
begin_cie (struct kd_strbuf *sb, bool interrupted, unsigned char cfa_offset,
           size_t *start)
{
  size_t at = sb->len;

  *start = begin_entry (sb);
  put32 (sb, 0xffffffff); /* .debug_frame's mark of a CIE */
  kd_strbuf_putc (sb, 1);
  kd_strbuf_add (sb, interrupted ? "zS" : "z", interrupted ? 3 : 2);
  kd_strbuf_putc (sb, 1); /* code alignment */
  kd_strbuf_putc (sb, 8); /* data alignment */
  kd_strbuf_putc (sb, REG_IP);
  kd_strbuf_putc (sb, 0); /* no augmentation data */
  kd_strbuf_putc (sb, DW_CFA_def_cfa);
  kd_strbuf_putc (sb, REG_SP);
  kd_strbuf_putc (sb, (char)cfa_offset);
  return at;
}

static void
put_fde (struct kd_strbuf *sb, size_t cie, uint64_t start, uint64_t end)
{
  size_t at = begin_entry (sb);

  put32 (sb, (uint32_t)cie);
  put64 (sb, start);
  put64 (sb, end - start);
  kd_strbuf_putc (sb, 0); /* no augmentation data */
  end_entry (sb, at);
}

/* Register REG is saved OFFSET bytes above the CFA.  */
static void
saved_at (struct kd_strbuf *sb, unsigned reg, unsigned offset)
{
  kd_strbuf_putc (sb, (char)(DW_CFA_offset | reg));
  kd_strbuf_putc (sb, (char)(offset / 8));
}

static void
same_value (struct kd_strbuf *sb, unsigned reg)
{
  kd_strbuf_putc (sb, DW_CFA_same_value);
  kd_strbuf_putc (sb, (char)reg);
}

static void
put_regs_entry (struct kd_strbuf *sb, uint64_t pc, bool full)
{
  size_t start;
  size_t cie = begin_cie (sb, true, 0, &start);
  unsigned base = full ? 0 : IRET_AT;

  for (unsigned i = 0; i < NREGS; i++) {
    if (full || i == REG_SP || i == REG_IP)
      saved_at (sb, i, ptregs[i] - base);
    else
      same_value (sb, i);
  }
  saved_at (sb, REG_FLAGS, PTREGS_FLAGS - base);
  saved_at (sb, REG_CS, PTREGS_CS - base);
  saved_at (sb, REG_SS, PTREGS_SS - base);
  end_entry (sb, start);
  put_fde (sb, cie, pc, pc + 8);
}

/* The caller is looked up at its exact pc, and this was a call: so it is given
   the last byte of the call instruction.  */
static void
put_call_entry (struct kd_strbuf *sb)
{
  static const uint8_t pc_rule[]
    = { DW_CFA_val_expression, REG_IP,      6,          DW_OP_const1u, 8,
        DW_OP_minus,           DW_OP_deref, DW_OP_lit1, DW_OP_minus };
  size_t start;
  size_t cie = begin_cie (sb, true, 8, &start);

  for (unsigned i = 0; i < REG_IP; i++)
    if (i != REG_SP)
      same_value (sb, i);
  kd_strbuf_add (sb, pc_rule, sizeof pc_rule);
  end_entry (sb, start);
  put_fde (sb, cie, KD_FRAMES_CALL, KD_FRAMES_CALL + 8);
}

static void
put_last_entries (struct kd_strbuf *sb, const struct kd_info_range *last,
                  size_t n)
{
  size_t start;
  size_t cie = begin_cie (sb, false, 8, &start);

  for (unsigned i = 0; i < REG_IP; i++)
    if (i != REG_SP)
      same_value (sb, i);
  kd_strbuf_putc (sb, DW_CFA_undefined);
  kd_strbuf_putc (sb, REG_IP);
  end_entry (sb, start);
  put_fde (sb, cie, 1, UINT64_C (1) << 56); /* user code, also with LA57 */
  for (size_t i = 0; i < n; i++)
    put_fde (sb, cie, last[i].start, last[i].end);
}

enum { NSECTIONS = 5, HEADERS_SIZE = 64, TEXT_SIZE = 64 };

static const char names[]
  = "\0.text\0.debug_frame\0.symtab\0.strtab\0.shstrtab";

static void
put_section (struct kd_strbuf *sb, const char *name, uint32_t type,
             uint64_t flags, uint64_t addr, uint64_t offset, uint64_t size)
{
  Elf64_Shdr sh = { .sh_type = type,
                    .sh_flags = flags,
                    .sh_addr = addr,
                    .sh_offset = offset,
                    .sh_size = size,
                    .sh_addralign = 1 };

  for (size_t i = 0; *name && i + 1 < sizeof names; i++)
    if (!names[i] && !strcmp (names + i + 1, name))
      sh.sh_name = (Elf64_Word)(i + 1);
  if (type == SHT_SYMTAB) {
    sh.sh_link = NSECTIONS - 1;
    sh.sh_info = 1;
    sh.sh_entsize = sizeof (Elf64_Sym);
  }
  kd_strbuf_add (sb, &sh, sizeof sh);
}

/* Header, .debug_frame, an empty symbol table, names, section headers.  */
static void
put_elf (const struct kd_strbuf *cfi, struct kd_strbuf *sb)
{
  uint64_t cfi_at = HEADERS_SIZE, symtab_at = cfi_at + cfi->len;
  uint64_t names_at = symtab_at + sizeof (Elf64_Sym);
  uint64_t sections_at = (names_at + sizeof names + 7) & ~UINT64_C (7);
  Elf64_Sym none = { 0 };
  Elf64_Ehdr eh = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                                 ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
                    .e_type = ET_EXEC,
                    .e_machine = EM_X86_64,
                    .e_version = EV_CURRENT,
                    .e_shoff = sections_at,
                    .e_ehsize = sizeof (Elf64_Ehdr),
                    .e_shentsize = sizeof (Elf64_Shdr),
                    .e_shnum = NSECTIONS,
                    .e_shstrndx = NSECTIONS - 1 };

  kd_strbuf_add (sb, &eh, sizeof eh);
  kd_strbuf_add (sb, cfi->data, cfi->len);
  kd_strbuf_add (sb, &none, sizeof none);
  kd_strbuf_add (sb, names, sizeof names);
  while (sb->len < sections_at && !sb->failed)
    kd_strbuf_putc (sb, 0);
  put_section (sb, "", SHT_NULL, 0, 0, 0, 0);
  put_section (sb, ".text", SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR,
               KD_FRAMES_BASE, cfi_at, TEXT_SIZE);
  put_section (sb, ".debug_frame", SHT_PROGBITS, 0, 0, cfi_at, cfi->len);
  put_section (sb, ".symtab", SHT_SYMTAB, 0, 0, symtab_at, sizeof (Elf64_Sym));
  put_section (sb, ".shstrtab", SHT_STRTAB, 0, 0, names_at, sizeof names);
}

enum kd_status
kd_frames_build (const struct kd_info_range *last, size_t n,
                 struct kd_strbuf *out)
{
  struct kd_strbuf cfi KD_AUTO_STRBUF = { 0 };

  put_regs_entry (&cfi, KD_FRAMES_REGS, true);
  put_regs_entry (&cfi, KD_FRAMES_IRET, false);
  put_call_entry (&cfi);
  put_last_entries (&cfi, last, n);
  if (!cfi.failed)
    put_elf (&cfi, out);
  if (cfi.failed || out->failed)
    return kd_fail (KD_NOMEM, "out of memory");
  return KD_OK;
}
