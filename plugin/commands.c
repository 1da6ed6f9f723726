/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands `kdump ...': made of the server's own list. */
#include "commands.h"

#include "base/strbuf.h"
#include "session.h"
#include "threads.h"

#include <string.h>

static const char prefix_help[]
  = "Look into a Linux kernel crash dump.\n"
    "Usage: kdump COMMAND [ARGUMENTS]\n\n"
    "Open a dump with `target kdump'; then this lists what there is.";

/* Types of the prefix and of the commands under it, kept for good.  */
static PyObject *command_type;
static bool registered;

/* Attribute kdump_name of a command; NULL for the prefix itself.  */
static char *
name_of (PyObject *self)
{
  PyObject *name KD_AUTO_PY = PyObject_GetAttrString (self, "kdump_name");
  char *text = name && name != Py_None ? kd_py_text (name) : NULL;

  kd_py_ignore ();
  return text;
}

/* Ask REQUEST about "NAME ARGS" (or ARGS without a NAME).  */
static char *
ask (const char *request, const char *name, const char *args)
{
  char *line KD_AUTO_FREE = kd_asprintf (
    "%s %s%s%s", request, name ? name : "", name && *args ? " " : "", args);

  if (!line) {
    PyErr_NoMemory ();
    return NULL;
  }
  return kd_server_ask (line);
}

/* Run the command NAME (part of ARGS without one) for the thread that is
   selected in GDB, which the server need not have heard of.  */
static char *
call (const char *name, const char *args)
{
  unsigned long tid = kd_threads_selected ();
  char *request KD_AUTO_FREE
    = tid ? kd_asprintf ("at %lu", tid) : strdup ("call");

  if (!request) {
    PyErr_NoMemory ();
    return NULL;
  }
  return ask (request, name, args);
}

static PyObject *
invoke (PyObject *self, PyObject *args)
{
  char *name KD_AUTO_FREE = name_of (self);
  char *line KD_AUTO_FREE = NULL;
  char *answer KD_AUTO_FREE = NULL;
  PyObject *text, *from_tty;

  if (!PyArg_UnpackTuple (args, "invoke", 2, 2, &text, &from_tty)
      || !kd_session_need ())
    return NULL;
  line = kd_py_text (text);
  if (!line)
    return NULL;
  if (name && !strcmp (name, "thread") && kd_threads_is_task (line)) {
    if (!kd_threads_select (line))
      return NULL;
    Py_RETURN_NONE;
  }
  answer = call (name, line);
  if (!answer)
    return NULL;
  kd_py_write (KD_PY_STDOUT, answer);
  Py_RETURN_NONE;
}

/* The list of ANSWER's lines.  GDB replaces WORD, which may be only the end of
   what the server completed: SKIP bytes of it stay.  */
static PyObject *
candidates (char *answer, size_t skip)
{
  PyObject *list = PyList_New (0);
  char *rest = answer, *line;

  while (list && (line = strsep (&rest, "\n"))) {
    PyObject *item KD_AUTO_PY = NULL;

    if (strlen (line) <= skip)
      continue;
    item = PyUnicode_FromString (line + skip);
    if (!item || PyList_Append (list, item)) {
      Py_DECREF (list);
      return NULL;
    }
  }
  return list;
}

static size_t
length_of_last_word (const char *text)
{
  const char *space = strrchr (text, ' ');

  return strlen (space ? space + 1 : text);
}

static PyObject *
complete (PyObject *self, PyObject *args)
{
  char *name KD_AUTO_FREE = name_of (self);
  char *line KD_AUTO_FREE = NULL;
  char *part KD_AUTO_FREE = NULL;
  char *answer KD_AUTO_FREE = NULL;
  PyObject *text, *word;
  size_t whole, replaced;

  if (!PyArg_UnpackTuple (args, "complete", 2, 2, &text, &word))
    return NULL;
  line = kd_py_text (text);
  part = word == Py_None ? strdup ("") : kd_py_text (word);
  if (!line || !part)
    return NULL;
  /* A first call finds out where the word begins; it needs no answer.  */
  if (word == Py_None || !name || !kd_session_is_open ()
      || !kd_session_is_current ())
    return PyList_New (0);
  answer = kd_asprintf ("complete %s %s", name, line);
  whole = length_of_last_word (line);
  replaced = strlen (part);
  free (part);
  part = answer ? kd_server_ask (answer) : NULL;
  if (!part) {
    kd_py_ignore ();
    return PyList_New (0);
  }
  return candidates (part, whole > replaced ? whole - replaced : 0);
}

static PyMethodDef methods[] = { { "invoke", invoke, METH_VARARGS, NULL },
                                 { "complete", complete, METH_VARARGS, NULL },
                                 { 0 } };
static PyMethodDef prefix_methods[]
  = { { "invoke", invoke, METH_VARARGS, NULL }, { 0 } };

bool
kd_commands_init (void)
{
  PyObject *class KD_AUTO_PY = kd_py_gdb ("COMMAND_DATA");
  PyObject *none KD_AUTO_PY = kd_py_gdb ("COMPLETE_NONE");
  PyObject *base KD_AUTO_PY = kd_py_gdb ("Command");
  PyObject *prefix_type KD_AUTO_PY = NULL, *prefix KD_AUTO_PY = NULL;

  if (!base || !class || !none)
    return false;
  prefix_type
    = kd_py_type ("kdump_gdb.Prefix", base, prefix_methods, prefix_help);
  command_type = kd_py_type ("kdump_gdb.Command", base, methods, "A command.");
  if (prefix_type && command_type)
    prefix = PyObject_CallFunction (prefix_type, "sOOO", "kdump", class, none,
                                    Py_True);
  return prefix != NULL;
}

/* The text of `help kdump NAME': GDB takes its first line for the summary.  */
static char *
help_text (const char *name, const char *summary)
{
  char *request KD_AUTO_FREE = kd_asprintf ("help %s", name);
  char *full KD_AUTO_FREE = request ? kd_server_ask (request) : NULL;
  size_t n = full ? strlen (full) : 0;

  if (!full)
    kd_py_ignore ();
  while (n && full[n - 1] == '\n')
    full[--n] = 0;
  return kd_asprintf ("%s\n%s", summary, full ? full : "");
}

/* Make the command NAME: an instance of a type of its own, because GDB takes
   the help from there.  */
static bool
make_command (const char *name, const char *summary)
{
  char *doc KD_AUTO_FREE = help_text (name, summary);
  char *full KD_AUTO_FREE = kd_asprintf ("kdump %s", name);
  PyObject *class KD_AUTO_PY = kd_py_gdb ("COMMAND_DATA");
  PyObject *type KD_AUTO_PY = NULL, *command KD_AUTO_PY = NULL;

  if (!doc || !full)
    return PyErr_NoMemory () != NULL;
  type = PyObject_CallFunction ((PyObject *)&PyType_Type, "s(O){ssss}",
                                "KdumpCommand", command_type, "__doc__", doc,
                                "kdump_name", name);
  if (type && class)
    command = PyObject_CallFunction (type, "sO", full, class);
  return command != NULL;
}

bool
kd_commands_register (void)
{
  char *list KD_AUTO_FREE = NULL;
  char *rest, *line;

  if (registered)
    return true;
  list = kd_server_ask ("commands");
  if (!list)
    return false;
  rest = list;
  while ((line = strsep (&rest, "\n"))) {
    char *name = strsep (&line, "\t");
    char *group = strsep (&line, "\t");

    if (*name && group && line && !make_command (name, line))
      return false;
  }
  registered = true;
  return true;
}
