/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a dump's bytes come from: a file, memory, a flattened stream. */
#ifndef KD_DUMP_SOURCE_H
#define KD_DUMP_SOURCE_H

#include "base/guard.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct kd_source;

struct kd_source_ops {
  /* Read up to LEN bytes at OFF; *GOT < LEN only at the end.  */
  enum kd_status (*read_some) (struct kd_source *src, uint64_t off, void *buf,
                               size_t len, size_t *got);
  /* Lowest offset >= OFF whose byte may differ from zero; NULL: OFF.  */
  uint64_t (*next_data) (struct kd_source *src, uint64_t off);
  void (*destroy) (struct kd_source *src);
};

/* Random-access bytes.  Reading is safe from several threads at once.
   Files are read by pread() and never mapped: a file that shrinks under us
   is an error then, and not a SIGBUS.  */
struct kd_source {
  const struct kd_source_ops *ops;
  char *name;          /* file name for messages; owned */
  uint64_t size;       /* bytes */
  uint64_t file_size;  /* bytes on disk: differs for a flattened stream */
  int64_t modified;    /* when the file was last written to, seconds since
                          1970; 0 unknown */
  const uint8_t *data; /* all bytes when they are in memory, else NULL */
  bool cut_short;      /* ends before its own end mark (flattened) */
};

/* Open PATH for reading: a regular file or a block device.  KD_IO and what
   is wrong with it otherwise.  *OUT is the caller's, for
   kd_source_destroy(); so below.  */
enum kd_status kd_source_open (const char *path,
                               struct kd_source **out) KD_MUST_CHECK;
/* DATA is borrowed and must outlive the source.  */
enum kd_status kd_source_from_memory (const char *name, const void *data,
                                      size_t size,
                                      struct kd_source **out) KD_MUST_CHECK;
void kd_source_destroy (struct kd_source *src);
KD_DEFINE_GUARD (source, struct kd_source, kd_source_destroy);

/* Exactly LEN bytes at OFF, or KD_TRUNCATED naming the file and the range. */
enum kd_status kd_source_read (struct kd_source *src, uint64_t off, void *buf,
                               size_t len) KD_MUST_CHECK;
enum kd_status kd_source_read_some (struct kd_source *src, uint64_t off,
                                    void *buf, size_t len,
                                    size_t *got) KD_MUST_CHECK;
/* Lowest offset >= OFF whose byte may differ from zero (holes of a sparse
   file are skipped); the source's size when there is none.  */
uint64_t kd_source_next_data (struct kd_source *src, uint64_t off);

/* The file's descriptor, -1 if the source is no plain file.  Borrowed.  */
int kd_source_fd (const struct kd_source *src);

static inline bool
kd_source_has (const struct kd_source *src, uint64_t off, uint64_t len)
{
  return off <= src->size && len <= src->size - off;
}

/* A buffer over a source that turns many small reads going forward into a
   few large ones.  For one thread at a time.  */
struct kd_window {
  struct kd_source *src; /* what the buffer holds bytes of; borrowed */
  uint8_t *buf;
  size_t room; /* bytes allocated */
  size_t len;  /* bytes valid */
  size_t step; /* bytes the next refill reads */
  size_t used; /* bytes given out since the last */
  uint64_t off;
};

static inline void
kd_window_init (struct kd_window *w)
{
  *w = (struct kd_window){ 0 };
}
void kd_window_deinit (struct kd_window *w);

enum kd_status kd_window_fill (struct kd_window *w, struct kd_source *src,
                               uint64_t off, size_t len,
                               const uint8_t **out) KD_MUST_CHECK;

/* *OUT points at LEN bytes at OFF of SRC, valid until the window's next
   use.  KD_TRUNCATED when the source ends before.  */
static inline enum kd_status
kd_window_get (struct kd_window *w, struct kd_source *src, uint64_t off,
               size_t len, const uint8_t **out)
{
  if (w->src == src && off >= w->off && off - w->off <= w->len
      && len <= w->len - (off - w->off)) {
    w->used += len;
    *out = w->buf + (off - w->off);
    return KD_OK;
  }
  return kd_window_fill (w, src, off, len, out);
}

#endif
