/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of a command line mean. */
#ifndef KD_CMD_ARGS_H
#define KD_CMD_ARGS_H

#include "cmd/cmd.h"

/* A number: decimal, or hexadecimal after 0x; nothing may follow it.  WHAT
   is named in the error.  KD_USAGE.  */
enum kd_status kd_arg_number (const char *text, const char *what,
                              uint64_t *out) KD_MUST_CHECK;

/* An address: 0xHEX, HEX of 8 to 16 digits, or SYMBOL, MODULE:SYMBOL, each
   with +OFFSET or -OFFSET.  KD_USAGE, or KD_NOT_FOUND for the symbol.  */
enum kd_status kd_arg_address (struct kd_session_state *s, const char *text,
                               uint64_t *out) KD_MUST_CHECK;

/* The CPU of this number; KD_USAGE if TEXT is none, KD_NOT_FOUND if there is
   no such CPU.  */
enum kd_status kd_arg_cpu (struct kd_session_state *s, const char *text,
                           struct kd_cpu **out) KD_MUST_CHECK;

/* CPULIST, as "0-3,5": sets CHOSEN[CPU] (one for each of the dump's CPUs) for
   those in it.  Errors as above.  */
enum kd_status kd_arg_cpu_list (const struct kd_kernel *k, const char *text,
                                bool *chosen) KD_MUST_CHECK;

/* The address space ADDR is in: the kernel's, or for a user address that of
   the selected task or, without one, of that on the selected CPU.  */
enum kd_status kd_arg_space (struct kd_session_state *s, uint64_t addr,
                             uint64_t *out) KD_MUST_CHECK;

/* KD_USAGE naming the first word from index I on, if there is one.  */
enum kd_status kd_args_no_more (const struct kd_args *args,
                                int i) KD_MUST_CHECK;

#endif
