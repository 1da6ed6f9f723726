/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupt descriptors.
   Source: include/linux/irqdesc.h, irq.h and interrupt.h of the kernel. */
#ifndef KD_KERNEL_IRQ_H
#define KD_KERNEL_IRQ_H

#include "kernel/kernel.h"

/* Who is called when it comes.  */
struct kd_irq_action {
  uint64_t addr;      /* struct irqaction */
  uint64_t handler;   /* code */
  uint64_t thread_fn; /* code, 0 none */
  uint64_t dev_id;
  uint32_t flags;  /* IRQF_* */
  char name[64];   /* printable, "" none */
  uint64_t thread; /* task_struct of its thread, 0 none */
  int pid;         /* of that, -1 none or unknown */
};

struct kd_irq {
  unsigned irq;
  uint64_t desc;         /* struct irq_desc */
  char chip[64];         /* "IO-APIC", "" none; printable, so below */
  char domain[64];       /* "" none */
  uint64_t hwirq;        /* the number in its domain */
  char flow[32];         /* "edge", "fasteoi", "" none */
  uint64_t flow_handler; /* code, 0 none */
  uint32_t state;        /* IRQD_*; see kd_irq_describe_state() */
  uint32_t istate;       /* IRQS_* */
  uint32_t depth;        /* how many times it is disabled; 1 while unused */
  uint32_t unhandled; /* in the last 100,000, which is when it is shut off */
  uint64_t total;     /* how often it came, on all CPUs */
  uint64_t *counts;   /* by CPU; owned */
  bool *affinity;     /* by CPU; where it may go; owned */
  bool *effective;    /* by CPU; where it goes; owned */
  bool has_counts, has_affinity, has_effective;
  struct kd_irq_action *actions; /* owned */
  size_t nactions;
  char *damage; /* a sentence on what could not be read, NULL; owned */
};

/* Called with the number and struct irq_desc of each; anything but KD_OK ends
   the walk and becomes its result.  */
typedef enum kd_status kd_irq_fn (void *arg, unsigned irq, uint64_t desc);

/* All descriptors, by number.  Of a damaged map what is certain, and then the
   status of the damage.  KD_NOT_FOUND if there is no map of a kind we know. */
enum kd_status kd_irq_walk (struct kd_kernel *k, kd_irq_fn *fn,
                            void *arg) KD_MUST_CHECK;

/* Read one.  What cannot be read becomes its damage; fails only without
   memory, or if its types are not known.  *OUT is for kd_irq_deinit().  */
enum kd_status kd_irq_read (struct kd_kernel *k, unsigned irq, uint64_t desc,
                            struct kd_irq *out) KD_MUST_CHECK;
void kd_irq_deinit (struct kd_irq *irq);

/* What an architecture counts beside its interrupts: row I of "NMI", "LOC"
   (timer), "RES" (rescheduling IPIs), "CAL" (function call IPIs), ...; false
   beyond the last.  COUNTS (by CPU) is false in *KNOWN if this kernel does not
   count that.  */
struct kd_irq_arch_row {
  const char *name; /* as /proc/interrupts has it */
  const char *what;
};
bool kd_irq_arch_counts (struct kd_kernel *k, size_t i,
                         struct kd_irq_arch_row *row, uint64_t *counts,
                         bool *known);

/* The vector by which CPU takes the interrupt whose descriptor is at DESC, -1
   if by none, or if that is not known.  */
int kd_irq_vector (struct kd_kernel *k, unsigned cpu, uint64_t desc);

/* Words, separated by ", ": "disabled", "masked", "in progress", "pending",
   ...; appended to OUT.  */
void kd_irq_describe_state (const struct kd_irq *irq, struct kd_strbuf *out);
/* "SHARED", "ONESHOT", ..., separated by ", "; appended to OUT.  */
void kd_irq_describe_flags (uint32_t flags, struct kd_strbuf *out);

#endif
