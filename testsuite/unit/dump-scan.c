/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking for values and text in all pages, against a plain loop; and the
   threads that do it. */
#include "base/parallel.h"
#include "base/progress.h"
#include "dump/format.h"
#include "dump/scan.h"
#include "test.h"

#include <elf.h>
#include <stdatomic.h>
#include <stdlib.h>

#define PAGE 4096u
#define PAGES 3000u /* in two segments with a hole between them */
#define FIRST 1500u /* pages of the first */
#define HOLE 700u
#define HEAD PAGE

static uint8_t *file;

static uint64_t
paddr_of (size_t off)
{
  uint64_t page = off / PAGE;

  return (page < FIRST ? page : page + HOLE) * PAGE + off % PAGE;
}

static uint8_t *
at_page (size_t page, size_t off)
{
  return file + HEAD + page * PAGE + off;
}

static void
make_file (void)
{
  Elf64_Ehdr *eh;
  Elf64_Phdr *ph;

  file = calloc (1, HEAD + PAGES * PAGE);
  eh = (void *)file;
  ph = (void *)(file + sizeof *eh);
  memcpy (eh->e_ident, ELFMAG, SELFMAG);
  eh->e_ident[EI_CLASS] = ELFCLASS64;
  eh->e_ident[EI_DATA] = ELFDATA2LSB;
  eh->e_ident[EI_VERSION] = EV_CURRENT;
  eh->e_type = ET_CORE;
  eh->e_machine = EM_X86_64;
  eh->e_version = EV_CURRENT;
  eh->e_phoff = sizeof *eh;
  eh->e_ehsize = sizeof *eh;
  eh->e_phentsize = sizeof *ph;
  eh->e_phnum = 2;
  ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
                        .p_offset = HEAD,
                        .p_filesz = FIRST * PAGE,
                        .p_memsz = FIRST * PAGE };
  ph[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
                        .p_offset = HEAD + FIRST * PAGE,
                        .p_paddr = (FIRST + HOLE) * PAGE,
                        .p_filesz = (PAGES - FIRST) * PAGE,
                        .p_memsz = (PAGES - FIRST) * PAGE };
}

static uint64_t
random64 (void)
{
  static uint64_t x = 88172645463325252;

  x ^= x << 13;
  x ^= x >> 7;
  return x ^= x << 17;
}

static struct kd_dump *
open_file (size_t size)
{
  struct kd_source *src;
  struct kd_dump *dump;

  if (kd_source_from_memory ("test", file, size, &src)
      || kd_dump_open_sources (&src, 1, &dump)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
  return dump;
}

static struct kd_scan
scan (struct kd_dump *dump, const struct kd_pattern *p, size_t n, size_t limit)
{
  struct kd_scan out;

  if (!ok (!kd_scan (dump, p, n, 0, UINT64_MAX / PAGE, limit, &out),
           "the scan ends well"))
    printf ("# %s\n", kd_error_text ());
  return out;
}

/* How many of the hits are what the plain loop finds at the same place?  */
static void
check_numbers (struct kd_dump *dump, unsigned width, uint64_t value,
               uint64_t mask)
{
  struct kd_pattern p = { .width = width, .value = value, .mask = mask };
  struct kd_scan s = scan (dump, &p, 1, SIZE_MAX);
  size_t n = 0;
  bool same = true;

  for (size_t off = 0; off < PAGES * PAGE; off += width) {
    uint64_t found = 0;

    memcpy (&found, file + HEAD + off, width);
    if ((found & mask) != (value & mask))
      continue;
    same &= n < s.nhits && s.hits[n].paddr == paddr_of (off)
            && s.hits[n].value == found;
    n++;
  }
  ok (same && n == s.nhits && n > 0,
      "a value of %u bytes is found where it is, %zu times", width, n);
  ok (!s.more && s.pages == PAGES && !s.failed, "in all pages");
  kd_scan_deinit (&s);
}

static void
test_numbers (struct kd_dump *dump)
{
  for (size_t i = 0; i < PAGES * PAGE / 8; i += 1 + random64 () % 4000) {
    uint64_t v = i % 3 ? random64 () % 4 : 0x1122334455667788;

    memcpy (file + HEAD + i * 8, &v, 8);
  }
  memcpy (at_page (1023, 4088), "\x88\x77\x66\x55\x44\x33\x22\x11", 8);
  memcpy (at_page (PAGES - 1, 4088), "\x88\x77\x66\x55\x44\x33\x22\x11", 8);
  check_numbers (dump, 8, 0x1122334455667788, UINT64_MAX);
  check_numbers (dump, 8, 0x1122334455660000, 0xffffffffffff0000);
  check_numbers (dump, 4, 0x11223344, UINT32_MAX);
  check_numbers (dump, 2, 0x7788, UINT16_MAX);
  check_numbers (dump, 1, 0x44, UINT8_MAX);
}

static void
put (size_t page, size_t off, const char *text)
{
  memcpy (at_page (page, off), text, strlen (text));
}

static void
test_text (struct kd_dump *dump)
{
  struct kd_pattern p[]
    = { { .text = "needle", .len = 6 },
        { .text = "aaa", .len = 3 },
        { .width = 8, .value = 0x656c6465656e2121, .mask = UINT64_MAX } };
  struct kd_scan s;
  const uint64_t want[]
    = { 0, 7 * PAGE + 4093, 1024 * PAGE - 1,
        (uint64_t)2048 * PAGE + HOLE * PAGE - 5, paddr_of (PAGES * PAGE - 6) };
  bool good;

  put (0, 0, "needle");
  put (7, 4093, "needle");             /* across two pages */
  put (1023, 4095, "needle");          /* across two pieces */
  put (FIRST - 1, 4093, "needle");     /* across the hole: is not in memory */
  put (2047, 4091, "needle");          /* five bytes and one */
  put (PAGES - 1, PAGE - 6, "needle"); /* at the very end */
  s = scan (dump, p, 1, SIZE_MAX);
  good = s.nhits == 5;
  for (size_t i = 0; good && i < 5; i++)
    good = s.hits[i].paddr == want[i];
  if (!ok (good, "text is found across pages, and not across a hole"))
    for (size_t i = 0; i < s.nhits; i++)
      printf ("# 0x%" PRIx64 "\n", s.hits[i].paddr);
  kd_scan_deinit (&s);

  put (10, 100, "aaaaa");
  put (11, 104, "!!needle");
  s = scan (dump, p, 3, SIZE_MAX);
  good = s.nhits == 10;
  for (size_t i = 1; good && i < s.nhits; i++)
    good = s.hits[i - 1].paddr < s.hits[i].paddr
           || (s.hits[i - 1].paddr == s.hits[i].paddr
               && s.hits[i - 1].pattern < s.hits[i].pattern);
  ok (good, "several patterns are found in order of address, overlaps too");
  kd_scan_deinit (&s);
}

/* Two scans with a limit give the same, the first hits of all.  */
static void
test_limit (struct kd_dump *dump)
{
  struct kd_pattern p = { .width = 8, .value = 0, .mask = UINT64_MAX };
  struct kd_scan all = scan (dump, &p, 1, SIZE_MAX);
  bool good = true;

  for (size_t limit = 1; limit < all.nhits; limit = limit * 7 + 3) {
    struct kd_scan s;

    if (kd_scan (dump, &p, 1, 0, UINT64_MAX / PAGE, limit, &s)) {
      good = false;
      break;
    }
    good &= s.nhits == limit && s.more && s.end > s.hits[limit - 1].paddr;
    for (size_t i = 0; good && i < limit; i++)
      good = s.hits[i].paddr == all.hits[i].paddr;
    kd_scan_deinit (&s);
  }
  ok (good, "with a limit the first hits of all are found");
  kd_scan_deinit (&all);
  ok (!kd_scan (dump, &p, 1, FIRST + 10, FIRST + HOLE, 5, &all)
        && all.nhits == 0 && all.pages == 0 && !all.more,
      "where there is no memory nothing is found");
  kd_scan_deinit (&all);
  ok (!kd_scan (dump, &p, 1, 20, 22, SIZE_MAX, &all) && all.pages == 2
        && all.end == UINT64_C (22) * PAGE,
      "only the pages asked for are looked through");
  kd_scan_deinit (&all);
}

static void
test_bad (void)
{
  struct kd_pattern p = { .width = 8, .value = 0, .mask = UINT64_MAX };
  struct kd_dump *dump = open_file (HEAD + (PAGES - 100) * PAGE);
  struct kd_scan s = scan (dump, &p, 1, SIZE_MAX);

  ok (s.pages == PAGES - 100, "of a cut file what is there is looked through");
  kd_scan_deinit (&s);
  p.width = 3;
  ok (kd_scan (dump, &p, 1, 0, 1, 1, &s) == KD_USAGE, "no value has 3 bytes");
  p = (struct kd_pattern){ .text = "", .len = 0 };
  ok (kd_scan (dump, &p, 1, 0, 1, 1, &s) == KD_USAGE,
      "nothing cannot be searched for");
  p.len = KD_SCAN_TEXT + 1;
  ok (kd_scan (dump, &p, 1, 0, 1, 1, &s) == KD_USAGE,
      "too long a text is refused");
  kd_dump_close (dump);
}

/* --- the threads --- */

static atomic_uint calls[1000];

static enum kd_status
count (void *arg, size_t i)
{
  size_t fail_from = *(size_t *)arg;

  atomic_fetch_add (&calls[i], 1);
  return i >= fail_from ? kd_fail (KD_CORRUPT, "piece %zu", i) : KD_OK;
}

static void
test_parallel (void)
{
  size_t never = SIZE_MAX, from = 300;
  bool once = true;
  char want[32];

  ok (!kd_parallel ("x", 1000, count, &never), "all pieces are done");
  for (size_t i = 0; i < 1000; i++)
    once &= atomic_exchange (&calls[i], 0) == 1;
  ok (once, "each once");
  ok (!kd_parallel ("x", 0, count, &never), "no pieces are no work");
  ok (kd_parallel ("x", 1000, count, &from) == KD_CORRUPT,
      "a failure comes back");
  snprintf (want, sizeof want, "piece %zu", from);
  is_str (kd_error_text (), want, "of the lowest piece, with its text");
  ok (atomic_load (&calls[0]) && !atomic_load (&calls[999]),
      "and ends the work");
  kd_interrupt ();
  ok (kd_parallel ("x", 1000, count, &never) == KD_INTERRUPTED,
      "the user can stop it");
  kd_interrupt_clear ();
}

int
main (void)
{
  struct kd_dump *dump;

  make_file ();
  dump = open_file (HEAD + PAGES * PAGE);
  test_numbers (dump);
  test_text (dump);
  test_limit (dump);
  kd_dump_close (dump);
  test_bad ();
  test_parallel ();
  free (file);
  return test_done ();
}
