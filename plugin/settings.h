/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's GDB settings that a dump changes, and putting them back. */
#ifndef KD_PLUGIN_SETTINGS_H
#define KD_PLUGIN_SETTINGS_H

#include "info.h"
#include "py.h"

/* While connecting: no questions, and time for the server to open the dump.
   To be followed by kd_settings_connected().  */
void kd_settings_connecting (void);
void kd_settings_connected (void);

/* While a dump is open: it never changes, so its memory is cached for good,
   and cannot be written.  A setting that this GDB lacks is left out.  */
void kd_settings_apply (const struct kd_info *info);

/* Of these, the protection against writing; off while another inferior is
   selected.  */
void kd_settings_protect (bool on);

/* Put back all that differs from what the user had.  Does nothing when
   nothing was changed.  */
void kd_settings_restore (void);

#endif
