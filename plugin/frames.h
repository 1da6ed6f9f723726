/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small object file of call frame information, which tells GDB what a JIT
   reader has no words for: that a frame was interrupted, or is the last. */
#ifndef KD_PLUGIN_FRAMES_H
#define KD_PLUGIN_FRAMES_H

#include "base/strbuf.h"
#include "info.h"

/* Made-up code addresses, in the hole at the end of the address space (see
   the kernel's Documentation/x86/x86_64/mm.rst), that the unwinder puts
   between an interrupt's entry code and what was interrupted.  GDB shows such
   a frame as <signal handler called>, looks its caller up at the exact pc,
   and allows the stacks to be in any order.  The frame's rsp says where the
   registers are.  */
#define KD_FRAMES_BASE UINT64_C (0xfffffffffff00000)
#define KD_FRAMES_REGS (KD_FRAMES_BASE + 0x10) /* rsp: a pt_regs */
#define KD_FRAMES_IRET (KD_FRAMES_BASE + 0x20) /* rsp: an iret frame */
#define KD_FRAMES_CALL (KD_FRAMES_BASE + 0x30) /* rsp: a return address */
#define KD_FRAMES_END (KD_FRAMES_BASE + 0x40)

/* Build the object.  The N ranges of LAST are code of outermost frames; user
   addresses are too.  */
enum kd_status kd_frames_build (const struct kd_info_range *last, size_t n,
                                struct kd_strbuf *out) KD_MUST_CHECK;

#endif
