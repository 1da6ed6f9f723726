/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the dumped kernel, and its addresses. */
#include "kernel/internal.h"

#include "base/cursor.h"
#include "kernel/btf.h"

#include <string.h>

enum { MAX_BTF = 256 << 20 }; /* bytes; real ones have 2 to 20 million */

void
kd_kernel_warn (struct kd_kernel *k, const char *fmt, ...)
{
  struct kd_strbuf sb KD_AUTO_STRBUF;
  kd_strbuf_init (&sb);
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&sb, fmt, ap);
  va_end (ap);
  char **more = realloc (k->warnings, (k->nwarnings + 1) * sizeof *more);
  if (!more)
    return;
  k->warnings = more;
  char *text = kd_strbuf_steal (&sb);
  if (text)
    k->warnings[k->nwarnings++] = text;
}

/* --- search places --- */

/* Keep a copy of S for the kernel's life; NULL stays NULL.  */
static const char *
keep (struct kd_kernel *k, const char *s, bool *ok)
{
  struct kd_kernel_private *p = k->priv;
  if (!s)
    return NULL;
  char **more
    = realloc (p->search_strings, (p->nsearch_strings + 1) * sizeof *more);
  char *copy = strdup (s);
  if (more)
    p->search_strings = more;
  if (!more || !copy) {
    free (copy);
    *ok = false;
    return NULL;
  }
  p->search_strings[p->nsearch_strings++] = copy;
  return copy;
}

static const char *const *
keep_list (struct kd_kernel *k, const char *const *list, size_t n,
           const char ***owner, bool *ok)
{
  const char **copy = n ? kd_calloc (n, sizeof *copy) : NULL;
  *owner = copy;
  if (!copy) {
    *ok = *ok && !n;
    return NULL;
  }
  for (size_t i = 0; i < n; i++)
    copy[i] = keep (k, list[i], ok);
  return copy;
}

static enum kd_status
copy_search (struct kd_kernel *k, const struct kd_kernel_options *o)
{
  bool ok = true;
  const struct kd_search *from = &o->search;
  struct kd_search *to = &k->search;
  to->extra = keep_list (k, from->extra, from->nextra, &k->priv->extra, &ok);
  to->nextra = to->extra ? from->nextra : 0;
  to->debug_dirs = keep_list (k, from->debug_dirs, from->ndebug_dirs,
                              &k->priv->debug_dirs, &ok);
  to->debuginfod = from->debuginfod;
  to->ndebug_dirs = to->debug_dirs ? from->ndebug_dirs : 0;
  if (from->beside) {
    to->beside = keep (k, from->beside, &ok);
  } else if (o->ndump_paths) {
    const char *path = o->dump_paths[0], *slash = strrchr (path, '/');
    char *dir KD_AUTO_FREE
      = slash ? strndup (path, slash == path ? 1 : (size_t)(slash - path))
              : strdup (".");
    to->beside = dir ? keep (k, dir, &ok) : NULL;
    ok = ok && dir;
  }
  return ok ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

/* --- opening, step by step --- */

/* Symbols that opening asks for, and the most usual commands.  */
static const char *const needed_symbols[] = { "__cpu_possible_mask",
                                              "__cpu_present_mask",
                                              "__cpu_online_mask",
                                              "__per_cpu_offset",
                                              "current_task",
                                              "pcpu_hot",
                                              "panic_cpu",
                                              "crashing_cpu",
                                              "crash_notes",
                                              "prb",
                                              "log_buf",
                                              "log_buf_len",
                                              "log_first_idx",
                                              "log_next_idx",
                                              "log_first_seq",
                                              "cont",
                                              "nmi_print_seq",
                                              "safe_print_seq",
                                              "modules",
                                              "__start_BTF",
                                              "__stop_BTF",
                                              "_stext",
                                              "_etext",
                                              "init_task",
                                              "init_pid_ns",
                                              "runqueues",
                                              "idle_threads",
                                              "task_state_array",
                                              "_totalram_pages",
                                              "totalram_pages" };

static enum kd_status
find_arch (struct kd_kernel *k, const struct kd_arch **out)
{
  const struct kd_dump_info *info = kd_dump_info (k->dump);
  if (info->machine != EM_NONE)
    *out = kd_arch_by_machine (info->machine);
  else if (info->uts_machine && *info->uts_machine)
    *out = kd_arch_by_name (info->uts_machine);
  else
    *out = kd_arch_by_name ("x86_64");
  if (*out && info->big_endian)
    *out = NULL;
  if (*out)
    return KD_OK;
  return kd_fail (KD_UNSUPPORTED,
                  "%s: a dump of another architecture (ELF machine %u%s%s); "
                  "only x86_64 is known",
                  kd_dump_name (k->dump), info->machine,
                  info->uts_machine && *info->uts_machine ? ", " : "",
                  info->uts_machine ? info->uts_machine : "");
}

static enum kd_status
find_vmcoreinfo (struct kd_kernel *k, const struct kd_kernel_options *o)
{
  if (o->vmcoreinfo)
    return kd_vmcoreinfo_from_file (o->vmcoreinfo, &k->info);
  enum kd_status st = kd_vmcoreinfo_from_note (k->dump, &k->info);
  return st == KD_NOT_FOUND ? KD_OK : st;
}

/* RAM may hold VMCOREINFO of kernels that ran before: take the first with
   which a memory layout is found that checks.  */
static enum kd_status
scan_vmcoreinfo (struct kd_kernel *k, const struct kd_arch *arch)
{
  uint64_t pfn = 0;
  for (;;) {
    struct kd_vmcoreinfo *vi = NULL;
    enum kd_status st = kd_vmcoreinfo_scan_from (k->dump, &pfn, &vi);
    if (st)
      return st;
    st = kd_mem_create (k->dump, arch, vi, &k->mem);
    if (!st) {
      k->info = vi;
      return KD_OK;
    }
    kd_vmcoreinfo_destroy (vi);
    if (!kd_status_is_memory (st) && st != KD_CORRUPT && st != KD_NOT_FOUND)
      return st;
  }
}

static enum kd_status
find_memory (struct kd_kernel *k, const struct kd_arch *arch)
{
  enum kd_status st;
  if (k->info)
    return kd_mem_create (k->dump, arch, k->info, &k->mem);
  st = scan_vmcoreinfo (k, arch);
  if (st != KD_NOT_FOUND)
    return st;
  return kd_mem_create (k->dump, arch, NULL, &k->mem);
}

static enum kd_status
find_vmlinux (struct kd_kernel *k, const struct kd_kernel_options *o)
{
  if (o->vmlinux)
    return kd_take_vmlinux (k, o->vmlinux, o->force);
  struct kd_strbuf searched KD_AUTO_STRBUF;
  kd_strbuf_init (&searched);
  char *path KD_AUTO_FREE = NULL;
  enum kd_status st
    = kd_find_vmlinux (&k->search, &k->build_id, k->release, &path, &searched);
  if (!st)
    st = kd_take_vmlinux (k, path, false);
  if (st == KD_NOT_FOUND || st == KD_MISMATCH) {
    k->vmlinux_note = kd_asprintf ("%s%s%s", kd_error_text (),
                                   searched.len ? "; looked at:\n" : "",
                                   kd_strbuf_str (&searched));
    return KD_OK;
  }
  return st;
}

static enum kd_status
btf_from_memory (struct kd_kernel *k, struct kd_btf **out)
{
  uint64_t start, stop;
  enum kd_status st = kd_kernel_symbol (k, "__start_BTF", &start);
  if (!st)
    st = kd_kernel_symbol (k, "__stop_BTF", &stop);
  if (st)
    return st;
  if (stop <= start || stop - start > MAX_BTF)
    return kd_fail (KD_NOT_FOUND, "the kernel has no BTF");
  size_t size = stop - start;
  void *data = malloc (size);
  if (!data)
    return kd_fail (KD_NOMEM, "out of memory for BTF");
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, start, data, size, NULL);
  if (st) {
    free (data);
    return kd_context (st, "BTF in the dump");
  }
  return kd_context (kd_btf_create (data, size, data, out), "BTF in the dump");
}

static enum kd_status
find_types (struct kd_kernel *k)
{
  struct kd_btf *btf = NULL;
  const char *source = "BTF of vmlinux";
  const void *data;
  size_t size;
  enum kd_status st = KD_NOT_FOUND;
  if (k->vmlinux
      && !(st = kd_elf_section_data (k->vmlinux, ".BTF", &data, &size))) {
    st = kd_btf_create (data, size, NULL, &btf);
    if (st)
      st = kd_context (st, "%s", kd_elf_path (k->vmlinux));
  }
  if (st) {
    if (st != KD_NOT_FOUND)
      kd_kernel_warn (k, "%s", kd_error_text ());
    source = "BTF in the dump";
    st = btf_from_memory (k, &btf);
    if (st && st != KD_NOT_FOUND)
      kd_kernel_warn (k, "%s", kd_error_text ());
  }
  return kd_types_create (btf, source, k->vmlinux, &k->types);
}

/* With memory randomised, the kernel has the start of its direct map in a
   variable: 0483e1fa6e09 ("x86/mm: Implement ASLR for kernel memory regions",
   4.8).  */
static void
find_direct_map (struct kd_kernel *k)
{
  uint64_t at, base;
  if (!k->mem->why_no_tables)
    return;
  if (!k->mem->page_offset && !kd_kernel_symbol (k, "page_offset_base", &at)
      && !kd_mem_u64 (k->mem, at, &base)
      && k->mem->arch->is_kernel_address (base) && !(base & 0x3fffffff))
    kd_mem_set_direct_map (k->mem, base);
  kd_kernel_warn (k,
                  "the kernel's page tables are missing, only %s can be read "
                  "by virtual address: %s",
                  k->mem->page_offset ? "its image and the direct map"
                                      : "its image",
                  k->mem->why_no_tables);
}

static enum kd_status
open_parts (struct kd_kernel *k, const struct kd_kernel_options *o)
{
  const struct kd_arch *arch = NULL;
  enum kd_status st = copy_search (k, o);
  if (!st)
    st = kd_dump_open (o->dump_paths, o->ndump_paths, &k->dump);
  if (!st)
    st = find_arch (k, &arch);
  if (!st)
    st = find_vmcoreinfo (k, o);
  if (!st)
    st = find_memory (k, arch);
  if (!st)
    st = kd_symbols_create (&k->symbols);
  if (st)
    return st;
  if (kd_dump_info (k->dump)->warning && *kd_dump_info (k->dump)->warning)
    kd_kernel_warn (k, "%s", kd_dump_info (k->dump)->warning);
  kd_identify_dump (k);
  st = find_vmlinux (k, o);
  kd_symbols_prefetch (k->symbols, needed_symbols,
                       KD_ARRAY_SIZE (needed_symbols));
  if (!st && !k->vmlinux)
    kd_take_kallsyms (k);
  if (!st)
    find_direct_map (k);
  if (!st)
    st = find_types (k);
  if (!st)
    st = kd_find_cpus (k);
  if (st)
    return st;
  kd_find_registers (k);
  kd_find_panic_message (k);
  return kd_find_modules (k);
}

enum kd_status
kd_kernel_open (const struct kd_kernel_options *options,
                struct kd_kernel **out)
{
  struct kd_kernel *k KD_GUARD (kernel) = kd_calloc (1, sizeof *k);
  if (k) {
    k->panic_cpu = -1;
    k->priv = kd_calloc (1, sizeof *k->priv);
  }
  if (!k || !k->priv)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = open_parts (k, options);
  if (st)
    return st;
  *out = KD_STEAL (k);
  return KD_OK;
}

static void
destroy_private (struct kd_kernel *k)
{
  if (!k->priv)
    return;
  kd_layout_destroy (k);
  kd_tasks_destroy (k);
  kd_module_index_destroy (k->priv->module_index);
  for (size_t i = 0; i < k->priv->nsearch_strings; i++)
    free (k->priv->search_strings[i]);
  free (k->priv->search_strings);
  free (k->priv->extra);
  free (k->priv->debug_dirs);
  free (k->priv);
}

void
kd_kernel_close (struct kd_kernel *k)
{
  if (!k)
    return;
  kd_modules_destroy (k);
  for (unsigned i = 0; i < k->ncpus; i++)
    free (k->cpus[i].why_no_regs);
  free (k->cpus);
  kd_types_destroy (k->types);
  kd_symbols_destroy (k->symbols);
  kd_elf_close (k->vmlinux);
  free (k->vmlinux_note);
  kd_mem_destroy (k->mem);
  kd_vmcoreinfo_destroy (k->info);
  kd_dump_close (k->dump);
  for (size_t i = 0; i < k->nwarnings; i++)
    free (k->warnings[i]);
  free (k->warnings);
  destroy_private (k);
  free (k);
}

/* --- addresses --- */

enum kd_status
kd_kernel_symbol (struct kd_kernel *k, const char *name, uint64_t *addr)
{
  struct kd_symbol sym;
  if (kd_symbols_by_name (k->symbols, name, NULL, &sym)) {
    *addr = sym.addr;
    return KD_OK;
  }
  if (k->info && kd_vmcoreinfo_symbol (k->info, name, addr))
    return KD_OK;
  return kd_fail (KD_NOT_FOUND, "no symbol %s%s", name,
                  k->vmlinux ? "" : " (there is no vmlinux)");
}

enum kd_status
kd_kernel_percpu (struct kd_kernel *k, const char *name, unsigned cpu,
                  uint64_t *addr)
{
  uint64_t base;
  enum kd_status st = kd_kernel_symbol (k, name, &base);
  if (st)
    return st;
  if (cpu >= k->ncpus || !k->cpus[cpu].percpu_offset)
    return kd_fail (KD_NOT_FOUND, "CPU %u: no per-CPU area", cpu);
  *addr = base + k->cpus[cpu].percpu_offset;
  return KD_OK;
}

struct kd_module *
kd_kernel_module_at (struct kd_kernel *k, uint64_t addr)
{
  for (size_t i = 0; i < k->nmodules; i++) {
    struct kd_module *m = &k->modules[i];
    for (unsigned j = 0; j < m->nranges; j++)
      if (addr - m->range[j].addr < m->range[j].size)
        return m;
  }
  return NULL;
}

static void
find_text (struct kd_kernel *k)
{
  uint64_t start, end;
  k->priv->text_known = true;
  if (kd_kernel_symbol (k, "_stext", &start)
      || (kd_kernel_symbol (k, "_etext", &end)))
    return;
  k->priv->text_start = start;
  k->priv->text_end = end;
}

bool
kd_kernel_is_text (struct kd_kernel *k, uint64_t addr)
{
  if (!k->priv->text_known)
    find_text (k);
  if (addr >= k->priv->text_start && addr < k->priv->text_end)
    return true;
  const struct kd_module *m = kd_kernel_module_at (k, addr);
  return m && addr - m->text < m->text_size;
}

void
kd_kernel_format_addr (struct kd_kernel *k, uint64_t addr,
                       struct kd_strbuf *out)
{
  struct kd_symbol sym;
  if (!kd_kernel_symbol_at (k, addr, &sym)) {
    const struct kd_module *mod = kd_kernel_module_at (k, addr);
    kd_strbuf_printf (out, "0x%llx", (unsigned long long)addr);
    if (mod)
      kd_strbuf_printf (out, " [%s]", mod->name);
    return;
  }
  kd_strbuf_puts (out, sym.name);
  if (addr != sym.addr)
    kd_strbuf_printf (out, "+0x%llx", (unsigned long long)(addr - sym.addr));
  if (addr != sym.addr && sym.size)
    kd_strbuf_printf (out, "/0x%llx", (unsigned long long)sym.size);
  if (sym.module)
    kd_strbuf_printf (out, " [%s]", sym.module);
}

enum kd_status
kd_task_space (struct kd_kernel *k, uint64_t task, uint64_t *space)
{
  uint64_t mm, pgd;
  enum kd_status st = kd_read_member (k, task, "task.mm", &mm);
  *space = KD_KERNEL_SPACE;
  if (st || !mm)
    return st;
  st = kd_read_member (k, mm, "mm.pgd", &pgd);
  if (!st)
    st = kd_mem_translate (k->mem, KD_KERNEL_SPACE, pgd, space, NULL);
  return kd_context (st, "page tables of the task at 0x%llx",
                     (unsigned long long)task);
}

/* ca79b0c211af "mm: convert totalram_pages and totalhigh_pages variables to
   atomic", 5.0 */
bool
kd_kernel_total_pages (struct kd_kernel *k, uint64_t *pages)
{
  uint64_t addr;
  if (kd_kernel_symbol (k, "_totalram_pages", &addr)
      && kd_kernel_symbol (k, "totalram_pages", &addr))
    return false;
  return !kd_mem_u64 (k->mem, addr, pages);
}
