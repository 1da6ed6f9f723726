/* SPDX-License-Identifier: GPL-3.0-or-later */
/* struct: how a type is laid out, and what an object of it has. */
#include "cmd/args.h"
#include "cmd/complete.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_SIZE = 1 << 20, /* bytes of an object */
  MAX_DEPTH = 12,     /* structs in structs */
  MAX_ELEMENTS = 256, /* of an array that are shown */
  MAX_MEMBERS = 16,   /* that can be named */
  PAGE = 4096,
};

/* An object's bytes, and which pages of it could be read.  */
struct object {
  uint64_t addr;
  uint8_t *bytes; /* owned */
  size_t size;
  bool *good; /* for each PAGE of bytes from the object's start; owned */
};

struct show {
  struct kd_session_state *s;
  struct kd_types *types;
  struct kd_writer *w;
  const struct object *o;  /* NULL: only the layout */
  char *only[MAX_MEMBERS]; /* members asked for */
  size_t nonly;
};

/* --- words for a type --- */

static void
type_words (struct show *s, kd_type_id id, int depth, struct kd_strbuf *out)
{
  static const char *const keywords[] = { [KD_TYPE_STRUCT] = "struct ",
                                          [KD_TYPE_UNION] = "union ",
                                          [KD_TYPE_ENUM] = "enum " };
  struct kd_type_info t;

  kd_types_info (s->types, id, &t);
  if (t.alias[0]) {
    kd_strbuf_puts (out, t.alias);
    return;
  }
  switch (t.class) {
  case KD_TYPE_VOID:
    kd_strbuf_puts (out, "void");
    break;
  case KD_TYPE_POINTER:
    if (depth < MAX_DEPTH)
      type_words (s, t.target, depth + 1, out);
    kd_strbuf_puts (out, " *");
    break;
  case KD_TYPE_ARRAY:
    if (depth < MAX_DEPTH)
      type_words (s, t.target, depth + 1, out);
    break;
  case KD_TYPE_FUNCTION:
    kd_strbuf_puts (out, "function");
    break;
  case KD_TYPE_STRUCT:
  case KD_TYPE_UNION:
  case KD_TYPE_ENUM:
    kd_strbuf_printf (out, "%s%s", keywords[t.class],
                      t.name[0] ? t.name : "{...}");
    break;
  default:
    kd_strbuf_puts (out, t.name[0] ? t.name : "?");
  }
}

/* "[4][2]" of an array type.  */
static void
dimensions (struct show *s, kd_type_id id, struct kd_strbuf *out)
{
  struct kd_type_info t;

  kd_types_info (s->types, id, &t);
  for (int i = 0; t.class == KD_TYPE_ARRAY && i < MAX_DEPTH; i++) {
    if (t.count)
      kd_strbuf_printf (out, "[%" PRIu64 "]", t.count);
    else
      kd_strbuf_puts (out, "[]");
    if (t.alias[0])
      break;
    kd_types_info (s->types, t.target, &t);
  }
}

/* --- values --- */

static bool
readable (const struct object *o, uint64_t off, uint64_t size)
{
  if (off > o->size || size > o->size - off)
    return false;
  for (uint64_t p = off / PAGE; size && p <= (off + size - 1) / PAGE; p++)
    if (!o->good[p])
      return false;
  return true;
}

static uint64_t
number_at (const struct object *o, uint64_t off, uint64_t size)
{
  uint64_t v = 0;

  for (uint64_t i = 0; i < size && i < 8; i++)
    v |= (uint64_t)o->bytes[off + i] << 8 * i;
  return v;
}

static int64_t
sign_extend (uint64_t v, unsigned bits)
{
  return bits && bits < 64 && v >> (bits - 1) & 1
           ? (int64_t)(v | UINT64_MAX << bits)
           : (int64_t)v;
}

static void
show_pointer (struct show *s, uint64_t v, struct kd_strbuf *out)
{
  struct kd_kernel *k = s->s->kernel;
  struct kd_symbol sym;

  kd_strbuf_printf (out, v ? "0x%" PRIx64 : "NULL", v);
  if (v && kd_kernel_symbol_at (k, v, &sym)) {
    kd_strbuf_puts (out, " <");
    kd_kernel_format_addr (k, v, out);
    kd_strbuf_puts (out, ">");
  }
}

/* A number of BITS bits, as its type has it.  */
static void
show_number (struct show *s, const struct kd_type_info *t, uint64_t v,
             unsigned bits, struct kd_strbuf *out)
{
  int64_t n = t->is_signed ? sign_extend (v, bits) : (int64_t)v;
  const char *name;

  if (t->class == KD_TYPE_ENUM) {
    name = kd_types_enum_name (s->types, t->id, n);
    kd_strbuf_printf (out, name ? "%s" : "%.0s%" PRId64, name ? name : "", n);
    return;
  }
  if (t->is_bool)
    kd_strbuf_puts (out, v ? "true" : "false");
  else if (t->is_signed)
    kd_strbuf_printf (out, "%" PRId64, n);
  else
    kd_strbuf_printf (out, v > 0xffff ? "0x%" PRIx64 : "%" PRIu64, v);
}

/* An array of characters as text, up to its first zero.  */
static bool
show_text (struct show *s, const struct kd_type_info *elem, uint64_t off,
           uint64_t count, struct kd_strbuf *out)
{
  uint64_t len = 0;

  if (!elem->is_char || elem->size != 1)
    return false;
  while (len < count && s->o->bytes[off + len])
    len++;
  kd_strbuf_putc (out, '"');
  for (uint64_t i = 0; i < len; i++) {
    uint8_t c = s->o->bytes[off + i];

    if (c == '"' || c == '\\')
      kd_strbuf_printf (out, "\\%c", c);
    else if (c >= ' ' && c < 0x7f)
      kd_strbuf_putc (out, (char)c);
    else
      kd_strbuf_printf (out, "\\x%02x", c);
  }
  kd_strbuf_putc (out, '"');
  return true;
}

static void show_value (struct show *s, kd_type_id id, uint64_t off,
                        int depth);

static void
line (struct show *s, int depth, const char *text)
{
  kd_text (s->w, "%*s%s\n", depth * 2, "", text);
}

struct members {
  struct show *s;
  uint64_t off;
  int depth;
};

static bool
show_member (void *arg, const struct kd_type_member *m)
{
  struct members *in = arg;
  struct show *s = in->s;
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  uint64_t off = in->off + m->bits / 8;
  struct kd_type_info t;

  kd_types_info (s->types, m->type, &t);
  kd_strbuf_printf (&text, "%s%s", m->name, m->name[0] ? " = " : "");
  kd_json_object (s->w, NULL);
  kd_json_str_or_null (s->w, "name", m->name);
  kd_json_u64 (s->w, "offset", off);
  if (m->bit_size) {
    uint64_t v = 0, bytes = (m->bits % 8 + m->bit_size + 7) / 8;

    kd_json_u64 (s->w, "bit_offset", m->bits % 8);
    kd_json_u64 (s->w, "bit_size", m->bit_size);
    if (!readable (s->o, off, bytes)) {
      kd_strbuf_puts (&text, "(cannot be read)");
      kd_json_null (s->w, "value");
    } else {
      v = number_at (s->o, off, bytes) >> m->bits % 8;
      if (m->bit_size < 64)
        v &= (UINT64_C (1) << m->bit_size) - 1;
      show_number (s, &t, v, m->bit_size, &text);
      kd_json_u64 (s->w, "value", v);
    }
    kd_strbuf_puts (&text, ",");
    line (s, in->depth, kd_strbuf_str (&text));
  } else {
    kd_text (s->w, "%*s%s", in->depth * 2, "", kd_strbuf_str (&text));
    show_value (s, m->type, off, in->depth);
  }
  kd_json_end (s->w);
  return true;
}

static void
show_aggregate (struct show *s, const struct kd_type_info *t, uint64_t off,
                int depth)
{
  struct members in = { s, off, depth + 1 };

  if (depth >= MAX_DEPTH) {
    kd_text (s->w, "{...},\n");
    kd_json_null (s->w, "value");
    return;
  }
  kd_text (s->w, "{\n");
  kd_json_array (s->w, "value");
  kd_types_members (s->types, t->id, show_member, &in);
  kd_json_end (s->w);
  line (s, depth, depth ? "}," : "}");
}

static bool
same_bytes (const struct object *o, uint64_t a, uint64_t b, uint64_t size)
{
  return readable (o, a, size) && readable (o, b, size)
         && !memcmp (o->bytes + a, o->bytes + b, size);
}

static void
show_array (struct show *s, const struct kd_type_info *t, uint64_t off,
            int depth)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_type_info elem;
  uint64_t shown = 0;

  kd_types_info (s->types, t->target, &elem);
  if (!t->count || !elem.size || depth >= MAX_DEPTH) {
    kd_text (s->w, "%s,\n", t->count ? "{...}" : "{}");
    kd_json_null (s->w, "value");
    return;
  }
  if (readable (s->o, off, t->count)
      && show_text (s, &elem, off, t->count, &text)) {
    kd_text (s->w, "%s,\n", kd_strbuf_str (&text));
    kd_json_str (s->w, "value", kd_strbuf_str (&text));
    return;
  }
  kd_text (s->w, "{\n");
  kd_json_array (s->w, "value");
  for (uint64_t i = 0; i < t->count; shown++) {
    uint64_t at = off + i * elem.size, n = 1;

    while (i + n < t->count
           && same_bytes (s->o, at, at + n * elem.size, elem.size))
      n++;
    if (shown == MAX_ELEMENTS) {
      kd_text (s->w, "%*s... %" PRIu64 " more\n", depth * 2 + 2, "",
               t->count - i);
      break;
    }
    if (n > 1)
      kd_text (s->w, "%*s[%" PRIu64 " ... %" PRIu64 "] = ", depth * 2 + 2, "",
               i, i + n - 1);
    else
      kd_text (s->w, "%*s[%" PRIu64 "] = ", depth * 2 + 2, "", i);
    kd_json_object (s->w, NULL);
    kd_json_u64 (s->w, "first", i);
    kd_json_u64 (s->w, "count", n);
    show_value (s, t->target, at, depth + 1);
    kd_json_end (s->w);
    i += n;
  }
  kd_json_end (s->w);
  line (s, depth, depth ? "}," : "}");
}

/* The value of an object of type ID at OFF, and the end of its line; the JSON
   member "value".  */
static void
show_value (struct show *s, kd_type_id id, uint64_t off, int depth)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_type_info t;
  uint64_t v;

  kd_types_info (s->types, id, &t);
  if (t.class == KD_TYPE_STRUCT || t.class == KD_TYPE_UNION) {
    show_aggregate (s, &t, off, depth);
    return;
  }
  if (t.class == KD_TYPE_ARRAY) {
    show_array (s, &t, off, depth);
    return;
  }
  if (!t.size || t.size > 16 || !readable (s->o, off, t.size)) {
    kd_text (s->w, "%s,\n", t.size ? "(cannot be read)" : "(no type)");
    kd_json_null (s->w, "value");
    return;
  }
  v = number_at (s->o, off, t.size);
  if (t.class == KD_TYPE_POINTER) {
    show_pointer (s, v, &text);
    kd_json_hex (s->w, "value", v);
  } else {
    show_number (s, &t, v, (unsigned)t.size * 8, &text);
    if (t.class == KD_TYPE_ENUM)
      kd_json_str (s->w, "value", kd_strbuf_str (&text));
    else if (t.is_signed)
      kd_json_i64 (s->w, "value", sign_extend (v, (unsigned)t.size * 8));
    else if (t.size < 8)
      kd_json_u64 (s->w, "value", v);
    else
      kd_json_hex (s->w, "value", v);
  }
  kd_text (s->w, "%s%s\n", kd_strbuf_str (&text), depth ? "," : "");
}

/* --- layout --- */

struct layout {
  struct show *s;
  uint64_t end; /* bits, of the member before */
  uint64_t holes, base;
  int depth;
  bool is_union;
};

static bool
layout_member (void *arg, const struct kd_type_member *m)
{
  struct layout *l = arg;
  struct show *s = l->s;
  struct kd_strbuf words KD_AUTO_STRBUF = { 0 }, dims KD_AUTO_STRBUF = { 0 };
  struct kd_type_info t;
  bool open;

  kd_types_info (s->types, m->type, &t);
  if (!l->is_union && m->bits >= l->end + 8 && l->end % 8 == 0) {
    kd_text (s->w, "%10s%*s/* hole of %" PRIu64 " bytes */\n", "",
             l->depth * 2, "", (m->bits - l->end) / 8);
    l->holes += (m->bits - l->end) / 8;
  }
  type_words (s, m->type, 0, &words);
  dimensions (s, m->type, &dims);
  open = !t.name[0] && !t.alias[0] && l->depth < MAX_DEPTH
         && (t.class == KD_TYPE_STRUCT || t.class == KD_TYPE_UNION);
  if (open)
    kd_text (s->w, "%6" PRIu64 "    %*s%s {\n", (l->base + m->bits) / 8,
             l->depth * 2, "", t.class == KD_TYPE_UNION ? "union" : "struct");
  kd_json_object (s->w, NULL);
  kd_json_str_or_null (s->w, "name", m->name);
  kd_json_u64 (s->w, "offset", (l->base + m->bits) / 8);
  kd_json_str (s->w, "type", kd_strbuf_str (&words));
  kd_json_u64 (s->w, "size", t.size);
  if (m->bit_size) {
    kd_json_u64 (s->w, "bit_offset", m->bits % 8);
    kd_json_u64 (s->w, "bit_size", m->bit_size);
  }
  if (open) {
    struct layout inner = { .s = s,
                            .base = l->base + m->bits,
                            .depth = l->depth + 1,
                            .is_union = t.class == KD_TYPE_UNION };

    kd_json_array (s->w, "members");
    kd_types_members (s->types, t.id, layout_member, &inner);
    kd_json_end (s->w);
    kd_text (s->w, "%10s%*s}%s%s;\n", "", l->depth * 2, "",
             m->name[0] ? " " : "", m->name);
  } else if (m->bit_size) {
    kd_text (s->w, "%6" PRIu64 ":%-2u %*s%s %s:%u;\n", (l->base + m->bits) / 8,
             (unsigned)(m->bits % 8), l->depth * 2, "", kd_strbuf_str (&words),
             m->name, m->bit_size);
  } else {
    kd_text (s->w, "%6" PRIu64 "    %*s%s%s%s%s;\n", (l->base + m->bits) / 8,
             l->depth * 2, "", kd_strbuf_str (&words),
             words.len && words.data[words.len - 1] == '*' ? "" : " ", m->name,
             kd_strbuf_str (&dims));
  }
  kd_json_end (s->w);
  l->end = m->bits + (m->bit_size ? m->bit_size : t.size * 8);
  return true;
}

static void
show_layout (struct show *s, const struct kd_type_info *t, const char *name)
{
  struct layout l
    = { .s = s, .depth = 1, .is_union = t->class == KD_TYPE_UNION };

  kd_text (s->w, "%s %s {%*s/* %" PRIu64 " bytes */\n",
           t->class == KD_TYPE_UNION ? "union" : "struct", name, 4, "",
           t->size);
  kd_json_array (s->w, "members");
  kd_types_members (s->types, t->id, layout_member, &l);
  kd_json_end (s->w);
  kd_json_u64 (s->w, "hole_bytes", l.holes);
  kd_text (s->w, "}\n");
}

/* --- objects --- */

static void
object_deinit (struct object *o)
{
  free (o->bytes);
  free (o->good);
}

static enum kd_status
object_read (struct kd_session_state *s, uint64_t addr, uint64_t size,
             struct object *o)
{
  size_t pages = (size_t)(size / PAGE + 1);
  bool any = false;
  uint64_t space;
  enum kd_status st = kd_arg_space (s, addr, &space);

  *o = (struct object){ .addr = addr, .size = (size_t)size };
  if (!st && size > MAX_SIZE)
    st = kd_fail (KD_UNSUPPORTED, "an object of %" PRIu64 " bytes", size);
  if (st)
    return st;
  o->bytes = kd_calloc (o->size, 1);
  o->good = kd_calloc (pages, sizeof *o->good);
  if (!o->bytes || !o->good)
    return kd_fail (KD_NOMEM, "out of memory for the object");
  for (size_t p = 0; p * PAGE < o->size; p++) {
    size_t n = o->size - p * PAGE < PAGE ? o->size - p * PAGE : PAGE;

    st = kd_mem_read (s->kernel->mem, space, addr + p * PAGE,
                      o->bytes + p * PAGE, n, NULL);
    o->good[p] = !st;
    any |= !st;
  }
  return any || !o->size ? KD_OK : st;
}

/* A member with a path ("rcu.next"): its type and place.  */
struct find {
  const char *name;
  size_t len;
  struct show *s;
  struct kd_type_member found;
  bool any;
  int depth;
};

static bool
find_member (void *arg, const struct kd_type_member *m)
{
  struct find *f = arg;
  struct kd_type_info t;

  if (m->name[0]) {
    if (strncmp (m->name, f->name, f->len) != 0 || m->name[f->len])
      return true;
    f->found = *m;
    f->any = true;
    return false;
  }
  kd_types_info (f->s->types, m->type, &t);
  if (f->depth < MAX_DEPTH) {
    struct find in = *f;

    in.depth++;
    kd_types_members (f->s->types, t.id, find_member, &in);
    if (in.any) {
      f->found = in.found;
      f->found.bits += m->bits;
      f->any = true;
    }
  }
  return !f->any;
}

static enum kd_status
member_at (struct show *s, kd_type_id id, const char *path,
           struct kd_type_member *out)
{
  *out = (struct kd_type_member){ .type = id };
  for (const char *p = path;;) {
    struct find f = { .name = p, .len = strcspn (p, "."), .s = s };
    uint64_t base = out->bits;

    kd_types_members (s->types, out->type, find_member, &f);
    if (!f.any)
      return kd_fail (KD_NOT_FOUND, "no member %s", path);
    *out = f.found;
    out->bits += base;
    p += f.len;
    if (!*p) {
      out->name = path;
      return KD_OK;
    }
    p++;
  }
}

static enum kd_status
show_object (struct show *s, const struct kd_type_info *t, const char *name,
             uint64_t addr)
{
  struct object o KD_CLEANUP (object_deinit) = { 0 };
  enum kd_status st = object_read (s->s, addr, t->size, &o);

  if (st)
    return kd_context (st, "%s at 0x%" PRIx64, name, addr);
  s->o = &o;
  kd_json_object (s->w, NULL);
  kd_json_hex (s->w, "address", addr);
  kd_text (s->w, "%s %s at 0x%" PRIx64 " = ",
           t->class == KD_TYPE_UNION ? "union" : "struct", name, addr);
  if (!s->nonly) {
    show_aggregate (s, t, 0, 0);
  } else {
    kd_text (s->w, "{\n");
    kd_json_array (s->w, "value");
    for (size_t i = 0; i < s->nonly && !st; i++) {
      struct kd_type_member m;
      struct members in = { s, 0, 1 };

      st = member_at (s, t->id, s->only[i], &m);
      if (!st)
        show_member (&in, &m);
    }
    kd_json_end (s->w);
    kd_text (s->w, "}\n");
  }
  kd_json_end (s->w);
  s->o = NULL;
  return st;
}

/* --- arguments --- */

/* TYPE.MEMBER,MEMBER: cut TEXT in pieces.  */
static enum kd_status
take_type (char *text, struct show *s)
{
  char *dot = strchr (text, '.'), *rest, *name;

  if (!dot)
    return KD_OK;
  *dot = '\0';
  rest = dot + 1;
  while ((name = strsep (&rest, ",")))
    if (s->nonly == MAX_MEMBERS)
      return kd_fail (KD_USAGE, "at most %d members can be named",
                      MAX_MEMBERS);
    else if (*name)
      s->only[s->nonly++] = name;
  return KD_OK;
}

/* WHERE is an address, or PERCPU:CPULIST.  */
static enum kd_status
show_where (struct show *s, const struct kd_type_info *t, const char *name,
            const char *where)
{
  struct kd_kernel *k = s->s->kernel;
  const char *colon = strrchr (where, ':');
  bool *cpus KD_AUTO_FREE = NULL;
  char *variable KD_AUTO_FREE = NULL;
  uint64_t addr;
  enum kd_status st;

  if (!colon || colon[1] < '0' || colon[1] > '9') {
    st = kd_arg_address (s->s, where, &addr);
    return st ? st : show_object (s, t, name, addr);
  }
  variable = strndup (where, (size_t)(colon - where));
  cpus = kd_calloc (k->ncpus, sizeof *cpus);
  if (!variable || !cpus)
    return kd_fail (KD_NOMEM, "out of memory");
  st = kd_arg_cpu_list (k, colon + 1, cpus);
  for (unsigned cpu = 0; cpu < k->ncpus && !st; cpu++) {
    if (!cpus[cpu])
      continue;
    st = kd_kernel_percpu (k, variable, cpu, &addr);
    kd_text (s->w, "CPU %u: ", cpu);
    if (!st)
      st = show_object (s, t, name, addr);
  }
  return st;
}

static enum kd_status
struct_run (struct kd_session_state *state, const struct kd_args *args,
            struct kd_writer *w)
{
  struct show s = { .s = state, .types = state->kernel->types, .w = w };
  char *name KD_AUTO_FREE = NULL;
  struct kd_type_info t;
  kd_type_id id;
  enum kd_status st;

  if (args->argc == 0)
    return kd_fail (KD_USAGE, "which type?");
  name = strdup (args->argv[0]);
  st = name ? take_type (name, &s) : kd_fail (KD_NOMEM, "out of memory");
  if (!st)
    st = kd_types_find (s.types, name, &id);
  if (st)
    return st;
  kd_types_info (s.types, id, &t);
  if (t.class != KD_TYPE_STRUCT && t.class != KD_TYPE_UNION)
    return kd_fail (KD_NOT_FOUND, "%s is no struct or union", name);
  kd_json_object (w, NULL);
  kd_json_str (w, "type", name);
  kd_json_u64 (w, "size", t.size);
  if (args->argc == 1) {
    show_layout (&s, &t, name);
  } else {
    kd_json_array (w, "objects");
    for (int i = 1; i < args->argc && !st; i++)
      st = show_where (&s, &t, name, args->argv[i]);
    kd_json_end (w);
  }
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_struct = {
  .name = "struct",
  .group = "What is at this address?",
  .summary = "the layout of a type, or an object of it",
  .usage = "struct TYPE[.MEMBER[,MEMBER]...] [ADDRESS|SYMBOL|PERCPU:CPUS]... "
           "[--json]",
  .help
  = "Without an address, the layout of struct or union TYPE: the offset of\n"
    "each member in bytes (with :BIT for bit-fields), and the holes. With\n"
    "one, the object there, member by member, or only those named, which may\n"
    "be paths (rcu.next); of a per-CPU variable, for each of CPUS (0-3,5).\n"
    "What cannot be read is said for each member. Equal elements of arrays\n"
    "are shown once.\n\n"
    "  struct list_head\n"
    "  struct task_struct.comm,pid,se.vruntime init_task\n"
    "  struct rq.nr_running,curr runqueues:0-3\n\n"
    "JSON: {type, size, members: [{name, offset, type, size, bit_offset,\n"
    "bit_size, members}], hole_bytes}; with addresses objects: [{address,\n"
    "value: [{name, offset, bit_offset, bit_size, value}]}], where the value\n"
    "of a struct is such an array, that of an array [{first, count, value}].\n"
    "Numbers of 64 bits without sign, and pointers, are hexadecimal "
    "strings.\n",
  .run = struct_run,
  .complete = kd_complete_symbol,
};
