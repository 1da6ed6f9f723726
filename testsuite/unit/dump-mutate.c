/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dump-mutate DUMP: damaged headers give an error or a right answer. */
#include "dump/format.h"
#include "test.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* The dump with a few bytes changed, or cut off.  */
struct patched {
  struct kd_source base;
  struct kd_source *file; /* borrowed */
  uint64_t at;
  uint8_t bytes[8];
  unsigned n; /* bytes changed; 0: none */
};

static enum kd_status
patched_read (struct kd_source *src, uint64_t off, void *buf, size_t len,
              size_t *got)
{
  struct patched *p = (struct patched *)src;
  *got = 0;
  if (off >= src->size)
    return KD_OK;
  if (len > src->size - off)
    len = (size_t)(src->size - off);
  enum kd_status st = kd_source_read_some (p->file, off, buf, len, got);
  for (unsigned i = 0; !st && i < p->n; i++)
    if (p->at + i >= off && p->at + i - off < *got)
      ((uint8_t *)buf)[p->at + i - off] = p->bytes[i];
  return st;
}

static const struct kd_source_ops patched_ops = { .read_some = patched_read };

#define SAMPLES 24u
#define MAX_PAGE 65536u

static struct kd_source *file;
static uint64_t sample_pfn[SAMPLES];
static uint8_t *sample_data[SAMPLES];
static unsigned nsamples;
static size_t page_size;

static uint64_t refused, failed, right, wrong, total;
static double slowest;

static struct kd_dump *
open_patched (uint64_t at, const void *bytes, unsigned n, uint64_t size)
{
  struct patched *p = kd_calloc (1, sizeof *p);
  p->base = (struct kd_source){ .ops = &patched_ops,
                                .size = size,
                                .file_size = size };
  p->base.name = strdup ("mutant");
  p->file = file;
  p->at = at;
  p->n = n;
  if (n)
    memcpy (p->bytes, bytes, n);
  struct kd_source *src = &p->base;
  struct kd_dump *dump;
  return kd_dump_open_sources (&src, 1, &dump) ? NULL : dump;
}

static double
now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Pages spread over the sound dump, and their contents.  */
static void
take_samples (struct kd_dump *dump)
{
  const struct kd_dump_info *info = kd_dump_info (dump);
  page_size = info->page_size;
  for (unsigned i = 0; i < SAMPLES; i++) {
    uint64_t pfn = info->max_pfn / SAMPLES * i;
    if (!kd_dump_next_present (dump, &pfn)
        || (nsamples && pfn <= sample_pfn[nsamples - 1]))
      continue;
    uint8_t *data = malloc (page_size);
    if (kd_dump_read_page (dump, pfn, data)) {
      free (data);
      continue;
    }
    sample_pfn[nsamples] = pfn;
    sample_data[nsamples++] = data;
  }
}

/* All that a session does first: notes, info, a few pages.  */
static void
exercise (struct kd_dump *dump, bool *any_wrong)
{
  static uint8_t buf[MAX_PAGE];
  uint64_t next = 0;
  kd_dump_next_present (dump, &next);
  next = 0;
  kd_dump_next_ram (dump, &next);
  for (size_t i = 0; i < kd_dump_note_count (dump); i++) {
    const struct kd_note *note = kd_dump_note (dump, i);
    const volatile uint8_t *data = note->data;
    if (note->size)
      (void)(data[0] + data[note->size - 1]);
  }
  for (unsigned i = 0; i < nsamples; i++) {
    if (kd_dump_read_page (dump, sample_pfn[i], buf))
      failed++;
    else if (kd_dump_info (dump)->page_size == page_size
             && memcmp (buf, sample_data[i], page_size) == 0)
      right++;
    else {
      wrong++;
      *any_wrong = true;
    }
  }
}

/* Open with the change; true if no page came out wrong.  */
static bool
mutate (uint64_t at, const void *bytes, unsigned n, uint64_t size)
{
  bool any_wrong = false;
  alarm (30);
  double began = now ();
  struct kd_dump *dump = open_patched (at, bytes, n, size);
  if (dump)
    exercise (dump, &any_wrong);
  else
    refused++;
  kd_dump_close (dump);
  double took = now () - began;
  slowest = took > slowest ? took : slowest;
  total++;
  return !any_wrong;
}

/* All the values tried for the N bytes at AT, whose own are OLD.  */
static bool
mutate_field (uint64_t at, const uint8_t *old, unsigned n)
{
  static const uint8_t fills[] = { 0x00, 0xff, 0x7f, 0x80, 0x01 };
  bool good = true;
  uint8_t v[8];
  for (unsigned i = 0; i < KD_ARRAY_SIZE (fills); i++) {
    memset (v, fills[i], n);
    if (memcmp (v, old, n) != 0)
      good &= mutate (at, v, n, file->size);
  }
  memcpy (v, old, n);
  v[0] ^= 1;
  good &= mutate (at, v, n, file->size);
  memcpy (v, old, n);
  v[n - 1] ^= 0x80;
  good &= mutate (at, v, n, file->size);
  return good;
}

/* Every aligned field of SIZES bytes from FROM to TO - 1.  Returns how many
   had a change that a page came out wrong for.  */
static unsigned
mutate_range (uint64_t from, uint64_t to, unsigned size)
{
  unsigned bad = 0;
  for (uint64_t at = from; at + size <= to && at + size <= file->size;
       at += size) {
    uint8_t old[8];
    if (kd_source_read (file, at, old, size))
      break;
    if (!mutate_field (at, old, size)) {
      bad++;
      printf ("# field of %u bytes at 0x%" PRIx64 "\n", size, at);
    }
  }
  return bad;
}

/* Every value of each byte: a size may be wrong such that things still line
   up.  */
static unsigned
all_values (uint64_t from, uint64_t to)
{
  unsigned bad = 0;
  for (uint64_t at = from; at < to; at++)
    for (unsigned v = 0; v < 256; v++) {
      uint8_t byte = (uint8_t)v;
      if (mutate (at, &byte, 1, file->size))
        continue;
      bad++;
      printf ("# byte 0x%02x at 0x%" PRIx64 "\n", v, at);
    }
  return bad;
}

static void
truncate_all (uint64_t upto)
{
  bool good = true;
  for (uint64_t size = 0; size < upto && size < file->size; size += 8)
    good &= mutate (0, NULL, 0, size);
  for (uint64_t size = file->size; size > 0; size = size * 3 / 4)
    good &= mutate (0, NULL, 0, size - 1);
  ok (good, "a dump cut off anywhere gives errors or right pages");
}

/* Where the format lets a reader know: no page may come out wrong.  BEGIN is
   the offset of the headers, beyond 0 in a flattened dump.  */
static void
check_headers (bool elf, uint64_t begin)
{
  uint64_t head = elf ? 64 : 464;
  unsigned bad = mutate_range (begin, begin + head, 1)
                 + mutate_range (begin, begin + head, 4);
  if (begin)
    bad += mutate_range (0, 32, 1);
  else if (!elf)
    bad += all_values (424, 464);
  if (!elf)
    bad += mutate_range (begin + page_size, begin + page_size + 104, 4)
           + mutate_range (begin + page_size, begin + page_size + 104, 8);
  is_int (bad, 0, "a damaged header gives an error or right pages");
}

/* Tables hold addresses that nothing else vouches for: a program header's
   p_paddr, a bit for another page.  Here crashes, time and memory count, and
   that few changes go unnoticed.  */
static void
check_tables (bool elf, uint64_t begin)
{
  uint64_t from = begin + (elf ? 64 : 464);
  uint64_t to = from + (begin ? 1 : 3) * page_size;
  uint8_t phnum[2];
  if (elf && !kd_source_read (file, begin + 56, phnum, 2))
    to = from + 56 * (uint64_t)(phnum[0] | phnum[1] << 8);
  uint64_t before = total;
  unsigned bad = mutate_range (from, to, 8);
  if (begin)
    bad += mutate_range (4096, 4096 + 16, 8);
  ok (bad * 7 <= (total - before) / 2,
      "most damage to tables gives an error or right pages");
}

int
main (int argc, char **argv)
{
  if (argc != 2) {
    fputs ("usage: dump-mutate DUMP\n", stderr);
    return 2;
  }
  struct kd_dump *dump = NULL;
  enum kd_status st = kd_source_open (argv[1], &file);
  if (!st)
    dump = open_patched (0, NULL, 0, file->size);
  if (!ok (dump != NULL, "the sound dump opens")) {
    printf ("# %s\n", kd_error_text ());
    return test_done ();
  }
  take_samples (dump);
  bool elf = strcmp (kd_dump_info (dump)->format, "ELF") == 0;
  bool flat = kd_dump_info (dump)->flattened;
  ok (nsamples > 2, "it has pages to compare");
  kd_dump_close (dump);

  check_headers (elf, flat ? 4096 + 16 : 0);
  uint64_t wrong_head = wrong;
  check_tables (elf, flat ? 4096 + 16 : 0);
  truncate_all (flat ? page_size + 512 : 3 * page_size + 512);

  struct rusage ru;
  getrusage (RUSAGE_SELF, &ru);
  ok (slowest < 5, "no damaged dump takes long");
  ok (ru.ru_maxrss < 512 * 1024, "nor much memory");
  printf ("# %" PRIu64 " mutants: %" PRIu64 " refused; pages: %" PRIu64
          " right, %" PRIu64 " errors, %" PRIu64
          " changed by tables without a check (%" PRIu64
          " by headers); slowest %.3f s, peak %ld KiB\n",
          total, refused, right, failed, wrong - wrong_head, wrong_head,
          slowest, ru.ru_maxrss);
  for (unsigned i = 0; i < nsamples; i++)
    free (sample_data[i]);
  kd_source_destroy (file);
  return test_done ();
}
