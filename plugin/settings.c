/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's GDB settings that a dump changes, and putting them back. */
#include "settings.h"

#include "base/strbuf.h"

#include <inttypes.h>
#include <string.h>

/* A setting, what we want and what the user had (NULL: not changed).  */
struct setting {
  const char *name;
  const char *ours;
  char *theirs;
};

static struct setting connecting[] = {
  { "confirm", "off", NULL },
  /* Opening may mean a scan of the whole dump.  */
  { "remotetimeout", "86400", NULL },
};

static struct setting open_dump[] = {
  { "dcache line-size", "4096", NULL },
  { "dcache size", "32768", NULL }, /* lines: 128 MiB */
  /* Addresses outside the cached ranges (user space) are read uncached.  */
  { "mem inaccessible-by-default", "off", NULL },
  /* Files named by the server are this machine's.  */
  { "sysroot", "", NULL },
};

/* These are for all inferiors, so they are only for when ours is selected.
   With them GDB refuses in clearer words than it passes on from the server. */
static struct setting protection[] = {
  { "may-write-memory", "off", NULL },
  { "may-write-registers", "off", NULL },
};

/* Our memory regions, by their beginning; and whether GDB had the target's
   list before.  */
enum { MAX_REGIONS = 8 };
static struct kd_info_range regions[MAX_REGIONS];
static size_t nregions;
static bool regions_were_auto;

/* Value of setting NAME as `set' takes it; NULL where there is none.  The
   caller's to free().  */
static char *
current_value (const char *name)
{
  PyObject *value KD_AUTO_PY = kd_py_call ("parameter", "(s)", name);

  if (!value) {
    kd_py_ignore ();
    return NULL;
  }
  if (value == Py_None)
    return strdup ("unlimited");
  if (PyBool_Check (value))
    return strdup (value == Py_True ? "on" : "off");
  return kd_py_text (value);
}

static void
change (struct setting *s)
{
  char *now;

  if (!s->ours || s->theirs)
    return;
  now = current_value (s->name);
  if (!now)
    return;
  if (!strcmp (now, s->ours)) {
    free (now);
    return;
  }
  if (kd_py_executef ("set %s %s", s->name, s->ours)) {
    s->theirs = now;
    return;
  }
  kd_py_ignore ();
  free (now);
}

static void
change_back (struct setting *s)
{
  if (!s->theirs)
    return;
  if (!kd_py_executef ("set %s %s", s->name, s->theirs))
    kd_py_ignore ();
  free (s->theirs);
  s->theirs = NULL;
}

void
kd_settings_connecting (void)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (connecting); i++)
    change (&connecting[i]);
}

void
kd_settings_connected (void)
{
  for (size_t i = KD_ARRAY_SIZE (connecting); i-- > 0;)
    change_back (&connecting[i]);
}

static char *
regions_now (void)
{
  char *text = NULL;

  if (!kd_py_execute_text ("info mem", &text)) {
    kd_py_ignore ();
    return NULL;
  }
  return text;
}

static void
add_region (const struct kd_info_range *r)
{
  if (nregions >= MAX_REGIONS)
    return;
  /* The user may have a region there; then his stays.  */
  if (!kd_py_executef ("mem 0x%" PRIx64 " 0x%" PRIx64 " ro cache", r->start,
                       r->end)) {
    kd_py_ignore ();
    return;
  }
  regions[nregions++] = *r;
}

/* Number of the region of LINE of `info mem' if it is one of ours, else 0:
   "1   y  \t0xffff800000000000 0x10000000000000000 ro nocache".  */
static unsigned
our_region (const char *line)
{
  unsigned num;
  char enabled;
  uint64_t start;

  if (sscanf (line, "%u %c 0x%" SCNx64, &num, &enabled, &start) != 3)
    return 0;
  for (size_t i = 0; i < nregions; i++)
    if (regions[i].start == start)
      return num;
  return 0;
}

static void
remove_regions (void)
{
  char *text KD_AUTO_FREE = NULL;
  char *rest, *line;

  if (!nregions)
    return;
  if (regions_were_auto) {
    if (!kd_py_execute ("mem auto"))
      kd_py_ignore ();
    nregions = 0;
    return;
  }
  text = regions_now ();
  rest = text;
  while (rest && (line = strsep (&rest, "\n"))) {
    unsigned num = our_region (line);

    if (num && !kd_py_executef ("delete mem %u", num))
      kd_py_ignore ();
  }
  nregions = 0;
}

void
kd_settings_protect (bool on)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (protection); i++) {
    if (on)
      change (&protection[i]);
    else
      change_back (&protection[i]);
  }
}

void
kd_settings_apply (const struct kd_info *info)
{
  char *before KD_AUTO_FREE = regions_now ();

  for (size_t i = 0; i < KD_ARRAY_SIZE (open_dump); i++)
    change (&open_dump[i]);
  regions_were_auto = before && strstr (before, "provided by the target");
  kd_settings_protect (true);
  for (size_t i = 0; i < info->nmemory; i++)
    add_region (&info->memory[i]);
}

void
kd_settings_restore (void)
{
  remove_regions ();
  kd_settings_protect (false);
  for (size_t i = KD_ARRAY_SIZE (open_dump); i-- > 0;)
    change_back (&open_dump[i]);
}
