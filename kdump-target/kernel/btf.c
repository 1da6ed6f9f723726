/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BTF: validation, look-up by name, members and enumerators. */
#include "kernel/btf.h"

#include "base/cursor.h"

#include <string.h>

enum kind {
  KIND_VOID,
  KIND_INT,
  KIND_PTR,
  KIND_ARRAY,
  KIND_STRUCT,
  KIND_UNION,
  KIND_ENUM,
  KIND_FWD,
  KIND_TYPEDEF,
  KIND_VOLATILE,
  KIND_CONST,
  KIND_RESTRICT,
  KIND_FUNC,
  KIND_FUNC_PROTO,
  KIND_VAR,
  KIND_DATASEC,
  KIND_FLOAT,
  KIND_DECL_TAG,
  KIND_TYPE_TAG,
  KIND_ENUM64,
  NKINDS
};

enum {
  MAGIC = 0xeb9f,
  HEADER_SIZE = 24, /* the least of version 1 */
  TYPE_SIZE = 12,   /* name, info, size or type */
  MAX_RESOLVE = 64, /* modifiers and array dimensions in a row */
  MAX_NESTING = 32, /* anonymous members in each other */
  BUDGET = 1 << 20, /* members looked at for one look-up */
  MAX_TYPES = 1 << 24
};

struct kd_btf {
  const uint8_t *data;
  void *owned;
  const uint8_t *types, *strings;
  size_t types_size, strings_size;
  uint32_t *offset; /* of type I in `types`; type 0 is void */
  uint32_t ntypes;
  uint32_t *names; /* hash table of type numbers, NULL: to be made */
  uint32_t names_mask;
};

/* One type record, decoded.  */
struct rec {
  uint32_t name; /* offset of a checked string */
  enum kind kind;
  bool flag; /* kind_flag */
  uint32_t vlen;
  uint32_t size_or_type;
  const uint8_t *extra;
};

/* Bytes after the common part, and how many for each of vlen.  */
static const struct {
  uint8_t fixed, each;
} extra_size[NKINDS] = {
  [KIND_INT] = { 4, 0 },      [KIND_ARRAY] = { 12, 0 },
  [KIND_STRUCT] = { 0, 12 },  [KIND_UNION] = { 0, 12 },
  [KIND_ENUM] = { 0, 8 },     [KIND_FUNC_PROTO] = { 0, 8 },
  [KIND_VAR] = { 4, 0 },      [KIND_DATASEC] = { 0, 12 },
  [KIND_DECL_TAG] = { 4, 0 }, [KIND_ENUM64] = { 0, 12 },
};

static void
get_rec (const struct kd_btf *b, uint32_t id, struct rec *r)
{
  const uint8_t *p = b->types + b->offset[id];
  uint32_t info = kd_le32 (p + 4);
  *r = (struct rec){
    .name = kd_le32 (p),
    .kind = (enum kind) (info >> 24 & 0x1f),
    .flag = info >> 31,
    .vlen = info & 0xffff,
    .size_or_type = kd_le32 (p + 8),
    .extra = p + TYPE_SIZE,
  };
}

static const char *
string_at (const struct kd_btf *b, uint32_t off)
{
  return off < b->strings_size ? (const char *)b->strings + off : "";
}

/* --- validation --- */

static enum kd_status
check_header (struct kd_btf *b, size_t size)
{
  struct kd_cursor c;
  kd_cursor_init (&c, b->data, size, 0, "BTF header");
  uint16_t magic = kd_cursor_u16 (&c);
  uint8_t version = kd_cursor_u8 (&c);
  kd_cursor_u8 (&c);
  uint32_t header = kd_cursor_u32 (&c);
  uint32_t type_off = kd_cursor_u32 (&c), type_len = kd_cursor_u32 (&c);
  uint32_t str_off = kd_cursor_u32 (&c), str_len = kd_cursor_u32 (&c);
  enum kd_status st = kd_cursor_status (&c);
  if (st)
    return st;
  if (magic == 0x9feb)
    return kd_fail (KD_UNSUPPORTED, "BTF of the other byte order");
  if (magic != MAGIC)
    return kd_fail (KD_CORRUPT, "BTF: magic 0x%x is not 0x%x", magic, MAGIC);
  if (version != 1)
    return kd_fail (KD_UNSUPPORTED, "BTF: version %u is not known", version);
  if (header < HEADER_SIZE || header > size)
    return kd_fail (KD_CORRUPT, "BTF: header of %u bytes", header);
  size_t room = size - header;
  if (type_off > room || type_len > room - type_off || type_off % 4
      || str_off > room || str_len > room - str_off)
    return kd_fail (KD_CORRUPT,
                    "BTF: types (0x%x+0x%x) or strings (0x%x+0x%x) beyond its "
                    "end at 0x%zx",
                    type_off, type_len, str_off, str_len, room);
  b->types = b->data + header + type_off;
  b->types_size = type_len;
  b->strings = b->data + header + str_off;
  b->strings_size = str_len;
  if (!str_len || b->strings[0] || b->strings[str_len - 1])
    return kd_fail (KD_CORRUPT, "BTF: string section is not zero-terminated");
  return KD_OK;
}

/* Length of the record at POS, 0 if it is bad.  */
static size_t
record_size (const struct kd_btf *b, size_t pos)
{
  size_t left = b->types_size - pos;
  if (left < TYPE_SIZE)
    return 0;
  const uint8_t *p = b->types + pos;
  uint32_t info = kd_le32 (p + 4), kind = info >> 24 & 0x1f;
  if (!kind || kind >= NKINDS || kd_le32 (p) >= b->strings_size)
    return 0;
  size_t size = TYPE_SIZE + extra_size[kind].fixed
                + extra_size[kind].each * (size_t)(info & 0xffff);
  return size <= left ? size : 0;
}

static enum kd_status
index_types (struct kd_btf *b)
{
  size_t room = b->types_size / 24 + 16;
  b->offset = malloc (room * sizeof *b->offset);
  if (!b->offset)
    return kd_fail (KD_NOMEM, "out of memory for BTF");
  b->ntypes = 1;
  size_t len;
  for (size_t pos = 0; pos < b->types_size; pos += len) {
    len = record_size (b, pos);
    if (!len)
      return kd_fail (KD_CORRUPT,
                      "BTF: type %u at 0x%zx is malformed or of an unknown "
                      "kind",
                      b->ntypes, pos);
    if (b->ntypes == room) {
      room *= 2;
      uint32_t *more
        = room < MAX_TYPES ? realloc (b->offset, room * sizeof *more) : NULL;
      if (!more)
        return kd_fail (KD_NOMEM, "out of memory for BTF (%u types)",
                        b->ntypes);
      b->offset = more;
    }
    b->offset[b->ntypes++] = (uint32_t)pos;
  }
  return KD_OK;
}

enum kd_status
kd_btf_create (const void *data, size_t size, void *owned, struct kd_btf **out)
{
  struct kd_btf *b KD_GUARD (btf) = kd_calloc (1, sizeof *b);
  if (!b) {
    free (owned);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  b->data = data;
  b->owned = owned;
  enum kd_status st = check_header (b, size);
  if (!st)
    st = index_types (b);
  if (st)
    return st;
  *out = KD_STEAL (b);
  return KD_OK;
}

void
kd_btf_destroy (struct kd_btf *b)
{
  if (!b)
    return;
  free (b->owned);
  free (b->offset);
  free (b->names);
  free (b);
}

/* --- by name --- */

static uint32_t
hash_name (const char *name, size_t len)
{
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < len; i++)
    h = (h ^ (uint8_t)name[i]) * 16777619u;
  return h ^ h >> 15;
}

static bool
is_named_type (enum kind k)
{
  return k == KIND_STRUCT || k == KIND_UNION || k == KIND_TYPEDEF
         || k == KIND_ENUM || k == KIND_ENUM64 || k == KIND_INT
         || k == KIND_FLOAT;
}

/* Of several types with one name the look-up tries each, structs and unions
   before typedefs; so they go in by that order.  */
static enum kd_status
make_name_index (struct kd_btf *b)
{
  uint32_t size = 1024;
  while (size < b->ntypes * UINT64_C (2))
    size *= 2;
  b->names = kd_calloc (size, sizeof *b->names);
  if (!b->names)
    return kd_fail (KD_NOMEM, "out of memory for BTF");
  b->names_mask = size - 1;
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t id = 1; id < b->ntypes; id++) {
      struct rec r;
      get_rec (b, id, &r);
      bool aggregate = r.kind == KIND_STRUCT || r.kind == KIND_UNION;
      if (!r.name || aggregate != !pass || !is_named_type (r.kind))
        continue;
      const char *name = string_at (b, r.name);
      uint32_t i = hash_name (name, strlen (name)) & b->names_mask;
      while (b->names[i])
        i = (i + 1) & b->names_mask;
      b->names[i] = id;
    }
  return KD_OK;
}

/* Iterate over the types called NAME; *SLOT is the state, at first -1.
   Returns 0 at the end.  */
static uint32_t
next_by_name (const struct kd_btf *b, const char *name, uint64_t *slot)
{
  uint32_t i;
  if (*slot == UINT64_MAX)
    i = hash_name (name, strlen (name)) & b->names_mask;
  else
    i = (uint32_t)(*slot + 1) & b->names_mask;
  for (; b->names[i]; i = (i + 1) & b->names_mask) {
    struct rec r;
    get_rec (b, b->names[i], &r);
    if (!strcmp (string_at (b, r.name), name)) {
      *slot = i;
      return b->names[i];
    }
  }
  return 0;
}

/* --- types --- */

/* Follow typedefs and qualifiers; false for a chain without end or a type
   number out of range.  ID 0 is void.  */
static bool
resolve (const struct kd_btf *b, uint32_t *id, struct rec *r)
{
  for (int i = 0; i < MAX_RESOLVE; i++) {
    if (!*id || *id >= b->ntypes)
      return false;
    get_rec (b, *id, r);
    if (r->kind != KIND_TYPEDEF && r->kind != KIND_VOLATILE
        && r->kind != KIND_CONST && r->kind != KIND_RESTRICT
        && r->kind != KIND_TYPE_TAG)
      return true;
    *id = r->size_or_type;
  }
  return false;
}

static enum kd_status
fail_type (uint32_t id)
{
  return kd_fail (KD_CORRUPT,
                  "BTF: type %u does not exist, has no size, or is defined by "
                  "itself",
                  id);
}

/* Size of type ID, of which all array dimensions together have COUNT
   elements of ELEM bytes.  */
static enum kd_status
type_size (const struct kd_btf *b, uint32_t id, uint64_t *size, uint64_t *elem,
           uint64_t *count)
{
  uint64_t n = 1;
  bool array = false;
  for (int i = 0; i < MAX_RESOLVE; i++) {
    struct rec r;
    uint32_t at = id;
    if (!resolve (b, &at, &r))
      return fail_type (id);
    switch (r.kind) {
    case KIND_ARRAY:
      if (__builtin_mul_overflow (n, kd_le32 (r.extra + 8), &n))
        return fail_type (id);
      array = true;
      id = kd_le32 (r.extra);
      continue;
    case KIND_PTR:
      *elem = 8;
      break;
    case KIND_INT:
    case KIND_STRUCT:
    case KIND_UNION:
    case KIND_ENUM:
    case KIND_ENUM64:
    case KIND_FLOAT:
      *elem = r.size_or_type;
      break;
    case KIND_FWD:
      *elem = 0; /* known elsewhere */
      break;
    default:
      return fail_type (id);
    }
    *count = array ? n : 1;
    return __builtin_mul_overflow (*elem, *count, size) ? fail_type (id)
                                                        : KD_OK;
  }
  return fail_type (id);
}

/* Where a search for a member stands.  */
struct find {
  const struct kd_btf *btf;
  const char *name; /* not terminated */
  size_t len;
  unsigned budget;
};

struct found {
  uint64_t bits; /* from the start of the struct searched */
  uint32_t type;
  uint8_t bit_size;
};

static bool
name_is (const struct find *f, uint32_t off)
{
  const char *s = string_at (f->btf, off);
  return !strncmp (s, f->name, f->len) && !s[f->len];
}

/* Find a member of struct R, also in anonymous structs and unions in it.
   Offsets add up in 64 bits from 32-bit ones of bounded depth.  */
static bool
find_member (struct find *f, const struct rec *r, int depth, struct found *out)
{
  for (uint32_t i = 0; i < r->vlen; i++) {
    const uint8_t *m = r->extra + (size_t)i * 12;
    uint32_t name = kd_le32 (m), type = kd_le32 (m + 4),
             where = kd_le32 (m + 8);
    uint64_t bits = r->flag ? where & 0xffffff : where;
    if (!f->budget)
      return false;
    f->budget--;
    if (name && name_is (f, name)) {
      *out
        = (struct found){ bits, type, r->flag ? (uint8_t)(where >> 24) : 0 };
      return true;
    }
    struct rec inner;
    if (name && string_at (f->btf, name)[0])
      continue;
    if (depth >= MAX_NESTING || !resolve (f->btf, &type, &inner)
        || (inner.kind != KIND_STRUCT && inner.kind != KIND_UNION))
      continue;
    if (find_member (f, &inner, depth + 1, out)) {
      out->bits += bits;
      return true;
    }
  }
  return false;
}

/* Bit-fields of old BTF (no kind_flag) have their width in an INT.  */
static void
int_bitfield (const struct kd_btf *b, struct found *f)
{
  struct rec r;
  uint32_t id = f->type;
  if (f->bit_size || !resolve (b, &id, &r) || r.kind != KIND_INT)
    return;
  uint32_t encoding = kd_le32 (r.extra);
  uint32_t width = encoding & 0xff;
  if (width && width != r.size_or_type * 8) {
    f->bits += encoding >> 16 & 0xff;
    f->bit_size = (uint8_t)width;
  }
}

static enum kd_status
fill_member (const struct kd_btf *b, uint64_t base_bits, struct found *f,
             struct kd_member *out)
{
  int_bitfield (b, f);
  uint64_t bits = base_bits + f->bits;
  memset (out, 0, sizeof *out);
  out->offset = bits / 8;
  out->bit_size = f->bit_size;
  out->bit_offset = f->bit_size ? bits % 8 : 0;
  enum kd_status st
    = type_size (b, f->type, &out->size, &out->elem_size, &out->count);
  if (!st && !f->bit_size && bits % 8)
    st = kd_fail (KD_CORRUPT, "BTF: a member at no whole byte");
  return st;
}

/* PATH in the type number ID; KD_NOT_FOUND without words.  Each further part
   goes into the struct that the one before is, or is an array of.  */
static enum kd_status
walk_path (const struct kd_btf *b, uint32_t id, const char *path,
           struct kd_member *out)
{
  uint64_t base = 0;
  struct found found = { 0 };
  for (const char *p = path;;) {
    struct rec r;
    for (int i = 0;; i++) {
      if (!resolve (b, &id, &r))
        return KD_NOT_FOUND;
      if (r.kind != KIND_ARRAY || p == path || i == MAX_RESOLVE)
        break;
      id = kd_le32 (r.extra);
    }
    if (r.kind != KIND_STRUCT && r.kind != KIND_UNION)
      return KD_NOT_FOUND;
    struct find f = { b, p, strcspn (p, "."), BUDGET };
    if (!f.len || !find_member (&f, &r, 0, &found))
      return KD_NOT_FOUND;
    p += f.len;
    if (!*p)
      return fill_member (b, base, &found, out);
    p++;
    base += found.bits;
    id = found.type;
  }
}

enum kd_status
kd_btf_member (struct kd_btf *b, const char *type, const char *path,
               struct kd_member *out)
{
  enum kd_status st = b->names ? KD_OK : make_name_index (b);
  if (st)
    return st;
  uint64_t slot = UINT64_MAX;
  uint32_t id;
  bool any = false;
  while ((id = next_by_name (b, type, &slot))) {
    any = true;
    st = walk_path (b, id, path, out);
    if (st != KD_NOT_FOUND)
      return kd_context (st, "%s.%s", type, path);
  }
  return any ? kd_fail (KD_NOT_FOUND, "type %s has no member %s", type, path)
             : kd_fail (KD_NOT_FOUND, "no type %s", type);
}

enum kd_status
kd_btf_size (struct kd_btf *b, const char *type, uint64_t *out)
{
  enum kd_status st = b->names ? KD_OK : make_name_index (b);
  if (st)
    return st;
  uint64_t slot = UINT64_MAX, elem, count;
  uint32_t id = next_by_name (b, type, &slot);
  if (!id)
    return kd_fail (KD_NOT_FOUND, "no type %s", type);
  return kd_context (type_size (b, id, out, &elem, &count), "type %s", type);
}

enum kd_status
kd_btf_enumerator (struct kd_btf *b, const char *name, int64_t *out)
{
  size_t len = strlen (name);
  for (uint32_t id = 1; id < b->ntypes; id++) {
    struct rec r;
    get_rec (b, id, &r);
    if (r.kind != KIND_ENUM && r.kind != KIND_ENUM64)
      continue;
    size_t each = extra_size[r.kind].each;
    struct find f = { .btf = b, .name = name, .len = len };
    for (uint32_t i = 0; i < r.vlen; i++) {
      const uint8_t *e = r.extra + i * each;
      if (!name_is (&f, kd_le32 (e)))
        continue;
      if (r.kind == KIND_ENUM64)
        *out = (int64_t)kd_le64 (e + 4);
      else
        *out = r.flag ? (int32_t)kd_le32 (e + 4) : (int64_t)kd_le32 (e + 4);
      return KD_OK;
    }
  }
  return kd_fail (KD_NOT_FOUND, "no enumerator %s", name);
}

/* --- types as a graph --- */

enum kd_status
kd_btf_find (struct kd_btf *b, const char *name, kd_type_id *out)
{
  enum kd_status st = b->names ? KD_OK : make_name_index (b);
  uint64_t slot = UINT64_MAX;

  if (st)
    return st;
  *out = next_by_name (b, name, &slot);
  return *out ? KD_OK : kd_fail (KD_NOT_FOUND, "no type %s", name);
}

/* The outermost typedef's name.  */
static const char *
alias_of (const struct kd_btf *b, uint32_t id)
{
  struct rec r;

  for (int i = 0; i < MAX_RESOLVE && id && id < b->ntypes; i++) {
    get_rec (b, id, &r);
    if (r.kind == KIND_TYPEDEF)
      return string_at (b, r.name);
    if (r.kind != KIND_VOLATILE && r.kind != KIND_CONST
        && r.kind != KIND_RESTRICT && r.kind != KIND_TYPE_TAG)
      break;
    id = r.size_or_type;
  }
  return "";
}

/* Is ID void behind qualifiers?  */
static bool
is_void (const struct kd_btf *b, uint32_t id)
{
  struct rec r;

  for (int i = 0; i < MAX_RESOLVE; i++) {
    if (!id)
      return true;
    if (id >= b->ntypes)
      return false;
    get_rec (b, id, &r);
    if (r.kind != KIND_VOLATILE && r.kind != KIND_CONST
        && r.kind != KIND_RESTRICT && r.kind != KIND_TYPEDEF
        && r.kind != KIND_TYPE_TAG)
      return false;
    id = r.size_or_type;
  }
  return false;
}

static void
int_info (const struct kd_btf *b, const struct rec *r,
          struct kd_type_info *out)
{
  enum { SIGNED = 1, CHAR = 2, BOOL = 4 };
  uint32_t encoding = kd_le32 (r->extra) >> 24;

  out->class = KD_TYPE_INT;
  out->is_signed = encoding & SIGNED;
  /* Compilers say CHAR of none: it is by its name.  */
  out->is_char = encoding & CHAR || !strcmp (string_at (b, r->name), "char");
  out->is_bool = encoding & BOOL;
}

void
kd_btf_info (struct kd_btf *b, kd_type_id id, struct kd_type_info *out)
{
  static const enum kd_type_class classes[NKINDS] = {
    [KIND_PTR] = KD_TYPE_POINTER,   [KIND_ARRAY] = KD_TYPE_ARRAY,
    [KIND_STRUCT] = KD_TYPE_STRUCT, [KIND_UNION] = KD_TYPE_UNION,
    [KIND_ENUM] = KD_TYPE_ENUM,     [KIND_ENUM64] = KD_TYPE_ENUM,
    [KIND_FLOAT] = KD_TYPE_FLOAT,   [KIND_FUNC_PROTO] = KD_TYPE_FUNCTION,
    [KIND_FUNC] = KD_TYPE_FUNCTION,
  };
  uint32_t at = (uint32_t)id;
  uint64_t elem, count;
  struct rec r;

  if (id >= b->ntypes)
    return;
  out->alias = alias_of (b, at);
  if (!resolve (b, &at, &r)) {
    if (is_void (b, (uint32_t)id))
      out->class = KD_TYPE_VOID;
    return;
  }
  out->id = at;
  out->name = string_at (b, r.name);
  if (r.kind == KIND_INT)
    int_info (b, &r, out);
  else if (r.kind < NKINDS && classes[r.kind])
    out->class = classes[r.kind];
  else
    return; /* a forward declaration */
  if (r.kind == KIND_ENUM || r.kind == KIND_ENUM64)
    out->is_signed = r.flag;
  if (r.kind == KIND_PTR)
    out->target = r.size_or_type;
  if (r.kind == KIND_ARRAY) {
    out->target = kd_le32 (r.extra);
    out->count = kd_le32 (r.extra + 8);
  }
  if (r.kind != KIND_FUNC_PROTO && r.kind != KIND_FUNC
      && type_size (b, at, &out->size, &elem, &count))
    out->size = 0;
}

void
kd_btf_members (struct kd_btf *b, kd_type_id id,
                bool (*fn) (void *arg, const struct kd_type_member *m),
                void *arg)
{
  uint32_t at = (uint32_t)id;
  struct rec r;

  if (id >= b->ntypes || !resolve (b, &at, &r)
      || (r.kind != KIND_STRUCT && r.kind != KIND_UNION))
    return;
  for (uint32_t i = 0; i < r.vlen; i++) {
    const uint8_t *m = r.extra + (size_t)i * 12;
    uint32_t where = kd_le32 (m + 8);
    struct found f = { .bits = r.flag ? where & 0xffffff : where,
                       .type = kd_le32 (m + 4),
                       .bit_size = r.flag ? (uint8_t)(where >> 24) : 0 };
    struct kd_type_member member;

    int_bitfield (b, &f);
    member = (struct kd_type_member){ .name = string_at (b, kd_le32 (m)),
                                      .type = f.type,
                                      .bits = f.bits,
                                      .bit_size = f.bit_size };
    if (!fn (arg, &member))
      return;
  }
}

const char *
kd_btf_enum_name (struct kd_btf *b, kd_type_id id, int64_t value)
{
  uint32_t at = (uint32_t)id;
  struct rec r;

  if (id >= b->ntypes || !resolve (b, &at, &r)
      || (r.kind != KIND_ENUM && r.kind != KIND_ENUM64))
    return NULL;
  for (uint32_t i = 0; i < r.vlen; i++) {
    const uint8_t *e = r.extra + (size_t)i * extra_size[r.kind].each;
    int64_t v = r.kind == KIND_ENUM64 ? (int64_t)kd_le64 (e + 4)
                : r.flag              ? (int32_t)kd_le32 (e + 4)
                                      : (int64_t)kd_le32 (e + 4);

    if (v == value)
      return string_at (b, kd_le32 (e));
  }
  return NULL;
}
