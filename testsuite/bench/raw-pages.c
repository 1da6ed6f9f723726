/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of a kdump-compressed dump in memory, and the bare codecs. */
#include "raw-pages.h"

#include "base/cursor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

_Noreturn void
die (const char *path, const char *why)
{
  fprintf (stderr, "bench: %s: %s\n", path, why);
  exit (1);
}

void
load (const char *path, struct loaded *l)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat (fd, &st) < 0)
    die (path, "cannot be opened");
  l->size = (size_t)st.st_size;
  l->file = malloc (l->size);
  for (size_t got = 0; l->file && got < l->size;) {
    ssize_t n = read (fd, l->file + got, l->size - got);
    if (n <= 0)
      die (path, "cannot be read");
    got += (size_t)n;
  }
  close (fd);
  if (!l->file || l->size < 464 || memcmp (l->file, "KDUMP   ", 8) != 0)
    die (path, "is no kdump-compressed dump");
  uint64_t block = kd_le32 (l->file + 428);
  uint64_t bitmap = (1 + kd_le32 (l->file + 432)) * block;
  uint64_t both = kd_le32 (l->file + 436) * block;
  const uint8_t *map = l->file + bitmap + both / 2;
  const uint8_t *table = l->file + bitmap + both;
  l->page_size = block;
  for (uint64_t i = 0; i < both / 2 * 8; i++)
    l->n += map[i / 8] >> i % 8 & 1;
  l->pages = calloc (l->n, sizeof *l->pages);
  if (!l->pages)
    die (path, "out of memory");
  for (size_t i = 0; i < l->n; i++) {
    const uint8_t *d = table + i * 24;
    l->pages[i].data = l->file + kd_le64 (d);
    l->pages[i].size = kd_le32 (d + 8);
    l->pages[i].flags = kd_le32 (d + 12);
  }
}

bool
unpack (struct codecs *c, const struct place *p, uint8_t *buf, size_t size)
{
  size_t got = size;
  switch (p->flags) {
  case 0:
    memcpy (buf, p->data, size);
    return true;
  case 0x1:
#ifdef HAVE_LIBDEFLATE
    return libdeflate_zlib_decompress (c->zlib, p->data, p->size, buf, size,
                                       NULL)
           == 0;
#else
    return uncompress (buf, &got, p->data, p->size) == Z_OK;
#endif
#ifdef HAVE_LZO
  case 0x2:
    return lzo1x_decompress_safe (p->data, p->size, buf, &got, NULL) == 0;
#endif
#ifdef HAVE_SNAPPY
  case 0x4:
    return snappy_uncompress ((const char *)p->data, p->size, (char *)buf,
                              &got)
           == SNAPPY_OK;
#endif
  case 0x20:
    return ZSTD_decompressDCtx (c->zstd, buf, size, p->data, p->size) == size;
  default:
    return false;
  }
}

void
codecs_init (struct codecs *c)
{
  *c = (struct codecs){ .zstd = ZSTD_createDCtx () };
#ifdef HAVE_LIBDEFLATE
  c->zlib = libdeflate_alloc_decompressor ();
#endif
}

void
codecs_deinit (struct codecs *c)
{
  ZSTD_freeDCtx (c->zstd);
#ifdef HAVE_LIBDEFLATE
  libdeflate_free_decompressor (c->zlib);
#endif
}
