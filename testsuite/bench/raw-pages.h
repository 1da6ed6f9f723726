/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pages of a kdump-compressed dump in memory, and the bare codecs: what
   benchmarks compare with. */
#ifndef KD_BENCH_RAW_PAGES_H
#define KD_BENCH_RAW_PAGES_H

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

_Noreturn void die (const char *path, const char *why);

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

/* Exits when PATH is no such dump.  */
void load (const char *path, struct loaded *l);

struct codecs {
  ZSTD_DCtx *zstd;
#ifdef HAVE_LIBDEFLATE
  struct libdeflate_decompressor *zlib;
#endif
};

void codecs_init (struct codecs *c);
void codecs_deinit (struct codecs *c);
/* Decompress P into the SIZE bytes at BUF.  */
bool unpack (struct codecs *c, const struct place *p, uint8_t *buf,
             size_t size);

/* Keep the shortest time of several runs; *BEST begins as 0.  */
static inline void
least (double *best, double took)
{
  if (*best == 0 || took < *best)
    *best = took;
}

#endif
