/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BTF and DWARF of a real vmlinux must tell the same.  Usage: real-types
   VMLINUX; with XDG_CACHE_HOME set to an empty directory the DWARF is read,
   with the same once more the cache.  */
#include "kernel/btf.h"
#include "kernel/dwarf.h"

#include "test.h"

#include <time.h>

static const struct {
  const char *type, *path;
} members[] = {
#define KD_LAYOUT(logical, type, path) { type, path },
#include "kernel/layout.def"
#undef KD_LAYOUT
  /* Anonymous members, bit-fields, arrays, typedefs.  */
  { "task_struct", "se.avg.load_avg" },
  { "task_struct", "sched_reset_on_fork" },
  { "task_struct", "in_execve" },
  { "page", "compound_head" },
  { "page", "_refcount.counter" },
  { "qspinlock", "val" },
  { "qspinlock", "locked_pending" },
  { "spinlock_t", "rlock.raw_lock" },
  { "pg_data_t", "node_zones" },
  { "pglist_data", "node_zones.lock" },
  { "tcphdr", "syn" },
  { "iphdr", "version" },
  { "list_head", "next" },
};

static const char *const enumerators[]
  = { "PIDTYPE_PGID", "ZONE_NORMAL", "MODULE_STATE_GOING", "HRTIMER_RESTART" };

static const char *const types[]
  = { "task_struct", "page", "spinlock_t", "rq", "module", "irq_desc" };

static bool
same (const struct kd_member *a, const struct kd_member *b)
{
  return a->offset * 8 + a->bit_offset == b->offset * 8 + b->bit_offset
         && a->size == b->size && a->elem_size == b->elem_size
         && a->count == b->count && a->bit_size == b->bit_size;
}

static double
now_ms (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
compare_member (struct kd_btf *btf, struct kd_dwarf *dw, size_t i)
{
  const char *type = members[i].type, *p = members[i].path;
  struct kd_member a = { 0 }, b = { 0 };
  uint64_t size;
  enum kd_status x = kd_btf_member (btf, type, p, &a);
  if (x && kd_btf_size (btf, type, &size))
    return; /* no such type: a search through all of DWARF, for nothing */
  enum kd_status y = kd_dwarf_member (dw, type, p, &b);
  if (!ok (x == y && (x || same (&a, &b)), "%s.%s%s", type, p,
           x ? " (absent)" : ""))
    printf ("# BTF %d: +%llu.%u size %llu elem %llu count %llu bits %u; DWARF "
            "%d: +%llu.%u size %llu elem %llu count %llu bits %u\n",
            x, (unsigned long long)a.offset, a.bit_offset,
            (unsigned long long)a.size, (unsigned long long)a.elem_size,
            (unsigned long long)a.count, a.bit_size, y,
            (unsigned long long)b.offset, b.bit_offset,
            (unsigned long long)b.size, (unsigned long long)b.elem_size,
            (unsigned long long)b.count, b.bit_size);
}

/* --- the graph --- */

struct listed {
  struct kd_type_member m[1024];
  size_t n;
};

static bool
list_member (void *arg, const struct kd_type_member *m)
{
  struct listed *l = arg;
  if (l->n < KD_ARRAY_SIZE (l->m))
    l->m[l->n++] = *m;
  return true;
}

/* What both say of the type of a member, as far as names and sizes go.  */
static bool
same_type (struct kd_btf *btf, kd_type_id a, struct kd_dwarf *dw, kd_type_id b)
{
  struct kd_type_info x = { .name = "", .alias = "" };
  struct kd_type_info y = { .name = "", .alias = "" };
  if (a)
    kd_btf_info (btf, a, &x);
  if (b)
    kd_dwarf_info (dw, b, &y);
  return x.class == y.class && x.size == y.size && x.is_signed == y.is_signed
         && !strcmp (x.alias, y.alias)
         && (x.class == KD_TYPE_INT || !strcmp (x.name, y.name));
}

static void
compare_graph (struct kd_btf *btf, struct kd_dwarf *dw, const char *type)
{
  static struct listed a, b;
  kd_type_id x, y;
  size_t wrong = 0;
  a.n = b.n = 0;
  if (!ok (!kd_btf_find (btf, type, &x) && !kd_dwarf_find (dw, type, &y),
           "%s is in both", type))
    return;
  kd_btf_members (btf, x, list_member, &a);
  kd_dwarf_members (dw, y, list_member, &b);
  for (size_t i = 0; i < a.n && i < b.n; i++)
    if (strcmp (a.m[i].name, b.m[i].name) != 0 || a.m[i].bits != b.m[i].bits
        || a.m[i].bit_size != b.m[i].bit_size
        || !same_type (btf, a.m[i].type, dw, b.m[i].type))
      if (wrong++ < 3)
        printf ("# %s.%s is not %s at %llu and %llu\n", type, a.m[i].name,
                b.m[i].name, (unsigned long long)a.m[i].bits,
                (unsigned long long)b.m[i].bits);
  ok (a.n && a.n == b.n && !wrong, "all %zu members of %s are the same", a.n,
      type);
}

static void
compare_enum (struct kd_btf *btf, struct kd_dwarf *dw)
{
  kd_type_id x, y;
  const char *a = NULL, *b = NULL;
  if (!kd_btf_find (btf, "module_state", &x)
      && !kd_dwarf_find (dw, "module_state", &y)) {
    a = kd_btf_enum_name (btf, x, 2);
    b = kd_dwarf_enum_name (dw, y, 2);
  }
  ok (a && b && !strcmp (a, b) && !strcmp (a, "MODULE_STATE_GOING"),
      "an enumerator has its name in both");
}

static void
compare_all (struct kd_btf *btf, struct kd_dwarf *dw)
{
  double t0 = now_ms ();
  for (size_t i = 0; i < KD_ARRAY_SIZE (members); i++)
    compare_member (btf, dw, i);
  for (size_t i = 0; i < KD_ARRAY_SIZE (types); i++) {
    uint64_t a = 0, b = 1;
    ok (!kd_btf_size (btf, types[i], &a) && !kd_dwarf_size (dw, types[i], &b)
          && a == b,
        "sizeof (%s)", types[i]);
  }
  static const char *const graphs[]
    = { "task_struct", "module", "rq",     "page",      "tcphdr",
        "sk_buff",     "file",   "inode",  "qspinlock", "mutex",
        "super_block", "cred",   "kobject" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (graphs); i++)
    compare_graph (btf, dw, graphs[i]);
  compare_enum (btf, dw);
  for (size_t i = 0; i < KD_ARRAY_SIZE (enumerators); i++) {
    int64_t a = 0, b = 1;
    ok (!kd_btf_enumerator (btf, enumerators[i], &a)
          && !kd_dwarf_enumerator (dw, enumerators[i], &b) && a == b,
        "enumerator %s", enumerators[i]);
  }
  printf ("# %.1f ms\n", now_ms () - t0);
}

int
main (int argc, char **argv)
{
  struct kd_elf_file *elf KD_GUARD (elf) = NULL;
  struct kd_btf *btf KD_GUARD (btf) = NULL;
  const void *data;
  size_t size;
  if (argc != 2 || kd_elf_open (argv[1], &elf)
      || kd_elf_section_data (elf, ".BTF", &data, &size)
      || kd_btf_create (data, size, NULL, &btf)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  /* From DWARF, then from what the first wrote to the cache.  */
  for (int i = 0; i < 2; i++) {
    struct kd_dwarf *dw KD_GUARD (dwarf) = NULL;
    if (ok (!kd_dwarf_create (elf, &dw), "DWARF reader"))
      compare_all (btf, dw);
  }
  return test_done ();
}
