/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ELF64 cores: /proc/vmcore, makedumpfile -E, QEMU dump-guest-memory. */
#include "base/cursor.h"
#include "dump/extents.h"
#include "dump/format.h"
#include "dump/vmcoreinfo.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A PT_LOAD has p_filesz bytes of memory in the file and, when p_memsz is
   larger, RAM behind them that its writer left out.  Where segments overlap,
   the first in the table wins; but what is in the file wins over what is
   left out.

   A page may be covered in part, as firmware's memory maps are not made of
   pages: bytes of such a page that belong to no segment read as zeros.  */

/* Set in e_flags by makedumpfile when it ran out of room.  */
#define DUMP_ELF_INCOMPLETE 1u
/* Extents whose `prio` is this or higher are RAM without content.  */
#define LEFT_OUT (UINT64_C (1) << 62)
/* The same for RAM whose content in the file something else claims too.  */
#define DISPUTED (UINT64_C (1) << 61)

struct elf_dump {
  struct kd_source *src; /* borrowed */
  struct kd_extents map; /* physical addresses to file offsets */
};

struct header {
  uint64_t phoff, shoff;
  uint64_t phnum;
  uint32_t flags;
  uint16_t phentsize;
};

/* Read and check the ELF header.  */
static enum kd_status
read_header (struct kd_dump *dump, struct kd_source *src, struct header *h)
{
  uint8_t raw[sizeof (Elf64_Ehdr)];
  size_t got;
  enum kd_status st = kd_source_read_some (src, 0, raw, sizeof raw, &got);
  if (st)
    return st;
  if (got < EI_NIDENT || memcmp (raw, ELFMAG, SELFMAG) != 0)
    return KD_NOT_MINE;
  bool big = raw[EI_DATA] == ELFDATA2MSB;
  struct kd_cursor c;
  kd_cursor_init (&c, raw, got, 0, "ELF header");
  c.big_endian = big;
  kd_cursor_seek (&c, 16);
  unsigned type = kd_cursor_u16 (&c);
  unsigned machine = kd_cursor_u16 (&c);
  if (type != ET_CORE)
    return KD_NOT_MINE;
  if (raw[EI_CLASS] != ELFCLASS64)
    return kd_fail (KD_UNSUPPORTED,
                    "%s: is a 32-bit ELF dump; only 64-bit kernels are "
                    "supported",
                    src->name);
  kd_cursor_skip (&c, 4 + 8); /* e_version, e_entry */
  h->phoff = kd_cursor_u64 (&c);
  h->shoff = kd_cursor_u64 (&c);
  h->flags = kd_cursor_u32 (&c);
  kd_cursor_skip (&c, 2); /* e_ehsize */
  h->phentsize = kd_cursor_u16 (&c);
  h->phnum = kd_cursor_u16 (&c);
  st = kd_cursor_status (&c);
  if (st)
    return kd_context (st, "%s", src->name);
  dump->info.machine = (uint16_t)machine;
  dump->info.big_endian = big;
  return KD_OK;
}

/* The number of program headers, when it does not fit e_phnum.  Source: ELF
   gABI, PN_XNUM: sh_info of section header 0.  */
static enum kd_status
resolve_phnum (struct kd_dump *dump, struct kd_source *src, struct header *h)
{
  if (h->phnum == PN_XNUM) {
    uint8_t raw[sizeof (Elf64_Shdr)];
    enum kd_status st = kd_source_read (src, h->shoff, raw, sizeof raw);
    if (st)
      return kd_context (st,
                         "%s: the section header that counts its program "
                         "headers",
                         src->name);
    const uint8_t *info = raw + offsetof (Elf64_Shdr, sh_info);
    h->phnum = dump->info.big_endian ? kd_be32 (info) : kd_le32 (info);
  }
  if (h->phentsize != sizeof (Elf64_Phdr))
    return kd_fail (KD_CORRUPT,
                    "%s: ELF header: program headers of %u bytes, not %zu",
                    src->name, h->phentsize, sizeof (Elf64_Phdr));
  if (!kd_source_has (src, h->phoff, h->phnum * sizeof (Elf64_Phdr)))
    return kd_fail (KD_TRUNCATED,
                    "%s: its %" PRIu64 " program headers at 0x%" PRIx64
                    " go beyond its end (0x%" PRIx64 ")",
                    src->name, h->phnum, h->phoff, src->size);
  return KD_OK;
}

static void
take_phdr (struct kd_cursor *c, Elf64_Phdr *ph)
{
  ph->p_type = kd_cursor_u32 (c);
  ph->p_flags = kd_cursor_u32 (c);
  ph->p_offset = kd_cursor_u64 (c);
  ph->p_vaddr = kd_cursor_u64 (c);
  ph->p_paddr = kd_cursor_u64 (c);
  ph->p_filesz = kd_cursor_u64 (c);
  ph->p_memsz = kd_cursor_u64 (c);
  ph->p_align = kd_cursor_u64 (c);
}

static enum kd_status
check_phdr (const struct kd_source *src, const Elf64_Phdr *ph, uint64_t i)
{
  if (ph->p_filesz && ph->p_offset > UINT64_MAX - ph->p_filesz)
    return kd_fail (KD_CORRUPT,
                    "%s: program header %" PRIu64 ": offset 0x%" PRIx64
                    " + size 0x%" PRIx64 " overflows",
                    src->name, i, (uint64_t)ph->p_offset,
                    (uint64_t)ph->p_filesz);
  uint64_t most = ph->p_memsz > ph->p_filesz ? ph->p_memsz : ph->p_filesz;
  if (ph->p_type == PT_LOAD && ph->p_paddr > UINT64_MAX - most)
    return kd_fail (KD_CORRUPT,
                    "%s: program header %" PRIu64
                    ": physical address 0x%" PRIx64 " + size 0x%" PRIx64
                    " overflows",
                    src->name, i, (uint64_t)ph->p_paddr, most);
  return KD_OK;
}

/* Segments without a physical address: /proc/kcore has such.  */
static bool
has_paddr (const Elf64_Phdr *ph)
{
  return ph->p_paddr != UINT64_MAX;
}

/* What is collected from the program headers.  */
struct loads {
  struct kd_extent *v;
  size_t n;
  bool any_paddr;  /* some segment has a physical address but 0 */
  bool any_kernel; /* some segment is mapped in the upper half */
};

static void
add_load (struct kd_dump *dump, struct kd_source *src, const Elf64_Phdr *ph,
          struct loads *l)
{
  uint64_t data = ph->p_filesz;
  uint64_t mem = ph->p_memsz > data ? ph->p_memsz : data;
  l->any_paddr |= ph->p_paddr != 0;
  l->any_kernel |= ph->p_vaddr >> 63 != 0;
  if (mem == 0)
    return;
  if (data)
    l->v[l->n++] = (struct kd_extent){ .start = ph->p_paddr,
                                       .end = ph->p_paddr + data,
                                       .pos = ph->p_offset,
                                       .prio = dump->nsegments };
  if (mem > data) {
    l->v[l->n++] = (struct kd_extent){ .start = ph->p_paddr + data,
                                       .end = ph->p_paddr + mem,
                                       .prio = LEFT_OUT + dump->nsegments };
    dump->info.filtered = true;
  }
  if (data && !kd_source_has (src, ph->p_offset, data))
    dump->info.truncated = true;
  dump->segments[dump->nsegments++] = (struct kd_segment){
    .paddr = ph->p_paddr, .vaddr = ph->p_vaddr, .size = mem
  };
}

/* Go through the program headers at TABLE.  */
static enum kd_status
take_phdrs (struct kd_dump *dump, struct kd_source *src,
            const struct header *h, const uint8_t *table, struct loads *l)
{
  struct kd_cursor c;
  kd_cursor_init (&c, table, h->phnum * sizeof (Elf64_Phdr), h->phoff,
                  "program headers");
  c.big_endian = dump->info.big_endian;
  for (uint64_t i = 0; i < h->phnum; i++) {
    Elf64_Phdr ph;
    take_phdr (&c, &ph);
    if (ph.p_type != PT_LOAD && ph.p_type != PT_NOTE)
      continue;
    enum kd_status st = check_phdr (src, &ph, i);
    if (!st && ph.p_type == PT_NOTE)
      st = kd_dump_load_notes (dump, src, ph.p_offset, ph.p_filesz);
    if (st)
      return st;
    if (ph.p_type == PT_LOAD && has_paddr (&ph))
      add_load (dump, src, &ph, l);
  }
  return KD_OK;
}

static int
by_pos (const void *a, const void *b)
{
  const struct kd_extent *x = a, *y = b;
  if (x->pos != y->pos)
    return x->pos < y->pos ? -1 : 1;
  return x->prio < y->prio ? -1 : x->prio > y->prio;
}

/* Bytes of the file belong to one physical address.  (QEMU's paging option
   gives some to several segments, for as many virtual addresses.)  Mark the
   extents of V where a damaged header claims what is another's, or lies in
   the HEAD first bytes of the file.  */
static bool
find_disputes (struct kd_extent *v, size_t n, uint64_t head)
{
  struct kd_extent *far = NULL; /* that with the highest end so far */
  bool any = false;
  qsort (v, n, sizeof *v, by_pos);
  for (size_t i = 0; i < n; i++) {
    struct kd_extent *x = &v[i];
    if (x->prio >= LEFT_OUT)
      continue;
    uint64_t end = x->pos + (x->end - x->start);
    uint64_t far_end = far ? far->pos + (far->end - far->start) : head;
    bool same = far && far->start - far->pos == x->start - x->pos;
    if (x->pos < far_end && !same) {
      x->prio |= DISPUTED;
      if (far)
        far->prio |= DISPUTED;
      any = true;
    }
    if (!far || end > far_end)
      far = x;
  }
  return any;
}

static enum kd_status
read_phdrs (struct kd_dump *dump, struct kd_source *src,
            const struct header *h, struct loads *l)
{
  size_t n = (size_t)h->phnum;
  uint8_t *table KD_AUTO_FREE = malloc (n * sizeof (Elf64_Phdr) + 1);
  dump->segments = kd_calloc (n, sizeof *dump->segments);
  l->v = kd_calloc (2 * n, sizeof *l->v);
  if (!table || !dump->segments || !l->v)
    return kd_fail (KD_NOMEM, "%s: out of memory for %zu program headers",
                    src->name, n);
  enum kd_status st
    = kd_source_read (src, h->phoff, table, n * sizeof (Elf64_Phdr));
  return st ? st : take_phdrs (dump, src, h, table, l);
}

/* A core of a user program has registers but neither a kernel's words about
   itself nor physical memory.  */
static enum kd_status
check_kernel (const struct kd_dump *dump, const struct kd_source *src,
              const struct loads *l)
{
  bool spoke = kd_dump_find_note (dump, "VMCOREINFO")
               || kd_dump_find_note (dump, "QEMU")
               || kd_dump_find_note (dump, "Xen");
  const struct kd_note *core = kd_dump_find_note (dump, "CORE");
  if (!spoke && core && !l->any_paddr && !l->any_kernel)
    return kd_fail (KD_UNSUPPORTED,
                    "%s: is a core of a user program, not of a kernel; debug "
                    "it with GDB's own core-file command",
                    src->name);
  if (dump->nsegments == 0)
    return kd_fail (KD_CORRUPT,
                    "%s: is an ELF core without any memory (no PT_LOAD "
                    "program header)%s",
                    src->name,
                    src->cut_short ? ", and it was cut short: its headers "
                                     "are written last"
                                   : "");
  return KD_OK;
}

/* Only VMCOREINFO knows the page size.  */
static void
find_page_size (struct kd_dump *dump)
{
  struct kd_vmcoreinfo *vi KD_GUARD (vmcoreinfo) = NULL;
  if (kd_vmcoreinfo_from_note (dump, &vi))
    return;
  const char *size = kd_vmcoreinfo_get (vi, "PAGESIZE");
  if (size)
    dump->info.page_size = (unsigned)strtoul (size, NULL, 10);
}

static void
fill_info (struct kd_dump *dump, const struct elf_dump *e,
           const struct header *h)
{
  struct kd_dump_info *info = &dump->info;
  snprintf (dump->format_text, sizeof dump->format_text, "ELF");
  find_page_size (dump);
  if (info->page_size == 0)
    return; /* refused later */
  uint64_t end = e->map.n ? e->map.v[e->map.n - 1].end : 0;
  info->max_pfn = end / info->page_size + (end % info->page_size != 0);
  info->incomplete = h->flags & DUMP_ELF_INCOMPLETE;
}

static void
elf_close (struct kd_dump *dump)
{
  struct elf_dump *e = dump->priv;
  kd_extents_deinit (&e->map);
  free (e);
}

/* How many pages have content: touched by an extent in the file.  */
static uint64_t
count_present (const struct kd_dump *dump, const struct elf_dump *e)
{
  uint64_t size = dump->info.page_size, count = 0, next = 0;
  for (size_t i = 0; i < e->map.n; i++) {
    const struct kd_extent *x = &e->map.v[i];
    if (x->prio >= DISPUTED || x->pos >= e->src->size)
      continue;
    uint64_t here = e->src->size - x->pos;
    uint64_t end = x->end - x->start < here ? x->end : x->start + here;
    uint64_t first = x->start / size, last = (end - 1) / size;
    if (first < next)
      first = next;
    if (first <= last) {
      count += last - first + 1;
      next = last + 1;
    }
  }
  return count;
}

static enum kd_status
elf_open (struct kd_dump *dump)
{
  struct kd_source *src = dump->src[0];
  struct header h = { 0 };
  enum kd_status st = read_header (dump, src, &h);
  if (st)
    return st;
  if (dump->info.parts > 1)
    return kd_fail (KD_MISMATCH,
                    "%s: is a whole ELF dump, and no part of a split one; "
                    "give one file",
                    src->name);
  struct elf_dump *e = kd_calloc (1, sizeof *e);
  if (!e)
    return kd_fail (KD_NOMEM, "out of memory");
  e->src = src;
  dump->priv = e;
  st = resolve_phnum (dump, src, &h);
  if (st)
    return st;
  struct loads l = { 0 };
  st = read_phdrs (dump, src, &h, &l);
  if (!st)
    st = check_kernel (dump, src, &l);
  if (!st && find_disputes (l.v, l.n, h.phnum * sizeof (Elf64_Phdr)))
    kd_dump_warn (dump,
                  "%s: some of its program headers claim the same bytes of "
                  "the file for different memory; those pages are not read",
                  src->name);
  if (st) {
    free (l.v);
    return st;
  }
  st = kd_extents_init (&e->map, l.v, l.n);
  if (st)
    return kd_context (st, "%s", src->name);
  fill_info (dump, e, &h);
  if (dump->info.page_size)
    dump->info.pages_present = count_present (dump, e);
  return KD_OK;
}

/* How much of a page there is.  */
enum coverage {
  NOT_RAM,  /* no segment touches it */
  OMITTED,  /* some of it was left out of the file */
  CUT_OFF,  /* some of it lies beyond the file's end */
  IN_DOUBT, /* another segment claims the same bytes of the file */
  PRESENT,
};

/* Index of the first extent that ends after ADDR; *HINT, any number, is
   where to look first and becomes the result.  */
static size_t
find_extent (const struct kd_extents *map, uint64_t addr, size_t *hint)
{
  size_t i = *hint;
  for (unsigned tries = 0; tries < 2 && i < map->n; tries++, i++)
    if (map->v[i].end > addr && (i == 0 || map->v[i - 1].end <= addr))
      return *hint = i;
  return *hint = kd_extents_find (map, addr);
}

static enum coverage
page_coverage (const struct elf_dump *e, uint64_t addr, uint64_t size,
               size_t i)
{
  enum coverage found = NOT_RAM;
  for (; i < e->map.n && e->map.v[i].start < addr + size; i++) {
    const struct kd_extent *x = &e->map.v[i];
    uint64_t end = x->end < addr + size ? x->end : addr + size;
    if (x->prio >= LEFT_OUT)
      return OMITTED;
    if (found == NOT_RAM)
      found = PRESENT;
    if (x->prio >= DISPUTED)
      found = IN_DOUBT;
    else if (!kd_source_has (e->src, x->pos, end - x->start))
      found = CUT_OFF;
  }
  return found;
}

static enum kd_status
page_missing (const struct kd_dump *dump, uint64_t pfn, enum coverage why)
{
  char words[KD_PAGE_WORDS];
  kd_page_words (dump, pfn, words, sizeof words);
  switch (why) {
  case OMITTED:
    return kd_fail (KD_EXCLUDED,
                    "%s is not in the dump: its ELF segment is larger in "
                    "memory than in the file, as when it was filtered out",
                    words);
  case CUT_OFF:
    return kd_fail (KD_TRUNCATED,
                    "%s is beyond the end of the file (0x%" PRIx64
                    "): the dump is truncated",
                    words, dump->src[0]->size);
  case IN_DOUBT:
    return kd_fail (KD_CORRUPT,
                    "%s cannot be trusted: its segment and another claim the "
                    "same bytes of the file",
                    words);
  default:
    return kd_fail (KD_NOT_RAM, "%s is not RAM: no segment of the dump has it",
                    words);
  }
}

static enum kd_status
elf_read_page (struct kd_dump *dump, struct kd_reader *r, uint64_t pfn,
               void *buf)
{
  struct elf_dump *e = dump->priv;
  uint64_t size = dump->info.page_size;
  if (pfn >= dump->info.max_pfn)
    return page_missing (dump, pfn, NOT_RAM);
  uint64_t addr = pfn * size;
  size_t i = find_extent (&e->map, addr, &r->hint);
  enum coverage cov = page_coverage (e, addr, size, i);
  if (cov != PRESENT)
    return page_missing (dump, pfn, cov);
  uint64_t at = addr;
  for (; at < addr + size; i++) {
    const struct kd_extent *x = i < e->map.n ? &e->map.v[i] : NULL;
    uint64_t hole = x && x->start < addr + size ? x->start : addr + size;
    if (hole > at) {
      memset ((uint8_t *)buf + (at - addr), 0, hole - at);
      at = hole;
    }
    if (at == addr + size)
      break;
    uint64_t n = (x->end < addr + size ? x->end : addr + size) - at;
    const uint8_t *data;
    enum kd_status st
      = kd_window_get (&r->data, e->src, x->pos + (at - x->start), n, &data);
    if (st)
      return kd_context (st, "page 0x%" PRIx64, pfn);
    memcpy ((uint8_t *)buf + (at - addr), data, n);
    at += n;
  }
  return KD_OK;
}

/* The next page that has an extent, of those with content if PRESENT_ONLY. */
static bool
next_page (struct kd_dump *dump, uint64_t *pfn, bool present_only)
{
  struct elf_dump *e = dump->priv;
  uint64_t size = dump->info.page_size, at = *pfn;
  if (at >= dump->info.max_pfn)
    return false;
  size_t i = kd_extents_find (&e->map, at * size);
  while (i < e->map.n) {
    const struct kd_extent *x = &e->map.v[i];
    if (x->start / size > at)
      at = x->start / size;
    bool dead = x->prio >= DISPUTED || x->pos >= e->src->size
                || (at * size > x->start
                    && !kd_source_has (e->src, x->pos, at * size - x->start));
    if (!present_only
        || (!dead && page_coverage (e, at * size, size, i) == PRESENT)) {
      *pfn = at;
      return true;
    }
    /* On, past this extent if none of its pages can be there.  */
    if (!dead && at < (x->end - 1) / size)
      at++;
    else
      at = (x->end - 1) / size + 1;
    if (at >= dump->info.max_pfn)
      return false;
    i = kd_extents_find (&e->map, at * size);
  }
  return false;
}

static bool
elf_next_present (struct kd_dump *dump, uint64_t *pfn)
{
  return next_page (dump, pfn, true);
}

static bool
elf_next_ram (struct kd_dump *dump, uint64_t *pfn)
{
  return next_page (dump, pfn, false);
}

const struct kd_format kd_format_elf = {
  .name = "ELF",
  .open = elf_open,
  .close = elf_close,
  .read_page = elf_read_page,
  .next_present = elf_next_present,
  .next_ram = elf_next_ram,
};
