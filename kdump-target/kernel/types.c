/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel data types, from whichever source there is. */
#include "kernel/types.h"

#include "base/strbuf.h"
#include "kernel/btf.h"
#include "kernel/dwarf.h"
#include "kernel/vmlinux.h"

#include <string.h>

struct kd_types {
  struct kd_btf *btf;     /* owned, or NULL */
  struct kd_dwarf *dwarf; /* owned, or NULL */
  char *source;
};

enum kd_status
kd_types_create (struct kd_btf *btf, const char *source,
                 struct kd_elf_file *elf, struct kd_types **out)
{
  struct kd_types *t KD_GUARD (types) = kd_calloc (1, sizeof *t);
  if (!t) {
    kd_btf_destroy (btf);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  t->btf = btf;
  if (!btf && elf && kd_elf_has_dwarf (elf)) {
    enum kd_status st = kd_dwarf_create (elf, &t->dwarf);
    if (st)
      return st;
    t->source = kd_asprintf ("DWARF of %s", kd_elf_path (elf));
  } else {
    t->source = strdup (btf ? source : "none");
  }
  if (!t->source)
    return kd_fail (KD_NOMEM, "out of memory");
  *out = KD_STEAL (t);
  return KD_OK;
}

void
kd_types_destroy (struct kd_types *t)
{
  if (!t)
    return;
  kd_btf_destroy (t->btf);
  kd_dwarf_destroy (t->dwarf);
  free (t->source);
  free (t);
}

static enum kd_status
fail_no_types (void)
{
  return kd_fail (KD_NOT_FOUND,
                  "no type information of the kernel (neither BTF nor a "
                  "vmlinux with debug info)");
}

enum kd_status
kd_types_member (struct kd_types *t, const char *type, const char *path,
                 struct kd_member *out)
{
  if (t->btf)
    return kd_btf_member (t->btf, type, path, out);
  if (t->dwarf)
    return kd_dwarf_member (t->dwarf, type, path, out);
  return fail_no_types ();
}

enum kd_status
kd_types_size (struct kd_types *t, const char *type, uint64_t *out)
{
  if (t->btf)
    return kd_btf_size (t->btf, type, out);
  if (t->dwarf)
    return kd_dwarf_size (t->dwarf, type, out);
  return fail_no_types ();
}

enum kd_status
kd_types_enumerator (struct kd_types *t, const char *name, int64_t *out)
{
  if (t->btf)
    return kd_btf_enumerator (t->btf, name, out);
  if (t->dwarf)
    return kd_dwarf_enumerator (t->dwarf, name, out);
  return fail_no_types ();
}

enum kd_status
kd_types_find (struct kd_types *t, const char *name, kd_type_id *out)
{
  if (t->btf)
    return kd_btf_find (t->btf, name, out);
  if (t->dwarf)
    return kd_dwarf_find (t->dwarf, name, out);
  return fail_no_types ();
}

void
kd_types_info (struct kd_types *t, kd_type_id id, struct kd_type_info *out)
{
  *out = (struct kd_type_info){ .class = id ? KD_TYPE_UNKNOWN : KD_TYPE_VOID,
                                .name = "",
                                .alias = "" };
  if (id && t->btf)
    kd_btf_info (t->btf, id, out);
  else if (id && t->dwarf)
    kd_dwarf_info (t->dwarf, id, out);
}

void
kd_types_members (struct kd_types *t, kd_type_id id,
                  bool (*fn) (void *arg, const struct kd_type_member *m),
                  void *arg)
{
  if (t->btf)
    kd_btf_members (t->btf, id, fn, arg);
  else if (t->dwarf)
    kd_dwarf_members (t->dwarf, id, fn, arg);
}

const char *
kd_types_enum_name (struct kd_types *t, kd_type_id id, int64_t value)
{
  if (t->btf)
    return kd_btf_enum_name (t->btf, id, value);
  return t->dwarf ? kd_dwarf_enum_name (t->dwarf, id, value) : NULL;
}

const char *
kd_types_source (const struct kd_types *t)
{
  return t->source;
}
