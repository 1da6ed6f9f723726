/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz targets: dumps of the format chosen when compiling, from memory. */
#include "dump/format.h"
#include "dump/vmcoreinfo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MAX_FILE ((size_t)1 << 20)
#define BLOCK 4096u

/* Most of a kdump-compressed file is padding to blocks.  An input that does
   not begin with the signature is one without it: header, sub-header and two
   bitmaps of SHORT bytes each, and the rest.  */
#define SHORT 128u

#ifdef FUZZ_KDUMP
static uint8_t *
make_file (const uint8_t *data, size_t size, size_t *made)
{
  static const struct {
    size_t at, len;
  } places[] = {
    { 0, 464 }, { BLOCK, SHORT }, { 2 * BLOCK, SHORT }, { 3 * BLOCK, SHORT }
  };
  size_t used = 0, room = size < 1024 ? 1024 : size;
  uint8_t *file = calloc (1, 4 * BLOCK + room);
  if (!file)
    return NULL;
  *made = size;
  if (size >= 8 && memcmp (data, "KDUMP   ", 8) == 0)
    return memcpy (file, data, size);
  for (unsigned i = 0; i < KD_ARRAY_SIZE (places); i++) {
    size_t n = places[i].len < size - used ? places[i].len : size - used;
    memcpy (file + places[i].at, data + used, n);
    used += n;
  }
  memcpy (file + (size_t)4 * BLOCK, data + used, size - used);
  *made = (size_t)4 * BLOCK + size - used;
  return memcpy (file, "KDUMP   ", 8);
}
#elif defined FUZZ_FLATTENED
/* An input without the signature has just the records.  */
static uint8_t *
make_file (const uint8_t *data, size_t size, size_t *made)
{
  static const uint8_t head[32]
    = { 'm', 'a', 'k', 'e', 'd', 'u',      'm',
        'p', 'f', 'i', 'l', 'e', [23] = 1, [31] = 1 };
  uint8_t *file = calloc (1, BLOCK + size);
  if (!file)
    return NULL;
  *made = size;
  if (size >= 12 && memcmp (data, head, 12) == 0)
    return memcpy (file, data, size);
  *made = BLOCK + size;
  memcpy (file + BLOCK, data, size);
  return memcpy (file, head, sizeof head);
}
#else
static uint8_t *
make_file (const uint8_t *data, size_t size, size_t *made)
{
  uint8_t *file = malloc (size ? size : 1);
  *made = size;
  return file && size ? memcpy (file, data, size) : file;
}
#endif

static void
read_some_pages (struct kd_dump *dump)
{
  size_t page = kd_dump_info (dump)->page_size;
  uint8_t *buf = malloc (page);
  uint64_t pfn = 0;
  for (int i = 0; buf && i < 64 && kd_dump_next_present (dump, &pfn); i++) {
    struct kd_page p;
    if (!kd_dump_read_page (dump, pfn, buf) && !kd_page_get (dump, pfn, &p)) {
      if (memcmp (buf, p.data, page) != 0)
        abort ();
      kd_page_put (dump, &p);
    }
    pfn++;
  }
  pfn = 0;
  for (int i = 0; buf && i < 64 && kd_dump_next_ram (dump, &pfn); i++) {
    size_t done;
    if (kd_dump_read (dump, pfn * page + page - 8, buf, 16, &done) == KD_OK
        && done != 16)
      abort ();
    pfn++;
  }
  static const uint64_t odd[]
    = { 0, 1, UINT64_MAX, UINT64_MAX / 4096, UINT64_C (1) << 52 };
  for (unsigned i = 0; buf && i < KD_ARRAY_SIZE (odd); i++)
    if (kd_dump_read_page (dump, odd[i], buf) == KD_NOT_MINE)
      abort ();
  free (buf);
}

static void
look_at_all (struct kd_dump *dump)
{
  uint64_t sum = 0;
  for (size_t i = 0; i < kd_dump_note_count (dump); i++) {
    const struct kd_note *note = kd_dump_note (dump, i);
    sum += strlen (note->name);
    for (size_t k = 0; k < note->size; k++)
      sum += ((const uint8_t *)note->data)[k];
  }
  for (size_t i = 0; i < kd_dump_segment_count (dump); i++)
    sum += kd_dump_segment (dump, i)->size;
  volatile uint64_t sink = sum;
  (void)sink;
  struct kd_vmcoreinfo *vi;
  if (!kd_vmcoreinfo_from_note (dump, &vi))
    kd_vmcoreinfo_destroy (vi);
  if (kd_dump_info (dump)->pages_present < 1000
      && !kd_vmcoreinfo_scan (dump, &vi))
    kd_vmcoreinfo_destroy (vi);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size > MAX_FILE - (size_t)8 * BLOCK)
    return 0;
  size_t n;
  uint8_t *big = make_file (data, size, &n);
  /* Of just its size, so that a read beyond it is seen.  */
  uint8_t *file = big ? realloc (big, n ? n : 1) : NULL;
  struct kd_source *src;
  struct kd_dump *dump;
  if (file && !kd_source_from_memory ("fuzz", file, n, &src)) {
    enum kd_status st = kd_dump_open_sources (&src, 1, &dump);
    if (st == KD_NOT_MINE)
      abort ();
    if (!st) {
      look_at_all (dump);
      read_some_pages (dump);
      kd_dump_close (dump);
    }
  }
  free (file);
  return 0;
}
