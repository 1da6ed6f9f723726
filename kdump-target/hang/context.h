/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts: what a CPU was doing, interrupted by what, interrupted by what.
   They are the things that wait, and that are waited for. */
#ifndef KD_HANG_CONTEXT_H
#define KD_HANG_CONTEXT_H

#include "unwind/unwind.h"

enum kd_context_kind {
  KD_CONTEXT_TASK,      /* also what runs with a task's own stack: idle */
  KD_CONTEXT_SOFTIRQ,   /* softirqs, at the end of an interrupt, by
                           local_bh_enable() or in ksoftirqd */
  KD_CONTEXT_IRQ,       /* an interrupt, of a device, a timer or an IPI */
  KD_CONTEXT_EXCEPTION, /* an exception taken in kernel mode */
  KD_CONTEXT_NMI,
};
const char *kd_context_kind_name (enum kd_context_kind kind); /* "task" */

enum kd_irqs { KD_IRQS_UNKNOWN, KD_IRQS_OFF, KD_IRQS_ON };

/* A part of a stack: frames [FIRST, END) of its backtrace, innermost first.
   Frame FIRST is where the context is; its registers are exact if the frame
   is KD_FRAME_EXACT.  */
struct kd_context {
  enum kd_context_kind kind;
  size_t first, end;
  enum kd_irqs irqs; /* where the context is now, by its RFLAGS */
};
#define KD_CONTEXTS 16

/* All that is on one CPU, or of one task that is on none.  */
struct kd_context_stack {
  int cpu;         /* -1: a task that is on no CPU */
  uint64_t task;   /* task_struct, 0 unknown */
  int pid;         /* -1 unknown */
  char comm[16];   /* printable, "" unknown */
  bool idle;       /* the CPU's idle task */
  bool panicked;   /* the CPU that panicked */
  const char *why; /* a sentence when there are no frames; else NULL */
  struct kd_backtrace bt;
  /* Innermost first; the last is the task (or the user mode of it), the others
     interrupted the one after them.  0 without frames.  */
  struct kd_context context[KD_CONTEXTS];
  size_t ncontexts;
};

struct kd_contexts;

/* KERNEL and UNWINDER are borrowed.  Walks nothing yet.  */
enum kd_status kd_contexts_create (struct kd_kernel *kernel,
                                   struct kd_unwinder *unwinder,
                                   struct kd_contexts **out) KD_MUST_CHECK;
void kd_contexts_destroy (struct kd_contexts *c);
KD_DEFINE_GUARD (contexts, struct kd_contexts, kd_contexts_destroy);

struct kd_kernel *kd_contexts_kernel (const struct kd_contexts *c);
struct kd_unwinder *kd_contexts_unwinder (const struct kd_contexts *c);

/* The stack of CPU (< kernel's ncpus), walked on first use, with the
   registers that calls preserve.  KD_NOMEM and KD_USAGE only; a CPU without
   registers has no frames and a reason.  *OUT lives as long as C.  */
enum kd_status
kd_contexts_cpu (struct kd_contexts *c, unsigned cpu,
                 const struct kd_context_stack **out) KD_MUST_CHECK;

/* The stack of the task whose task_struct is at TASK: its CPU's if it runs.
   As kd_contexts_cpu(), and KD_NOT_FOUND if there is no such task.  */
enum kd_status
kd_contexts_task (struct kd_contexts *c, uint64_t task,
                  const struct kd_context_stack **out) KD_MUST_CHECK;

/* "CPU 3, IRQ", "CPU 2 [holder 166]", "PID 44 [mutex_b]"; appended to OUT.  */
void kd_context_describe (const struct kd_context_stack *s,
                          const struct kd_context *ctx, struct kd_strbuf *out);

/* The first frame of CTX, from its innermost on, that is in a function called
   one of NAMES (NULL-terminated), without the suffixes that compilers add
   (".cold", ".part.0", ".constprop.0"); SIZE_MAX if there is none.  Inlined
   functions are not seen.  */
size_t kd_context_find (struct kd_contexts *c,
                        const struct kd_context_stack *s,
                        const struct kd_context *ctx,
                        const char *const *names);

#endif
