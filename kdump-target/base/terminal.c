/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress on the user's terminal, if there is one. */
#include "base/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int terminal = -1;
static bool shown;

bool
kd_terminal_open (void)
{
  const char *fd = getenv ("KDUMP_TARGET_PROGRESS_FD");
  if (fd && *fd >= '3' && *fd <= '9' && !fd[1])
    terminal = *fd - '0';
  else
    terminal = STDERR_FILENO;
  if (!isatty (terminal))
    terminal = -1;
  return terminal >= 0;
}

void
kd_terminal_show (const char *what, uint64_t done, uint64_t total)
{
  if (terminal < 0)
    return;
  if (total)
    dprintf (terminal, "\r\033[K%s: %u%%", what,
             (unsigned)((double)done * 100 / (double)total));
  else
    dprintf (terminal, "\r\033[K%s: %" PRIu64, what, done);
  shown = true;
}

void
kd_terminal_clear (void)
{
  if (shown)
    dprintf (terminal, "\r\033[K");
  shown = false;
}
