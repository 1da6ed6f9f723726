/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a dump of any format, and reading its pages. */
#include "dump/dump.h"

#include "base/strbuf.h"
#include "dump/cache.h"
#include "dump/format.h"
#include "dump/vmcoreinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CACHE_BYTES ((size_t)32 << 20)
/* Reads from this size on take whole pages past the cache.  */
#define BIG_READ ((size_t)64 << 10)

#define KD_FORMAT(id) &kd_format_##id,
#define KD_WRAPPER(id)
static const struct kd_format *const formats[] = {
#include "dump/formats.def"
};
#undef KD_FORMAT
#undef KD_WRAPPER

#define KD_FORMAT(id)
#define KD_WRAPPER(id) &kd_wrapper_##id,
static const struct kd_wrapper *const wrappers[] = {
#include "dump/formats.def"
};
#undef KD_FORMAT
#undef KD_WRAPPER

/* Readers: a thread takes one for the time of a read.  */

static void
reader_destroy (struct kd_reader *r)
{
  if (!r)
    return;
  kd_window_deinit (&r->table);
  kd_window_deinit (&r->data);
  kd_codec_ctx_deinit (&r->codec);
  free (r);
}

/* Threads begin at different places, so each mostly finds its own again.  */
static unsigned
reader_home (void)
{
  static atomic_uint next;
  static _Thread_local unsigned home;
  if (home == 0)
    home = atomic_fetch_add (&next, 1) % KD_READERS + 1;
  return home - 1;
}

static struct kd_reader *
reader_take (struct kd_dump *dump)
{
  unsigned home = reader_home ();
  for (unsigned i = 0; i < KD_READERS; i++) {
    unsigned at = (home + i) % KD_READERS;
    struct kd_reader *r
      = atomic_load_explicit (&dump->readers[at], memory_order_relaxed);
    if (r)
      r = atomic_exchange (&dump->readers[at], NULL);
    if (r)
      return r;
  }
  return kd_calloc (1, sizeof (struct kd_reader));
}

static void
reader_give (struct kd_dump *dump, struct kd_reader *r)
{
  unsigned home = reader_home ();
  for (unsigned i = 0; i < KD_READERS; i++) {
    struct kd_reader *none = NULL;
    if (atomic_compare_exchange_strong (
          &dump->readers[(home + i) % KD_READERS], &none, r))
      return;
  }
  reader_destroy (r);
}

/* Opening.  */

static enum kd_status
unwrap (struct kd_dump *dump, struct kd_source **src)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (wrappers); i++) {
    enum kd_status st = wrappers[i]->unwrap (src);
    if (st == KD_NOT_MINE)
      continue;
    if (st)
      return st;
    dump->info.flattened = true;
    dump->info.truncated |= (*src)->cut_short;
  }
  return KD_OK;
}

static enum kd_status
join_names (struct kd_dump *dump)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  for (unsigned i = 0; i < dump->info.parts; i++) {
    kd_strbuf_puts (&sb, i ? " " : "");
    kd_strbuf_puts (&sb, dump->src[i]->name);
    dump->info.file_size += dump->src[i]->file_size;
    if (dump->src[i]->modified > dump->info.modified)
      dump->info.modified = dump->src[i]->modified;
  }
  dump->name = kd_strbuf_steal (&sb);
  return dump->name ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static enum kd_status
probe (struct kd_dump *dump)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (formats); i++) {
    dump->format = formats[i];
    enum kd_status st = formats[i]->open (dump);
    if (st != KD_NOT_MINE)
      return st;
    dump->format = NULL;
  }
  return kd_identify (dump->src[0]);
}

static enum kd_status
load_page (void *arg, uint64_t pfn, void *buf)
{
  return kd_dump_read_page (arg, pfn, buf);
}

/* Formats without a place for it have the release in VMCOREINFO.  */
static void
find_release (struct kd_dump *dump)
{
  struct kd_vmcoreinfo *vi KD_GUARD (vmcoreinfo) = NULL;
  if (dump->release_text[0] || kd_vmcoreinfo_from_note (dump, &vi))
    return;
  const char *release = kd_vmcoreinfo_get (vi, "OSRELEASE");
  if (release)
    snprintf (dump->release_text, sizeof dump->release_text, "%s", release);
}

static enum kd_status
finish_open (struct kd_dump *dump)
{
  struct kd_dump_info *info = &dump->info;
  unsigned size = info->page_size;
  if (size < 4096 || size > 65536 || (size & (size - 1)))
    return kd_fail (KD_UNSUPPORTED,
                    "%s: its page size %u is none of 4096 to 65536",
                    dump->name, size);
  if (dump->warning_text[0] == '\0' && info->truncated)
    kd_dump_warn (dump, "the dump is shorter than its own tables say");
  find_release (dump);
  dump->cache = kd_cache_create (size, CACHE_BYTES, load_page, dump);
  return dump->cache ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static enum kd_status
open_all (struct kd_dump *dump)
{
  enum kd_status st = join_names (dump);
  for (unsigned i = 0; !st && i < dump->info.parts; i++)
    st = unwrap (dump, &dump->src[i]);
  if (!st)
    st = probe (dump);
  return st ? st : finish_open (dump);
}

static struct kd_dump *
dump_create (struct kd_source **src, size_t n)
{
  struct kd_dump *dump = kd_calloc (1, sizeof *dump);
  struct kd_source **own = kd_calloc (n, sizeof *own);
  if (!dump || !own) {
    free (dump);
    free (own);
    return NULL;
  }
  memcpy (own, src, n * sizeof *own);
  dump->src = own;
  dump->info = (struct kd_dump_info){
    .format = dump->format_text,
    .compression = dump->compression_text,
    .warning = dump->warning_text,
    .uts_release = dump->release_text,
    .uts_machine = dump->machine_text,
    .page_size = 4096,
    .pages_present = UINT64_MAX,
    .parts = (unsigned)n,
    .dump_level = -1,
  };
  strcpy (dump->compression_text, "none");
  return dump;
}

enum kd_status
kd_dump_open_sources (struct kd_source **src, size_t n, struct kd_dump **out)
{
  *out = NULL;
  struct kd_dump *dump = dump_create (src, n);
  if (!dump) {
    for (size_t i = 0; i < n; i++)
      kd_source_destroy (src[i]);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  enum kd_status st = open_all (dump);
  if (st) {
    kd_dump_close (dump);
    return st;
  }
  *out = dump;
  return KD_OK;
}

enum kd_status
kd_dump_open (const char *const *paths, size_t npaths, struct kd_dump **out)
{
  *out = NULL;
  if (npaths == 0)
    return kd_fail (KD_USAGE, "no dump file was named");
  if (npaths > KD_MAX_PARTS)
    return kd_fail (KD_USAGE, "%zu files are more than a split dump has (%d)",
                    npaths, KD_MAX_PARTS);
  struct kd_source **src KD_AUTO_FREE = kd_calloc (npaths, sizeof *src);
  if (!src)
    return kd_fail (KD_NOMEM, "out of memory");
  for (size_t i = 0; i < npaths; i++) {
    enum kd_status st = kd_source_open (paths[i], &src[i]);
    if (st) {
      while (i-- > 0)
        kd_source_destroy (src[i]);
      return st;
    }
  }
  return kd_dump_open_sources (src, npaths, out);
}

void
kd_dump_close (struct kd_dump *dump)
{
  if (!dump)
    return;
  kd_cache_destroy (dump->cache);
  for (unsigned i = 0; i < KD_READERS; i++)
    reader_destroy (dump->readers[i]);
  if (dump->priv)
    dump->format->close (dump);
  for (unsigned i = 0; i < dump->info.parts; i++)
    kd_source_destroy (dump->src[i]);
  for (size_t i = 0; i < dump->nblobs; i++)
    free (dump->blobs[i]);
  free (dump->blobs);
  free (dump->notes);
  free (dump->segments);
  free ((void *)dump->src);
  free (dump->name);
  free (dump);
}

const struct kd_dump_info *
kd_dump_info (const struct kd_dump *dump)
{
  return &dump->info;
}

const char *
kd_dump_name (const struct kd_dump *dump)
{
  return dump->name;
}

/* Reading.  */

const char *
kd_page_words (const struct kd_dump *dump, uint64_t pfn, char *buf,
               size_t size)
{
  unsigned shift = (unsigned)__builtin_ctz (dump->info.page_size);
  snprintf (buf, size,
            "%s: page 0x%" PRIx64 " (physical address 0x%" PRIx64 ")",
            dump->name, pfn, pfn << shift);
  return buf;
}

enum kd_status
kd_dump_read_page (struct kd_dump *dump, uint64_t pfn, void *buf)
{
  struct kd_reader *r = reader_take (dump);
  if (!r)
    return kd_fail (KD_NOMEM, "out of memory for reading a page");
  enum kd_status st = dump->format->read_page (dump, r, pfn, buf);
  reader_give (dump, r);
  return st;
}

enum kd_status
kd_page_get (struct kd_dump *dump, uint64_t pfn, struct kd_page *page)
{
  struct kd_cache_slot *slot;
  enum kd_status st = kd_cache_get (dump->cache, pfn, &page->data, &slot);
  page->slot = st ? NULL : slot;
  return st;
}

void
kd_page_put (struct kd_dump *dump, struct kd_page *page)
{
  if (page->slot)
    kd_cache_put (dump->cache, page->slot);
  *page = (struct kd_page){ 0 };
}

/* N bytes from byte IN of page PFN.  */
static enum kd_status
read_part (struct kd_dump *dump, uint64_t pfn, size_t in, uint8_t *buf,
           size_t n)
{
  struct kd_page page;
  enum kd_status st = kd_page_get (dump, pfn, &page);
  if (st)
    return st;
  memcpy (buf, page.data + in, n);
  kd_page_put (dump, &page);
  return KD_OK;
}

enum kd_status
kd_dump_read (struct kd_dump *dump, uint64_t paddr, void *buf, size_t len,
              size_t *done)
{
  size_t size = dump->info.page_size;
  unsigned shift = (unsigned)__builtin_ctzll (size);
  bool big = len >= BIG_READ;
  enum kd_status st = KD_OK;
  size_t good = 0;
  while (good < len) {
    if (paddr > UINT64_MAX - good) {
      st = kd_fail (KD_NOT_RAM,
                    "%s: physical addresses end before 0x%" PRIx64 "+0x%zx",
                    dump->name, paddr, len);
      break;
    }
    uint64_t at = paddr + good;
    size_t in = (size_t)(at & (size - 1));
    size_t n = size - in < len - good ? size - in : len - good;
    if (big && n == size)
      st = kd_dump_read_page (dump, at >> shift, (uint8_t *)buf + good);
    else
      st = read_part (dump, at >> shift, in, (uint8_t *)buf + good, n);
    if (st)
      break;
    good += n;
  }
  if (done)
    *done = good;
  return st;
}

bool
kd_dump_next_present (struct kd_dump *dump, uint64_t *pfn)
{
  return dump->format->next_present (dump, pfn);
}

bool
kd_dump_next_ram (struct kd_dump *dump, uint64_t *pfn)
{
  return dump->format->next_ram (dump, pfn);
}

size_t
kd_dump_note_count (const struct kd_dump *dump)
{
  return dump->nnotes;
}

const struct kd_note *
kd_dump_note (const struct kd_dump *dump, size_t i)
{
  return i < dump->nnotes ? &dump->notes[i] : NULL;
}

size_t
kd_dump_segment_count (const struct kd_dump *dump)
{
  return dump->nsegments;
}

const struct kd_segment *
kd_dump_segment (const struct kd_dump *dump, size_t i)
{
  return i < dump->nsegments ? &dump->segments[i] : NULL;
}
