/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Make each described dump and check that it reads as expected. */
#include "config.h"

#include "base/strbuf.h"
#include "dump/dump.h"
#include "dump/vmcoreinfo.h"
#include "mkdump.h"
#include "test.h"

#include <dirent.h>
#include <unistd.h>

/* libkdumpfile 0.5.1 loses the regions of the memory map it makes.  */
const char *__lsan_default_suppressions (void);
__attribute__ ((visibility ("default"))) const char *
__lsan_default_suppressions (void)
{
  return "leak:libkdumpfile\n";
}

#define MAX_PARTS 8u
#define MAX_WORDS 16u
/* Fixtures up to this many pages have all their pages compared.  */
#define MANY_PAGES 300000u

struct fixture {
  const char *name;
  struct md_dump md;
  char dir[256];
  char *paths[MAX_PARTS];
  unsigned order[MAX_PARTS], norder; /* parts to open, from 0 */
  enum kd_status want;
  char want_text[256];
  bool skip; /* needs what is not configured */
  struct kd_dump *dump;
};

static uint64_t
number (const char *s)
{
  return strtoull (s, NULL, 0);
}

/* Lines that say how to open rather than what to find.  */
static void
take_opening (struct fixture *fx, char **w, unsigned n)
{
  if (strcmp (w[1], "open") == 0 && n > 2) {
    for (int st = 0; st <= KD_INTERRUPTED; st++)
      if (strcmp (kd_status_name ((enum kd_status)st), w[2]) == 0)
        fx->want = (enum kd_status)st;
    snprintf (fx->want_text, sizeof fx->want_text, "%s", n > 3 ? w[3] : "");
  }
#ifndef HAVE_LIBKDUMPFILE
  if (strcmp (w[1], "needs") == 0)
    fx->skip = true;
#endif
  if (strcmp (w[1], "parts") == 0)
    for (unsigned i = 2; i < n && fx->norder < MAX_PARTS; i++)
      fx->order[fx->norder++] = (unsigned)number (w[i]) - 1;
}

static void
check_text (const char *got, const char *want, const char *fmt, ...)
{
  char name[512];
  va_list ap;
  va_start (ap, fmt);
  vsnprintf (name, sizeof name, fmt, ap);
  va_end (ap);
  if (!ok (strstr (got, want) != NULL, "%s", name))
    printf ("# got \"%s\", want \"%s\" in it\n", got, want);
}

static void
check_info (struct fixture *fx, const char *field, const char *value)
{
  const struct kd_dump_info *i = kd_dump_info (fx->dump);
  const struct {
    const char *name;
    const char *text;
    uint64_t number;
  } fields[] = {
    { "format", i->format, 0 },
    { "compression", i->compression, 0 },
    { "release", i->uts_release, 0 },
    { "uts-machine", i->uts_machine, 0 },
    { "warning", i->warning, 0 },
    { "machine", NULL, i->machine },
    { "big-endian", NULL, i->big_endian },
    { "page-size", NULL, i->page_size },
    { "max-pfn", NULL, i->max_pfn },
    { "pages", NULL, i->pages_present },
    { "parts", NULL, i->parts },
    { "flattened", NULL, i->flattened },
    { "incomplete", NULL, i->incomplete },
    { "truncated", NULL, i->truncated },
    { "filtered", NULL, i->filtered },
    { "level", NULL, (uint64_t)(int64_t)i->dump_level },
    { "notes", NULL, kd_dump_note_count (fx->dump) },
    { "segments", NULL, kd_dump_segment_count (fx->dump) },
  };
  for (unsigned k = 0; k < KD_ARRAY_SIZE (fields); k++) {
    if (strcmp (fields[k].name, field) != 0)
      continue;
    if (fields[k].text && strcmp (field, "warning") == 0)
      check_text (fields[k].text, value, "%s: warns of \"%s\"", fx->name,
                  value);
    else if (fields[k].text)
      is_str (fields[k].text, value, "%s: %s is \"%s\"", fx->name, field,
              value);
    else
      is_int (fields[k].number, strtoll (value, NULL, 0), "%s: %s is %s",
              fx->name, field, value);
    return;
  }
  ok (false, "%s: there is a field %s", fx->name, field);
}

static bool
is_status (const char *word, enum kd_status *st)
{
  for (int i = 1; i <= KD_INTERRUPTED; i++)
    if (strcmp (kd_status_name ((enum kd_status)i), word) == 0) {
      *st = (enum kd_status)i;
      return true;
    }
  return false;
}

/* What SIZE bytes at PADDR must be: all of KIND and SEED.  */
static void
expected (const struct fixture *fx, const char *kind, uint64_t seed,
          uint64_t paddr, uint8_t *buf, size_t size)
{
  md_fill (md_kind_from_name (kind), seed, paddr, fx->md.text, paddr, buf,
           size);
}

static void
check_page (struct fixture *fx, char **w, unsigned n)
{
  static uint8_t got[65536], want[65536];
  uint64_t pfn = number (w[2]);
  size_t size = kd_dump_info (fx->dump)->page_size;
  enum kd_status want_st = KD_OK;
  enum kd_status st = kd_dump_read_page (fx->dump, pfn, got);
  if (is_status (w[3], &want_st)) {
    ok (st == want_st, "%s: page %s is %s", fx->name, w[2], w[3]);
    if (st != want_st)
      printf ("# %s: %s\n", kd_status_name (st), st ? kd_error_text () : "");
    else if (n > 4)
      check_text (kd_error_text (), w[4], "%s: page %s is said to be \"%s\"",
                  fx->name, w[2], w[4]);
    return;
  }
  const char *seed = n > 4 ? w[4] : "0";
  if (!ok (st == KD_OK, "%s: page %s can be read", fx->name, w[2])) {
    printf ("# %s\n", kd_error_text ());
    return;
  }
  expected (fx, w[3], number (seed), pfn * size, want, size);
  ok (memcmp (got, want, size) == 0, "%s: page %s is %s %s", fx->name, w[2],
      w[3], seed);
  struct kd_page page;
  st = kd_page_get (fx->dump, pfn, &page);
  ok (!st && memcmp (page.data, want, size) == 0,
      "%s: page %s is the same in the cache", fx->name, w[2]);
  if (!st)
    kd_page_put (fx->dump, &page);
}

static void
check_bytes (struct fixture *fx, char **w, unsigned n)
{
  static uint8_t got[1 << 20], want[1 << 20];
  uint64_t paddr = number (w[2]);
  size_t size = (size_t)number (w[3]), done;
  const char *seed = n > 5 ? w[5] : "0";
  if (size > sizeof got)
    size = sizeof got;
  enum kd_status st = kd_dump_read (fx->dump, paddr, got, size, &done);
  expected (fx, w[4], number (seed), paddr, want, size);
  if (!ok (!st && done == size && memcmp (got, want, size) == 0,
           "%s: %s bytes at %s are %s %s", fx->name, w[3], w[2], w[4], seed))
    printf ("# %s, %zu of %zu bytes\n", kd_status_name (st), done, size);
}

static void
check_next (struct fixture *fx, char **w, bool ram)
{
  uint64_t pfn = number (w[2]);
  bool found = ram ? kd_dump_next_ram (fx->dump, &pfn)
                   : kd_dump_next_present (fx->dump, &pfn);
  if (strcmp (w[3], "none") == 0)
    ok (!found, "%s: %s from %s finds none", fx->name, w[1], w[2]);
  else if (ok (found, "%s: %s from %s finds a page", fx->name, w[1], w[2]))
    is_int (pfn, number (w[3]), "%s: %s from %s is %s", fx->name, w[1], w[2],
            w[3]);
}

static void
check_note (struct fixture *fx, char **w)
{
  const struct kd_note *note = kd_dump_note (fx->dump, number (w[2]));
  if (!ok (note != NULL, "%s: there is a note %s", fx->name, w[2]))
    return;
  is_str (note->name, w[3], "%s: note %s is named %s", fx->name, w[2], w[3]);
  is_int (note->type, number (w[4]), "%s: note %s has type %s", fx->name, w[2],
          w[4]);
  is_int (note->size, number (w[5]), "%s: note %s has %s bytes", fx->name,
          w[2], w[5]);
}

static void
check_vmcoreinfo (struct fixture *fx, char **w, unsigned n, bool scan)
{
  struct kd_vmcoreinfo *vi KD_GUARD (vmcoreinfo) = NULL;
  enum kd_status st = scan ? kd_vmcoreinfo_scan (fx->dump, &vi)
                           : kd_vmcoreinfo_from_note (fx->dump, &vi);
  if (n < 4) {
    ok (st == KD_NOT_FOUND, "%s: no VMCOREINFO by %s", fx->name, w[1]);
    return;
  }
  if (!ok (!st, "%s: VMCOREINFO is found by %s", fx->name, w[1])) {
    printf ("# %s\n", kd_error_text ());
    return;
  }
  is_str (kd_vmcoreinfo_get (vi, w[2]), w[3], "%s: %s of VMCOREINFO is %s",
          fx->name, w[2], w[3]);
  ok (kd_vmcoreinfo_source (vi)
        == (scan ? KD_VMCOREINFO_MEMORY : KD_VMCOREINFO_NOTE),
      "%s: and it is known where from", fx->name);
}

static void
check_expectation (struct fixture *fx, char **w, unsigned n)
{
  if (strcmp (w[1], "info") == 0 && n == 4)
    check_info (fx, w[2], w[3]);
  else if (strcmp (w[1], "page") == 0 && n >= 4)
    check_page (fx, w, n);
  else if (strcmp (w[1], "bytes") == 0 && n >= 5)
    check_bytes (fx, w, n);
  else if (strcmp (w[1], "next-present") == 0 && n == 4)
    check_next (fx, w, false);
  else if (strcmp (w[1], "next-ram") == 0 && n == 4)
    check_next (fx, w, true);
  else if (strcmp (w[1], "note") == 0 && n == 6)
    check_note (fx, w);
  else if (strcmp (w[1], "vmcoreinfo") == 0)
    check_vmcoreinfo (fx, w, n, false);
  else if (strcmp (w[1], "scan") == 0)
    check_vmcoreinfo (fx, w, n, true);
  else if (strcmp (w[1], "open") != 0 && strcmp (w[1], "parts") != 0
           && strcmp (w[1], "needs") != 0)
    ok (false, "%s: 'expect %s' is understood", fx->name, w[1]);
}

/* Call FN for each "expect" line of the description at PATH.  */
static void
each_expectation (struct fixture *fx, const char *path, bool opening)
{
  FILE *f KD_AUTO_FILE = fopen (path, "re");
  char line[4096], *w[MAX_WORDS];
  while (f && fgets (line, sizeof line, f)) {
    unsigned n = md_words (line, w, MAX_WORDS);
    if (n < 2 || strcmp (w[0], "expect") != 0)
      continue;
    if (opening)
      take_opening (fx, w, n);
    else
      check_expectation (fx, w, n);
  }
}

/* Whatever a dump holds: the pages said to be present are those that can be
   read or fail for a reason of their own, and present pages are RAM.  */
static void
check_consistency (struct fixture *fx)
{
  static uint8_t buf[65536];
  uint64_t max = kd_dump_info (fx->dump)->max_pfn, next = 0, ram = 0;
  unsigned wrong = 0;
  if (max > MANY_PAGES)
    return;
  bool any = kd_dump_next_present (fx->dump, &next);
  for (uint64_t pfn = 0; pfn < max; pfn++) {
    bool present = any && next == pfn;
    enum kd_status st = kd_dump_read_page (fx->dump, pfn, buf);
    bool damaged
      = st == KD_CORRUPT || st == KD_TRUNCATED || st == KD_UNSUPPORTED;
    uint64_t at = pfn;
    bool is_ram = kd_dump_next_ram (fx->dump, &at) && at == pfn;
    ram += is_ram;
    if (!damaged && present != (st == KD_OK))
      wrong++;
    if ((present || st == KD_EXCLUDED) != is_ram && !damaged)
      wrong++;
    if (present) {
      next++;
      any = kd_dump_next_present (fx->dump, &next);
    }
  }
  is_int (wrong, 0, "%s: pages present, RAM and readable go together",
          fx->name);
}

static void
open_fixture (struct fixture *fx)
{
  const char *paths[MAX_PARTS];
  unsigned n = fx->norder ? fx->norder : fx->md.nparts;
  for (unsigned i = 0; i < n; i++)
    paths[i] = fx->paths[fx->norder ? fx->order[i] : i];
  enum kd_status st = kd_dump_open (paths, n, &fx->dump);
  ok (st == fx->want, "%s: opening it is %s", fx->name,
      kd_status_name (fx->want));
  if (st != fx->want)
    printf ("# %s: %s\n", kd_status_name (st), st ? kd_error_text () : "");
  else if (fx->want_text[0])
    check_text (kd_error_text (), fx->want_text, "%s: it is said to be \"%s\"",
                fx->name, fx->want_text);
}

static void
run (const char *path)
{
  const char *slash = strrchr (path, '/');
  char name[128];
  snprintf (name, sizeof name, "%s", slash ? slash + 1 : path);
  *strrchr (name, '.') = '\0';
  struct fixture fx = { .name = name };
  const char *tmp = getenv ("TMPDIR");
  snprintf (fx.dir, sizeof fx.dir, "%s/kdump-fixture-XXXXXX",
            tmp ? tmp : "/tmp");
  if (!mkdtemp (fx.dir)) {
    ok (false, "%s: a temporary directory can be made", name);
    return;
  }
  each_expectation (&fx, path, true);
  if (fx.skip) {
    test_skip (name, "built without libkdumpfile");
    rmdir (fx.dir);
    return;
  }
  md_init (&fx.md);
  md_parse_file (&fx.md, path);
  for (unsigned i = 0; i < fx.md.nparts && i < MAX_PARTS; i++)
    fx.paths[i] = kd_asprintf ("%s/%s.%u", fx.dir, name, i + 1);
  md_write (&fx.md, fx.paths, fx.md.nparts);
  open_fixture (&fx);
  if (fx.dump) {
    each_expectation (&fx, path, false);
    check_consistency (&fx);
  }
  kd_dump_close (fx.dump);
  for (unsigned i = 0; i < fx.md.nparts && i < MAX_PARTS; i++) {
    unlink (fx.paths[i]);
    free (fx.paths[i]);
  }
  rmdir (fx.dir);
  md_deinit (&fx.md);
}

static int
is_description (const struct dirent *d)
{
  size_t len = strlen (d->d_name);
  return len > 5 && strcmp (d->d_name + len - 5, ".dump") == 0;
}

int
main (int argc, char **argv)
{
  if (argc > 1) {
    for (int i = 1; i < argc; i++)
      run (argv[i]);
    return test_done ();
  }
  const char *top = getenv ("top_srcdir");
  char *dir = kd_asprintf ("%s/testsuite/fixtures", top ? top : ".");
  struct dirent **names;
  int n = scandir (dir, &names, is_description, alphasort);
  ok (n > 20, "the descriptions are there");
  for (int i = 0; i < n; i++) {
    char *path = kd_asprintf ("%s/%s", dir, names[i]->d_name);
    run (path);
    free (path);
    free (names[i]);
  }
  if (n >= 0)
    free (names);
  free (dir);
  return test_done ();
}
