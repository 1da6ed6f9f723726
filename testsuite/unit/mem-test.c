/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mem/: finding the memory layout of made-up machines, and reading them. */
#include "mem/mem.h"

#include "kernel-synth.h"
#include "test.h"

static char path[64];

static const char good_info[]
  = "OSRELEASE=6.1.0-synth\nPAGESIZE=4096\n"
    "SYMBOL(swapper_pg_dir)=ffffffff82100000\n"
    "SYMBOL(_stext)=ffffffff82000000\n"
    "NUMBER(phys_base)=-31457280\nKERNELOFFSET=1000000\n";

struct machine {
  struct synth s;
  struct kd_dump *dump;
  struct kd_vmcoreinfo *info;
  struct kd_mem *mem;
};

/* Write, open and look for the layout.  */
static enum kd_status
boot (struct machine *m)
{
  const char *paths[] = { path };
  synth_write (&m->s, path);
  m->dump = NULL;
  m->info = NULL;
  m->mem = NULL;
  enum kd_status st = kd_dump_open (paths, 1, &m->dump);
  if (st)
    return st;
  if (kd_vmcoreinfo_from_note (m->dump, &m->info))
    m->info = NULL;
  return kd_mem_create (m->dump, kd_arch_by_name ("x86_64"), m->info, &m->mem);
}

static void
halt (struct machine *m)
{
  kd_mem_destroy (m->mem);
  kd_vmcoreinfo_destroy (m->info);
  kd_dump_close (m->dump);
  synth_deinit (&m->s);
}

static void
check_layout (const struct machine *m, const char *what)
{
  const struct kd_mem *mem = m->mem;
  is_int (mem->kernel_pt.root, SYNTH_ROOT, "%s: page tables", what);
  is_int (mem->kernel_pt.levels, m->s.levels, "%s: levels", what);
  is_int (mem->page_offset, m->s.page_offset, "%s: page_offset", what);
  is_int (mem->kaslr_offset, SYNTH_SLIDE, "%s: KASLR offset", what);
  is_int (mem->phys_base, -0x1e00000, "%s: phys_base", what);
  is_int (mem->nlinear, 2, "%s: two linear regions", what);
  is_int (mem->linear[0].start, SYNTH_IMAGE_VA, "%s: image begins", what);
  is_int (mem->linear[0].end, SYNTH_IMAGE_VA + (2 << 20), "%s: image ends",
          what);
  is_int (mem->linear[1].end - mem->linear[1].start, SYNTH_RAM,
          "%s: direct map has all RAM", what);
}

static void
test_vmcoreinfo (unsigned levels, uint64_t enc, uint64_t vaddr,
                 const char *more, const char *what)
{
  struct machine m;
  char text[512];
  synth_init (&m.s, levels, enc);
  m.s.vaddr = vaddr ? vaddr : m.s.page_offset;
  snprintf (text, sizeof text, "%s%s", good_info, more);
  synth_vmcoreinfo (&m.s, text);
  if (ok (!boot (&m), "%s: layout is found", what))
    check_layout (&m, what);
  else
    printf ("# %s\n", kd_error_text ());
  halt (&m);
}

static void
test_bad_vmcoreinfo (const char *text, enum kd_status want, const char *words,
                     const char *what)
{
  struct machine m;
  synth_init (&m.s, 4, 0);
  synth_vmcoreinfo (&m.s, text);
  is_int (boot (&m), want, "%s: refused", what);
  ok (strstr (kd_error_text (), words), "%s: %s", what, kd_error_text ());
  halt (&m);
}

/* --- QEMU, no VMCOREINFO --- */

static void
test_qemu (unsigned levels, uint64_t enc, uint64_t cr3, const char *what)
{
  struct machine m;
  synth_init (&m.s, levels, enc);
  m.s.vaddr = 0;
  synth_qemu_note (&m.s, cr3 | (enc ? enc : 0), SYNTH_IMAGE_VA, 0);
  if (ok (!boot (&m), "%s: layout is found", what)) {
    check_layout (&m, what);
    ok (!m.mem->kaslr_known, "%s: the KASLR offset is a guess", what);
  } else {
    printf ("# %s\n", kd_error_text ());
  }
  halt (&m);
}

/* A CPU in user mode under page-table isolation: CR3 has the user's table,
   the kernel's is the page before.  */
static void
test_pti (void)
{
  struct machine m;
  synth_init (&m.s, 4, 0);
  m.s.vaddr = 0;
  /* The user's half maps a trampoline that is not the image.  */
  synth_map (&m.s, SYNTH_ROOT + 4096, UINT64_C (0xfffffe0000000000), 0x6000,
             1);
  synth_qemu_note (&m.s, (SYNTH_ROOT + 4096) | 0x803, 0x401000, 0);
  if (ok (!boot (&m), "PTI: layout is found"))
    check_layout (&m, "PTI");
  halt (&m);
}

static void
test_nothing (void)
{
  struct machine m;
  synth_init (&m.s, 4, 0);
  is_int (boot (&m), KD_NOT_FOUND, "no VMCOREINFO, no QEMU: not found");
  ok (strstr (kd_error_text (), "--vmcoreinfo"), "and what to do: %s",
      kd_error_text ());
  halt (&m);
  synth_init (&m.s, 4, 0);
  synth_qemu_note (&m.s, 0x7000, 0, 0);
  is_int (boot (&m), KD_NOT_FOUND, "a CR3 that maps no kernel: not found");
  halt (&m);
}

/* --- image with a hole; direct map that ends before the RAM --- */

static void
test_image_hole (void)
{
  struct machine m;
  synth_init (&m.s, 4, 0);
  synth_vmcoreinfo (&m.s, good_info);
  /* A second PMD in 4 KiB pages, one of them freed.  */
  for (uint64_t at = 0; at < 2 << 20; at += 4096)
    if (at != 0x5000)
      synth_map (&m.s, SYNTH_ROOT, SYNTH_IMAGE_VA + (2 << 20) + at,
                 SYNTH_IMAGE + (2 << 20) + at, 1);
  ok (!boot (&m), "image with a hole: layout is found");
  is_int (m.mem->linear[0].end, SYNTH_IMAGE_VA + (2 << 20),
          "the linear part ends before the hole");
  uint64_t v;
  is_int (kd_mem_u64 (m.mem, SYNTH_IMAGE_VA + (2 << 20) + 0x5000, &v),
          KD_NOT_MAPPED, "the hole is not mapped");
  ok (!kd_mem_u64 (m.mem, SYNTH_IMAGE_VA + (2 << 20) + 0x4000, &v),
      "what is beside it is");
  halt (&m);
}

static void
test_short_direct_map (void)
{
  struct machine m;
  synth_init (&m.s, 4, 0);
  synth_vmcoreinfo (&m.s, good_info);
  /* Unmap the last 2 MiB: a dump's last addresses may be firmware.  */
  uint64_t table = SYNTH_ROOT, v;
  for (unsigned level = 4; level > 2; level--)
    table
      = synth_peek (
          &m.s, table + (m.s.page_offset >> (12 + 9 * (level - 1)) & 511) * 8)
        & UINT64_C (0x000ffffffffff000);
  uint64_t index = m.s.page_offset >> 21 & 511;
  synth_poke (&m.s, table + (index + 3) * 8, 0, 8);
  ok (!boot (&m), "short direct map: layout is found");
  is_int (m.mem->linear[1].end - m.mem->linear[1].start, 6 << 20,
          "its end is found in the page tables");
  is_int (kd_mem_u64 (m.mem, m.s.page_offset + (7 << 20), &v), KD_NOT_MAPPED,
          "beyond it is not mapped");
  halt (&m);
}

/* --- reading --- */

static void
test_reads (void)
{
  struct machine m;
  uint64_t v, paddr;
  uint32_t u32;
  uint16_t u16;
  uint8_t u8, buf[8192];
  size_t done;
  synth_init (&m.s, 4, 0);
  synth_vmcoreinfo (&m.s, good_info);
  memcpy (m.s.ram + 0x5ff0, "0123456789abcdef", 16);
  memcpy (m.s.ram + SYNTH_IMAGE + 0xffa, "Linux version", 14);
  if (!ok (!boot (&m), "machine for reads"))
    return;
  const struct kd_mem *mem = m.mem;
  ok (!kd_mem_u64 (mem, m.s.page_offset + 0x6008, &v)
        && v == UINT64_C (0x1111000000006008),
      "u64 through the direct map");
  ok (!kd_mem_u32 (mem, m.s.page_offset + 0x6008, &u32) && u32 == 0x6008
        && !kd_mem_u16 (mem, m.s.page_offset + 0x600e, &u16) && u16 == 0x1111
        && !kd_mem_u8 (mem, m.s.page_offset + 0x6009, &u8) && u8 == 0x60,
      "u32, u16, u8");
  ok (!kd_mem_u64 (mem, SYNTH_VMALLOC + 8, &v)
        && v == UINT64_C (0x1111000000005008),
      "vmalloc by page walk");
  ok (!kd_mem_u64 (mem, SYNTH_VMALLOC + 16, &v)
        && v == UINT64_C (0x1111000000005010),
      "and again from the cache");
  is_int (kd_mem_read (mem, 0, SYNTH_VMALLOC + 0xff8, buf, 16, &done),
          KD_NOT_MAPPED, "a read that leaves the mapping fails");
  is_int (done, 8, "and says how much is good");
  ok (!memcmp (buf, "89abcdef", 8), "which is right");
  ok (!kd_mem_read (mem, 0, m.s.page_offset + 0xff0, buf, 8192, &done)
        && done == 8192 && buf[8] == 0xf8,
      "a long read");
  is_int (kd_mem_read (mem, 0, UINT64_MAX - 3, buf, 8, &done), KD_NOT_MAPPED,
          "a read beyond the end of the address space");
  is_int (done, 0, "has nothing");
  char text[64];
  ok (!kd_mem_cstr (mem, SYNTH_IMAGE_VA + 0xffa, text, sizeof text),
      "string across pages");
  is_str (text, "Linux version", "its text");
  ok (!kd_mem_cstr (mem, SYNTH_IMAGE_VA + 0xffa, text, 6)
        && !strcmp (text, "Linux"),
      "a string is cut to its room");
  is_int (kd_mem_cstr (mem, 0xffffc8fffffffff0, text, sizeof text),
          KD_NOT_MAPPED, "string at no mapping");
  is_str (text, "", "is empty");
  is_int (kd_mem_translate (mem, 0, 0x401000, &paddr, NULL), KD_NOT_MAPPED,
          "a user address in the kernel's space");
  struct kd_walk walk;
  ok (!kd_mem_translate (mem, 0, m.s.page_offset + 0x6008, &paddr, &walk)
        && paddr == 0x6008 && walk.steps == 3 && walk.page_size == 2 << 20,
      "with a walk asked for, the tables are read");
  halt (&m);
}

static void
test_user (void)
{
  struct machine m;
  uint64_t v;
  synth_init (&m.s, 4, 0);
  synth_vmcoreinfo (&m.s, good_info);
  synth_map (&m.s, 0x180000, 0x401000, 0x7000, 1);
  synth_map (&m.s, 0x190000, 0x401000, 0x8000, 1);
  ok (!boot (&m), "machine with user tables");
  uint8_t buf[8];
  ok (!kd_mem_read (m.mem, 0x180000, 0x401008, buf, 8, NULL) && buf[1] == 0x70,
      "user address of one process");
  ok (!kd_mem_read (m.mem, 0x190000, 0x401008, buf, 8, NULL) && buf[1] == 0x80,
      "the same address of another");
  ok (!kd_mem_read (m.mem, 0x190000, m.s.page_offset + 0x6008, &v, 8, NULL)
        && v == UINT64_C (0x1111000000006008),
      "kernel addresses are the kernel's in any space");
  halt (&m);
}

/* Two dumps, one address: the translation cache keeps them apart.  */
static void
test_two_dumps (void)
{
  uint64_t a = 0, b = 0;
  for (int i = 0; i < 2; i++) {
    struct machine m;
    synth_init (&m.s, 4, 0);
    synth_vmcoreinfo (&m.s, good_info);
    synth_map (&m.s, SYNTH_ROOT, SYNTH_VMALLOC, i ? 0x9000 : 0x5000, 1);
    ok (!boot (&m) && !kd_mem_u64 (m.mem, SYNTH_VMALLOC, i ? &b : &a),
        "dump %d is read", i);
    halt (&m);
  }
  is_int (a & 0xffff, 0x5000, "first dump");
  is_int (b & 0xffff, 0x9000, "second dump has its own translation");
}

int
main (void)
{
  snprintf (path, sizeof path, "mem-test.%d.core", (int)getpid ());
  test_vmcoreinfo (4, 0, 0, "", "4 levels");
  test_vmcoreinfo (4, 0, 0xdeadbeef, "", "no help from segments");
  test_vmcoreinfo (5, 0, 0, "NUMBER(pgtable_l5_enabled)=1\n", "5 levels");
  test_vmcoreinfo (5, 0, 0, "", "5 levels that VMCOREINFO does not tell");
  test_vmcoreinfo (4, UINT64_C (1) << 47, 0,
                   "NUMBER(sme_mask)=140737488355328\n", "SME");
  test_bad_vmcoreinfo ("OSRELEASE=x\n", KD_NOT_FOUND, "VMCOREINFO",
                       "VMCOREINFO without page tables");
  test_bad_vmcoreinfo ("SYMBOL(swapper_pg_dir)=ffffffff82100000\n"
                       "NUMBER(phys_base)=4096\n",
                       KD_NOT_RAM, "page tables", "wrong phys_base");
  test_bad_vmcoreinfo ("SYMBOL(swapper_pg_dir)=ffffffff82100000\n"
                       "NUMBER(phys_base)=-33550336\n",
                       KD_NOT_MAPPED, "page tables", "phys_base off by 2 MiB");
  test_qemu (4, 0, SYNTH_ROOT | 0x18, "QEMU");
  test_qemu (5, 0, SYNTH_ROOT, "QEMU with 5 levels");
  test_qemu (4, UINT64_C (1) << 51, SYNTH_ROOT, "QEMU with SEV");
  test_pti ();
  test_nothing ();
  test_image_hole ();
  test_short_direct_map ();
  test_reads ();
  test_user ();
  test_two_dumps ();
  unlink (path);
  return test_done ();
}
