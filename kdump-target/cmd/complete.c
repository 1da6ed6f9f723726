/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What could come next on a command line. */
#include "cmd/cmd.h"

#include <string.h>

static void
complete_name (const char *word, struct kd_strbuf *out)
{
  for (const struct kd_command *const *c = kd_commands; *c; c++)
    if (!(*c)->hidden && strncmp ((*c)->name, word, strlen (word)) == 0)
      kd_strbuf_printf (out, "%s\n", (*c)->name);
}

void
kd_command_complete (struct kd_session_state *s, const char *line,
                     struct kd_strbuf *out)
{
  struct kd_args args;
  if (kd_args_split (line, &args))
    return; /* inside a quote: nothing to offer */
  size_t len = strlen (line);
  bool fresh = len == 0 || strchr (" \t", line[len - 1]);
  const char *word = fresh || args.argc == 0 ? "" : args.argv[args.argc - 1];
  int before = args.argc - (fresh ? 0 : 1);
  const struct kd_command *command;
  if (before <= 0) {
    complete_name (word, out);
  } else if (!kd_command_find (args.argv[0], &command)) {
    if (word[0] == '-' && strncmp ("--json", word, strlen (word)) == 0
        && strstr (command->usage, "--json"))
      kd_strbuf_puts (out, "--json\n");
    struct kd_args rest = { .argc = before - 1, .argv = args.argv + 1 };
    if (command->complete)
      command->complete (s, &rest, word, out);
  }
  kd_args_deinit (&args);
}
