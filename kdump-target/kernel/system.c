/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel knew of itself and of its machine. */
#include "kernel/system.h"

#include "kernel/clock.h"
#include "kernel/layout.h"
#include "kernel/runqueue.h"

#include <string.h>

#define NSEC_PER_SEC UINT64_C (1000000000)

/* --- names --- */

void
kd_system_uts (struct kd_kernel *k, struct kd_uts *out)
{
  uint64_t ns;
  *out = (struct kd_uts){ 0 };
  const struct {
    const char *logical;
    char *to;
  } names[] = { { "uts_ns.nodename", out->nodename },
                { "uts_ns.release", out->release },
                { "uts_ns.version", out->version },
                { "uts_ns.machine", out->machine } };
  if (kd_kernel_symbol (k, "init_uts_ns", &ns))
    return;
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (kd_read_member_string (k, ns, names[i].logical, names[i].to,
                               sizeof out->nodename))
      names[i].to[0] = 0;
}

/* A string of the kernel at ADDR, printable and without blanks around it.  */
static void
read_text (struct kd_kernel *k, uint64_t addr, char *buf, size_t size)
{
  if (kd_mem_cstr (k->mem, addr, buf, size))
    buf[0] = 0;
  kd_make_printable (buf);
  size_t blanks = strspn (buf, " "), len = strlen (buf + blanks);
  while (len && buf[blanks + len - 1] == ' ')
    len--;
  memmove (buf, buf + blanks, len);
  buf[len] = 0;
}

char *
kd_system_command_line (struct kd_kernel *k)
{
  enum { SIZE = 4096 }; /* COMMAND_LINE_SIZE is 2048 on x86 */
  uint64_t at, line;
  char *buf;
  if (kd_kernel_symbol (k, "saved_command_line", &at)
      || kd_mem_u64 (k->mem, at, &line) || !line || !(buf = malloc (SIZE)))
    return NULL;
  read_text (k, line, buf, SIZE);
  if (*buf)
    return buf;
  free (buf);
  return NULL;
}

/* --- time --- */

/* *UPTIME is 0 if it cannot be right.  */
static bool
read_timekeeper (struct kd_kernel *k, int64_t *date, uint64_t *uptime)
{
  struct kd_clock c;
  if (kd_clock_read (k, &c))
    return false;
  *date = (int64_t)(((uint64_t)c.boot_real_ns + c.mono_ns) / NSEC_PER_SEC);
  *uptime = c.mono_ns + c.suspended_ns;
  /* More than a century is no uptime.  */
  if (*uptime / NSEC_PER_SEC >= UINT64_C (3155760000))
    *uptime = 0;
  return true;
}

void
kd_system_time (struct kd_kernel *k, struct kd_system_time *out)
{
  struct kd_rq_clocks clocks;
  *out = (struct kd_system_time){ 0 };
  const char *crashed
    = k->info ? kd_vmcoreinfo_get (k->info, "CRASHTIME") : NULL;
  if (read_timekeeper (k, &out->date, &out->uptime))
    out->date_source = KD_TIME_TIMEKEEPER;
  if (out->uptime)
    out->uptime_source = KD_TIME_TIMEKEEPER;
  if (!kd_rq_clocks_init (k, &clocks))
    out->sched_uptime = clocks.now;
  kd_rq_clocks_deinit (&clocks);
  if (!out->uptime && out->sched_uptime) {
    out->uptime = out->sched_uptime;
    out->uptime_source = KD_TIME_SCHED;
  }
  char *end;
  long long date = crashed ? strtoll (crashed, &end, 10) : 0;
  if (date > 0 && (!*end || *end == '\n')) {
    out->date = date;
    out->date_source = KD_TIME_CRASHTIME;
  }
}

bool
kd_system_load (struct kd_kernel *k, uint64_t out[3])
{
  enum { FSHIFT = 11, FIXED_1 = 1 << FSHIFT }; /* sched/loadavg.h */
  uint64_t at, value;
  if (kd_kernel_symbol (k, "avenrun", &at))
    return false;
  for (unsigned i = 0; i < 3; i++) {
    if (kd_mem_u64 (k->mem, at + UINT64_C (8) * i, &value))
      return false;
    value += FIXED_1 / 200;
    out[i]
      = (value >> FSHIFT) * 100 + ((value & (FIXED_1 - 1)) * 100 >> FSHIFT);
  }
  return true;
}

/* --- taint --- */

/* By bit, from include/linux/panic.h and admin-guide/tainted-kernels.rst.  */
static const struct {
  char letter;
  const char *words;
} taints[] = {
  { 'P', "proprietary module" },
  { 'F', "module loaded by force" },
  { 'S', "processor or system out of specification" },
  { 'R', "module unloaded by force" },
  { 'M', "machine check" },
  { 'B', "bad page" },
  { 'U', "user's request" },
  { 'D', "died: oops or BUG" },
  { 'A', "ACPI table overridden" },
  { 'W', "warning" },
  { 'C', "staging driver" },
  { 'I', "work-around for firmware" },
  { 'O', "out-of-tree module" },
  { 'E', "unsigned module" },
  { 'L', "soft lockup" },
  { 'K', "live patch" },
  { 'X', "distribution's own" },
  { 'T', "randomised structures" },
  { 'N', "in-kernel test" },
  /* 3e2933a3aee9 "taint: Add TAINT_FWCTL", 6.15 */
  { 'J', "firmware debugging" },
};

char
kd_taint_letter (unsigned bit)
{
  return bit < KD_ARRAY_SIZE (taints) ? taints[bit].letter : 0;
}

const char *
kd_taint_words (unsigned bit)
{
  return bit < KD_ARRAY_SIZE (taints) ? taints[bit].words : NULL;
}

bool
kd_system_taint (struct kd_kernel *k, uint64_t *out)
{
  uint64_t at;
  return !kd_kernel_symbol (k, "tainted_mask", &at)
         && !kd_mem_u64 (k->mem, at, out);
}

uint64_t
kd_module_taint (struct kd_kernel *k, const struct kd_module *mod)
{
  uint64_t bits;
  return kd_read_member (k, mod->addr, "module.taints", &bits) ? 0 : bits;
}

/* --- the processor --- */

/* X86_FEATURE_HYPERVISOR: the word of x86_capability that is CPUID's leaf 1,
   ecx, and the bit in it.  */
enum { VIRTUAL_BYTE = 16, VIRTUAL_BIT = 31 };

static const char *
hypervisor_by_type (struct kd_kernel *k, uint32_t type)
{
  static const struct {
    const char *enumerator, *name;
  } types[] = { { "X86_HYPER_VMWARE", "VMware" },
                { "X86_HYPER_MS_HYPERV", "Microsoft Hyper-V" },
                { "X86_HYPER_XEN_PV", "Xen (PV)" },
                { "X86_HYPER_XEN_HVM", "Xen (HVM)" },
                { "X86_HYPER_KVM", "KVM" },
                { "X86_HYPER_JAILHOUSE", "Jailhouse" },
                { "X86_HYPER_ACRN", "ACRN" },
                { "X86_HYPER_BHYVE", "bhyve" } };
  int64_t value;
  for (size_t i = 0; i < KD_ARRAY_SIZE (types); i++)
    if (!kd_types_enumerator (k->types, types[i].enumerator, &value)
        && value == type)
      return types[i].name;
  return NULL;
}

/* 03b2a320b19f "x86/virt: Add enum for hypervisors to replace x86_hyper",
   4.15; before, a pointer to one of these.  */
static const char *
hypervisor_by_pointer (struct kd_kernel *k)
{
  static const struct {
    const char *symbol, *name;
  } ops[] = { { "x86_hyper_vmware", "VMware" },
              { "x86_hyper_ms_hyperv", "Microsoft Hyper-V" },
              { "x86_hyper_xen_pv", "Xen (PV)" },
              { "x86_hyper_xen_hvm", "Xen (HVM)" },
              { "x86_hyper_kvm", "KVM" } };
  uint64_t at, pointer, op;
  if (kd_kernel_symbol (k, "x86_hyper", &at)
      || kd_mem_u64 (k->mem, at, &pointer) || !pointer)
    return NULL;
  for (size_t i = 0; i < KD_ARRAY_SIZE (ops); i++)
    if (!kd_kernel_symbol (k, ops[i].symbol, &op) && op == pointer)
      return ops[i].name;
  return NULL;
}

void
kd_system_processor (struct kd_kernel *k, struct kd_processor *out)
{
  uint64_t at;
  uint32_t value;
  struct kd_member m;
  *out = (struct kd_processor){ 0 };
  if (!kd_kernel_symbol (k, "boot_cpu_data", &at)) {
    if (!kd_layout (k, "cpuinfo.model_id", &m))
      read_text (k, at + m.offset, out->model, sizeof out->model);
    if (!kd_layout (k, "cpuinfo.capability", &m) && m.size > VIRTUAL_BYTE
        && !kd_mem_u32 (k->mem, at + m.offset + VIRTUAL_BYTE, &value)) {
      out->virtual_known = true;
      out->is_virtual = value >> VIRTUAL_BIT & 1;
    }
  }
  if (!kd_kernel_symbol (k, "dump_stack_arch_desc_str", &at))
    read_text (k, at, out->hardware, sizeof out->hardware);
  if (!kd_kernel_symbol (k, "cpu_khz", &at)
      && !kd_mem_u32 (k->mem, at, &value))
    out->khz = value;
  if (!kd_kernel_symbol (k, "x86_hyper_type", &at)) {
    if (!kd_mem_u32 (k->mem, at, &value))
      out->hypervisor = hypervisor_by_type (k, value);
  } else {
    out->hypervisor = hypervisor_by_pointer (k);
  }
}
