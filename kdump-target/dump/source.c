/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a dump's bytes come from: a file or memory. */
#include "dump/source.h"

#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Refills grow from WINDOW_MIN while reads go forward.  Larger than the
   second-level cache of common processors gains nothing.  */
#define WINDOW_MIN ((size_t)8 << 10)
#define WINDOW_MAX ((size_t)256 << 10)

struct file_source {
  struct kd_source base;
  int fd;
};

static enum kd_status
file_read_some (struct kd_source *src, uint64_t off, void *buf, size_t len,
                size_t *got)
{
  int fd = ((struct file_source *)src)->fd;
  *got = 0;
  while (*got < len) {
    if (off + *got > INT64_MAX)
      break;
    ssize_t n
      = pread (fd, (uint8_t *)buf + *got, len - *got, (off_t)(off + *got));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return kd_fail_errno (KD_IO, errno, "%s: reading at 0x%" PRIx64,
                            src->name, off + *got);
    if (n == 0)
      break;
    *got += (size_t)n;
  }
  return KD_OK;
}

static uint64_t
file_next_data (struct kd_source *src, uint64_t off)
{
  if (off > INT64_MAX)
    return src->size;
  off_t at = lseek (((struct file_source *)src)->fd, (off_t)off, SEEK_DATA);
  if (at >= 0)
    return (uint64_t)at;
  return errno == ENXIO ? src->size : off;
}

static void
file_destroy (struct kd_source *src)
{
  close (((struct file_source *)src)->fd);
}

static const struct kd_source_ops file_ops = {
  .read_some = file_read_some,
  .next_data = file_next_data,
  .destroy = file_destroy,
};

/* Only what can be read in any order, again and again.  */
static enum kd_status
check_kind (const char *path, const struct stat *st)
{
  if (S_ISREG (st->st_mode) || S_ISBLK (st->st_mode))
    return KD_OK;
  if (S_ISDIR (st->st_mode))
    return kd_fail (KD_IO, "%s: is a directory; name the dump file in it",
                    path);
  if (S_ISFIFO (st->st_mode) || S_ISSOCK (st->st_mode))
    return kd_fail (KD_IO,
                    "%s: is a pipe or socket; a dump is read out of order, so "
                    "copy it to a file first",
                    path);
  return kd_fail (KD_IO, "%s: is a character device, not a dump file", path);
}

enum kd_status
kd_source_open (const char *path, struct kd_source **out)
{
  *out = NULL;
  /* O_NONBLOCK: opening a pipe must not wait for a writer.  */
  int fd KD_AUTO_FD = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return kd_fail_errno (KD_IO, errno, "%s", path);
  struct stat st;
  if (fstat (fd, &st) < 0)
    return kd_fail_errno (KD_IO, errno, "%s", path);
  enum kd_status rc = check_kind (path, &st);
  if (rc)
    return rc;
  off_t size = lseek (fd, 0, SEEK_END);
  if (size < 0)
    return kd_fail_errno (KD_IO, errno, "%s: finding its size", path);

  struct file_source *f = kd_calloc (1, sizeof *f);
  char *name = strdup (path);
  if (!f || !name) {
    free (f);
    free (name);
    return kd_fail (KD_NOMEM, "%s: out of memory", path);
  }
  f->base.ops = &file_ops;
  f->base.name = name;
  f->base.size = f->base.file_size = (uint64_t)size;
  f->base.modified = st.st_mtime;
  f->fd = fd;
  fd = -1;
  *out = &f->base;
  return KD_OK;
}

int
kd_source_fd (const struct kd_source *src)
{
  return src->ops == &file_ops ? ((const struct file_source *)src)->fd : -1;
}

static enum kd_status
memory_read_some (struct kd_source *src, uint64_t off, void *buf, size_t len,
                  size_t *got)
{
  *got = 0;
  if (off >= src->size)
    return KD_OK;
  *got = len < src->size - off ? len : (size_t)(src->size - off);
  memcpy (buf, src->data + off, *got);
  return KD_OK;
}

static const struct kd_source_ops memory_ops = {
  .read_some = memory_read_some,
};

enum kd_status
kd_source_from_memory (const char *name, const void *data, size_t size,
                       struct kd_source **out)
{
  struct kd_source *src = kd_calloc (1, sizeof *src);
  char *copy = strdup (name);
  *out = NULL;
  if (!src || !copy) {
    free (src);
    free (copy);
    return kd_fail (KD_NOMEM, "%s: out of memory", name);
  }
  src->ops = &memory_ops;
  src->name = copy;
  src->size = src->file_size = size;
  src->data = data;
  *out = src;
  return KD_OK;
}

void
kd_source_destroy (struct kd_source *src)
{
  if (!src)
    return;
  if (src->ops->destroy)
    src->ops->destroy (src);
  free (src->name);
  free (src);
}

enum kd_status
kd_source_read_some (struct kd_source *src, uint64_t off, void *buf,
                     size_t len, size_t *got)
{
  return src->ops->read_some (src, off, buf, len, got);
}

static enum kd_status
beyond_end (const struct kd_source *src, uint64_t off, size_t len)
{
  return kd_fail (KD_TRUNCATED,
                  "%s: %zu bytes at 0x%" PRIx64
                  " lie beyond its end (0x%" PRIx64 ")",
                  src->name, len, off, src->size);
}

enum kd_status
kd_source_read (struct kd_source *src, uint64_t off, void *buf, size_t len)
{
  if (!kd_source_has (src, off, len))
    return beyond_end (src, off, len);
  size_t got;
  enum kd_status st = kd_source_read_some (src, off, buf, len, &got);
  if (!st && got < len && src->cut_short)
    return kd_fail (KD_TRUNCATED,
                    "%s: what belongs at 0x%" PRIx64 " is in none of its "
                    "records, and it was cut short",
                    src->name, off + got);
  if (!st && got < len)
    return kd_fail (KD_TRUNCATED,
                    "%s: ends at 0x%" PRIx64 " though it was longer when "
                    "opened",
                    src->name, off + got);
  return st;
}

uint64_t
kd_source_next_data (struct kd_source *src, uint64_t off)
{
  if (off >= src->size)
    return src->size;
  return src->ops->next_data ? src->ops->next_data (src, off) : off;
}

void
kd_window_deinit (struct kd_window *w)
{
  free (w->buf);
  kd_window_init (w);
}

/* How many bytes to read at OFF when LEN are wanted.  */
static size_t
refill_size (struct kd_window *w, struct kd_source *src, uint64_t off,
             size_t len)
{
  bool forward = w->src == src && w->len > 0 && off >= w->off
                 && off - w->off <= w->len + WINDOW_MIN;
  /* Reads that only go the same way, and leave most out, get no more.  */
  size_t step = !forward || w->used < w->len / 8 ? WINDOW_MIN
                : w->used < w->len / 2           ? w->step
                                                 : w->step * 2;
  w->step = step < WINDOW_MAX ? step : WINDOW_MAX;
  return len > w->step ? len : w->step;
}

enum kd_status
kd_window_fill (struct kd_window *w, struct kd_source *src, uint64_t off,
                size_t len, const uint8_t **out)
{
  if (!kd_source_has (src, off, len))
    return beyond_end (src, off, len);
  if (src->data) {
    *out = src->data + off;
    return KD_OK;
  }
  size_t want = refill_size (w, src, off, len);
  if (want > src->size - off)
    want = (size_t)(src->size - off);
  if (want > w->room) {
    uint8_t *buf = realloc (w->buf, want);
    if (!buf)
      return kd_fail (KD_NOMEM, "%s: out of memory", src->name);
    w->buf = buf;
    w->room = want;
  }
  size_t got;
  w->len = 0;
  enum kd_status st = kd_source_read_some (src, off, w->buf, want, &got);
  if (st)
    return st;
  w->src = src;
  w->off = off;
  w->len = got;
  w->used = len;
  if (got < len)
    return beyond_end (src, off, len);
  *out = w->buf;
  return KD_OK;
}
