/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unwind-real VMLINUX DUMP...: every stack of real dumps, and the fallbacks
   against ORC.  Run by ./check on the dumps at hand; see unwind.mk. */
#include "test.h"
#include "unwind/unwinder.h"

#include <libgen.h>
#include <stdlib.h>

/* How often another method agreed with ORC on where the caller is.  */
struct score {
  unsigned same, differ, silent;
};

static void
compare (struct kd_unwinder *u, kd_walk_step_fn *step,
         const struct kd_frame *f, const struct kd_frame *next,
         struct score *score)
{
  struct kd_walk_env env;
  struct kd_orc_regs regs;
  struct kd_orc_step s;

  kd_walk_set_arch (&env, u->kernel->mem->arch);
  kd_walk_regs_in (&env, &f->regs, &regs);
  if (step (u, &regs, f->kind != KD_FRAME_CALL, &s)) {
    score->silent++;
    return;
  }
  kd_tracers_recover (u, s.cfa - 8, &s.next.value[KD_DW_IP]);
  if (s.next.value[KD_DW_IP] == next->pc && s.next.value[KD_DW_SP] == next->sp)
    score->same++;
  else
    score->differ++;
}

static struct score cfi, code;
static unsigned walks, frames, ends[4], guesses, crossings;

/* Walk, count, and check what must hold in any walk.  False and a line of
   explanation if it did not end well.  */
static bool
check_walk (struct kd_unwinder *u, const struct kd_backtrace *bt,
            const char *what, uint64_t id)
{
  bool good = bt->stop == KD_STOP_END || bt->stop == KD_STOP_USER;

  walks++;
  ends[bt->stop]++;
  for (size_t i = 0; i < bt->nframes; i++) {
    const struct kd_frame *f = &bt->frames[i], *next = f + 1;

    frames++;
    guesses += f->guess;
    if (i + 1 == bt->nframes)
      break;
    crossings
      += f->stack.low != next->stack.low && next->kind != KD_FRAME_USER;
    if (f->cfa != next->sp)
      good = false;
    if (next->kind == KD_FRAME_CALL && f->stack.low == next->stack.low) {
      compare (u, kd_cfi_step, f, next, &cfi);
      compare (u, kd_code_step, f, next, &code);
    }
  }
  if (!good)
    printf ("# %s %" PRIx64 ": %zu frames, then: %s\n", what, id, bt->nframes,
            bt->reason);
  return good;
}

static void
check_cpus (struct kd_unwinder *u)
{
  struct kd_kernel *k = u->kernel;

  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_backtrace bt;

    if (!k->cpus[i].present || k->cpus[i].source == KD_REGS_NONE)
      continue;
    if (!ok (!kd_unwind_cpu (u, i, &bt), "CPU %u is walked", i))
      continue;
    ok (check_walk (u, &bt, "CPU", i),
        "the stack of CPU %u ends where it should", i);
    ok (i != (unsigned)k->panic_cpu || bt.nframes >= 5,
        "CPU %u, if it panicked, has some callers", i);
    kd_backtrace_deinit (&bt);
  }
}

/* Each CPU has the stacks that every kernel gives it.  */
static void
check_stacks (struct kd_unwinder *u)
{
  static const enum kd_stack_kind wanted[]
    = { KD_STACK_IRQ, KD_STACK_NMI, KD_STACK_DF,
        KD_STACK_DB,  KD_STACK_MCE, KD_STACK_ENTRY };

  for (unsigned c = 0; c < u->kernel->ncpus; c++) {
    struct kd_stack s[KD_CPU_STACKS], found;
    size_t n = kd_unwinder_cpu_stacks (u, c, s, KD_CPU_STACKS);
    bool all = true, found_all = true;

    if (!u->kernel->cpus[c].present)
      continue;
    for (size_t i = 0; i < KD_ARRAY_SIZE (wanted); i++) {
      bool have = false;

      for (size_t j = 0; j < n; j++)
        have |= s[j].kind == wanted[i];
      if (!have)
        printf ("# no %s stack\n", kd_stack_kind_name (wanted[i]));
      all &= have;
    }
    for (size_t j = 0; j < n; j++)
      found_all
        &= kd_unwinder_find_stack (u, s[j].low, (int)c, 0, &found)
           && found.kind == s[j].kind
           && kd_unwinder_find_stack (u, s[j].high - 8, (int)c, 0, &found)
           && found.low == s[j].low;
    ok (all, "CPU %u has an IRQ, NMI, #DF, #DB, #MC and entry stack", c);
    ok (found_all, "both ends of each are found again");
  }
}

/* Without types the TSS and the page tables tell the same of the exception
   stacks and the entry stack.  */
static void
check_stacks_without_types (struct kd_unwinder *u)
{
  struct kd_types *types = u->kernel->types, *none = NULL;
  unsigned found = 0, wrong = 0;

  if (kd_types_create (NULL, "none", NULL, &none)) {
    test_skip ("stacks without types", "no empty types");
    return;
  }
  for (unsigned c = 0; c < u->kernel->ncpus; c++) {
    struct kd_stack want[KD_CPU_STACKS], got[KD_CPU_STACKS];
    size_t n = kd_unwinder_cpu_stacks (u, c, want, KD_CPU_STACKS), m;

    u->kernel->types = none;
    m = kd_stacks_of_cpu (&u->facts, c, got, KD_CPU_STACKS);
    u->kernel->types = types;
    for (size_t i = 0; i < m; i++) {
      bool same = false;

      for (size_t j = 0; j < n; j++)
        same |= want[j].kind == got[i].kind && want[j].low == got[i].low
                && want[j].high == got[i].high;
      found++;
      wrong += !same;
    }
  }
  kd_types_destroy (none);
  ok (found >= 5 * u->kernel->ncpus && !wrong,
      "the TSS tells the same of stacks (%u found, %u wrong)", found, wrong);
}

static void
check_tasks (struct kd_unwinder *u)
{
  struct kd_kernel *k = u->kernel;
  unsigned count = 0, bad = 0;
  struct kd_member list, stack;
  uint64_t init, at, low;

  if (kd_kernel_symbol (k, "init_task", &init)
      || kd_layout (k, "task.tasks", &list)) {
    test_skip ("all tasks", "no task list");
    return;
  }
  for (at = init; count < 100000; count++) {
    struct kd_backtrace bt;

    if (kd_mem_u64 (k->mem, at + list.offset, &at))
      break;
    at -= list.offset;
    if (at == init || kd_layout (k, "task.stack", &stack)
        || kd_mem_u64 (k->mem, at + stack.offset, &low)
        || kd_unwind_task (u, at, &bt))
      break;
    /* A zombie's stack is gone.  */
    if (!low)
      bad += bt.nframes || bt.stop != KD_STOP_BROKEN;
    else
      bad += !check_walk (u, &bt, "task", at);
    kd_backtrace_deinit (&bt);
  }
  ok (count > 10 && at == init && !bad,
      "the stacks of all tasks (%u of %u) end where they should", count - bad,
      count);
}

/* Registers that calls preserve, recovered across the frames between two
   register frames, are those of the outer one when nothing touched them:
   here only that CFI gives some, and that rsp and rip are left alone.  */
static void
check_registers (struct kd_unwinder *u)
{
  struct kd_kernel *k = u->kernel;
  struct kd_backtrace bt;
  unsigned more = 0, changed = 0;
  int rbx = kd_arch_reg (k->mem->arch, "rbx");

  if (!kd_cfi_is_there (u)) {
    test_skip ("preserved registers", "vmlinux has no CFI");
    return;
  }
  if (k->panic_cpu < 0 || kd_unwind_cpu (u, (unsigned)k->panic_cpu, &bt)) {
    test_skip ("preserved registers", "no panic CPU");
    return;
  }
  kd_unwind_registers (u, &bt);
  for (size_t i = 0; i < bt.nframes; i++) {
    const struct kd_frame *f = &bt.frames[i];

    more += f->kind == KD_FRAME_CALL && kd_regs_has (&f->regs, (unsigned)rbx);
    if (f->regs.value[k->mem->arch->reg_pc] == f->pc
        && f->regs.value[k->mem->arch->reg_sp] == f->sp)
      continue;
    changed++;
    printf ("# frame %zu: rip %" PRIx64 ", not %" PRIx64 "; rsp %" PRIx64
            ", not %" PRIx64 "\n",
            i, f->regs.value[k->mem->arch->reg_pc], f->pc,
            f->regs.value[k->mem->arch->reg_sp], f->sp);
  }
  ok (more > 3 && !changed, "CFI adds rbx to %u call frames", more);
  kd_backtrace_deinit (&bt);
}

static void
check_dump (const char *vmlinux, const char *path)
{
  struct kd_kernel_options options
    = { .dump_paths = &path, .ndump_paths = 1, .vmlinux = vmlinux };
  struct kd_kernel *k = NULL;
  struct kd_unwinder *u = NULL;

  printf ("# %s\n", path);
  if (!ok (!kd_kernel_open (&options, &k) && !kd_unwinder_create (k, &u),
           "%s can be opened", basename ((char *)path))) {
    printf ("# %s\n", kd_error_text ());
    kd_kernel_close (k);
    return;
  }
  if (!k || !u)
    return;
  printf ("# %s, task stacks of %" PRIu64 " bytes\n", kd_unwinder_method (u),
          u->facts.thread_size);
  ok (kd_unwinder_orc_count (u) == k->nmodules + 1,
      "the kernel and its %zu modules have ORC tables", k->nmodules);
  check_stacks (u);
  check_stacks_without_types (u);
  check_cpus (u);
  check_tasks (u);
  check_registers (u);
  kd_unwinder_destroy (u);
  kd_kernel_close (k);
}

int
main (int argc, char **argv)
{
  if (argc < 3) {
    fprintf (stderr, "usage: unwind-real VMLINUX DUMP...\n");
    return 2;
  }
  for (int i = 2; i < argc; i++)
    check_dump (argv[1], argv[i]);
  printf ("# %u walks, %u frames, %u crossings; %u END %u USER %u BROKEN %u "
          "LIMIT\n",
          walks, frames, crossings, ends[0], ends[1], ends[2], ends[3]);
  printf ("# CFI: %u same, %u differ, %u silent; code: %u same, %u differ, "
          "%u silent\n",
          cfi.same, cfi.differ, cfi.silent, code.same, code.differ,
          code.silent);
  is_int (guesses, 0, "no frame is a guess");
  ok (cfi.differ <= cfi.same / 100, "CFI agrees with ORC");
  ok (code.same > 0 && !code.differ,
      "the code itself agrees with ORC wherever it is certain");
  return test_done ();
}
