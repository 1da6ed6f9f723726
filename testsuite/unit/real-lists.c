/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of a real dump are what the guest's own /proc said (truth/ beside
   the dump).  Usage: real-lists [-v VMLINUX] DUMP; without -v, no vmlinux is
   used. */
#include "cmd/cmd.h"

#include "test.h"

static struct kd_session_state state;
static const char *dump;

static FILE *
open_truth (const char *file)
{
  char path[4096];
  const char *slash = strrchr (dump, '/');
  snprintf (path, sizeof path, "%.*struth/%s",
            slash ? (int)(slash - dump) + 1 : 0, dump, file);
  return fopen (path, "re");
}

/* The output of COMMAND as a stream, and its size.  */
static FILE *
run (const char *command, size_t *size)
{
  static struct kd_strbuf out;
  kd_strbuf_reset (&out);
  if (kd_command_run (&state, command, &out))
    printf ("# %s: %s\n", command, kd_error_text ());
  *size = out.len;
  return out.len ? fmemopen (out.data, out.len, "r") : NULL;
}

/* Words of LINE, at most MAX, ended where they end.  */
static size_t
split (char *line, char **words, size_t max)
{
  size_t n = 0;
  for (char *p = strtok (line, " \t\r\n"); p && n < max;
       p = strtok (NULL, " \t\r\n"))
    words[n++] = p;
  return n;
}

/* --- irq --- */

struct irq_line {
  char name[16];
  unsigned long count[64];
  unsigned counts;
  char rest[256]; /* chip, number, kind, actions */
};

/* "24:  0  0  PCI-MSI 32768-edge  virtio0-config", the colon or not.  */
static bool
irq_line (char *line, unsigned ncpus, struct irq_line *out)
{
  char *words[96];
  size_t n = split (line, words, 96);
  memset (out, 0, sizeof *out);
  if (n < 2 + (size_t)ncpus)
    return false;
  snprintf (out->name, sizeof out->name, "%.*s", (int)strcspn (words[0], ":"),
            words[0]);
  for (unsigned i = 0; i < ncpus && i < 64; i++)
    out->count[i] = strtoul (words[1 + i], NULL, 10);
  for (size_t i = 1 + ncpus; i < n; i++) {
    size_t len = strlen (out->rest);
    snprintf (out->rest + len, sizeof out->rest - len, "%s%s", len ? " " : "",
              words[i]);
  }
  return true;
}

static bool
find_irq (const char *output, size_t size, unsigned ncpus, const char *name,
          struct irq_line *out)
{
  FILE *f KD_AUTO_FILE = fmemopen ((void *)(uintptr_t)output, size, "r");
  char line[1024];
  while (f && fgets (line, sizeof line, f))
    if (irq_line (line, ncpus, out) && !strcmp (out->name, name))
      return true;
  return false;
}

/* Offline CPUs have no column in /proc/interrupts.  */
static unsigned
count_columns (FILE *truth)
{
  char line[1024];
  unsigned n = 0;
  if (!fgets (line, sizeof line, truth))
    return 0;
  for (const char *p = line; (p = strstr (p, "CPU")); p++)
    n++;
  return n;
}

static void
check_irqs (void)
{
  FILE *truth KD_AUTO_FILE = open_truth ("interrupts");
  char line[1024], command[64];
  unsigned columns = truth ? count_columns (truth) : 0, irqs = 0, good = 0;
  size_t size;
  if (!columns) {
    test_skip ("irq", "the guest saved no interrupts");
    return;
  }
  snprintf (command, sizeof command, "irq -c 0-%u", columns - 1);
  FILE *f KD_AUTO_FILE = run (command, &size);
  char *ours KD_AUTO_FREE = f ? malloc (size) : NULL;
  if (!ok (ours && fread (ours, 1, size, f) == size, "irq lists interrupts"))
    return;
  while (fgets (line, sizeof line, truth)) {
    struct irq_line want, got;
    if (!irq_line (line, columns, &want))
      continue;
    bool device = want.name[0] >= '0' && want.name[0] <= '9';
    if (!find_irq (ours, size, columns, want.name, &got)) {
      /* Not counted in irq_cpustat_t, or empty.  */
      if (device)
        printf ("# %s is missing\n", want.name);
      irqs += device;
      continue;
    }
    char *words = strstr (got.rest, " (");
    if (words)
      *words = '\0';
    bool more = true;
    for (unsigned i = 0; i < columns; i++)
      more = more && got.count[i] >= want.count[i]
             && got.count[i] < want.count[i] + 100000;
    bool same = more && (!device || !strcmp (got.rest, want.rest));
    if (!same)
      printf ("# %s: got %s, want %s\n", want.name, got.rest, want.rest);
    irqs++;
    good += same;
  }
  ok (irqs > 10 && good == irqs,
      "irq has the guest's interrupts (%u), no count is lower", irqs);
}

static void
check_all (void)
{
  check_irqs ();
}

int
main (int argc, char **argv)
{
  const char *nowhere[] = { "/nonexistent" };
  struct kd_kernel_options o = { .search = { .beside = "/nonexistent",
                                             .debug_dirs = nowhere,
                                             .ndebug_dirs = 1 } };
  int i = 1;
  if (argc > 3 && !strcmp (argv[1], "-v")) {
    o.vmlinux = argv[2];
    i = 3;
  }
  o.dump_paths = (const char *const *)argv + i;
  o.ndump_paths = (size_t)(argc - i);
  dump = argc > i ? argv[i] : "";
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  if (kd_kernel_open (&o, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  kd_session_state_init (&state, k);
  check_all ();
  kd_session_state_deinit (&state);
  return test_done ();
}
