/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which function a frame is in. */
#include "unwind/unwind.h"

bool
kd_frame_symbol (struct kd_kernel *k, const struct kd_frame *f,
                 struct kd_symbol *out)
{
  return f->kind != KD_FRAME_USER
         && kd_kernel_symbol_at (k, kd_frame_lookup_pc (f), out);
}
