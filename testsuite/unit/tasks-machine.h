/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A made-up machine with the tasks of fake-tasks.c. */
#ifndef KD_TASKS_MACHINE_H
#define KD_TASKS_MACHINE_H

#include "kernel-machine.h"

static struct machine m;
static struct kd_kernel *k;
static char vmlinux[96];

/* A member of OBJECT + OFF, a struct TYPE, is to be VALUE.  */
__attribute__ ((unused)) static void
poke_member (const char *object, uint64_t off, const char *type,
             const char *member, uint64_t value)
{
  struct kd_types *types;
  struct kd_member at = { 0 };
  if (kd_types_create (NULL, "", m.elf, &types))
    return;
  if (kd_types_member (types, type, member, &at))
    printf ("# no %s.%s\n", type, member);
  kd_types_destroy (types);
  poke_symbol (&m, object, off + at.offset, value,
               at.size > 8 ? 8 : (unsigned)at.size);
}

/* Bytes of a task_struct, from the room that five have.  */
__attribute__ ((unused)) static uint64_t
task_size (void)
{
  const Elf64_Sym *sym = kd_elf_find_symbol (m.elf, "others");
  return sym ? sym->st_size / 5 : 0;
}

#define OTHER(n) "others", (n)*task_size ()

/* A member of one of the tasks in others[].  */
__attribute__ ((unused)) static void
poke_task (unsigned other, const char *member, uint64_t value)
{
  poke_member (OTHER (other), "task_struct", member, value);
}

/* The machine of SHAPE, to be changed at will.  */
__attribute__ ((unused)) static void
start (const char *shape)
{
  snprintf (vmlinux, sizeof vmlinux, "testsuite/unit/tasks-%s", shape);
  machine_init (&m, vmlinux);
  synth_vmcoreinfo (&m.s, info_text);
  /* Each CPU's runqueue has its idle task; CPUs 2 and 3 never ran.  */
  for (unsigned cpu = 0; cpu < NCPUS; cpu++)
    synth_poke (
      &m.s, percpu_phys (&m, "runqueues", cpu) + 8,
      cpu < 2 ? link_addr (&m, cpu ? "idle_1" : "init_task") + SYNTH_SLIDE : 0,
      8);
}

/* Open it.  */
__attribute__ ((unused)) static void
run_on (void)
{
  if (open_kernel (&m, vmlinux, false, &k)) {
    printf ("Bail out! %s\n", kd_error_text ());
    exit (1);
  }
}

__attribute__ ((unused)) static void
done (void)
{
  kd_kernel_close (k);
  k = NULL;
  machine_deinit (&m);
}

#endif
