/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bt -A and -g: stacks that are the same, once. */
#ifndef KD_CMD_BT_GROUPS_H
#define KD_CMD_BT_GROUPS_H

#include "cmd/stack.h"
#include "kernel/tasks.h"

/* What bt's command line asks for.  */
struct kd_bt_options {
  bool *cpus;                   /* by number, which of them; owned */
  const struct kd_task **tasks; /* owned */
  size_t ntasks;
  bool all_tasks; /* -A */
  bool lines;     /* -g: one for each stack */
  bool raw;       /* -r */
  struct kd_stack_style style;
};

/* Walk the chosen stacks and show each once: member "groups".  */
enum kd_status kd_bt_groups (struct kd_session_state *s, struct kd_unwinder *u,
                             const struct kd_bt_options *o,
                             struct kd_writer *w) KD_MUST_CHECK;

#endif
