/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words for what the engine knows, shared by commands and the GDB server. */
#include "cmd/describe.h"

#include <inttypes.h>
#include <string.h>

void
kd_describe_cpu_state (const struct kd_cpu *cpu, struct kd_strbuf *out)
{
  if (!cpu->present) {
    kd_strbuf_puts (out, "not present");
    return;
  }
  const char *sep = "";
  if (cpu->panicked) {
    kd_strbuf_puts (out, "panic");
    sep = ", ";
  }
  if (!cpu->online)
    kd_strbuf_printf (out, "%soffline", sep);
  else if (cpu->idle)
    kd_strbuf_printf (out, "%sidle", sep);
  else if (!*sep)
    kd_strbuf_puts (out, "busy");
}

const char *
kd_describe_regs_source (enum kd_regs_source source)
{
  switch (source) {
  case KD_REGS_NOTE:
    return "dump note";
  case KD_REGS_CRASH_NOTES:
    return "crash_notes";
  case KD_REGS_QEMU:
    return "QEMU note";
  case KD_REGS_NONE:
    break;
  }
  return "none";
}

const char *
kd_describe_vmcoreinfo (const struct kd_kernel *k)
{
  if (!k->info)
    return "none";
  switch (kd_vmcoreinfo_source (k->info)) {
  case KD_VMCOREINFO_NOTE:
    return "its note in the dump";
  case KD_VMCOREINFO_MEMORY:
    return "found in the dump's memory";
  case KD_VMCOREINFO_FILE:
    return "a file given by the user";
  }
  return "unknown";
}

void
kd_describe_dump_level (int level, struct kd_strbuf *out)
{
  /* DL_EXCLUDE_* of makedumpfile.h.  */
  static const char *const kinds[]
    = { "zero", "non-private cache", "private cache", "user", "free" };
  const char *sep = "";
  for (unsigned i = 0; i < KD_ARRAY_SIZE (kinds); i++) {
    if (!(level >> i & 1))
      continue;
    kd_strbuf_printf (out, "%s%s", sep, kinds[i]);
    sep = ", ";
  }
}

void
kd_describe_dump_kind (const struct kd_dump_info *info, struct kd_strbuf *out)
{
  kd_strbuf_printf (out, "%s%s", info->flattened ? "flattened " : "",
                    info->format);
  if (info->compression && strcmp (info->compression, "none") != 0)
    kd_strbuf_printf (out, ", %s pages", info->compression);
  if (info->parts > 1)
    kd_strbuf_printf (out, ", %u parts", info->parts);
  if (info->dump_level > 0) {
    kd_strbuf_printf (out, ", without %s", "");
    kd_describe_dump_level (info->dump_level, out);
    kd_strbuf_printf (out, " pages (level %d)", info->dump_level);
  } else if (info->filtered) {
    kd_strbuf_puts (out, ", some pages left out on purpose");
  }
  if (info->incomplete)
    kd_strbuf_puts (out, ", incomplete: its writer ran out of room");
  if (info->truncated)
    kd_strbuf_puts (out, ", truncated: shorter than its own tables say");
}

void
kd_describe_size (uint64_t bytes, struct kd_strbuf *out)
{
  static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB" };
  if (bytes < 1024) {
    kd_strbuf_printf (out, "%" PRIu64 " bytes", bytes);
    return;
  }
  double value = (double)bytes / 1024;
  unsigned unit = 0;
  while (value >= 1024 && unit + 1 < KD_ARRAY_SIZE (units)) {
    value /= 1024;
    unit++;
  }
  kd_strbuf_printf (out, "%.1f %s", value, units[unit]);
}

bool
kd_describe_percpu_zero_based (const struct kd_kernel *k)
{
  if (k->vmlinux) {
    struct kd_elf_section sec;
    for (size_t i = 0; i < kd_elf_section_count (k->vmlinux); i++)
      if (kd_elf_section (k->vmlinux, i, &sec)
          && strcmp (sec.name, ".data..percpu") == 0)
        return sec.addr == 0;
    return false;
  }
  struct kd_symbol sym;
  return kd_symbols_by_name (k->symbols, "__per_cpu_start", NULL, &sym)
         && sym.addr == 0;
}
