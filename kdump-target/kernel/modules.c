/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaded kernel modules: the list, their memory, sections and build-ids. */
#include "kernel/internal.h"

#include "base/cursor.h"
#include "kernel/list.h"

#include <string.h>

enum {
  MAX_MODULES = 16384,
  MAX_SECTIONS = 8192, /* of one module */
  MAX_NAME = 256,      /* of a section */
  MAX_NOTES = 4096,    /* bytes of one notes section */
  STATE_UNFORMED = 3,  /* MODULE_STATE_UNFORMED: still being set up */
  MOD_CORE_TYPES = 4,  /* enum mod_mem_type: text, data, rodata,
                          ro_after_init come first, init parts after */
};

/* --- memory --- */

static void
add_range (struct kd_module *m, uint64_t addr, uint64_t size)
{
  if (!addr || !size || addr + size < addr || m->nranges == KD_MODULE_RANGES)
    return;
  uint64_t end = m->base + m->size;
  if (!m->nranges || addr < m->base)
    m->base = addr;
  if (addr + size > end)
    end = addr + size;
  m->size = end - m->base;
  m->range[m->nranges++] = (struct kd_module_range){ addr, size };
}

static enum kd_status
read_mem_array (struct kd_kernel *k, struct kd_module *m,
                const struct kd_member *mem)
{
  for (uint64_t i = 0; i < MOD_CORE_TYPES && i < mem->count; i++) {
    uint64_t at = m->addr + mem->offset + i * mem->elem_size, base, size;
    enum kd_status st = kd_read_member (k, at, "module_memory.base", &base);
    if (!st)
      st = kd_read_member (k, at, "module_memory.size", &size);
    if (st)
      return st;
    if (!i) {
      m->text = base;
      m->text_size = size;
    }
    add_range (m, base, size);
  }
  return KD_OK;
}

static enum kd_status
read_memory (struct kd_kernel *k, struct kd_module *m)
{
  struct kd_member mem;
  uint64_t size;
  enum kd_status st = kd_layout (k, "module.mem", &mem);
  if (!st)
    return read_mem_array (k, m, &mem);
  if (st != KD_NOT_FOUND)
    return st;
  st = kd_read_member (k, m->addr, "module.core.base", &m->text);
  if (!st)
    st = kd_read_member (k, m->addr, "module.core.text_size", &m->text_size);
  if (!st)
    st = kd_read_member (k, m->addr, "module.core.size", &size);
  if (!st)
    add_range (m, m->text, size);
  return st;
}

/* --- sections --- */

/* The attributes of a module's sections or notes, whose shape changed over
   time: attribute I is at at[I].  */
struct attrs {
  uint64_t *at; /* owned */
  size_t n;
};

static enum kd_status
attrs_in_array (uint64_t first, uint64_t step, uint64_t count,
                struct attrs *out)
{
  if (count > MAX_SECTIONS)
    return kd_fail (KD_CORRUPT, "%llu section attributes",
                    (unsigned long long)count);
  out->at = kd_calloc (count, sizeof *out->at);
  if (!out->at)
    return kd_fail (KD_NOMEM, "out of memory");
  for (out->n = 0; out->n < count; out->n++)
    out->at[out->n] = first + out->n * step;
  return KD_OK;
}

/* A list of pointers that ends with a null.  */
static enum kd_status
attrs_in_list (struct kd_kernel *k, uint64_t list, struct attrs *out)
{
  size_t room = 0;
  for (uint64_t attr; list && out->n < MAX_SECTIONS; list += 8) {
    enum kd_status st = kd_mem_u64 (k->mem, list, &attr);
    if (st || !attr)
      return st;
    if (out->n == room) {
      room = room ? room * 2 : 32;
      uint64_t *more = realloc (out->at, room * sizeof *more);
      if (!more)
        return kd_fail (KD_NOMEM, "out of memory");
      out->at = more;
    }
    out->at[out->n++] = attr;
  }
  return list ? kd_fail (KD_CORRUPT, "section attributes without end") : KD_OK;
}

/* Of the object at ADDR whose kind is WHAT, "sect_attrs" or "notes_attrs".  */
static enum kd_status
find_attrs (struct kd_kernel *k, uint64_t addr, const char *what,
            struct attrs *out)
{
  char logical[32];
  uint64_t count, list;
  struct kd_member array;
  memset (out, 0, sizeof *out);
  snprintf (logical, sizeof logical, "%s.count", what);
  enum kd_status st = kd_read_member (k, addr, logical, &count);
  if (st == KD_NOT_FOUND) {
    snprintf (logical, sizeof logical, "%s.list", what);
    st = kd_read_member (k, addr, logical, &list);
    return st ? st : attrs_in_list (k, list, out);
  }
  if (st)
    return st;
  snprintf (logical, sizeof logical, "%s.attrs", what);
  st = kd_layout (k, logical, &array);
  return st
           ? st
           : attrs_in_array (addr + array.offset, array.elem_size, count, out);
}

/* The string that the pointer LOGICAL of the object at ADDR points at.  */
static enum kd_status
read_name (struct kd_kernel *k, uint64_t addr, const char *logical, char *buf,
           size_t size)
{
  uint64_t pointer;
  enum kd_status st = kd_read_member (k, addr, logical, &pointer);
  if (!st)
    st = kd_mem_cstr (k->mem, pointer, buf, size);
  if (st)
    *buf = 0;
  kd_make_printable (buf);
  return st;
}

static enum kd_status
read_section (struct kd_kernel *k, uint64_t attr, bool plain,
              struct kd_module_section *out)
{
  char name[MAX_NAME];
  enum kd_status st
    = read_name (k, attr, plain ? "bin_attribute.name" : "sect_attr.name",
                 name, sizeof name);
  if (!st)
    st = kd_read_member (k, attr,
                         plain ? "bin_attribute.private" : "sect_attr.address",
                         &out->addr);
  if (st)
    return st;
  out->name = strdup (name);
  return out->name ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static enum kd_status
read_sections (struct kd_kernel *k, struct kd_module *m)
{
  uint64_t addr;
  struct kd_member member;
  struct attrs attrs;
  enum kd_status st = kd_read_member (k, m->addr, "module.sect_attrs", &addr);
  if (st || !addr)
    return st;
  st = find_attrs (k, addr, "sect_attrs", &attrs);
  uint64_t *at KD_AUTO_FREE = attrs.at;
  if (st)
    return st;
  bool plain = kd_layout (k, "sect_attr.address", &member) == KD_NOT_FOUND;
  m->sections = kd_calloc (attrs.n, sizeof *m->sections);
  if (!m->sections)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < attrs.n && !st; i++) {
    st = read_section (k, at[i], plain, &m->sections[m->nsections]);
    m->nsections += !st;
  }
  return st;
}

/* --- build-id --- */

static enum kd_status
build_id_of_note (struct kd_kernel *k, uint64_t attr, struct kd_module *m)
{
  uint64_t addr, size;
  uint8_t notes[MAX_NOTES];
  enum kd_status st = kd_read_member (k, attr, "bin_attribute.private", &addr);
  if (!st)
    st = kd_read_member (k, attr, "bin_attribute.size", &size);
  if (!st && size <= sizeof notes)
    st = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, notes, size, NULL);
  if (!st && size <= sizeof notes)
    kd_build_id_from_notes (notes, size, &m->build_id);
  return st;
}

static enum kd_status
read_build_id (struct kd_kernel *k, struct kd_module *m)
{
  uint64_t addr;
  struct attrs attrs;
  enum kd_status st = kd_read_member (k, m->addr, "module.notes_attrs", &addr);
  if (st || !addr)
    return st;
  st = find_attrs (k, addr, "notes_attrs", &attrs);
  uint64_t *at KD_AUTO_FREE = attrs.at;
  for (size_t i = 0; i < attrs.n && !st && !m->build_id.size; i++)
    st = build_id_of_note (k, at[i], m);
  return st;
}

/* --- the list --- */

static enum kd_status
read_module (struct kd_kernel *k, uint64_t addr, struct kd_module *m,
             bool *formed)
{
  uint64_t state;
  memset (m, 0, sizeof *m);
  m->addr = addr;
  enum kd_status st = kd_read_member (k, addr, "module.state", &state);
  *formed = !st && state != STATE_UNFORMED;
  if (st || !*formed)
    return st;
  st = kd_read_member_string (k, addr, "module.name", m->name, sizeof m->name);
  if (!st)
    st = read_memory (k, m);
  if (st)
    return st;
  /* Without these a module can still be shown.  */
  st = read_sections (k, m);
  if (!st)
    st = read_build_id (k, m);
  if (st && st != KD_NOT_FOUND)
    kd_kernel_warn (k, "module %s: %s", m->name, kd_error_text ());
  return st == KD_NOMEM ? st : KD_OK;
}

static void
module_deinit (struct kd_module *m)
{
  for (size_t i = 0; i < m->nsections; i++)
    free (m->sections[i].name);
  free (m->sections);
  kd_symbols_destroy (m->symbols);
  free (m->debug_file);
  free (m->why_no_debug);
}

void
kd_modules_destroy (struct kd_kernel *k)
{
  for (size_t i = 0; i < k->nmodules; i++)
    module_deinit (&k->modules[i]);
  free (k->modules);
}

struct module_walk {
  struct kd_kernel *k;
  uint64_t offset; /* of module.list */
  size_t room;
};

/* A module that cannot be read does not hide the ones behind it.  */
static enum kd_status
add_module (void *arg, uint64_t entry)
{
  struct module_walk *w = arg;
  struct kd_kernel *k = w->k;
  if (k->nmodules == w->room) {
    size_t more = w->room ? w->room * 2 : 64;
    struct kd_module *v = realloc (k->modules, more * sizeof *v);
    if (!v)
      return kd_fail (KD_NOMEM, "out of memory");
    k->modules = v;
    w->room = more;
  }
  bool formed;
  struct kd_module *m = &k->modules[k->nmodules];
  enum kd_status st = read_module (k, entry - w->offset, m, &formed);
  if (!st && formed) {
    k->nmodules++;
    return KD_OK;
  }
  module_deinit (m);
  if (!st || st == KD_NOMEM || st == KD_NOT_FOUND)
    return st;
  kd_kernel_warn (k, "module at 0x%llx is left out: %s",
                  (unsigned long long)(entry - w->offset), kd_error_text ());
  return KD_OK;
}

static int
by_base (const void *a, const void *b)
{
  const struct kd_module *x = a, *y = b;
  return x->base < y->base ? -1 : x->base > y->base;
}

enum kd_status
kd_find_modules (struct kd_kernel *k)
{
  uint64_t head;
  struct kd_member list = { 0 };
  enum kd_status st = kd_kernel_symbol (k, "modules", &head);
  if (st)
    return KD_OK; /* no vmlinux, said already, or no CONFIG_MODULES */
  st = kd_layout (k, "module.list", &list);
  struct module_walk walk = { .k = k, .offset = list.offset };
  if (!st)
    st = kd_list_walk (k, head, MAX_MODULES, add_module, &walk);
  if (st == KD_NOMEM)
    return st;
  if (st)
    kd_kernel_warn (k, "list of modules (%zu are known): %s", k->nmodules,
                    kd_error_text ());
  if (k->nmodules)
    qsort (k->modules, k->nmodules, sizeof *k->modules, by_base);
  return KD_OK;
}

void
kd_module_find_debug (struct kd_kernel *k, struct kd_module *m, bool ask)
{
  struct kd_search search = k->search;
  search.debuginfod = search.debuginfod && ask;
  if (m->searched && (m->debug_file || m->asked || !search.debuginfod))
    return;
  m->searched = true;
  m->asked = search.debuginfod;
  free (m->why_no_debug);
  m->why_no_debug = NULL;
  if (!k->priv->module_index)
    k->priv->module_index = kd_module_index_create ();
  enum kd_status st
    = k->priv->module_index
        ? kd_find_module (&search, k->priv->module_index, m->name,
                          &m->build_id, k->release, &m->debug_file)
        : kd_fail (KD_NOMEM, "out of memory");
  if (st)
    m->why_no_debug = strdup (kd_error_text ());
}
