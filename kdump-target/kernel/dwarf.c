/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Struct layouts from DWARF by libdw. */
#include "kernel/dwarf.h"

#include "base/progress.h"
#include "kernel/layout-cache.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

enum {
  MAX_RESOLVE = 64, /* typedefs and qualifiers in a row */
  MAX_NESTING = 32, /* anonymous members in each other */
  BUDGET = 1 << 20  /* members looked at for one look-up */
};

/* A named type or enumerator seen while scanning the units.  */
struct seen {
  const char *name; /* borrowed from libdw; NULL empty */
  Dwarf_Off die;
};

struct kd_dwarf {
  struct kd_elf_file *elf;
  struct kd_layout_cache *cache;
  Dwarf *dw;         /* NULL: not started */
  Dwarf_Off next_cu; /* where the scan goes on */
  bool scanned;      /* all units were seen */
  struct seen *seen; /* hash table by name */
  uint32_t mask, used;
};

enum kd_status
kd_dwarf_create (struct kd_elf_file *elf, struct kd_dwarf **out)
{
  struct kd_dwarf *d KD_GUARD (dwarf) = kd_calloc (1, sizeof *d);
  if (!d)
    return kd_fail (KD_NOMEM, "out of memory");
  d->elf = elf;
  d->cache = kd_layout_cache_create (kd_elf_build_id (elf));
  if (!d->cache)
    return kd_fail (KD_NOMEM, "out of memory");
  *out = KD_STEAL (d);
  return KD_OK;
}

void
kd_dwarf_destroy (struct kd_dwarf *d)
{
  if (!d)
    return;
  kd_layout_cache_destroy (d->cache);
  free (d->seen);
  free (d);
}

/* --- the index, made as far as a look-up needs --- */

static uint32_t
hash_name (const char *name)
{
  uint32_t h = 2166136261u;
  for (; *name; name++)
    h = (h ^ (uint8_t)*name) * 16777619u;
  return h ^ h >> 15;
}

static bool
grow (struct kd_dwarf *d)
{
  uint32_t size = d->seen ? (d->mask + 1) * 2 : 4096;
  struct seen *more = size < 1u << 26 ? kd_calloc (size, sizeof *more) : NULL;
  if (!more)
    return false;
  for (uint32_t i = 0; d->seen && i <= d->mask; i++) {
    if (!d->seen[i].name)
      continue;
    uint32_t k = hash_name (d->seen[i].name) & (size - 1);
    while (more[k].name)
      k = (k + 1) & (size - 1);
    more[k] = d->seen[i];
  }
  free (d->seen);
  d->seen = more;
  d->mask = size - 1;
  return true;
}

static struct seen *
find_seen (const struct kd_dwarf *d, const char *name)
{
  uint32_t i = hash_name (name) & d->mask;
  while (d->seen[i].name && strcmp (d->seen[i].name, name) != 0)
    i = (i + 1) & d->mask;
  return &d->seen[i];
}

/* The first complete definition of a name is kept; a struct pushes out a
   typedef of the same name.  */
static enum kd_status
note_die (struct kd_dwarf *d, Dwarf_Die *die)
{
  int tag = dwarf_tag (die);
  bool aggregate = tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
  if (!aggregate && tag != DW_TAG_typedef && tag != DW_TAG_enumeration_type
      && tag != DW_TAG_enumerator && tag != DW_TAG_base_type)
    return KD_OK;
  Dwarf_Attribute attr;
  const char *name = dwarf_diename (die);
  if (!name || dwarf_attr (die, DW_AT_declaration, &attr))
    return KD_OK;
  if ((!d->seen || d->used >= d->mask / 2) && !grow (d))
    return kd_fail (KD_NOMEM, "out of memory for the types of %s",
                    kd_elf_path (d->elf));
  struct seen *s = find_seen (d, name);
  if (!s->name)
    d->used++;
  else if (!aggregate)
    return KD_OK;
  else {
    Dwarf_Die old;
    if (!dwarf_offdie (d->dw, s->die, &old)
        || dwarf_tag (&old) != DW_TAG_typedef)
      return KD_OK;
  }
  *s = (struct seen){ name, dwarf_dieoffset (die) };
  return KD_OK;
}

static enum kd_status
scan_unit (struct kd_dwarf *d, Dwarf_Die *cu)
{
  Dwarf_Die die, item;
  enum kd_status st = KD_OK;
  if (dwarf_child (cu, &die))
    return KD_OK;
  do {
    st = note_die (d, &die);
    if (dwarf_tag (&die) != DW_TAG_enumeration_type
        || dwarf_child (&die, &item))
      continue;
    do
      st = st ? st : note_die (d, &item);
    while (!st && !dwarf_siblingof (&item, &item));
  } while (!st && !dwarf_siblingof (&die, &die));
  return st;
}

/* Find NAME, reading more units as long as it is not there.  KD_NOT_FOUND
   without words when none has it.  */
static enum kd_status
find_die (struct kd_dwarf *d, const char *name, Dwarf_Die *out)
{
  enum kd_status st;
  void *handle;
  if (!d->dw) {
    if ((st = kd_elf_dwarf (d->elf, &handle)))
      return st;
    d->dw = handle;
  }
  if (!d->seen && !grow (d))
    return kd_fail (KD_NOMEM, "out of memory");
  size_t units = 0;
  while (!find_seen (d, name)->name) {
    Dwarf_Off next;
    size_t header;
    Dwarf_Die cu;
    if (d->scanned)
      return KD_NOT_FOUND;
    if ((st = kd_progress ("reading types of vmlinux", units++, 0)))
      return st;
    if (dwarf_nextcu (d->dw, d->next_cu, &next, &header, NULL, NULL, NULL)
        || next <= d->next_cu) {
      d->scanned = true;
      continue;
    }
    if (dwarf_offdie (d->dw, d->next_cu + header, &cu)
        && (st = scan_unit (d, &cu)))
      return st;
    d->next_cu = next;
  }
  if (!dwarf_offdie (d->dw, find_seen (d, name)->die, out))
    return kd_fail (KD_CORRUPT, "%s: debug info of %s: %s",
                    kd_elf_path (d->elf), name, dwarf_errmsg (-1));
  return KD_OK;
}

/* --- types --- */

static bool
die_type (Dwarf_Die *die, Dwarf_Die *out)
{
  Dwarf_Attribute attr;
  return dwarf_attr_integrate (die, DW_AT_type, &attr)
         && dwarf_formref_die (&attr, out);
}

/* Follow typedefs and qualifiers.  */
static bool
resolve (Dwarf_Die *die)
{
  for (int i = 0; i < MAX_RESOLVE; i++) {
    switch (dwarf_tag (die)) {
    case DW_TAG_typedef:
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
      if (!die_type (die, die))
        return false;
      break;
    default:
      return true;
    }
  }
  return false;
}

static bool
die_number (Dwarf_Die *die, unsigned at, uint64_t *out)
{
  Dwarf_Attribute attr;
  Dwarf_Word word;
  if (!dwarf_attr (die, at, &attr) || dwarf_formudata (&attr, &word))
    return false;
  *out = word;
  return true;
}

/* Elements of all dimensions; 0 for a flexible array.  */
static bool
array_count (Dwarf_Die *array, uint64_t *count)
{
  Dwarf_Die dim;
  *count = 1;
  if (dwarf_child (array, &dim))
    return false;
  do {
    uint64_t n = 0;
    if (dwarf_tag (&dim) != DW_TAG_subrange_type)
      continue;
    if (!die_number (&dim, DW_AT_count, &n)
        && die_number (&dim, DW_AT_upper_bound, &n))
      n = n == UINT64_MAX ? 0 : n + 1;
    if (__builtin_mul_overflow (*count, n, count))
      return false;
  } while (!dwarf_siblingof (&dim, &dim));
  return true;
}

static bool
die_size (Dwarf_Die *die, uint64_t *size, uint64_t *elem, uint64_t *count)
{
  Dwarf_Die t = *die;
  uint64_t all = 1, n;
  for (int i = 0; i < MAX_RESOLVE; i++) {
    if (!resolve (&t))
      return false;
    if (dwarf_tag (&t) == DW_TAG_array_type) {
      if (!array_count (&t, &n) || __builtin_mul_overflow (all, n, &all)
          || !die_type (&t, &t))
        return false;
      continue;
    }
    if (!die_number (&t, DW_AT_byte_size, elem)) {
      if (dwarf_tag (&t) != DW_TAG_pointer_type)
        return false;
      *elem = 8;
    }
    *count = all;
    return !__builtin_mul_overflow (*elem, all, size);
  }
  return false;
}

struct found {
  uint64_t bits; /* from the start of the struct searched */
  uint8_t bit_size;
  Dwarf_Die type;
};

static bool
member_place (Dwarf_Die *member, struct found *out)
{
  uint64_t bytes = 0, bits = 0, width = 0, size = 0;
  die_number (member, DW_AT_data_member_location, &bytes);
  die_number (member, DW_AT_bit_size, &width);
  if (!die_type (member, &out->type) || width > 64 || bytes > UINT32_MAX)
    return false;
  out->bit_size = (uint8_t)width;
  out->bits = bytes * 8;
  if (die_number (member, DW_AT_data_bit_offset, &bits)) {
    out->bits = bits;
  } else if (die_number (member, DW_AT_bit_offset, &bits)) {
    /* DWARF 3: from the most significant bit of the storage unit.  */
    uint64_t elem, count;
    if (!die_number (member, DW_AT_byte_size, &size)
        && !die_size (&out->type, &size, &elem, &count))
      return false;
    out->bits += size * 8 - bits - width;
  }
  return true;
}

static bool
find_member (Dwarf_Die *type, const char *name, size_t len, int depth,
             unsigned *budget, struct found *out)
{
  Dwarf_Die m;
  if (dwarf_child (type, &m))
    return false;
  do {
    if (dwarf_tag (&m) != DW_TAG_member)
      continue;
    if (!*budget)
      return false;
    --*budget;
    const char *s = dwarf_diename (&m);
    struct found at;
    if (s && !strncmp (s, name, len) && !s[len])
      return member_place (&m, out);
    if (s || depth >= MAX_NESTING || !member_place (&m, &at)
        || !resolve (&at.type))
      continue;
    if (find_member (&at.type, name, len, depth + 1, budget, out)) {
      out->bits += at.bits;
      return true;
    }
  } while (!dwarf_siblingof (&m, &m));
  return false;
}

/* PATH in TYPE; KD_NOT_FOUND without words.  */
static enum kd_status
walk_path (Dwarf_Die type, const char *path, struct kd_member *out)
{
  uint64_t base = 0;
  struct found f = { 0 };
  for (const char *p = path;;) {
    size_t len = strcspn (p, ".");
    unsigned budget = BUDGET;
    if (!resolve (&type))
      return KD_NOT_FOUND;
    for (int i = 0; p != path && i < MAX_RESOLVE
                    && dwarf_tag (&type) == DW_TAG_array_type;
         i++)
      if (!die_type (&type, &type) || !resolve (&type))
        return KD_NOT_FOUND;
    if (!len || !find_member (&type, p, len, 0, &budget, &f))
      return KD_NOT_FOUND;
    p += len;
    if (!*p)
      break;
    p++;
    base += f.bits;
    type = f.type;
  }
  memset (out, 0, sizeof *out);
  out->offset = (base + f.bits) / 8;
  out->bit_size = f.bit_size;
  out->bit_offset = (base + f.bits) % 8;
  if (!die_size (&f.type, &out->size, &out->elem_size, &out->count))
    return kd_fail (KD_CORRUPT, "debug info: type without size");
  return KD_OK;
}

enum kd_status
kd_dwarf_member (struct kd_dwarf *d, const char *type, const char *path,
                 struct kd_member *out)
{
  struct kd_layout_entry e = { 0 };
  if (!kd_layout_cache_get (d->cache, type, path, &e)) {
    Dwarf_Die die;
    enum kd_status st = find_die (d, type, &die);
    if (!st)
      st = walk_path (die, path, &e.member);
    else if (st == KD_NOT_FOUND)
      e.no_type = true;
    if (st && st != KD_NOT_FOUND)
      return kd_context (st, "%s.%s", type, path);
    e.found = !st;
    kd_layout_cache_put (d->cache, type, path, &e);
  }
  if (e.found) {
    *out = e.member;
    return KD_OK;
  }
  return e.no_type
           ? kd_fail (KD_NOT_FOUND, "no type %s", type)
           : kd_fail (KD_NOT_FOUND, "type %s has no member %s", type, path);
}

enum kd_status
kd_dwarf_size (struct kd_dwarf *d, const char *type, uint64_t *out)
{
  struct kd_layout_entry e = { 0 };
  if (!kd_layout_cache_get (d->cache, type, "sizeof", &e)) {
    Dwarf_Die die;
    uint64_t elem, count;
    enum kd_status st = find_die (d, type, &die);
    if (st && st != KD_NOT_FOUND)
      return kd_context (st, "type %s", type);
    e.found = !st && die_size (&die, &e.member.size, &elem, &count);
    kd_layout_cache_put (d->cache, type, "sizeof", &e);
  }
  *out = e.member.size;
  return e.found ? KD_OK : kd_fail (KD_NOT_FOUND, "no type %s", type);
}

enum kd_status
kd_dwarf_enumerator (struct kd_dwarf *d, const char *name, int64_t *out)
{
  struct kd_layout_entry e = { 0 };
  if (!kd_layout_cache_get (d->cache, name, "value", &e)) {
    Dwarf_Die die;
    Dwarf_Attribute attr;
    Dwarf_Sword value;
    enum kd_status st = find_die (d, name, &die);
    if (st && st != KD_NOT_FOUND)
      return kd_context (st, "enumerator %s", name);
    e.found = !st && dwarf_tag (&die) == DW_TAG_enumerator
              && dwarf_attr (&die, DW_AT_const_value, &attr)
              && !dwarf_formsdata (&attr, &value);
    if (e.found)
      e.member.offset = (uint64_t)value;
    kd_layout_cache_put (d->cache, name, "value", &e);
  }
  *out = (int64_t)e.member.offset;
  return e.found ? KD_OK : kd_fail (KD_NOT_FOUND, "no enumerator %s", name);
}

/* --- types as a graph --- */

enum kd_status
kd_dwarf_find (struct kd_dwarf *d, const char *name, kd_type_id *out)
{
  Dwarf_Die die;
  enum kd_status st = find_die (d, name, &die);

  if (st)
    return st == KD_NOT_FOUND ? kd_fail (st, "no type %s", name) : st;
  *out = dwarf_dieoffset (&die);
  return KD_OK;
}

static bool
die_of (struct kd_dwarf *d, kd_type_id id, Dwarf_Die *die)
{
  void *handle;

  if (!d->dw && !kd_elf_dwarf (d->elf, &handle))
    d->dw = handle;
  return d->dw && dwarf_offdie (d->dw, id, die);
}

static kd_type_id
type_of (Dwarf_Die *die)
{
  Dwarf_Die type;

  return die_type (die, &type) ? dwarf_dieoffset (&type) : 0;
}

/* Follow qualifiers to the first typedef.  */
static const char *
alias_of (Dwarf_Die die)
{
  for (int i = 0; i < MAX_RESOLVE; i++)
    switch (dwarf_tag (&die)) {
    case DW_TAG_typedef: {
      const char *name = dwarf_diename (&die);

      return name ? name : "";
    }
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
      if (!die_type (&die, &die))
        return "";
      break;
    default:
      return "";
    }
  return "";
}

static void
base_info (Dwarf_Die *die, struct kd_type_info *out)
{
  uint64_t encoding = 0;

  die_number (die, DW_AT_encoding, &encoding);
  out->class = encoding == DW_ATE_float ? KD_TYPE_FLOAT : KD_TYPE_INT;
  out->is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
  out->is_char
    = encoding == DW_ATE_signed_char || encoding == DW_ATE_unsigned_char;
  out->is_bool = encoding == DW_ATE_boolean;
}

static enum kd_type_class
class_of (int tag)
{
  switch (tag) {
  case DW_TAG_pointer_type:
    return KD_TYPE_POINTER;
  case DW_TAG_array_type:
    return KD_TYPE_ARRAY;
  case DW_TAG_structure_type:
    return KD_TYPE_STRUCT;
  case DW_TAG_union_type:
    return KD_TYPE_UNION;
  case DW_TAG_enumeration_type:
    return KD_TYPE_ENUM;
  case DW_TAG_subroutine_type:
    return KD_TYPE_FUNCTION;
  default:
    return KD_TYPE_UNKNOWN;
  }
}

void
kd_dwarf_info (struct kd_dwarf *d, kd_type_id id, struct kd_type_info *out)
{
  Dwarf_Attribute attr;
  Dwarf_Die die;
  uint64_t elem, count;
  const char *name;

  if (!die_of (d, id, &die))
    return;
  out->alias = alias_of (die);
  if (!resolve (&die)) {
    out->class = KD_TYPE_VOID; /* typedefs and qualifiers of no type */
    return;
  }
  out->id = dwarf_dieoffset (&die);
  name = dwarf_diename (&die);
  out->name = name ? name : "";
  if (dwarf_tag (&die) == DW_TAG_base_type)
    base_info (&die, out);
  else
    out->class = class_of (dwarf_tag (&die));
  if (dwarf_attr (&die, DW_AT_declaration, &attr)) {
    Dwarf_Die whole;

    /* Defined in another unit.  */
    if (!name || find_die (d, name, &whole)
        || dwarf_tag (&whole) != dwarf_tag (&die)) {
      out->class = KD_TYPE_UNKNOWN;
      return;
    }
    die = whole;
    out->id = dwarf_dieoffset (&die);
  }
  if (out->class == KD_TYPE_POINTER || out->class == KD_TYPE_ARRAY)
    out->target = type_of (&die);
  if (out->class == KD_TYPE_ARRAY && !array_count (&die, &out->count))
    out->count = 0;
  if (out->class != KD_TYPE_FUNCTION
      && !die_size (&die, &out->size, &elem, &count))
    out->size = 0;
}

void
kd_dwarf_members (struct kd_dwarf *d, kd_type_id id,
                  bool (*fn) (void *arg, const struct kd_type_member *m),
                  void *arg)
{
  struct kd_type_info info = { 0 };
  Dwarf_Die die, m;
  unsigned budget = BUDGET;

  kd_dwarf_info (d, id, &info);
  if ((info.class != KD_TYPE_STRUCT && info.class != KD_TYPE_UNION)
      || !die_of (d, info.id, &die) || dwarf_child (&die, &m))
    return;
  do {
    struct kd_type_member member;
    struct found f;
    const char *name;

    if (dwarf_tag (&m) != DW_TAG_member || !budget-- || !member_place (&m, &f))
      continue;
    name = dwarf_diename (&m);
    member = (struct kd_type_member){ .name = name ? name : "",
                                      .type = dwarf_dieoffset (&f.type),
                                      .bits = f.bits,
                                      .bit_size = f.bit_size };
    if (!fn (arg, &member))
      return;
  } while (budget && !dwarf_siblingof (&m, &m));
}

const char *
kd_dwarf_enum_name (struct kd_dwarf *d, kd_type_id id, int64_t value)
{
  Dwarf_Die die, item;
  Dwarf_Attribute attr;
  Dwarf_Sword v;

  if (!die_of (d, id, &die) || !resolve (&die)
      || dwarf_tag (&die) != DW_TAG_enumeration_type
      || dwarf_child (&die, &item))
    return NULL;
  do
    if (dwarf_attr (&item, DW_AT_const_value, &attr)
        && !dwarf_formsdata (&attr, &v) && v == value)
      return dwarf_diename (&item);
  while (!dwarf_siblingof (&item, &item));
  return NULL;
}
