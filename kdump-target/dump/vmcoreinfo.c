/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMCOREINFO: what the kernel wrote about itself for tools like this one. */
#include "dump/vmcoreinfo.h"

#include "base/cursor.h"
#include "base/progress.h"
#include "base/strbuf.h"
#include "dump/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The kernel's own copy is one page; the note may be larger one day.  */
#define MAX_TEXT ((size_t)1 << 20)

struct line {
  const char *key;
  const char *value;
};

struct kd_vmcoreinfo {
  enum kd_vmcoreinfo_source source;
  char *text;         /* lines cut into keys and values by zeros */
  struct line *lines; /* sorted by key, the last of equal ones in the text
                         first */
  size_t n;
};

static int
by_key (const void *a, const void *b)
{
  const struct line *x = a, *y = b;
  int d = strcmp (x->key, y->key);
  if (d)
    return d;
  return x->key > y->key ? -1 : x->key < y->key;
}

/* Cut TEXT into lines; returns how many have the form KEY=VALUE.  */
static size_t
cut (char *text, struct line *lines)
{
  size_t n = 0;
  while (*text) {
    char *end = strchr (text, '\n');
    char *next = end ? end + 1 : text + strlen (text);
    if (end)
      *end = '\0';
    char *eq = strchr (text, '=');
    if (eq && eq > text) {
      *eq = '\0';
      lines[n++] = (struct line){ text, eq + 1 };
    }
    text = next;
  }
  return n;
}

static size_t
count_lines (const char *text)
{
  size_t n = 1;
  for (; (text = strchr (text, '\n')); text++)
    n++;
  return n;
}

static enum kd_status
parse (const char *text, size_t len, enum kd_vmcoreinfo_source source,
       struct kd_vmcoreinfo **out)
{
  *out = NULL;
  if (len > MAX_TEXT)
    return kd_fail (KD_CORRUPT, "VMCOREINFO of %zu bytes is too large", len);
  struct kd_vmcoreinfo *vi KD_GUARD (vmcoreinfo) = kd_calloc (1, sizeof *vi);
  if (vi) {
    vi->source = source;
    vi->text = kd_calloc (1, len + 1);
  }
  if (!vi || !vi->text)
    return kd_fail (KD_NOMEM, "out of memory for VMCOREINFO");
  if (len)
    memcpy (vi->text, text, len);
  vi->lines = kd_calloc (count_lines (vi->text), sizeof *vi->lines);
  if (!vi->lines)
    return kd_fail (KD_NOMEM, "out of memory for VMCOREINFO");
  vi->n = cut (vi->text, vi->lines);
  if (vi->n == 0)
    return kd_fail (KD_NOT_FOUND, "VMCOREINFO has no KEY=VALUE line");
  qsort (vi->lines, vi->n, sizeof *vi->lines, by_key);
  *out = KD_STEAL (vi);
  return KD_OK;
}

enum kd_status
kd_vmcoreinfo_parse (const char *text, size_t len, struct kd_vmcoreinfo **out)
{
  return parse (text, len, KD_VMCOREINFO_FILE, out);
}

void
kd_vmcoreinfo_destroy (struct kd_vmcoreinfo *vi)
{
  if (!vi)
    return;
  free (vi->text);
  free (vi->lines);
  free (vi);
}

enum kd_status
kd_vmcoreinfo_from_note (struct kd_dump *dump, struct kd_vmcoreinfo **out)
{
  *out = NULL;
  for (size_t i = 0; i < dump->nnotes; i++) {
    const struct kd_note *note = &dump->notes[i];
    if (strcmp (note->name, "VMCOREINFO") != 0 || note->size == 0)
      continue;
    enum kd_status st
      = parse (note->data, note->size, KD_VMCOREINFO_NOTE, out);
    if (st != KD_NOT_FOUND)
      return kd_context (st, "%s: the VMCOREINFO note at 0x%" PRIx64,
                         dump->src[0]->name, note->file_offset);
  }
  return kd_fail (KD_NOT_FOUND, "%s: has no VMCOREINFO note", dump->name);
}

enum kd_status
kd_vmcoreinfo_from_file (const char *path, struct kd_vmcoreinfo **out)
{
  *out = NULL;
  FILE *f KD_AUTO_FILE = fopen (path, "re");
  if (!f)
    return kd_fail_errno (KD_IO, errno, "%s", path);
  char *text KD_AUTO_FREE = malloc (MAX_TEXT + 1);
  if (!text)
    return kd_fail (KD_NOMEM, "out of memory for VMCOREINFO");
  size_t len = fread (text, 1, MAX_TEXT + 1, f);
  if (ferror (f))
    return kd_fail_errno (KD_IO, errno, "%s: reading it", path);
  enum kd_status st = parse (text, len, KD_VMCOREINFO_FILE, out);
  if (!st && !kd_vmcoreinfo_get (*out, "OSRELEASE")) {
    kd_vmcoreinfo_destroy (KD_STEAL (*out));
    st = kd_fail (KD_CORRUPT, "no line begins with OSRELEASE=");
  }
  return kd_context (st, "%s", path);
}

/* Does PAGE hold the whole text, as the kernel would have written it?  A
   page of the page cache may begin with OSRELEASE= as well.  */
static bool
plausible (const struct kd_vmcoreinfo *vi)
{
  uint64_t dummy;
  const char *page_size = kd_vmcoreinfo_get (vi, "PAGESIZE");
  return page_size && strtoul (page_size, NULL, 10) >= 4096
         && kd_vmcoreinfo_symbol (vi, "_stext", &dummy)
         && kd_vmcoreinfo_size (vi, "list_head", &dummy);
}

static bool
try_page (const uint8_t *page, size_t size, struct kd_vmcoreinfo **out)
{
  static const char magic[] = "OSRELEASE=";
  if (memcmp (page, magic, sizeof magic - 1) != 0)
    return false;
  size_t len = strnlen ((const char *)page, size);
  if (parse ((const char *)page, len, KD_VMCOREINFO_MEMORY, out))
    return false;
  if (plausible (*out))
    return true;
  kd_vmcoreinfo_destroy (KD_STEAL (*out));
  return false;
}

enum kd_status
kd_vmcoreinfo_scan_from (struct kd_dump *dump, uint64_t *pfn,
                         struct kd_vmcoreinfo **out)
{
  *out = NULL;
  size_t size = dump->info.page_size;
  uint8_t *page KD_AUTO_FREE = malloc (size);
  if (!page)
    return kd_fail (KD_NOMEM, "out of memory");
  uint64_t steps = 0;
  for (; kd_dump_next_present (dump, pfn); ++*pfn) {
    if (steps++ % 256 == 0) {
      enum kd_status st = kd_progress ("searching memory for VMCOREINFO", *pfn,
                                       dump->info.max_pfn);
      if (st)
        return st;
    }
    enum kd_status st = kd_dump_read_page (dump, *pfn, page);
    if (st == KD_NOMEM || st == KD_IO)
      return kd_context (st, "searching memory for VMCOREINFO");
    if (!st && try_page (page, size, out)) {
      ++*pfn;
      return KD_OK;
    }
  }
  return kd_fail (KD_NOT_FOUND, "%s: no VMCOREINFO in the memory it has",
                  dump->name);
}

enum kd_status
kd_vmcoreinfo_scan (struct kd_dump *dump, struct kd_vmcoreinfo **out)
{
  uint64_t pfn = 0;
  return kd_vmcoreinfo_scan_from (dump, &pfn, out);
}

enum kd_vmcoreinfo_source
kd_vmcoreinfo_source (const struct kd_vmcoreinfo *vi)
{
  return vi->source;
}

const char *
kd_vmcoreinfo_get (const struct kd_vmcoreinfo *vi, const char *key)
{
  size_t lo = 0, hi = vi->n;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (strcmp (vi->lines[mid].key, key) >= 0)
      hi = mid;
    else
      lo = mid + 1;
  }
  if (lo == vi->n || strcmp (vi->lines[lo].key, key) != 0)
    return NULL;
  return vi->lines[lo].value;
}

/* The value of KIND(NAME).  */
static const char *
get_named (const struct kd_vmcoreinfo *vi, const char *kind, const char *name)
{
  char key[256];
  int n = snprintf (key, sizeof key, "%s(%s)", kind, name);
  return n > 0 && (size_t)n < sizeof key ? kd_vmcoreinfo_get (vi, key) : NULL;
}

/* All of S as an unsigned number; a minus sign is none.  */
static bool
to_u64 (const char *s, int base, uint64_t *value)
{
  if (!s || *s == '-' || *s == '+' || *s == ' ' || *s == '\0')
    return false;
  char *end;
  errno = 0;
  unsigned long long v = strtoull (s, &end, base);
  if (errno || *end)
    return false;
  *value = v;
  return true;
}

bool
kd_vmcoreinfo_number (const struct kd_vmcoreinfo *vi, const char *name,
                      int64_t *value)
{
  const char *s = get_named (vi, "NUMBER", name);
  if (!s)
    return false;
  bool minus = *s == '-';
  const char *digits = s + minus;
  bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  uint64_t v;
  if (!to_u64 (digits, hex ? 16 : 10, &v))
    return false;
  /* Masks are printed as unsigned: keep their bits.  */
  *value = (int64_t)(minus ? -v : v);
  return true;
}

bool
kd_vmcoreinfo_symbol (const struct kd_vmcoreinfo *vi, const char *name,
                      uint64_t *value)
{
  return to_u64 (get_named (vi, "SYMBOL", name), 16, value);
}

bool
kd_vmcoreinfo_offset (const struct kd_vmcoreinfo *vi, const char *name,
                      uint64_t *value)
{
  return to_u64 (get_named (vi, "OFFSET", name), 10, value);
}

bool
kd_vmcoreinfo_size (const struct kd_vmcoreinfo *vi, const char *name,
                    uint64_t *value)
{
  return to_u64 (get_named (vi, "SIZE", name), 10, value);
}

bool
kd_vmcoreinfo_length (const struct kd_vmcoreinfo *vi, const char *name,
                      uint64_t *value)
{
  return to_u64 (get_named (vi, "LENGTH", name), 10, value);
}

bool
kd_vmcoreinfo_hex (const struct kd_vmcoreinfo *vi, const char *key,
                   uint64_t *value)
{
  return to_u64 (kd_vmcoreinfo_get (vi, key), 16, value);
}
