/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packed files of symbols, whole and damaged; debuginfod's, by file: URLs. */
#include "config.h"

#include "kernel/debuginfod.h"
#include "kernel/unpack.h"

#include "test.h"

#include <dlfcn.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#ifdef HAVE_XZ
#include <lzma.h>
#endif

enum { SIZE = 300000, ROOM = 400000 };

static char top[512];
static uint8_t plain[SIZE];

static int
remove_one (const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
  (void)sb, (void)type, (void)ftw;
  return remove (path);
}

static void
clear_cache (void)
{
  char path[600];
  snprintf (path, sizeof path, "%s/kdump-gdb", top);
  nftw (path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- packers --- */

static size_t
pack_gz (uint8_t *out)
{
  z_stream z = { .next_in = plain, .avail_in = SIZE };
  if (deflateInit2 (&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY))
    return 0;
  z.next_out = out;
  z.avail_out = ROOM;
  int r = deflate (&z, Z_FINISH);
  size_t size = z.total_out;
  deflateEnd (&z);
  return r == Z_STREAM_END ? size : 0;
}

static size_t
pack_zst (uint8_t *out)
{
  size_t size = ZSTD_compress (out, ROOM, plain, SIZE, 3);
  return ZSTD_isError (size) ? 0 : size;
}

#ifdef HAVE_XZ
static size_t
pack_xz (uint8_t *out)
{
  size_t size = 0;
  lzma_ret r = lzma_easy_buffer_encode (1, LZMA_CHECK_CRC32, NULL, plain, SIZE,
                                        out, &size, ROOM);
  return r == LZMA_OK ? size : 0;
}
#endif

static const struct form {
  const char *ending;
  size_t (*pack) (uint8_t *out);
} forms[] = {
  { "gz", pack_gz },
  { "zst", pack_zst },
#ifdef HAVE_XZ
  { "xz", pack_xz },
#endif
};

/* --- */

static const char *
put (const char *name, const uint8_t *data, size_t size)
{
  static char path[600];
  snprintf (path, sizeof path, "%s/%s", top, name);
  unlink (path); /* another file, so that the cache does not know it */
  FILE *f = fopen (path, "we");
  if (!f || fwrite (data, 1, size, f) != size)
    printf ("# cannot write %s\n", path);
  if (f)
    fclose (f);
  return path;
}

static bool
is_plain (const char *path)
{
  static uint8_t got[SIZE + 1];
  FILE *f = fopen (path, "re");
  size_t n = f ? fread (got, 1, sizeof got, f) : 0;
  if (f)
    fclose (f);
  return n == SIZE && !memcmp (got, plain, SIZE);
}

static void
test_whole (const struct form *f, const uint8_t *packed, size_t size)
{
  char name[64], *out KD_AUTO_FREE = NULL, *again KD_AUTO_FREE = NULL;
  struct stat sb, first, second;
  snprintf (name, sizeof name, "some-module.ko.%s", f->ending);
  const char *path = put (name, packed, size);
  is_int (kd_unpacked_length (path), strlen (path) - strlen (f->ending) - 1,
          "a .%s file is one that is packed", f->ending);
  ok (!kd_unpack (path, &out) && is_plain (out), "it is unpacked");
  ok (out && strstr (out, "/some-module.ko")
        && strlen (strstr (out, "/some-module.ko")) == 15,
      "under its own name: %s", out ? out : kd_error_text ());
  ok (out && !stat (out, &first) && (first.st_mode & 07777) == 0600,
      "for the user only");
  ok (!kd_unpack (path, &again) && out && !strcmp (out, again)
        && !stat (again, &second) && first.st_ino == second.st_ino,
      "the second time it is there");
  if (out && !chmod (out, 0666)) {
    char *third KD_AUTO_FREE = NULL;
    ok (!kd_unpack (path, &third) && !stat (out, &sb)
          && sb.st_ino != first.st_ino && (sb.st_mode & 07777) == 0600,
        "one that others can write is not taken");
  }
}

/* Damage is an error that tells the file, and leaves nothing behind.  */
static bool
refused (const struct form *f, const uint8_t *packed, size_t size)
{
  char name[64], *out KD_AUTO_FREE = NULL;
  snprintf (name, sizeof name, "bad.%s", f->ending);
  const char *path = put (name, packed, size);
  enum kd_status st = kd_unpack (path, &out);
  return st == KD_CORRUPT && strstr (kd_error_text (), path) && !out;
}

static unsigned leftovers;

static int
count_one (const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
  (void)path, (void)sb, (void)ftw;
  leftovers += type == FTW_F;
  return 0;
}

static void
test_damaged (const struct form *f, uint8_t *packed, size_t size)
{
  unsigned cuts = 0, taken = 0;
  char path[600];
  clear_cache ();
  for (size_t cut = 0; cut < size; cut += 1 + size / 97, cuts++)
    taken += !refused (f, packed, cut);
  is_int (taken, 0, "%u cuts of a .%s file are refused", cuts, f->ending);
  packed[size / 2] ^= 0x55;
  packed[size / 2 + 1] ^= 0x55;
  packed[size / 2 + 2] ^= 0x55;
  /* A frame of Zstandard without a checksum can be wrong and not show it.  */
  bool bad = refused (f, packed, size);
  ok (bad || !strcmp (f->ending, "zst"), "changed bytes are refused: %s",
      kd_error_text ());
  ok (refused (f, plain, SIZE), "and what is not of that format");
  leftovers = 0;
  snprintf (path, sizeof path, "%s/kdump-gdb", top);
  nftw (path, count_one, 8, FTW_PHYS);
  is_int (leftovers, bad ? 0 : 1, "nothing half unpacked stays");
  clear_cache ();
}

/* No room is an error, too.  */
static void
test_no_room (const struct form *f, const uint8_t *packed, size_t size)
{
  char name[64], *out KD_AUTO_FREE = NULL;
  snprintf (name, sizeof name, "big.%s", f->ending);
  const char *path = put (name, packed, size);
  struct rlimit old, limit;
  signal (SIGXFSZ, SIG_IGN);
  if (getrlimit (RLIMIT_FSIZE, &old))
    return;
  limit = old;
  limit.rlim_cur = SIZE / 2;
  setrlimit (RLIMIT_FSIZE, &limit);
  enum kd_status st = kd_unpack (path, &out);
  setrlimit (RLIMIT_FSIZE, &old);
  ok (st == KD_IO && !out, "no room to write: %s", kd_error_text ());
}

static void
test_names (void)
{
  char *out KD_AUTO_FREE = NULL;
  is_int (kd_unpacked_length ("a.ko"), 0, "a.ko is not packed");
  is_int (kd_unpacked_length (".xz"), 0, "nor is .xz");
  is_int (kd_unpacked_length ("a.xz.ko"), 0, "nor is a.xz.ko");
  is_int (kd_unpacked_length ("a.xz"), 1, "a.xz is");
  is_int (kd_unpack ("/nonexistent/a.xz", &out), KD_IO, "one that is absent");
  setenv ("XDG_CACHE_HOME", "/proc/nowhere", 1);
  is_int (kd_unpack ("/proc/self/exe", &out), KD_UNSUPPORTED, "no packed one");
  const char *path = put ("a.gz", plain, 10);
  ok (kd_unpack (path, &out) == KD_IO, "no cache: %s", kd_error_text ());
  setenv ("XDG_CACHE_HOME", top, 1);
}

/* --- debuginfod --- */

static void
test_debuginfod (void)
{
  char text[1200], *path KD_AUTO_FREE = NULL;
  struct kd_build_id id, none = { 0 };
  kd_build_id_parse ("00112233445566778899aabbccddeeff00112233", &id);
  unsetenv ("DEBUGINFOD_URLS");
  ok (kd_debuginfod_ask (&id, &path) == KD_UNSUPPORTED
        && strstr (kd_error_text (), "DEBUGINFOD_URLS"),
      "no server is named: %s", kd_error_text ());
  snprintf (text, sizeof text, "file://%s/server", top);
  setenv ("DEBUGINFOD_URLS", text, 1);
  snprintf (text, sizeof text, "%s/client", top);
  setenv ("DEBUGINFOD_CACHE_PATH", text, 1);
  is_int (kd_debuginfod_ask (&none, &path), KD_NOT_FOUND,
          "without a build-id nobody is asked");
  if (!dlopen ("libdebuginfod.so.1", RTLD_NOW)) {
    ok (kd_debuginfod_ask (&id, &path) == KD_UNSUPPORTED
          && strstr (kd_error_text (), "libdebuginfod"),
        "no client: %s", kd_error_text ());
    test_skip ("asking a server", "no libdebuginfod");
    return;
  }
  /* An answer of "not there" is remembered by the client for ten minutes.  */
  struct kd_build_id other = id;
  other.bytes[0] = 1;
  ok (kd_debuginfod_ask (&other, &path) == KD_NOT_FOUND && !path,
      "no server has it: %s", kd_error_text ());
  static const char *const dirs[]
    = { "server", "server/buildid",
        "server/buildid/00112233445566778899aabbccddeeff00112233" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (dirs); i++) {
    snprintf (text, sizeof text, "%s/%s", top, dirs[i]);
    mkdir (text, 0700);
  }
  put ("server/buildid/00112233445566778899aabbccddeeff00112233/debuginfo",
       plain, SIZE);
  ok (!kd_debuginfod_ask (&id, &path) && is_plain (path),
      "a server has it: %s", path ? path : kd_error_text ());
}

int
main (void)
{
  static uint8_t packed[ROOM];
  char here[400];
  uint32_t x = 1;
  if (!getcwd (here, sizeof here))
    return 1;
  snprintf (top, sizeof top, "%s/kernel-unpack.%d", here, (int)getpid ());
  mkdir (top, 0700);
  setenv ("XDG_CACHE_HOME", top, 1);
  for (size_t i = 0; i < SIZE; i++) { /* packs to about half */
    x = x * 1103515245 + 12345;
    plain[i] = (uint8_t)(x >> 16 & 15);
  }
  test_names ();
  for (size_t i = 0; i < KD_ARRAY_SIZE (forms); i++) {
    size_t size = forms[i].pack (packed);
    test_whole (&forms[i], packed, size);
    test_no_room (&forms[i], packed, size);
    test_damaged (&forms[i], packed, size);
  }
  test_debuginfod ();
  nftw (top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  return test_done ();
}
