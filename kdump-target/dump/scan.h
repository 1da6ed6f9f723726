/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking for values and text in all of a dump's pages. */
#ifndef KD_DUMP_SCAN_H
#define KD_DUMP_SCAN_H

#include "dump/dump.h"

#define KD_SCAN_TEXT 256 /* bytes of the longest text */

/* What to look for: a number of WIDTH bytes (1, 2, 4 or 8) at addresses that
   are multiples of WIDTH, or, when WIDTH is 0, LEN bytes of TEXT anywhere,
   also across two pages that follow one another in physical memory.  */
struct kd_pattern {
  unsigned width;
  uint64_t value, mask; /* a number N matches if (N & mask) == (value & mask);
                           in the byte order of x86, little-endian */
  const char *text;     /* borrowed */
  size_t len;           /* 1 to KD_SCAN_TEXT */
};

struct kd_hit {
  uint64_t paddr;
  uint64_t value;   /* the number found; 0 for text */
  unsigned pattern; /* index */
};

struct kd_scan {
  struct kd_hit *hits; /* by address, then pattern; owned */
  size_t nhits;
  bool more;       /* the limit was reached, what follows is not known */
  uint64_t end;    /* physical address up to which all was looked through */
  uint64_t pages;  /* that were looked through, up to END */
  uint64_t failed; /* pages that should be there and cannot be read */
  char why[256];   /* for the first of them; "" if none */
};
void kd_scan_deinit (struct kd_scan *scan);

/* Look through the pages from page frame number FIRST up to END (exclusive)
   that are in DUMP, on all processors, until LIMIT hits (> 0) are found.  The
   result does not depend on how many threads there are.  KD_USAGE for a
   pattern that is none, KD_NOMEM, KD_INTERRUPTED.  *OUT is the caller's.  */
enum kd_status kd_scan (struct kd_dump *dump,
                        const struct kd_pattern *patterns, size_t npatterns,
                        uint64_t first, uint64_t end, size_t limit,
                        struct kd_scan *out) KD_MUST_CHECK;

#endif
