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

/* Where MEMBER of CPU's runqueue is, physically; *SIZE may be NULL.  */
__attribute__ ((unused)) static uint64_t
rq_member (unsigned cpu, const char *member)
{
  struct kd_types *types;
  struct kd_member at = { 0 };
  if (kd_types_create (NULL, "", m.elf, &types))
    return 0;
  if (kd_types_member (types, "rq", member, &at))
    printf ("# no rq.%s\n", member);
  kd_types_destroy (types);
  return percpu_phys (&m, "runqueues", cpu) + at.offset;
}

/* Run-time address of a member of an object in the image.  */
__attribute__ ((unused)) static uint64_t
member_va (const char *object, uint64_t off, const char *type,
           const char *member)
{
  struct kd_types *types;
  struct kd_member at = { 0 };
  if (kd_types_create (NULL, "", m.elf, &types))
    return 0;
  if (kd_types_member (types, type, member, &at))
    printf ("# no %s.%s\n", type, member);
  kd_types_destroy (types);
  return link_addr (&m, object) + off + at.offset + SYNTH_SLIDE;
}

/* The queues of CPU 1: PID 77 runs; PID 91 and group job are in the fair
   queue, PID 2 in a real-time list, PID 90 in the deadline tree.  */
__attribute__ ((unused)) static void
fill_queues (void)
{
  enum { PRIO = 49 };
  for (unsigned cpu = 0; cpu < NCPUS; cpu++) {
    uint64_t at = rq_member (cpu, "rt.active.queue");
    for (unsigned i = 0; i < 200; i++)
      synth_poke (&m.s, at + UINT64_C (8) * i,
                  m.s.page_offset + at + i / 2 * 16, 8);
  }
  synth_poke (&m.s, rq_member (1, "curr"),
              link_addr (&m, "other_task") + SYNTH_SLIDE, 8);
  synth_poke (&m.s, rq_member (1, "nr_running"), 6, 4);
  synth_poke (&m.s, rq_member (1, "cfs.min_vruntime"), 5000000, 8);
  synth_poke (&m.s, rq_member (1, "cfs.curr"),
              member_va ("other_task", 0, "task_struct", "se"), 8);
  synth_poke (&m.s, rq_member (1, "cfs.tasks_timeline"),
              member_va ("job_entity", 0, "sched_entity", "run_node"), 8);
  synth_poke (&m.s, rq_member (1, "dl.root"),
              member_va (OTHER (3), "task_struct", "dl.rb_node"), 8);
  uint64_t head = rq_member (1, "rt.active.queue") + PRIO * 16,
           node = member_va (OTHER (2), "task_struct", "rt.run_list");
  synth_poke (&m.s, head, node, 8);
  synth_poke (&m.s, head + 8, node, 8);
  poke_task (2, "rt.run_list.next", m.s.page_offset + head);
  poke_task (2, "rt.run_list.prev", m.s.page_offset + head);
  bool old = !strstr (vmlinux, "-6");
  for (unsigned i = 1; i < 5; i++)
    poke_task (i, old ? "cpu" : "thread_info.cpu", 1);
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
