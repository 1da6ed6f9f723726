/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding and running a command by its line. */
#include "cmd/cmd.h"

#include <string.h>

#define KD_COMMAND(id) &kd_cmd_##id,
const struct kd_command *const kd_commands[] = {
#include "cmd/commands.def"
  NULL
};
#undef KD_COMMAND

void
kd_session_state_init (struct kd_session_state *s, struct kd_kernel *kernel)
{
  *s = (struct kd_session_state){ .kernel = kernel };
  if (kernel->panic_cpu >= 0)
    s->cpu = (unsigned)kernel->panic_cpu;
}

void
kd_session_state_deinit (struct kd_session_state *s)
{
  kd_task_threads_reset (s);
  kd_contexts_destroy (s->contexts);
  s->contexts = NULL;
  kd_lines_destroy (s->lines);
  s->lines = NULL;
  kd_unwinder_destroy (s->unwinder);
  s->unwinder = NULL;
}

enum kd_status
kd_cmd_unwinder (struct kd_session_state *s, struct kd_unwinder **out)
{
  if (!s->unwinder) {
    enum kd_status st = kd_unwinder_create (s->kernel, &s->unwinder);
    if (st)
      return kd_context (st, "preparing to unwind stacks");
  }
  *out = s->unwinder;
  return KD_OK;
}

enum kd_status
kd_cmd_lines (struct kd_session_state *s, struct kd_lines **out)
{
  enum kd_status st
    = s->lines ? KD_OK : kd_lines_create (s->kernel, &s->lines);

  *out = s->lines;
  return st;
}

enum kd_status
kd_cmd_contexts (struct kd_session_state *s, struct kd_contexts **out)
{
  if (!s->contexts) {
    struct kd_unwinder *u = NULL;
    enum kd_status st = kd_cmd_unwinder (s, &u);

    if (!st)
      st = kd_contexts_create (s->kernel, u, &s->contexts);
    if (st)
      return st;
  }
  *out = s->contexts;
  return KD_OK;
}

enum kd_status
kd_command_find (const char *name, const struct kd_command **out)
{
  struct kd_strbuf names KD_AUTO_STRBUF = { 0 };
  const struct kd_command *found = NULL;
  unsigned count = 0;
  for (const struct kd_command *const *c = kd_commands; *c; c++) {
    if (strcmp ((*c)->name, name) == 0) {
      *out = *c;
      return KD_OK;
    }
    if ((*c)->hidden || strncmp ((*c)->name, name, strlen (name)) != 0)
      continue;
    found = *c;
    kd_strbuf_printf (&names, "%s%s", count++ ? ", " : "", found->name);
  }
  if (count == 1) {
    *out = found;
    return KD_OK;
  }
  if (count > 1)
    return kd_fail (KD_NOT_FOUND, "`%s' could be %s", name,
                    kd_strbuf_str (&names));
  return kd_fail (KD_NOT_FOUND, "no command `%s': try `help'", name);
}

/* One word from *P on, unquoted, appended to OUT.  */
static enum kd_status
split_word (const char **p, struct kd_strbuf *out)
{
  char quote = 0;
  const char *s = *p;
  for (; *s && (quote || !strchr (" \t\r\n", *s)); s++) {
    if (quote && *s == quote)
      quote = 0;
    else if (!quote && (*s == '\'' || *s == '"'))
      quote = *s;
    else if (*s == '\\' && s[1] && quote != '\''
             && (!quote || s[1] == '"' || s[1] == '\\'))
      kd_strbuf_putc (out, *++s);
    else
      kd_strbuf_putc (out, *s);
  }
  if (quote)
    return kd_fail (KD_USAGE, "no closing %c in `%s'", quote, *p);
  *p = s;
  return KD_OK;
}

static enum kd_status
args_append (struct kd_args *args, struct kd_strbuf *word)
{
  char **argv = realloc (args->argv, ((size_t)args->argc + 2) * sizeof *argv);
  if (!argv)
    return kd_fail (KD_NOMEM, "out of memory");
  args->argv = argv;
  argv[args->argc] = kd_strbuf_steal (word);
  if (!argv[args->argc])
    return kd_fail (KD_NOMEM, "out of memory");
  argv[++args->argc] = NULL;
  return KD_OK;
}

enum kd_status
kd_args_split (const char *line, struct kd_args *out)
{
  *out = (struct kd_args){ .argv = kd_calloc (1, sizeof (char *)) };
  enum kd_status st = out->argv ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
  for (const char *p = line; !st;) {
    p += strspn (p, " \t\r\n");
    if (!*p)
      return KD_OK;
    struct kd_strbuf word KD_AUTO_STRBUF = { 0 };
    st = split_word (&p, &word);
    if (!st)
      st = args_append (out, &word);
  }
  kd_args_deinit (out);
  return st;
}

void
kd_args_deinit (struct kd_args *args)
{
  for (int i = 0; i < args->argc; i++)
    free (args->argv[i]);
  free (args->argv);
  *args = (struct kd_args){ 0 };
}

static void
args_remove (struct kd_args *args, int at)
{
  free (args->argv[at]);
  for (int i = at; i < args->argc; i++)
    args->argv[i] = args->argv[i + 1];
  args->argc--;
}

/* Take --json out of ARGS; was it there?  */
static bool
take_json (struct kd_args *args)
{
  bool json = false;
  for (int i = 0; i < args->argc;) {
    if (strcmp (args->argv[i], "--json") != 0) {
      i++;
      continue;
    }
    json = true;
    args_remove (args, i);
  }
  return json;
}

/* What follows the first word of LINE and the blank after it.  */
static const char *
after_word (const char *line)
{
  struct kd_strbuf word KD_AUTO_STRBUF = { 0 };
  line += strspn (line, " \t\r\n");
  if (split_word (&line, &word))
    return "";
  return *line ? line + 1 : line;
}

static enum kd_status
run_args (struct kd_session_state *s, const char *line, struct kd_args *args,
          struct kd_strbuf *out)
{
  const struct kd_command *command;
  enum kd_status st = kd_command_find (args->argv[0], &command);
  if (st)
    return st;
  args_remove (args, 0);
  args->line = after_word (line);
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_writer w;
  kd_writer_init (&w, &text, take_json (args));
  st = command->run (s, args, &w);
  if (!st || !w.json)
    kd_strbuf_add (out, kd_strbuf_str (&text), text.len);
  if (command->hidden)
    return st;
  if (st == KD_USAGE) {
    char *words KD_AUTO_FREE = strdup (kd_error_text ());
    return kd_fail (KD_USAGE, "%s: %s\nUsage: %s", command->name,
                    words ? words : "", command->usage);
  }
  if (st)
    return kd_context (st, "%s", command->name);
  if (text.failed || out->failed)
    return kd_fail (KD_NOMEM, "%s: out of memory for its output",
                    command->name);
  return KD_OK;
}

enum kd_status
kd_command_run (struct kd_session_state *s, const char *line,
                struct kd_strbuf *out)
{
  struct kd_args args;
  enum kd_status st = kd_args_split (line, &args);
  if (st)
    return st;
  if (args.argc == 0)
    st = kd_fail (KD_USAGE, "no command was given: try `help'");
  else
    st = run_args (s, line, &args, out);
  kd_args_deinit (&args);
  return st;
}
