/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over its stored corpus, without libFuzzer: part of `make
   check', best with --enable-sanitizers. */
#include "base/guard.h"

#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MAX_SIZE (1 << 20)

/* One file; 1 if it was run.  A buffer of just its size lets ASan see every
   byte read too far.  */
static int
replay (const char *path)
{
  FILE *f KD_AUTO_FILE = fopen (path, "rb");
  uint8_t *data KD_AUTO_FREE = NULL;
  long size;

  if (!f || fseek (f, 0, SEEK_END) || (size = ftell (f)) < 0 || size > MAX_SIZE
      || fseek (f, 0, SEEK_SET))
    return 0;
  data = malloc ((size_t)size + !size);
  if (!data || fread (data, 1, (size_t)size, f) != (size_t)size)
    return 0;
  LLVMFuzzerTestOneInput (data, (size_t)size);
  return 1;
}

/* The corpus is the directory given, or the target's own in the sources.  */
int
main (int argc, char **argv)
{
  const char *top = getenv ("top_srcdir");
  char dir[PATH_MAX], path[PATH_MAX];
  struct dirent *e;
  int runs = 0;
  DIR *d;

  if (argc > 1)
    snprintf (dir, sizeof dir, "%s", argv[1]);
  else
    snprintf (dir, sizeof dir, "%s/testsuite/fuzz/" CORPUS, top ? top : ".");
  d = opendir (dir);
  while (d && (e = readdir (d)) != NULL) {
    if (e->d_name[0] == '.')
      continue;
    if (snprintf (path, sizeof path, "%s/%s", dir, e->d_name)
        < (int)sizeof path)
      runs += replay (path);
  }
  if (d)
    closedir (d);
  printf ("%sok 1 - " CORPUS ": %d inputs replayed\n1..1\n",
          runs ? "" : "not ", runs);
  return !runs;
}
