/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completing words that several commands take. */
#ifndef KD_CMD_COMPLETE_H
#define KD_CMD_COMPLETE_H

#include "cmd/cmd.h"

/* Names of symbols, of the kernel and its modules, that begin with WORD; for
   struct kd_command's `complete'.  Of very many some only.  */
void kd_complete_symbol (struct kd_session_state *s,
                         const struct kd_args *args, const char *word,
                         struct kd_strbuf *out);

#endif
