/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analysis commands: one file each, one row of commands.def each. */
#ifndef KD_CMD_CMD_H
#define KD_CMD_CMD_H

#include "base/writer.h"
#include "kernel/kernel.h"
#include "unwind/unwind.h"

/* What a command works on; made once per dump, parts on demand.  */
struct kd_session_state {
  struct kd_kernel *kernel;
  struct kd_unwinder *unwinder; /* NULL until kd_cmd_unwinder() */
  unsigned cpu;                 /* the selected one */
};

/* The unwinder, created on first use.  */
enum kd_status kd_cmd_unwinder (struct kd_session_state *s,
                                struct kd_unwinder **out) KD_MUST_CHECK;

struct kd_args {
  int argc;    /* without the command's name */
  char **argv; /* owned */
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

extern const struct kd_command *const kd_commands[]; /* NULL-terminated */
const struct kd_command *kd_command_find (const char *name);

/* Run LINE (words split as a shell does quotes) and append its output to
   OUT.  An unambiguous prefix of a command name will do.  --json anywhere
   after the name asks for JSON.  */
enum kd_status kd_command_run (struct kd_session_state *s, const char *line,
                               struct kd_strbuf *out) KD_MUST_CHECK;

#endif
