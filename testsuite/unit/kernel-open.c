/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/: opening made-up dumps of kernels that never ran (kernel-fake.c),
   whole and damaged. */
#include "kernel-machine.h"

/* --- shapes over kernel history --- */

static void
check_cpus (const struct machine *m, const struct kd_kernel *k,
            const char *name)
{
  is_int (k->ncpus, NCPUS, "%s: possible CPUs", name);
  ok (k->cpus[2].present && !k->cpus[3].present && k->cpus[1].online
        && !k->cpus[2].online,
      "%s: present and online CPUs", name);
  is_int (k->cpus[1].percpu_offset, percpu_offset (m, 1), "%s: per-CPU offset",
          name);
  ok (k->cpus[0].idle && k->cpus[0].pid == 0, "%s: CPU 0 is idle", name);
  is_int (k->cpus[1].pid, 77, "%s: PID on CPU 1", name);
  is_str (k->cpus[1].comm, "worker", "%s: command on CPU 1", name);
  is_int (k->panic_cpu, 1, "%s: panic CPU", name);
  ok (k->cpus[1].panicked && !k->cpus[0].panicked, "%s: marked so", name);
  is_int (rip (k, 0), 0x1000, "%s: registers of CPU 0", name);
  is_int (rip (k, 1), 0x2000, "%s: registers of CPU 1", name);
  is_int (k->cpus[1].source, KD_REGS_NOTE, "%s: are the note's", name);
  is_int (k->cpus[1].regs.value[kd_arch_reg (k->mem->arch, "gs_base")],
          percpu_offset (m, 1), "%s: gs_base is the per-CPU area", name);
  ok (k->cpus[2].source == KD_REGS_NONE && k->cpus[2].why_no_regs
        && strstr (k->cpus[2].why_no_regs, "offline"),
      "%s: an offline CPU has none and says why", name);
}

static void
check_modules (struct kd_kernel *k, const char *name, bool ranges)
{
  if (!ok (k->nmodules == 2, "%s: two modules, one is not formed", name))
    return;
  struct kd_module *a = &k->modules[1];
  is_str (k->modules[0].name, "beta_two", "%s: sorted by address", name);
  is_str (a->name, "alpha", "%s: alpha", name);
  is_int (a->text, 0xffffffffc0001000, "%s: its text", name);
  is_int (a->text_size, 0x2000, "%s: its text's size", name);
  ok (kd_kernel_module_at (k, 0xffffffffc0005fff) == a, "%s: its data", name);
  ok (!ranges == (kd_kernel_module_at (k, 0xffffffffc0004000) == a),
      "%s: between its parts", name);
  ok (!kd_kernel_module_at (k, 0xffffffffc0100000),
      "%s: init memory is not the module's", name);
  ok (kd_kernel_is_text (k, 0xffffffffc0001010)
        && !kd_kernel_is_text (k, 0xffffffffc0005010),
      "%s: text and data", name);
  is_int (a->nsections, 2, "%s: sections", name);
  if (a->nsections == 2) {
    is_str (a->sections[1].name, ".data", "%s: section name", name);
    is_int (a->sections[1].addr, 0xffffffffc0005000, "%s: its address", name);
  }
  is_int (a->build_id.size, 20, "%s: build-id", name);
  is_int (a->build_id.bytes[5], 0xb2, "%s: its bytes", name);
}

static void
check_addresses (struct kd_kernel *k, const char *name)
{
  struct kd_strbuf sb KD_AUTO_STRBUF;
  uint64_t addr = 0, space = 0;
  struct kd_symbol sym;
  kd_strbuf_init (&sb);
  ok (!kd_kernel_symbol (k, "panic", &addr) && kd_kernel_is_text (k, addr),
      "%s: panic is code", name);
  kd_kernel_format_addr (k, addr, &sb);
  is_str (kd_strbuf_str (&sb), "panic", "%s: formatted", name);
  kd_strbuf_reset (&sb);
  kd_kernel_format_addr (k, addr + 2, &sb);
  ok (!strncmp (kd_strbuf_str (&sb), "panic+0x2/0x", 12), "%s: %s", name,
      kd_strbuf_str (&sb));
  kd_strbuf_reset (&sb);
  kd_kernel_format_addr (k, 0xffffffffc0001010, &sb);
  is_str (kd_strbuf_str (&sb), "0xffffffffc0001010 [alpha]",
          "%s: in a module without symbols", name);
  ok (!kd_kernel_symbol (k, "inner_label", &addr)
        && kd_symbols_by_addr (k->symbols, addr, &sym)
        && !strcmp (sym.name, "inner_label"),
      "%s: a label inside a function", name);
  ok (!kd_kernel_symbol (k, "other_task", &addr)
        && !kd_task_space (k, addr, &space) && space,
      "%s: user page tables of a task", name);
  uint64_t pgd = 0;
  ok (!kd_kernel_symbol (k, "user_pgd", &pgd)
        && !kd_mem_translate (k->mem, 0, pgd, &pgd, NULL) && pgd == space,
      "%s: are at its pgd", name);
  ok (!kd_kernel_symbol (k, "init_task", &addr)
        && !kd_task_space (k, addr, &space) && !space,
      "%s: a kernel thread has none", name);
  ok (!kd_kernel_percpu (k, "note_buf", 1, &addr)
        && !kd_mem_translate (k->mem, 0, addr, &addr, NULL)
        && addr >= CPU_AREA (1) && addr < CPU_AREA (2),
      "%s: a per-CPU variable is in its CPU's area", name);
}

static void
test_shape (const char *name, bool ranges)
{
  struct machine m;
  struct kd_kernel *k;
  char vmlinux[96];
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/fake-%s", name);
  machine_init (&m, vmlinux);
  synth_vmcoreinfo (&m.s, info_text);
  for (unsigned cpu = 2; cpu-- > 0;) {
    save_registers (&m, cpu, cpu ? 77 : 0);
    dump_registers (&m, cpu, cpu ? 77 : 0);
  }
  if (!ok (!open_kernel (&m, vmlinux, false, &k), "%s: opens", name)) {
    printf ("# %s\n", kd_error_text ());
    machine_deinit (&m);
    return;
  }
  is_int (k->nwarnings, 0, "%s: no warning", name);
  warned (k, "none");
  check_cpus (&m, k, name);
  check_modules (k, name, ranges);
  check_addresses (k, name);
  is_str (k->panic_message, "Kernel panic - not syncing: made for a test",
          "%s: panic message", name);
  kd_kernel_close (k);
  machine_deinit (&m);
}

/* --- registers --- */

enum { FAKE_WITH_NOTES = 1 };
#define FAKE "testsuite/unit/fake-510"

static struct kd_kernel *
open_fake (struct machine *m)
{
  struct kd_kernel *k;
  synth_vmcoreinfo (&m->s, info_text);
  if (open_kernel (m, FAKE, false, &k))
    printf ("# %s\n", kd_error_text ());
  return k;
}

static void
test_registers (void)
{
  struct machine m;
  struct kd_kernel *k;

  machine_init (&m, FAKE);
  save_registers (&m, 0, 0);
  save_registers (&m, 1, 77);
  if (ok ((k = open_fake (&m)), "a dump without notes opens")) {
    is_int (k->cpus[1].source, KD_REGS_CRASH_NOTES, "crash_notes serve");
    is_int (rip (k, 1), 0x2000, "and are right");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  save_registers (&m, 1, 77);
  dump_registers (&m, 1, 77);
  if (ok ((k = open_fake (&m)), "a CPU that did not answer")) {
    is_int (k->cpus[0].source, KD_REGS_NONE, "has no registers");
    ok (strstr (k->cpus[0].why_no_regs, "never answered"), "and why: %s",
        k->cpus[0].why_no_regs);
    is_int (rip (k, 1), 0x2000, "the other's note is not taken for it");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  poke_symbol (&m, "crash_notes", 0, 0, 8);
  dump_registers (&m, 1, 77);
  dump_registers (&m, 0, 0);
  if (ok ((k = open_fake (&m)), "without crash_notes")) {
    is_int (rip (k, 1), 0x2000, "the PID finds the note");
    is_int (rip (k, 0), 0x1000, "and what is left is the other's");
    ok (warned (k, "in order"), "which is said");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  poke_symbol (&m, "crash_notes", 0, 0, 8);
  for (unsigned i = 0; i < 3; i++)
    dump_registers (&m, i, 0);
  if (ok ((k = open_fake (&m)), "notes that nothing tells apart")) {
    is_int (k->cpus[0].source, KD_REGS_NONE, "are not used");
    ok (warned (k, "which is whose"), "which is said");
  }
  kd_kernel_close (k);
  machine_deinit (&m);
}

static void
test_qemu_registers (void)
{
  struct machine m;
  struct kd_kernel *k;
  machine_init (&m, FAKE);
  synth_qemu_note (&m.s, SYNTH_ROOT, 0x2000, percpu_offset (&m, 1));
  synth_qemu_note (&m.s, SYNTH_ROOT, 0x1000, percpu_offset (&m, 0));
  if (ok ((k = open_fake (&m)), "QEMU notes in another order")) {
    is_int (k->cpus[0].source, KD_REGS_QEMU, "are QEMU's");
    is_int (rip (k, 0), 0x1000, "CPU 0 by its GS base");
    is_int (rip (k, 1), 0x2000, "CPU 1 by its GS base");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  /* No VMCOREINFO either: from CR3 to the symbols.  */
  machine_init (&m, FAKE);
  m.s.vaddr = 0;
  synth_qemu_note (&m.s, SYNTH_ROOT, 0x1000, percpu_offset (&m, 0));
  if (ok (!open_kernel (&m, FAKE, false, &k), "QEMU without VMCOREINFO")) {
    is_str (k->release, "6.1.0-synth", "release from the banner in memory");
    is_int (k->mem->kaslr_offset, SYNTH_SLIDE, "KASLR offset");
    is_str (k->cpus[1].comm, "worker", "symbols fit");
  } else {
    printf ("# %s\n", kd_error_text ());
  }
  kd_kernel_close (k);
  machine_deinit (&m);
}

/* --- which vmlinux --- */

static void
test_mismatch (void)
{
  struct machine m;
  struct kd_kernel *k;
  machine_init (&m, FAKE);
  synth_vmcoreinfo (&m.s, info_text);
  is_int (open_kernel (&m, "testsuite/unit/fake-414", false, &k), KD_MISMATCH,
          "a vmlinux of another build is refused");
  ok (strstr (kd_error_text (), "--force")
        && strstr (kd_error_text (), "build-id is"),
      "with both ids and the override: %s", kd_error_text ());
  ok (!open_kernel (&m, "testsuite/unit/fake-414", true, &k),
      "and taken by force");
  ok (k && warned (k, "is not the dumped kernel"), "with a warning");
  kd_kernel_close (k);
  is_int (open_kernel (&m, "testsuite/unit/kernel-open", false, &k),
          KD_MISMATCH, "a program is refused");
  is_int (open_kernel (&m, dump_path, false, &k), KD_UNSUPPORTED,
          "so is a core dump: %s", kd_error_text ());
  is_int (open_kernel (&m, "/nonexistent/vmlinux", false, &k), KD_IO,
          "a missing file is named: %s", kd_error_text ());
  machine_deinit (&m);
}

static void
copy_file (const char *from, const char *to)
{
  char command[256];
  snprintf (command, sizeof command, "cp '%s' '%s'", from, to);
  if (system (command))
    printf ("# cp failed\n");
}

static void
test_search (void)
{
  struct machine m;
  struct kd_kernel *k;
  machine_init (&m, FAKE);
  synth_vmcoreinfo (&m.s, info_text);
  dump_registers (&m, 0, 0);
  ok (!open_kernel (&m, NULL, false, &k), "without a vmlinux it opens");
  if (k) {
    ok (!k->vmlinux && k->vmlinux_note
          && strstr (k->vmlinux_note, "no vmlinux of this kernel"),
        "and says so");
    is_int (k->ncpus, 1, "a CPU for each note");
    is_int (rip (k, 0), 0x1000, "its registers");
    is_str (kd_types_source (k->types), "none", "no types");
    struct kd_member member;
    is_int (kd_layout (k, "task.pid", &member), KD_NOT_FOUND, "so no layout");
  }
  kd_kernel_close (k);
  copy_file ("testsuite/unit/fake-414", vmlinux_path);
  ok (!open_kernel (&m, NULL, false, &k) && !k->vmlinux
        && strstr (k->vmlinux_note, "is not"),
      "another kernel's vmlinux beside the dump is not taken");
  kd_kernel_close (k);
  copy_file (FAKE, vmlinux_path);
  ok (!open_kernel (&m, NULL, false, &k) && k->vmlinux
        && !strcmp (kd_elf_path (k->vmlinux), vmlinux_path),
      "its own is found");
  kd_kernel_close (k);
  machine_deinit (&m);
}

static void
test_no_debug_info (void)
{
  struct machine m;
  struct kd_kernel *k;
  machine_init (&m, FAKE);
  synth_vmcoreinfo (&m.s, info_text);
  save_registers (&m, 1, 77);
  ok (!open_kernel (&m, "testsuite/unit/fake-510-stripped", false, &k),
      "a vmlinux without debug info opens");
  if (k) {
    ok (warned (k, "has no debug info"), "with a word on it");
    is_int (rip (k, 1), 0x2000, "registers are there");
    struct kd_member member;
    ok (kd_layout (k, "task.pid", &member) == KD_NOT_FOUND
          && strstr (kd_error_text (), "no type information"),
        "layouts are not: %s", kd_error_text ());
  }
  kd_kernel_close (k);
  machine_deinit (&m);
}

/* --- damage --- */

static void
test_damaged_lists (void)
{
  struct machine m;
  struct kd_kernel *k;

  machine_init (&m, FAKE);
  /* beta -> alpha: list.next is at 8, list.prev at 16.  */
  poke_symbol (&m, "beta", 8, link_addr (&m, "alpha") + SYNTH_SLIDE + 8, 8);
  if (ok ((k = open_fake (&m)), "a module list that loops")) {
    is_int (k->nmodules, 2, "gives the certain ones");
    ok (warned (k, "points back"), "and a warning");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  poke_symbol (&m, "alpha", 8, 0x1234, 8);
  if (ok ((k = open_fake (&m)), "a module list into nowhere")) {
    is_int (k->nmodules, 2, "gives those that the end leads to as well");
    ok (warned (k, "list of modules (2 are known)"), "and a warning");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  poke_symbol (&m, "alpha_sections", 16, UINT32_MAX, 4);
  if (ok ((k = open_fake (&m)), "a module with four billion sections")) {
    is_int (k->modules[1].nsections, 0, "has none");
    ok (warned (k, "section attributes"), "and a warning");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  synth_poke (&m.s, percpu_phys (&m, "current_task", 1), 0x10, 8);
  poke_symbol (&m, "panic_cpu", 0, 1000, 4);
  poke_symbol (&m, "descs", 0, UINT64_MAX, 8);
  poke_symbol (&m, "ring", 0, 63, 4);
  if (ok ((k = open_fake (&m)), "wild pointers and numbers")) {
    is_int (k->cpus[1].pid, -1, "no PID is made up");
    is_int (k->panic_cpu, -1, "no panic CPU is made up");
    ok (warned (k, "current task of CPU 1"), "and a warning");
  }
  kd_kernel_close (k);
  machine_deinit (&m);

  machine_init (&m, FAKE);
  poke_symbol (&m, "__cpu_possible_mask", 0, 0, 8);
  ok ((k = open_fake (&m)) && warned (k, "none is possible"),
      "an empty mask of CPUs");
  kd_kernel_close (k);
  machine_deinit (&m);
}

int
main (void)
{
  if (!fake_is_there (FAKE)) {
    test_skip ("made-up kernels", "the compiler makes no x86-64 programs");
    return test_done ();
  }
  machine_files_init ("kernel-open");
  test_shape ("414", false);
  test_shape ("510", false);
  test_shape ("604", true);
  test_shape ("614", true);
  test_registers ();
  test_qemu_registers ();
  test_mismatch ();
  test_search ();
  test_no_debug_info ();
  test_damaged_lists ();
  machine_files_deinit ();
  return test_done ();
}
