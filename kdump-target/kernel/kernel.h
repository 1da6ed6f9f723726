/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dumped Linux kernel: CPUs, tasks, modules, built on dump and memory. */
#ifndef KD_KERNEL_KERNEL_H
#define KD_KERNEL_KERNEL_H

#include "kernel/symbols.h"
#include "kernel/types.h"
#include "kernel/vmlinux.h"
#include "mem/mem.h"

/* What is to be opened.  Strings are borrowed during the call.  */
struct kd_kernel_options {
  const char *const *dump_paths;
  size_t ndump_paths;
  const char *vmlinux;     /* NULL: search */
  const char *vmcoreinfo;  /* file with VMCOREINFO text, or NULL */
  bool force;              /* take a vmlinux that does not match */
  struct kd_search search; /* `beside` is filled in from the dump if NULL;
                              all its strings are copied */
};

/* Where a CPU's registers came from.  */
enum kd_regs_source {
  KD_REGS_NONE,
  KD_REGS_NOTE,        /* NT_PRSTATUS of the dump */
  KD_REGS_CRASH_NOTES, /* the kernel's per-CPU crash_notes in memory */
  KD_REGS_QEMU,        /* QEMU's own CPU state note */
};

struct kd_cpu {
  unsigned number;
  bool present, online, idle, panicked;
  enum kd_regs_source source;
  struct kd_regs regs;
  char *why_no_regs;      /* a sentence, when source is NONE; owned */
  uint64_t percpu_offset; /* __per_cpu_offset[number], 0 unknown */
  uint64_t task;          /* task_struct of current, 0 unknown */
  int pid;                /* of that task, -1 unknown */
  char comm[16];          /* of that task, "" unknown, printable */
};

struct kd_module_section {
  char *name;
  uint64_t addr; /* run-time */
};

/* Part of a module's memory that stays after its init.  */
struct kd_module_range {
  uint64_t addr, size; /* bytes */
};
#define KD_MODULE_RANGES 4

struct kd_module {
  char name[64];
  uint64_t addr;            /* struct module */
  uint64_t text, text_size; /* core text, bytes */
  uint64_t base, size;      /* lowest address and extent of the core; since
                               6.4 other modules may lie within */
  struct kd_module_range range[KD_MODULE_RANGES];
  unsigned nranges;
  struct kd_build_id build_id; /* if the kernel kept the module's notes */
  struct kd_module_section *sections; /* in the module's own order */
  size_t nsections;
  struct kd_symbols *symbols; /* NULL until asked for */
  char *debug_file;           /* found on this machine, or NULL */
  char *why_no_debug;         /* a sentence when debug_file is NULL */
  bool searched, asked;       /* where files are; debuginfod servers, too */
};

struct kd_kernel {
  struct kd_dump *dump;
  struct kd_vmcoreinfo *info; /* NULL if nowhere to be found */
  struct kd_mem *mem;
  struct kd_elf_file *vmlinux; /* NULL without */
  char *vmlinux_note;          /* why there is none; NULL */
  struct kd_symbols *symbols;  /* vmlinux's, else kallsyms' */
  size_t nkallsyms;            /* how many are from the dump's kallsyms */
  bool kallsyms_scanned;       /* which were found by looking for them */
  struct kd_types *types;
  struct kd_search search; /* strings are the kernel's own */
  struct kd_kernel_private *priv;
  struct kd_build_id build_id; /* of the dumped kernel, may be unknown */
  char release[65];            /* uname -r, "" unknown */
  char panic_message[256];     /* "" if none was found */
  struct kd_cpu *cpus;         /* by CPU number; possible CPUs */
  unsigned ncpus;
  int panic_cpu;             /* -1 unknown */
  struct kd_module *modules; /* sorted by base */
  size_t nmodules;
  char **warnings; /* sentences for the user, in order found */
  size_t nwarnings;
};

/* Open dump, find VMCOREINFO, memory layout, vmlinux, symbols, types, CPUs
   and modules.  What is missing without being needed becomes a warning.  */
enum kd_status kd_kernel_open (const struct kd_kernel_options *options,
                               struct kd_kernel **out) KD_MUST_CHECK;
void kd_kernel_close (struct kd_kernel *k);
KD_DEFINE_GUARD (kernel, struct kd_kernel, kd_kernel_close);

/* Add a warning for the user.  */
void kd_kernel_warn (struct kd_kernel *k, const char *fmt, ...)
  KD_PRINTF (2, 3);

/* Run-time address of symbol NAME: vmlinux, else VMCOREINFO.  */
enum kd_status kd_kernel_symbol (struct kd_kernel *k, const char *name,
                                 uint64_t *addr) KD_MUST_CHECK;
/* Address of per-CPU variable NAME on CPU, with or without a zero-based
   per-CPU section.  */
enum kd_status kd_kernel_percpu (struct kd_kernel *k, const char *name,
                                 unsigned cpu, uint64_t *addr) KD_MUST_CHECK;

/* The offset of a member by its logical name in layout.def, whichever
   alternative this kernel has; the error names all that were tried.  */
enum kd_status kd_layout (struct kd_kernel *k, const char *logical,
                          struct kd_member *out) KD_MUST_CHECK;

/* The module whose code or data covers ADDR, NULL if none.  */
struct kd_module *kd_kernel_module_at (struct kd_kernel *k, uint64_t addr);
/* Look for the module's debug file once, where the kernel's own files are
   looked for; sets debug_file or why.  ASK: also the debuginfod servers, if
   the user wants that; it takes as long as they do.  */
void kd_module_find_debug (struct kd_kernel *k, struct kd_module *mod,
                           bool ask);
/* Is ADDR code of the kernel or of a module?  */
bool kd_kernel_is_text (struct kd_kernel *k, uint64_t addr);
/* The symbol that covers ADDR, of the kernel or of the module there (whose
   symbols are read from the dump on first need); false if none is known.  */
bool kd_kernel_symbol_at (struct kd_kernel *k, uint64_t addr,
                          struct kd_symbol *out);
/* The symbol called NAME, of MODULE or, with NULL, of the kernel first and
   then of any module.  */
bool kd_kernel_symbol_named (struct kd_kernel *k, const char *name,
                             const char *module, struct kd_symbol *out);
/* "symbol+0x12/0x40 [mod]", "symbol" at offset 0, else "0x...".  */
void kd_kernel_format_addr (struct kd_kernel *k, uint64_t addr,
                            struct kd_strbuf *out);

/* Pages of RAM that the kernel manages; false if that is not known.  */
bool kd_kernel_total_pages (struct kd_kernel *k, uint64_t *pages);

/* Page table root of the task's user memory (0 for a kernel thread), for
   kd_mem_read().  */
enum kd_status kd_task_space (struct kd_kernel *k, uint64_t task,
                              uint64_t *space) KD_MUST_CHECK;

#endif
