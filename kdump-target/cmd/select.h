/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tasks a command line means. */
#ifndef KD_CMD_SELECT_H
#define KD_CMD_SELECT_H

#include "cmd/cmd.h"
#include "kernel/tasks.h"

/* A task is selected if it passes all the filters, and is one of those that
   were named, if any were.  Zero-initialise.  */
struct kd_task_selection {
  bool kernel, user;  /* -k, -u: only those */
  const char *states; /* -s: letters, NULL any; borrowed from the line */
  size_t nnames;
  struct kd_task_name {
    const char *pattern;        /* of the command, or NULL; borrowed */
    const struct kd_task *task; /* by PID or address, or NULL */
  } * names;                    /* owned */
};
void kd_task_selection_deinit (struct kd_task_selection *sel);

/* Take the word at ARGS->argv[*I]: -k, -u, -s STATES (*I moves to its
   argument), a PID, the address of a task, or a pattern.  KD_USAGE, or
   KD_NOT_FOUND for a PID or address that is no task's.  */
enum kd_status
kd_task_select_word (struct kd_session_state *s, const struct kd_args *args,
                     int *i, struct kd_task_selection *sel) KD_MUST_CHECK;

bool kd_task_is_selected (struct kd_kernel *k,
                          const struct kd_task_selection *sel,
                          const struct kd_task *t);

/* The task that TEXT names by PID or by address.  KD_USAGE, KD_NOT_FOUND.  */
enum kd_status kd_arg_task (struct kd_session_state *s, const char *text,
                            const struct kd_task **out) KD_MUST_CHECK;

/* The same, or with a null TEXT the task of the selected CPU.  */
enum kd_status kd_arg_own_task (struct kd_session_state *s, const char *text,
                                const struct kd_task **out) KD_MUST_CHECK;

/* What is damaged in the lists of tasks: text, or the member "warnings".  */
void kd_tasks_show_warnings (const struct kd_task_list *list,
                             struct kd_writer *w);

/* Candidates for a word that names one task: PIDs.  */
void kd_task_complete_pid (struct kd_session_state *s,
                           const struct kd_args *args, const char *word,
                           struct kd_strbuf *out);
/* Candidates for a word that selects tasks: commands, or PIDs for a number.
 */
void kd_task_complete (struct kd_session_state *s, const struct kd_args *args,
                       const char *word, struct kd_strbuf *out);

#endif
