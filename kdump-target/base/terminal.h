/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress on the user's terminal, if there is one. */
#ifndef KD_BASE_TERMINAL_H
#define KD_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* Use descriptor $KDUMP_TARGET_PROGRESS_FD (3 to 9, of the GDB plugin), else
   standard error.  True if it is a terminal; without it the others do
   nothing.  */
bool kd_terminal_open (void);

/* Show how far the work WHAT is, over what was shown before; see
   kd_progress().  */
void kd_terminal_show (const char *what, uint64_t done, uint64_t total);

/* Wipe it.  */
void kd_terminal_clear (void);

#endif
