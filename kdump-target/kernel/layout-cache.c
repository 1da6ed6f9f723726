/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The on-disk cache of struct layouts: one line of text an answer. */
#include "kernel/layout-cache.h"

#include "base/cachedir.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* First line of the file; change it when the lines change.  */
#define FORMAT "kdump-gdb layout 1"

enum { MAX_ENTRIES = 10000, MAX_LINE = 512 };

struct line {
  char *key; /* "type path" */
  struct kd_layout_entry entry;
};

struct kd_layout_cache {
  struct line *lines;
  size_t n, room;
  bool changed;
  struct kd_build_id build_id;
};

/* The cache's file, its directory made if MAKE; NULL if there is none.  The
   caller's to free().  */
static char *
cache_file (const struct kd_build_id *id, bool make)
{
  char hex[2 * KD_BUILD_ID_MAX + 1], name[sizeof hex + 8];
  if (!id->size)
    return NULL;
  kd_build_id_format (id, hex, sizeof hex);
  snprintf (name, sizeof name, "layout-%s", hex);
  return kd_cache_path (name, make);
}

static struct line *
find_line (const struct kd_layout_cache *c, const char *type, const char *path)
{
  size_t len = strlen (type);
  for (size_t i = 0; i < c->n; i++)
    if (!strncmp (c->lines[i].key, type, len) && c->lines[i].key[len] == ' '
        && !strcmp (c->lines[i].key + len + 1, path))
      return &c->lines[i];
  return NULL;
}

bool
kd_layout_cache_get (const struct kd_layout_cache *c, const char *type,
                     const char *path, struct kd_layout_entry *out)
{
  const struct line *l = find_line (c, type, path);
  if (l)
    *out = l->entry;
  return l;
}

void
kd_layout_cache_put (struct kd_layout_cache *c, const char *type,
                     const char *path, const struct kd_layout_entry *entry)
{
  if (c->n >= MAX_ENTRIES || find_line (c, type, path))
    return;
  if (c->n == c->room) {
    size_t room = c->room ? c->room * 2 : 64;
    struct line *more = realloc (c->lines, room * sizeof *more);
    if (!more)
      return;
    c->lines = more;
    c->room = room;
  }
  char *key = kd_asprintf ("%s %s", type, path);
  if (!key)
    return;
  c->lines[c->n++] = (struct line){ key, *entry };
  c->changed = true;
}

/* "TYPE PATH = FOUND NO-TYPE OFFSET SIZE ELEM COUNT BIT-OFFSET BIT-SIZE" */
static void
read_line (struct kd_layout_cache *c, char *line)
{
  char *sep = strstr (line, " = ");
  char *space = strchr (line, ' ');
  unsigned found, no_type, bit_offset, bit_size;
  struct kd_layout_entry e = { 0 };
  struct kd_member *m = &e.member;
  if (!sep || !space || space >= sep)
    return;
  if (sscanf (sep + 3,
              "%u %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %u",
              &found, &no_type, &m->offset, &m->size, &m->elem_size, &m->count,
              &bit_offset, &bit_size)
        != 8
      || bit_offset > 7 || bit_size > 64)
    return;
  e.found = found;
  e.no_type = no_type;
  m->bit_offset = (uint8_t)bit_offset;
  m->bit_size = (uint8_t)bit_size;
  *sep = *space = 0;
  kd_layout_cache_put (c, line, space + 1, &e);
}

static void
load (struct kd_layout_cache *c)
{
  char *path KD_AUTO_FREE = cache_file (&c->build_id, false);
  int fd
    = path ? open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
  if (fd < 0)
    return;
  struct stat sb;
  FILE *f KD_AUTO_FILE = fdopen (fd, "r");
  if (!f) {
    close (fd);
    return;
  }
  /* Somebody else's file could lie to us.  */
  if (fstat (fd, &sb) || !S_ISREG (sb.st_mode) || sb.st_uid != geteuid ()
      || sb.st_mode & 022)
    return;
  char line[MAX_LINE];
  if (!fgets (line, sizeof line, f) || strcmp (line, FORMAT "\n") != 0)
    return;
  while (fgets (line, sizeof line, f))
    read_line (c, line);
  c->changed = false;
}

struct kd_layout_cache *
kd_layout_cache_create (const struct kd_build_id *build_id)
{
  struct kd_layout_cache *c = kd_calloc (1, sizeof *c);
  if (c) {
    c->build_id = *build_id;
    load (c);
  }
  return c;
}

static bool
write_lines (const struct kd_layout_cache *c, FILE *f)
{
  fprintf (f, FORMAT "\n");
  for (size_t i = 0; i < c->n; i++) {
    const struct kd_layout_entry *e = &c->lines[i].entry;
    const struct kd_member *m = &e->member;
    fprintf (
      f, "%s = %u %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u\n",
      c->lines[i].key, e->found, e->no_type, m->offset, m->size, m->elem_size,
      m->count, m->bit_offset, m->bit_size);
  }
  return !fflush (f) && !ferror (f);
}

/* Written aside and renamed, so that two of us at once do no harm.  */
static void
save (const struct kd_layout_cache *c)
{
  char *path KD_AUTO_FREE = cache_file (&c->build_id, true);
  char *tmp KD_AUTO_FREE = path ? kd_asprintf ("%s.XXXXXX", path) : NULL;
  int fd = tmp ? mkostemp (tmp, O_CLOEXEC) : -1;
  if (fd < 0)
    return;
  FILE *f KD_AUTO_FILE = fdopen (fd, "w");
  if (!f)
    close (fd);
  if (!f || !write_lines (c, f) || rename (tmp, path))
    unlink (tmp);
}

void
kd_layout_cache_destroy (struct kd_layout_cache *c)
{
  if (!c)
    return;
  if (c->changed)
    save (c);
  for (size_t i = 0; i < c->n; i++)
    free (c->lines[i].key);
  free (c->lines);
  free (c);
}
