/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up machine's memory and files for tests of mem/ and kernel/. */
#ifndef KD_KERNEL_SYNTH_H
#define KD_KERNEL_SYNTH_H

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYNTH_RAM (UINT64_C (8) << 20)

/* A machine with 8 MiB of RAM and a kernel of one 2 MiB page.  */
struct synth {
  uint8_t *ram;
  unsigned levels;
  uint64_t enc;         /* encryption bit in page table entries */
  uint64_t page_offset; /* virtual address of physical 0 */
  uint64_t next_table;  /* physical address of the next free page */
  /* ELF core */
  uint8_t notes[8192];
  size_t notes_size;
  uint64_t vaddr; /* p_vaddr of the RAM segment */
};

enum {
  SYNTH_ROOT = 0x300000,  /* physical, in the kernel image */
  SYNTH_IMAGE = 0x200000, /* physical address of the kernel image */
};
#define SYNTH_IMAGE_VA UINT64_C (0xffffffff82000000)
#define SYNTH_SLIDE UINT64_C (0x1000000)
#define SYNTH_VMALLOC UINT64_C (0xffffc90000000000)

__attribute__ ((unused)) static void
synth_poke (struct synth *s, uint64_t paddr, uint64_t value, unsigned bytes)
{
  for (unsigned i = 0; i < bytes; i++)
    s->ram[paddr + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t
synth_peek (const struct synth *s, uint64_t paddr)
{
  uint64_t v = 0;
  for (unsigned i = 8; i-- > 0;)
    v = v << 8 | s->ram[paddr + i];
  return v;
}

/* Map VADDR to PADDR in the tables at ROOT with a leaf at LEVEL (1: 4 KiB). */
__attribute__ ((unused)) static void
synth_map (struct synth *s, uint64_t root, uint64_t vaddr, uint64_t paddr,
           unsigned leaf)
{
  uint64_t table = root;
  for (unsigned level = s->levels; level > leaf; level--) {
    uint64_t at = table + (vaddr >> (12 + 9 * (level - 1)) & 511) * 8;
    uint64_t entry = synth_peek (s, at);
    if (!(entry & 1)) {
      entry = s->next_table | s->enc | 0x67;
      s->next_table += 4096;
      synth_poke (s, at, entry, 8);
    }
    table = entry & UINT64_C (0x000ffffffffff000) & ~s->enc;
  }
  uint64_t at = table + (vaddr >> (12 + 9 * (leaf - 1)) & 511) * 8;
  synth_poke (s, at, paddr | s->enc | (leaf > 1 ? 0xe3 : 0x63), 8);
}

/* The kernel's tables: image, direct map, a vmalloc page at physical
   0x5000.  */
__attribute__ ((unused)) static void
synth_init (struct synth *s, unsigned levels, uint64_t enc)
{
  memset (s, 0, sizeof *s);
  s->ram = calloc (1, SYNTH_RAM);
  s->levels = levels;
  s->enc = enc;
  s->next_table = 0x100000;
  s->page_offset = levels == 5 ? UINT64_C (0xff2a639a40000000)
                               : UINT64_C (0xffff912340000000);
  s->vaddr = s->page_offset;
  synth_map (s, SYNTH_ROOT, SYNTH_IMAGE_VA, SYNTH_IMAGE, 2);
  for (uint64_t at = 0; at < SYNTH_RAM; at += 2 << 20)
    synth_map (s, SYNTH_ROOT, s->page_offset + at, at, 2);
  synth_map (s, SYNTH_ROOT, SYNTH_VMALLOC, 0x5000, 1);
  for (uint64_t at = 0; at < SYNTH_IMAGE / 2; at += 8)
    synth_poke (s, at, UINT64_C (0x1111000000000000) | at, 8);
}

__attribute__ ((unused)) static void
synth_deinit (struct synth *s)
{
  free (s->ram);
}

__attribute__ ((unused)) static void
synth_note (struct synth *s, const char *name, uint32_t type, const void *desc,
            size_t size)
{
  Elf64_Nhdr h = { (uint32_t)strlen (name) + 1, (uint32_t)size, type };
  uint8_t *p = s->notes + s->notes_size;
  memcpy (p, &h, sizeof h);
  memcpy (p + sizeof h, name, h.n_namesz);
  size_t at = sizeof h + ((h.n_namesz + 3) & ~3u);
  memcpy (p + at, desc, size);
  s->notes_size += at + ((size + 3) & ~(size_t)3);
}

__attribute__ ((unused)) static void
synth_vmcoreinfo (struct synth *s, const char *text)
{
  synth_note (s, "VMCOREINFO", 0, text, strlen (text));
}

/* Write the machine as an ELF core to PATH.  */
__attribute__ ((unused)) static void
synth_write (const struct synth *s, const char *path)
{
  FILE *f = fopen (path, "w");
  Elf64_Ehdr eh = { .e_type = ET_CORE,
                    .e_machine = EM_X86_64,
                    .e_version = 1,
                    .e_phoff = 64,
                    .e_ehsize = 64,
                    .e_phentsize = 56,
                    .e_phnum = 2 };
  memcpy (eh.e_ident, ELFMAG "\2\1\1", 7);
  Elf64_Phdr note = { .p_type = PT_NOTE,
                      .p_offset = 4096,
                      .p_filesz = s->notes_size,
                      .p_memsz = s->notes_size };
  Elf64_Phdr load = { .p_type = PT_LOAD,
                      .p_offset = 16384,
                      .p_vaddr = s->vaddr,
                      .p_filesz = SYNTH_RAM,
                      .p_memsz = SYNTH_RAM };
  fwrite (&eh, sizeof eh, 1, f);
  fwrite (&note, sizeof note, 1, f);
  fwrite (&load, sizeof load, 1, f);
  fseek (f, 4096, SEEK_SET);
  fwrite (s->notes, 1, s->notes_size, f);
  fseek (f, 16384, SEEK_SET);
  fwrite (s->ram, 1, SYNTH_RAM, f);
  fclose (f);
}

/* QEMU's CPU state note: kernel registers, CR3, and whether 5 levels.  */
__attribute__ ((unused)) static void
synth_qemu_note (struct synth *s, uint64_t cr3, uint64_t rip, uint64_t gs_base)
{
  uint8_t n[440] = { 1 };
  uint64_t cr0 = 0x80050033, cr4 = s->levels == 5 ? 0x1000 : 0;
  uint32_t size = sizeof n, cs = 0x10;
  memcpy (n + 4, &size, 4);
  memcpy (n + 136, &rip, 8);
  memcpy (n + 152, &cs, 4);
  memcpy (n + 248 + 16, &gs_base, 8);
  memcpy (n + 392, &cr0, 8);
  memcpy (n + 416, &cr3, 8);
  memcpy (n + 424, &cr4, 8);
  synth_note (s, "QEMU", 0, n, sizeof n);
}

#endif
