/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a dump format is: one file, and one row in formats.def. */
#ifndef KD_DUMP_FORMAT_H
#define KD_DUMP_FORMAT_H

#include "dump/codec.h"
#include "dump/dump.h"
#include "dump/source.h"

#include <stdatomic.h>

struct kd_cache;

/* What one thread needs while it reads; kept for reuse by the dump.  */
struct kd_reader {
  struct kd_window table; /* over page descriptors */
  struct kd_window data;  /* over page contents */
  struct kd_codec_ctx codec;
  size_t hint; /* a format's own: where the last page was */
};

struct kd_format {
  const char *name;
  /* Look at dump->src: KD_NOT_MINE when they are of another format, else
     fill dump->info, notes and segments, and set dump->priv.  After any
     failure but KD_NOT_MINE no other format is tried.  */
  enum kd_status (*open) (struct kd_dump *dump);
  /* Also called after open() failed with priv set.  */
  void (*close) (struct kd_dump *dump);
  /* As kd_dump_read_page().  */
  enum kd_status (*read_page) (struct kd_dump *dump, struct kd_reader *reader,
                               uint64_t pfn, void *buf);
  bool (*next_present) (struct kd_dump *dump, uint64_t *pfn);
  bool (*next_ram) (struct kd_dump *dump, uint64_t *pfn);
};

/* A layer that makes a plain source of a wrapped one.  */
struct kd_wrapper {
  const char *name;
  /* KD_NOT_MINE, or replace *SRC by a source that owns the old one.  A
     failure leaves *SRC alone.  */
  enum kd_status (*unwrap) (struct kd_source **src);
};

#define KD_FORMAT(id) extern const struct kd_format kd_format_##id;
#define KD_WRAPPER(id) extern const struct kd_wrapper kd_wrapper_##id;
#include "dump/formats.def"
#undef KD_FORMAT
#undef KD_WRAPPER

#define KD_READERS 16
#define KD_MAX_PARTS 4096

struct kd_dump {
  struct kd_dump_info info;
  char *name;
  struct kd_source **src; /* owned, as many as info.parts */
  const struct kd_format *format;
  void *priv; /* the format's own */
  struct kd_note *notes;
  size_t nnotes, room_notes;
  void **blobs; /* memory that notes point into */
  size_t nblobs;
  struct kd_segment *segments;
  size_t nsegments;
  struct kd_cache *cache;
  struct kd_reader *_Atomic readers[KD_READERS];
  char format_text[64], compression_text[64], warning_text[256];
  char release_text[66], machine_text[66];
};

/* kd_dump_open() on sources that are already there; takes them over, also
   when it fails.  What the fuzz targets call.  */
enum kd_status kd_dump_open_sources (struct kd_source **src, size_t n,
                                     struct kd_dump **out) KD_MUST_CHECK;

/* Add a note; its NAME and DATA stay valid as long as the dump.  */
enum kd_status kd_dump_add_note (struct kd_dump *dump,
                                 const struct kd_note *note) KD_MUST_CHECK;

/* Read SIZE bytes at OFF of SRC, owned by the dump.  */
enum kd_status kd_dump_load (struct kd_dump *dump, struct kd_source *src,
                             uint64_t off, uint64_t size, const char *what,
                             const uint8_t **out) KD_MUST_CHECK;

/* Add the ELF notes of SIZE bytes at OFF of SRC.  What follows a damaged one
   is left out, and info.warning says so.  */
enum kd_status kd_dump_load_notes (struct kd_dump *dump, struct kd_source *src,
                                   uint64_t off, uint64_t size) KD_MUST_CHECK;

/* The first note of that name; NULL if there is none.  */
const struct kd_note *kd_dump_find_note (const struct kd_dump *dump,
                                         const char *name);

/* Keep the first of all warnings in info.warning.  */
void kd_dump_warn (struct kd_dump *dump, const char *fmt, ...)
  KD_PRINTF (2, 3);

/* EM_* for the machine name of uname(2), EM_NONE if unknown.  */
uint16_t kd_machine_from_uname (const char *name);

/* Say what file SRC is, since it is no dump: always KD_UNSUPPORTED or a
   worse status.  */
enum kd_status kd_identify (struct kd_source *src) KD_MUST_CHECK;

/* Is SRC certainly no dump, by its first bytes?  */
bool kd_is_no_dump (struct kd_source *src);

/* "FILE: page 0x12 (physical address 0x12000)": for messages, into BUF.  */
const char *kd_page_words (const struct kd_dump *dump, uint64_t pfn, char *buf,
                           size_t size);
#define KD_PAGE_WORDS 512

#endif
