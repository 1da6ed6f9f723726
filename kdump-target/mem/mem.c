/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the dumped kernel's virtual memory. */
#include "mem/mem.h"

#include "base/cursor.h"

#include <string.h>

/* A translation cache per thread, so that no lock is needed.  Entries are
   keyed by the memory object's number, which is never used twice.  */
struct tlb_entry {
  uint64_t mem;   /* kd_mem.id, 0 empty */
  uint64_t space; /* page table root */
  uint64_t page;  /* virtual, of 4 KiB */
  uint64_t paddr; /* of the page */
};

enum { TLB_SIZE = 512, TLB_SHIFT = 12 };
#define TLB_MASK (((uint64_t)1 << TLB_SHIFT) - 1)

static _Thread_local struct tlb_entry tlb[TLB_SIZE];

static struct tlb_entry *
tlb_slot (uint64_t space, uint64_t page)
{
  uint64_t key = (page >> TLB_SHIFT) ^ (space >> TLB_SHIFT << 3);
  return &tlb[(key * UINT64_C (0x9e3779b97f4a7c15)) >> 55];
}
_Static_assert(TLB_SIZE == 1 << (64 - 55), "hash width");

static const struct kd_linear *
find_linear (const struct kd_mem *mem, uint64_t vaddr)
{
  for (unsigned i = 0; i < mem->nlinear; i++)
    if (vaddr >= mem->linear[i].start && vaddr < mem->linear[i].end)
      return &mem->linear[i];
  return NULL;
}

static enum kd_status
walk_tables (const struct kd_mem *mem, uint64_t root, struct kd_walk *walk)
{
  if (!root)
    return kd_fail (KD_NOT_MAPPED,
                    "0x%llx: the kernel's page tables are not known",
                    (unsigned long long)walk->vaddr);
  struct kd_pgtable pt = mem->kernel_pt;
  pt.root = root;
  return mem->arch->walk (&pt, walk);
}

enum kd_status
kd_mem_translate (const struct kd_mem *mem, uint64_t space, uint64_t vaddr,
                  uint64_t *paddr, struct kd_walk *walk)
{
  bool kernel
    = space == KD_KERNEL_SPACE || mem->arch->is_kernel_address (vaddr);
  if (kernel && !walk) {
    const struct kd_linear *lin = find_linear (mem, vaddr);
    if (lin) {
      *paddr = lin->phys + (vaddr - lin->start);
      return KD_OK;
    }
  }
  uint64_t root = kernel ? mem->kernel_pt.root : space;
  struct tlb_entry *slot = tlb_slot (root, vaddr & ~TLB_MASK);
  if (!walk && slot->mem == mem->id && slot->space == root
      && slot->page == (vaddr & ~TLB_MASK)) {
    *paddr = slot->paddr | (vaddr & TLB_MASK);
    return KD_OK;
  }
  struct kd_walk own;
  struct kd_walk *w = walk ? walk : &own;
  memset (w, 0, sizeof *w);
  w->vaddr = vaddr;
  enum kd_status st = walk_tables (mem, root, w);
  if (st)
    return st;
  *paddr = w->paddr;
  *slot = (struct tlb_entry){ mem->id, root, vaddr & ~TLB_MASK,
                              w->paddr & ~TLB_MASK };
  return KD_OK;
}

/* How many of LEN bytes at VADDR one translation covers.  */
static size_t
run_length (const struct kd_mem *mem, uint64_t space, uint64_t vaddr,
            size_t len)
{
  uint64_t run = TLB_MASK + 1 - (vaddr & TLB_MASK);
  const struct kd_linear *lin = NULL;
  if (space == KD_KERNEL_SPACE || mem->arch->is_kernel_address (vaddr))
    lin = find_linear (mem, vaddr);
  if (lin)
    run = lin->end - vaddr;
  return run < len ? (size_t)run : len;
}

enum kd_status
kd_mem_read (const struct kd_mem *mem, uint64_t space, uint64_t vaddr,
             void *buf, size_t len, size_t *done)
{
  size_t good = 0;
  enum kd_status st = KD_OK;
  if (len && vaddr + (len - 1) < vaddr) {
    if (done)
      *done = 0;
    return kd_fail (KD_NOT_MAPPED,
                    "reading %zu bytes at 0x%llx: beyond the end of the "
                    "address space",
                    len, (unsigned long long)vaddr);
  }
  while (good < len) {
    uint64_t at = vaddr + good, paddr;
    size_t run = run_length (mem, space, at, len - good), got = 0;
    st = kd_mem_translate (mem, space, at, &paddr, NULL);
    if (st)
      break;
    st = kd_dump_read (mem->dump, paddr, (uint8_t *)buf + good, run, &got);
    good += st ? got : run;
    if (st) {
      st = kd_context (st, "0x%llx", (unsigned long long)vaddr + good);
      break;
    }
  }
  if (done)
    *done = good;
  return st;
}

enum kd_status
kd_mem_u8 (const struct kd_mem *mem, uint64_t vaddr, uint8_t *out)
{
  return kd_mem_read (mem, KD_KERNEL_SPACE, vaddr, out, 1, NULL);
}

enum kd_status
kd_mem_u16 (const struct kd_mem *mem, uint64_t vaddr, uint16_t *out)
{
  uint8_t raw[2];
  enum kd_status st
    = kd_mem_read (mem, KD_KERNEL_SPACE, vaddr, raw, sizeof raw, NULL);
  if (!st)
    *out = kd_dump_info (mem->dump)->big_endian
             ? __builtin_bswap16 (kd_le16 (raw))
             : kd_le16 (raw);
  return st;
}

enum kd_status
kd_mem_u32 (const struct kd_mem *mem, uint64_t vaddr, uint32_t *out)
{
  uint8_t raw[4];
  enum kd_status st
    = kd_mem_read (mem, KD_KERNEL_SPACE, vaddr, raw, sizeof raw, NULL);
  if (!st)
    *out
      = kd_dump_info (mem->dump)->big_endian ? kd_be32 (raw) : kd_le32 (raw);
  return st;
}

enum kd_status
kd_mem_u64 (const struct kd_mem *mem, uint64_t vaddr, uint64_t *out)
{
  uint8_t raw[8];
  enum kd_status st
    = kd_mem_read (mem, KD_KERNEL_SPACE, vaddr, raw, sizeof raw, NULL);
  if (!st)
    *out
      = kd_dump_info (mem->dump)->big_endian ? kd_be64 (raw) : kd_le64 (raw);
  return st;
}

enum kd_status
kd_mem_cstr (const struct kd_mem *mem, uint64_t vaddr, char *buf, size_t size)
{
  size_t len = 0;
  enum kd_status st = KD_OK;
  while (len + 1 < size) {
    uint64_t at = vaddr + len;
    size_t want = (size_t)(TLB_MASK + 1 - (at & TLB_MASK)), got = 0;
    if (want > size - 1 - len)
      want = size - 1 - len;
    st = kd_mem_read (mem, KD_KERNEL_SPACE, at, buf + len, want, &got);
    size_t n = strnlen (buf + len, got);
    len += n;
    if (n < got) {
      st = KD_OK;
      break;
    }
    if (st)
      break;
  }
  if (size)
    buf[len] = 0;
  return st;
}
