/* SPDX-License-Identifier: GPL-3.0-or-later */
/* real-cut [-f] VMLINUX DUMP: a copy of a real dump, cut shorter and shorter.
   It opens, and each of its pages is the right one or said to be missing.  -f:
   of a flattened dump, whose headers are written last, what is missing is
   said. */
#include "cmd/cmd.h"
#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char copy[4096];

static void
remove_copy (void)
{
  unlink (copy);
}

/* Make the copy; its size, or 0.  */
static off_t
make_copy (const char *from)
{
  static char buf[1 << 20];
  const char *tmp = getenv ("TMPDIR");
  int in = open (from, O_RDONLY | O_CLOEXEC), out;
  ssize_t n = 0;
  off_t size = 0;

  snprintf (copy, sizeof copy, "%s/real-cut-XXXXXX", tmp ? tmp : "/tmp");
  out = mkstemp (copy);
  if (in < 0 || out < 0)
    return 0;
  atexit (remove_copy);
  while ((n = read (in, buf, sizeof buf)) > 0
         && write (out, buf, (size_t)n) == n)
    size += n;
  close (in);
  close (out);
  return n == 0 ? size : 0;
}

/* All pages of WHOLE against those of CUT.  */
static void
compare_pages (struct kd_dump *whole, struct kd_dump *cut, int percent)
{
  static uint8_t a[65536], b[65536];
  size_t size = kd_dump_info (whole)->page_size;
  size_t same = 0, missing = 0, wrong = 0;

  for (uint64_t pfn = 0; kd_dump_next_present (whole, &pfn); pfn++) {
    enum kd_status st = kd_dump_read_page (cut, pfn, b);

    if (st == KD_TRUNCATED)
      missing++;
    else if (st || kd_dump_read_page (whole, pfn, a)
             || memcmp (a, b, size) != 0)
      wrong++;
    else
      same++;
  }
  ok (wrong == 0 && same > 0 && missing > 0,
      "cut to %d %%: each page is right or said to be missing", percent);
  printf ("# %zu right, %zu missing, %zu wrong\n", same, missing, wrong);
}

static void
check_kernel (const char *vmlinux, int percent)
{
  const char *paths[] = { copy };
  struct kd_kernel_options o
    = { .dump_paths = paths, .ndump_paths = 1, .vmlinux = vmlinux };
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  struct kd_session_state s;
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  bool registers;

  if (!ok (!kd_kernel_open (&o, &k), "cut to %d %%: the kernel opens",
           percent)) {
    printf ("# %s\n", kd_error_text ());
    return;
  }
  kd_session_state_init (&s, k);
  ok (k->nwarnings > 0 && !kd_command_run (&s, "sys", &out)
        && strstr (kd_strbuf_str (&out), "truncated"),
      "cut to %d %%: sys says that it is truncated", percent);
  kd_strbuf_reset (&out);
  registers = k->ncpus > 1 && k->cpus[1].source != KD_REGS_NONE;
  ok (!registers || !kd_command_run (&s, "bt -c 1", &out),
      "cut to %d %%: bt gives what frames there are", percent);
  kd_session_state_deinit (&s);
}

/* A flattened dump without its headers.  */
static void
check_refusal (int percent)
{
  const char *paths[] = { copy };
  struct kd_dump *cut KD_GUARD (dump) = NULL;

  ok (kd_dump_open (paths, 1, &cut) && strstr (kd_error_text (), "cut short"),
      "cut to %d %%: it is said to be cut short", percent);
}

int
main (int argc, char **argv)
{
  static const int percents[] = { 97, 90, 75, 60, 45, 30, 15, 5 };
  bool flattened = argc > 1 && !strcmp (argv[1], "-f");
  const char *whole_paths[1];
  const char *cut_paths[] = { copy };
  struct kd_dump *whole KD_GUARD (dump) = NULL;
  off_t size;

  argc -= flattened;
  argv += flattened;
  size = argc > 2 ? make_copy (argv[2]) : 0;
  whole_paths[0] = argc > 2 ? argv[2] : NULL;
  if (argc != 3 || !size || kd_dump_open (whole_paths, 1, &whole)) {
    printf ("Bail out! usage: real-cut [-f] VMLINUX DUMP; %s\n",
            kd_error_text ());
    return 1;
  }
  for (size_t i = 0; i < KD_ARRAY_SIZE (percents); i++) {
    struct kd_dump *cut KD_GUARD (dump) = NULL;

    if (truncate (copy, size / 100 * percents[i]))
      continue;
    if (flattened) {
      check_refusal (percents[i]);
      continue;
    }
    if (ok (!kd_dump_open (cut_paths, 1, &cut), "cut to %d %%: it opens",
            percents[i]))
      compare_pages (whole, cut, percents[i]);
    else
      printf ("# %s\n", kd_error_text ());
    check_kernel (argv[1], percents[i]);
  }
  return test_done ();
}
