/* SPDX-License-Identifier: GPL-3.0-or-later */
/* real-kallsyms DUMP: without a vmlinux, the kernel's symbols are those that
   the guest's own /proc/kallsyms had (truth/kallsyms beside the dump).  */
#include "kernel/kernel.h"
#include "test.h"

#include <stdlib.h>

static FILE *
open_truth (const char *dump)
{
  char path[4096];
  const char *slash = strrchr (dump, '/');

  snprintf (path, sizeof path, "%.*struth/kallsyms",
            slash ? (int)(slash - dump) + 1 : 0, dump);
  return fopen (path, "re");
}

/* Lines of modules have "\t[name]"; those of generated code, too.  */
static void
compare (struct kd_kernel *k, FILE *truth)
{
  char line[1024], name[512], type;
  size_t lines = 0, missing = 0, covered = 0, sized = 0;
  uint64_t addr;

  while (fgets (line, sizeof line, truth)) {
    struct kd_symbol sym;

    if (strchr (line, '[')
        || sscanf (line, "%" SCNx64 " %c %511s", &addr, &type, name) != 3)
      continue;
    lines++;
    if (!kd_symbols_by_name (k->symbols, name, NULL, &sym)) {
      if (missing++ < 5)
        printf ("# %s is missing\n", name);
      continue;
    }
    if ((type | 0x20) != 't')
      continue;
    covered += kd_symbols_by_addr (k->symbols, addr, &sym) && sym.addr == addr;
    sized++;
  }
  ok (lines > 10000 && missing == 0,
      "the guest's %zu symbols are in the dump's kallsyms", lines);
  is_int (k->nkallsyms, lines, "and no others");
  is_int (covered, sized, "each function is found by its address");
}

/* Names that occur once have the very address.  */
static void
compare_addresses (struct kd_kernel *k)
{
  static const char *const names[]
    = { "_stext",       "init_task",    "schedule",
        "panic",        "runqueues",    "__per_cpu_offset",
        "vprintk_emit", "linux_banner", "sys_call_table" };
  unsigned known = 0;

  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++) {
    struct kd_symbol sym;

    known += kd_symbols_by_name (k->symbols, names[i], NULL, &sym);
  }
  ok (known >= 8, "what commands need is there");
  ok (k->ncpus == 4 && k->panic_cpu >= -1 && k->nmodules > 0,
      "CPUs and modules are found without a vmlinux");
}

static size_t
wrong_addresses (struct kd_kernel *k, FILE *truth)
{
  char line[1024], name[512], last[512] = "", type;
  size_t wrong = 0;
  uint64_t addr;

  rewind (truth);
  while (fgets (line, sizeof line, truth)) {
    struct kd_symbol sym;

    if (strchr (line, '[') || strchr (line, '.')
        || sscanf (line, "%" SCNx64 " %c %511s", &addr, &type, name) != 3
        || (type != 'T' && type != 'D' && type != 'B') || !strcmp (name, last))
      continue;
    strcpy (last, name);
    wrong += kd_symbols_by_name (k->symbols, name, NULL, &sym)
             && sym.addr != addr && sym.type == type;
  }
  return wrong;
}

int
main (int argc, char **argv)
{
  const char *dumps[1] = { argc > 1 ? argv[1] : NULL };
  /* Nothing on this machine is to be found.  */
  const char *nowhere[1] = { "/nonexistent" };
  struct kd_kernel_options options = { .dump_paths = dumps,
                                       .ndump_paths = 1,
                                       .search = { .beside = "/nonexistent",
                                                   .debug_dirs = nowhere,
                                                   .ndebug_dirs = 1 } };
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  FILE *truth;

  if (argc != 2) {
    fprintf (stderr, "usage: real-kallsyms DUMP\n");
    return 2;
  }
  if (kd_kernel_open (&options, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  truth = open_truth (argv[1]);
  if (!ok (!k->vmlinux && k->nkallsyms && truth, "there is no vmlinux"))
    return test_done ();
  compare (k, truth);
  compare_addresses (k);
  is_int (wrong_addresses (k, truth), 0,
          "global symbols have the guest's addresses");
  fclose (truth);
  return test_done ();
}
