/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each CPU's registers: which note belongs to which CPU. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <string.h>

/* The notes of one kind, in the order of the dump.  */
struct notes {
  const struct kd_note **v; /* owned */
  bool *used;               /* owned */
  size_t n;
};

static void
notes_deinit (struct notes *notes)
{
  free (notes->v);
  free (notes->used);
}

static void
collect_notes (const struct kd_kernel *k, const char *name, uint32_t type,
               size_t least, struct notes *out)
{
  size_t all = kd_dump_note_count (k->dump);
  memset (out, 0, sizeof *out);
  out->v = kd_calloc (all, sizeof *out->v);
  out->used = kd_calloc (all, sizeof *out->used);
  if (!out->v || !out->used)
    return;
  for (size_t i = 0; i < all; i++) {
    const struct kd_note *note = kd_dump_note (k->dump, i);
    if (note->type == type && !strcmp (note->name, name)
        && note->size >= least)
      out->v[out->n++] = note;
  }
}

/* The base of the per-CPU area is only known to a crash note's reader, and
   the CPU's registers are of no use without.  */
static void
finish (struct kd_kernel *k, struct kd_cpu *cpu, enum kd_regs_source source)
{
  const struct kd_arch *arch = k->mem->arch;
  cpu->source = source;
  if (arch->set_percpu_base && cpu->percpu_offset && source != KD_REGS_QEMU)
    arch->set_percpu_base (&cpu->regs, cpu->percpu_offset);
}

static void
regs_from_prstatus (struct kd_kernel *k, struct kd_cpu *cpu,
                    const uint8_t *desc, size_t size)
{
  const struct kd_arch *arch = k->mem->arch;
  kd_regs_from_prstatus (arch, desc + arch->prstatus_reg_offset,
                         size - arch->prstatus_reg_offset, &cpu->regs);
}

/* --- the kernel's own copy of the note, per CPU --- */

/* Read CPU's crash_notes buffer: an ELF note "CORE", NT_PRSTATUS, whose
   descriptor is DESC of SIZE bytes.  KD_NOT_FOUND when it was never written:
   the CPU did not get as far as saving its registers.  */
static enum kd_status
read_crash_note (struct kd_kernel *k, const struct kd_cpu *cpu, uint8_t *desc,
                 size_t size)
{
  uint64_t pointer, percpu;
  uint8_t header[20];
  if (!cpu->percpu_offset)
    return kd_fail (KD_NOT_FOUND, "its per-CPU area is not known");
  enum kd_status st = kd_kernel_symbol (k, "crash_notes", &pointer);
  if (!st)
    st = kd_mem_u64 (k->mem, pointer, &percpu);
  if (!st && !percpu)
    return kd_fail (KD_NOT_FOUND, "the kernel has no crash_notes");
  uint64_t at = st ? 0 : percpu + cpu->percpu_offset;
  if (!st)
    st
      = kd_mem_read (k->mem, KD_KERNEL_SPACE, at, header, sizeof header, NULL);
  if (st)
    return kd_context (st, "crash_notes of CPU %u", cpu->number);
  if (!kd_le32 (header) && !kd_le32 (header + 8))
    return kd_fail (KD_NOT_FOUND,
                    "it did not save them: it never answered when the kernel "
                    "crashed");
  if (kd_le32 (header) != 5 || kd_le32 (header + 4) != size
      || kd_le32 (header + 8) != NT_PRSTATUS
      || memcmp (header + 12, "CORE", 5) != 0)
    return kd_fail (KD_CORRUPT, "crash_notes of CPU %u at 0x%llx: no PRSTATUS",
                    cpu->number, (unsigned long long)at);
  st = kd_mem_read (k->mem, KD_KERNEL_SPACE, at + sizeof header, desc, size,
                    NULL);
  return kd_context (st, "crash_notes of CPU %u", cpu->number);
}

/* The unused note with the same bytes.  */
static bool
take_same_note (struct notes *notes, const uint8_t *desc, size_t size)
{
  for (size_t i = 0; i < notes->n; i++)
    if (!notes->used[i] && notes->v[i]->size >= size
        && !memcmp (notes->v[i]->data, desc, size)) {
      notes->used[i] = true;
      return true;
    }
  return false;
}

/* Sets what CPU's registers are if the kernel's memory tells.  */
static enum kd_status
from_crash_notes (struct kd_kernel *k, struct kd_cpu *cpu, struct notes *notes)
{
  size_t size = k->mem->arch->prstatus_size;
  uint8_t *desc KD_AUTO_FREE = malloc (size);
  if (!desc)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = read_crash_note (k, cpu, desc, size);
  if (st)
    return st;
  bool same = take_same_note (notes, desc, size);
  regs_from_prstatus (k, cpu, desc, size);
  finish (k, cpu, same ? KD_REGS_NOTE : KD_REGS_CRASH_NOTES);
  return KD_OK;
}

/* --- notes without such a proof --- */

static int
note_pid (const struct kd_kernel *k, const struct kd_note *note)
{
  return (int)kd_le32 ((const uint8_t *)note->data
                       + k->mem->arch->prstatus_pid_offset);
}

/* By the PID of the CPU's current task, when only one CPU and one note have
   that PID.  */
static const struct kd_note *
note_by_pid (const struct kd_kernel *k, const struct kd_cpu *cpu,
             struct notes *notes)
{
  size_t found = notes->n;
  for (unsigned i = 0; i < k->ncpus; i++)
    if (i != cpu->number && k->cpus[i].pid == cpu->pid)
      return NULL;
  for (size_t i = 0; i < notes->n; i++) {
    if (notes->used[i] || note_pid (k, notes->v[i]) != cpu->pid)
      continue;
    if (found != notes->n)
      return NULL;
    found = i;
  }
  if (found == notes->n || cpu->pid <= 0)
    return NULL;
  notes->used[found] = true;
  return notes->v[found];
}

static size_t
count_unused (const struct notes *notes)
{
  size_t n = 0;
  for (size_t i = 0; i < notes->n; i++)
    n += !notes->used[i];
  return n;
}

/* What is left is given out in order if there is one for each online CPU
   that has none.  */
static void
assign_in_order (struct kd_kernel *k, struct notes *notes)
{
  size_t want = 0, left = count_unused (notes), next = 0;
  for (unsigned i = 0; i < k->ncpus; i++)
    want += k->cpus[i].online && k->cpus[i].source == KD_REGS_NONE;
  if (!left || !want)
    return;
  if (left != want) {
    kd_kernel_warn (k,
                    "%zu register notes of the dump are left for %zu CPUs: "
                    "which is whose is not known, none is used",
                    left, want);
    return;
  }
  if (k->vmlinux || k->nkallsyms)
    kd_kernel_warn (k,
                    "registers of %zu CPUs were taken from the dump's notes "
                    "in order, with no proof of which CPU's they are",
                    want);
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *cpu = &k->cpus[i];
    if (!cpu->online || cpu->source != KD_REGS_NONE)
      continue;
    while (notes->used[next])
      next++;
    regs_from_prstatus (k, cpu, notes->v[next]->data, notes->v[next]->size);
    finish (k, cpu, KD_REGS_NOTE);
    notes->used[next] = true;
  }
}

static void
from_kexec_notes (struct kd_kernel *k)
{
  struct notes notes __attribute__ ((cleanup (notes_deinit)));
  collect_notes (k, "CORE", NT_PRSTATUS, k->mem->arch->prstatus_size, &notes);
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *cpu = &k->cpus[i];
    enum kd_status st = from_crash_notes (k, cpu, &notes);
    if (!st)
      continue;
    cpu->why_no_regs
      = cpu->online ? strdup (kd_error_text ()) : strdup ("it is offline");
  }
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *cpu = &k->cpus[i];
    const struct kd_note *note;
    if (cpu->source != KD_REGS_NONE || !cpu->online
        || !(note = note_by_pid (k, cpu, &notes)))
      continue;
    regs_from_prstatus (k, cpu, note->data, note->size);
    finish (k, cpu, KD_REGS_NOTE);
  }
  assign_in_order (k, &notes);
}

/* --- QEMU's notes: one for each of its CPUs, in its own order --- */

/* The kernel's number of the CPU whose per-CPU area the GS base (or the
   inactive one, in user mode) is; -1 if it is no CPU's.  */
static int
cpu_by_percpu_base (const struct kd_kernel *k, const struct kd_regs *regs,
                    const struct kd_note *note)
{
  const struct kd_arch *arch = k->mem->arch;
  uint64_t bases[2];
  size_t n = arch->qemu_percpu_bases
               ? arch->qemu_percpu_bases (regs, note->data, note->size, bases)
               : 0;
  for (size_t j = 0; j < n; j++)
    for (unsigned i = 0; bases[j] && i < k->ncpus; i++)
      if (k->cpus[i].percpu_offset == bases[j])
        return (int)i;
  return -1;
}

static void
use_qemu_note (struct kd_kernel *k, const struct kd_note *note, size_t order)
{
  struct kd_regs regs;
  if (kd_regs_from_qemu_note (k->mem->arch, note->data, note->size, &regs)) {
    kd_kernel_warn (k, "QEMU's CPU %zu: %s", order, kd_error_text ());
    return;
  }
  int cpu = cpu_by_percpu_base (k, &regs, note);
  if (cpu < 0 && order < k->ncpus && k->cpus[order].source == KD_REGS_NONE)
    cpu = (int)order;
  if (cpu < 0 || k->cpus[cpu].source != KD_REGS_NONE) {
    kd_kernel_warn (k,
                    "registers of QEMU's CPU %zu belong to no CPU of the "
                    "kernel's",
                    order);
    return;
  }
  k->cpus[cpu].regs = regs;
  finish (k, &k->cpus[cpu], KD_REGS_QEMU);
}

/* CPUs known by their per-CPU area go first, so that the others cannot take
   their place by order.  */
static bool
from_qemu_notes (struct kd_kernel *k)
{
  struct notes notes __attribute__ ((cleanup (notes_deinit)));
  collect_notes (k, "QEMU", 0, 0, &notes);
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < notes.n; i++) {
      struct kd_regs regs;
      bool known = !kd_regs_from_qemu_note (k->mem->arch, notes.v[i]->data,
                                            notes.v[i]->size, &regs)
                   && cpu_by_percpu_base (k, &regs, notes.v[i]) >= 0;
      if (known == !pass)
        use_qemu_note (k, notes.v[i], i);
    }
  return notes.n;
}

void
kd_find_registers (struct kd_kernel *k)
{
  if (!from_qemu_notes (k))
    from_kexec_notes (k);
  for (unsigned i = 0; i < k->ncpus; i++) {
    struct kd_cpu *cpu = &k->cpus[i];
    if (cpu->source != KD_REGS_NONE) {
      free (cpu->why_no_regs);
      cpu->why_no_regs = NULL;
    } else if (!cpu->why_no_regs) {
      cpu->why_no_regs
        = strdup (cpu->online ? "the dump has no note of its registers"
                              : "it is offline");
    }
  }
}
