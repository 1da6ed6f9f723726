/* SPDX-License-Identifier: GPL-3.0-or-later */
/* More of a kernel that never ran: its maps, lists and queues as they were at
   the time that SHAPE says. */
#include "kernel-fake.c"

/* What the entries of maps point at.  */
struct thing {
  u64 number;
};
struct thing things[8] USED
  = { { 0 }, { 1 }, { 2 }, { 3 }, { 4 }, { 5 }, { 6 }, { 7 } };
#define PLUS(p, n) ((void *)((char *)(p) + (n)))

/* --- XArray, radix tree --- */

#if SHAPE < 510
#define NODE_MARK 1
#define VALUE(v) ((void *)((u64)(v) << 2 | 2))
#define SIBLING(n, slot) PLUS (&(n).slots[slot], NODE_MARK)
#define xa_node radix_tree_node
#define xarray radix_tree_root
#define xa_head rnode
#else
#define NODE_MARK 2
#define VALUE(v) ((void *)((u64)(v) << 1 | 1))
#define SIBLING(n, slot) ((void *)((u64)(slot) << 2 | NODE_MARK))
#endif
#define NODE(n) PLUS (&(n), NODE_MARK)

struct xa_node {
  u8 shift, offset, count, values;
  struct xa_node *parent;
  void *array;
  struct list_head list;
  void *slots[64];
  u64 tags[3][1];
};
struct xarray {
  u32 lock, flags;
  void *xa_head;
};

extern struct xa_node map_root, map_leaf0, map_leaf2;
struct xa_node map_root USED = {
  .shift = 6,
  .slots = { [0] = NODE (map_leaf0),
             /* An entry for the indices 64 to 127.  */
             [1] = &things[5],
             [2] = NODE (map_leaf2) },
};
struct xa_node map_leaf0 USED = {
  .parent = &map_root,
  .slots = { [0] = &things[1],
             [3] = VALUE (77),
             /* An entry for the indices 8 to 11.  */
             [8] = &things[2],
             [9] = SIBLING (map_leaf0, 8),
             [10] = SIBLING (map_leaf0, 8),
             [11] = SIBLING (map_leaf0, 8) },
};
struct xa_node map_leaf2 USED = {
  .offset = 2,
  .parent = &map_root,
  .slots = { [63] = &things[7] },
};
struct xarray map USED = { .xa_head = NODE (map_root) };
struct xarray empty_map USED = { 0 };
struct xarray tiny_map USED = { .xa_head = &things[3] };
