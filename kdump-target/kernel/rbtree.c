/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Red-black trees. */
#include "kernel/rbtree.h"

#include "base/cursor.h"
#include "kernel/damage.h"

#include <inttypes.h>

/* struct rb_node: the parent's address with the colour in its low bits, then
   the right child, then the left one.  The same since 2.6.36 at least.  */
enum {
  NODE_SIZE = 24,
  RIGHT = 8,
  LEFT = 16,
  /* Twice the logarithm of more nodes than memory holds.  */
  MAX_DEPTH = 128
};

/* A node whose left subtree is being visited.  */
struct frame {
  uint64_t node, right;
};

struct walk {
  struct kd_kernel *k;
  struct frame stack[MAX_DEPTH];
  unsigned depth;
  struct kd_damage damage;
};

static enum kd_status
read_node (struct walk *w, uint64_t addr, uint64_t parent, struct frame *out,
           uint64_t *left)
{
  uint8_t raw[NODE_SIZE];
  enum kd_status st
    = kd_mem_read (w->k->mem, KD_KERNEL_SPACE, addr, raw, sizeof raw, NULL);
  if (st)
    return kd_context (st, "tree node at 0x%" PRIx64, addr);
  /* So each node is in one place only, and there are no cycles.  */
  if ((kd_le64 (raw) & ~UINT64_C (3)) != parent)
    return kd_fail (KD_CORRUPT,
                    "tree node at 0x%" PRIx64 " has the parent 0x%" PRIx64
                    ", not 0x%" PRIx64,
                    addr, kd_le64 (raw) & ~UINT64_C (3), parent);
  if (w->depth == MAX_DEPTH)
    return kd_fail (KD_CORRUPT,
                    "tree node at 0x%" PRIx64 ": the tree is too deep", addr);
  *out = (struct frame){ addr, kd_le64 (raw + RIGHT) };
  *left = kd_le64 (raw + LEFT);
  return KD_OK;
}

/* Go to the leftmost node of the subtree at ADDR, keeping those above it.  */
static void
descend (struct walk *w, uint64_t addr, uint64_t parent)
{
  while (addr) {
    struct frame f;
    uint64_t left = 0;
    enum kd_status st = read_node (w, addr, parent, &f, &left);
    if (st) {
      kd_damage_note (&w->damage, st);
      return;
    }
    w->stack[w->depth++] = f;
    parent = addr;
    addr = left;
  }
}

enum kd_status
kd_rbtree_walk (struct kd_kernel *k, uint64_t root, size_t limit,
                kd_list_fn *fn, void *arg)
{
  struct walk w = { .k = k };
  uint64_t top;
  size_t count = 0;
  enum kd_status st = kd_mem_u64 (k->mem, root, &top);
  if (st)
    return kd_context (st, "tree at 0x%" PRIx64, root);
  descend (&w, top, 0);
  while (w.depth && !st) {
    struct frame f = w.stack[--w.depth];
    if (++count > limit)
      st = kd_fail (KD_CORRUPT,
                    "tree at 0x%" PRIx64
                    ": more than %zu nodes, so it is damaged",
                    root, limit);
    else
      st = fn (arg, f.node);
    if (!st)
      descend (&w, f.right, f.node);
  }
  return kd_damage_end (&w.damage, st);
}
