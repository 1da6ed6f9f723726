/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members by logical name: the alternatives of layout.def tried in turn. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <string.h>

struct row {
  const char *logical, *type, *path;
};

static const struct row rows[] = {
#define KD_LAYOUT(logical, type, path) { logical, type, path },
#include "kernel/layout.def"
#undef KD_LAYOUT
};
enum { NROWS = KD_ARRAY_SIZE (rows) };

void
kd_layout_destroy (struct kd_kernel *k)
{
  free (k->priv->layouts);
  k->priv->layouts = NULL;
}

static enum kd_status
fail_missing (size_t first, size_t end)
{
  struct kd_strbuf tried KD_AUTO_STRBUF;
  kd_strbuf_init (&tried);
  for (size_t i = first; i < end; i++)
    kd_strbuf_printf (&tried, "%s%s.%s",
                      i == first     ? ""
                      : i + 1 == end ? " or "
                                     : ", ",
                      rows[i].type, rows[i].path);
  return kd_fail (KD_NOT_FOUND, "the kernel's types have no %s",
                  kd_strbuf_str (&tried));
}

static enum kd_status
look_up (struct kd_kernel *k, size_t first, size_t end, struct kd_member *out)
{
  if (!strcmp (kd_types_source (k->types), "none"))
    return kd_types_member (k->types, rows[first].type, rows[first].path, out);
  for (size_t i = first; i < end; i++) {
    enum kd_status st
      = kd_types_member (k->types, rows[i].type, rows[i].path, out);
    if (st != KD_NOT_FOUND)
      return st;
  }
  return fail_missing (first, end);
}

enum kd_status
kd_layout (struct kd_kernel *k, const char *logical, struct kd_member *out)
{
  if (!k->priv->layouts) {
    k->priv->layouts = kd_calloc (NROWS, sizeof *k->priv->layouts);
    if (!k->priv->layouts)
      return kd_fail (KD_NOMEM, "out of memory");
  }
  size_t first = 0, end;
  while (first < NROWS && strcmp (rows[first].logical, logical) != 0)
    first++;
  if (first == NROWS)
    return kd_fail (KD_USAGE, "layout.def has no %s", logical);
  for (end = first; end < NROWS && !strcmp (rows[end].logical, logical);)
    end++;
  struct kd_layout_slot *slot = &k->priv->layouts[first];
  /* A failure is looked up again for the sake of its words; what is missing
     in one kernel is asked for once or twice.  */
  if (!slot->asked || slot->status) {
    slot->status = look_up (k, first, end, &slot->member);
    slot->asked = true;
  }
  if (!slot->status)
    *out = slot->member;
  return slot->status;
}

/* M of the object at ADDR; *BITS says how many there are.  */
static enum kd_status
read_bits (struct kd_kernel *k, uint64_t addr, const char *logical,
           uint64_t *out, unsigned *bits)
{
  struct kd_member m;
  enum kd_status st = kd_layout (k, logical, &m);
  if (st)
    return st;
  if (m.size != 1 && m.size != 2 && m.size != 4 && m.size != 8)
    return kd_fail (KD_CORRUPT, "%s has %llu bytes", logical,
                    (unsigned long long)m.size);
  uint8_t raw[8] = { 0 };
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr + m.offset, raw, m.size,
                    NULL);
  if (st)
    return kd_context (st, "%s at 0x%llx", logical, (unsigned long long)addr);
  bool big = kd_dump_info (k->dump)->big_endian;
  *bits = (unsigned)m.size * 8;
  *out = big ? kd_be64 (raw) >> (64 - *bits) : kd_le64 (raw);
  if (!m.bit_size)
    return KD_OK;
  if (m.bit_offset + m.bit_size > *bits)
    return kd_fail (KD_CORRUPT, "%s is a bit-field beyond its %u bits",
                    logical, *bits);
  *out >>= big ? *bits - m.bit_offset - m.bit_size : m.bit_offset;
  *bits = m.bit_size;
  if (*bits < 64)
    *out &= (UINT64_C (1) << *bits) - 1;
  return KD_OK;
}

enum kd_status
kd_read_member (struct kd_kernel *k, uint64_t addr, const char *logical,
                uint64_t *out)
{
  unsigned bits;
  return read_bits (k, addr, logical, out, &bits);
}

enum kd_status
kd_read_signed (struct kd_kernel *k, uint64_t addr, const char *logical,
                int64_t *out)
{
  uint64_t value;
  unsigned bits;
  enum kd_status st = read_bits (k, addr, logical, &value, &bits);
  if (st)
    return st;
  if (bits < 64 && value >> (bits - 1) & 1)
    value |= ~UINT64_C (0) << bits;
  *out = (int64_t)value;
  return KD_OK;
}

bool
kd_has_member (struct kd_kernel *k, const char *logical)
{
  struct kd_member m;
  return !kd_layout (k, logical, &m);
}

enum kd_status
kd_layout_needs (struct kd_kernel *k, const char *const *logical, size_t n)
{
  struct kd_member m;
  enum kd_status st = KD_OK;
  for (size_t i = 0; i < n && !st; i++)
    st = kd_layout (k, logical[i], &m);
  return st;
}

void
kd_make_printable (char *s)
{
  for (; *s; s++)
    if (*s < ' ' || *s > '~')
      *s = '?';
}

enum kd_status
kd_read_member_string (struct kd_kernel *k, uint64_t addr, const char *logical,
                       char *buf, size_t size)
{
  struct kd_member m;
  enum kd_status st = kd_layout (k, logical, &m);
  if (st)
    return st;
  if (m.size + 1 < size)
    size = m.size + 1;
  st = kd_mem_cstr (k->mem, addr + m.offset, buf, size);
  kd_make_printable (buf);
  return kd_context (st, "%s at 0x%llx", logical, (unsigned long long)addr);
}
