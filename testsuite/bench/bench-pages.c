/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-pages DUMP...: reading all pages in order, against the raw codec and
   against libkdumpfile, in one thread and one run. */
#include "config.h"

#include "base/cursor.h"
#include "dump/dump.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif
#ifdef HAVE_LIBKDUMPFILE
#include <libkdumpfile/kdumpfile.h>
#endif

#define RUNS 5
#define BUDGET_RAW 0.85
#define BUDGET_LIB 3.0

static _Noreturn void
die (const char *path, const char *why)
{
  fprintf (stderr, "bench-pages: %s: %s\n", path, why);
  exit (1);
}

/* Time of the processor, which other work on the machine does not change;
   files are in the page cache, so there is no other.  */
static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* A whole dump in memory, and where its pages are: no file, no bitmap, no
   table in the way of the codec.  */
struct loaded {
  uint8_t *file;
  size_t size;
  struct place {
    const uint8_t *data;
    uint32_t size, flags;
  } * pages;
  size_t n;
  size_t page_size;
};

static void
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

struct codecs {
  ZSTD_DCtx *zstd;
#ifdef HAVE_LIBDEFLATE
  struct libdeflate_decompressor *zlib;
#endif
};

static bool
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

static double
time_raw (const char *path, const struct loaded *l, struct codecs *c,
          uint8_t *buf)
{
  double began = now ();
  for (size_t i = 0; i < l->n; i++)
    if (!unpack (c, &l->pages[i], buf, l->page_size))
      die (path, "the raw loop fails");
  return now () - began;
}

static double
time_ours (const char *path, struct kd_dump *dump, size_t n, uint8_t *buf)
{
  size_t count = 0;
  double began = now ();
  for (uint64_t pfn = 0; kd_dump_next_present (dump, &pfn); pfn++) {
    if (kd_dump_read_page (dump, pfn, buf))
      die (path, kd_error_text ());
    count++;
  }
  double took = now () - began;
  if (count != n)
    die (path, "the number of pages differs");
  return took;
}

#ifdef HAVE_LIBKDUMPFILE
static double
time_lib (const char *path, struct kd_dump *dump, size_t size, uint8_t *buf)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  kdump_ctx_t *ctx = kdump_new ();
  if (kdump_open_fd (ctx, fd) != KDUMP_OK)
    die (path, kdump_get_err (ctx));
  double began = now ();
  for (uint64_t pfn = 0; kd_dump_next_present (dump, &pfn); pfn++) {
    size_t len = size;
    if (kdump_read (ctx, KDUMP_MACHPHYSADDR, pfn * size, buf, &len)
        != KDUMP_OK)
      die (path, kdump_get_err (ctx));
  }
  double took = now () - began;
  kdump_free (ctx);
  close (fd);
  return took;
}
#else
static double
time_lib (const char *path, struct kd_dump *dump, size_t size, uint8_t *buf)
{
  (void)path, (void)dump, (void)size, (void)buf;
  return 0;
}
#endif

static void
least (double *best, double took)
{
  if (*best == 0 || took < *best)
    *best = took;
}

/* Returns whether the budgets are kept.  */
static bool
bench (const char *path)
{
  struct loaded l = { 0 };
  load (path, &l);
  struct kd_dump *dump;
  if (kd_dump_open (&path, 1, &dump))
    die (path, kd_error_text ());
  struct codecs c = { .zstd = ZSTD_createDCtx () };
#ifdef HAVE_LIBDEFLATE
  c.zlib = libdeflate_alloc_decompressor ();
#endif
  uint8_t *buf = malloc (l.page_size);
  double raw = 0, ours = 0, lib = 0;
  for (int i = 0; buf && i < RUNS; i++) {
    least (&raw, time_raw (path, &l, &c, buf));
    least (&ours, time_ours (path, dump, l.n, buf));
    if (i < 2)
      least (&lib, time_lib (path, dump, l.page_size, buf));
  }
  double mb = (double)l.n * (double)l.page_size / 1e6;
  bool good
    = raw / ours >= BUDGET_RAW && (lib == 0 || lib / ours >= BUDGET_LIB);
  printf ("%-8s %6.0f MB: ours %5.0f MB/s, raw codec %5.0f MB/s: %.2f of it "
          "(budget %.2f)",
          kd_dump_info (dump)->compression, mb, mb / ours, mb / raw,
          raw / ours, BUDGET_RAW);
  if (lib > 0)
    printf ("; libkdumpfile %4.0f MB/s: %.1f times (budget %.1f)", mb / lib,
            lib / ours, BUDGET_LIB);
  printf ("%s\n", good ? "" : "  OVER BUDGET");
  free (buf);
  ZSTD_freeDCtx (c.zstd);
#ifdef HAVE_LIBDEFLATE
  libdeflate_free_decompressor (c.zlib);
#endif
  kd_dump_close (dump);
  free (l.pages);
  free (l.file);
  return good;
}

int
main (int argc, char **argv)
{
  bool good = argc > 1;
  for (int i = 1; i < argc; i++)
    good &= bench (argv[i]);
  return good ? 0 : 1;
}
