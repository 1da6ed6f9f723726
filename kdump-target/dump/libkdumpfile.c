/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Formats we do not read ourselves, through libkdumpfile if configured. */
#include "dump/format.h"

#include "config.h"

#ifdef HAVE_LIBKDUMPFILE

#include <elf.h>
#include <inttypes.h>
#include <libkdumpfile/kdumpfile.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define MAX_CPUS 65536u

struct kdf {
  kdump_ctx_t *ctx;
  kdump_bmp_t *file_map, *ram_map; /* borrowed from ctx; NULL if unknown */
  pthread_mutex_t lock;            /* a context serves one thread */
};

static void
kdf_close (struct kd_dump *dump)
{
  struct kdf *k = dump->priv;
  if (k->file_map)
    kdump_bmp_decref (k->file_map);
  if (k->ram_map)
    kdump_bmp_decref (k->ram_map);
  kdump_free (k->ctx);
  pthread_mutex_destroy (&k->lock);
  free (k);
}

static uint64_t
get_number (kdump_ctx_t *ctx, const char *key, uint64_t otherwise)
{
  kdump_num_t v;
  return kdump_get_number_attr (ctx, key, &v) == KDUMP_OK ? v : otherwise;
}

static void
get_string (kdump_ctx_t *ctx, const char *key, char *buf, size_t size)
{
  const char *s;
  if (kdump_get_string_attr (ctx, key, &s) == KDUMP_OK)
    snprintf (buf, size, "%s", s);
}

static kdump_bmp_t *
get_bitmap (kdump_ctx_t *ctx, const char *key)
{
  kdump_attr_t attr = { .type = KDUMP_BITMAP };
  if (kdump_get_typed_attr (ctx, key, &attr) != KDUMP_OK)
    return NULL;
  kdump_bmp_incref (attr.val.bitmap);
  return attr.val.bitmap;
}

/* Give the dump a note whose content is copied from DATA.  */
static enum kd_status
add_copy (struct kd_dump *dump, const char *name, uint32_t type,
          const void *data, size_t size)
{
  void **blobs = realloc (dump->blobs, (dump->nblobs + 1) * sizeof *blobs);
  if (blobs)
    dump->blobs = blobs;
  void *copy = blobs ? malloc (size + 1) : NULL;
  if (!copy)
    return kd_fail (KD_NOMEM, "out of memory for notes");
  dump->blobs[dump->nblobs++] = copy;
  memcpy (copy, data, size);
  struct kd_note note
    = { .name = name, .type = type, .data = copy, .size = size };
  return kd_dump_add_note (dump, &note);
}

static enum kd_status
add_registers (struct kd_dump *dump, kdump_ctx_t *ctx)
{
  uint64_t n = get_number (ctx, KDUMP_ATTR_NUM_CPUS, 0);
  enum kd_status st = KD_OK;
  for (uint64_t i = 0; !st && i < n && i < MAX_CPUS; i++) {
    char key[64];
    snprintf (key, sizeof key, "cpu.%" PRIu64 ".PRSTATUS", i);
    kdump_attr_t attr = { .type = KDUMP_BLOB };
    if (kdump_get_typed_attr (ctx, key, &attr) != KDUMP_OK)
      continue;
    void *data = kdump_blob_pin (attr.val.blob);
    if (data)
      st = add_copy (dump, "CORE", NT_PRSTATUS, data,
                     kdump_blob_size (attr.val.blob));
    kdump_blob_unpin (attr.val.blob);
  }
  return st;
}

static enum kd_status
add_notes (struct kd_dump *dump, kdump_ctx_t *ctx)
{
  char *raw KD_AUTO_FREE = NULL;
  enum kd_status st = KD_OK;
  if (kdump_vmcoreinfo_raw (ctx, &raw) != KDUMP_OK)
    raw = NULL;
  if (raw)
    st = add_copy (dump, "VMCOREINFO", 0, raw, strlen (raw));
  return st ? st : add_registers (dump, ctx);
}

static enum kd_status
fill_info (struct kd_dump *dump, struct kdf *k)
{
  struct kd_dump_info *info = &dump->info;
  char arch[64] = "";
  get_string (k->ctx, KDUMP_ATTR_ARCH_NAME, arch, sizeof arch);
  snprintf (dump->format_text, sizeof dump->format_text, "by libkdumpfile");
  get_string (k->ctx, KDUMP_ATTR_FILE_FORMAT, dump->format_text,
              sizeof dump->format_text);
  get_string (k->ctx, "linux.uts.release", dump->release_text,
              sizeof dump->release_text);
  get_string (k->ctx, "linux.uts.machine", dump->machine_text,
              sizeof dump->machine_text);
  strcpy (dump->compression_text, "unknown");
  if (get_number (k->ctx, KDUMP_ATTR_PTR_SIZE, 8) != 8)
    return kd_fail (KD_UNSUPPORTED,
                    "%s: is a dump of a 32-bit machine (%s); only 64-bit "
                    "kernels are supported",
                    dump->name, arch[0] ? arch : "unnamed");
  info->machine = kd_machine_from_uname (arch);
  info->big_endian
    = get_number (k->ctx, KDUMP_ATTR_BYTE_ORDER, KDUMP_LITTLE_ENDIAN)
      == KDUMP_BIG_ENDIAN;
  info->page_size = (unsigned)get_number (k->ctx, KDUMP_ATTR_PAGE_SIZE, 4096);
  info->max_pfn = get_number (k->ctx, "max_pfn", 0);
  k->file_map = get_bitmap (k->ctx, KDUMP_ATTR_FILE_PAGEMAP);
  k->ram_map = get_bitmap (k->ctx, KDUMP_ATTR_MEMORY_PAGEMAP);
  return KD_OK;
}

/* A context for the files, NULL if the library does not know them.  */
static kdump_ctx_t *
open_files (struct kd_dump *dump)
{
  /* The library is not meant for hostile files: keep from it what cannot be
     a dump.  */
  if (kd_is_no_dump (dump->src[0]))
    return NULL;
  size_t n = dump->info.parts;
  int *fds KD_AUTO_FREE = kd_calloc (n, sizeof *fds);
  if (!fds)
    return NULL;
  for (size_t i = 0; i < n; i++) {
    fds[i] = kd_source_fd (dump->src[i]);
    if (fds[i] < 0)
      return NULL;
  }
  kdump_ctx_t *ctx = kdump_new ();
  if (ctx && kdump_open_fdset (ctx, (unsigned)n, fds) == KDUMP_OK)
    return ctx;
  if (ctx)
    kdump_free (ctx);
  return NULL;
}

static enum kd_status
kdf_open (struct kd_dump *dump)
{
  kdump_ctx_t *ctx = open_files (dump);
  if (!ctx)
    return KD_NOT_MINE;
  struct kdf *k = kd_calloc (1, sizeof *k);
  if (!k) {
    kdump_free (ctx);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  k->ctx = ctx;
  pthread_mutex_init (&k->lock, NULL);
  dump->priv = k;
  enum kd_status st = fill_info (dump, k);
  return st ? st : add_notes (dump, ctx);
}

static enum kd_status
translate (const struct kd_dump *dump, kdump_status code, uint64_t pfn,
           bool ram)
{
  char words[KD_PAGE_WORDS];
  kd_page_words (dump, pfn, words, sizeof words);
  switch (code) {
  case KDUMP_ERR_NODATA:
    return ram ? kd_fail (KD_EXCLUDED, "%s is not in the dump", words)
               : kd_fail (KD_NOT_RAM, "%s is not RAM", words);
  case KDUMP_ERR_EOF:
    return kd_fail (KD_TRUNCATED, "%s is beyond the end of the file", words);
  case KDUMP_ERR_SYSTEM:
    return kd_fail (KD_IO, "%s: libkdumpfile cannot read it", words);
  case KDUMP_ERR_NOTIMPL:
    return kd_fail (KD_UNSUPPORTED, "%s: libkdumpfile cannot read it", words);
  default:
    return kd_fail (KD_CORRUPT, "%s: libkdumpfile cannot read it", words);
  }
}

/* Lowest one of MAP at or after *PFN; the lock is held.  */
static bool
next_one (kdump_bmp_t *map, uint64_t *pfn)
{
  kdump_addr_t at = *pfn;
  if (kdump_bmp_find_set (map, &at) != KDUMP_OK)
    return false;
  *pfn = at;
  return true;
}

static enum kd_status
kdf_read_page (struct kd_dump *dump, struct kd_reader *reader, uint64_t pfn,
               void *buf)
{
  (void)reader;
  struct kdf *k = dump->priv;
  size_t want = dump->info.page_size, got = want;
  if (pfn > UINT64_MAX / want)
    return translate (dump, KDUMP_ERR_NODATA, pfn, false);
  pthread_mutex_lock (&k->lock);
  kdump_status code
    = kdump_read (k->ctx, KDUMP_MACHPHYSADDR, pfn * want, buf, &got);
  char why[256];
  snprintf (why, sizeof why, "%s",
            code != KDUMP_OK ? kdump_get_err (k->ctx) : "");
  uint64_t at = pfn;
  bool ram = k->ram_map && next_one (k->ram_map, &at) && at == pfn;
  pthread_mutex_unlock (&k->lock);
  if (code == KDUMP_OK && got == want)
    return KD_OK;
  enum kd_status st = translate (dump, code, pfn, ram);
  if (st == KD_CORRUPT || st == KD_IO || st == KD_UNSUPPORTED) {
    char words[KD_PAGE_WORDS];
    return kd_fail (st, "%s: libkdumpfile: %s",
                    kd_page_words (dump, pfn, words, sizeof words), why);
  }
  return st;
}

static bool
kdf_next (struct kd_dump *dump, kdump_bmp_t *map, uint64_t *pfn)
{
  struct kdf *k = dump->priv;
  if (!map)
    return *pfn < dump->info.max_pfn;
  pthread_mutex_lock (&k->lock);
  bool found = next_one (map, pfn);
  pthread_mutex_unlock (&k->lock);
  return found && (dump->info.max_pfn == 0 || *pfn < dump->info.max_pfn);
}

static bool
kdf_next_present (struct kd_dump *dump, uint64_t *pfn)
{
  return kdf_next (dump, ((struct kdf *)dump->priv)->file_map, pfn);
}

static bool
kdf_next_ram (struct kd_dump *dump, uint64_t *pfn)
{
  struct kdf *k = dump->priv;
  return kdf_next (dump, k->ram_map ? k->ram_map : k->file_map, pfn);
}

const struct kd_format kd_format_libkdumpfile = {
  .name = "libkdumpfile",
  .open = kdf_open,
  .close = kdf_close,
  .read_page = kdf_read_page,
  .next_present = kdf_next_present,
  .next_ram = kdf_next_ram,
};

#else /* !HAVE_LIBKDUMPFILE */

static enum kd_status
kdf_open (struct kd_dump *dump)
{
  (void)dump;
  return KD_NOT_MINE;
}

const struct kd_format kd_format_libkdumpfile = {
  .name = "libkdumpfile",
  .open = kdf_open,
};

#endif
