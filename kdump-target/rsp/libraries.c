/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel modules as GDB's shared libraries. */
#include "rsp/request.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

/* Sections that are not in memory (freed after init, or only in the file)
   must get some address, one where nothing is.  They get the hole at the top
   of the address space, so that GDB shows the module's lowest address right;
   not its end, where error pointers are.  When that is full they get
   addresses that no 64-bit machine maps.  */
#define TOP_HOLE UINT64_C (0xffffffffffe00000)
#define TOP_HOLE_END UINT64_C (0xffffffffffff0000)
#define NOWHERE UINT64_C (0x0100000000000000)

struct hole {
  uint64_t top;     /* the next free address in the hole */
  uint64_t nowhere; /* the next free one otherwise */
};

static uint64_t
hole_take (struct hole *h, uint64_t size)
{
  size = (size & UINT64_C (0xffffffff)) + 16;
  uint64_t *from = TOP_HOLE_END - h->top >= size ? &h->top : &h->nowhere;
  uint64_t addr = *from;
  *from += size;
  return addr;
}

/* Was the section freed when the module had started?  Its old address may
   belong to another module now.  */
static bool
is_discarded (const struct kd_module *m, uint64_t addr)
{
  for (unsigned i = 0; i < m->nranges; i++)
    if (addr - m->range[i].addr < m->range[i].size)
      return false;
  return m->nranges > 0;
}

/* Run-time address of SEC, the NTH of its name; 0 if it has none.  */
static uint64_t
section_address (const struct kd_module *m, const char *name, unsigned nth)
{
  for (size_t i = 0; i < m->nsections; i++) {
    if (strcmp (m->sections[i].name, name) != 0 || nth-- > 0)
      continue;
    uint64_t addr = m->sections[i].addr;
    return is_discarded (m, addr) ? 0 : addr;
  }
  return 0;
}

/* How many sections of ELF before I have the name of section I and are not
   empty: the kernel keeps no account of empty ones.  */
static unsigned
same_name_before (const struct kd_elf_file *elf, size_t i, const char *name)
{
  unsigned count = 0;
  struct kd_elf_section sec;
  for (size_t n = 0; n < i; n++)
    if (kd_elf_section (elf, n, &sec) && (sec.flags & SHF_ALLOC) && sec.size
        && strcmp (sec.name, name) == 0)
      count++;
  return count;
}

/* No real module has as many sections; above it same_name_before() would
   take its time.  */
#define MAX_SECTIONS 4096

/* GDB pairs the addresses with the file's allocated sections in their order,
   and wants exactly as many.  */
static void
put_library (const struct kd_module *m, const struct kd_elf_file *elf,
             const char *path, struct hole *hole, struct kd_strbuf *out)
{
  kd_strbuf_puts (out, "<library name=\"");
  kd_rsp_put_xml (out, path);
  kd_strbuf_puts (out, "\">");
  struct kd_elf_section sec;
  for (size_t i = 0; i < kd_elf_section_count (elf); i++) {
    if (!kd_elf_section (elf, i, &sec) || !(sec.flags & SHF_ALLOC))
      continue;
    uint64_t addr = 0;
    if (sec.size)
      addr
        = section_address (m, sec.name, same_name_before (elf, i, sec.name));
    if (!addr)
      addr = hole_take (hole, sec.size);
    kd_strbuf_printf (out, "<section address=\"0x%" PRIx64 "\"/>", addr);
  }
  kd_strbuf_puts (out, "</library>\n");
}

void
kd_rsp_libraries_xml (struct kd_rsp *s, struct kd_strbuf *out)
{
  struct kd_kernel *k = s->state->kernel;
  struct hole hole = { TOP_HOLE, NOWHERE };
  kd_strbuf_puts (out, "<library-list>\n");
  for (size_t i = 0; i < k->nmodules; i++) {
    struct kd_module *m = &k->modules[i];
    if (!m->searched)
      kd_rsp_work_on (s); /* it may have to be unpacked */
    kd_module_find_debug (k, m, false);
    struct kd_elf_file *elf KD_GUARD (elf) = NULL;
    if (!m->debug_file || kd_elf_open (m->debug_file, &elf)
        || kd_elf_section_count (elf) > MAX_SECTIONS)
      continue;
    char *path KD_AUTO_FREE = realpath (m->debug_file, NULL);
    put_library (m, elf, path ? path : m->debug_file, &hole, out);
  }
  kd_strbuf_puts (out, "</library-list>\n");
}
