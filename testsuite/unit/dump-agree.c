/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dump-agree DUMP...: dumps of one machine say the same of every page. */
#include "config.h"

#include "dump/dump.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

#ifdef HAVE_LIBKDUMPFILE
#include <errno.h>
#include <fcntl.h>
#include <libkdumpfile/kdumpfile.h>
#endif

#define MAX_DUMPS 64
#define MAX_PARTS 64

/* The files of one dump: a name with commas is a split set.  */
struct files {
  const char *path[MAX_PARTS];
  size_t n;
  char *label; /* the last components of the names */
};

struct side {
  struct files files;
  struct kd_dump *dump;
  const struct kd_dump_info *info;
};

static void
split_name (char *arg, struct files *f)
{
  char label[1024] = "";
  for (char *p = strtok (arg, ","); p && f->n < MAX_PARTS;
       p = strtok (NULL, ",")) {
    char *slash = strrchr (p, '/');
    size_t len = strlen (label);
    snprintf (label + len, sizeof label - len, "%s%s", f->n ? "," : "",
              slash ? slash + 1 : p);
    f->path[f->n++] = p;
  }
  f->label = strdup (label);
}

/* Some bytes of PFN belong to no segment of ELF dump D: firmware's memory
   map need not be made of pages, and not all writers keep such ones.  */
static bool
is_partial (const struct side *s, uint64_t pfn)
{
  uint64_t size = s->info->page_size, from = pfn * size, covered = 0;
  for (size_t i = 0; i < kd_dump_segment_count (s->dump); i++) {
    const struct kd_segment *g = kd_dump_segment (s->dump, i);
    uint64_t end = g->paddr + g->size;
    uint64_t lo = g->paddr > from ? g->paddr : from;
    uint64_t hi = end < from + size ? end : from + size;
    if (lo < hi)
      covered += hi - lo;
  }
  return covered > 0 && covered < size;
}

/* What A and B say of the same page, bytes BUFA and BUFB when they have
   it.  */
static bool
may_differ (const struct side *a, enum kd_status sa, const struct side *b,
            enum kd_status sb, uint64_t pfn)
{
  if (is_partial (a, pfn) || is_partial (b, pfn))
    return true;
  if (sa == KD_EXCLUDED)
    return a->info->filtered;
  if (sb == KD_EXCLUDED)
    return b->info->filtered;
  return sa == sb;
}

struct tally {
  uint64_t same, excluded, neither, partial, wrong;
};

static void
compare_page (const struct side *a, const struct side *b, uint64_t pfn,
              struct tally *t)
{
  static uint8_t bufa[65536], bufb[65536];
  enum kd_status sa = kd_dump_read_page (a->dump, pfn, bufa);
  enum kd_status sb = kd_dump_read_page (b->dump, pfn, bufb);
  bool bad = false;
  if (!sa && !sb) {
    bad = memcmp (bufa, bufb, a->info->page_size) != 0;
    t->same += !bad;
  } else if (!may_differ (a, sa, b, sb, pfn))
    bad = true;
  else if (sa == KD_EXCLUDED || sb == KD_EXCLUDED)
    t->excluded++;
  else if (sa && sb)
    t->neither++;
  else
    t->partial++;
  if (bad && t->wrong++ < 5)
    printf ("# page 0x%" PRIx64 ": %s says %s, %s says %s\n", pfn,
            a->files.label, kd_status_name (sa), b->files.label,
            kd_status_name (sb));
}

static void
compare_dumps (const struct side *a, const struct side *b)
{
  struct tally t = { 0 };
  uint64_t max = a->info->max_pfn > b->info->max_pfn ? a->info->max_pfn
                                                     : b->info->max_pfn;
  for (uint64_t pfn = 0; pfn < max; pfn++)
    compare_page (a, b, pfn, &t);
  ok (t.wrong == 0 && t.same > 0 && t.partial < 16,
      "%s and %s agree on every page", a->files.label, b->files.label);
  printf ("# %" PRIu64 " alike, %" PRIu64 " left out of one, %" PRIu64
          " in neither, %" PRIu64 " partial, %" PRIu64 " wrong\n",
          t.same, t.excluded, t.neither, t.partial, t.wrong);
}

/* The pages that the dump says are present are those that can be read.  */
static void
check_present (const struct side *s)
{
  static uint8_t buf[65536];
  uint64_t next = 0, count = 0, wrong = 0;
  bool any = kd_dump_next_present (s->dump, &next);
  for (uint64_t pfn = 0; pfn < s->info->max_pfn; pfn++) {
    bool present = any && next == pfn;
    enum kd_status st = kd_dump_read_page (s->dump, pfn, buf);
    wrong += present != (st == KD_OK);
    count += present;
    if (present) {
      next = pfn + 1;
      any = kd_dump_next_present (s->dump, &next);
    }
  }
  ok (wrong == 0 && !any && count > 0,
      "%s: exactly the pages said to be present can be read", s->files.label);
  if (s->info->pages_present != UINT64_MAX)
    is_int (s->info->pages_present, count, "%s: the number of pages is right",
            s->files.label);
}

#define THREADS 4u

struct walk {
  const struct side *side;
  unsigned number;
  uint64_t sum, pages;
};

/* A thread's sum over all pages; each goes through them its own way, half
   of them by the cache.  */
static void *
sum_pages (void *arg)
{
  struct walk *w = arg;
  uint64_t size = w->side->info->page_size, max = w->side->info->max_pfn;
  uint8_t *buf = malloc (size);
  for (uint64_t i = 0; buf && i < max; i++) {
    uint64_t pfn = w->number % 2 ? max - 1 - i : i;
    struct kd_page page = { .data = buf };
    if (w->number < THREADS / 2 ? kd_dump_read_page (w->side->dump, pfn, buf)
                                : kd_page_get (w->side->dump, pfn, &page))
      continue;
    uint64_t sum = pfn;
    for (size_t k = 0; k < size; k += 8) {
      uint64_t word;
      memcpy (&word, page.data + k, 8);
      sum = (sum ^ word) * UINT64_C (0x100000001b3);
    }
    w->sum += sum;
    w->pages++;
    if (page.slot)
      kd_page_put (w->side->dump, &page);
  }
  free (buf);
  return NULL;
}

static void
check_threads (const struct side *s)
{
  struct walk w[THREADS];
  pthread_t t[THREADS];
  for (unsigned i = 0; i < THREADS; i++) {
    w[i] = (struct walk){ .side = s, .number = i };
    pthread_create (&t[i], NULL, sum_pages, &w[i]);
  }
  bool same = true;
  for (unsigned i = 0; i < THREADS; i++) {
    pthread_join (t[i], NULL);
    same &= w[i].pages > 0 && w[i].pages == w[0].pages && w[i].sum == w[0].sum;
  }
  ok (same, "%s: four threads at once read the same, with and without cache",
      s->files.label);
}

#ifdef HAVE_LIBKDUMPFILE
/* Page PFN from libkdumpfile.  */
static kdump_status
their_page (kdump_ctx_t *ctx, uint64_t pfn, size_t size, uint8_t *buf)
{
  size_t len = size;
  kdump_status st
    = kdump_read (ctx, KDUMP_MACHPHYSADDR, pfn * size, buf, &len);
  return st == KDUMP_OK && len != size ? KDUMP_ERR_EOF : st;
}

/* libkdumpfile 0.5.1 answers zeros for a page that no segment touches when a
   segment begins right after it.  */
static bool
is_their_mistake (const struct side *s, uint64_t pfn, const uint8_t *theirs)
{
  size_t size = s->info->page_size;
  bool before = false;
  for (size_t i = 0; i < kd_dump_segment_count (s->dump); i++)
    before |= kd_dump_segment (s->dump, i)->paddr == (pfn + 1) * size;
  return before && theirs[0] == 0
         && memcmp (theirs, theirs + 1, size - 1) == 0;
}

static void
compare_all (const struct side *s, kdump_ctx_t *ctx)
{
  static uint8_t ours[65536], theirs[65536];
  uint64_t same = 0, absent = 0, wrong = 0, partial = 0, theirfault = 0;
  for (uint64_t pfn = 0; pfn < s->info->max_pfn; pfn++) {
    enum kd_status st = kd_dump_read_page (s->dump, pfn, ours);
    kdump_status kst = their_page (ctx, pfn, s->info->page_size, theirs);
    bool good
      = st ? kst != KDUMP_OK
           : kst == KDUMP_OK && memcmp (ours, theirs, s->info->page_size) == 0;
    if (!good && is_partial (s, pfn)) {
      partial++;
      continue;
    }
    if (!good && st && is_their_mistake (s, pfn, theirs)) {
      theirfault++;
      continue;
    }
    same += good && !st;
    absent += good && st;
    if (!good && wrong++ < 5)
      printf ("# page 0x%" PRIx64 ": ours %s, theirs %d (%s)\n", pfn,
              kd_status_name (st), kst,
              kst == KDUMP_OK ? "" : kdump_get_err (ctx));
  }
  ok (wrong == 0 && same > 0 && partial < 16,
      "%s agrees with libkdumpfile on every page", s->files.label);
  printf ("# %" PRIu64 " alike, %" PRIu64 " in neither, %" PRIu64
          " partial, %" PRIu64 " zeros before a segment, %" PRIu64 " wrong\n",
          same, absent, partial, theirfault, wrong);
}

static void
compare_libkdumpfile (const struct side *s)
{
  int fds[MAX_PARTS];
  char name[1200];
  for (size_t i = 0; i < s->files.n; i++)
    fds[i] = open (s->files.path[i], O_RDONLY | O_CLOEXEC);
  kdump_ctx_t *ctx = kdump_new ();
  if (kdump_open_fdset (ctx, (unsigned)s->files.n, fds) == KDUMP_OK) {
    kdump_set_number_attr (ctx, KDUMP_ATTR_ZERO_EXCLUDED, 0);
    compare_all (s, ctx);
  } else {
    snprintf (name, sizeof name, "%s agrees with libkdumpfile",
              s->files.label);
    test_skip (name, kdump_get_err (ctx));
  }
  kdump_free (ctx);
  for (size_t i = 0; i < s->files.n; i++)
    close (fds[i]);
}
#else
static void
compare_libkdumpfile (const struct side *s)
{
  (void)s;
  test_skip ("agrees with libkdumpfile", "built without it");
}
#endif

int
main (int argc, char **argv)
{
  static struct side sides[MAX_DUMPS];
  unsigned n = 0;
  if (argc < 2 || argc > MAX_DUMPS + 1) {
    fputs ("usage: dump-agree DUMP[,PART...]...\n", stderr);
    return 2;
  }
  for (int i = 1; i < argc; i++) {
    struct side *s = &sides[n];
    split_name (argv[i], &s->files);
    enum kd_status st = kd_dump_open (s->files.path, s->files.n, &s->dump);
    if (!ok (!st, "%s opens", s->files.label)) {
      printf ("# %s\n", kd_error_text ());
      continue;
    }
    s->info = kd_dump_info (s->dump);
    printf ("# %s: %s, %s\n", s->files.label, s->info->format,
            s->info->compression);
    n++;
  }
  for (unsigned i = 0; i < n; i++) {
    check_present (&sides[i]);
    check_threads (&sides[i]);
    compare_libkdumpfile (&sides[i]);
    if (i > 0)
      compare_dumps (&sides[0], &sides[i]);
  }
  for (unsigned i = 0; i < n; i++) {
    kd_dump_close (sides[i].dump);
    free (sides[i].files.label);
  }
  return test_done ();
}
