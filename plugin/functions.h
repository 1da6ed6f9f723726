/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convenience functions: $kdump_per_cpu, $kdump_task, $kdump_current and
   $container_of. */
#ifndef KD_PLUGIN_FUNCTIONS_H
#define KD_PLUGIN_FUNCTIONS_H

#include <stdbool.h>

/* Make them.  False with an exception.  */
bool kd_functions_register (void);

/* The dump is closed: forget what was kept of it.  */
void kd_functions_forget (void);

#endif
