/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdump-compressed files: makedumpfile, QEMU dump-guest-memory. */
#include "dump/kdump-compressed.h"

#include "base/cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A file is: main header, sub-header, a bitmap of RAM, a bitmap of the pages
   whose content is stored, a table with a descriptor for each of those in
   order, and contents.  So page N's descriptor is the one whose index is the
   number of stored pages before N.  */

#define DESC_BYTES 24u
/* Bitmaps up to this size are counted when opening, to know the number of
   pages and whether the table is cut off.  */
#define COUNT_BYTES ((uint64_t)4 << 20)
#define NOT_COUNTED UINT64_MAX

struct kdump {
  struct kd_kdump_part *parts; /* owned; sorted by page frame number */
  size_t n;
};

struct desc {
  uint64_t off;
  uint32_t size;
  uint32_t flags;
};

static struct desc
take_desc (const uint8_t *p, bool big)
{
  return (struct desc){ .off = big ? kd_be64 (p) : kd_le64 (p),
                        .size = big ? kd_be32 (p + 8) : kd_le32 (p + 8),
                        .flags = big ? kd_be32 (p + 12) : kd_le32 (p + 12) };
}

static void
kdump_close (struct kd_dump *dump)
{
  struct kdump *k = dump->priv;
  for (size_t i = 0; i < k->n; i++) {
    kd_bitmap_deinit (&k->parts[i].ram);
    kd_bitmap_deinit (&k->parts[i].present);
  }
  free (k->parts);
  free (k);
}

/* Where things are in PART, its header being read.  */
static enum kd_status
lay_out (struct kd_kdump_part *part)
{
  const struct kd_kdump_header *h = &part->h;
  uint64_t block = h->block_size;
  uint64_t first = (1 + (uint64_t)h->sub_blocks) * block;
  uint64_t both = h->bitmap_blocks * block;
  part->table_off = first + both;
  part->skipped = NOT_COUNTED;
  part->start_pfn = h->split ? h->start_pfn : 0;
  part->end_pfn = h->split ? h->end_pfn : h->max_pfn;
  if (part->end_pfn > h->max_pfn)
    part->end_pfn = h->max_pfn;
  enum kd_status st
    = kd_bitmap_init (&part->ram, part->src, first, h->max_pfn);
  if (!st)
    st = kd_bitmap_init (&part->present, part->src, first + both / 2,
                         h->max_pfn);
  return st;
}

/* Index in PART's table of the descriptor of PFN, which is present.  */
static enum kd_status
desc_index (struct kd_kdump_part *part, uint64_t pfn, uint64_t *index)
{
  enum kd_status st;
  uint64_t skipped = atomic_load (&part->skipped);
  if (skipped == NOT_COUNTED) {
    st = kd_bitmap_rank (&part->present, part->start_pfn, &skipped);
    if (st)
      return st;
    atomic_store (&part->skipped, skipped);
  }
  st = kd_bitmap_rank (&part->present, pfn, index);
  *index -= st ? 0 : skipped;
  return st;
}

/* All writers put the contents right behind the table, in its order.  So a
   table in the wrong place, by a damaged size in the headers, shows: none of
   its first descriptors points to the beginning of the contents.  */
static enum kd_status
check_table (const struct kd_kdump_part *part, uint64_t count)
{
  uint8_t raw[16 * DESC_BYTES];
  size_t n = count < 16 ? (size_t)count : 16;
  uint64_t end = part->table_off + count * DESC_BYTES;
  /* Room for a shared page of zeros, and for a damaged first descriptor.  */
  uint64_t room = 2 * (uint64_t)part->h.block_size;
  /* makedumpfile --split leaves room for the descriptors of all parts.  */
  if (part->h.split)
    room = UINT64_MAX;
  if (n == 0 || !kd_source_has (part->src, part->table_off, sizeof raw))
    return KD_OK;
  enum kd_status st
    = kd_source_read (part->src, part->table_off, raw, n * DESC_BYTES);
  if (st)
    return st;
  bool any = false;
  for (size_t i = 0; i < n; i++) {
    struct desc d = take_desc (raw + i * DESC_BYTES, part->h.big_endian);
    if (d.off >= end && d.off - end <= room)
      return KD_OK;
    any |= d.off != 0;
  }
  if (!any)
    return KD_OK;
  return kd_fail (
    KD_CORRUPT,
    "%s: its headers put %" PRIu64 " page descriptors at 0x%" PRIx64
    ", but those there do not point right behind them (0x%" PRIx64
    "): a size in the headers is wrong",
    part->src->name, count, part->table_off, end);
}

/* How many pages PART has, and whether the last of them is there.  Data is
   written in the order of the table, so of a cut-off file the end of the
   table shows it.  */
static enum kd_status
count_part (struct kd_dump *dump, struct kd_kdump_part *part)
{
  if (kd_bitmap_cost (&part->present, COUNT_BYTES) >= COUNT_BYTES) {
    dump->info.pages_present = UINT64_MAX;
    return KD_OK;
  }
  uint64_t count;
  enum kd_status st = desc_index (part, part->end_pfn, &count);
  if (st)
    return st;
  if (dump->info.pages_present != UINT64_MAX)
    dump->info.pages_present += count;
  st = check_table (part, count);
  if (st)
    return st;
  uint8_t raw[64 * DESC_BYTES];
  size_t n = count < 64 ? (size_t)count : 64;
  uint64_t at = part->table_off + (count - n) * DESC_BYTES;
  if (n && !kd_source_has (part->src, at, n * DESC_BYTES)) {
    dump->info.truncated = true;
    return KD_OK;
  }
  if (n)
    st = kd_source_read (part->src, at, raw, n * DESC_BYTES);
  for (size_t i = 0; !st && i < n; i++) {
    struct desc d = take_desc (raw + i * DESC_BYTES, part->h.big_endian);
    if (!kd_source_has (part->src, d.off, d.size))
      dump->info.truncated = true;
  }
  return st;
}

/* QEMU sets a dump level and leaves nothing out, so where the bitmaps are
   small enough compare them.  */
static enum kd_status
check_filtered (struct kd_dump *dump, struct kd_kdump_part *part)
{
  struct kd_dump_info *info = &dump->info;
  if (info->pages_present == UINT64_MAX
      || kd_bitmap_cost (&part->ram, COUNT_BYTES) >= COUNT_BYTES)
    return KD_OK;
  uint64_t ram;
  enum kd_status st = kd_bitmap_rank (&part->ram, info->max_pfn, &ram);
  if (!st)
    info->filtered = ram > info->pages_present;
  return st;
}

/* Which codecs: what the header says, and what the first pages use.  */
static void
find_codecs (struct kd_dump *dump, struct kd_kdump_part *part)
{
  uint8_t raw[4096 / DESC_BYTES * DESC_BYTES];
  uint32_t flags = part->h.status & KD_CODEC_MASK;
  bool any_raw = false;
  size_t got;
  if (kd_source_read_some (part->src, part->table_off, raw, sizeof raw, &got))
    got = 0;
  for (size_t i = 0; i + DESC_BYTES <= got; i += DESC_BYTES) {
    struct desc d = take_desc (raw + i, part->h.big_endian);
    if (d.off < part->table_off || d.size > part->h.block_size)
      break;
    flags |= d.flags & KD_CODEC_MASK;
    any_raw |= (d.flags & KD_CODEC_MASK) == 0;
  }
  kd_codec_names (flags, any_raw, dump->compression_text,
                  sizeof dump->compression_text);
}

static enum kd_status
load_blob (struct kd_dump *dump, struct kd_source *src, const char *name,
           uint64_t off, uint64_t size)
{
  const uint8_t *data;
  if (size == 0 || kd_dump_find_note (dump, name))
    return KD_OK;
  enum kd_status st = kd_dump_load (dump, src, off, size, name, &data);
  if (st == KD_TRUNCATED || st == KD_CORRUPT) {
    kd_dump_warn (dump, "%s", kd_error_text ());
    return KD_OK;
  }
  if (st)
    return st;
  struct kd_note note
    = { .name = name, .data = data, .size = (size_t)size, .file_offset = off };
  return kd_dump_add_note (dump, &note);
}

/* The notes: before version 4 there is only VMCOREINFO, and later it is
   among them too.  */
static enum kd_status
load_notes (struct kd_dump *dump, const struct kd_kdump_part *part)
{
  const struct kd_kdump_header *h = &part->h;
  enum kd_status st = KD_OK;
  if (h->note_size)
    st = kd_dump_load_notes (dump, part->src, h->note_off, h->note_size);
  if (!st)
    st = load_blob (dump, part->src, "VMCOREINFO", h->vmcoreinfo_off,
                    h->vmcoreinfo_size);
  if (!st)
    st = load_blob (dump, part->src, "ERASEINFO", h->erase_off, h->erase_size);
  return st;
}

static void
fill_info (struct kd_dump *dump, struct kdump *k)
{
  struct kd_dump_info *info = &dump->info;
  const struct kd_kdump_header *h = &k->parts[0].h;
  snprintf (dump->format_text, sizeof dump->format_text,
            "kdump-compressed v%" PRIu32 "%s", h->version,
            h->split ? ", split" : "");
  snprintf (dump->release_text, sizeof dump->release_text, "%s", h->release);
  snprintf (dump->machine_text, sizeof dump->machine_text, "%s", h->machine);
  info->machine = kd_machine_from_uname (h->machine);
  info->big_endian = h->big_endian;
  info->page_size = h->block_size;
  info->max_pfn = h->max_pfn;
  info->pages_present = 0;
  info->dump_level = h->dump_level;
  info->filtered = h->dump_level > 0 || (h->status & KD_KDUMP_NO_VMEMMAP);
  for (size_t i = 0; i < k->n; i++)
    info->incomplete |= (k->parts[i].h.status & KD_KDUMP_INCOMPLETE) != 0;
}

/* Read the header of each source; KD_NOT_MINE if none has one.  */
static enum kd_status
read_headers (struct kd_dump *dump, struct kdump *k)
{
  size_t n = dump->info.parts, mine = 0;
  struct kd_source *foreign = NULL;
  for (size_t i = 0; i < n; i++) {
    struct kd_kdump_part *part = &k->parts[i];
    part->src = dump->src[i];
    enum kd_status st = kd_kdump_read_header (part->src, &part->h);
    if (st == KD_NOT_MINE)
      foreign = part->src;
    else if (st)
      return st;
    else
      mine++;
  }
  if (mine == 0)
    return KD_NOT_MINE;
  if (foreign)
    return kd_fail (KD_MISMATCH,
                    "%s: is no kdump-compressed file, as the other parts are",
                    foreign->name);
  return KD_OK;
}

static enum kd_status
open_parts (struct kd_dump *dump, struct kdump *k)
{
  enum kd_status st = KD_OK;
  k->n = dump->info.parts;
  for (size_t i = 0; !st && i < k->n; i++) {
    struct kd_kdump_part *part = &k->parts[i];
    part->start_pfn = part->h.split ? part->h.start_pfn : 0;
    part->end_pfn = part->h.split ? part->h.end_pfn : part->h.max_pfn;
  }
  st = kd_split_arrange (k->parts, k->n);
  for (size_t i = 0; !st && i < k->n; i++)
    st = lay_out (&k->parts[i]);
  if (st)
    return st;
  fill_info (dump, k);
  find_codecs (dump, &k->parts[0]);
  for (size_t i = 0; !st && i < k->n; i++)
    st = count_part (dump, &k->parts[i]);
  if (!st)
    st = check_filtered (dump, &k->parts[0]);
  for (size_t i = 0; !st && i < k->n && !dump->nnotes; i++)
    st = load_notes (dump, &k->parts[i]);
  return st;
}

static enum kd_status
kdump_open (struct kd_dump *dump)
{
  struct kdump *k = kd_calloc (1, sizeof *k);
  if (k)
    k->parts = kd_calloc (dump->info.parts, sizeof *k->parts);
  if (!k || !k->parts) {
    free (k);
    return kd_fail (KD_NOMEM, "out of memory");
  }
  enum kd_status st = read_headers (dump, k);
  if (st) {
    free (k->parts);
    free (k);
    return st;
  }
  dump->priv = k;
  return open_parts (dump, k);
}

/* Reading.  */

static struct kd_kdump_part *
part_of (struct kdump *k, uint64_t pfn)
{
  size_t lo = 0, hi = k->n;
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (k->parts[mid].end_pfn > pfn)
      hi = mid;
    else
      lo = mid + 1;
  }
  return lo < k->n ? &k->parts[lo] : NULL;
}

/* What kinds of page makedumpfile -d LEVEL leaves out; source: its manual. */
static const char *
level_words (int level, char *buf, size_t size)
{
  static const char *const kinds[]
    = { "zero", "cache", "private cache", "user", "free" };
  size_t len = 0;
  buf[0] = '\0';
  for (unsigned i = 0; i < KD_ARRAY_SIZE (kinds); i++) {
    if (!(level >> i & 1))
      continue;
    int n
      = snprintf (buf + len, size - len, "%s%s", len ? ", " : "", kinds[i]);
    len += n > 0 ? (size_t)n : 0;
  }
  return buf;
}

static enum kd_status
excluded (const struct kd_dump *dump, const struct kd_kdump_part *part,
          uint64_t pfn)
{
  char words[KD_PAGE_WORDS], kinds[64];
  kd_page_words (dump, pfn, words, sizeof words);
  int level = part->h.dump_level;
  if (level > 0 && level < 32)
    return kd_fail (KD_EXCLUDED,
                    "%s was filtered out when the dump was made "
                    "(makedumpfile -d %d: a page of kind %s)",
                    words, level, level_words (level, kinds, sizeof kinds));
  if (part->h.status & KD_KDUMP_NO_VMEMMAP)
    return kd_fail (KD_EXCLUDED,
                    "%s was left out when the dump was made, which left out "
                    "unused parts of the memory map (makedumpfile -e)",
                    words);
  return kd_fail (KD_EXCLUDED,
                  "%s is RAM but was left out when the dump was made", words);
}

/* Why PFN has no content.  */
static enum kd_status
absent (const struct kd_dump *dump, struct kd_kdump_part *part, uint64_t pfn)
{
  bool ram = false;
  if (part) {
    enum kd_status st = kd_bitmap_test (&part->ram, pfn, &ram);
    if (st)
      return st;
  }
  if (ram)
    return excluded (dump, part, pfn);
  char words[KD_PAGE_WORDS];
  return kd_fail (KD_NOT_RAM, "%s is not RAM%s",
                  kd_page_words (dump, pfn, words, sizeof words),
                  part ? "" : ": beyond the highest page of the dump");
}

static enum kd_status
desc_beyond_end (const struct kd_dump *dump, const struct kd_kdump_part *part,
                 uint64_t pfn)
{
  char words[KD_PAGE_WORDS];
  return kd_fail (KD_TRUNCATED,
                  "%s is beyond the end of %s (0x%" PRIx64
                  "), which is truncated",
                  kd_page_words (dump, pfn, words, sizeof words),
                  part->src->name, part->src->size);
}

/* Find and check the descriptor of PFN.  */
static enum kd_status
read_desc (struct kd_dump *dump, struct kd_kdump_part *part,
           struct kd_reader *r, uint64_t pfn, struct desc *d)
{
  uint64_t index;
  enum kd_status st = desc_index (part, pfn, &index);
  if (st)
    return st;
  uint64_t at = part->table_off + index * DESC_BYTES;
  const uint8_t *raw;
  st = kd_window_get (&r->table, part->src, at, DESC_BYTES, &raw);
  if (st == KD_TRUNCATED)
    return desc_beyond_end (dump, part, pfn);
  if (st)
    return st;
  *d = take_desc (raw, part->h.big_endian);
  char words[KD_PAGE_WORDS];
  if (d->off == 0)
    return kd_fail (KD_TRUNCATED,
                    "%s was never written: the dump is incomplete",
                    kd_page_words (dump, pfn, words, sizeof words));
  if (d->size == 0 || d->size > part->h.block_size || d->off < part->table_off)
    return kd_fail (KD_CORRUPT,
                    "%s: its descriptor at 0x%" PRIx64 " of %s says %" PRIu32
                    " bytes at 0x%" PRIx64,
                    kd_page_words (dump, pfn, words, sizeof words), at,
                    part->src->name, d->size, d->off);
  if (!kd_source_has (part->src, d->off, d->size))
    return desc_beyond_end (dump, part, pfn);
  return KD_OK;
}

static bool
all_zero (const uint8_t *p, size_t n)
{
  return p[0] == 0 && memcmp (p, p + 1, n - 1) == 0;
}

static enum kd_status
unpack (struct kd_dump *dump, struct kd_kdump_part *part, struct kd_reader *r,
        const struct desc *d, uint64_t pfn, void *buf)
{
  size_t page = dump->info.page_size;
  uint32_t codec = d->flags & KD_CODEC_MASK;
  /* All zero pages share one place, far from where a scan reads.  */
  if (codec == 0 && d->off == atomic_load (&part->zeros_off)) {
    memset (buf, 0, page);
    return KD_OK;
  }
  const uint8_t *data;
  enum kd_status st
    = kd_window_get (&r->data, part->src, d->off, d->size, &data);
  if (st == KD_TRUNCATED)
    return desc_beyond_end (dump, part, pfn);
  if (st)
    return st;
  if (codec)
    st = kd_codec_decode (&r->codec, codec, data, d->size, buf, page);
  else if (d->size != page)
    st = kd_fail (KD_CORRUPT, "its uncompressed data has %" PRIu32 " bytes",
                  d->size);
  else {
    memcpy (buf, data, page);
    if (atomic_load (&part->zeros_off) == 0 && all_zero (data, page))
      atomic_store (&part->zeros_off, d->off);
  }
  if (!st)
    return KD_OK;
  char words[KD_PAGE_WORDS];
  return kd_context (st, "%s, stored at 0x%" PRIx64,
                     kd_page_words (dump, pfn, words, sizeof words), d->off);
}

static enum kd_status
kdump_read_page (struct kd_dump *dump, struct kd_reader *r, uint64_t pfn,
                 void *buf)
{
  struct kd_kdump_part *part = part_of (dump->priv, pfn);
  bool present = false;
  enum kd_status st = KD_OK;
  if (part)
    st = kd_bitmap_test (&part->present, pfn, &present);
  if (st)
    return st;
  if (!present)
    return absent (dump, part, pfn);
  struct desc d = { 0 };
  st = read_desc (dump, part, r, pfn, &d);
  return st ? st : unpack (dump, part, r, &d, pfn, buf);
}

static bool
kdump_next_present (struct kd_dump *dump, uint64_t *pfn)
{
  struct kdump *k = dump->priv;
  for (struct kd_kdump_part *part = part_of (k, *pfn);
       part && part < k->parts + k->n; part++) {
    if (*pfn < part->start_pfn)
      *pfn = part->start_pfn;
    if (kd_bitmap_next (&part->present, pfn, part->end_pfn))
      return true;
  }
  return false;
}

static bool
kdump_next_ram (struct kd_dump *dump, uint64_t *pfn)
{
  struct kdump *k = dump->priv;
  return kd_bitmap_next (&k->parts[0].ram, pfn, dump->info.max_pfn);
}

const struct kd_format kd_format_kdump_compressed = {
  .name = "kdump-compressed",
  .open = kdump_open,
  .close = kdump_close,
  .read_page = kdump_read_page,
  .next_present = kdump_next_present,
  .next_ram = kdump_next_ram,
};
