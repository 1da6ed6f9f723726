/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open a real dump, show what the engine knows of its kernel, and check it:
   with what holds for every good dump, and with what the guest said of itself
   (truth/ and registers beside the dump).  Usage: real-kernel [-v VMLINUX]
   [-i VMCOREINFO] DUMP... */
#include "kernel/kernel.h"

#include "test.h"

#include <time.h>

static double
now_ms (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static const char *
source_name (enum kd_regs_source s)
{
  static const char *const names[] = { "none", "note", "crash_notes", "QEMU" };
  return names[s];
}

static void
print_layout (const struct kd_kernel *k)
{
  char id[2 * KD_BUILD_ID_MAX + 1];
  kd_build_id_format (&k->build_id, id, sizeof id);
  printf ("# release %s build-id %s\n", k->release, id);
  printf ("# vmlinux %s%s\n", k->vmlinux ? kd_elf_path (k->vmlinux) : "none: ",
          k->vmlinux_note ? k->vmlinux_note : "");
  printf ("# types: %s\n", kd_types_source (k->types));
  printf ("# page tables 0x%llx, %u levels, encryption mask 0x%llx\n",
          (unsigned long long)k->mem->kernel_pt.root, k->mem->kernel_pt.levels,
          (unsigned long long)k->mem->kernel_pt.enc_mask);
  printf ("# KASLR offset 0x%llx%s, phys_base 0x%llx, page_offset 0x%llx\n",
          (unsigned long long)k->mem->kaslr_offset,
          k->mem->kaslr_known ? "" : " (guess)",
          (unsigned long long)k->mem->phys_base,
          (unsigned long long)k->mem->page_offset);
  for (unsigned i = 0; i < k->mem->nlinear; i++)
    printf ("# %s 0x%llx-0x%llx at 0x%llx\n", k->mem->linear[i].name,
            (unsigned long long)k->mem->linear[i].start,
            (unsigned long long)k->mem->linear[i].end,
            (unsigned long long)k->mem->linear[i].phys);
}

static void
print_cpus (struct kd_kernel *k)
{
  const struct kd_arch *arch = k->mem->arch;
  int gs = kd_arch_reg (arch, "gs_base");
  for (unsigned i = 0; i < k->ncpus; i++) {
    const struct kd_cpu *c = &k->cpus[i];
    struct kd_strbuf at KD_AUTO_STRBUF;
    kd_strbuf_init (&at);
    if (kd_regs_has (&c->regs, arch->reg_pc))
      kd_kernel_format_addr (k, c->regs.value[arch->reg_pc], &at);
    printf ("# CPU %u%s%s%s%s task 0x%llx pid %d %s; registers: %s%s%s, pc %s "
            "sp 0x%llx\n",
            c->number, c->present ? " present" : "",
            c->online ? " online" : "", c->idle ? " idle" : "",
            c->panicked ? " PANIC" : "", (unsigned long long)c->task, c->pid,
            c->comm, source_name (c->source), c->why_no_regs ? ", " : "",
            c->why_no_regs ? c->why_no_regs : "", kd_strbuf_str (&at),
            (unsigned long long)c->regs.value[arch->reg_sp]);
    if (k->vmlinux && c->source != KD_REGS_NONE && gs >= 0
        && !arch->regs_user_mode (&c->regs))
      ok (c->regs.value[gs] == c->percpu_offset,
          "gs_base is the CPU's per-CPU area");
  }
}

static void
print_modules (struct kd_kernel *k)
{
  for (size_t i = 0; i < k->nmodules; i++) {
    struct kd_module *m = &k->modules[i];
    char id[2 * KD_BUILD_ID_MAX + 1];
    kd_build_id_format (&m->build_id, id, sizeof id);
    kd_module_find_debug (k, m, false);
    printf ("# module %s 0x%llx size 0x%llx text 0x%llx+0x%llx, %zu sections, "
            "build-id %s: %s\n",
            m->name, (unsigned long long)m->base, (unsigned long long)m->size,
            (unsigned long long)m->text, (unsigned long long)m->text_size,
            m->nsections, id, m->debug_file ? m->debug_file : m->why_no_debug);
    ok (kd_kernel_is_text (k, m->text), "module text is code");
    ok (kd_kernel_module_at (k, m->text) == m, "module found by address");
    for (size_t j = 0; j < m->nsections; j++)
      if (!strcmp (m->sections[j].name, ".text"))
        ok (m->sections[j].addr - m->text < m->text_size,
            ".text lies in the module's code");
  }
}

/* What goes by linear region must agree with the page tables.  */
static void
check_linear (struct kd_kernel *k)
{
  bool same = true;
  unsigned tried = 0, mapped = 0;
  for (unsigned i = 0; i < k->mem->nlinear; i++) {
    const struct kd_linear *lin = &k->mem->linear[i];
    uint64_t step = (lin->end - lin->start) / 997 & ~UINT64_C (7);
    for (uint64_t at = lin->start; step && at < lin->end; at += step) {
      uint64_t quick, slow;
      struct kd_walk walk;
      tried++;
      if (kd_mem_translate (k->mem, 0, at, &quick, NULL)
          || kd_mem_translate (k->mem, 0, at, &slow, &walk))
        continue;
      mapped++;
      same = same && quick == slow;
    }
  }
  printf ("# linear: %u addresses, %u mapped\n", tried, mapped);
  ok (same && mapped > tried / 2, "linear regions agree with page tables");
}

static void
check_memory (struct kd_kernel *k)
{
  uint64_t addr;
  char text[256];
  check_linear (k);
  if (!k->vmlinux)
    return;
  ok (!kd_kernel_symbol (k, "linux_banner", &addr), "linux_banner");
  ok (!kd_mem_cstr (k->mem, addr, text, sizeof text)
        && !strncmp (text, "Linux version ", 14) && strstr (text, k->release),
      "linux_banner read");
  struct kd_symbol sym;
  ok (kd_symbols_by_addr (k->symbols, addr, &sym)
        && !strcmp (sym.name, "linux_banner"),
      "symbol by address");
  ok (!kd_kernel_symbol (k, "panic", &addr) && kd_kernel_is_text (k, addr)
        && kd_symbols_by_addr (k->symbols, addr + 5, &sym)
        && !strcmp (sym.name, "panic"),
      "panic+5");
  /* The tasks list from init_task, both ways.  */
  struct kd_member tasks;
  if (kd_kernel_symbol (k, "init_task", &addr)
      || kd_layout (k, "task.tasks", &tasks)) {
    printf ("# tasks: %s\n", kd_error_text ());
    return;
  }
  unsigned n = 0;
  uint64_t head = addr + tasks.offset, at = head;
  double t0 = now_ms ();
  do {
    if (kd_mem_u64 (k->mem, at, &at)) {
      printf ("# tasks: %s\n", kd_error_text ());
      return;
    }
    n++;
  } while (at != head && n < 100000);
  printf ("# %u tasks in %.2f ms\n", n, now_ms () - t0);
  ok (at == head && n > 10, "the task list ends where it began");
}

/* --- what the guest said of itself --- */

static FILE *
open_beside (const char *dump, const char *file)
{
  char path[4096];
  const char *slash = strrchr (dump, '/');
  snprintf (path, sizeof path, "%.*s%s", slash ? (int)(slash - dump) + 1 : 0,
            dump, file);
  return fopen (path, "re");
}

/* "ffffffff81000000 T name": a symbol with a place in memory.  */
static bool
addr_line (const char *line, unsigned long long *addr, char *type, char *name)
{
  return sscanf (line, "%llx %c %511s", addr, type, name) == 3
         && strchr ("TtRrDdBb", *type) && *addr >> 63
         && strncmp (name, ".L", 2) != 0; /* the compiler's labels */
}

/* /proc/kallsyms, without modules: each address is a symbol's, of code nearly
   always (there are aliases) with that name.  */
static void
check_kallsyms (struct kd_kernel *k, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "truth/kallsyms");
  char line[1024], name[512], type;
  unsigned all = 0, exact = 0, code = 0, named = 0, back = 0;
  unsigned long long addr;
  while (f && fgets (line, sizeof line, f)) {
    struct kd_symbol sym;
    /* The compiler's own labels are no names for people.  */
    if (strchr (line, '[') || !addr_line (line, &addr, &type, name)
        || !strncmp (name, ".L", 2))
      continue;
    all++;
    if (!kd_symbols_by_addr (k->symbols, addr, &sym) || sym.addr != addr)
      continue;
    exact++;
    code += type == 'T' || type == 't';
    named += (type == 'T' || type == 't') && !strcmp (sym.name, name);
    back += kd_symbols_by_name (k->symbols, name, NULL, &sym)
            && (sym.addr == addr || type >= 'a');
  }
  if (!all || !k->vmlinux)
    return;
  printf ("# kallsyms: %u symbols, %u at a symbol, %u of %u functions of that "
          "name, %u found by name\n",
          all, exact, named, code, back);
  ok (exact >= all - all / 1000 && named >= code - code / 50
        && back >= all - all / 500,
      "symbols are where the guest's kallsyms say");
}

static void
check_module_list (struct kd_kernel *k, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "truth/modules");
  char line[1024], name[64];
  unsigned all = 0, good = 0;
  while (f && k->vmlinux && fgets (line, sizeof line, f)) {
    const char *at = strstr (line, "0xffff");
    if (!at || sscanf (line, "%63s", name) != 1)
      continue;
    all++;
    for (size_t i = 0; i < k->nmodules; i++)
      if (!strcmp (k->modules[i].name, name))
        good += k->modules[i].text == strtoull (at, NULL, 16);
  }
  if (all)
    is_int (good, all, "modules are where the guest's /proc/modules says");
}

/* "12a00000-13801ef1 : Kernel code" */
static void
check_iomem (struct kd_kernel *k, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "truth/iomem");
  char line[256];
  uint64_t text = 0, paddr = 0;
  while (f && fgets (line, sizeof line, f)) {
    if (!strstr (line, ": Kernel code") || !k->vmlinux
        || kd_kernel_symbol (k, "_text", &text)
        || kd_mem_translate (k->mem, KD_KERNEL_SPACE, text, &paddr, NULL))
      continue;
    is_int (paddr, strtoull (line, NULL, 16),
            "the kernel is where the guest's /proc/iomem says");
  }
}

/* QEMU's `info registers -a': "CPU#0", then "RAX=... RBX=...".  */
static bool
same_registers (const struct kd_kernel *k, unsigned cpu, const char *line)
{
  static const char *const names[]
    = { "RAX=rax", "RBX=rbx", "RCX=rcx", "RDX=rdx", "RSI=rsi", "RDI=rdi",
        "RBP=rbp", "RSP=rsp", "R8 =r8",  "R9 =r9",  "R10=r10", "R11=r11",
        "R12=r12", "R13=r13", "R14=r14", "R15=r15", "RIP=rip", "RFL=eflags" };
  bool same = true;
  for (size_t i = 0; i < KD_ARRAY_SIZE (names) && cpu < k->ncpus; i++) {
    char key[5];
    snprintf (key, sizeof key, "%.4s", names[i]);
    const char *at = strstr (line, key);
    int reg = kd_arch_reg (k->mem->arch, names[i] + 4);
    if (at && strtoull (at + 4, NULL, 16) != k->cpus[cpu].regs.value[reg])
      same = false;
  }
  return same && cpu < k->ncpus;
}

static void
check_registers (const struct kd_kernel *k, const char *dump)
{
  FILE *f KD_AUTO_FILE = open_beside (dump, "registers");
  char line[512];
  unsigned cpu = 0, cpus = 0;
  bool same = true;
  while (f && fgets (line, sizeof line, f)) {
    if (sscanf (line, "CPU#%u", &cpu) == 1)
      cpus++;
    else
      same = same && same_registers (k, cpu, line);
  }
  if (cpus)
    ok (same && cpus == k->ncpus, "registers are those QEMU showed");
}

/* A CPU in user mode: the code at its pc is the program's.  */
static void
check_user (struct kd_kernel *k, const char *dump)
{
  const struct kd_arch *arch = k->mem->arch;
  const char *slash = strrchr (dump, '/');
  char path[4096];
  snprintf (path, sizeof path, "%.*suspin",
            slash ? (int)(slash - dump) + 1 : 0, dump);
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *c = &k->cpus[i];
    struct kd_elf_file *elf KD_GUARD (elf) = NULL;
    uint64_t space;
    uint8_t code[16];
    if (!k->vmlinux || c->source == KD_REGS_NONE
        || !arch->regs_user_mode (&c->regs) || strcmp (c->comm, "uspin") != 0
        || kd_elf_open (path, &elf))
      continue;
    uint64_t pc = c->regs.value[arch->reg_pc];
    const void *want = kd_elf_data_at (elf, pc, sizeof code);
    if (!kd_task_space (k, c->task, &space)
        && kd_mem_read (k->mem, space, pc, code, sizeof code, NULL)
             == KD_EXCLUDED) {
      test_skip ("user memory", "this dump has none");
      continue;
    }
    ok (!kd_task_space (k, c->task, &space) && space
          && !kd_mem_read (k->mem, space, pc, code, sizeof code, NULL) && want
          && !memcmp (code, want, sizeof code),
        "user memory at CPU %u's pc is its program's", i);
  }
}

static void
check_truth (struct kd_kernel *k, const char *dump)
{
  check_kallsyms (k, dump);
  check_module_list (k, dump);
  check_iomem (k, dump);
  check_registers (k, dump);
  check_user (k, dump);
}

int
main (int argc, char **argv)
{
  struct kd_kernel_options o = { 0 };
  int i = 1;
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
    if (argv[i][1] == 'v')
      o.vmlinux = argv[i + 1];
    else
      o.vmcoreinfo = argv[i + 1];
  }
  o.dump_paths = (const char *const *)argv + i;
  o.ndump_paths = (size_t)(argc - i);
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  double t0 = now_ms ();
  if (kd_kernel_open (&o, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  ok (true, "opens");
  printf ("# opened in %.1f ms: %s\n", now_ms () - t0, kd_dump_name (k->dump));
  print_layout (k);
  print_cpus (k);
  t0 = now_ms ();
  print_modules (k);
  printf ("# modules in %.1f ms\n", now_ms () - t0);
  printf ("# panic message: %s\n", k->panic_message);
  for (size_t w = 0; w < k->nwarnings; w++)
    printf ("# warning: %s\n", k->warnings[w]);
  check_memory (k);
  check_truth (k, o.dump_paths[0]);
  return test_done ();
}
