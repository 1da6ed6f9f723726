/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of symbols that a distribution packed. */
#include "kernel/unpack.h"

#include "base/cachedir.h"
#include "base/guard.h"
#include "base/progress.h"
#include "base/strbuf.h"
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#ifdef HAVE_XZ
#include <lzma.h>
#endif

#define LIMIT (UINT64_C (1) << 30) /* bytes of an unpacked file */

enum { CHUNK = 1 << 17 };

/* --- where it goes --- */

struct sink {
  int fd;
  uint64_t done;
};

static enum kd_status
emit (struct sink *s, const uint8_t *data, size_t size)
{
  s->done += size;
  if (s->done > LIMIT)
    return kd_fail (KD_CORRUPT, "it unpacks to more than 1 GiB");
  while (size) {
    ssize_t n = write (s->fd, data, size);
    if (n < 0 && errno != EINTR)
      return kd_fail_errno (KD_IO, errno, "writing its unpacked form");
    if (n > 0) {
      data += n;
      size -= (size_t)n;
    }
  }
  return kd_progress ("unpacking", s->done, 0);
}

/* The next bytes of a packed file; *GOT is 0 at its end.  */
static enum kd_status
take (int fd, uint8_t *data, size_t *got)
{
  ssize_t n;
  do
    n = read (fd, data, CHUNK);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return kd_fail_errno (KD_IO, errno, "reading it");
  *got = (size_t)n;
  return KD_OK;
}

static enum kd_status
damaged (const struct sink *s)
{
  return kd_fail (KD_CORRUPT,
                  "its packed data is damaged or cut off, after %" PRIu64
                  " unpacked bytes",
                  s->done);
}

/* --- gzip, Zstandard, xz --- */

static enum kd_status
unpack_gz (int fd, struct sink *s)
{
  uint8_t *data KD_AUTO_FREE = malloc (CHUNK);
  int own = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  gzFile f = own < 0 ? NULL : gzdopen (own, "rb");
  enum kd_status st = KD_OK;
  if (!f && own >= 0)
    close (own);
  if (!f || !data) {
    if (f)
      gzclose (f);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  if (gzdirect (f))
    st = kd_fail (KD_CORRUPT, "it is not of gzip");
  while (!st) {
    int n = gzread (f, data, CHUNK);
    int error = Z_OK;
    gzerror (f, &error); /* of a file cut short the last bytes are given */
    if (n < 0 || error != Z_OK)
      st = damaged (s);
    else if (n == 0)
      break;
    else
      st = emit (s, data, (size_t)n);
  }
  gzclose (f);
  return st;
}

static void
guard_zstd (ZSTD_DCtx **ctx)
{
  ZSTD_freeDCtx (*ctx);
}

static enum kd_status
unpack_zst (int fd, struct sink *s)
{
  ZSTD_DCtx *ctx KD_CLEANUP (guard_zstd) = ZSTD_createDCtx ();
  uint8_t *in KD_AUTO_FREE = malloc (CHUNK),
              *out KD_AUTO_FREE = malloc (CHUNK);
  size_t left = 1; /* 0 between frames */
  if (!ctx || !in || !out)
    return kd_fail (KD_NOMEM, "out of memory");
  for (;;) {
    size_t got;
    enum kd_status st = take (fd, in, &got);
    if (st)
      return st;
    if (!got)
      return left ? damaged (s) : KD_OK;
    ZSTD_inBuffer from = { in, got, 0 };
    ZSTD_outBuffer to = { out, CHUNK, CHUNK };
    /* Full output may hide more of what was put in.  */
    while (!st && (from.pos < from.size || to.pos == to.size)) {
      to.pos = 0;
      size_t before = from.pos;
      left = ZSTD_decompressStream (ctx, &to, &from);
      if (ZSTD_isError (left))
        return damaged (s);
      st = emit (s, out, to.pos);
      if (!to.pos && from.pos == before)
        break;
    }
    if (st)
      return st;
  }
}

#ifdef HAVE_XZ
static void
guard_lzma (lzma_stream *z)
{
  lzma_end (z);
}

static enum kd_status
unpack_xz (int fd, struct sink *s)
{
  enum { MEMORY = 256 << 20 }; /* xz -9 needs 65 MiB */
  lzma_stream z KD_CLEANUP (guard_lzma) = LZMA_STREAM_INIT;
  uint8_t *in KD_AUTO_FREE = malloc (CHUNK),
              *out KD_AUTO_FREE = malloc (CHUNK);
  lzma_ret r = lzma_stream_decoder (&z, MEMORY, LZMA_CONCATENATED);
  if (r != LZMA_OK || !in || !out)
    return kd_fail (KD_NOMEM, "out of memory");
  for (bool end = false; r != LZMA_STREAM_END;) {
    enum kd_status st = KD_OK;
    if (!z.avail_in && !end) {
      st = take (fd, in, &z.avail_in);
      z.next_in = in;
      end = !z.avail_in;
    }
    z.next_out = out;
    z.avail_out = CHUNK;
    r = lzma_code (&z, end ? LZMA_FINISH : LZMA_RUN);
    if (!st && r != LZMA_OK && r != LZMA_STREAM_END)
      st = damaged (s);
    if (!st)
      st = emit (s, out, CHUNK - z.avail_out);
    if (st)
      return st;
  }
  return KD_OK;
}
#else
static enum kd_status
unpack_xz (int fd, struct sink *s)
{
  (void)fd, (void)s;
  return kd_fail (KD_UNSUPPORTED,
                  "this kdump-target was built without liblzma; unxz it");
}
#endif

static const struct packer {
  const char *ending;
  enum kd_status (*unpack) (int fd, struct sink *s);
} packers[]
  = { { ".gz", unpack_gz }, { ".xz", unpack_xz }, { ".zst", unpack_zst } };

static const struct packer *
packer_of (const char *path)
{
  size_t len = strlen (path);
  for (size_t i = 0; i < KD_ARRAY_SIZE (packers); i++) {
    size_t n = strlen (packers[i].ending);
    if (len > n && strcmp (path + len - n, packers[i].ending) == 0)
      return &packers[i];
  }
  return NULL;
}

size_t
kd_unpacked_length (const char *path)
{
  const struct packer *p = packer_of (path);
  return p ? strlen (path) - strlen (p->ending) : 0;
}

/* --- the cache --- */

/* FNV-1a.  Two files with one hash do no harm: what is in the file is compared
   with the dump.  */
static void
hash (uint64_t *h, uint64_t value)
{
  for (int i = 0; i < 8; i++)
    *h = (*h ^ (value >> (8 * i) & 0xff)) * UINT64_C (0x100000001b3);
}

/* The unpacked file of PATH, by what makes it another file when it is
   replaced; its directories are made.  */
static char *
unpacked_path (const char *path, const struct stat *sb)
{
  const char *base = strrchr (path, '/');
  uint64_t h = UINT64_C (0xcbf29ce484222325);
  base = base ? base + 1 : path;
  hash (&h, sb->st_dev);
  hash (&h, sb->st_ino);
  hash (&h, (uint64_t)sb->st_size);
  hash (&h, (uint64_t)sb->st_mtim.tv_sec);
  hash (&h, (uint64_t)sb->st_mtim.tv_nsec);
  char *name KD_AUTO_FREE = kd_asprintf ("unpacked/%016" PRIx64 "/%.*s", h,
                                         (int)kd_unpacked_length (base), base);
  return name ? kd_cache_path (name, true) : NULL;
}

/* Is PATH ours from an earlier time?  Somebody else's could lie to us.  */
static bool
is_there (const char *path)
{
  struct stat sb;
  return !lstat (path, &sb) && S_ISREG (sb.st_mode) && sb.st_uid == geteuid ()
         && !(sb.st_mode & 022);
}

/* Written aside and renamed, so that two of us at once do no harm.  */
static enum kd_status
unpack_to (const struct packer *p, int in, const char *path)
{
  char *tmp KD_AUTO_FREE = kd_asprintf ("%s.XXXXXX", path);
  int fd KD_AUTO_FD = tmp ? mkostemp (tmp, O_CLOEXEC) : -1;
  struct sink s = { fd, 0 };
  if (fd < 0)
    return kd_fail_errno (KD_IO, errno, "making %s", path);
  enum kd_status st = p->unpack (in, &s);
  if (!st && rename (tmp, path))
    st = kd_fail_errno (KD_IO, errno, "making %s", path);
  if (st)
    unlink (tmp);
  return st;
}

enum kd_status
kd_unpack (const char *path, char **out)
{
  const struct packer *p = packer_of (path);
  struct stat sb;
  int fd KD_AUTO_FD = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!p)
    return kd_fail (KD_UNSUPPORTED, "%s: it is not packed", path);
  if (fd < 0 || fstat (fd, &sb))
    return kd_fail_errno (KD_IO, errno, "%s", path);
  char *to KD_AUTO_FREE = unpacked_path (path, &sb);
  if (!to)
    return kd_fail (KD_IO, "%s: there is no cache directory to unpack it to",
                    path);
  if (!is_there (to)) {
    enum kd_status st = kd_progress ("unpacking", 0, 0);
    if (!st)
      st = unpack_to (p, fd, to);
    if (st)
      return kd_context (st, "%s", path);
  }
  *out = KD_STEAL (to);
  return KD_OK;
}
