/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts that makedumpfile --split writes, put together again. */
#include "dump/kdump-compressed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int
by_start (const void *a, const void *b)
{
  const struct kd_kdump_part *x = *(const struct kd_kdump_part *const *)a;
  const struct kd_kdump_part *y = *(const struct kd_kdump_part *const *)b;
  if (x->start_pfn != y->start_pfn)
    return x->start_pfn < y->start_pfn ? -1 : 1;
  return x->end_pfn < y->end_pfn ? -1 : x->end_pfn > y->end_pfn;
}

/* What differs between A and B that would not if they were of one dump.  */
static const char *
difference (const struct kd_kdump_header *a, const struct kd_kdump_header *b)
{
  if (strcmp (a->release, b->release) != 0)
    return "kernel release";
  if (strcmp (a->nodename, b->nodename) != 0)
    return "host name";
  if (strcmp (a->uts_version, b->uts_version) != 0)
    return "kernel version";
  if (strcmp (a->machine, b->machine) != 0 || a->big_endian != b->big_endian)
    return "machine";
  if (a->max_pfn != b->max_pfn)
    return "memory size";
  if (a->block_size != b->block_size)
    return "page size";
  if (a->nr_cpus != b->nr_cpus)
    return "number of CPUs";
  if (a->dump_level != b->dump_level)
    return "dump level";
  return NULL;
}

static enum kd_status
check_member (const struct kd_kdump_part *part,
              const struct kd_kdump_part *first, size_t n)
{
  if (!part->h.split && n > 1)
    return kd_fail (KD_MISMATCH,
                    "%s: is a whole dump, and no part of a split one; give "
                    "it alone",
                    part->src->name);
  const char *diff = difference (&first->h, &part->h);
  if (diff)
    return kd_fail (KD_MISMATCH,
                    "%s: is a part of another dump than %s: their %s differs",
                    part->src->name, first->src->name, diff);
  return KD_OK;
}

static enum kd_status
missing (uint64_t from, uint64_t to, const struct kd_kdump_part *before,
         const struct kd_kdump_part *after)
{
  if (before && after)
    return kd_fail (KD_MISMATCH,
                    "split dump: the part with pages 0x%" PRIx64
                    " to 0x%" PRIx64 ", between %s and %s, is missing",
                    from, to - 1, before->src->name, after->src->name);
  const struct kd_kdump_part *near = before ? before : after;
  return kd_fail (KD_MISMATCH,
                  "split dump: the part with pages 0x%" PRIx64 " to 0x%" PRIx64
                  ", %s %s, is missing; name all parts",
                  from, to - 1, before ? "after" : "before", near->src->name);
}

/* The sorted parts follow each other without gap or overlap.  */
static enum kd_status
check_tiling (struct kd_kdump_part *const *v, size_t n)
{
  uint64_t next = 0;
  for (size_t i = 0; i < n; i++) {
    const struct kd_kdump_part *before = i ? v[i - 1] : NULL;
    if (before && v[i]->start_pfn == before->start_pfn
        && v[i]->end_pfn == before->end_pfn && v[i]->end_pfn > v[i]->start_pfn)
      return kd_fail (KD_MISMATCH, "split dump: %s and %s are the same part",
                      before->src->name, v[i]->src->name);
    if (v[i]->start_pfn < next)
      return kd_fail (KD_MISMATCH,
                      "split dump: %s and %s both claim page 0x%" PRIx64,
                      before->src->name, v[i]->src->name, v[i]->start_pfn);
    if (v[i]->start_pfn > next)
      return missing (next, v[i]->start_pfn, before, v[i]);
    next = v[i]->end_pfn;
  }
  uint64_t max_pfn = v[n - 1]->h.max_pfn;
  return next < max_pfn ? missing (next, max_pfn, v[n - 1], NULL) : KD_OK;
}

enum kd_status
kd_split_arrange (struct kd_kdump_part *parts, size_t n)
{
  if (n == 1 && !parts[0].h.split)
    return KD_OK;
  for (size_t i = 0; i < n; i++) {
    enum kd_status st = check_member (&parts[i], &parts[0], n);
    if (st)
      return st;
  }
  struct kd_kdump_part **v KD_AUTO_FREE = kd_calloc (n, sizeof *v);
  struct kd_kdump_part *sorted KD_AUTO_FREE = kd_calloc (n, sizeof *sorted);
  if (!v || !sorted)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < n; i++)
    v[i] = &parts[i];
  qsort (v, n, sizeof *v, by_start);
  enum kd_status st = check_tiling (v, n);
  if (st)
    return st;
  for (size_t i = 0; i < n; i++)
    memcpy (&sorted[i], v[i], sizeof sorted[i]);
  memcpy (parts, sorted, n * sizeof *sorted);
  return KD_OK;
}
