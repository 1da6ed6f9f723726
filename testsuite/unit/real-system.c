/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel of a real dump knew of itself, against what the guest said
   just before (truth/ beside the dump).  Usage: real-system VMLINUX DUMP */
#include "base/guard.h"
#include "kernel/system.h"
#include "kernel/tasks.h"

#include "test.h"

#include <libgen.h>
#include <time.h>

static char *dir;       /* of the dump; owned */
static char text[8192]; /* of the file read last */

/* The content of FILE below the dump's directory, NULL without.  */
static const char *
said (const char *file)
{
  char *path KD_AUTO_FREE = kd_asprintf ("%s/%s", dir, file);
  FILE *f KD_AUTO_FILE = path ? fopen (path, "r") : NULL;
  size_t n = f ? fread (text, 1, sizeof text - 1, f) : 0;
  text[n] = 0;
  if (n && text[n - 1] == '\n')
    text[n - 1] = 0;
  if (!n)
    test_skip (file, "the dump has it not");
  return n ? text : NULL;
}

/* VALUE of a line "KEY: VALUE" or "KEY=VALUE".  */
static bool
value_of (const char *key, char *buf, size_t size)
{
  for (const char *s = text; *s; s += strcspn (s, "\n") + 1) {
    size_t len = strlen (key), blank;
    if (!strncmp (s, key, len)
        && (blank = strspn (s + len, " \t:="), blank > 0)) {
      s += len + blank;
      snprintf (buf, size, "%.*s", (int)strcspn (s, "\n"), s);
      return true;
    }
    if (!s[strcspn (s, "\n")])
      break;
  }
  return false;
}

static void
check_names (struct kd_kernel *k)
{
  struct kd_uts uts;
  char want[256];
  kd_system_uts (k, &uts);
  is_str (uts.nodename, "kdump-gdb", "its name");
  is_str (uts.machine, "x86_64", "its machine");
  is_str (uts.release, k->release, "its release");
  if (said ("truth/version"))
    ok (*uts.version && strstr (text, uts.version), "its version");
  char *line KD_AUTO_FREE = kd_system_command_line (k);
  if (said ("truth/cmdline"))
    is_str (line, text, "its command line");
  if (said ("meta") && value_of ("cpu", want, sizeof want)) {
    struct kd_processor p;
    kd_system_processor (k, &p);
    ok (p.virtual_known && p.is_virtual == (strcmp (want, "nohv") != 0),
        "a hypervisor is seen where it shows itself");
    ok (!p.hypervisor, "and is none that the kernel knows");
    ok (strstr (p.hardware, "QEMU"), "the hardware is QEMU's");
  }
}

static void
check_processor (struct kd_kernel *k)
{
  struct kd_processor p;
  char want[256];
  kd_system_processor (k, &p);
  if (!said ("truth/cpuinfo"))
    return;
  if (value_of ("model name", want, sizeof want))
    is_str (p.model, want, "the processor's model");
  if (value_of ("cpu MHz", want, sizeof want))
    ok (p.khz / 1000 == strtoull (want, NULL, 10), "its frequency");
}

static void
check_memory (struct kd_kernel *k)
{
  char want[256];
  uint64_t pages;
  if (said ("truth/meminfo") && value_of ("MemTotal", want, sizeof want))
    ok (kd_kernel_total_pages (k, &pages)
          && pages * 4 == strtoull (want, NULL, 10),
        "its memory");
}

static void
check_time (struct kd_kernel *k)
{
  struct kd_system_time t;
  kd_system_time (k, &t);
  ok (t.uptime_source == KD_TIME_TIMEKEEPER, "uptime is the timekeeper's");
  if (said ("truth/uptime")) {
    double before = strtod (text, NULL), now = (double)t.uptime / 1e9;
    printf ("# up %.2f s, was %.2f\n", now, before);
    ok (now >= before - 0.05 && now < before + 60,
        "uptime is a little later than it was");
    double sched = (double)t.sched_uptime / 1e9;
    ok (sched > now - 5 && sched < now + 5, "the scheduler's clock agrees");
  }
  /* "Fri Nov 27 00:34:43 UTC 2026" */
  struct tm tm = { 0 };
  if (said ("truth/date")
      && strptime (text, "%a %b %d %H:%M:%S UTC %Y", &tm)) {
    int64_t before = timegm (&tm);
    ok (t.date_source && t.date >= before && t.date < before + 60,
        "the date is a little later than it was");
    bool kexec = said ("meta") && strstr (text, "mode=kexec");
    ok (t.date_source == (kexec ? KD_TIME_CRASHTIME : KD_TIME_TIMEKEEPER),
        "as it was kept");
  }
}

static void
check_load (struct kd_kernel *k)
{
  uint64_t load[3];
  if (!ok (kd_system_load (k, load), "load averages are there")
      || !said ("truth/loadavg"))
    return;
  double want[3] = { 0 };
  sscanf (text, "%lf %lf %lf", &want[0], &want[1], &want[2]);
  /* The longest changes least within the hang: by 0.02 for each task that is
     blocked for 18 s.  */
  const struct kd_task_list *list;
  uint64_t blocked = 0;
  for (size_t i = 0; !kd_tasks (k, &list) && i < list->ntasks; i++)
    blocked += kd_task_letter (k, &list->tasks[i]) == 'D';
  ok (load[2] <= 20 + 2 * blocked && load[2] + 2 >= (uint64_t)(want[2] * 100),
      "the load of 15 minutes is near what it was");
}

/* "Tainted: G           OEL     6.1..." of the last report.  */
static void
check_taint (struct kd_kernel *k)
{
  uint64_t bits;
  char letters[65] = "", want[65] = "";
  if (!ok (kd_system_taint (k, &bits), "taint is there"))
    return;
  for (unsigned i = 1, n = 0; i < 64; i++)
    if (bits >> i & 1 && kd_taint_letter (i))
      letters[n++] = kd_taint_letter (i);
  char *path KD_AUTO_FREE = kd_asprintf ("%s/console.log", dir);
  FILE *f KD_AUTO_FILE = path ? fopen (path, "r") : NULL;
  char line[1024];
  while (f && fgets (line, sizeof line, f)) {
    const char *s = strstr (line, "Tainted: G");
    if (!s || strstr (line, "[L]=")) /* 6.11 and later spell them */
      continue;
    unsigned n = 0;
    for (s += 10; *s == ' ' || (*s >= 'A' && *s <= 'Z'); s++)
      if (*s != ' ' && n < 64)
        want[n++] = *s;
    want[n] = 0;
  }
  /* A report comes before the letter for itself.  */
  const char *ours = letters + (*letters == 'D' && *want != 'D');
  if (*want)
    is_str (ours, want, "taint as in the last report");
  else
    is_str (ours, "OE", "taint as the module made it");
  bool hang = false;
  for (size_t i = 0; i < k->nmodules; i++)
    hang = hang
           || (!strcmp (k->modules[i].name, "hang")
               && (kd_module_taint (k, &k->modules[i]) & 0x3000) == 0x3000);
  ok (hang, "by module hang");
}

int
main (int argc, char **argv)
{
  const char *paths[] = { argc == 3 ? argv[2] : NULL };
  if (argc != 3) {
    fprintf (stderr, "Usage: real-system VMLINUX DUMP\n");
    return 2;
  }
  struct kd_kernel_options o
    = { .dump_paths = paths, .ndump_paths = 1, .vmlinux = argv[1] };
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  if (kd_kernel_open (&o, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  dir = kd_asprintf ("%s", dirname (argv[2]));
  check_names (k);
  check_processor (k);
  check_memory (k);
  check_time (k);
  check_load (k);
  check_taint (k);
  free (dir);
  return test_done ();
}
