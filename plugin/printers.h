/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pretty printers for kernel objects. */
#ifndef KD_PLUGIN_PRINTERS_H
#define KD_PLUGIN_PRINTERS_H

#include <stdbool.h>

/* Make `set kdump printers'.  False with an exception.  */
bool kd_printers_init (void);

/* A dump of NCPUS CPUs is opened in the current inferior: have GDB use the
   printers in its program space.  A failure costs only them.  */
void kd_printers_start (unsigned ncpus);
/* The dump is closed.  */
void kd_printers_stop (void);

#endif
