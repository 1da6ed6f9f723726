/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help: which commands there are, by the question they answer. */
#include "cmd/args.h"

#include <string.h>

static void
help_list (struct kd_writer *w)
{
  const char *group = "";
  kd_json_array (w, NULL);
  for (const struct kd_command *const *c = kd_commands; *c; c++) {
    if ((*c)->hidden)
      continue;
    if (strcmp (group, (*c)->group) != 0)
      kd_text (w, "%s%s\n", *group ? "\n" : "", (*c)->group);
    group = (*c)->group;
    kd_text (w, "  %-12s %s\n", (*c)->name, (*c)->summary);
    kd_json_object (w, NULL);
    kd_json_str (w, "name", (*c)->name);
    kd_json_str (w, "group", (*c)->group);
    kd_json_str (w, "summary", (*c)->summary);
    kd_json_str (w, "usage", (*c)->usage);
    kd_json_end (w);
  }
  kd_json_end (w);
  kd_text (w, "\n`help COMMAND' tells more.  Names may be shortened.\n");
}

static enum kd_status
help_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  (void)s;
  if (args->argc == 0) {
    help_list (w);
    return KD_OK;
  }
  enum kd_status st = kd_args_no_more (args, 1);
  if (st)
    return st;
  const struct kd_command *c;
  st = kd_command_find (args->argv[0], &c);
  if (st)
    return st;
  kd_text (w, "Usage: %s\n\n%s", c->usage, c->help);
  kd_json_object (w, NULL);
  kd_json_str (w, "name", c->name);
  kd_json_str (w, "group", c->group);
  kd_json_str (w, "summary", c->summary);
  kd_json_str (w, "usage", c->usage);
  kd_json_str (w, "help", c->help);
  kd_json_end (w);
  return KD_OK;
}

static void
help_complete (struct kd_session_state *s, const struct kd_args *args,
               const char *word, struct kd_strbuf *out)
{
  (void)s;
  if (args->argc > 0)
    return;
  for (const struct kd_command *const *c = kd_commands; *c; c++)
    if (!(*c)->hidden && strncmp ((*c)->name, word, strlen (word)) == 0)
      kd_strbuf_printf (out, "%s\n", (*c)->name);
}

const struct kd_command kd_cmd_help = {
  .name = "help",
  .group = "What can I ask?",
  .summary = "list the commands, or explain one",
  .usage = "help [COMMAND] [--json]",
  .help = "Without an argument, lists the commands by the question they "
          "answer.\nWith the name of a command, explains it.\n\n"
          "Every command takes --json, and then writes JSON with stable "
          "member names.\n"
          "JSON: an array of {name, group, summary, usage}; for one command "
          "an object\nof these and `help'.\n",
  .run = help_run,
  .complete = help_complete,
};
