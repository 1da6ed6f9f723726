/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory areas of a process. */
#include "kernel/files.h"

#include "kernel/damage.h"
#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/maple.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_VMAS = 1 << 22 };

struct walk {
  struct kd_kernel *k;
  uint64_t start_brk, brk, start_stack; /* of the mm_struct, 0 unknown */
  uint64_t special; /* the vm_operations of [vdso] and its like */
  uint64_t next;    /* offset of vm_next; without a maple tree */
  unsigned page_size;
  kd_vma_fn *fn;
  void *arg;
  struct kd_damage damage;
};

/* The string in another object, as "[anon:NAME]" or as it is.  */
static void
name_from (struct walk *w, uint64_t addr, const char *logical,
           const char *format, struct kd_vma *vma)
{
  char name[64] = "";
  struct kd_member m;
  uint64_t at = addr;
  if (kd_layout (w->k, logical, &m))
    return;
  if (m.count == 1 && m.size == 8) { /* a pointer, no array */
    if (kd_mem_u64 (w->k->mem, addr + m.offset, &at))
      return;
  } else {
    at += m.offset;
  }
  if (kd_mem_cstr (w->k->mem, at, name, sizeof name))
    return;
  kd_make_printable (name);
  snprintf (vma->name, sizeof vma->name, format, name);
}

/* As get_vma_name() of fs/proc/task_mmu.c, for what has no file.  */
static void
find_name (struct walk *w, struct kd_vma *vma)
{
  uint64_t ops, object;
  if (vma->file)
    return;
  if (w->special && !kd_read_member (w->k, vma->addr, "vma.ops", &ops)
      && ops == w->special
      && !kd_read_member (w->k, vma->addr, "vma.private", &object))
    name_from (w, object, "special_mapping.name", "%s", vma);
  else if (vma->start < w->brk && vma->end > w->start_brk)
    snprintf (vma->name, sizeof vma->name, "[heap]");
  else if (vma->start <= w->start_stack && vma->end >= w->start_stack)
    snprintf (vma->name, sizeof vma->name, "[stack]");
  else if (!kd_read_member (w->k, vma->addr, "vma.anon_name", &object)
           && object)
    name_from (w, object, "anon_vma_name.name", "[anon:%s]", vma);
}

static enum kd_status
read_vma (struct walk *w, uint64_t addr, struct kd_vma *vma)
{
  uint64_t pgoff = 0;
  *vma = (struct kd_vma){ .addr = addr };
  enum kd_status st = kd_read_member (w->k, addr, "vma.start", &vma->start);
  if (!st)
    st = kd_read_member (w->k, addr, "vma.end", &vma->end);
  if (!st)
    st = kd_read_member (w->k, addr, "vma.flags", &vma->flags);
  if (!st)
    st = kd_read_member (w->k, addr, "vma.file", &vma->file);
  if (!st)
    st = kd_read_member (w->k, addr, "vma.pgoff", &pgoff);
  if (st)
    return kd_context (st, "memory area at 0x%" PRIx64, addr);
  vma->offset = vma->file ? pgoff * w->page_size : 0;
  find_name (w, vma);
  return KD_OK;
}

static enum kd_status
take_range (void *arg, uint64_t first, uint64_t last, uint64_t entry)
{
  struct walk *w = arg;
  struct kd_vma vma;
  if (entry & 1)
    return KD_OK;
  enum kd_status st = read_vma (w, entry, &vma);
  if (st == KD_NOT_FOUND)
    return st;
  if (st) {
    kd_damage_note (&w->damage, st);
    vma = (struct kd_vma){
      .unreadable = true, .addr = entry, .start = first, .end = last + 1
    };
  }
  return w->fn (w->arg, &vma);
}

/* The list of areas, before 6.1.  vm_next is not what each begins with, so
   this is no kd_chain_walk(); addresses go up, which bounds it.  */
static enum kd_status
walk_list (struct walk *w, uint64_t addr)
{
  enum kd_status st = KD_OK;
  uint64_t last = 0;
  for (size_t n = 0; addr && !st; n++) {
    struct kd_vma vma;
    uint64_t end;
    st = kd_read_member (w->k, addr, "vma.end", &end);
    if (!st && (end <= last || n == MAX_VMAS))
      st = kd_fail (KD_CORRUPT,
                    "memory area at 0x%" PRIx64 " ends at 0x%" PRIx64
                    ", where the one before it did or sooner",
                    addr, end);
    if (!st)
      st = read_vma (w, addr, &vma);
    if (!st)
      st = w->fn (w->arg, &vma);
    if (!st)
      st = kd_mem_u64 (w->k->mem, addr + w->next, &addr);
    last = end;
  }
  return st;
}

/* A maple tree since 763ecb035029 "mm: remove the vma linked list", 6.1.  */
enum kd_status
kd_vmas_walk (struct kd_kernel *k, uint64_t mm, kd_vma_fn *fn, void *arg)
{
  struct walk w = { .k = k,
                    .page_size = kd_dump_info (k->dump)->page_size,
                    .fn = fn,
                    .arg = arg };
  struct kd_member m;
  uint64_t first;
  if (kd_read_member (k, mm, "mm.start_brk", &w.start_brk)
      || kd_read_member (k, mm, "mm.brk", &w.brk)
      || kd_read_member (k, mm, "mm.start_stack", &w.start_stack))
    w.brk = w.start_stack = 0;
  if (kd_kernel_symbol (k, "special_mapping_vmops", &w.special))
    w.special = 0;
  enum kd_status st;
  if (kd_has_member (k, "mm.mt")) {
    st = kd_layout (k, "mm.mt", &m);
    if (!st)
      st = kd_maple_walk (k, mm + m.offset, MAX_VMAS, take_range, &w);
  } else {
    st = kd_layout (k, "vma.next", &m);
    w.next = m.offset;
    if (!st)
      st = kd_read_member (k, mm, "mm.mmap", &first);
    if (!st)
      st = walk_list (&w, first);
  }
  st = kd_damage_end (&w.damage, st);
  return kd_context (st, "memory of the mm_struct at 0x%" PRIx64, mm);
}
