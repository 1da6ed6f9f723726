/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up machine that runs a kernel that never ran (kernel-fake.c): its
   image in memory, its CPUs, its dump.  For tests of kernel/ and above. */
#ifndef KD_KERNEL_MACHINE_H
#define KD_KERNEL_MACHINE_H

#include "kernel/kernel.h"

#include "kernel-synth.h"
#include "test.h"

#include <sys/stat.h>

#define CPU_AREA(cpu) (UINT64_C (0x20000) + 0x4000 * (uint64_t)(cpu))
enum { NCPUS = 4, NOTE_SIZE = 336 };

/* The test's own directory, and files in it.  */
static char dir[64], dump_path[96], vmlinux_path[96];

struct machine {
  struct synth s;
  struct kd_elf_file *elf;
  uint64_t percpu_start; /* link address of .data..percpu */
};

/* --- putting the kernel into memory --- */

__attribute__ ((unused)) static uint64_t
link_addr (const struct machine *m, const char *symbol)
{
  const Elf64_Sym *sym = kd_elf_find_symbol (m->elf, symbol);
  return sym ? sym->st_value : 0;
}

/* Physical place of a link address of the image.  */
__attribute__ ((unused)) static uint64_t
phys (uint64_t addr)
{
  return addr + SYNTH_SLIDE - SYNTH_IMAGE_VA + SYNTH_IMAGE;
}

__attribute__ ((unused)) static void
poke_symbol (struct machine *m, const char *symbol, uint64_t off,
             uint64_t value, unsigned bytes)
{
  synth_poke (&m->s, phys (link_addr (m, symbol)) + off, value, bytes);
}

__attribute__ ((unused)) static uint64_t
percpu_offset (const struct machine *m, unsigned cpu)
{
  uint64_t start
    = m->percpu_start ? m->percpu_start + SYNTH_SLIDE : m->percpu_start;
  return m->s.page_offset + CPU_AREA (cpu) - start;
}

/* Physical place of a per-CPU variable.  */
__attribute__ ((unused)) static uint64_t
percpu_phys (const struct machine *m, const char *symbol, unsigned cpu)
{
  return CPU_AREA (cpu) + link_addr (m, symbol) - m->percpu_start;
}

/* What the boot code does: pointers in the image move with it.  */
__attribute__ ((unused)) static void
relocate_at (struct machine *m, uint64_t at)
{
  uint64_t v = synth_peek (&m->s, at);
  if (v >= UINT64_C (0xffffffff81000000) && v < UINT64_C (0xffffffff81200000))
    synth_poke (&m->s, at, v + SYNTH_SLIDE, 8);
}

/* The image's own pointers, or with CPU >= 0 those in that CPU's area.  */
__attribute__ ((unused)) static void
relocate (struct machine *m, int cpu)
{
  struct kd_elf_section sec;
  for (size_t i = 0; kd_elf_section (m->elf, i, &sec); i++) {
    const void *data;
    size_t size;
    if (strncmp (sec.name, ".rela", 5) != 0
        || (cpu >= 0 && strcmp (sec.name, ".rela.data..percpu") != 0)
        || kd_elf_section_data (m->elf, sec.name, &data, &size))
      continue;
    const Elf64_Rela *r = data;
    for (size_t k = 0; k < size / sizeof *r; k++) {
      if (ELF64_R_TYPE (r[k].r_info) != R_X86_64_64)
        continue;
      if (cpu >= 0)
        relocate_at (m, CPU_AREA (cpu) + r[k].r_offset - m->percpu_start);
      else if (r[k].r_offset >= UINT64_C (0xffffffff81000000))
        relocate_at (m, phys (r[k].r_offset));
    }
  }
}

__attribute__ ((unused)) static void
load_image (struct machine *m)
{
  struct kd_elf_section sec;
  for (size_t i = 0; kd_elf_section (m->elf, i, &sec); i++) {
    const void *data;
    size_t size;
    if (!strcmp (sec.name, ".data..percpu"))
      m->percpu_start = sec.addr;
    if (sec.nobits || !(sec.flags & SHF_ALLOC)
        || sec.addr < UINT64_C (0xffffffff81000000)
        || kd_elf_section_data (m->elf, sec.name, &data, &size))
      continue;
    memcpy (m->s.ram + phys (sec.addr), data, size);
  }
  relocate (m, -1);
}

__attribute__ ((unused)) static void
make_cpus (struct machine *m)
{
  const void *data;
  size_t size;
  if (kd_elf_section_data (m->elf, ".data..percpu", &data, &size))
    return;
  for (unsigned cpu = 0; cpu < NCPUS; cpu++) {
    memcpy (m->s.ram + CPU_AREA (cpu), data, size);
    relocate (m, (int)cpu);
    poke_symbol (m, "__per_cpu_offset", UINT64_C (8) * cpu,
                 percpu_offset (m, cpu), 8);
    uint64_t task = cpu == 1   ? link_addr (m, "other_task") + SYNTH_SLIDE
                    : cpu == 0 ? link_addr (m, "init_task") + SYNTH_SLIDE
                               : 0;
    if (link_addr (m, "pcpu_hot"))
      synth_poke (&m->s, percpu_phys (m, "pcpu_hot", cpu) + 8, task, 8);
    else
      synth_poke (&m->s, percpu_phys (m, "current_task", cpu), task, 8);
  }
}

/* PRSTATUS descriptor of CPU: pid, kernel mode, rip 0x1000 * (CPU + 1).  */
__attribute__ ((unused)) static void
make_prstatus (uint8_t desc[NOTE_SIZE], unsigned cpu, int pid)
{
  uint64_t rip = 0x1000 * (uint64_t)(cpu + 1), cs = 0x10;
  memset (desc, 0, NOTE_SIZE);
  memcpy (desc + 32, &pid, 4);
  memcpy (desc + 112 + 128, &rip, 8);
  memcpy (desc + 112 + 136, &cs, 8);
}

/* What CPU wrote into its crash_notes.  */
__attribute__ ((unused)) static void
save_registers (struct machine *m, unsigned cpu, int pid)
{
  uint8_t desc[NOTE_SIZE];
  uint32_t head[5] = { 5, NOTE_SIZE, NT_PRSTATUS, 0x45524f43, 0 };
  uint64_t at = percpu_phys (m, "note_buf", cpu);
  make_prstatus (desc, cpu, pid);
  memcpy (m->s.ram + at, head, 20);
  memcpy (m->s.ram + at + 20, desc, NOTE_SIZE);
}

__attribute__ ((unused)) static void
dump_registers (struct machine *m, unsigned cpu, int pid)
{
  uint8_t desc[NOTE_SIZE];
  make_prstatus (desc, cpu, pid);
  synth_note (&m->s, "CORE", NT_PRSTATUS, desc, sizeof desc);
}

static const char info_text[]
  = "OSRELEASE=6.1.0-synth\nPAGESIZE=4096\n"
    "SYMBOL(swapper_pg_dir)=ffffffff82100000\n"
    "SYMBOL(_stext)=ffffffff82000000\n"
    "NUMBER(phys_base)=-31457280\nKERNELOFFSET=1000000\n";

/* A machine with the kernel in VMLINUX (a file of the build directory).  */
__attribute__ ((unused)) static void
machine_init (struct machine *m, const char *vmlinux)
{
  memset (m, 0, sizeof *m);
  synth_init (&m->s, 4, 0);
  if (kd_elf_open (vmlinux, &m->elf)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
  load_image (m);
  make_cpus (m);
}

__attribute__ ((unused)) static void
machine_deinit (struct machine *m)
{
  kd_elf_close (m->elf);
  synth_deinit (&m->s);
  unlink (vmlinux_path);
}

__attribute__ ((unused)) static enum kd_status
open_kernel (struct machine *m, const char *vmlinux, bool force,
             struct kd_kernel **k)
{
  const char *paths[] = { dump_path }, *nowhere[] = { "/nonexistent" };
  struct kd_kernel_options o
    = { .dump_paths = paths,
        .ndump_paths = 1,
        .vmlinux = vmlinux,
        .force = force,
        .search = { .debug_dirs = nowhere, .ndebug_dirs = 1 } };
  *k = NULL;
  synth_write (&m->s, dump_path);
  return kd_kernel_open (&o, k);
}

__attribute__ ((unused)) static bool
warned (const struct kd_kernel *k, const char *words)
{
  for (size_t i = 0; i < k->nwarnings; i++)
    if (strstr (k->warnings[i], words))
      return true;
  for (size_t i = 0; i < k->nwarnings; i++)
    printf ("# warning: %s\n", k->warnings[i]);
  return false;
}

__attribute__ ((unused)) static uint64_t
rip (const struct kd_kernel *k, unsigned cpu)
{
  return k->cpus[cpu].regs.value[k->mem->arch->reg_pc];
}

/* Make the directory DIR for the dumps of test NAME.  */
__attribute__ ((unused)) static void
machine_files_init (const char *name)
{
  snprintf (dir, sizeof dir, "%s.%d", name, (int)getpid ());
  snprintf (dump_path, sizeof dump_path, "%s/vmcore", dir);
  snprintf (vmlinux_path, sizeof vmlinux_path, "%s/vmlinux", dir);
  mkdir (dir, 0700);
  setenv ("XDG_CACHE_HOME", "/nonexistent", 1);
}

__attribute__ ((unused)) static void
machine_files_deinit (void)
{
  unlink (dump_path);
  rmdir (dir);
}

/* Could the compiler make the kernel in VMLINUX?  */
__attribute__ ((unused)) static bool
fake_is_there (const char *vmlinux)
{
  struct stat sb;
  return !stat (vmlinux, &sb) && sb.st_size > 0;
}

#endif
