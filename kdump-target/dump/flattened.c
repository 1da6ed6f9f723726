/* SPDX-License-Identifier: GPL-3.0-or-later */
/* makedumpfile -F streams, read in place: a source over an index. */
#include "base/cursor.h"
#include "dump/extents.h"
#include "dump/format.h"

#include <inttypes.h>
#include <string.h>

/* A header of 4096 bytes, then records: 64-bit offset and size, big-endian,
   and that many bytes of the real file; a record of -1 and -1 ends it.
   Where records overlap the later one holds, as makedumpfile -R writes them
   one after the other.  Source: makedumpfile.h, struct makedumpfile_header
   and makedumpfile_data_header.  */

#define HEADER_BYTES 4096u
#define RECORD_BYTES 16u
#define FLAT_TYPE 1u
#define FLAT_VERSION 1u

struct flat_source {
  struct kd_source base;
  struct kd_source *under; /* the stream; owned */
  struct kd_extents index; /* real offsets to stream offsets */
};

static enum kd_status
flat_read_some (struct kd_source *src, uint64_t off, void *buf, size_t len,
                size_t *got)
{
  struct flat_source *f = (struct flat_source *)src;
  *got = 0;
  if (off >= src->size)
    return KD_OK;
  if (len > src->size - off)
    len = (size_t)(src->size - off);
  size_t i = kd_extents_find (&f->index, off);
  while (*got < len) {
    const struct kd_extent *x = &f->index.v[i];
    uint64_t at = off + *got;
    uint8_t *to = (uint8_t *)buf + *got;
    if (x->start > at) {
      /* A gap reads as zeros, unless what filled it may have been lost.  */
      if (src->cut_short)
        return KD_OK;
      uint64_t gap = x->start - at;
      size_t n = gap < len - *got ? (size_t)gap : len - *got;
      memset (to, 0, n);
      *got += n;
      continue;
    }
    uint64_t left = x->end - at;
    size_t n = left < len - *got ? (size_t)left : len - *got;
    enum kd_status st
      = kd_source_read (f->under, x->pos + (at - x->start), to, n);
    if (st)
      return st;
    *got += n;
    i++;
  }
  return KD_OK;
}

static uint64_t
flat_next_data (struct kd_source *src, uint64_t off)
{
  struct flat_source *f = (struct flat_source *)src;
  size_t i = kd_extents_find (&f->index, off);
  if (src->cut_short || i == f->index.n || f->index.v[i].start <= off)
    return off;
  return f->index.v[i].start;
}

static void
flat_destroy (struct kd_source *src)
{
  struct flat_source *f = (struct flat_source *)src;
  kd_source_destroy (f->under);
  kd_extents_deinit (&f->index);
}

static const struct kd_source_ops flat_ops = {
  .read_some = flat_read_some,
  .next_data = flat_next_data,
  .destroy = flat_destroy,
};

struct index {
  struct kd_extent *v;
  size_t n, room;
  bool complete; /* its end mark was met */
};

static enum kd_status
add_record (struct index *ix, uint64_t off, uint64_t size, uint64_t pos)
{
  if (ix->n == ix->room) {
    size_t room = ix->room ? ix->room * 2 : 1024;
    struct kd_extent *v = realloc (ix->v, room * sizeof *v);
    if (!v)
      return kd_fail (KD_NOMEM, "out of memory for %zu records", room);
    ix->v = v;
    ix->room = room;
  }
  ix->v[ix->n] = (struct kd_extent){
    .start = off, .end = off + size, .pos = pos, .prio = UINT64_MAX - ix->n
  };
  ix->n++;
  return KD_OK;
}

/* Walk the records from the first one on.  */
static enum kd_status
build_index (struct kd_source *src, struct index *ix)
{
  uint64_t at = HEADER_BYTES;
  uint8_t raw[RECORD_BYTES];
  while (kd_source_has (src, at, sizeof raw)) {
    enum kd_status st = kd_source_read (src, at, raw, sizeof raw);
    if (st)
      return st;
    uint64_t off = kd_be64 (raw), size = kd_be64 (raw + 8);
    if (off == UINT64_MAX && size == UINT64_MAX) {
      ix->complete = true;
      return KD_OK;
    }
    if (off > INT64_MAX || size > INT64_MAX - off)
      return kd_fail (KD_CORRUPT,
                      "%s: flattened record at 0x%" PRIx64
                      ": offset 0x%" PRIx64 ", size 0x%" PRIx64,
                      src->name, at, off, size);
    at += RECORD_BYTES;
    uint64_t here = src->size - at < size ? src->size - at : size;
    if (here) {
      st = add_record (ix, off, here, at);
      if (st)
        return kd_context (st, "%s", src->name);
    }
    at += here;
    if (here < size)
      break;
  }
  return KD_OK;
}

static enum kd_status
check_header (struct kd_source *src)
{
  uint8_t raw[32];
  size_t got;
  enum kd_status st = kd_source_read_some (src, 0, raw, sizeof raw, &got);
  if (st)
    return st;
  if (got < sizeof raw || memcmp (raw, "makedumpfile\0\0\0", 16) != 0)
    return KD_NOT_MINE;
  uint64_t type = kd_be64 (raw + 16), version = kd_be64 (raw + 24);
  if (type != FLAT_TYPE || version != FLAT_VERSION)
    return kd_fail (KD_UNSUPPORTED,
                    "%s: flattened header: type %" PRIu64 " version %" PRIu64
                    " is none known here",
                    src->name, type, version);
  return KD_OK;
}

static enum kd_status
flat_unwrap (struct kd_source **src)
{
  enum kd_status st = check_header (*src);
  if (st)
    return st;
  struct index ix = { 0 };
  st = build_index (*src, &ix);
  if (st || ix.n == 0) {
    free (ix.v);
    return st ? st
              : kd_fail (KD_TRUNCATED,
                         "%s: is a flattened dump without any record: its "
                         "writing was cut short",
                         (*src)->name);
  }
  struct flat_source *f = kd_calloc (1, sizeof *f);
  char *name = strdup ((*src)->name);
  if (!f || !name) {
    free (f);
    free (name);
    free (ix.v);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  st = kd_extents_init (&f->index, ix.v, ix.n);
  if (st) {
    free (f);
    free (name);
    return st;
  }
  f->under = *src;
  f->base = (struct kd_source){
    .ops = &flat_ops,
    .name = name,
    .size = f->index.v[f->index.n - 1].end,
    .file_size = (*src)->file_size,
    .modified = (*src)->modified,
    .cut_short = !ix.complete,
  };
  *src = &f->base;
  return KD_OK;
}

const struct kd_wrapper kd_wrapper_flattened = {
  .name = "flattened",
  .unwrap = flat_unwrap,
};
