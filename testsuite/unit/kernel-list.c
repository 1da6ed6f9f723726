/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/list.c: whole lists, and each way in which one can be damaged. */
#include "kernel/list.h"

#include "kernel-synth.h"
#include "test.h"

static char path[64];

static const char info_text[]
  = "OSRELEASE=6.1.0-synth\nPAGESIZE=4096\n"
    "SYMBOL(swapper_pg_dir)=ffffffff82100000\n"
    "SYMBOL(_stext)=ffffffff82000000\n"
    "NUMBER(phys_base)=-31457280\nKERNELOFFSET=1000000\n";

/* A machine of which only the memory matters, and what a walk has seen.  */
struct machine {
  struct synth s;
  struct kd_vmcoreinfo *info;
  struct kd_kernel k;
  uint64_t seen[64];
  size_t nseen;
  size_t refuse; /* at the entry of this number; 0 never */
};

/* Entry N of a list, physical and virtual; 0 is the head.  */
#define NODE(n) (UINT64_C (0x40000) + 0x1000 * (uint64_t)(n))

static uint64_t
node_va (const struct machine *m, unsigned n)
{
  return m->s.page_offset + NODE (n);
}

static void
set_next (struct machine *m, unsigned n, uint64_t next)
{
  synth_poke (&m->s, NODE (n), next, 8);
}

static void
set_prev (struct machine *m, unsigned n, uint64_t prev)
{
  synth_poke (&m->s, NODE (n) + 8, prev, 8);
}

static void
link_nodes (struct machine *m, unsigned a, unsigned b)
{
  set_next (m, a, node_va (m, b));
  set_prev (m, b, node_va (m, a));
}

/* A ring of entries 1 to N.  */
static void
machine_init (struct machine *m, unsigned n)
{
  memset (m, 0, sizeof *m);
  synth_init (&m->s, 4, 0);
  synth_vmcoreinfo (&m->s, info_text);
  for (unsigned i = 0; i < n; i++)
    link_nodes (m, i, i + 1);
  link_nodes (m, n, 0);
}

static void
machine_open (struct machine *m)
{
  const char *paths[] = { path };
  synth_write (&m->s, path);
  if (kd_dump_open (paths, 1, &m->k.dump)
      || kd_vmcoreinfo_from_note (m->k.dump, &m->info)
      || kd_mem_create (m->k.dump, kd_arch_by_name ("x86_64"), m->info,
                        &m->k.mem)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
}

static void
machine_deinit (struct machine *m)
{
  kd_mem_destroy (m->k.mem);
  kd_vmcoreinfo_destroy (m->info);
  kd_dump_close (m->k.dump);
  synth_deinit (&m->s);
}

static enum kd_status
see (void *arg, uint64_t entry)
{
  struct machine *m = arg;
  if (m->refuse && m->nseen + 1 == m->refuse)
    return kd_fail (KD_INTERRUPTED, "enough");
  if (m->nseen < KD_ARRAY_SIZE (m->seen))
    m->seen[m->nseen] = entry;
  m->nseen++;
  return KD_OK;
}

/* Were exactly the entries WANT (digits) seen, in this order?  */
static bool
saw (const struct machine *m, const char *want)
{
  bool same = m->nseen == strlen (want);
  for (size_t i = 0; same && want[i]; i++)
    same = m->seen[i] == node_va (m, (unsigned)(want[i] - '0'));
  for (size_t i = 0; !same && i < m->nseen; i++)
    printf ("# %zu: entry %d\n", i,
            (int)((int64_t)(m->seen[i] - node_va (m, 0)) / 0x1000));
  return same;
}

/* Walk the ring of M as it is now.  */
static void
expect (struct machine *m, size_t limit, enum kd_status want,
        const char *entries, const char *words, const char *what)
{
  machine_open (m);
  enum kd_status st = kd_list_walk (&m->k, node_va (m, 0), limit, see, m);
  is_int (st, want, "%s: ends so", what);
  ok (saw (m, entries), "%s: entries %s", what, entries);
  if (want && !ok (strstr (kd_error_text (), words), "%s: says why", what))
    printf ("# %s\n", kd_error_text ());
  machine_deinit (m);
}

static void
test_whole (void)
{
  struct machine m;
  machine_init (&m, 0);
  expect (&m, 10, KD_OK, "", "", "an empty list");
  machine_init (&m, 1);
  expect (&m, 1, KD_OK, "1", "", "one entry");
  machine_init (&m, 5);
  expect (&m, 5, KD_OK, "12345", "", "five entries, the limit");
  machine_init (&m, 5);
  expect (&m, 4, KD_CORRUPT, "1234", "more than 4", "more than the limit");
  machine_init (&m, 5);
  m.refuse = 3;
  expect (&m, 10, KD_INTERRUPTED, "12", "enough", "the function says stop");
}

static void
test_added (void)
{
  struct machine m;
  /* 3 is being added between 2 and 4: only 2 does not point to it yet.  */
  machine_init (&m, 5);
  set_next (&m, 2, node_va (&m, 4));
  expect (&m, 10, KD_OK, "12345", "", "an entry being added");
  machine_init (&m, 3);
  set_next (&m, 0, node_va (&m, 2));
  expect (&m, 10, KD_OK, "123", "", "the first being added");
  machine_init (&m, 3);
  set_next (&m, 2, node_va (&m, 0));
  expect (&m, 10, KD_OK, "123", "", "the last being added");
}

static void
test_broken (void)
{
  struct machine m;
  machine_init (&m, 6);
  set_next (&m, 3, UINT64_C (0xdead000000000100));
  expect (&m, 10, KD_NOT_MAPPED, "123654", "list entry at 0xdead000000000100",
          "a poisoned next");
  machine_init (&m, 6);
  set_next (&m, 3, 0);
  expect (&m, 10, KD_NOT_MAPPED, "123654", "list entry at 0x0", "a null next");
  machine_init (&m, 6);
  set_next (&m, 3, node_va (&m, 40));
  expect (&m, 10, KD_CORRUPT, "123654", "points back at",
          "a next that does not point back");
  machine_init (&m, 6);
  set_prev (&m, 4, node_va (&m, 1));
  expect (&m, 10, KD_CORRUPT, "123654", "points back at", "a wrong prev");
  machine_init (&m, 6);
  set_next (&m, 0, 0);
  expect (&m, 10, KD_NOT_MAPPED, "654321", "list entry at 0x0",
          "a head without next");
  machine_init (&m, 6);
  set_next (&m, 3, UINT64_C (0xdead000000000100));
  set_prev (&m, 5, UINT64_C (0xdead000000000122));
  expect (&m, 10, KD_NOT_MAPPED, "12365", "0xdead000000000100",
          "two breaks: what is between them is lost");
  machine_init (&m, 3);
  set_next (&m, 0, 0);
  set_prev (&m, 0, 0);
  expect (&m, 10, KD_NOT_MAPPED, "", "list entry at 0x0", "a head of zeros");
}

static void
test_loops (void)
{
  struct machine m;
  /* 5 leads to 2, and 2 says so too: the way back to the head is gone.  */
  machine_init (&m, 6);
  set_next (&m, 5, node_va (&m, 2));
  expect (&m, 10, KD_CORRUPT, "123456", "points back at",
          "a loop that its entry does not confirm");
  machine_init (&m, 6);
  link_nodes (&m, 3, 3);
  expect (&m, 10, KD_CORRUPT, "12654", "points back at",
          "an entry that points to itself");
  /* Two rings: the head leads into one that does not come back.  */
  machine_init (&m, 3);
  set_next (&m, 3, node_va (&m, 1));
  set_prev (&m, 1, node_va (&m, 3));
  expect (&m, 10, KD_CORRUPT, "", "points back at", "a ring without its head");
}

static void
expect_chain (struct machine *m, size_t limit, enum kd_status want,
              const char *entries, const char *words, const char *what)
{
  machine_open (m);
  enum kd_status st = kd_chain_walk (&m->k, node_va (m, 1), limit, see, m);
  is_int (st, want, "%s: ends so", what);
  ok (saw (m, entries), "%s: entries %s", what, entries);
  if (want && !ok (strstr (kd_error_text (), words), "%s: says why", what))
    printf ("# %s\n", kd_error_text ());
  machine_deinit (m);
}

static void
test_chains (void)
{
  struct machine m;
  machine_init (&m, 4);
  set_next (&m, 4, 0);
  expect_chain (&m, 4, KD_OK, "1234", "", "a chain");
  machine_init (&m, 4);
  set_next (&m, 4, 0);
  expect_chain (&m, 3, KD_CORRUPT, "123", "more than 3", "a long chain");
  machine_init (&m, 4);
  set_next (&m, 4, node_va (&m, 2));
  expect_chain (&m, 10, KD_CORRUPT, "1234", "comes back",
                "a chain that loops");
  machine_init (&m, 4);
  set_next (&m, 2, UINT64_C (0xdead000000000100));
  expect_chain (&m, 10, KD_NOT_MAPPED, "12", "0xdead000000000100",
                "a chain into nowhere");
  machine_init (&m, 4);
  m.refuse = 2;
  expect_chain (&m, 10, KD_INTERRUPTED, "1", "enough",
                "the function ends the chain");
  machine_init (&m, 1);
  machine_open (&m);
  is_int (kd_chain_walk (&m.k, 0, 10, see, &m), KD_OK, "an empty chain");
  machine_deinit (&m);
}

int
main (void)
{
  snprintf (path, sizeof path, "kernel-list-%d.core", (int)getpid ());
  test_whole ();
  test_added ();
  test_broken ();
  test_loops ();
  test_chains ();
  unlink (path);
  return test_done ();
}
