/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sys: what machine, what kernel, what dump, and how we know. */
#include "cmd/args.h"
#include "cmd/describe.h"

#include <inttypes.h>
#include <string.h>

enum { LABEL_WIDTH = 14 };

static void
sys_line (struct kd_writer *w, const char *label, const char *value)
{
  if (value && *value)
    kd_text_wrapped (w, label, LABEL_WIDTH, value);
}

static void
json_str_or_null (struct kd_writer *w, const char *key, const char *value)
{
  if (value && *value)
    kd_json_str (w, key, value);
  else
    kd_json_null (w, key);
}

static void
sys_kernel (const struct kd_kernel *k, struct kd_writer *w)
{
  char id[2 * KD_BUILD_ID_MAX + 1] = "";
  if (k->build_id.size)
    kd_build_id_format (&k->build_id, id, sizeof id);
  sys_line (w, "Kernel", k->release[0] ? k->release : "(release unknown)");
  sys_line (w, "Build-id", id);
  sys_line (w, "Machine", k->mem->arch->name);
  sys_line (w, "Panic", k->panic_message);
  json_str_or_null (w, "release", k->release);
  json_str_or_null (w, "build_id", id);
  kd_json_str (w, "machine", k->mem->arch->name);
  json_str_or_null (w, "panic_message", k->panic_message);
  if (k->mem->kaslr_offset)
    kd_text (w, "%-13s 0x%" PRIx64 "\n", "KASLR offset", k->mem->kaslr_offset);
  kd_json_hex (w, "kaslr_offset", k->mem->kaslr_offset);
}

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
  kd_strbuf_printf (&name, "%s (%s)", kd_dump_name (k->dump),
                    kd_strbuf_str (&size));
  sys_line (w, "Dump", kd_strbuf_str (&name));
  sys_line (w, "Dump kind", kd_strbuf_str (&kind));
  kd_json_object (w, "dump");
  kd_json_str (w, "file", kd_dump_name (k->dump));
  kd_json_u64 (w, "bytes", info->file_size);
  kd_json_str (w, "format", info->format);
  json_str_or_null (w, "compression", info->compression);
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
  if (kd_cmd_unwinder (s, &u))
    kd_strbuf_printf (&none, "none: %s", kd_error_text ());
  else
    method = kd_unwinder_method (u);
  if (!method)
    method = kd_strbuf_str (&none);
  const char *path = k->vmlinux ? kd_elf_path (k->vmlinux) : NULL;
  sys_line (w, "vmlinux", path ? path : "none");
  sys_line (w, path ? "" : "  because", k->vmlinux_note);
  sys_line (w, "VMCOREINFO", kd_describe_vmcoreinfo (k));
  sys_line (w, "Types", k->types ? kd_types_source (k->types) : "none");
  sys_line (w, "Unwinding", method);
  json_str_or_null (w, "vmlinux", path);
  json_str_or_null (w, "vmlinux_note", k->vmlinux_note);
  kd_json_str (w, "vmcoreinfo", kd_describe_vmcoreinfo (k));
  kd_json_str (w, "types", k->types ? kd_types_source (k->types) : "none");
  json_str_or_null (w, "unwinding", method);
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
  sys_cpus (k, w);
  sys_memory (k, w);
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
  = "Shows the kernel's release and build-id, why and where it died, CPUs,\n"
    "memory, the dump file and what was left out of it, and how each fact\n"
    "was found.\n\n"
    "JSON: {release, build_id, machine, panic_message, kaslr_offset,\n"
    "cpus: {possible, present, online, with_registers}, panic_cpu,\n"
    "panic_task: {task, pid, comm}, memory_bytes, physical_end,\n"
    "dump: {file, bytes, format, compression, parts, flattened, incomplete,\n"
    "truncated, filtered, level, page_size}, vmlinux, vmlinux_note,\n"
    "vmcoreinfo, types, unwinding, warnings}; what is not known is null.\n",
  .run = sys_run,
};
