/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found damaged. */
#include "kernel/damage.h"

enum kd_status
kd_damage_note (struct kd_damage *d, enum kd_status st)
{
  if (!d->status) {
    d->status = st;
    kd_strbuf_puts (&d->words, kd_error_text ());
  }
  return KD_OK;
}

enum kd_status
kd_damage_end (struct kd_damage *d, enum kd_status st)
{
  if (!st && d->status)
    st = kd_fail (d->status, "%s", kd_strbuf_str (&d->words));
  kd_strbuf_deinit (&d->words);
  return st;
}
