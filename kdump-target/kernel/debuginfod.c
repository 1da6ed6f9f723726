/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Debug files from the user's debuginfod servers. */
#include "kernel/debuginfod.h"

#include "base/guard.h"
#include "base/progress.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* What we use of libdebuginfod.so.1 (elfutils/debuginfod.h).  It is loaded
   only when asked for: it brings an HTTP client and a TLS library with it.  */
struct client {
  void *library;
  void *handle;
  void *(*begin) (void);
  void (*end) (void *handle);
  void (*set_progress) (void *handle,
                        int (*progress) (void *handle, long done, long total));
  int (*find) (void *handle, const unsigned char *id, int size, char **path);
};

static void
client_close (struct client *c)
{
  if (c->handle)
    c->end (c->handle);
  /* The library stays: what it brings does not like to go.  */
}

static void *
look_up (struct client *c, const char *name)
{
  return c->library ? dlsym (c->library, name) : NULL;
}

static enum kd_status
client_open (struct client *c)
{
  const char *urls = getenv ("DEBUGINFOD_URLS");
  if (!urls || !urls[strspn (urls, " ")])
    return kd_fail (KD_UNSUPPORTED,
                    "no debuginfod server is named in $DEBUGINFOD_URLS");
  c->library = dlopen ("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);
  *(void **)&c->begin = look_up (c, "debuginfod_begin");
  *(void **)&c->end = look_up (c, "debuginfod_end");
  *(void **)&c->set_progress = look_up (c, "debuginfod_set_progressfn");
  *(void **)&c->find = look_up (c, "debuginfod_find_debuginfo");
  if (!c->begin || !c->end || !c->set_progress || !c->find)
    return kd_fail (KD_UNSUPPORTED,
                    "libdebuginfod.so.1 cannot be used (Debian: "
                    "libdebuginfod1)");
  c->handle = c->begin ();
  return c->handle ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static int
on_progress (void *handle, long done, long total)
{
  (void)handle;
  /* It reports the first bytes of a file as often as it likes.  */
  return kd_progress ("debuginfod", done > 0 ? (uint64_t)done : 1,
                      total > 0 ? (uint64_t)total : 0)
         == KD_INTERRUPTED;
}

enum kd_status
kd_debuginfod_ask (const struct kd_build_id *id, char **path)
{
  struct client c KD_CLEANUP (client_close) = { 0 };
  char *found = NULL;
  enum kd_status st = id->size
                        ? client_open (&c)
                        : kd_fail (KD_NOT_FOUND, "no build-id is known");
  if (!st)
    st = kd_progress ("debuginfod", 0, 0);
  if (st)
    return st;
  c.set_progress (c.handle, on_progress);
  int fd = c.find (c.handle, id->bytes, (int)id->size, &found);
  st = kd_progress ("debuginfod", 1, 1); /* was it Ctrl-C? */
  if (fd >= 0)
    close (fd);
  if (st || fd < 0) {
    free (found);
    return st ? st : kd_fail (KD_NOT_FOUND, "debuginfod: %s", strerror (-fd));
  }
  *path = found;
  return KD_OK;
}
