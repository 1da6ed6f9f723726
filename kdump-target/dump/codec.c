/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decompression of dump pages. */
#include "dump/codec.h"

#include "base/guard.h"
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <zstd.h>

#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#else
#include <zlib.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

typedef enum kd_status decode_fn (struct kd_codec_ctx *ctx, const void *src,
                                  size_t len, void *dst, size_t page_size);

static enum kd_status
bad (const char *codec, size_t len)
{
  return kd_fail (KD_CORRUPT,
                  "its %zu bytes of %s data do not decompress to a page", len,
                  codec);
}

#ifdef HAVE_LIBDEFLATE
static enum kd_status
decode_zlib (struct kd_codec_ctx *ctx, const void *src, size_t len, void *dst,
             size_t page_size)
{
  if (!ctx->zlib)
    ctx->zlib = libdeflate_alloc_decompressor ();
  if (!ctx->zlib)
    return kd_fail (KD_NOMEM, "out of memory for zlib");
  size_t got;
  enum libdeflate_result r
    = libdeflate_zlib_decompress (ctx->zlib, src, len, dst, page_size, &got);
  return r == LIBDEFLATE_SUCCESS && got == page_size ? KD_OK
                                                     : bad ("zlib", len);
}

static void
free_zlib (void *zlib)
{
  if (zlib)
    libdeflate_free_decompressor (zlib);
}
#else
static enum kd_status
decode_zlib (struct kd_codec_ctx *ctx, const void *src, size_t len, void *dst,
             size_t page_size)
{
  z_stream *z = ctx->zlib;
  if (!z) {
    z = kd_calloc (1, sizeof *z);
    if (!z || inflateInit (z) != Z_OK) {
      free (z);
      return kd_fail (KD_NOMEM, "out of memory for zlib");
    }
    ctx->zlib = z;
  }
  z->next_in = (void *)(uintptr_t)src;
  z->avail_in = (uInt)len;
  z->next_out = dst;
  z->avail_out = (uInt)page_size;
  int r = inflateReset (z) == Z_OK ? inflate (z, Z_FINISH) : Z_STREAM_ERROR;
  return r == Z_STREAM_END && z->avail_out == 0 ? KD_OK : bad ("zlib", len);
}

static void
free_zlib (void *zlib)
{
  if (zlib)
    inflateEnd (zlib);
  free (zlib);
}
#endif

static enum kd_status
decode_lzo (struct kd_codec_ctx *ctx, const void *src, size_t len, void *dst,
            size_t page_size)
{
  (void)ctx;
#ifdef HAVE_LZO
  lzo_uint got = page_size;
  int r = lzo1x_decompress_safe (src, len, dst, &got, NULL);
  return r == LZO_E_OK && got == page_size ? KD_OK : bad ("LZO", len);
#else
  (void)src, (void)dst, (void)page_size;
  return kd_fail (KD_UNSUPPORTED,
                  "its %zu bytes are LZO, and this program was built without "
                  "liblzo2",
                  len);
#endif
}

static enum kd_status
decode_snappy (struct kd_codec_ctx *ctx, const void *src, size_t len,
               void *dst, size_t page_size)
{
  (void)ctx;
#ifdef HAVE_SNAPPY
  /* The stream says its length first: never let it choose ours.  */
  size_t got;
  if (snappy_uncompressed_length (src, len, &got) != SNAPPY_OK
      || got != page_size)
    return bad ("Snappy", len);
  snappy_status r = snappy_uncompress (src, len, dst, &got);
  return r == SNAPPY_OK && got == page_size ? KD_OK : bad ("Snappy", len);
#else
  (void)src, (void)dst, (void)page_size;
  return kd_fail (KD_UNSUPPORTED,
                  "its %zu bytes are Snappy, and this program was built "
                  "without libsnappy",
                  len);
#endif
}

static enum kd_status
decode_zstd (struct kd_codec_ctx *ctx, const void *src, size_t len, void *dst,
             size_t page_size)
{
  if (!ctx->zstd)
    ctx->zstd = ZSTD_createDCtx ();
  if (!ctx->zstd)
    return kd_fail (KD_NOMEM, "out of memory for zstd");
  size_t got = ZSTD_decompressDCtx (ctx->zstd, dst, page_size, src, len);
  return !ZSTD_isError (got) && got == page_size ? KD_OK : bad ("zstd", len);
}

static const struct {
  uint32_t flag;
  const char *name;
  decode_fn *decode;
} codecs[] = {
  { KD_CODEC_ZLIB, "zlib", decode_zlib },
  { KD_CODEC_LZO, "LZO", decode_lzo },
  { KD_CODEC_SNAPPY, "Snappy", decode_snappy },
  { KD_CODEC_ZSTD, "zstd", decode_zstd },
};

void
kd_codec_ctx_deinit (struct kd_codec_ctx *ctx)
{
  free_zlib (ctx->zlib);
  ZSTD_freeDCtx (ctx->zstd);
  *ctx = (struct kd_codec_ctx){ 0 };
}

static bool
is_known_zeros (const struct kd_codec_ctx *ctx, uint32_t flag, const void *src,
                size_t len, size_t page_size)
{
  return ctx->zeros.len == len && ctx->zeros.flag == flag
         && ctx->zeros.page_size == page_size
         && memcmp (ctx->zeros.bytes, src, len) == 0;
}

/* If SRC became a page of zeros, remember it.  */
static void
learn_zeros (struct kd_codec_ctx *ctx, uint32_t flag, const void *src,
             size_t len, const uint8_t *page, size_t page_size)
{
  if (page[0] != 0 || memcmp (page, page + 1, page_size - 1) != 0)
    return;
  ctx->zeros.flag = flag;
  ctx->zeros.len = len;
  ctx->zeros.page_size = page_size;
  memcpy (ctx->zeros.bytes, src, len);
}

enum kd_status
kd_codec_decode (struct kd_codec_ctx *ctx, uint32_t flag, const void *src,
                 size_t len, void *dst, size_t page_size)
{
  bool is_short = len > 0 && len <= KD_CODEC_SHORT;
  if (is_short && is_known_zeros (ctx, flag, src, len, page_size)) {
    memset (dst, 0, page_size);
    return KD_OK;
  }
  for (size_t i = 0; i < KD_ARRAY_SIZE (codecs); i++) {
    if (codecs[i].flag != flag)
      continue;
    enum kd_status st = codecs[i].decode (ctx, src, len, dst, page_size);
    if (!st && is_short)
      learn_zeros (ctx, flag, src, len, dst, page_size);
    return st;
  }
  return kd_fail (KD_UNSUPPORTED,
                  "its flags 0x%x name no known kind of compression", flag);
}

const char *
kd_codec_name (uint32_t flag)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (codecs); i++)
    if (codecs[i].flag == flag)
      return codecs[i].name;
  return NULL;
}

void
kd_codec_names (uint32_t flags, bool raw, char *buf, size_t size)
{
  size_t len = 0;
  buf[0] = '\0';
  for (size_t i = 0; i < KD_ARRAY_SIZE (codecs); i++) {
    if (!(flags & codecs[i].flag) || len >= size)
      continue;
    int n = snprintf (buf + len, size - len, "%s%s", len ? "+" : "",
                      codecs[i].name);
    len += n > 0 ? (size_t)n : 0;
  }
  if (len == 0)
    snprintf (buf, size, "none");
  else if (raw && len < size)
    snprintf (buf + len, size - len, "+raw");
}
