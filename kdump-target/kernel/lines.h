/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Source lines and inlined functions, by libdw. */
#ifndef KD_KERNEL_LINES_H
#define KD_KERNEL_LINES_H

#include "kernel/kernel.h"

/* A function that is being run at an address, and where in its source.
   Strings live as long as the kernel.  */
struct kd_source_frame {
  const char *function; /* NULL unknown */
  const char *file;     /* as in the debug info, below the directory in which
                           it was compiled if it is there; NULL unknown */
  unsigned line;        /* 0 unknown */
  bool inlined;         /* into the next frame */
};

struct kd_lines;

/* K is borrowed.  Reads nothing yet.  */
enum kd_status kd_lines_create (struct kd_kernel *k,
                                struct kd_lines **out) KD_MUST_CHECK;
void kd_lines_destroy (struct kd_lines *lines);
KD_DEFINE_GUARD (lines, struct kd_lines, kd_lines_destroy);

/* What runs at PC, innermost inlined function first, the function itself last.
   PC is the address of an instruction: for a return address, that before it.
   *OUT is the lines' own and stays.  KD_NOT_FOUND without debug info for PC.
   Only the units asked for are read.  */
enum kd_status kd_lines_at (struct kd_lines *lines, uint64_t pc,
                            const struct kd_source_frame **out,
                            size_t *n) KD_MUST_CHECK;

#endif
