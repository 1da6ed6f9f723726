/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kdump thread': tasks as threads of GDB. */
#ifndef KD_PLUGIN_THREADS_H
#define KD_PLUGIN_THREADS_H

#include "py.h"

/* Does LINE, the arguments of `kdump thread', name a task, and nothing
   else?  */
bool kd_threads_is_task (const char *line);

/* The remote number of the thread that is selected in GDB; 0 if there is
   none.  */
unsigned long kd_threads_selected (void);

/* Make the task that LINE names a thread, and select it in GDB, which shows
   it.  False with an exception.  */
bool kd_threads_select (const char *line);

#endif
