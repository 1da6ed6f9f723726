/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking for the files of a kernel on this machine. */
#include "kernel/vmlinux.h"

#include "kernel/debuginfod.h"
#include "kernel/unpack.h"

#include <dirent.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

enum {
  MAX_ENTRIES = 20000,       /* of one directory beside a dump */
  MAX_TREE_ENTRIES = 200000, /* below a modules directory */
};

/* --- candidates --- */

/* What a search is for and the best file so far.  */
struct hunt {
  const struct kd_build_id *build_id;
  const char *release; /* NULL when unknown or not fit for a file name */
  bool module;
  char *found;    /* matches, but has no debug info; owned */
  bool best;      /* FOUND has debug info: no need to go on */
  unsigned wrong; /* files that had the name and did not match */
  char *why;      /* what is wrong with the first of them; owned */
  struct kd_strbuf *searched;
};

static bool
release_is (const char *text, const char *release)
{
  size_t len = strlen (release);
  return !strncmp (text, release, len) && (text[len] == ' ' || !text[len]);
}

/* vermagic=RELEASE ... in a module's .modinfo.  */
static bool
vermagic_matches (struct kd_elf_file *elf, const char *release)
{
  static const char key[] = "vermagic=";
  const void *data;
  size_t size;
  if (kd_elf_section_data (elf, ".modinfo", &data, &size))
    return false;
  const char *p = data, *end = p + size;
  while (p < end) {
    size_t len = strnlen (p, (size_t)(end - p));
    if (p + len == end)
      return false;
    if (!strncmp (p, key, sizeof key - 1)
        && release_is (p + sizeof key - 1, release))
      return true;
    p += len + 1;
  }
  return false;
}

static bool
matches (const struct hunt *h, struct kd_elf_file *elf)
{
  if (h->build_id && h->build_id->size && kd_elf_build_id (elf)->size)
    return kd_build_id_equal (h->build_id, kd_elf_build_id (elf));
  if (!h->release)
    return false;
  if (h->module)
    return vermagic_matches (elf, h->release);
  const char *banner = kd_elf_linux_banner (elf);
  static const char start[] = "Linux version ";
  return !strncmp (banner, start, sizeof start - 1)
         && release_is (banner + sizeof start - 1, h->release);
}

/* What is wrong with a file, by its name; NULL: no memory for that.  */
static bool
is_wrong (struct hunt *h, const char *why)
{
  if (h->searched && why)
    kd_strbuf_printf (h->searched, "  %s\n", why);
  if (!h->wrong++ && why)
    h->why = strdup (why);
  return false;
}

/* Look at the file PATH, packed or not; true when the hunt is over.  */
static bool
try_file (struct hunt *h, const char *path)
{
  struct stat sb;
  struct kd_elf_file *elf KD_GUARD (elf) = NULL;
  char *unpacked KD_AUTO_FREE = NULL;
  if (h->best)
    return true;
  if (stat (path, &sb) || !S_ISREG (sb.st_mode))
    return false;
  if (kd_unpacked_length (path)) {
    if (kd_unpack (path, &unpacked))
      return is_wrong (h, kd_error_text ());
    path = unpacked;
  }
  if (kd_elf_open (path, &elf))
    return is_wrong (h, kd_error_text ());
  if (!matches (h, elf)) {
    char *why KD_AUTO_FREE = kd_asprintf ("%s is not the dump's", path);
    return is_wrong (h, why);
  }
  struct kd_elf_symtab tab;
  h->best = kd_elf_has_dwarf (elf) && !kd_elf_symtab (elf, &tab);
  if (h->best || !h->found) {
    free (h->found);
    h->found = strdup (path);
  }
  return h->best;
}

static bool try_format (struct hunt *h, const char *fmt, ...) KD_PRINTF (2, 3);

static bool
try_format (struct hunt *h, const char *fmt, ...)
{
  struct kd_strbuf path KD_AUTO_STRBUF;
  kd_strbuf_init (&path);
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&path, fmt, ap);
  va_end (ap);
  return !path.failed && try_file (h, kd_strbuf_str (&path));
}

static void
note_place (struct hunt *h, const char *place)
{
  if (h->searched)
    kd_strbuf_printf (h->searched, "  %s\n", place);
}

/* A release goes into file names only if it stays in its directory.  */
static const char *
safe_name (const char *name)
{
  return name && *name && *name != '.' && !strchr (name, '/') ? name : NULL;
}

static enum kd_status
finish (struct hunt *h, const char *what, char **path)
{
  char *why KD_AUTO_FREE = h->why;
  if (h->found) {
    *path = h->found;
    return KD_OK;
  }
  if (h->wrong == 1 && why)
    return kd_fail (KD_NOT_FOUND, "no %s was found: %s", what, why);
  if (h->wrong)
    return kd_fail (KD_NOT_FOUND,
                    "no %s was found: %u files have such a name and are not "
                    "the dump's, or damaged",
                    what, h->wrong);
  return kd_fail (KD_NOT_FOUND, "no %s was found", what);
}

/* DIR/.build-id/xx/yyyy.debug */
static bool
try_build_id (struct hunt *h, const char *dir)
{
  char hex[2 * KD_BUILD_ID_MAX + 1];
  if (!h->build_id || h->build_id->size < 2)
    return false;
  kd_build_id_format (h->build_id, hex, sizeof hex);
  return try_format (h, "%s/.build-id/%.2s/%s.debug", dir, hex, hex + 2);
}

static const char *const default_debug_dirs[] = { "/usr/lib/debug" };

static size_t
debug_dirs (const struct kd_search *s, const char *const **dirs)
{
  *dirs = s->ndebug_dirs ? s->debug_dirs : default_debug_dirs;
  return s->ndebug_dirs ? s->ndebug_dirs : KD_ARRAY_SIZE (default_debug_dirs);
}

/* The file that a debuginfod client got earlier, in its cache: see
   debuginfod_find_debuginfo(3).  */
static bool
try_debuginfod (struct hunt *h)
{
  char hex[2 * KD_BUILD_ID_MAX + 1];
  const char *path = getenv ("DEBUGINFOD_CACHE_PATH");
  const char *xdg = getenv ("XDG_CACHE_HOME"), *home = getenv ("HOME");
  if (h->best || !h->build_id || h->build_id->size < 2)
    return h->best;
  kd_build_id_format (h->build_id, hex, sizeof hex);
  if (path && *path)
    return try_format (h, "%s/%s/debuginfo", path, hex);
  if (xdg && *xdg
      && try_format (h, "%s/debuginfod_client/%s/debuginfo", xdg, hex))
    return true;
  return home && *home
         && (try_format (h, "%s/.cache/debuginfod_client/%s/debuginfo", home,
                         hex)
             || try_format (h, "%s/.debuginfod_client_cache/%s/debuginfo",
                            home, hex));
}

static void
ask_debuginfod (struct hunt *h)
{
  char *path KD_AUTO_FREE = NULL;
  if (!h->build_id || h->best)
    return;
  if (!kd_debuginfod_ask (h->build_id, &path))
    try_file (h, path);
  else if (h->searched)
    kd_strbuf_printf (h->searched, "  %s\n", kd_error_text ());
}

/* What the user can do who has a debuginfod server.  */
static void
hint_debuginfod (const struct hunt *h)
{
  char hex[2 * KD_BUILD_ID_MAX + 1];
  const char *urls = getenv ("DEBUGINFOD_URLS");
  if (!h->searched || h->found || !urls || !*urls || !h->build_id
      || h->build_id->size < 2)
    return;
  kd_build_id_format (h->build_id, hex, sizeof hex);
  kd_strbuf_printf (h->searched,
                    "To ask your debuginfod servers for it, in GDB:\n"
                    "  set debuginfod enabled on\n"
                    "or without GDB the option --debuginfod, or\n"
                    "  debuginfod-find debuginfo %s\n",
                    hex);
}

/* --- vmlinux --- */

/* Files of DIR that are called like a vmlinux.  */
static bool
try_directory (struct hunt *h, const char *dir)
{
  if (!dir || h->best)
    return h->best;
  note_place (h, dir);
  if (try_format (h, "%s/vmlinux", dir)
      || (h->release && try_format (h, "%s/vmlinux-%s", dir, h->release)))
    return true;
  DIR *d = opendir (dir);
  if (!d)
    return false;
  struct dirent *e;
  for (unsigned n = 0; !h->best && n < MAX_ENTRIES && (e = readdir (d)); n++) {
    size_t len = strlen (e->d_name);
    bool debug = len > 6 && !strcmp (e->d_name + len - 6, ".debug");
    bool named = !strncmp (e->d_name, "vmlinux", 7);
    bool module = strstr (e->d_name, ".ko");
    if (!(named || (debug && !module)) || !strcmp (e->d_name, "vmlinux")
        || (h->release && named && e->d_name[7] == '-'
            && !strcmp (e->d_name + 8, h->release)))
      continue;
    try_format (h, "%s/%s", dir, e->d_name);
  }
  closedir (d);
  return h->best;
}

static bool
try_release_names (struct hunt *h, const char *dir)
{
  static const char *const names[] = {
    "%s/boot/vmlinux-%s",
    "%s/vmlinux-%s",
    "%s/lib/modules/%s/vmlinux",
    "%s/usr/lib/modules/%s/vmlinux",
    "%s/usr/lib/modules/%s/vmlinux.debug",
    "%s/boot/vmlinux-%s.debug",
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (names) && h->release; i++)
    if (try_format (h, names[i], dir, h->release))
      return true;
  return false;
}

static bool
try_system (struct hunt *h)
{
  static const char *const names[] = {
    "/boot/vmlinux-%s",
    "/boot/vmlinux-%s.xz",
    "/boot/vmlinux-%s.zst",
    "/boot/vmlinux-%s.gz",
    "/lib/modules/%s/build/vmlinux",
    "/lib/modules/%s/source/vmlinux",
    "/lib/modules/%s/vmlinux",
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (names) && h->release; i++)
    if (try_format (h, names[i], h->release))
      return true;
  return false;
}

enum kd_status
kd_find_vmlinux (const struct kd_search *s, const struct kd_build_id *build_id,
                 const char *release, char **path, struct kd_strbuf *searched)
{
  struct hunt h = { .build_id = build_id,
                    .release = safe_name (release),
                    .searched = searched };
  const char *const *dirs;
  size_t ndirs = debug_dirs (s, &dirs);
  if ((!build_id || !build_id->size) && !h.release)
    return kd_fail (KD_NOT_FOUND,
                    "neither build-id nor release of the dumped kernel are "
                    "known: name its vmlinux");
  for (size_t i = 0; i < s->nextra; i++)
    try_directory (&h, s->extra[i]);
  try_directory (&h, s->beside);
  for (size_t i = 0; i < ndirs && !h.best; i++) {
    note_place (&h, dirs[i]);
    if (!try_build_id (&h, dirs[i]))
      try_release_names (&h, dirs[i]);
  }
  if (!h.best) {
    note_place (&h, "/boot, /lib/modules");
    try_system (&h);
  }
  if (!h.best) {
    note_place (&h, "the cache of debuginfod");
    try_debuginfod (&h);
    if (s->debuginfod)
      ask_debuginfod (&h);
    else
      hint_debuginfod (&h);
  }
  return finish (&h, "vmlinux of this kernel", path);
}

/* --- modules --- */

struct indexed {
  char *name; /* '-' turned into '_', without .ko and what follows */
  char *path;
};

struct tree {
  char *dir;
  struct indexed *files;
  size_t n, room;
};

struct kd_module_index {
  struct tree *trees;
  size_t ntrees;
};

struct kd_module_index *
kd_module_index_create (void)
{
  return kd_calloc (1, sizeof (struct kd_module_index));
}

void
kd_module_index_destroy (struct kd_module_index *index)
{
  if (!index)
    return;
  for (size_t i = 0; i < index->ntrees; i++) {
    struct tree *t = &index->trees[i];
    for (size_t j = 0; j < t->n; j++) {
      free (t->files[j].name);
      free (t->files[j].path);
    }
    free (t->files);
    free (t->dir);
  }
  free (index->trees);
  free (index);
}

/* The module's name in FILE, "foo-bar.ko.debug" or "foo-bar.ko.xz": "foo_bar",
   malloc'ed; NULL if the file is no module we can open.  */
static char *
module_name_of (const char *file)
{
  const char *dot = strstr (file, ".ko");
  size_t packed = kd_unpacked_length (file);
  size_t n = !dot ? 0 : (packed ? packed : strlen (file)) - (dot - file);
  if (!dot || dot == file
      || !((n == 3 && !strncmp (dot, ".ko", n))
           || (n == 9 && !strncmp (dot, ".ko.debug", n))))
    return NULL;
  char *name = strndup (file, (size_t)(dot - file));
  for (char *p = name; p && *p; p++)
    if (*p == '-')
      *p = '_';
  return name;
}

static void
index_file (struct tree *t, const char *path, const char *file)
{
  char *name = module_name_of (file);
  if (!name)
    return;
  if (t->n == t->room) {
    size_t room = t->room ? t->room * 2 : 256;
    struct indexed *more = realloc (t->files, room * sizeof *more);
    if (!more) {
      free (name);
      return;
    }
    t->files = more;
    t->room = room;
  }
  char *copy = strdup (path);
  if (copy)
    t->files[t->n++] = (struct indexed){ name, copy };
  else
    free (name);
}

static int
by_name (const void *a, const void *b)
{
  const struct indexed *x = a, *y = b;
  int order = strcmp (x->name, y->name);
  return order ? order : strcmp (x->path, y->path);
}

/* Links are not followed: `build' and `source' lead out of the tree.  */
static void
fill_tree (struct tree *t)
{
  char *roots[] = { t->dir, NULL };
  FTS *fts
    = fts_open (roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
  FTSENT *e;
  for (unsigned n = 0; fts && n < MAX_TREE_ENTRIES && (e = fts_read (fts));
       n++)
    if (e->fts_info == FTS_F || e->fts_info == FTS_SL)
      index_file (t, e->fts_path, e->fts_name);
  if (fts)
    fts_close (fts);
  if (t->n)
    qsort (t->files, t->n, sizeof *t->files, by_name);
}

static struct tree *
get_tree (struct kd_module_index *index, const char *dir)
{
  for (size_t i = 0; i < index->ntrees; i++)
    if (!strcmp (index->trees[i].dir, dir))
      return &index->trees[i];
  struct tree *more
    = realloc (index->trees, (index->ntrees + 1) * sizeof *more);
  if (!more)
    return NULL;
  index->trees = more;
  struct tree t = { .dir = strdup (dir) };
  if (!t.dir)
    return NULL;
  fill_tree (&t);
  index->trees[index->ntrees++] = t;
  return &index->trees[index->ntrees - 1];
}

/* Modules called NAME ('_' for '-') below DIR/SUB; SUB may be "".  */
static bool
try_tree (struct hunt *h, struct kd_module_index *index, const char *dir,
          const char *sub, const char *name)
{
  char *root KD_AUTO_FREE = h->best ? NULL : kd_asprintf ("%s%s", dir, sub);
  struct tree *t = root ? get_tree (index, root) : NULL;
  if (!t)
    return h->best;
  size_t low = 0, high = t->n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (strcmp (t->files[mid].name, name) < 0)
      low = mid + 1;
    else
      high = mid;
  }
  for (; low < t->n && !strcmp (t->files[low].name, name) && !h->best; low++)
    try_file (h, t->files[low].path);
  return h->best;
}

/* Files beside the dump or in a directory the user named: only there, or,
   for a directory the user named, in what is below it.  */
static bool
try_module_directory (struct hunt *h, const char *dir, const char *name)
{
  DIR *d = dir && !h->best ? opendir (dir) : NULL;
  struct dirent *e;
  for (unsigned n = 0; d && !h->best && n < MAX_ENTRIES && (e = readdir (d));
       n++) {
    char *its KD_AUTO_FREE = module_name_of (e->d_name);
    if (its && !strcmp (its, name))
      try_format (h, "%s/%s", dir, e->d_name);
  }
  if (d)
    closedir (d);
  return h->best;
}

static void
try_module_trees (struct hunt *h, const struct kd_search *s,
                  struct kd_module_index *index, const char *name)
{
  static const char *const roots[] = { "/lib/modules", "/usr/lib/modules" };
  const char *const *dirs;
  size_t ndirs = debug_dirs (s, &dirs);
  char *sub KD_AUTO_FREE = kd_asprintf ("/%s", h->release);
  for (size_t i = 0; i < ndirs && sub; i++)
    for (size_t j = 0; j < KD_ARRAY_SIZE (roots); j++) {
      char *dir KD_AUTO_FREE = kd_asprintf ("%s%s", dirs[i], roots[j]);
      if (dir && try_tree (h, index, dir, sub, name))
        return;
    }
  if (sub)
    try_tree (h, index, roots[0], sub, name);
}

enum kd_status
kd_find_module (const struct kd_search *s, struct kd_module_index *index,
                const char *name, const struct kd_build_id *build_id,
                const char *release, char **path)
{
  struct hunt h
    = { .build_id = build_id, .release = safe_name (release), .module = true };
  const char *const *dirs;
  size_t ndirs = debug_dirs (s, &dirs);
  char *plain KD_AUTO_FREE = safe_name (name) ? strdup (name) : NULL;
  if (!plain)
    return kd_fail (KD_NOT_FOUND, "no file of a module called \"%s\"", name);
  for (char *p = plain; *p; p++)
    if (*p == '-')
      *p = '_';
  for (size_t i = 0; i < s->nextra; i++)
    try_tree (&h, index, s->extra[i], "", plain);
  try_module_directory (&h, s->beside, plain);
  for (size_t i = 0; i < ndirs && !h.best; i++)
    try_build_id (&h, dirs[i]);
  try_debuginfod (&h);
  if (h.release && !h.best)
    try_module_trees (&h, s, index, plain);
  if (s->debuginfod)
    ask_debuginfod (&h);
  char *what KD_AUTO_FREE = kd_asprintf ("debug file of module %s", plain);
  return finish (&h, what ? what : "debug file", path);
}
