/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XArrays and radix trees. */
#include "kernel/xarray.h"

#include "base/cursor.h"
#include "kernel/damage.h"
#include "kernel/layout.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_SLOTS = 64, /* 16 with CONFIG_BASE_SMALL */
  MAX_NODE = 1024 /* bytes of a node, with debugging aids */
};

/* How this kernel builds its trees.  */
struct shape {
  bool radix;     /* a radix tree of before 4.20 */
  unsigned bits;  /* of an index that one level decodes */
  uint64_t shift; /* offsets in a node */
  uint64_t offset, parent, slots;
  size_t size; /* bytes of a node as far as we need it */
};

struct node {
  uint64_t addr;
  unsigned shift;  /* bits of an index below this level */
  unsigned offset; /* in the parent */
  uint64_t parent;
  uint64_t slot[MAX_SLOTS];
};

/* What a slot holds.  */
enum kind { EMPTY, DATA, VALUE, NODE, SIBLING };

struct walk {
  struct kd_kernel *k;
  struct shape shape;
  size_t limit, count;
  kd_xarray_fn *fn;
  void *arg;
  bool refused; /* the function's own status, or the limit */
  struct kd_damage damage;
};

static enum kd_status
find_shape (struct kd_kernel *k, struct shape *s)
{
  struct kd_member shift, offset, parent, slots;
  uint64_t unused;
  enum kd_status st = kd_layout (k, "xa_node.shift", &shift);
  if (!st)
    st = kd_layout (k, "xa_node.offset", &offset);
  if (!st)
    st = kd_layout (k, "xa_node.parent", &parent);
  if (!st)
    st = kd_layout (k, "xa_node.slots", &slots);
  if (st)
    return st;
  s->radix = kd_types_size (k->types, "xa_node", &unused) != KD_OK;
  s->shift = shift.offset;
  s->offset = offset.offset;
  s->parent = parent.offset;
  s->slots = slots.offset;
  s->bits = slots.count == 64 ? 6 : 4;
  if (shift.size != 1 || offset.size != 1 || parent.size != 8
      || slots.elem_size != 8 || (slots.count != 64 && slots.count != 16))
    return kd_fail (KD_UNSUPPORTED,
                    "XArray: nodes with %" PRIu64 " slots are not known",
                    slots.count);
  const struct kd_member *const all[] = { &shift, &offset, &parent, &slots };
  s->size = 0;
  for (size_t i = 0; i < KD_ARRAY_SIZE (all); i++) {
    if (all[i]->offset > MAX_NODE - all[i]->size)
      return kd_fail (KD_CORRUPT, "XArray: a node has over %d bytes",
                      MAX_NODE);
    if (s->size < all[i]->offset + all[i]->size)
      s->size = all[i]->offset + all[i]->size;
  }
  return KD_OK;
}

/* The two low bits of an entry say what it is.  A node's address has 2 in
   them (radix tree: 1), an integer 1 or 3 (2).  Small numbers that are marked
   as a node are: the slot that an entry for several indices begins in (radix
   tree: the address of that slot), an entry that a reader is to look up
   again, a reserved one.  *OUT is the address or number.  */
static enum kind
decode (const struct shape *s, const struct node *in, uint64_t entry,
        uint64_t *out)
{
  unsigned mark = entry & 3;
  *out = entry;
  if (!entry)
    return EMPTY;
  if (s->radix) {
    if (mark == 2) {
      *out = entry >> 2;
      return VALUE;
    }
    if (mark != 1)
      return DATA;
    *out = entry - 1;
    uint64_t slots = in ? in->addr + s->slots : 0;
    if (!in || *out - slots >= UINT64_C (8) << s->bits)
      return *out ? NODE : EMPTY;
    *out = (*out - slots) / 8;
    return SIBLING;
  }
  if (mark & 1) {
    *out = entry >> 1;
    return VALUE;
  }
  if (mark != 2)
    return DATA;
  if (entry > 4096) {
    *out = entry - 2;
    return NODE;
  }
  *out = entry >> 2;
  return *out < UINT64_C (1) << s->bits ? SIBLING : EMPTY;
}

/* Read the node at ADDR, which is slot SLOT of IN (NULL: the root).  */
static enum kd_status
read_node (struct kd_kernel *k, const struct shape *s, uint64_t addr,
           const struct node *in, unsigned slot, struct node *out)
{
  uint8_t raw[MAX_NODE];
  enum kd_status st
    = kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, raw, s->size, NULL);
  if (st)
    return kd_context (st, "tree node at 0x%" PRIx64, addr);
  out->addr = addr;
  out->shift = raw[s->shift];
  out->offset = raw[s->offset];
  out->parent = kd_le64 (raw + s->parent);
  for (unsigned i = 0; i < 1u << s->bits; i++)
    out->slot[i] = kd_le64 (raw + s->slots + (size_t)i * 8);
  /* So each node is in one place only, and there are no cycles.  */
  if (!in) {
    if (out->shift % s->bits || out->shift >= 64 || out->parent)
      return kd_fail (KD_CORRUPT,
                      "tree node at 0x%" PRIx64 " is no root (shift %u, "
                      "parent 0x%" PRIx64 ")",
                      addr, out->shift, out->parent);
  } else if (out->shift + s->bits != in->shift || out->offset != slot
             || out->parent != in->addr) {
    return kd_fail (KD_CORRUPT,
                    "tree node at 0x%" PRIx64 " is not slot %u of the one at "
                    "0x%" PRIx64,
                    addr, slot, in->addr);
  }
  return KD_OK;
}

static enum kd_status
visit (struct walk *w, uint64_t index, enum kind kind, uint64_t what)
{
  struct kd_xa_entry entry = { .index = index, .is_value = kind == VALUE };
  *(entry.is_value ? &entry.value : &entry.pointer) = what;
  enum kd_status st;
  if (++w->count > w->limit)
    st = kd_fail (KD_CORRUPT, "tree: more than %zu entries, so it is damaged",
                  w->limit);
  else
    st = w->fn (w->arg, &entry);
  w->refused = st != KD_OK;
  return st;
}

static enum kd_status
walk_node (struct walk *w, uint64_t addr, const struct node *in, unsigned slot,
           uint64_t base)
{
  struct node n;
  enum kd_status st = read_node (w->k, &w->shape, addr, in, slot, &n);
  if (st)
    return kd_damage_note (&w->damage, st);
  for (unsigned i = 0; i < 1u << w->shape.bits && !st; i++) {
    uint64_t what, index = (uint64_t)i << n.shift;
    if (index >> n.shift != i)
      break; /* beyond the last index there is */
    index += base;
    enum kind kind = decode (&w->shape, &n, n.slot[i], &what);
    if (kind == NODE && n.shift)
      st = walk_node (w, what, &n, i, index);
    else if (kind == NODE)
      st
        = kd_damage_note (&w->damage, kd_fail (KD_CORRUPT,
                                               "tree node at 0x%" PRIx64
                                               ": a node below the last level",
                                               addr));
    else if (kind == DATA || kind == VALUE)
      st = visit (w, index, kind, what);
  }
  return st;
}

static enum kd_status
read_root (struct kd_kernel *k, uint64_t root, struct shape *s, uint64_t *head)
{
  enum kd_status st = find_shape (k, s);
  return st ? st : kd_read_member (k, root, "xarray.head", head);
}

enum kd_status
kd_xarray_walk (struct kd_kernel *k, uint64_t root, size_t limit,
                kd_xarray_fn *fn, void *arg)
{
  struct walk w = { .k = k, .limit = limit, .fn = fn, .arg = arg };
  uint64_t head, what;
  enum kd_status st = read_root (k, root, &w.shape, &head);
  if (st)
    return st;
  enum kind kind = decode (&w.shape, NULL, head, &what);
  if (kind == NODE)
    st = walk_node (&w, what, NULL, 0, 0);
  else if (kind == DATA || kind == VALUE)
    st = visit (&w, 0, kind, what);
  return kd_damage_end (&w.damage, st);
}

enum kd_status
kd_xarray_load (struct kd_kernel *k, uint64_t root, uint64_t index,
                struct kd_xa_entry *out)
{
  struct shape s;
  struct node n, above;
  uint64_t head, what;
  enum kd_status st = read_root (k, root, &s, &head);
  if (st)
    return st;
  enum kind kind = decode (&s, NULL, head, &what);
  unsigned slot = 0;
  if (kind != NODE && index)
    kind = EMPTY;
  for (bool first = true; kind == NODE; first = false) {
    st = read_node (k, &s, what, first ? NULL : &above, slot, &n);
    if (st)
      return st;
    unsigned top = n.shift + s.bits;
    if (first && top < 64 && index >> top)
      kind = EMPTY;
    if (kind == EMPTY)
      break;
    slot = (unsigned)(index >> n.shift) & ((1u << s.bits) - 1);
    kind = decode (&s, &n, n.slot[slot], &what);
    if (kind == SIBLING) {
      slot = (unsigned)what;
      kind = decode (&s, &n, n.slot[slot], &what);
    }
    if (kind == NODE && !n.shift)
      return kd_fail (
        KD_CORRUPT, "tree node at 0x%" PRIx64 ": a node below the last level",
        n.addr);
    above = n;
  }
  if (kind != DATA && kind != VALUE)
    return kd_fail (KD_NOT_FOUND, "the tree has nothing at %" PRIu64, index);
  *out = (struct kd_xa_entry){ .index = index, .is_value = kind == VALUE };
  *(out->is_value ? &out->value : &out->pointer) = what;
  return KD_OK;
}

enum kd_status
kd_xarray_height (struct kd_kernel *k, uint64_t root, unsigned *out)
{
  struct shape s;
  struct node n;
  uint64_t head, what;
  enum kd_status st = read_root (k, root, &s, &head);
  *out = 0;
  if (st || decode (&s, NULL, head, &what) != NODE)
    return st;
  st = read_node (k, &s, what, NULL, 0, &n);
  if (!st)
    *out = n.shift / s.bits + 1;
  return st;
}
