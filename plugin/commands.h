/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands `kdump ...'. */
#ifndef KD_PLUGIN_COMMANDS_H
#define KD_PLUGIN_COMMANDS_H

#include <stdbool.h>

/* Make the prefix `kdump'.  False with an exception.  */
bool kd_commands_init (void);

/* Make a GDB command of each command that the server has, once.  False with
   an exception.  */
bool kd_commands_register (void);

#endif
