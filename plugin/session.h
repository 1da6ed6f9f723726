/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open dump inside GDB: from attaching until it is gone. */
#ifndef KD_PLUGIN_SESSION_H
#define KD_PLUGIN_SESSION_H

#include "py.h"
#include "server.h"

/* Open the dump of ARGS in GDB's current inferior.  False with an exception;
   then nothing is left open.  */
bool kd_session_open (const struct kd_server_args *args);

/* Is a dump open?  Notices if it has gone.  */
bool kd_session_is_open (void);

/* Close the open dump, if any, as `detach' would.  */
void kd_session_close (void);

/* Is the current inferior the one that the dump is open in?  */
bool kd_session_is_current (void);

/* Both, for what only an open dump can answer.  False with gdb.GdbError.  */
bool kd_session_need (void);

/* GDB was made to load other symbols.  If they are the kernel's, put them
   where it ran.  */
void kd_session_symbols_changed (void);

/* GDB ran a command that ends sessions: put its symbols back, if ours was one
   of them, without waiting for a prompt.  */
void kd_session_ended (void);

#endif
