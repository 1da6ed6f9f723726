/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/xarray.c, maple.c and rbtree.c on the maps of made-up kernels
   (fake-objects.c), whole and damaged. */
#include "kernel/maple.h"
#include "kernel/rbtree.h"
#include "kernel/xarray.h"

#include "kernel-machine.h"

static struct machine m;
static struct kd_kernel *k;

/* What a walk saw, as text: "0:thing1 3:=77".  */
struct seen {
  char text[1024];
  uint64_t stop_at; /* index; the walk is to end there */
};

static uint64_t
run_time (const char *symbol)
{
  uint64_t addr = 0;
  if (kd_kernel_symbol (k, symbol, &addr))
    printf ("# no %s\n", symbol);
  return addr;
}

/* "thing3" for &things[3].  */
static void
add_entry (char *text, size_t size, uint64_t index, uint64_t pointer)
{
  size_t len = strlen (text);
  uint64_t thing = (pointer - run_time ("things")) / 8;
  if (thing < 8)
    snprintf (text + len, size - len, "%s%llu:thing%llu", len ? " " : "",
              (unsigned long long)index, (unsigned long long)thing);
  else
    snprintf (text + len, size - len, "%s%llu:0x%llx", len ? " " : "",
              (unsigned long long)index, (unsigned long long)pointer);
}

static enum kd_status
see (void *arg, const struct kd_xa_entry *e)
{
  struct seen *seen = arg;
  size_t len = strlen (seen->text);
  if (e->index == seen->stop_at)
    return kd_fail (KD_INTERRUPTED, "stopped");
  if (e->is_value)
    snprintf (seen->text + len, sizeof seen->text - len, "%s%llu:=%llu",
              len ? " " : "", (unsigned long long)e->index,
              (unsigned long long)e->value);
  else
    add_entry (seen->text, sizeof seen->text, e->index, e->pointer);
  return KD_OK;
}

static bool
open_shape (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  machine_init (&m, vmlinux);
  synth_vmcoreinfo (&m.s, info_text);
  return true;
}

static bool
open_again (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  if (!open_kernel (&m, vmlinux, false, &k))
    return true;
  printf ("Bail out! %s\n", kd_error_text ());
  exit (1);
}

static void
done (void)
{
  kd_kernel_close (k);
  k = NULL;
  machine_deinit (&m);
}

static enum kd_status
walk (const char *map, size_t limit, struct seen *seen)
{
  seen->text[0] = '\0';
  return kd_xarray_walk (k, run_time (map), limit, see, seen);
}

#define WHOLE "0:thing1 3:=77 8:thing2 64:thing5 191:thing7"

static void
test_shape (const char *shape)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  struct kd_xa_entry e;
  open_shape (shape);
  open_again (shape);
  is_int (walk ("map", 100, &seen), KD_OK, "%s: a map of two levels", shape);
  is_str (seen.text, WHOLE, "%s: each entry once, in order", shape);
  is_int (walk ("empty_map", 100, &seen), KD_OK, "%s: an empty map", shape);
  is_str (seen.text, "", "%s: has no entries", shape);
  is_int (walk ("tiny_map", 100, &seen), KD_OK, "%s: one entry, no node",
          shape);
  is_str (seen.text, "0:thing3", "%s: is at index 0", shape);

  uint64_t map = run_time ("map"), things = run_time ("things");
  ok (!kd_xarray_load (k, map, 10, &e) && e.pointer == things + 2 * 8,
      "%s: an index in the middle of an entry", shape);
  ok (!kd_xarray_load (k, map, 100, &e) && e.pointer == things + 5 * 8,
      "%s: the same on the upper level", shape);
  ok (!kd_xarray_load (k, map, 3, &e) && e.is_value && e.value == 77,
      "%s: a value", shape);
  ok (!kd_xarray_load (k, map, 191, &e) && e.pointer == things + 7 * 8,
      "%s: the last entry", shape);
  is_int (kd_xarray_load (k, map, 12, &e), KD_NOT_FOUND,
          "%s: an index without entry", shape);
  is_int (kd_xarray_load (k, map, UINT64_C (1) << 40, &e), KD_NOT_FOUND,
          "%s: an index beyond the tree", shape);
  is_int (kd_xarray_load (k, run_time ("tiny_map"), 1, &e), KD_NOT_FOUND,
          "%s: an index beyond the only entry", shape);

  is_int (walk ("map", 3, &seen), KD_CORRUPT, "%s: the limit holds", shape);
  seen.stop_at = 64;
  is_int (walk ("map", 100, &seen), KD_INTERRUPTED,
          "%s: the function ends the walk", shape);
  is_str (seen.text, "0:thing1 3:=77 8:thing2", "%s: where it wants", shape);
  done ();
}

/* Slots begin at 40 in struct xa_node.  */
static void
damage (const char *node, uint64_t off, uint64_t value, unsigned bytes,
        const char *want, const char *words, const char *what)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  struct kd_xa_entry e;
  open_shape ("510");
  poke_symbol (&m, node, off, value, bytes);
  open_again ("510");
  ok (walk ("map", 100, &seen) != KD_OK && strstr (kd_error_text (), words),
      "%s: %s", what, kd_error_text ());
  is_str (seen.text, want, "%s: the rest is there", what);
  for (uint64_t i = 0; i < 200; i++)
    if (kd_xarray_load (k, run_time ("map"), i, &e) == KD_OK && !e.is_value
        && e.pointer - run_time ("things") >= 64)
      ok (false, "%s: index %d", what, (int)i);
  done ();
}

static void
test_damage (void)
{
  uint64_t slide = SYNTH_SLIDE;
  open_shape ("510");
  uint64_t root = link_addr (&m, "map_root") + slide,
           leaf0 = link_addr (&m, "map_leaf0") + slide;
  done ();
  damage ("map_root", 40, root + 2, 8, "64:thing5 191:thing7", "is not slot 0",
          "a node that is its own child");
  damage ("map_root", 40 + 2 * 8, leaf0 + 2, 8,
          "0:thing1 3:=77 8:thing2 64:thing5", "is not slot 2",
          "a node in two places");
  damage ("map_root", 40, 0x123456, 8, "64:thing5 191:thing7",
          "tree node at 0x123454", "a child in nowhere");
  damage ("map_leaf0", 40 + 5 * 8, root + 2, 8, WHOLE, "below the last level",
          "a node in a leaf");
  damage ("map_root", 0, 7, 1, "", "is no root", "a shift that is none");
  damage ("map_root", 0, 66, 1, "", "is no root", "a shift beyond 64 bits");
  damage ("map_root", 8, root, 8, "", "is no root", "a root with a parent");
  damage ("map_leaf2", 1, 9, 1, "0:thing1 3:=77 8:thing2 64:thing5",
          "is not slot 2", "a wrong offset");
}

/* --- maple trees --- */

static enum kd_status
see_range (void *arg, uint64_t first, uint64_t last, uint64_t entry)
{
  struct seen *seen = arg;
  size_t len = strlen (seen->text), size = sizeof seen->text;
  if (first == seen->stop_at)
    return kd_fail (KD_INTERRUPTED, "stopped");
  snprintf (seen->text + len, size - len, "%s%llx-", len ? " " : "",
            (unsigned long long)first);
  len = strlen (seen->text);
  uint64_t thing = (entry - run_time ("things")) / 8;
  if (thing < 8)
    snprintf (seen->text + len, size - len, "%llx:thing%llu",
              (unsigned long long)last, (unsigned long long)thing);
  else
    snprintf (seen->text + len, size - len, "%llx:0x%llx",
              (unsigned long long)last, (unsigned long long)entry);
  return KD_OK;
}

static enum kd_status
walk_ranges (const char *tree, size_t limit, struct seen *seen)
{
  seen->text[0] = '\0';
  return kd_maple_walk (k, run_time (tree), limit, see_range, seen);
}

#define LEAF0 "0-9:thing1 14-63:thing2 64-fff:0x15"
#define LEAF1 "1000-1000:thing3 100f-ffff:thing4"
#define RANGES LEAF0 " " LEAF1 " 10002-10002:thing5"

static void
test_maple (void)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  open_shape ("604");
  open_again ("604");
  is_int (walk_ranges ("ranges", 100, &seen), KD_OK, "a maple tree");
  is_str (seen.text, RANGES, "gives all its ranges, in order");
  is_int (walk_ranges ("no_ranges", 100, &seen), KD_OK, "an empty maple tree");
  is_str (seen.text, "", "has none");
  is_int (walk_ranges ("one_range", 100, &seen), KD_OK,
          "a maple tree without node");
  is_str (seen.text, "0-0:thing6", "has one");
  is_int (walk_ranges ("ranges", 3, &seen), KD_CORRUPT,
          "the limit of a maple tree holds");
  seen.stop_at = 0x64;
  is_int (walk_ranges ("ranges", 100, &seen), KD_INTERRUPTED,
          "the function ends the walk of a maple tree");
  done ();
}

static void
damage_maple (const char *node, uint64_t off, uint64_t value, unsigned bytes,
              const char *want, const char *words, const char *what)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  open_shape ("604");
  poke_symbol (&m, node, off, value, bytes);
  open_again ("604");
  ok (walk_ranges ("ranges", 100, &seen) != KD_OK
        && strstr (kd_error_text (), words),
      "maple tree: %s: %s", what, kd_error_text ());
  is_str (seen.text, want, "maple tree: %s: the rest is there", what);
  done ();
}

static void
test_maple_damage (void)
{
  open_shape ("604");
  uint64_t root = link_addr (&m, "maple_root") + SYNTH_SLIDE,
           leaf0 = link_addr (&m, "maple_leaf0") + SYNTH_SLIDE;
  done ();
  /* Slots of an arange_64 begin at 80, pivots at 8.  */
  damage_maple ("maple_root", 88, root + 0x1c, 8, LEAF0 " 10002-10002:thing5",
                "is for 0x1000 to 0xfff,", "a node that is its own child");
  damage_maple ("maple_root", 88, leaf0 + 0xc, 8, LEAF0 " 10002-10002:thing5",
                "slot 0 is for 0x1000 to 0x9", "a node in two places");
  damage_maple ("maple_root", 80, 0x123400, 8, LEAF1 " 10002-10002:thing5",
                "maple node at 0x123400", "a child in nowhere");
  damage_maple ("maple_root", 80, leaf0 + 0x7c, 8, LEAF1 " 10002-10002:thing5",
                "unknown type 15", "a child of no kind");
  damage_maple ("maple_leaf0", 248, 200, 1, LEAF1 " 10002-10002:thing5",
                "says it uses 201 of 16", "more slots than there are");
  damage_maple ("maple_root", 8, 0xfffff, 8,
                "0-9:thing1 14-63:thing2 64-fffff:0x15", "to 0xffff",
                "pivots that go down");
}

/* Each node is its own only child: no range tells, but it ends.  */
static void
test_maple_depth (void)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  open_shape ("604");
  uint64_t root = link_addr (&m, "maple_root") + SYNTH_SLIDE;
  poke_symbol (&m, "maple_root", 80, root + 0x1c, 8);
  poke_symbol (&m, "maple_root", 240, 0, 1);
  open_again ("604");
  ok (walk_ranges ("ranges", 100, &seen) == KD_CORRUPT
        && strstr (kd_error_text (), "too deep"),
      "maple tree: a node that is its only child: %s", kd_error_text ());
  done ();
}

/* --- red-black trees --- */

static enum kd_status
see_node (void *arg, uint64_t node)
{
  struct seen *seen = arg;
  size_t len = strlen (seen->text);
  uint64_t leaf = (node - run_time ("leaves")) / 24;
  if (leaf == seen->stop_at)
    return kd_fail (KD_INTERRUPTED, "stopped");
  snprintf (seen->text + len, sizeof seen->text - len, "%llu",
            (unsigned long long)leaf);
  return KD_OK;
}

static enum kd_status
walk_tree (const char *tree, size_t limit, struct seen *seen)
{
  seen->text[0] = '\0';
  return kd_rbtree_walk (k, run_time (tree), limit, see_node, seen);
}

/* Write node NODE, or VALUE if that is negative, at OFF of node I.  */
static void
damage_tree (unsigned i, uint64_t off, int node, uint64_t value,
             const char *want, const char *words)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  open_shape ("510");
  if (node >= 0)
    value = link_addr (&m, "leaves") + SYNTH_SLIDE + (uint64_t)node * 24;
  poke_symbol (&m, "leaves", (uint64_t)i * 24 + off, value, 8);
  open_again ("510");
  ok (walk_tree ("tree", 100, &seen) != KD_OK
        && strstr (kd_error_text (), words),
      "a damaged tree: %s", kd_error_text ());
  is_str (seen.text, want, "the rest of it is there");
  done ();
}

static void
test_rbtree (void)
{
  struct seen seen = { .stop_at = UINT64_MAX };
  open_shape ("510");
  open_again ("510");
  is_int (walk_tree ("tree", 7, &seen), KD_OK, "a red-black tree");
  is_str (seen.text, "0123456", "is walked in order");
  is_int (walk_tree ("no_tree", 7, &seen), KD_OK, "an empty tree");
  is_str (seen.text, "", "has no nodes");
  is_int (walk_tree ("tree", 6, &seen), KD_CORRUPT,
          "the limit of a tree holds");
  seen.stop_at = 4;
  is_int (walk_tree ("tree", 7, &seen), KD_INTERRUPTED,
          "the function ends the walk of a tree");
  done ();
  damage_tree (1, 16, 3, 0, "123456", "has the parent 0x0, not");
  damage_tree (0, 16, 0, 0, "0123456", "has the parent");
  damage_tree (5, 8, -1, 0x1234, "012345", "tree node at 0x1234");
  damage_tree (3, 16, 6, 0, "3456", "has the parent");
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/objects-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("kernel-maps");
  test_shape ("414");
  test_shape ("510");
  test_shape ("614");
  test_damage ();
  test_maple ();
  test_maple_damage ();
  test_maple_depth ();
  test_rbtree ();
  machine_files_deinit ();
  return test_done ();
}
