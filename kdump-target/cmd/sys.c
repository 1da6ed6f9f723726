/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sys: what machine, what kernel, what dump, and how we know. */
#include "cmd/args.h"
#include "cmd/describe.h"
#include "kernel/system.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 14 };

static void
sys_line (struct kd_writer *w, const char *label, const char *value)
{
  if (value && *value)
    kd_text_wrapped (w, label, LABEL_WIDTH, value);
}

/* "2026-11-27 00:34:52 UTC"; in JSON with T and Z.  */
static void
put_date (int64_t date, bool json, struct kd_strbuf *out)
{
  time_t t = (time_t)date;
  struct tm tm;
  char buf[64];
  if (gmtime_r (&t, &tm)
      && strftime (buf, sizeof buf,
                   json ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M:%S UTC", &tm))
    kd_strbuf_puts (out, buf);
}

static void
sys_kernel (struct kd_kernel *k, struct kd_writer *w)
{
  char id[2 * KD_BUILD_ID_MAX + 1] = "";
  struct kd_uts uts;
  kd_system_uts (k, &uts);
  const char *release = k->release[0] ? k->release : uts.release;
  if (k->build_id.size)
    kd_build_id_format (&k->build_id, id, sizeof id);
  sys_line (w, "Kernel", *release ? release : "(release unknown)");
  sys_line (w, "Version", uts.version);
  sys_line (w, "Build-id", id);
  if (k->mem->kaslr_offset)
    kd_text (w, "%-13s 0x%" PRIx64 "\n", "KASLR offset", k->mem->kaslr_offset);
  sys_line (w, "Node", uts.nodename);
  kd_json_str_or_null (w, "release", release);
  kd_json_str_or_null (w, "version", uts.version);
  kd_json_str_or_null (w, "build_id", id);
  kd_json_hex (w, "kaslr_offset", k->mem->kaslr_offset);
  kd_json_str_or_null (w, "nodename", uts.nodename);
  kd_json_str (w, "machine", *uts.machine ? uts.machine : k->mem->arch->name);
  char *line KD_AUTO_FREE = kd_system_command_line (k);
  sys_line (w, "Command line", line);
  kd_json_str_or_null (w, "command_line", line);
}

static void
sys_machine (struct kd_kernel *k, struct kd_writer *w)
{
  struct kd_processor p;
  kd_system_processor (k, &p);
  const char *what = p.hypervisor       ? p.hypervisor
                     : !p.virtual_known ? NULL
                     : p.is_virtual
                       ? "one that the kernel did not know (CPUID says so)"
                       : "none";
  sys_line (w, "Machine", k->mem->arch->name);
  sys_line (w, "Hardware", p.hardware);
  struct kd_strbuf model KD_AUTO_STRBUF = { 0 };
  kd_strbuf_puts (&model, p.model);
  if (p.khz)
    kd_strbuf_printf (&model, "%s%" PRIu64 " MHz", *p.model ? ", " : "",
                      (p.khz + 500) / 1000);
  sys_line (w, "Processor", kd_strbuf_str (&model));
  sys_line (w, "Hypervisor", what);
  kd_json_str_or_null (w, "hardware", p.hardware);
  kd_json_str_or_null (w, "processor", p.model);
  if (p.khz)
    kd_json_u64 (w, "khz", p.khz);
  else
    kd_json_null (w, "khz");
  kd_json_str_or_null (w, "hypervisor", p.hypervisor);
  if (p.virtual_known)
    kd_json_bool (w, "virtual", p.is_virtual);
  else
    kd_json_null (w, "virtual");
}

/* --- time --- */

static const char *
source_word (enum kd_time_source source)
{
  static const char *const words[]
    = { NULL, "vmcoreinfo", "timekeeper", "runqueue" };
  return words[source];
}

/* NS as "3 days, 01:02:03".  */
static void
put_uptime (uint64_t ns, struct kd_strbuf *out)
{
  uint64_t s = ns / 1000000000, days = s / 86400;
  if (days)
    kd_strbuf_printf (out, "%" PRIu64 " day%s, ", days, days == 1 ? "" : "s");
  kd_strbuf_printf (out, "%02u:%02u:%02u", (unsigned)(s / 3600 % 24),
                    (unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

static void
sys_date (const struct kd_system_time *t, struct kd_writer *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf json KD_AUTO_STRBUF = { 0 };
  if (t->date_source) {
    put_date (t->date, false, &text);
    put_date (t->date, true, &json);
    kd_strbuf_puts (&text, t->date_source == KD_TIME_CRASHTIME
                             ? ", when it crashed"
                             : ", at the last tick of its clock");
  }
  sys_line (w, "Date", kd_strbuf_str (&text));
  kd_json_str_or_null (w, "date", kd_strbuf_str (&json));
  kd_json_str_or_null (w, "date_from", source_word (t->date_source));
}

static void
sys_uptime (const struct kd_system_time *t, struct kd_writer *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  if (!t->uptime_source) {
    kd_json_null (w, "uptime_ns");
    kd_json_null (w, "uptime_from");
    return;
  }
  put_uptime (t->uptime, &text);
  /* Who keeps the time may be the one that hangs.  */
  if (t->uptime_source == KD_TIME_SCHED) {
    kd_strbuf_puts (&text, " by the scheduler's clock");
  } else if (t->sched_uptime > t->uptime + UINT64_C (2000000000)) {
    kd_strbuf_puts (&text, ", when the clock stopped; the scheduler's went "
                           "on to ");
    put_uptime (t->sched_uptime, &text);
  }
  sys_line (w, "Uptime", kd_strbuf_str (&text));
  kd_json_u64 (w, "uptime_ns", t->uptime);
  kd_json_str_or_null (w, "uptime_from", source_word (t->uptime_source));
}

static void
sys_time (struct kd_kernel *k, struct kd_writer *w)
{
  struct kd_system_time t;
  uint64_t load[3];
  kd_system_time (k, &t);
  sys_date (&t, w);
  sys_uptime (&t, w);
  if (!kd_system_load (k, load)) {
    kd_json_null (w, "load_average");
    return;
  }
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  kd_json_array (w, "load_average");
  for (unsigned i = 0; i < 3; i++) {
    char one[32];
    snprintf (one, sizeof one, "%" PRIu64 ".%02u", load[i] / 100,
              (unsigned)(load[i] % 100));
    kd_strbuf_printf (&text, "%s%s", i ? ", " : "", one);
    kd_json_str (w, NULL, one);
  }
  kd_json_end (w);
  sys_line (w, "Load average", kd_strbuf_str (&text));
}

/* --- tasks --- */

/* Counts of the N tasks by state, without the idle ones.  */
static void
sys_task_counts (struct kd_kernel *k, const struct kd_task_list *l,
                 struct kd_writer *w)
{
  static const struct {
    char letter;
    const char *words;
  } states[] = { { '>', "on a CPU" },
                 { 'R', "runnable" },
                 { 'D', "uninterruptible" },
                 { 'S', "sleeping" },
                 { 'I', "idle kernel threads" },
                 { 'T', "stopped" },
                 { 't', "traced" },
                 { 'P', "parked" },
                 { 'Z', "zombie" },
                 { 'X', "dead" },
                 { '?', "of unknown state" } };
  size_t count[KD_ARRAY_SIZE (states)] = { 0 };
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  for (size_t i = l->nidle; i < l->ntasks; i++) {
    const struct kd_task *t = &l->tasks[i];
    char letter = t->running ? '>' : kd_task_letter (k, t);
    for (size_t n = 0; n < KD_ARRAY_SIZE (states); n++)
      count[n] += states[n].letter == letter;
  }
  kd_strbuf_printf (&text, "%zu", l->ntasks - l->nidle);
  kd_json_u64 (w, "total", l->ntasks - l->nidle);
  kd_json_object (w, "by_state");
  const char *sep = ": ";
  for (size_t n = 0; n < KD_ARRAY_SIZE (states); n++) {
    char key[2] = { states[n].letter, 0 };
    if (!count[n])
      continue;
    kd_strbuf_printf (&text, "%s%zu %s", sep, count[n], states[n].words);
    kd_json_u64 (w, key, count[n]);
    sep = ", ";
  }
  kd_json_end (w);
  if (*l->warnings)
    kd_strbuf_puts (&text, "; the lists are damaged, see `ps'");
  sys_line (w, "Tasks", kd_strbuf_str (&text));
}

static void
sys_tasks (struct kd_kernel *k, struct kd_writer *w)
{
  const struct kd_task_list *l;
  if (kd_tasks (k, &l)) {
    struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
    static const char prefix[] = "tasks: ";
    const char *why = kd_error_text ();
    if (!strncmp (why, prefix, sizeof prefix - 1))
      why += sizeof prefix - 1;
    kd_strbuf_printf (&text, "unknown: %s", why);
    sys_line (w, "Tasks", kd_strbuf_str (&text));
    kd_json_null (w, "tasks");
    return;
  }
  kd_json_object (w, "tasks");
  sys_task_counts (k, l, w);
  kd_json_bool (w, "damaged", *l->warnings);
  kd_json_end (w);
}

/* --- taint --- */

/* " (hang, other)": the modules that set BIT.  */
static void
put_tainting (struct kd_kernel *k, unsigned bit, struct kd_strbuf *out)
{
  unsigned n = 0;
  for (size_t i = 0; i < k->nmodules; i++)
    if (kd_module_taint (k, &k->modules[i]) >> bit & 1)
      kd_strbuf_printf (out, "%s%s", n++ ? ", " : " (", k->modules[i].name);
  if (n)
    kd_strbuf_putc (out, ')');
}

static void
sys_taint_bits (struct kd_kernel *k, uint64_t bits, struct kd_writer *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  kd_json_array (w, "taint");
  for (unsigned bit = 0; bit < 64; bit++) {
    char letter[16] = { kd_taint_letter (bit) };
    const char *words = kd_taint_words (bit);
    if (!(bits >> bit & 1))
      continue;
    if (!*letter)
      snprintf (letter, sizeof letter, "%u", bit);
    kd_strbuf_printf (&text, "%s%s %s", text.len ? ", " : "", letter,
                      words ? words : "(a new one)");
    put_tainting (k, bit, &text);
    kd_json_object (w, NULL);
    kd_json_str (w, "letter", letter);
    kd_json_str_or_null (w, "words", words);
    kd_json_array (w, "modules");
    for (size_t i = 0; i < k->nmodules; i++)
      if (kd_module_taint (k, &k->modules[i]) >> bit & 1)
        kd_json_str (w, NULL, k->modules[i].name);
    kd_json_end (w);
    kd_json_end (w);
  }
  kd_json_end (w);
  sys_line (w, "Tainted", bits ? kd_strbuf_str (&text) : "no");
}

static void
sys_taint (struct kd_kernel *k, struct kd_writer *w)
{
  uint64_t bits;
  if (kd_system_taint (k, &bits))
    sys_taint_bits (k, bits, w);
  else
    kd_json_null (w, "taint");
}

/* --- CPUs, memory, dump --- */

static void
sys_panic_cpu (const struct kd_kernel *k, struct kd_writer *w)
{
  if (k->panic_cpu < 0 || (unsigned)k->panic_cpu >= k->ncpus) {
    kd_json_null (w, "panic_cpu");
    kd_json_null (w, "panic_task");
    return;
  }
  const struct kd_cpu *cpu = &k->cpus[k->panic_cpu];
  kd_json_u64 (w, "panic_cpu", cpu->number);
  if (!cpu->task) {
    kd_text (w, "%-13s %u\n", "Panic CPU", cpu->number);
    kd_json_null (w, "panic_task");
    return;
  }
  kd_text (w, "%-13s %u, running %s (PID %d, task 0x%" PRIx64 ")\n",
           "Panic CPU", cpu->number, cpu->comm, cpu->pid, cpu->task);
  kd_json_object (w, "panic_task");
  kd_json_hex (w, "task", cpu->task);
  kd_json_i64 (w, "pid", cpu->pid);
  kd_json_str (w, "comm", cpu->comm);
  kd_json_end (w);
}

static void
sys_cpus (const struct kd_kernel *k, struct kd_writer *w)
{
  unsigned present = 0, online = 0, regs = 0;
  for (unsigned i = 0; i < k->ncpus; i++) {
    present += k->cpus[i].present;
    online += k->cpus[i].online;
    regs += k->cpus[i].source != KD_REGS_NONE;
  }
  kd_text (w, "%-13s %u present, %u online, %u with registers\n", "CPUs",
           present, online, regs);
  kd_json_object (w, "cpus");
  kd_json_u64 (w, "possible", k->ncpus);
  kd_json_u64 (w, "present", present);
  kd_json_u64 (w, "online", online);
  kd_json_u64 (w, "with_registers", regs);
  kd_json_end (w);
}

static void
sys_panic (struct kd_kernel *k, struct kd_writer *w)
{
  sys_line (w, "Panic", k->panic_message);
  kd_json_str_or_null (w, "panic_message", k->panic_message);
  sys_panic_cpu (k, w);
}

static void
sys_memory (struct kd_kernel *k, struct kd_writer *w)
{
  const struct kd_dump_info *info = kd_dump_info (k->dump);
  uint64_t pages, bytes;
  struct kd_strbuf size KD_AUTO_STRBUF = { 0 };
  if (kd_kernel_total_pages (k, &pages)
      && !__builtin_mul_overflow (pages, info->page_size, &bytes)) {
    kd_describe_size (bytes, &size);
    kd_strbuf_puts (&size, " managed by the kernel, ");
    kd_json_u64 (w, "memory_bytes", bytes);
  } else {
    kd_json_null (w, "memory_bytes");
  }
  if (!__builtin_mul_overflow (info->max_pfn, info->page_size, &bytes)) {
    kd_strbuf_printf (&size, "physical addresses to 0x%" PRIx64, bytes);
    kd_json_hex (w, "physical_end", bytes);
  }
  sys_line (w, "Memory", kd_strbuf_str (&size));
}

static void
sys_dump (const struct kd_kernel *k, struct kd_writer *w)
{
  const struct kd_dump_info *info = kd_dump_info (k->dump);
  struct kd_strbuf kind KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf size KD_AUTO_STRBUF = { 0 };
  kd_describe_dump_kind (info, &kind);
  kd_describe_size (info->file_size, &size);
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf written KD_AUTO_STRBUF = { 0 };
  kd_strbuf_printf (&name, "%s (%s", kd_dump_name (k->dump),
                    kd_strbuf_str (&size));
  if (info->modified) {
    kd_strbuf_puts (&name, ", written ");
    put_date (info->modified, false, &name);
    put_date (info->modified, true, &written);
  }
  kd_strbuf_putc (&name, ')');
  sys_line (w, "Dump", kd_strbuf_str (&name));
  sys_line (w, "Dump kind", kd_strbuf_str (&kind));
  kd_json_object (w, "dump");
  kd_json_str (w, "file", kd_dump_name (k->dump));
  kd_json_u64 (w, "bytes", info->file_size);
  kd_json_str_or_null (w, "written", kd_strbuf_str (&written));
  kd_json_str (w, "format", info->format);
  kd_json_str_or_null (w, "compression", info->compression);
  kd_json_u64 (w, "parts", info->parts);
  kd_json_bool (w, "flattened", info->flattened);
  kd_json_bool (w, "incomplete", info->incomplete);
  kd_json_bool (w, "truncated", info->truncated);
  kd_json_bool (w, "filtered", info->filtered);
  if (info->dump_level >= 0)
    kd_json_i64 (w, "level", info->dump_level);
  else
    kd_json_null (w, "level");
  kd_json_u64 (w, "page_size", info->page_size);
  kd_json_end (w);
}

/* How each fact was found.  */
static void
sys_sources (struct kd_session_state *s, struct kd_writer *w)
{
  const struct kd_kernel *k = s->kernel;
  struct kd_unwinder *u;
  const char *method = NULL;
  struct kd_strbuf none KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf symbols KD_AUTO_STRBUF = { 0 };
  if (kd_cmd_unwinder (s, &u))
    kd_strbuf_printf (&none, "none: %s", kd_error_text ());
  else
    method = kd_unwinder_method (u);
  if (!method)
    method = kd_strbuf_str (&none);
  const char *path = k->vmlinux ? kd_elf_path (k->vmlinux) : NULL;
  sys_line (w, "vmlinux", path ? path : "none");
  sys_line (w, path ? "" : "  because", k->vmlinux_note);
  if (k->nkallsyms)
    kd_strbuf_printf (&symbols, "%zu of kallsyms in the dump, %s",
                      k->nkallsyms,
                      k->kallsyms_scanned ? "found by looking for it"
                                          : "where VMCOREINFO says");
  sys_line (w, "Symbols",
            symbols.len ? kd_strbuf_str (&symbols)
            : path      ? NULL
                        : "none");
  sys_line (w, "VMCOREINFO", kd_describe_vmcoreinfo (k));
  sys_line (w, "Types", k->types ? kd_types_source (k->types) : "none");
  sys_line (w, "Unwinding", method);
  kd_json_str_or_null (w, "vmlinux", path);
  kd_json_str_or_null (w, "vmlinux_note", k->vmlinux_note);
  kd_json_u64 (w, "kallsyms", k->nkallsyms);
  kd_json_str (w, "vmcoreinfo", kd_describe_vmcoreinfo (k));
  kd_json_str (w, "types", k->types ? kd_types_source (k->types) : "none");
  kd_json_str_or_null (w, "unwinding", method);
}

static enum kd_status
sys_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  enum kd_status st = kd_args_no_more (args, 0);
  if (st)
    return st;
  struct kd_kernel *k = s->kernel;
  kd_json_object (w, NULL);
  sys_kernel (k, w);
  sys_machine (k, w);
  sys_cpus (k, w);
  sys_memory (k, w);
  sys_time (k, w);
  sys_tasks (k, w);
  sys_panic (k, w);
  sys_taint (k, w);
  sys_dump (k, w);
  sys_sources (s, w);
  kd_json_array (w, "warnings");
  for (size_t i = 0; i < k->nwarnings; i++) {
    sys_line (w, "Warning", k->warnings[i]);
    kd_json_str (w, NULL, k->warnings[i]);
  }
  kd_json_end (w);
  kd_json_end (w);
  return KD_OK;
}

const struct kd_command kd_cmd_sys = {
  .name = "sys",
  .group = "What is this machine?",
  .summary = "show the kernel, the machine and the dump file",
  .usage = "sys [--json]",
  .help
  = "Shows the kernel and its command line; the machine, its processor and\n"
    "the hypervisor; CPUs, memory, date, uptime, load, tasks by state; why "
    "and\n"
    "where it died; what tainted it; the dump file and what was left out of\n"
    "it; and how each fact was found.\n\n"
    "The date is that of the crash if VMCOREINFO has it, else that of the\n"
    "kernel's clock at its last tick. Processor and hypervisor are as the\n"
    "kernel saw them when it booted.\n\n"
    "JSON: {release, version, build_id, kaslr_offset, nodename, machine,\n"
    "command_line, hardware, processor, khz, hypervisor, virtual, cpus:\n"
    "{possible, present, online, with_registers}, memory_bytes, "
    "physical_end,\n"
    "date, date_from, uptime_ns, uptime_from, load_average: [3 strings],\n"
    "tasks: {total, by_state: {LETTER: count}, damaged}, panic_message,\n"
    "panic_cpu, panic_task: {task, pid, comm}, taint: [{letter, words,\n"
    "modules}], dump: {file, bytes, written, format, compression, parts,\n"
    "flattened, incomplete, truncated, filtered, level, page_size}, vmlinux,\n"
    "vmlinux_note, kallsyms, vmcoreinfo, types, unwinding, warnings}; what\n"
    "is not known is null, kallsyms is how many symbols are from the dump.\n"
    "date_from and uptime_from are vmcoreinfo, timekeeper or runqueue;\n"
    "by_state has the letters of `ps', and > for those on a CPU.\n",
  .run = sys_run,
};
