/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the state of a task means. */
#include "kernel/internal.h"
#include "kernel/layout.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>

/* The bits that `ps' reports, from include/linux/sched.h.  They are the same
   in all kernels from 4.14 on, where 8ef9925b02c2 "sched/debug: Add explicit
   TASK_PARKED printing" moved TASK_PARKED down among them and what was above
   it up.  */
enum {
  INTERRUPTIBLE = 0x1,
  UNINTERRUPTIBLE = 0x2,
  STOPPED = 0x4,
  TRACED = 0x8,
  EXIT_DEAD = 0x10,
  EXIT_ZOMBIE = 0x20,
  PARKED = 0x40,
  DEAD = 0x80,
  WAKEKILL = 0x100,
  WAKING = 0x200,
  NOLOAD = 0x400,
  NEW = 0x800,
  RTLOCK_WAIT = 0x1000, /* 5f220be21418 "sched/wakeup: Prepare for RT sleeping
                           spin/rwlocks", 5.15 */
  FREEZABLE = 0x2000,   /* f5d39b020809 "freezer,sched: Rewrite core freezer
                           logic", 6.1, as the next two */
  FREEZABLE_UNSAFE = 0x4000,
  FROZEN = 0x8000,
  REPORTED = 0x7f
};

/* First letters of the kernel's own words, entry 0 for no bit and entry N for
   bit N-1, which say whether it has the bits in that order.  */
static const char *const expected = "RSDTtXZP";

/* Is the order of bits another one than ours, by task_state_array?  */
static bool
is_other_order (struct kd_kernel *k)
{
  struct kd_kernel_private *p = k->priv;
  uint64_t at, text;
  uint8_t first;
  if (p->states_checked)
    return p->other_states;
  p->states_checked = true;
  if (kd_kernel_symbol (k, "task_state_array", &at))
    return false;
  for (unsigned i = 0; expected[i]; i++)
    if (!kd_mem_u64 (k->mem, at + UINT64_C (8) * i, &text)
        && !kd_mem_u8 (k->mem, text, &first) && first != (uint8_t)expected[i])
      p->other_states = true;
  return p->other_states;
}

/* As __task_state_index() of include/linux/sched.h.  */
char
kd_task_letter (struct kd_kernel *k, const struct kd_task *t)
{
  uint64_t bits = (t->state | t->exit_state) & REPORTED;
  if (is_other_order (k))
    return t->state || t->exit_state ? '?' : 'R';
  if ((t->state & (UNINTERRUPTIBLE | NOLOAD)) == (UNINTERRUPTIBLE | NOLOAD)
      && bits == UNINTERRUPTIBLE)
    return 'I';
  /* 25795ef6299f "sched/tracing: Report TASK_RTLOCK_WAIT tasks as
     TASK_UNINTERRUPTIBLE", 5.18; f718faf3940e "freezer, sched: Report frozen
     tasks as 'D' instead of 'R'", 6.13 */
  if (!bits && t->state & (RTLOCK_WAIT | FROZEN))
    return 'D';
  if (!bits && t->state & DEAD)
    return 'X';
  unsigned highest = bits ? 64 - (unsigned)__builtin_clzll (bits) : 0;
  return expected[highest];
}

const char *
kd_task_state_word (struct kd_kernel *k, const struct kd_task *t)
{
  switch (kd_task_letter (k, t)) {
  case 'R':
    return t->running ? "running" : t->idle ? "idle" : "runnable";
  case 'S':
    return "sleeping";
  case 'D':
    return t->state & UNINTERRUPTIBLE ? "uninterruptible"
           : t->state & FROZEN        ? "frozen"
                                      : "waiting for a lock";
  case 'T':
    return "stopped";
  case 't':
    return "traced";
  case 'X':
    return "dead";
  case 'Z':
    return "zombie";
  case 'P':
    return "parked";
  case 'I':
    return "idle";
  default:
    return "of unknown state";
  }
}

void
kd_task_describe_state (struct kd_kernel *k, const struct kd_task *t,
                        struct kd_strbuf *out)
{
  static const struct {
    unsigned bit;
    const char *word;
  } more[] = { { INTERRUPTIBLE, NULL },
               { UNINTERRUPTIBLE, NULL },
               { STOPPED, NULL },
               { TRACED, NULL },
               { PARKED, NULL },
               { DEAD, NULL },
               { WAKEKILL, "woken by kill" },
               { WAKING, "being woken" },
               { NOLOAD, NULL },
               { NEW, "new" },
               { RTLOCK_WAIT, "waits for a lock" },
               { FREEZABLE, "freezable" },
               { FREEZABLE_UNSAFE, NULL },
               { FROZEN, "frozen" } };
  char letter = kd_task_letter (k, t);
  uint64_t rest = t->state;
  kd_strbuf_puts (out, kd_task_state_word (k, t));
  if (letter == '?') {
    kd_strbuf_printf (out, " 0x%" PRIx64, t->state | t->exit_state);
    return;
  }
  if (t->running)
    kd_strbuf_printf (out, " on CPU %u", t->cpu);
  for (size_t i = 0; i < KD_ARRAY_SIZE (more); i++) {
    if (!(rest & more[i].bit))
      continue;
    rest &= ~(uint64_t)more[i].bit;
    bool said = !more[i].word || (letter == 'D' && !(t->state & REPORTED));
    if (!said)
      kd_strbuf_printf (out, ", %s", more[i].word);
  }
  if (rest)
    kd_strbuf_printf (out, ", 0x%" PRIx64, rest);
}
