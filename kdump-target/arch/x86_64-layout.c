/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x86-64: finding page tables, kernel image and direct map.
   Source: Documentation/arch/x86/x86_64/mm.rst of the kernel. */
#include "arch/x86_64.h"

#include "base/cursor.h"
#include "base/guard.h"

#include <string.h>

#define GIB (UINT64_C (1) << 30)
#define PMD_SIZE (UINT64_C (1) << 21)

/* __START_KERNEL_map: where the kernel image and modules are.  The image has
   at most 1 GiB (KERNEL_IMAGE_SIZE with KASLR).  */
#define IMAGE_MAP UINT64_C (0xffffffff80000000)
#define IMAGE_MAP_SIZE GIB
/* Link address of _text with the default CONFIG_PHYSICAL_START; only a
   guess to start from when nothing else is known.  */
#define DEFAULT_TEXT UINT64_C (0xffffffff81000000)
/* Kernel half of the address space: 4 and 5 levels.  */
#define KERNEL_HALF_4 UINT64_C (0xffff800000000000)
#define KERNEL_HALF_5 UINT64_C (0xff00000000000000)

/* Where the encryption bit may be (CPUID 0x8000001f): 47 to 51.  */
#define ENC_BITS UINT64_C (0x000f800000000000)

static enum kd_status
translate (const struct kd_pgtable *pt, uint64_t vaddr, uint64_t *paddr)
{
  struct kd_walk walk = { .vaddr = vaddr };
  enum kd_status st = kd_arch_x86_64.walk (pt, &walk);
  if (!st)
    *paddr = walk.paddr;
  return st;
}

static bool
maps_to (const struct kd_pgtable *pt, uint64_t vaddr, uint64_t paddr)
{
  uint64_t got;
  return !translate (pt, vaddr, &got) && got == paddr;
}

/* --- the top page table --- */

static bool
root_symbol (const struct kd_hints *h, uint64_t *vaddr)
{
  static const char *const names[]
    = { "swapper_pg_dir", "init_top_pgt", "init_level4_pgt" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (h->symbol (h->arg, names[i], vaddr) && *vaddr >= IMAGE_MAP)
      return true;
  return false;
}

/* NUMBER(phys_base) is there since 4.10 (401721ecd1dc, "kexec: export the
   value of phys_base instead of symbol address"); else the dump's segment
   that claims to hold the kernel image tells.  */
static bool
find_phys_base (const struct kd_hints *h, uint64_t *phys_base)
{
  int64_t number;
  if (h->number (h->arg, "phys_base", &number)) {
    *phys_base = (uint64_t)number;
    return true;
  }
  uint64_t vaddr, paddr, size;
  for (size_t i = 0; h->segment (h->arg, i, &vaddr, &paddr, &size); i++)
    if (vaddr >= IMAGE_MAP) {
      *phys_base = paddr - (vaddr - IMAGE_MAP);
      return true;
    }
  return false;
}

/* Does the table map itself where the image is?  Tries 5 levels if 4 will
   not do, and encryption masks that a table's own entries suggest.  */
static enum kd_status
check_root (struct kd_pgtable *pt, uint64_t root_vaddr, unsigned said_levels)
{
  enum kd_status first = KD_OK;
  for (int attempt = 0; attempt < 2; attempt++) {
    pt->levels = attempt ? 9 - said_levels : said_levels;
    uint64_t got = 0;
    enum kd_status st = translate (pt, root_vaddr, &got);
    if (!st && got == pt->root)
      return KD_OK;
    if (!st)
      st = kd_fail (KD_CORRUPT, "it maps its own address to physical 0x%llx",
                    (unsigned long long)got);
    if (!first)
      first = st;
  }
  pt->levels = said_levels;
  /* Leave the text of the attempt that VMCOREINFO announces.  */
  uint64_t got = 0;
  if (!translate (pt, root_vaddr, &got))
    kd_fail (first, "it maps its own address to physical 0x%llx",
             (unsigned long long)got);
  return kd_context (first, "page tables of the kernel at physical 0x%llx",
                     (unsigned long long)pt->root);
}

static enum kd_status
root_from_vmcoreinfo (const struct kd_hints *h, struct kd_memory_layout *out)
{
  uint64_t vaddr;
  if (!root_symbol (h, &vaddr) || !find_phys_base (h, &out->phys_base))
    return kd_fail (KD_NOT_FOUND,
                    "VMCOREINFO does not tell where the kernel's page tables "
                    "are (swapper_pg_dir and phys_base)");
  int64_t number = 0;
  unsigned levels = 4;
  if (h->number (h->arg, "pgtable_l5_enabled", &number) && number)
    levels = 5;
  if (h->number (h->arg, "sme_mask", &number))
    out->kernel_pt.enc_mask = (uint64_t)number;
  out->kernel_pt.root = vaddr - IMAGE_MAP + out->phys_base;
  if (out->kernel_pt.root & 0xfff)
    return kd_fail (KD_CORRUPT,
                    "the kernel's page tables at 0x%llx are not page-aligned",
                    (unsigned long long)vaddr);
  if (h->hex (h->arg, "KERNELOFFSET", &out->kaslr_offset))
    out->kaslr_known = true;
  return check_root (&out->kernel_pt, vaddr, levels);
}

/* --- without VMCOREINFO: from a CPU's CR3 --- */

/* The encryption bit in a table: one high bit that all its present entries
   have.  */
static uint64_t
guess_enc_mask (const struct kd_hints *h, uint64_t root)
{
  uint64_t all = ENC_BITS, raw;
  unsigned present = 0;
  for (unsigned i = 256; i < 512; i++) {
    uint8_t bytes[8];
    if (h->read (h->arg, root + i * UINT64_C (8), bytes, sizeof bytes))
      return 0;
    raw = kd_le64 (bytes);
    if (raw & 1) {
      present++;
      all &= raw;
    }
  }
  return present && all && !(all & (all - 1)) ? all : 0;
}

/* First mapped 2 MiB of the image map; false if there is none.  */
static bool
find_image (const struct kd_pgtable *pt, uint64_t *vaddr, uint64_t *paddr)
{
  for (uint64_t at = IMAGE_MAP; at < IMAGE_MAP + IMAGE_MAP_SIZE;
       at += PMD_SIZE)
    if (!translate (pt, at, paddr)) {
      *vaddr = at;
      return true;
    }
  return false;
}

/* With page-table isolation a CPU in user mode has the upper of two tables
   in CR3, which maps little of the kernel: try the lower one first.  */
static bool
try_cpu_root (const struct kd_hints *h, const struct kd_cpu_paging *cpu,
              struct kd_memory_layout *out)
{
  static const uint64_t clear[] = { 0x1000, 0 };
  for (size_t i = 0; i < KD_ARRAY_SIZE (clear); i++) {
    struct kd_pgtable pt = out->kernel_pt;
    pt.root = cpu->root & ~clear[i] & ~UINT64_C (0xfff);
    pt.levels = cpu->levels;
    if (pt.root >= h->max_paddr)
      pt.root &= ~ENC_BITS; /* CR3 has the encryption bit, too */
    pt.enc_mask = guess_enc_mask (h, pt.root);
    uint64_t vaddr, paddr, vectors;
    if (!find_image (&pt, &vaddr, &paddr))
      continue;
    /* The CPU could not have run with tables that do not map its vectors. */
    if (cpu->vectors && translate (&pt, cpu->vectors, &vectors))
      continue;
    out->kernel_pt = pt;
    out->phys_base = paddr - (vaddr - IMAGE_MAP);
    out->kaslr_offset = vaddr - DEFAULT_TEXT;
    out->kaslr_known = false;
    return true;
  }
  return false;
}

static enum kd_status
root_from_cpus (const struct kd_hints *h, struct kd_memory_layout *out)
{
  for (size_t i = 0; i < h->ncpus; i++)
    if (h->cpus[i].root && try_cpu_root (h, &h->cpus[i], out))
      return KD_OK;
  return kd_fail (KD_NOT_FOUND,
                  "the kernel's page tables were not found: the dump has no "
                  "VMCOREINFO%s; give one with --vmcoreinfo FILE",
                  h->ncpus ? ", and no CPU's CR3 maps a kernel"
                           : " and no CPU state of QEMU");
}

/* --- kernel image --- */

/* Are all pages that PMD entry of VADDR covers mapped with DELTA = virtual -
   physical?  */
static bool
pmd_is_linear (const struct kd_pgtable *pt, uint64_t vaddr, uint64_t delta)
{
  struct kd_walk walk = { .vaddr = vaddr };
  if (kd_arch_x86_64.walk (pt, &walk) || vaddr - walk.paddr != delta)
    return false;
  if (walk.page_size >= PMD_SIZE)
    return true;
  uint64_t table = walk.step[walk.steps - 1].entry_paddr & ~UINT64_C (0xfff);
  uint8_t raw[4096];
  if (pt->read (pt->arg, table, raw, sizeof raw))
    return false;
  for (unsigned i = 0; i < 512; i++) {
    uint64_t entry = kd_le64 (raw + (size_t)i * 8);
    uint64_t want = vaddr + i * UINT64_C (4096) - delta;
    if (!(entry & 1)
        || (entry & UINT64_C (0x000ffffffffff000) & ~pt->enc_mask) != want)
      return false;
  }
  return true;
}

/* The run of whole PMDs round text that are linear.  Freed init memory may
   be unmapped inside the image, so the run ends there; what is beyond is
   left to page walks.  */
static void
add_image (const struct kd_hints *h, struct kd_memory_layout *out)
{
  uint64_t text, paddr;
  if (!h->symbol (h->arg, "_stext", &text) || text < IMAGE_MAP) {
    if (!find_image (&out->kernel_pt, &text, &paddr))
      return;
  }
  uint64_t delta = IMAGE_MAP - out->phys_base;
  uint64_t start = text & ~(PMD_SIZE - 1), end = start;
  while (end >= IMAGE_MAP && end - IMAGE_MAP < IMAGE_MAP_SIZE
         && pmd_is_linear (&out->kernel_pt, end, delta))
    end += PMD_SIZE;
  if (end == start)
    return;
  out->linear[out->nlinear++]
    = (struct kd_linear){ "kernel image", start, end, start - delta };
}

/* --- direct map --- */

/* Physical address 0 is mapped at BASE if what is known to be RAM is found
   through it: the page table itself and the kernel image.  */
static bool
check_page_offset (const struct kd_memory_layout *l, uint64_t base)
{
  if (base & (GIB - 1) || !base)
    return false;
  if (!maps_to (&l->kernel_pt, base + l->kernel_pt.root, l->kernel_pt.root))
    return false;
  return !l->nlinear
         || maps_to (&l->kernel_pt, base + l->linear[0].phys,
                     l->linear[0].phys);
}

/* The first mapping at or above *VADDR, by steps as large as the tables say;
   false if there is none below END, or after LIMIT steps.  */
static bool
next_mapped (const struct kd_pgtable *pt, uint64_t *vaddr, uint64_t end,
             unsigned *limit, uint64_t *paddr)
{
  while (*vaddr < end && (*limit)--) {
    struct kd_walk walk = { .vaddr = *vaddr };
    if (!kd_arch_x86_64.walk (pt, &walk)) {
      *paddr = walk.paddr;
      return true;
    }
    unsigned level = pt->levels - (walk.steps ? walk.steps - 1 : 0);
    uint64_t step = UINT64_C (1) << (12 + 9 * (level - 1));
    uint64_t next = (*vaddr | (step - 1)) + 1;
    if (next <= *vaddr)
      return false;
    *vaddr = next;
  }
  return false;
}

/* The direct map is the first part of the kernel half (after the LDT of
   page-table isolation, which is no linear map): look at the first mapping of
   each gigabyte.  */
static bool
scan_page_offset (const struct kd_memory_layout *l, uint64_t *base)
{
  const struct kd_pgtable *pt = &l->kernel_pt;
  uint64_t vaddr = pt->levels == 5 ? KERNEL_HALF_5 : KERNEL_HALF_4, paddr;
  unsigned limit = 20000;
  while (next_mapped (pt, &vaddr, IMAGE_MAP, &limit, &paddr)) {
    if (check_page_offset (l, vaddr - paddr)) {
      *base = vaddr - paddr;
      return true;
    }
    vaddr = (vaddr | (GIB - 1)) + 1;
    if (!vaddr)
      break;
  }
  return false;
}

static bool
find_page_offset (const struct kd_hints *h, const struct kd_memory_layout *l,
                  uint64_t *base)
{
  /* Without KASLR: 4.20 and later, before, and both with five levels
     (d52888aa2753, "x86/mm: Move LDT remap out of KASLR region on 5-level
     paging").  */
  static const uint64_t usual[]
    = { UINT64_C (0xffff888000000000), UINT64_C (0xffff880000000000),
        UINT64_C (0xff11000000000000), UINT64_C (0xff10000000000000) };
  uint64_t vaddr, paddr, size;
  for (size_t i = 0; i < 64 && h->segment (h->arg, i, &vaddr, &paddr, &size);
       i++)
    if (vaddr < IMAGE_MAP && check_page_offset (l, vaddr - paddr)) {
      *base = vaddr - paddr;
      return true;
    }
  for (size_t i = 0; i < KD_ARRAY_SIZE (usual); i++)
    if (check_page_offset (l, usual[i])) {
      *base = usual[i];
      return true;
    }
  return scan_page_offset (l, base);
}

/* One past the highest address below LIMIT (an offset into the direct map) at
   which TABLE of LEVEL, for the virtual addresses from VADDR on, maps
   linearly; 0 if nowhere.  BUDGET bounds the entries read.  */
static uint64_t
last_linear (const struct kd_memory_layout *l, uint64_t table, unsigned level,
             uint64_t vaddr, uint64_t limit, unsigned *budget)
{
  const struct kd_pgtable *pt = &l->kernel_pt;
  uint64_t span = UINT64_C (1) << (12 + 9 * (level - 1));
  for (int i = 511; i >= 0; i--) {
    uint64_t at = vaddr + span * (unsigned)i - l->page_offset, found = 0;
    uint8_t raw[8];
    /* Entries below the direct map have wrapped round to the top.  */
    if (at >= limit && at + span > span)
      continue;
    if (!*budget)
      return 0;
    --*budget;
    if (pt->read (pt->arg, table + (uint64_t)i * 8, raw, sizeof raw)
        || !(raw[0] & 1))
      continue;
    uint64_t entry = kd_le64 (raw);
    uint64_t addr = entry & UINT64_C (0x000ffffffffff000) & ~pt->enc_mask;
    if (level == 1 || raw[0] & 0x80)
      found = (addr & -span) == at ? at + span : 0;
    else
      found = last_linear (l, addr, level - 1, vaddr + span * (unsigned)i,
                           limit, budget);
    if (found)
      return found;
  }
  return 0;
}

/* How far the direct map goes: to the highest address a dump speaks of if
   that is mapped, else to the last that is.  */
static uint64_t
direct_map_size (const struct kd_hints *h, const struct kd_memory_layout *l)
{
  const struct kd_pgtable *pt = &l->kernel_pt;
  uint64_t size = (h->max_paddr + 0xfff) & ~UINT64_C (0xfff);
  uint64_t most = pt->levels == 5 ? UINT64_C (1) << 55 : UINT64_C (1) << 46;
  unsigned budget = 200000;
  if (size > most || !size)
    size = most;
  if (maps_to (pt, l->page_offset + size - 4096, size - 4096))
    return size;
  uint64_t half = pt->levels == 5 ? UINT64_C (0xfe00000000000000)
                                  : UINT64_C (0xffff) << 48;
  size = last_linear (l, pt->root, pt->levels, half, size, &budget);
  return size ? size : pt->root + 4096;
}

/* --- without page tables --- */

/* The end of the image that the symbols of VMCOREINFO and the dump's segments
   tell of.  */
static uint64_t
image_end (const struct kd_hints *h, uint64_t text)
{
  static const char *const names[] = { "swapper_pg_dir",  "init_top_pgt",
                                       "init_level4_pgt", "_stext",
                                       "init_uts_ns",     "node_online_map",
                                       "vmap_area_list",  "mem_section",
                                       "log_buf",         "prb",
                                       "node_data",       "kallsyms_names",
                                       "linux_banner",    "contig_page_data" };
  uint64_t end = text, at, paddr, size;
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (h->symbol (h->arg, names[i], &at) && at > end
        && at - IMAGE_MAP < IMAGE_MAP_SIZE)
      end = at;
  for (size_t i = 0; i < 64 && h->segment (h->arg, i, &at, &paddr, &size); i++)
    if (at >= IMAGE_MAP && at <= text && size < IMAGE_MAP_SIZE
        && at + size > end)
      end = at + size;
  end = (end | (PMD_SIZE - 1)) + 1;
  return end - IMAGE_MAP < IMAGE_MAP_SIZE ? end : IMAGE_MAP + IMAGE_MAP_SIZE;
}

/* The direct map that all segments of an ELF vmcore agree on.  */
static bool
page_offset_of_segments (const struct kd_hints *h, uint64_t *base)
{
  uint64_t vaddr, paddr, size;
  bool found = false;
  for (size_t i = 0; i < 64 && h->segment (h->arg, i, &vaddr, &paddr, &size);
       i++) {
    if (vaddr >= IMAGE_MAP || vaddr < KERNEL_HALF_5)
      continue;
    if (found && *base != vaddr - paddr)
      return false;
    *base = vaddr - paddr;
    found = true;
  }
  return found && !(*base & (GIB - 1));
}

/* A dump that ends before its page tables: what the kernel says of itself in
   VMCOREINFO is enough for its image, and the segments for the direct map. */
static void
layout_without_tables (const struct kd_hints *h, struct kd_memory_layout *out)
{
  uint64_t text, end;
  out->tables_missing = true;
  if (h->symbol (h->arg, "_stext", &text) && text >= IMAGE_MAP
      && text - IMAGE_MAP < IMAGE_MAP_SIZE) {
    text &= ~(PMD_SIZE - 1);
    end = image_end (h, text);
    out->linear[out->nlinear++]
      = (struct kd_linear){ "kernel image", text, end,
                            text - IMAGE_MAP + out->phys_base };
  }
  if (page_offset_of_segments (h, &out->page_offset))
    out->linear[out->nlinear++] = (struct kd_linear){
      "direct map", out->page_offset,
      out->page_offset + ((h->max_paddr + 0xfff) & ~UINT64_C (0xfff)), 0
    };
}

enum kd_status
kd_x86_64_find_layout (const struct kd_hints *h, struct kd_memory_layout *out)
{
  memset (out, 0, sizeof *out);
  out->kernel_pt.read = h->read;
  out->kernel_pt.arg = h->arg;
  uint64_t symbol;
  enum kd_status st = root_symbol (h, &symbol) ? root_from_vmcoreinfo (h, out)
                                               : root_from_cpus (h, out);
  if (h->trusted && (st == KD_TRUNCATED || st == KD_EXCLUDED)) {
    layout_without_tables (h, out);
    return KD_OK;
  }
  if (st)
    return st;
  add_image (h, out);
  if (find_page_offset (h, out, &out->page_offset))
    out->linear[out->nlinear++]
      = (struct kd_linear){ "direct map", out->page_offset,
                            out->page_offset + direct_map_size (h, out), 0 };
  return KD_OK;
}
