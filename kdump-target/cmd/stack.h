/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Showing walked stacks, for all commands that do. */
#ifndef KD_CMD_STACK_H
#define KD_CMD_STACK_H

#include "cmd/cmd.h"

struct kd_stack_style {
  bool no_source; /* neither lines nor inlined functions */
  bool brief;     /* functions only: no registers, no stack pointers */
  bool full;      /* the registers that are known of each frame */
};

/* "function+0x12/0x40 [module]", or the pc if nothing is known of it, as for
   user mode; appended to OUT.  */
void kd_stack_frame_name (struct kd_kernel *k, const struct kd_frame *f,
                          struct kd_strbuf *out);

/* FILE of debug info as people know it: below the kernel's source directory if
   it seems to be in one, else its last part if it is long, with *PREFIX to go
   before it.  Borrowed from FILE.  */
const char *kd_stack_source_path (const char *file, const char **prefix);

/* Frames [FIRST, END) of BT as text; as JSON, the members of an array.  */
void kd_stack_show_frames (struct kd_session_state *s,
                           const struct kd_backtrace *bt, size_t first,
                           size_t end, const struct kd_stack_style *style,
                           struct kd_writer *w);

/* All of BT and how it ended: members "frames", "stop" and "reason".  */
void kd_stack_show (struct kd_session_state *s, const struct kd_backtrace *bt,
                    const struct kd_stack_style *style, struct kd_writer *w);

/* What the CPU did after the NMI that stopped it, with its stack's mark;
   member "nmi_frames", null with "nmi_reason" if that cannot be shown.  WHY:
   say in text, too, why not.  */
void kd_stack_show_nmi (struct kd_session_state *s, unsigned cpu, bool why,
                        const struct kd_stack_style *style,
                        struct kd_writer *w);

/* Each word of the stack from SP to HIGH, at most LIMIT bytes, with what it
   points to.  */
void kd_stack_show_raw (struct kd_session_state *s, uint64_t sp, uint64_t high,
                        uint64_t limit, struct kd_writer *w);

#endif
