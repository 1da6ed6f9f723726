/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tasks a command line means. */
#include "cmd/select.h"

#include "cmd/args.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#define STATES "RSDTtXZPI?>"

void
kd_task_selection_deinit (struct kd_task_selection *sel)
{
  free (sel->names);
  *sel = (struct kd_task_selection){ 0 };
}

static bool
is_decimal (const char *text)
{
  return *text && !text[strspn (text, "0123456789")];
}

/* 0xHEX, or the 16 digits that lists of tasks show.  */
static bool
is_address (const char *text)
{
  if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
    return true;
  return strlen (text) == 16 && strspn (text, "0123456789abcdefABCDEF") == 16;
}

enum kd_status
kd_arg_task (struct kd_session_state *s, const char *text,
             const struct kd_task **out)
{
  uint64_t value;
  enum kd_status st;
  if (is_address (text)) {
    st = kd_arg_address (s, text, &value);
    return st ? st : kd_task_by_addr (s->kernel, value, out);
  }
  if (!is_decimal (text))
    return kd_fail (KD_USAGE,
                    "a task is named by its PID or the address of its "
                    "task_struct, not `%s'",
                    text);
  st = kd_arg_number (text, "the PID", &value);
  if (!st && value > INT32_MAX)
    st = kd_fail (KD_NOT_FOUND, "there is no task with PID %s", text);
  return st ? st : kd_task_by_pid (s->kernel, (int)value, out);
}

enum kd_status
kd_arg_own_task (struct kd_session_state *s, const char *text,
                 const struct kd_task **out)
{
  const struct kd_kernel *k = s->kernel;
  if (text)
    return kd_arg_task (s, text, out);
  if (s->cpu >= k->ncpus || !k->cpus[s->cpu].task)
    return kd_fail (KD_NOT_FOUND, "the task of CPU %u is not known", s->cpu);
  return kd_task_by_addr (s->kernel, k->cpus[s->cpu].task, out);
}

static enum kd_status
add_name (struct kd_task_selection *sel, struct kd_task_name name)
{
  struct kd_task_name *more
    = realloc (sel->names, (sel->nnames + 1) * sizeof *more);
  if (!more)
    return kd_fail (KD_NOMEM, "out of memory");
  sel->names = more;
  more[sel->nnames++] = name;
  return KD_OK;
}

static enum kd_status
set_states (const struct kd_args *args, int *i, struct kd_task_selection *sel)
{
  const char *states = args->argv[++*i];
  if (!states)
    return kd_fail (KD_USAGE, "-s needs states, such as D or RD");
  if (!*states || states[strspn (states, STATES)])
    return kd_fail (KD_USAGE, "-s takes letters of %s, not `%s'", STATES,
                    states);
  sel->states = states;
  return KD_OK;
}

enum kd_status
kd_task_select_word (struct kd_session_state *s, const struct kd_args *args,
                     int *i, struct kd_task_selection *sel)
{
  const char *word = args->argv[*i];
  struct kd_task_name name = { 0 };
  if (!strcmp (word, "-k") || !strcmp (word, "-u")) {
    *(word[1] == 'k' ? &sel->kernel : &sel->user) = true;
    if (sel->kernel && sel->user)
      return kd_fail (KD_USAGE, "-k and -u exclude each other");
    return KD_OK;
  }
  if (!strcmp (word, "-s"))
    return set_states (args, i, sel);
  if (word[0] == '-')
    return kd_args_no_more (args, *i);
  if (!is_decimal (word) && !is_address (word)) {
    name.pattern = word;
    return add_name (sel, name);
  }
  if (!strcmp (word, "0")) {
    /* All of the idle tasks.  */
    name.pattern = "swapper/*";
    return add_name (sel, name);
  }
  enum kd_status st = kd_arg_task (s, word, &name.task);
  return st ? st : add_name (sel, name);
}

/* Does the command match PATTERN: a part of it, or with special characters
   all of it?  */
static bool
matches (const char *pattern, const char *comm)
{
  if (!pattern[strcspn (pattern, "*?[")])
    return strstr (comm, pattern);
  return !fnmatch (pattern, comm, 0);
}

bool
kd_task_is_selected (struct kd_kernel *k, const struct kd_task_selection *sel,
                     const struct kd_task *t)
{
  if ((sel->kernel && !t->kernel_thread) || (sel->user && t->kernel_thread))
    return false;
  if (sel->states && !strchr (sel->states, kd_task_letter (k, t))
      && !(t->running && strchr (sel->states, '>')))
    return false;
  for (size_t i = 0; i < sel->nnames; i++) {
    const struct kd_task_name *name = &sel->names[i];
    if (name->task == t || (name->pattern && matches (name->pattern, t->comm)))
      return true;
  }
  return !sel->nnames;
}

void
kd_tasks_show_warnings (const struct kd_task_list *list, struct kd_writer *w)
{
  kd_json_array (w, "warnings");
  for (const char *s = list->warnings; *s;) {
    size_t len = strcspn (s, "\n");
    char *line KD_AUTO_FREE = strndup (s, len);
    if (line) {
      kd_text_wrapped (w, "Warning:", 9, line);
      kd_json_str (w, NULL, line);
    }
    s += len + (s[len] == '\n');
  }
  kd_json_end (w);
}

void
kd_task_complete_pid (struct kd_session_state *s, const struct kd_args *args,
                      const char *word, struct kd_strbuf *out)
{
  (void)args;
  const struct kd_task_list *l;
  if (kd_tasks (s->kernel, &l))
    return;
  for (size_t i = l->nidle; i < l->ntasks; i++) {
    char pid[16];
    snprintf (pid, sizeof pid, "%d", l->tasks[i].pid);
    if (!strncmp (pid, word, strlen (word)))
      kd_strbuf_printf (out, "%s\n", pid);
  }
}

void
kd_task_complete (struct kd_session_state *s, const struct kd_args *args,
                  const char *word, struct kd_strbuf *out)
{
  const struct kd_task_list *l;
  if (isdigit ((unsigned char)*word)) {
    kd_task_complete_pid (s, args, word, out);
    return;
  }
  if (kd_tasks (s->kernel, &l))
    return;
  for (size_t i = 0; i < l->ntasks; i++) {
    const char *name = l->tasks[i].comm;
    if (*name && !strncmp (name, word, strlen (word))
        && !name[strcspn (name, " \t'\"\\")])
      kd_strbuf_printf (out, "%s\n", name);
  }
}
