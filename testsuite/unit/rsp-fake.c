/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small made-up kernel over a real ELF dump in memory. */
#include "rsp-fake.h"

#include "kernel/internal.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>

#define PHYS UINT64_C (0x100000)

/* A fixture that cannot be made is no test result.  */
static void
must (bool good, const char *what)
{
  if (good)
    return;
  fprintf (stderr, "fake kernel: %s: %s\n", what, kd_error_text ());
  abort ();
}

static void
write_all (int fd, const void *data, size_t len)
{
  must (write (fd, data, len) == (ssize_t)len, "write");
}

/* An ELF core with one segment at PHYS.  */
static void
make_dump (struct fake *f)
{
  uint8_t page0[4096] = { 0 };
  Elf64_Ehdr eh = {
    .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
                 EV_CURRENT },
    .e_type = ET_CORE,
    .e_machine = EM_X86_64,
    .e_version = EV_CURRENT,
    .e_phoff = sizeof eh,
    .e_ehsize = sizeof eh,
    .e_phentsize = sizeof (Elf64_Phdr),
    .e_phnum = 2,
  };
  Elf64_Phdr ph[2] = {
    { .p_type = PT_NOTE, .p_offset = 2048 },
    { .p_type = PT_LOAD,
      .p_flags = 7,
      .p_offset = 4096,
      .p_vaddr = FAKE_TEXT,
      .p_paddr = PHYS,
      .p_filesz = FAKE_TEXT_SIZE,
      .p_memsz = FAKE_TEXT_SIZE },
  };
  /* A kernel core has a VMCOREINFO note.  */
  struct {
    Elf64_Nhdr nh;
    char name[12];
    char desc[24];
  } note = { { 11, 24, 0 }, "VMCOREINFO", "OSRELEASE=6.1.0-fake\n" };
  ph[0].p_filesz = ph[0].p_memsz = sizeof note;
  memcpy (page0, &eh, sizeof eh);
  memcpy (page0 + sizeof eh, ph, sizeof ph);
  memcpy (page0 + 2048, &note, sizeof note);
  f->dump_fd = memfd_create ("fake", MFD_CLOEXEC);
  must (f->dump_fd >= 0, "memfd");
  write_all (f->dump_fd, page0, sizeof page0);
  for (unsigned i = 0; i < FAKE_TEXT_SIZE; i++) {
    uint8_t byte = FAKE_BYTE (i);
    write_all (f->dump_fd, &byte, 1);
  }
  char path[32];
  snprintf (path, sizeof path, "/proc/self/fd/%d", f->dump_fd);
  const char *paths[] = { path };
  must (kd_dump_open (paths, 1, &f->kernel->dump) == KD_OK, "dump");
}

/* A relocatable file whose allocated sections are .text, .data, .init.text,
   .modinfo (in no memory), a second .text and an empty .bss.  */
static void
make_module_file (struct fake *f)
{
  static const char names[]
    = "\0.text\0.data\0.init.text\0.modinfo\0.bss\0.comment\0.shstrtab";
  struct {
    Elf64_Ehdr eh;
    char names[64];
    Elf64_Shdr sh[9];
  } file = { .eh = {
               .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
                            ELFDATA2LSB, EV_CURRENT },
               .e_type = ET_REL,
               .e_machine = EM_X86_64,
               .e_version = EV_CURRENT,
               .e_shoff = offsetof (__typeof__ (file), sh),
               .e_ehsize = sizeof file.eh,
               .e_shentsize = sizeof (Elf64_Shdr),
               .e_shnum = 9,
               .e_shstrndx = 8,
             } };
  memcpy (file.names, names, sizeof names);
  static const struct {
    unsigned name, type, flags, size;
  } sections[] = {
    { 1, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, 0x100 },
    { 7, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0x40 },
    { 13, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, 0x80 },
    { 24, SHT_NOBITS, SHF_ALLOC, 0x30 },
    { 1, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, 0x20 },
    { 33, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0 },
    { 38, SHT_NOBITS, 0, 0x10 },
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (sections); i++)
    file.sh[i + 1] = (Elf64_Shdr){ .sh_name = sections[i].name,
                                   .sh_type = sections[i].type,
                                   .sh_flags = sections[i].flags,
                                   .sh_size = sections[i].size,
                                   .sh_addralign = 1 };
  file.sh[8] = (Elf64_Shdr){ .sh_name = 47,
                             .sh_type = SHT_STRTAB,
                             .sh_offset = offsetof (__typeof__ (file), names),
                             .sh_size = sizeof names,
                             .sh_addralign = 1 };
  strcpy (f->module_path, "/tmp/rsp&fake-XXXXXX");
  int fd KD_AUTO_FD = mkstemp (f->module_path);
  must (fd >= 0, "module file");
  write_all (fd, &file, sizeof file);
}

static void
make_memory (struct kd_kernel *k)
{
  k->mem = kd_calloc (1, sizeof *k->mem);
  must (k->mem != NULL, "memory");
  k->mem->dump = k->dump;
  k->mem->arch = kd_arch_by_name ("x86_64");
  k->mem->id = UINT64_MAX;
  k->mem->linear[0] = (struct kd_linear){ "kernel image", FAKE_TEXT,
                                          FAKE_TEXT + 0x200000, PHYS };
  k->mem->nlinear = 1;
  k->mem->kaslr_offset = FAKE_SLIDE;
}

static void
make_symbols (struct kd_kernel *k)
{
  static const struct kd_symbol symbols[] = {
    { "_text", FAKE_TEXT, 0, 'T', NULL },
    { "first", FAKE_TEXT, 0x100, 'T', NULL },
    { "second", FAKE_TEXT + 0x100, 0x80, 't', NULL },
  };
  must (kd_symbols_create (&k->symbols) == KD_OK, "symbols");
  must (kd_types_create (NULL, "none", NULL, &k->types) == KD_OK, "types");
  for (size_t i = 0; i < KD_ARRAY_SIZE (symbols); i++)
    must (kd_symbols_add (k->symbols, &symbols[i]) == KD_OK, "a symbol");
}

static void
make_cpus (struct kd_kernel *k)
{
  k->ncpus = 6;
  k->cpus = kd_calloc (k->ncpus, sizeof *k->cpus);
  must (k->cpus != NULL, "CPUs");
  k->panic_cpu = 1;
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *cpu = &k->cpus[i];
    cpu->number = i;
    cpu->pid = -1;
    cpu->present = cpu->online = i < 4 && i != 2;
    if (!cpu->present || i == 3)
      continue;
    cpu->source = KD_REGS_NOTE;
    kd_regs_set (&cpu->regs, 0, UINT64_C (0x1122334455667788) + i);
    kd_regs_set (&cpu->regs, k->mem->arch->reg_pc, FAKE_TEXT + 0x104);
    cpu->task = UINT64_C (0xffff888000001000);
    cpu->pid = (int)i * 10;
    snprintf (cpu->comm, sizeof cpu->comm, "%s", i ? "a<b&c" : "swapper/0");
    cpu->idle = i == 0;
    cpu->panicked = i == 1;
  }
  k->cpus[3].why_no_regs = strdup ("it did not answer");
}

static void
make_modules (struct fake *f)
{
  static const struct kd_module_section sections[] = {
    { (char *)".text", FAKE_MODULE },
    { (char *)".data", FAKE_MODULE + 0x1000 },
    { (char *)".init.text", FAKE_MODULE + 0x100000 },
    { (char *)".text", FAKE_MODULE + 0x200 },
  };
  struct kd_kernel *k = f->kernel;
  k->modules = kd_calloc (2, sizeof *k->modules);
  must (k->modules != NULL, "modules");
  k->nmodules = 2;
  struct kd_module *m = &k->modules[0];
  strcpy (m->name, "one");
  m->base = m->text = FAKE_MODULE;
  m->size = 0x2000;
  m->text_size = 0x1000;
  m->range[0] = (struct kd_module_range){ FAKE_MODULE, 0x2000 };
  m->nranges = 1;
  m->nsections = KD_ARRAY_SIZE (sections);
  m->sections = kd_calloc (m->nsections, sizeof *m->sections);
  must (m->sections != NULL, "sections");
  for (size_t i = 0; i < m->nsections; i++) {
    m->sections[i].name = strdup (sections[i].name);
    m->sections[i].addr = sections[i].addr;
  }
  static const struct kd_symbol first
    = { "first", FAKE_MODULE, 0x10, 't', "one" };
  must (kd_symbols_create (&m->symbols) == KD_OK
          && kd_symbols_add (m->symbols, &first) == KD_OK,
        "a module's symbols");
  must (kd_symbols_create (&k->modules[1].symbols) == KD_OK,
        "another's symbols");
  m->debug_file = strdup (f->module_path);
  m->searched = true;
  strcpy (k->modules[1].name, "two");
  k->modules[1].why_no_debug = strdup ("its debug file is not there");
  k->modules[1].searched = true;
}

void
fake_init (struct fake *f)
{
  *f = (struct fake){ .dump_fd = -1 };
  struct kd_kernel *k = f->kernel = kd_calloc (1, sizeof *k);
  must (k != NULL, "kernel");
  k->priv = kd_calloc (1, sizeof *k->priv);
  must (k->priv != NULL, "kernel");
  strcpy (k->release, "6.1.0-fake");
  strcpy (k->panic_message, "Kernel panic: 100%\nsecond line");
  make_dump (f);
  make_memory (k);
  make_symbols (k);
  make_cpus (k);
  make_module_file (f);
  make_modules (f);
  kd_session_state_init (&f->state, k);
}

void
fake_deinit (struct fake *f)
{
  kd_session_state_deinit (&f->state);
  kd_kernel_close (f->kernel);
  close (f->dump_fd);
  unlink (f->module_path);
}
