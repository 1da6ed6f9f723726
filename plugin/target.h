/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command `target kdump'. */
#ifndef KD_PLUGIN_TARGET_H
#define KD_PLUGIN_TARGET_H

#include <stdbool.h>

/* Make the command.  False with an exception.  */
bool kd_target_register (void);

#endif
