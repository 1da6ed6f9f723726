/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where files are kept that can be made again. */
#include "base/cachedir.h"

#include "base/guard.h"
#include "base/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Make the directories of PATH that come after its first SKIP bytes.  */
static bool
make_directories (char *path, size_t skip)
{
  for (char *p = path + skip; (p = strchr (p, '/')); *p++ = '/') {
    *p = 0;
    if (mkdir (path, 0700) && errno != EEXIST) {
      *p = '/';
      return false;
    }
  }
  return true;
}

char *
kd_cache_path (const char *name, bool make)
{
  const char *xdg = getenv ("XDG_CACHE_HOME"), *home = getenv ("HOME");
  char *base KD_AUTO_FREE = NULL;
  if (xdg && *xdg == '/')
    base = strdup (xdg);
  else if (home && *home == '/')
    base = kd_asprintf ("%s/.cache", home);
  char *path KD_AUTO_FREE
    = base ? kd_asprintf ("%s/kdump-gdb/%s", base, name) : NULL;
  if (!path || (make && !make_directories (path, strlen (base))))
    return NULL;
  return KD_STEAL (path);
}
