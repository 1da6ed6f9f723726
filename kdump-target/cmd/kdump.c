/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdump: what the GDB plugin asks; not for people. */
#include "cmd/kdump.h"
#include "base/cursor.h"
#include "base/progress.h"
#include "cmd/describe.h"
#include "cmd/select.h"
#include "cmd/threads.h"
#include "kernel/symbol-file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define PROTOCOL 1
#define MAX_STACKS 32

/* "KEY VALUE", with % and what would break the line as %xx.  */
static void
put_value (struct kd_writer *w, const char *key, const char *value)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  for (const char *p = value; *p; p++) {
    if (*p == '%' || *p == '\n' || *p == '\r')
      kd_strbuf_printf (&text, "%%%02x", (unsigned char)*p);
    else
      kd_strbuf_putc (&text, *p);
  }
  kd_text (w, "%s %s\n", key, kd_strbuf_str (&text));
}

/* The lowest address of the kernel's half, which reaches to 2^64.  */
static uint64_t
kernel_half (const struct kd_arch *arch)
{
  uint64_t low = ~UINT64_C (0) << 40;
  for (unsigned bit = 41; bit < 64; bit++) {
    uint64_t start = ~UINT64_C (0) << bit;
    if (!arch->is_kernel_address (start))
      break;
    low = start;
  }
  return low;
}

static void
put_kernel (const struct kd_kernel *k, struct kd_writer *w)
{
  kd_text (w, "protocol %d\n", PROTOCOL);
  put_value (w, "release", k->release);
  if (k->build_id.size) {
    char id[2 * KD_BUILD_ID_MAX + 1];
    kd_build_id_format (&k->build_id, id, sizeof id);
    put_value (w, "build-id", id);
  }
  put_value (w, "arch", k->mem->arch->name);
  kd_text (w, "ncpus %u\n", k->ncpus);
  if (k->panic_cpu >= 0)
    kd_text (w, "panic-cpu %d\n", k->panic_cpu);
  else
    kd_text (w, "panic-cpu -\n");
  put_value (w, "panic-message", k->panic_message[0] ? k->panic_message : "-");
  struct kd_strbuf kind KD_AUTO_STRBUF = { 0 };
  kd_describe_dump_kind (kd_dump_info (k->dump), &kind);
  put_value (w, "dump", kd_strbuf_str (&kind));
  put_value (w, "vmlinux", k->vmlinux ? kd_elf_path (k->vmlinux) : "-");
  if (k->vmlinux_note)
    put_value (w, "vmlinux-note", k->vmlinux_note);
  kd_text (w, "kaslr-offset 0x%" PRIx64 "\n", k->mem->kaslr_offset);
  kd_text (w, "percpu-zero-based %d\n", kd_describe_percpu_zero_based (k));
  /* 0 for the end is 2^64, as GDB's `mem' has it.  */
  kd_text (w, "mem-range 0x%" PRIx64 " 0x0\n", kernel_half (k->mem->arch));
  kd_text (w, "tasks-supported 1\n");
}

/* The code that ORC calls the outermost frame, in the kernel's table T.  */
static enum kd_status
put_last (const struct kd_kernel *k, const struct kd_orc_table *t,
          struct kd_writer *w)
{
  enum { MAX_ENTRIES = 1 << 23, IP = 4, ENTRY = 6 };
  uint64_t next = t->text_end;
  if (t->count > MAX_ENTRIES)
    return KD_OK;
  uint8_t *ips KD_AUTO_FREE = kd_calloc (t->count, IP);
  uint8_t *entries KD_AUTO_FREE = kd_calloc (t->count, ENTRY);
  if (!ips || !entries)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st
    = kd_mem_read (k->mem, 0, t->ip, ips, (size_t)t->count * IP, NULL);
  if (!st)
    st = kd_mem_read (k->mem, 0, t->unwind, entries, (size_t)t->count * ENTRY,
                      NULL);
  for (uint32_t i = st ? 0 : t->count; i-- > 0;) {
    uint64_t at = t->ip + (uint64_t)i * IP;
    uint64_t ip
      = at + (uint64_t)(int64_t)(int32_t)kd_le32 (ips + (size_t)i * IP);
    struct kd_orc_entry e;
    if (!kd_orc_decode (t->version, entries + (size_t)i * ENTRY, &e)
        && e.type == KD_ORC_TYPE_END && ip < next)
      kd_text (w, "last 0x%" PRIx64 " 0x%" PRIx64 "\n", ip, next);
    next = ip;
  }
  return st;
}

static void
put_orc (struct kd_session_state *s, const struct kd_unwinder *u,
         struct kd_writer *w)
{
  for (size_t i = 0; i < kd_unwinder_orc_count (u); i++) {
    const struct kd_orc_table *t = kd_unwinder_orc (u, i);
    if (t->version == KD_ORC_UNKNOWN)
      continue;
    const struct kd_module *m = kd_kernel_module_at (s->kernel, t->text_start);
    if (m)
      kd_text (w,
               "orc-module %s %d 0x%" PRIx64 " 0x%" PRIx64 " %u 0x%" PRIx64
               " 0x%" PRIx64 "\n",
               m->name, (int)t->version, t->ip, t->unwind, t->count,
               t->text_start, t->text_end);
    else
      kd_text (w,
               "orc %d 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
               " 0x%" PRIx64 " 0x%" PRIx64 "\n",
               (int)t->version, t->ip, t->ip + UINT64_C (4) * t->count,
               t->unwind, t->unwind + UINT64_C (6) * t->count, t->text_start,
               t->text_end);
    if (!m && put_last (s->kernel, t, w))
      put_value (w, "warning", kd_error_text ());
  }
}

/* Without ORC, the entry code in which tasks begin.  */
static void
put_frame_pointers (struct kd_kernel *k, const struct kd_unwinder *u,
                    struct kd_writer *w)
{
  static const char *const names[]
    = { "ret_from_fork_asm", "ret_from_fork", "secondary_startup_64",
        "secondary_startup_64_no_verify", "startup_64" };
  struct kd_symbol sym;
  if (!kd_unwinder_frame_pointers (u))
    return;
  kd_text (w, "frame-pointers 1\n");
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (kd_kernel_symbol_named (k, names[i], NULL, &sym) && sym.size)
      kd_text (w, "last 0x%" PRIx64 " 0x%" PRIx64 "\n", sym.addr,
               sym.addr + sym.size);
}

static void
put_text_ranges (struct kd_kernel *k, struct kd_writer *w)
{
  uint64_t start, end;
  if (!kd_kernel_symbol (k, "_stext", &start)
      && !kd_kernel_symbol (k, "_etext", &end))
    kd_text (w, "text 0x%" PRIx64 " 0x%" PRIx64 "\n", start, end);
  for (size_t i = 0; i < k->nmodules; i++)
    if (k->modules[i].text_size)
      kd_text (w, "text 0x%" PRIx64 " 0x%" PRIx64 "\n", k->modules[i].text,
               k->modules[i].text + k->modules[i].text_size);
}

static void
put_stacks (const struct kd_kernel *k, const struct kd_unwinder *u,
            struct kd_writer *w)
{
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    struct kd_stack stacks[MAX_STACKS];
    size_t n = kd_unwinder_cpu_stacks (u, cpu, stacks, MAX_STACKS);
    for (size_t i = 0; i < n && i < MAX_STACKS; i++)
      kd_text (w, "stack %u %s 0x%" PRIx64 " 0x%" PRIx64 "\n", cpu,
               kd_stack_kind_name (stacks[i].kind), stacks[i].low,
               stacks[i].high);
  }
}

/* Has the kernel not got to freeing its initialisation?  enum system_states
   begins with the two states before that in all versions.  */
static void
put_booting (struct kd_kernel *k, struct kd_writer *w)
{
  uint64_t addr;
  uint32_t state;
  if (!kd_kernel_symbol (k, "system_state", &addr)
      && !kd_mem_u32 (k->mem, addr, &state))
    kd_text (w, "booting %d\n", state < 2);
}

/* Where tasks begin that never ran yet: their pc is no return address.  */
static void
put_beginnings (struct kd_kernel *k, struct kd_writer *w)
{
  static const char *const names[] = { "ret_from_fork_asm", "ret_from_fork" };
  uint64_t addr;
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (!kd_kernel_symbol (k, names[i], &addr))
      kd_text (w, "beginning 0x%" PRIx64 "\n", addr);
}

/* The innermost registers of the CPUs: their pc is no return address.  */
static void
put_cpus (const struct kd_kernel *k, struct kd_writer *w)
{
  const struct kd_arch *arch = k->mem->arch;
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    const struct kd_regs *regs = &k->cpus[cpu].regs;
    if (kd_regs_has (regs, arch->reg_pc) && kd_regs_has (regs, arch->reg_sp))
      kd_text (w, "cpu %u 0x%" PRIx64 " 0x%" PRIx64 "\n", cpu,
               regs->value[arch->reg_pc], regs->value[arch->reg_sp]);
  }
}

/* For a GDB without a vmlinux: where a CPU's innermost code is in no ORC
   table, what the engine found out of its caller.  */
static void
put_callers (struct kd_session_state *s, struct kd_unwinder *u,
             struct kd_writer *w)
{
  const struct kd_arch *arch = s->kernel->mem->arch;
  int rbp = kd_arch_reg (arch, "rbp");
  if (s->kernel->vmlinux || !kd_unwinder_orc_count (u))
    return;
  for (unsigned cpu = 0; cpu < s->kernel->ncpus; cpu++) {
    struct kd_backtrace bt;
    struct kd_orc_entry entry;
    if (kd_unwind_cpu (u, cpu, &bt))
      continue;
    const struct kd_frame *f = bt.frames;
    if (bt.nframes > 1 && f[1].kind == KD_FRAME_CALL && !f[1].guess
        && f->stack.low == f[1].stack.low
        && kd_unwinder_orc_entry (u, f->pc, &entry) == KD_NOT_FOUND)
      kd_text (w,
               "caller 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
               " 0x%" PRIx64 "\n",
               f->pc, f->sp, f[1].pc, f[1].sp,
               rbp >= 0 && kd_regs_has (&f[1].regs, (unsigned)rbp)
                 ? f[1].regs.value[rbp]
                 : 0);
    kd_backtrace_deinit (&bt);
  }
}

static enum kd_status
attach_info (struct kd_session_state *s, const struct kd_args *args,
             struct kd_writer *w)
{
  enum kd_status st = kd_args_no_more (args, 1);
  if (st)
    return st;
  struct kd_kernel *k = s->kernel;
  put_kernel (k, w);
  put_booting (k, w);
  /* What opening the dump has cost, for a client that could open it again. */
  kd_text (w, "cpu-ms %ld\n", (long)clock () / (CLOCKS_PER_SEC / 1000));
  put_cpus (k, w);
  put_beginnings (k, w);
  put_text_ranges (k, w);
  struct kd_unwinder *u;
  if (kd_cmd_unwinder (s, &u)) {
    put_value (w, "warning", kd_error_text ());
  } else {
    put_orc (s, u, w);
    put_frame_pointers (k, u, w);
    put_stacks (k, u, w);
    put_callers (s, u, w);
  }
  for (size_t i = 0; i < k->nwarnings; i++)
    put_value (w, "warning", k->warnings[i]);
  return KD_OK;
}

static enum kd_status
list_commands (struct kd_session_state *s, const struct kd_args *args,
               struct kd_writer *w)
{
  (void)s;
  for (const struct kd_command *const *c = kd_commands; *c; c++)
    if (!(*c)->hidden)
      kd_text (w, "%s\t%s\t%s\n", (*c)->name, (*c)->group, (*c)->summary);
  return kd_args_no_more (args, 1);
}

/* What follows the subcommand's name, blanks at the end and all.  */
static const char *
rest_of (const struct kd_args *args)
{
  const char *p = args->line + strspn (args->line, " \t");
  p += strcspn (p, " \t");
  return *p ? p + 1 : p;
}

static enum kd_status
complete_line (struct kd_session_state *s, const struct kd_args *args,
               struct kd_writer *w)
{
  struct kd_strbuf list KD_AUTO_STRBUF = { 0 };
  kd_command_complete (s, rest_of (args), &list);
  kd_text (w, "%s", kd_strbuf_str (&list));
  return KD_OK;
}

/* "TID LINE": run LINE for the thread that is selected in GDB.  */
static enum kd_status
call_at (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  uint64_t tid;
  if (args->argc < 3)
    return kd_fail (KD_USAGE, "at which thread, and what?");
  enum kd_status st = kd_arg_number (args->argv[1], "the thread", &tid);
  if (!st)
    st = kd_thread_select (s, tid);
  const char *line = rest_of (args) + strspn (rest_of (args), " \t");
  line += strcspn (line, " \t");
  line += strspn (line, " \t");
  if (!st && strncmp (line, "kdump", 5) == 0)
    st = kd_fail (KD_USAGE, "kdump does not call itself");
  return st ? st : kd_command_run (s, line, w->out);
}

static enum kd_status
call_line (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  const char *line = rest_of (args) + strspn (rest_of (args), " \t");
  if (strncmp (line, "kdump", 5) == 0)
    return kd_fail (KD_USAGE, "kdump does not call itself");
  return kd_command_run (s, line, w->out);
}

/* Make and select the thread of a task; its number, and why it has no
   registers.  */
static enum kd_status
make_thread (struct kd_session_state *s, const struct kd_args *args,
             struct kd_writer *w)
{
  const struct kd_task *t;
  enum kd_status st = kd_args_no_more (args, 2);
  if (!st && args->argc < 2)
    st = kd_fail (KD_USAGE, "which task?");
  if (!st)
    st = kd_arg_task (s, args->argv[1], &t);
  if (!st)
    st = kd_task_thread_select (s, t);
  if (st)
    return st;
  kd_text (w, "%" PRIu64 "\n", kd_task_thread (t));
  struct kd_unwinder *u;
  struct kd_regs regs;
  bool exact;
  if (!t->running && !kd_cmd_unwinder (s, &u)
      && kd_unwind_saved_regs (u, t->addr, &regs, &exact))
    kd_text (w, "PID %d has no registers: %s\n", t->pid, kd_error_text ());
  return KD_OK;
}

/* Look for the debug files of all modules, at debuginfod servers too if the
   user wants that, before GDB asks for the list and waits.  */
static enum kd_status
find_debug (struct kd_session_state *s, const struct kd_args *args,
            struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  enum kd_status st = kd_args_no_more (args, 1);
  (void)w;
  for (size_t i = 0; i < k->nmodules && !st; i++) {
    kd_module_find_debug (k, &k->modules[i], true);
    st = kd_progress ("debug files of modules", i + 1, k->nmodules);
  }
  return st;
}

/* Write symbols for GDB to the file PATH, which is there already, unless there
   is a vmlinux.  */
static enum kd_status
write_symbols (struct kd_session_state *s, const struct kd_args *args,
               struct kd_writer *w)
{
  (void)w;
  struct kd_strbuf file KD_AUTO_STRBUF = { 0 };
  FILE *f KD_AUTO_FILE = NULL;
  enum kd_status st = kd_args_no_more (args, 2);
  if (!st && args->argc < 2)
    st = kd_fail (KD_USAGE, "to which file?");
  if (st || s->kernel->vmlinux || kd_symbol_file (s->kernel, &file))
    return st; /* then GDB goes without */
  f = fopen (args->argv[1], "r+e");
  if (!f || fwrite (file.data, 1, file.len, f) != file.len || fflush (f))
    return kd_fail_errno (KD_IO, errno, "%s", args->argv[1]);
  return KD_OK;
}

static enum kd_status
help_for (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  struct kd_args names = { .argc = args->argc - 1, .argv = args->argv + 1 };
  return kd_cmd_help.run (s, &names, w);
}

static enum kd_status
kdump_run (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  static const struct {
    const char *name;
    enum kd_status (*run) (struct kd_session_state *s,
                           const struct kd_args *args, struct kd_writer *w);
  } subcommands[] = {
    { "attach-info", attach_info },
    { "commands", list_commands },
    { "complete", complete_line },
    { "call", call_line },
    { "help", help_for },
    { "thread", make_thread },
    { "at", call_at },
    { "per-cpu", kd_kdump_per_cpu },
    { "symbol", kd_kdump_symbol },
    { "task", kd_kdump_task },
    { "current", kd_kdump_current },
    { "summary", kd_kdump_summary },
    { "write-symbols", write_symbols },
    { "find-debug", find_debug },
  };
  if (args->argc == 0)
    return kd_fail (KD_USAGE, "what is to be asked?");
  for (size_t i = 0; i < KD_ARRAY_SIZE (subcommands); i++)
    if (strcmp (args->argv[0], subcommands[i].name) == 0)
      return subcommands[i].run (s, args, w);
  return kd_fail (KD_USAGE, "what is `%s'?", args->argv[0]);
}

const struct kd_command kd_cmd_kdump = {
  .name = "kdump",
  .group = "What can I ask?",
  .summary = "answer the GDB plugin",
  .usage = "kdump attach-info|commands|complete LINE|call LINE|help [NAME]|"
           "thread TASK|at THREAD LINE|"
           "per-cpu|symbol NAME|task PID|current CPU|write-symbols FILE|"
           "current thread TID|"
           "summary KIND ADDRESS LIMIT|find-debug",
  .help = "For the GDB plugin; the lines may change with the protocol "
          "number.\n",
  .hidden = true,
  .run = kdump_run,
};
