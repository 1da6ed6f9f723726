/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decompression of dump pages. */
#ifndef KD_DUMP_CODEC_H
#define KD_DUMP_CODEC_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Flags of a kdump-compressed page descriptor and, as a hint, of the
   header's status.  Source: diskdump_mod.h of makedumpfile.  */
enum {
  KD_CODEC_ZLIB = 0x01,
  KD_CODEC_LZO = 0x02,
  KD_CODEC_SNAPPY = 0x04,
  KD_CODEC_ZSTD = 0x20,
  KD_CODEC_MASK = 0x27,
};

/* 4096 zeros take less than this in any codec.  */
#define KD_CODEC_SHORT 256u

/* Decompression contexts, made when first needed and then reused; for one
   thread at a time.  Zero-initialise.  */
struct kd_codec_ctx {
  void *zlib;
  void *zstd;
  /* The last compressed form of a page of zeros.  Most of free memory is
     such pages, and every one of them has the same form.  */
  struct {
    uint32_t flag;
    size_t len; /* 0: none yet */
    size_t page_size;
    uint8_t bytes[KD_CODEC_SHORT];
  } zeros;
};
void kd_codec_ctx_deinit (struct kd_codec_ctx *ctx);

/* Decompress the LEN bytes at SRC with the codec of FLAG (one of the above)
   into exactly PAGE_SIZE bytes at DST.  KD_CORRUPT when they yield anything
   else, KD_UNSUPPORTED when built without that codec or FLAG is none.  */
enum kd_status kd_codec_decode (struct kd_codec_ctx *ctx, uint32_t flag,
                                const void *src, size_t len, void *dst,
                                size_t page_size) KD_MUST_CHECK;

/* "zlib", ...; NULL if FLAG is no codec's.  */
const char *kd_codec_name (uint32_t flag);

/* Names of all the codecs in FLAGS (and "raw" if RAW) joined by "+", into
   BUF; "none" if that is nothing but raw.  */
void kd_codec_names (uint32_t flags, bool raw, char *buf, size_t size);

#endif
