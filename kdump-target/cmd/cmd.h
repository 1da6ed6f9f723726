/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analysis commands: one file each, one row of commands.def each. */
#ifndef KD_CMD_CMD_H
#define KD_CMD_CMD_H

#include "base/writer.h"
#include "cmd/threads.h"
#include "hang/context.h"
#include "kernel/lines.h"
#include "unwind/unwind.h"

/* What a command works on; made once per dump, parts on demand.  */
struct kd_session_state {
  struct kd_kernel *kernel;
  struct kd_unwinder *unwinder; /* NULL until kd_cmd_unwinder() */
  struct kd_lines *lines;       /* NULL until kd_cmd_lines() */
  struct kd_contexts *contexts; /* NULL until kd_cmd_contexts() */
  unsigned cpu;                 /* the selected one */
  const struct kd_task *task;   /* selected instead of what CPU runs; NULL */
  struct kd_task_threads threads;
};

void kd_session_state_init (struct kd_session_state *s,
                            struct kd_kernel *kernel);
/* Frees what was made on demand, not the kernel.  */
void kd_session_state_deinit (struct kd_session_state *s);

/* The unwinder, created on first use.  */
enum kd_status kd_cmd_unwinder (struct kd_session_state *s,
                                struct kd_unwinder **out) KD_MUST_CHECK;
/* Source lines, likewise.  */
enum kd_status kd_cmd_lines (struct kd_session_state *s,
                             struct kd_lines **out) KD_MUST_CHECK;
/* What runs on each CPU and who interrupted whom, created on first use.  */
enum kd_status kd_cmd_contexts (struct kd_session_state *s,
                                struct kd_contexts **out) KD_MUST_CHECK;

struct kd_args {
  int argc;         /* without the command's name, options and all */
  char **argv;      /* owned; argv[argc] is NULL */
  const char *line; /* all after the command's name, unsplit; borrowed */
};

struct kd_command {
  const char *name;
  const char *group;   /* the question it answers: "Where is each CPU?" */
  const char *summary; /* one line, no full stop */
  const char *usage;   /* "bt [-c CPULIST] [--json]" */
  const char *help;    /* paragraphs, 79 columns */
  bool hidden;         /* for the plugin, not for people */
  enum kd_status (*run) (struct kd_session_state *s,
                         const struct kd_args *args, struct kd_writer *w);
  /* Candidates for the last word of the line, one kd_strbuf line each; may
     be NULL.  */
  void (*complete) (struct kd_session_state *s, const struct kd_args *args,
                    const char *word, struct kd_strbuf *out);
};

/* A row KD_COMMAND (ID) of commands.def stands for kd_cmd_ID, which a file
   of its own defines.  */
#define KD_COMMAND(id) extern const struct kd_command kd_cmd_##id;
#include "cmd/commands.def"
#undef KD_COMMAND

/* In the order of commands.def, which is the order of `help'.  */
extern const struct kd_command *const kd_commands[]; /* NULL-terminated */

/* The command called NAME, or the only one whose name begins so (hidden ones
   need their full name); KD_NOT_FOUND names the candidates.  */
enum kd_status kd_command_find (const char *name,
                                const struct kd_command **out) KD_MUST_CHECK;

/* Run LINE (words split as a shell does quotes) and append its output to
   OUT.  An unambiguous prefix of a command name will do.  --json anywhere
   after the name asks for JSON.  After a failure OUT has what was certain
   before it; with JSON, nothing.  KD_USAGE errors end in the command's
   usage; all name the command, unless it is a hidden one.  */
enum kd_status kd_command_run (struct kd_session_state *s, const char *line,
                               struct kd_strbuf *out) KD_MUST_CHECK;

/* Append candidates for the last word of LINE (empty if it ends in a space),
   one a line, to OUT.  */
void kd_command_complete (struct kd_session_state *s, const char *line,
                          struct kd_strbuf *out);

/* Split LINE at blanks.  'single' quotes keep all, "double" ones take \" and
   \\, a backslash outside quotes keeps the next character.  KD_USAGE for an
   unfinished quote.  */
enum kd_status kd_args_split (const char *line,
                              struct kd_args *out) KD_MUST_CHECK;
void kd_args_deinit (struct kd_args *args);

#endif
