/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open a real dump and print what the engine knows of its kernel; with
   checks that hold for every good dump.  Usage: real-kernel [-v VMLINUX]
   [-i VMCOREINFO] DUMP... */
#include "kernel/kernel.h"

#include <string.h>
#include <time.h>

static int failures;

static void
check (bool ok, const char *what)
{
  printf ("%s: %s\n", ok ? "ok" : "WRONG", what);
  failures += !ok;
}

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
  printf ("release %s build-id %s\n", k->release, id);
  printf ("vmlinux %s%s\n", k->vmlinux ? kd_elf_path (k->vmlinux) : "none: ",
          k->vmlinux_note ? k->vmlinux_note : "");
  printf ("types: %s\n", kd_types_source (k->types));
  printf ("page tables 0x%llx, %u levels, encryption mask 0x%llx\n",
          (unsigned long long)k->mem->kernel_pt.root, k->mem->kernel_pt.levels,
          (unsigned long long)k->mem->kernel_pt.enc_mask);
  printf ("KASLR offset 0x%llx%s, phys_base 0x%llx, page_offset 0x%llx\n",
          (unsigned long long)k->mem->kaslr_offset,
          k->mem->kaslr_known ? "" : " (guess)",
          (unsigned long long)k->mem->phys_base,
          (unsigned long long)k->mem->page_offset);
  for (unsigned i = 0; i < k->mem->nlinear; i++)
    printf ("%s 0x%llx-0x%llx at 0x%llx\n", k->mem->linear[i].name,
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
    printf ("CPU %u%s%s%s%s task 0x%llx pid %d %s; registers: %s%s%s, pc %s "
            "sp 0x%llx\n",
            c->number, c->present ? " present" : "",
            c->online ? " online" : "", c->idle ? " idle" : "",
            c->panicked ? " PANIC" : "", (unsigned long long)c->task, c->pid,
            c->comm, source_name (c->source), c->why_no_regs ? ", " : "",
            c->why_no_regs ? c->why_no_regs : "", kd_strbuf_str (&at),
            (unsigned long long)c->regs.value[arch->reg_sp]);
    if (k->vmlinux && c->source != KD_REGS_NONE && gs >= 0
        && !arch->regs_user_mode (&c->regs))
      check (c->regs.value[gs] == c->percpu_offset,
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
    kd_module_find_debug (k, m, NULL);
    printf ("module %s 0x%llx size 0x%llx text 0x%llx+0x%llx, %zu sections, "
            "build-id %s: %s\n",
            m->name, (unsigned long long)m->base, (unsigned long long)m->size,
            (unsigned long long)m->text, (unsigned long long)m->text_size,
            m->nsections, id, m->debug_file ? m->debug_file : m->why_no_debug);
    check (kd_kernel_is_text (k, m->text), "module text is code");
    check (kd_kernel_module_at (k, m->text) == m, "module found by address");
    for (size_t j = 0; j < m->nsections; j++)
      if (!strcmp (m->sections[j].name, ".text"))
        check (m->sections[j].addr - m->text < m->text_size,
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
  printf ("linear: %u addresses, %u mapped\n", tried, mapped);
  check (same && mapped > tried / 2, "linear regions agree with page tables");
}

static void
check_memory (struct kd_kernel *k)
{
  uint64_t addr;
  char text[256];
  check_linear (k);
  if (!k->vmlinux)
    return;
  check (!kd_kernel_symbol (k, "linux_banner", &addr), "linux_banner");
  check (!kd_mem_cstr (k->mem, addr, text, sizeof text)
           && !strncmp (text, "Linux version ", 14)
           && strstr (text, k->release),
         "linux_banner read");
  struct kd_symbol sym;
  check (kd_symbols_by_addr (k->symbols, addr, &sym)
           && !strcmp (sym.name, "linux_banner"),
         "symbol by address");
  check (!kd_kernel_symbol (k, "panic", &addr) && kd_kernel_is_text (k, addr)
           && kd_symbols_by_addr (k->symbols, addr + 5, &sym)
           && !strcmp (sym.name, "panic"),
         "panic+5");
  /* The tasks list from init_task, both ways.  */
  struct kd_member tasks;
  if (kd_kernel_symbol (k, "init_task", &addr)
      || kd_layout (k, "task.tasks", &tasks)) {
    printf ("tasks: %s\n", kd_error_text ());
    return;
  }
  unsigned n = 0;
  uint64_t head = addr + tasks.offset, at = head;
  double t0 = now_ms ();
  do {
    if (kd_mem_u64 (k->mem, at, &at)) {
      printf ("tasks: %s\n", kd_error_text ());
      return;
    }
    n++;
  } while (at != head && n < 100000);
  printf ("%u tasks in %.2f ms\n", n, now_ms () - t0);
  check (at == head && n > 10, "the task list ends where it began");
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
    printf ("%s\n", kd_error_text ());
    return 1;
  }
  printf ("opened in %.1f ms: %s\n", now_ms () - t0, kd_dump_name (k->dump));
  print_layout (k);
  print_cpus (k);
  t0 = now_ms ();
  print_modules (k);
  printf ("modules in %.1f ms\n", now_ms () - t0);
  printf ("panic message: %s\n", k->panic_message);
  for (size_t w = 0; w < k->nwarnings; w++)
    printf ("warning: %s\n", k->warnings[w]);
  check_memory (k);
  printf ("%d failures\n", failures);
  return failures != 0;
}
