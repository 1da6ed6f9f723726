/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the GDB plugin asks for values and summaries, on made-up kernels. */
#include "cmd/cmd.h"

#include "kernel-machine.h"

static struct machine m;
static struct kd_kernel *k;
static struct kd_session_state state;
static struct kd_strbuf output;

static void
prepare (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  machine_init (&m, vmlinux);
  synth_vmcoreinfo (&m.s, info_text);
}

static void
open_shape (const char *shape)
{
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/objects-%s", shape);
  if (open_kernel (&m, vmlinux, false, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
  kd_session_state_init (&state, k);
}

static void
done (void)
{
  kd_session_state_deinit (&state);
  kd_kernel_close (k);
  k = NULL;
  machine_deinit (&m);
}

static uint64_t
at (const char *symbol)
{
  return link_addr (&m, symbol) + SYNTH_SLIDE;
}

/* What the server answers to LINE, or its error.  */
static const char *
ask (const char *line)
{
  kd_strbuf_reset (&output);
  if (kd_command_run (&state, line, &output)) {
    kd_strbuf_reset (&output);
    kd_strbuf_printf (&output, "error: %s", kd_error_text ());
  }
  return kd_strbuf_str (&output);
}

static const char *
summary (const char *kind, const char *symbol, unsigned limit)
{
  char line[128];
  snprintf (line, sizeof line, "kdump summary %s 0x%llx %u", kind,
            (unsigned long long)at (symbol), limit);
  return ask (line);
}

static void
test_whole (const char *shape)
{
  bool old = !strcmp (shape, "414");
  prepare (shape);
  open_shape (shape);
  is_str (summary ("list", "ring", 0), "2 others in its ring\n", "%s: a list",
          shape);
  is_str (summary ("list", "ring", 2), "2 others in its ring\n",
          "%s: as many as the limit", shape);
  is_str (summary ("list", "ring", 1), "more than 1 other in its ring\n",
          "%s: one more than the limit", shape);
  is_str (summary ("list", "no_ring", 0), "empty\n", "%s: an empty list",
          shape);
  is_str (summary ("list", "zero_ring", 0), "not initialised\n", "%s: no list",
          shape);
  is_str (summary ("list", "left_ring", 0), "removed from its list\n",
          "%s: a list's former entry", shape);
  is_str (summary ("chain", "hash", 0), "2 entries\n", "%s: a hash chain",
          shape);
  is_str (summary ("chain", "hash", 1), "more than 1 entry\n",
          "%s: over the limit", shape);
  is_str (summary ("chain", "no_hash", 0), "empty\n",
          "%s: an empty hash chain", shape);
  is_str (summary ("rbtree", "tree", 0), "7 nodes\n", "%s: a tree", shape);
  is_str (summary ("rbtree", "tree", 3), "more than 3 nodes\n",
          "%s: a tree over the limit", shape);
  is_str (summary ("rbtree", "no_tree", 0), "empty\n", "%s: an empty tree",
          shape);
  is_str (summary ("xarray", "map", 0),
          old ? "5 entries, indices 0 to 191, height 2\n"
              : "5 entries, indices 0 to 191, height 2, IRQ-safe, tracks "
                "free\n",
          "%s: a map", shape);
  is_str (summary ("xarray", "map", 4),
          old ? "more than 4 entries, height 2\n"
              : "more than 4 entries, height 2, IRQ-safe, tracks free\n",
          "%s: a map over the limit", shape);
  is_str (summary ("xarray", "tiny_map", 4), "1 entry, index 0\n",
          "%s: a map of one", shape);
  is_str (summary ("xarray", "empty_map", 4), "empty\n", "%s: an empty map",
          shape);
  if (strcmp (shape, "604") >= 0) {
    is_str (summary ("maple", "ranges", 0),
            "6 entries, height 2, tracks gaps, RCU, foreign lock\n",
            "%s: a maple tree", shape);
    is_str (summary ("maple", "no_ranges", 0), "empty\n",
            "%s: an empty maple tree", shape);
  }
  done ();
}

/* With VALUE at OFF of SYMBOL, the summary of KIND at ROOT says WANT.  */
static void
damage (const char *symbol, uint64_t off, uint64_t value, const char *kind,
        const char *root, const char *want, const char *name)
{
  prepare ("510");
  poke_symbol (&m, symbol, off, value, 8);
  open_shape ("510");
  const char *got = summary (kind, root, 100);
  if (!ok (strstr (got, want) && strchr (got, '\n') == got + strlen (got) - 1,
           "damage: %s", name))
    printf ("# %s\n", got);
  done ();
}

static void
test_damage (void)
{
  prepare ("510");
  uint64_t leaves = at ("leaves"), ring = at ("ring"),
           hash = at ("hash_nodes");
  done ();
  /* In a node: parent, right, left.  */
  damage ("leaves", 24 + 16, leaves + 24, "rbtree", "tree",
          "6 nodes, then damaged (tree node at 0x", "a node below itself");
  damage ("tree", 0, 0x123456, "rbtree", "tree",
          "damaged (tree node at 0x123456", "a root nowhere");
  damage ("ring", 16, ring + 16, "list", "ring",
          "2 others in its ring, then damaged (", "an entry before itself");
  damage ("ring", 16, 0x1000, "list", "ring", "then damaged (",
          "an entry nowhere");
  damage ("hash_nodes", 16, hash, "chain", "hash", "2 entries, then damaged (",
          "a chain that loops");
  damage ("hash", 0, 0x1000, "chain", "hash", "damaged (list entry at 0x1000",
          "a chain to nowhere");
  damage ("map_root", 0, 7, "xarray", "map", "damaged (", "a map's root");
}

static void
test_values (const char *shape, bool zero_based)
{
  char want[128];
  prepare (shape);
  open_shape (shape);
  const char *got = ask ("kdump per-cpu");
  snprintf (want, sizeof want, "offset 3 0x%llx\n",
            (unsigned long long)percpu_offset (&m, 3));
  ok (!strncmp (got, zero_based ? "range 0x0 0x" : "range 0xffffffff82", 12)
        && strstr (got, want),
      "%s: where per-CPU variables are", shape);
  snprintf (want, sizeof want, "0x%llx\n", (unsigned long long)at ("ring"));
  is_str (ask ("kdump symbol ring"), want, "%s: a symbol", shape);
  ok (strstr (ask ("kdump symbol nothing"), "no symbol nothing"),
      "%s: no symbol", shape);
  snprintf (want, sizeof want, "0x%llx 1\n",
            (unsigned long long)at ("other_task"));
  is_str (ask ("kdump current 1"), want, "%s: the task of a CPU", shape);
  is_str (ask ("kdump current thread 2"), want, "%s: that of its thread",
          shape);
  ok (strstr (ask ("kdump current thread 77"), "error: "), "%s: of no thread",
      shape);
  ok (strstr (ask ("kdump current 9"), "9"), "%s: of no CPU", shape);
  ok (strstr (ask ("kdump current 2"), "CPU 2 is not known"),
      "%s: of a CPU that never ran", shape);
  done ();
}

static void
test_bad_use (void)
{
  prepare ("510");
  open_shape ("510");
  ok (strstr (ask ("kdump summary"), "takes KIND"), "a summary of what?");
  ok (strstr (ask ("kdump summary heap 0x1000 5"), "no summary of `heap'"),
      "a summary of a kind that is not known");
  ok (strstr (ask ("kdump summary list here 5"), "ADDRESS"),
      "a summary at no address");
  ok (strstr (ask ("kdump summary list 0x1000 5"), "error: 0x1000"),
      "a summary of what is not there");
  ok (strstr (ask ("kdump summary xarray 0x1000 5"), "error: "),
      "a summary of a map that is not there");
  ok (strstr (ask ("kdump symbol"), "a symbol is needed"), "which symbol?");
  ok (strstr (ask ("kdump task"), "a PID is needed"), "which task?");
  ok (strstr (ask ("kdump per-cpu 1"), "error: "), "too many words");
  done ();
}

int
main (void)
{
  if (!fake_is_there ("testsuite/unit/objects-510")) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("cmd-answers");
  test_whole ("414");
  test_whole ("510");
  test_whole ("604");
  test_damage ();
  test_values ("510", true);
  test_values ("614", false);
  test_bad_use ();
  machine_files_deinit ();
  kd_strbuf_deinit (&output);
  return test_done ();
}
