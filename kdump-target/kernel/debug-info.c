/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which unit of debug info an address belongs to. */
#include "kernel/debug-info.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Code of a unit, when the file has no .debug_aranges.  */
struct range {
  uint64_t start, end;
  Dwarf_Off die;
};

struct module {
  const struct kd_module *module; /* borrowed */
  Dwfl *dwfl;                     /* owned; NULL if it has no debug info */
  Dwfl_Module *dwfl_module;
  struct module *next;
};

struct kd_debug_info {
  struct kd_kernel *k;
  Dwarf *kernel; /* borrowed; NULL unknown yet or none */
  bool kernel_asked;
  struct range *ranges; /* by start; owned; NULL unless needed */
  size_t nranges, room;
  bool ranges_known;
  struct module *modules; /* those asked for; owned */
};

enum kd_status
kd_debug_info_create (struct kd_kernel *k, struct kd_debug_info **out)
{
  *out = kd_calloc (1, sizeof **out);
  if (!*out)
    return kd_fail (KD_NOMEM, "out of memory");
  (*out)->k = k;
  return KD_OK;
}

void
kd_debug_info_destroy (struct kd_debug_info *info)
{
  if (!info)
    return;
  while (info->modules) {
    struct module *m = info->modules;

    info->modules = m->next;
    if (m->dwfl)
      dwfl_end (m->dwfl);
    free (m);
  }
  free (info->ranges);
  free (info);
}

/* --- the kernel --- */

static bool
add_range (struct kd_debug_info *info, uint64_t start, uint64_t end,
           Dwarf_Off die)
{
  if (info->nranges == info->room) {
    size_t room = info->room ? info->room * 2 : 4096;
    struct range *more = reallocarray (info->ranges, room, sizeof *more);

    if (!more)
      return false;
    info->ranges = more;
    info->room = room;
  }
  info->ranges[info->nranges++] = (struct range){ start, end, die };
  return true;
}

static int
by_start (const void *a, const void *b)
{
  const struct range *x = a, *y = b;

  return (x->start > y->start) - (x->start < y->start);
}

/* Compilers other than GCC leave .debug_aranges out: look at all units.  */
static void
find_ranges (struct kd_debug_info *info)
{
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;

  info->ranges_known = true;
  while (
    !dwarf_get_units (info->kernel, unit, &unit, NULL, NULL, &die, NULL)) {
    Dwarf_Addr base, start, end;
    ptrdiff_t at = 0;

    while ((at = dwarf_ranges (&die, at, &base, &start, &end)) > 0)
      if (end > start && !add_range (info, start, end, dwarf_dieoffset (&die)))
        return;
  }
  if (info->nranges)
    qsort (info->ranges, info->nranges, sizeof *info->ranges, by_start);
}

static bool
unit_by_ranges (struct kd_debug_info *info, uint64_t at, Dwarf_Die *cu)
{
  size_t low = 0, high;

  if (!info->ranges_known)
    find_ranges (info);
  for (high = info->nranges; low < high;) {
    size_t mid = low + (high - low) / 2;

    if (info->ranges[mid].start <= at)
      low = mid + 1;
    else
      high = mid;
  }
  return low && at < info->ranges[low - 1].end
         && dwarf_offdie (info->kernel, info->ranges[low - 1].die, cu);
}

static enum kd_status
kernel_unit (struct kd_debug_info *info, uint64_t pc, Dwarf_Die *cu,
             uint64_t *at)
{
  void *dwarf;

  if (!info->kernel_asked) {
    info->kernel_asked = true;
    if (info->k->vmlinux && !kd_elf_dwarf (info->k->vmlinux, &dwarf))
      info->kernel = dwarf;
  }
  if (!info->kernel)
    return kd_fail (KD_NOT_FOUND, "there is no vmlinux with debug info");
  *at = pc - info->k->mem->kaslr_offset;
  if (dwarf_addrdie (info->kernel, *at, cu) || unit_by_ranges (info, *at, cu))
    return KD_OK;
  return kd_fail (KD_NOT_FOUND, "no debug info for 0x%" PRIx64, pc);
}

/* --- modules --- */

static int
find_elf (Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
          char **file, Elf **elf)
{
  const struct kd_module *m = *userdata;

  (void)mod, (void)name, (void)base, (void)elf;
  *file = strdup (m->debug_file);
  return *file ? open (*file, O_RDONLY | O_CLOEXEC) : -1;
}

/* Its debug info is in the same file, or there is none.  */
static int
find_debuginfo (Dwfl_Module *mod, void **userdata, const char *name,
                Dwarf_Addr base, const char *file, const char *link,
                GElf_Word crc, char **out)
{
  (void)mod, (void)userdata, (void)name, (void)base, (void)file, (void)link;
  (void)crc, (void)out;
  return -1;
}

static int
section_address (Dwfl_Module *mod, void **userdata, const char *name,
                 Dwarf_Addr base, const char *section, GElf_Word index,
                 const GElf_Shdr *header, Dwarf_Addr *out)
{
  const struct kd_module *m = *userdata;

  (void)mod, (void)name, (void)base, (void)index, (void)header;
  *out = (Dwarf_Addr)-1; /* not loaded, or freed after init */
  for (size_t i = 0; i < m->nsections; i++)
    if (!strcmp (m->sections[i].name, section)) {
      *out = m->sections[i].addr;
      break;
    }
  return 0;
}

static void
open_module (struct module *m)
{
  static const Dwfl_Callbacks callbacks
    = { .find_elf = find_elf,
        .find_debuginfo = find_debuginfo,
        .section_address = section_address };
  const struct kd_module *mod = m->module;
  void **userdata;

  m->dwfl = dwfl_begin (&callbacks);
  if (!m->dwfl)
    return;
  dwfl_report_begin (m->dwfl);
  m->dwfl_module = dwfl_report_module (m->dwfl, mod->name, mod->base,
                                       mod->base + mod->size);
  if (m->dwfl_module) {
    dwfl_module_info (m->dwfl_module, &userdata, NULL, NULL, NULL, NULL, NULL,
                      NULL);
    *userdata = (void *)(uintptr_t)mod;
  }
  dwfl_report_end (m->dwfl, NULL, NULL);
}

static struct module *
get_module (struct kd_debug_info *info, struct kd_module *mod)
{
  struct module *m;

  for (m = info->modules; m; m = m->next)
    if (m->module == mod)
      return m;
  m = kd_calloc (1, sizeof *m);
  if (!m)
    return NULL;
  m->module = mod;
  m->next = info->modules;
  info->modules = m;
  kd_module_find_debug (info->k, mod, true);
  if (mod->debug_file)
    open_module (m);
  return m;
}

static enum kd_status
module_unit (struct kd_debug_info *info, struct kd_module *mod, uint64_t pc,
             Dwarf_Die *cu, uint64_t *at)
{
  struct module *m = get_module (info, mod);
  Dwarf_Die *found;
  Dwarf_Addr bias;

  if (!m)
    return kd_fail (KD_NOMEM, "out of memory");
  if (!m->dwfl_module)
    return kd_fail (KD_NOT_FOUND, "module %s: %s", mod->name,
                    mod->why_no_debug ? mod->why_no_debug : dwfl_errmsg (-1));
  found = dwfl_module_addrdie (m->dwfl_module, pc, &bias);
  if (!found)
    return kd_fail (KD_NOT_FOUND, "module %s: %s", mod->name,
                    dwfl_errmsg (-1));
  *cu = *found;
  *at = pc - bias;
  return KD_OK;
}

enum kd_status
kd_debug_info_unit (struct kd_debug_info *info, uint64_t pc, Dwarf_Die *cu,
                    uint64_t *at)
{
  struct kd_module *mod = kd_kernel_module_at (info->k, pc);

  return mod ? module_unit (info, mod, pc, cu, at)
             : kernel_unit (info, pc, cu, at);
}
