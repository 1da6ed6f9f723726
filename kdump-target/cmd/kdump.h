/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the GDB plugin asks with `kdump': one function a subcommand.  ARGS
   begin with the subcommand's name. */
#ifndef KD_CMD_KDUMP_H
#define KD_CMD_KDUMP_H

#include "cmd/args.h"

/* kdump-values.c: for GDB's convenience functions.  */
enum kd_status kd_kdump_per_cpu (struct kd_session_state *s,
                                 const struct kd_args *args,
                                 struct kd_writer *w) KD_MUST_CHECK;
enum kd_status kd_kdump_symbol (struct kd_session_state *s,
                                const struct kd_args *args,
                                struct kd_writer *w) KD_MUST_CHECK;
enum kd_status kd_kdump_task (struct kd_session_state *s,
                              const struct kd_args *args,
                              struct kd_writer *w) KD_MUST_CHECK;
enum kd_status kd_kdump_current (struct kd_session_state *s,
                                 const struct kd_args *args,
                                 struct kd_writer *w) KD_MUST_CHECK;

/* kdump-summary.c: for pretty printers.  */
enum kd_status kd_kdump_summary (struct kd_session_state *s,
                                 const struct kd_args *args,
                                 struct kd_writer *w) KD_MUST_CHECK;

#endif
