/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit tests of the parts of dump/: sources, extents, bitmaps, codecs, the
   page cache, VMCOREINFO. */
#include "dump/bitmap.h"
#include "dump/cache.h"
#include "dump/codec.h"
#include "dump/extents.h"
#include "dump/format.h"
#include "dump/vmcoreinfo.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

static char dir[128];

static char *
in_dir (const char *name)
{
  static char path[256];
  snprintf (path, sizeof path, "%s/%s", dir, name);
  return path;
}

static void
make_file (const char *name, const void *data, size_t size)
{
  int fd = open (in_dir (name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ok (fd >= 0 && write (fd, data, size) == (ssize_t)size,
      "the file %s is made", name);
  close (fd);
}

static void
said (enum kd_status st, enum kd_status want, const char *text,
      const char *name)
{
  if (!ok (st == want && strstr (kd_error_text (), text), "%s", name))
    printf ("# %s: %s\n", kd_status_name (st), kd_error_text ());
}

static void
test_source_refusals (void)
{
  struct kd_source *src;
  said (kd_source_open (in_dir ("none"), &src), KD_IO,
        "No such file or directory", "a missing file is named as such");
  said (kd_source_open (dir, &src), KD_IO, "is a directory",
        "a directory is refused");
  mkfifo (in_dir ("pipe"), 0600);
  said (kd_source_open (in_dir ("pipe"), &src), KD_IO,
        "is a pipe or socket; a dump is read out of order",
        "a pipe is refused without waiting for its writer");
  said (kd_source_open ("/dev/null", &src), KD_IO, "character device",
        "a character device is refused");
  ok (src == NULL, "no source comes of it");
  const char *paths[] = { in_dir ("none") };
  struct kd_dump *dump;
  said (kd_dump_open (paths, 1, &dump), KD_IO, "No such file",
        "opening a missing dump says so");
  said (kd_dump_open (paths, 0, &dump), KD_USAGE, "no dump file",
        "opening no dump says so");
  unlink (in_dir ("pipe"));
}

static void
test_source (void)
{
  uint8_t data[10000], buf[10000];
  for (size_t i = 0; i < sizeof data; i++)
    data[i] = (uint8_t)(i * 7 + i / 256);
  make_file ("f", data, sizeof data);
  struct kd_source *src;
  if (!ok (!kd_source_open (in_dir ("f"), &src), "a plain file opens"))
    return;
  is_int (src->size, sizeof data, "its size is known");
  ok (!kd_source_read (src, 5000, buf, 5000)
        && memcmp (buf, data + 5000, 5000) == 0,
      "it reads up to its end");
  said (kd_source_read (src, 5001, buf, 5000), KD_TRUNCATED,
        "5000 bytes at 0x1389 lie beyond its end (0x2710)",
        "beyond the end is said with numbers");
  said (kd_source_read (src, UINT64_MAX, buf, 2), KD_TRUNCATED, "beyond",
        "an offset near 2^64 does not wrap");
  struct kd_window w;
  kd_window_init (&w);
  const uint8_t *p;
  bool good = true;
  for (size_t at = 0; at + 100 <= sizeof data; at += 33)
    good &= !kd_window_get (&w, src, at, 100, &p)
            && memcmp (p, data + at, 100) == 0;
  for (size_t at = 9900; at > 100; at -= 97)
    good &= !kd_window_get (&w, src, at, 100, &p)
            && memcmp (p, data + at, 100) == 0;
  ok (good, "a window shows the same bytes, forward and backward");
  ok (kd_window_get (&w, src, 9950, 51, &p) == KD_TRUNCATED,
      "and nothing beyond the end");
  ok (!kd_window_get (&w, src, 9950, 50, &p), "but all up to it");
  if (truncate (in_dir ("f"), 3000) < 0)
    ok (false, "the file is cut");
  said (kd_source_read (src, 2990, buf, 20), KD_TRUNCATED,
        "though it was longer when opened",
        "a file that shrinks while open is an error, not a signal");
  kd_window_deinit (&w);
  kd_source_destroy (src);
  unlink (in_dir ("f"));
}

static uint64_t
random64 (void)
{
  static uint64_t x = 88172645463325252;
  x ^= x << 13;
  x ^= x >> 7;
  return x ^= x << 17;
}

/* The extent of lowest prio that has ADDR, by looking at all.  */
static const struct kd_extent *
winner (const struct kd_extent *v, size_t n, uint64_t addr)
{
  const struct kd_extent *best = NULL;
  for (size_t i = 0; i < n; i++)
    if (v[i].start <= addr && addr < v[i].end
        && (!best || v[i].prio < best->prio))
      best = &v[i];
  return best;
}

static void
test_extents (void)
{
  bool good = true, ordered = true;
  for (int round = 0; round < 300; round++) {
    size_t n = random64 () % 12 + 1;
    struct kd_extent *v = kd_calloc (n, sizeof *v), copy[12];
    for (size_t i = 0; i < n; i++) {
      uint64_t start = random64 () % 60;
      v[i] = (struct kd_extent){ .start = start,
                                 .end = start + 1 + random64 () % 30,
                                 .pos = random64 () % 1000,
                                 .prio = i * 7 % 13 };
    }
    memcpy (copy, v, n * sizeof *v);
    struct kd_extents ex;
    good &= !kd_extents_init (&ex, v, n);
    for (uint64_t addr = 0; addr < 100; addr++) {
      const struct kd_extent *want = winner (copy, n, addr);
      size_t i = kd_extents_find (&ex, addr);
      const struct kd_extent *got
        = i < ex.n && ex.v[i].start <= addr ? &ex.v[i] : NULL;
      good &= !want == !got;
      if (want && got)
        good &= want->pos + (addr - want->start)
                == got->pos + (addr - got->start);
    }
    for (size_t i = 1; i < ex.n; i++)
      ordered &= ex.v[i - 1].end <= ex.v[i].start;
    kd_extents_deinit (&ex);
  }
  ok (good, "of overlapping extents each address has the right one");
  ok (ordered, "and what results is sorted and disjoint");
  struct kd_extents ex;
  ok (!kd_extents_init (&ex, NULL, 0) && kd_extents_find (&ex, 0) == 0,
      "no extents are fine too");
}

/* Compare rank, test and next with a walk over the bits.  */
static void
check_bitmap (const uint8_t *map, uint64_t nbits, const char *what)
{
  struct kd_source *src;
  struct kd_bitmap bm;
  bool good = !kd_source_from_memory ("map", map, (nbits + 7) / 8, &src)
              && !kd_bitmap_init (&bm, src, 0, nbits);
  uint64_t rank = 0, got, step = nbits > 300000 ? 97 : 1;
  for (uint64_t bit = 0; good && bit < nbits; bit++) {
    bool set = map[bit / 8] >> bit % 8 & 1, is;
    if (bit % step == 0 || set) {
      good &= !kd_bitmap_rank (&bm, bit, &got) && got == rank;
      good &= !kd_bitmap_test (&bm, bit, &is) && is == set;
      uint64_t next = bit;
      if (set)
        good &= kd_bitmap_next (&bm, &next, nbits) && next == bit;
    }
    rank += set;
  }
  good &= !kd_bitmap_rank (&bm, nbits, &got) && got == rank;
  uint64_t count = 0;
  for (uint64_t bit = 0; kd_bitmap_next (&bm, &bit, nbits); bit++)
    count++;
  ok (good && count == rank, "a bitmap of %s counts and finds its ones", what);
  bool set = true;
  ok (!kd_bitmap_test (&bm, nbits + 5, &set) && !set,
      "and has none beyond its end");
  kd_bitmap_deinit (&bm);
  kd_source_destroy (src);
}

static void
test_bitmap (void)
{
  static uint8_t map[100000];
  check_bitmap (map, 799999, "zeros");
  memset (map, 0xff, sizeof map);
  check_bitmap (map, 799999, "ones");
  for (size_t i = 0; i < sizeof map; i++)
    map[i] = (uint8_t)random64 ();
  check_bitmap (map, 65536 * 3 + 17, "random bits");
  check_bitmap (map, 1, "one bit");
  memset (map + 4096, 0, 8192);
  memset (map + 16384, 0xff, 12288);
  check_bitmap (map, 799993, "full, empty and mixed blocks");
  struct kd_source *src;
  struct kd_bitmap bm;
  ok (!kd_source_from_memory ("map", map, 100, &src)
        && kd_bitmap_init (&bm, src, 50, 401) == KD_TRUNCATED,
      "a bitmap beyond the file's end is refused");
  kd_bitmap_deinit (&bm);
  kd_source_destroy (src);
}

static void
test_bitmap_holes (void)
{
  int fd = open (in_dir ("sparse"), O_RDWR | O_CREAT | O_TRUNC, 0600);
  uint8_t one = 0x10;
  bool made = ftruncate (fd, (off_t)1 << 34) == 0
              && pwrite (fd, &one, 1, 0x200000000) == 1;
  struct kd_source *src;
  struct kd_bitmap bm;
  if (!ok (made && !kd_source_open (in_dir ("sparse"), &src)
             && !kd_bitmap_init (&bm, src, 0, UINT64_C (1) << 37),
           "a sparse file of 16 GiB is a bitmap"))
    return;
  uint64_t bit = 0, rank;
  ok (kd_bitmap_next (&bm, &bit, UINT64_MAX) && bit == 0x1000000004,
      "its holes are not read when looking for a one");
  ok (!kd_bitmap_rank (&bm, UINT64_C (1) << 37, &rank) && rank == 1,
      "nor when counting");
  kd_bitmap_deinit (&bm);
  kd_source_destroy (src);
  close (fd);
  unlink (in_dir ("sparse"));
}

static void
test_codecs (void)
{
  struct kd_codec_ctx ctx = { 0 };
  static uint8_t page[4096], packed[8192], out[4096 + 64];
  for (size_t i = 0; i < sizeof page; i++)
    page[i] = (uint8_t)(i / 9);
  size_t len = ZSTD_compress (packed, sizeof packed, page, sizeof page, 1);
  memset (out, 0xaa, sizeof out);
  ok (!kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, len, out, 4096)
        && memcmp (out, page, 4096) == 0 && out[4096] == 0xaa,
      "zstd gives exactly a page");
  said (kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, len - 1, out, 4096),
        KD_CORRUPT, "zstd data do not decompress", "data cut short is bad");
  size_t half = ZSTD_compress (packed, sizeof packed, page, 2048, 1);
  said (kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, half, out, 4096),
        KD_CORRUPT, "do not decompress to a page",
        "data of half a page is bad");
  static uint8_t twice[8192];
  size_t big = ZSTD_compress (packed, sizeof packed, twice, 8192, 1);
  memset (out, 0xaa, sizeof out);
  ok (kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, big, out, 4096)
          == KD_CORRUPT
        && out[4096] == 0xaa,
      "data of two pages is bad and overruns nothing");
  memset (twice, 0, sizeof twice);
  len = ZSTD_compress (packed, sizeof packed, twice, 4096, 1);
  bool zeros = true;
  for (int i = 0; i < 3; i++) {
    memset (out, 0xaa, sizeof out);
    zeros &= !kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, len, out, 4096)
             && memcmp (out, twice, 4096) == 0 && out[4096] == 0xaa;
  }
  ok (zeros && ctx.zeros.len == len,
      "the form of a page of zeros is known when met again");
  packed[len - 1] ^= 1;
  ok (kd_codec_decode (&ctx, KD_CODEC_ZSTD, packed, len, out, 4096)
          == KD_CORRUPT
        || memcmp (out, twice, 4096) != 0,
      "and not taken for another");
  said (kd_codec_decode (&ctx, 0x40, packed, 10, out, 4096), KD_UNSUPPORTED,
        "flags 0x40", "an unknown codec is refused");
  bool survived = true;
  static const uint32_t flags[]
    = { KD_CODEC_ZLIB, KD_CODEC_LZO, KD_CODEC_SNAPPY, KD_CODEC_ZSTD };
  for (int round = 0; round < 20000; round++) {
    for (size_t i = 0; i < 64; i++)
      packed[i] = (uint8_t)random64 ();
    survived &= kd_codec_decode (&ctx, flags[round % 4], packed,
                                 random64 () % 64 + 1, out, 4096)
                != KD_OK;
  }
  ok (survived, "random bytes are no page to any codec");
  char names[64];
  kd_codec_names (KD_CODEC_ZLIB | KD_CODEC_ZSTD, true, names, sizeof names);
  is_str (names, "zlib+zstd+raw", "codecs are named");
  kd_codec_names (0, true, names, sizeof names);
  is_str (names, "none", "no codec is none");
  kd_codec_ctx_deinit (&ctx);
}

static atomic_int loads;

static enum kd_status
load_page (void *arg, uint64_t pfn, void *buf)
{
  (void)arg;
  loads++;
  if (pfn == 666)
    return kd_fail (KD_EXCLUDED, "page 666");
  if (pfn % 5 == 0)
    memset (buf, 0, 4096);
  else
    for (size_t i = 0; i < 512; i++)
      ((uint64_t *)buf)[i] = pfn * 1000 + i;
  return KD_OK;
}

static bool
right_page (const uint8_t *data, uint64_t pfn)
{
  uint64_t word;
  memcpy (&word, data + 4088, 8);
  return word == (pfn % 5 ? pfn * 1000 + 511 : 0);
}

static bool
get_put (struct kd_cache *c, uint64_t pfn)
{
  const uint8_t *data;
  struct kd_cache_slot *slot;
  if (kd_cache_get (c, pfn, &data, &slot))
    return false;
  bool good = right_page (data, pfn);
  kd_cache_put (c, slot);
  return good;
}

static void
test_cache (void)
{
  size_t bytes = 4096 * 1024;
  struct kd_cache *c = kd_cache_create (4096, bytes, load_page, NULL);
  struct kd_cache_stats s;
  bool good = true;
  for (uint64_t pfn = 1; pfn < 100; pfn++)
    good &= get_put (c, pfn) && get_put (c, pfn);
  ok (good && loads == 99, "a page is loaded once and then kept");
  for (uint64_t pfn = 1000; pfn < 100000; pfn++)
    good &= get_put (c, pfn);
  kd_cache_stats (c, &s);
  ok (good && s.buffers <= 1024, "a scan does not exceed the limit");
  loads = 0;
  for (uint64_t pfn = 1; pfn < 100; pfn++)
    good &= get_put (c, pfn);
  ok (good && loads == 0, "and does not drive out pages used again");
  const uint8_t *data;
  struct kd_cache_slot *slot;
  said (kd_cache_get (c, 666, &data, &slot), KD_EXCLUDED, "page 666",
        "an error of loading comes through");

  static struct kd_cache_slot *pinned[3000];
  static const uint8_t *held[3000];
  for (uint64_t i = 0; i < 3000; i++)
    good &= !kd_cache_get (c, 200000 + i, &held[i], &pinned[i]);
  for (uint64_t pfn = 300000; pfn < 320000; pfn++)
    good &= get_put (c, pfn);
  for (uint64_t i = 0; i < 3000; i++)
    good &= right_page (held[i], 200000 + i);
  kd_cache_stats (c, &s);
  ok (good && s.pinned == 3000, "pinned pages stay, even beyond the limit");
  for (uint64_t i = 0; i < 3000; i++)
    kd_cache_put (c, pinned[i]);
  for (uint64_t pfn = 400000; pfn < 420000; pfn++)
    good &= get_put (c, pfn);
  kd_cache_stats (c, &s);
  ok (good && s.pinned == 0 && s.buffers <= 1024,
      "and make room when released");
  kd_cache_destroy (c);
}

static void *
hammer (void *arg)
{
  struct kd_cache *c = arg;
  uint64_t x = (uintptr_t)&x;
  uintptr_t good = 1;
  for (int i = 0; i < 100000; i++) {
    x = x * UINT64_C (6364136223846793005) + 1442695040888963407;
    uint64_t pfn = (x >> 33) % (i % 2 ? 300 : 5000);
    good &= pfn == 666 || get_put (c, pfn);
  }
  return (void *)good;
}

static void
test_cache_threads (void)
{
  struct kd_cache *c = kd_cache_create (4096, 4096 * 256, load_page, NULL);
  pthread_t t[4];
  bool good = true;
  for (int i = 0; i < 4; i++)
    pthread_create (&t[i], NULL, hammer, c);
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join (t[i], &result);
    good &= result != NULL;
  }
  struct kd_cache_stats s;
  kd_cache_stats (c, &s);
  ok (good && s.pinned == 0, "four threads get right pages from one cache");
  kd_cache_destroy (c);
}

static void
test_vmcoreinfo (void)
{
  static const char text[]
    = "OSRELEASE=6.1.0-13-amd64\nPAGESIZE=4096\nSYMBOL(_stext)=ffffffff8100000"
      "0\nSIZE(page)=64\nOFFSET(page.flags)=0\nNUMBER(phys_base)=-1048576\n"
      "NUMBER(sme_mask)=0x800000000000\nNUMBER(VMALLOC)=ffff\n"
      "LENGTH(zone.free_area)=11\nKERNELOFFSET=2d000000\nno equals sign\n"
      "=no key\nCRASHTIME=1\nCRASHTIME=2\nTAIL=cut";
  struct kd_vmcoreinfo *vi;
  uint64_t u;
  int64_t n;
  if (!ok (!kd_vmcoreinfo_parse (text, sizeof text - 1, &vi),
           "VMCOREINFO is parsed"))
    return;
  is_str (kd_vmcoreinfo_get (vi, "OSRELEASE"), "6.1.0-13-amd64",
          "values are found");
  is_str (kd_vmcoreinfo_get (vi, "TAIL"), "cut",
          "the last line needs no newline");
  is_str (kd_vmcoreinfo_get (vi, "CRASHTIME"), "2",
          "of equal keys the last one holds");
  ok (!kd_vmcoreinfo_get (vi, "SIZE(pag)")
        && !kd_vmcoreinfo_get (vi, "no equals sign"),
      "what is not there is not found");
  ok (kd_vmcoreinfo_symbol (vi, "_stext", &u)
        && u == UINT64_C (0xffffffff81000000),
      "symbols are hexadecimal");
  ok (kd_vmcoreinfo_size (vi, "page", &u) && u == 64, "sizes are decimal");
  ok (kd_vmcoreinfo_offset (vi, "page.flags", &u) && u == 0, "so are offsets");
  ok (kd_vmcoreinfo_length (vi, "zone.free_area", &u) && u == 11,
      "and lengths");
  ok (kd_vmcoreinfo_number (vi, "phys_base", &n) && n == -1048576,
      "numbers may be negative");
  ok (kd_vmcoreinfo_number (vi, "sme_mask", &n) && n == 0x800000000000,
      "or hexadecimal");
  ok (!kd_vmcoreinfo_number (vi, "VMALLOC", &n), "but not just any text");
  ok (kd_vmcoreinfo_hex (vi, "KERNELOFFSET", &u) && u == 0x2d000000,
      "KERNELOFFSET is hexadecimal");
  kd_vmcoreinfo_destroy (vi);
  ok (kd_vmcoreinfo_parse ("", 0, &vi) == KD_NOT_FOUND && !vi,
      "an empty text is none");
  ok (kd_vmcoreinfo_parse ("A=1\0B=2", 7, &vi) == KD_OK
        && !kd_vmcoreinfo_get (vi, "B"),
      "a zero ends the text");
  kd_vmcoreinfo_destroy (vi);
  make_file ("info", text, sizeof text - 1);
  ok (!kd_vmcoreinfo_from_file (in_dir ("info"), &vi)
        && kd_vmcoreinfo_source (vi) == KD_VMCOREINFO_FILE,
      "it can come from a file");
  kd_vmcoreinfo_destroy (vi);
  make_file ("info", "A=1\n", 4);
  said (kd_vmcoreinfo_from_file (in_dir ("info"), &vi), KD_CORRUPT,
        "no line begins with OSRELEASE=", "but not from just any file");
  unlink (in_dir ("info"));
}

int
main (void)
{
  const char *tmp = getenv ("TMPDIR");
  snprintf (dir, sizeof dir, "%s/kdump-parts-XXXXXX", tmp ? tmp : "/tmp");
  if (!mkdtemp (dir))
    return 1;
  test_source_refusals ();
  test_source ();
  test_extents ();
  test_bitmap ();
  test_bitmap_holes ();
  test_codecs ();
  test_cache ();
  test_cache_threads ();
  test_vmcoreinfo ();
  rmdir (dir);
  return test_done ();
}
