/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serving a dump to GDB. */
#ifndef KD_RSP_SERVE_H
#define KD_RSP_SERVE_H

#include "cmd/cmd.h"

/* Serve the one client at standard input, and open the dump meanwhile, so
   that the client does not lose patience over a big one.  Returns when the
   client leaves; *ABANDONED then says that opening still goes on in another
   thread, and the process should end with _exit().  After an error its words
   are on standard error already.  OFFER_VMLINUX as in rsp/session.h;
   ALL_TASKS: tasks are threads, too.  */
enum kd_status kd_serve_stdio (const struct kd_kernel_options *options,
                               bool offer_vmlinux, bool all_tasks,
                               bool *abandoned) KD_MUST_CHECK;

/* Listen at SPEC (see rsp/transport.h), say so on standard error, and serve
   one client after the other; only the first if ONCE.  */
enum kd_status kd_serve_listen (const char *spec, bool once,
                                bool offer_vmlinux,
                                struct kd_session_state *state) KD_MUST_CHECK;

/* On standard input and output: answer GDB's qOffsets with OFFSETS, and be
   gone.  That is how the plugin has GDB move symbols that it has read: some
   need two forms of the answer, one after the other.  */
void kd_serve_offsets (const char *offsets);

#endif
