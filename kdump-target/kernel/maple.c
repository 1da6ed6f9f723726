/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maple trees. */
#include "kernel/maple.h"

#include "base/cursor.h"
#include "kernel/damage.h"
#include "kernel/layout.h"

#include <inttypes.h>
#include <string.h>

enum {
  NODE_SIZE = 256, /* bytes; a node is aligned to that */
  MAX_DEPTH = 31,  /* MAPLE_HEIGHT_MAX */
  TYPE_SHIFT = 3,  /* of the type in a pointer to a node */
  TYPE_MASK = 0xf,
  DENSE_SLOTS = 31, /* beside the pointer to the parent, which is first */
};

/* enum maple_type.  */
enum { DENSE, LEAF_64, RANGE_64, ARANGE_64, NTYPES };

/* Where a kind of node has its parts.  */
struct form {
  uint64_t pivot, slot, end; /* offsets; END is the last slot in use */
  unsigned slots;            /* one more than pivots */
};

struct walk {
  struct kd_kernel *k;
  struct form form[NTYPES];
  size_t limit, count, nodes;
  kd_maple_fn *fn;
  void *arg;
  struct kd_damage damage;
};

static enum kd_status
find_form (struct kd_kernel *k, const char *const names[3], struct form *out)
{
  struct kd_member pivot, slot, end;
  enum kd_status st = kd_layout (k, names[0], &pivot);
  if (!st)
    st = kd_layout (k, names[1], &slot);
  if (!st)
    st = kd_layout (k, names[2], &end);
  if (st)
    return st;
  if (pivot.elem_size != 8 || slot.elem_size != 8 || end.size != 1
      || slot.count > 32 || slot.count != pivot.count + 1
      || pivot.offset > NODE_SIZE - pivot.size
      || slot.offset > NODE_SIZE - slot.size || end.offset >= NODE_SIZE)
    return kd_fail (KD_UNSUPPORTED,
                    "maple tree: nodes with %" PRIu64 " slots and %" PRIu64
                    " pivots are not known",
                    slot.count, pivot.count);
  *out = (struct form){ pivot.offset, slot.offset, end.offset,
                        (unsigned)slot.count };
  return KD_OK;
}

static enum kd_status
find_forms (struct walk *w)
{
  static const char *const range[3]
    = { "maple_range.pivot", "maple_range.slot", "maple_range.end" };
  static const char *const arange[3]
    = { "maple_arange.pivot", "maple_arange.slot", "maple_arange.end" };
  enum kd_status st = find_form (w->k, range, &w->form[RANGE_64]);
  if (!st)
    st = find_form (w->k, arange, &w->form[ARANGE_64]);
  w->form[LEAF_64] = w->form[RANGE_64];
  return st;
}

static enum kd_status
visit (struct walk *w, uint64_t first, uint64_t last, uint64_t entry)
{
  if (!entry)
    return KD_OK;
  /* Small numbers marked as a node: reserved, or to be looked up again.  */
  if ((entry & 3) == 2 && entry <= 4096)
    return KD_OK;
  if (++w->count > w->limit)
    return kd_fail (KD_CORRUPT,
                    "maple tree: more than %zu entries, so it is damaged",
                    w->limit);
  return w->fn (w->arg, first, last, entry);
}

/* The last slot in use of NODE, whose last index is MAX.  */
static unsigned
last_slot (const struct form *f, unsigned type, const uint8_t *node,
           uint64_t max)
{
  unsigned last_pivot = f->slots - 2;
  uint64_t pivot = kd_le64 (node + f->pivot + (size_t)last_pivot * 8);
  if (type == ARANGE_64 || !pivot)
    return node[f->end];
  /* The node is full, and has no room to say so.  */
  return pivot == max ? last_pivot : last_pivot + 1;
}

static enum kd_status walk_node (struct walk *w, uint64_t pointer,
                                 uint64_t min, uint64_t max, int depth);

/* Slots with a pivot between each: I covers what is above pivot I - 1 and not
   above pivot I.  */
static enum kd_status
walk_slots (struct walk *w, uint64_t addr, unsigned type, const uint8_t *node,
            uint64_t min, uint64_t max, int depth)
{
  const struct form *f = &w->form[type];
  unsigned end = last_slot (f, type, node, max);
  enum kd_status st = KD_OK;
  if (end >= f->slots)
    return kd_damage_note (&w->damage, kd_fail (KD_CORRUPT,
                                                "maple node at 0x%" PRIx64
                                                " says it uses %u of %u slots",
                                                addr, end + 1, f->slots));
  for (unsigned i = 0; i <= end && !st; i++) {
    uint64_t slot = kd_le64 (node + f->slot + (size_t)i * 8), last = max;
    if (i < end)
      last = kd_le64 (node + f->pivot + (size_t)i * 8);
    if (last < min || last > max)
      return kd_damage_note (
        &w->damage,
        kd_fail (KD_CORRUPT,
                 "maple node at 0x%" PRIx64 ": slot %u is for 0x%" PRIx64
                 " to 0x%" PRIx64 ", in a node up to 0x%" PRIx64,
                 addr, i, min, last, max));
    if (type < RANGE_64)
      st = visit (w, min, last, slot);
    else if (slot)
      st = walk_node (w, slot, min, last, depth + 1);
    if (last == max)
      break;
    min = last + 1;
  }
  return st;
}

/* A slot for each index.  */
static enum kd_status
walk_dense (struct walk *w, const uint8_t *node, uint64_t min, uint64_t max)
{
  enum kd_status st = KD_OK;
  for (unsigned i = 0; i < DENSE_SLOTS && i <= max - min && !st; i++)
    st = visit (w, min + i, min + i, kd_le64 (node + 8 + (size_t)i * 8));
  return st;
}

static enum kd_status
walk_node (struct walk *w, uint64_t pointer, uint64_t min, uint64_t max,
           int depth)
{
  uint8_t node[NODE_SIZE];
  uint64_t addr = pointer & ~UINT64_C (0xff);
  unsigned type = (unsigned)(pointer >> TYPE_SHIFT) & TYPE_MASK;
  /* All nodes but the lowest have two entries or more, mostly.  */
  if (depth > MAX_DEPTH || ++w->nodes > w->limit + 64)
    return kd_damage_note (
      &w->damage,
      kd_fail (KD_CORRUPT, "maple node at 0x%" PRIx64 ": the tree is too %s",
               addr, depth > MAX_DEPTH ? "deep" : "large"));
  if (type >= NTYPES)
    return kd_damage_note (&w->damage, kd_fail (KD_CORRUPT,
                                                "maple node at 0x%" PRIx64
                                                " is of the unknown type %u",
                                                addr, type));
  enum kd_status st
    = kd_mem_read (w->k->mem, KD_KERNEL_SPACE, addr, node, sizeof node, NULL);
  if (st)
    return kd_damage_note (&w->damage,
                           kd_context (st, "maple node at 0x%" PRIx64, addr));
  if (type == DENSE)
    return walk_dense (w, node, min, max);
  return walk_slots (w, addr, type, node, min, max, depth);
}

enum kd_status
kd_maple_walk (struct kd_kernel *k, uint64_t tree, size_t limit,
               kd_maple_fn *fn, void *arg)
{
  struct walk w = { .k = k, .limit = limit, .fn = fn, .arg = arg };
  uint64_t root;
  enum kd_status st = kd_read_member (k, tree, "maple_tree.root", &root);
  if (!st)
    st = find_forms (&w);
  if (st)
    return st;
  /* A single entry, for index 0, needs no node.  */
  if ((root & 3) == 2 && root > 4096)
    st = walk_node (&w, root, 0, UINT64_MAX, 1);
  else
    st = visit (&w, 0, 0, root);
  return kd_damage_end (&w.damage, st);
}
