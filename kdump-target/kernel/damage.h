/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found damaged by a walk that goes on with what is certain. */
#ifndef KD_KERNEL_DAMAGE_H
#define KD_KERNEL_DAMAGE_H

#include "base/strbuf.h"

/* Zero-initialise.  */
struct kd_damage {
  enum kd_status status; /* of the first damage, KD_OK none yet */
  struct kd_strbuf words;
};

/* Note ST (never KD_OK) and the calling thread's error text, if nothing was
   noted before.  Returns KD_OK, for a walk to go on with.  */
enum kd_status kd_damage_note (struct kd_damage *d, enum kd_status st);

/* The result of a walk that ended with ST: that, if it failed, else what was
   noted.  Frees D.  */
enum kd_status kd_damage_end (struct kd_damage *d,
                              enum kd_status st) KD_MUST_CHECK;

#endif
