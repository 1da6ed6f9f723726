/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command `target kdump'. */
#include "target.h"

#include "session.h"
#include "symbols.h"

#include <limits.h>
#include <string.h>

static const char help[]
  = "Open a Linux kernel crash dump.\n"
    "Usage: target kdump [--vmlinux FILE] [--module-dir DIR]... [--tasks]\n"
    "                    [--vmcoreinfo FILE] [--force] VMCORE...\n\n"
    "The CPUs of the dumped machine are threads, CPU 0 the first, and the "
    "one\n"
    "that panicked is selected.  More than one VMCORE are the parts of a "
    "split\n"
    "dump, in any order.  Names with spaces are quoted as for a shell.\n\n"
    "  --vmlinux FILE  the kernel's file with symbols.  If not given, the\n"
    "                  file that GDB has loaded; if none is, it is looked "
    "for\n"
    "                  by the dump's build-id; on this machine, and after\n"
    "                  `set debuginfod enabled on' at debuginfod's servers.\n"
    "  --module-dir DIR\n"
    "                  look for the debug files of modules in DIR and below,\n"
    "                  too.\n"
    "  --vmcoreinfo FILE\n"
    "                  VMCOREINFO text for a dump that has none.\n"
    "  --tasks         all tasks are threads, after the CPUs; without it,\n"
    "                  `kdump thread PID' makes one of a single task.\n"
    "  --force         take a vmlinux that does not belong to the dump.\n\n"
    "A dump cannot be run or changed.  `detach' closes it.\n"
    "`help kdump' lists the commands for looking into it.";

/* ~ and ~user in WORD; a new string.  */
static char *
expand (PyObject *word)
{
  PyObject *path KD_AUTO_PY = PyImport_ImportModule ("os.path");
  PyObject *full KD_AUTO_PY
    = path ? PyObject_CallMethod (path, "expanduser", "O", word) : NULL;

  return full ? kd_py_text (full) : NULL;
}

/* Add WORD, a file name, to a list.  */
static bool
add_name (char ***names, size_t *n, PyObject *word)
{
  char **more = realloc (*names, (*n + 1) * sizeof *more);

  if (!more)
    return PyErr_NoMemory () != NULL;
  *names = more;
  more[*n] = expand (word);
  return more[*n] && ++*n;
}

static bool
set_name (char **name, PyObject *word)
{
  free (*name);
  *name = expand (word);
  return *name != NULL;
}

/* The options that have a file name.  */
static const char *const valued[]
  = { "--vmlinux", "--vmcoreinfo", "--module-dir" };

static bool
take_value (struct kd_server_args *args, size_t option, PyObject *value)
{
  switch (option) {
  case 0:
    return set_name (&args->vmlinux, value);
  case 1:
    return set_name (&args->vmcoreinfo, value);
  default:
    return add_name (&args->module_dirs, &args->nmodule_dirs, value);
  }
}

/* The option TEXT (word I of WORDS), with its value in it or in the next
   word.  */
static bool
take_option (struct kd_server_args *args, PyObject *words, Py_ssize_t *i,
             const char *text)
{
  for (size_t k = 0; k < KD_ARRAY_SIZE (valued); k++) {
    PyObject *value KD_AUTO_PY = NULL;
    size_t n = strlen (valued[k]);

    if (strncmp (text, valued[k], n) != 0 || (text[n] && text[n] != '='))
      continue;
    if (text[n])
      value = PyUnicode_FromString (text + n + 1);
    else if (++*i < PySequence_Size (words))
      value = PySequence_GetItem (words, *i);
    else
      kd_py_error ("target kdump: %s needs a name", valued[k]);
    return value && take_value (args, k, value);
  }
  kd_py_error ("target kdump: unknown option `%s'; see `help target kdump'",
               text);
  return false;
}

/* Take word I of WORDS (TEXT), and perhaps the next.  */
static bool
take_word (struct kd_server_args *args, PyObject *words, Py_ssize_t *i,
           const char *text, bool *options)
{
  PyObject *word KD_AUTO_PY = PySequence_GetItem (words, *i);

  if (!word || !*options || text[0] != '-' || !text[1])
    return word && add_name (&args->dumps, &args->ndumps, word);
  if (!strcmp (text, "--"))
    return !(*options = false);
  if (!strcmp (text, "--force"))
    return args->force = true;
  if (!strcmp (text, "--tasks"))
    return args->tasks = true;
  return take_option (args, words, i, text);
}

static bool
parse (const char *line, struct kd_server_args *args)
{
  PyObject *words KD_AUTO_PY = kd_py_call ("string_to_argv", "(s)", line);
  Py_ssize_t n = words ? PySequence_Size (words) : -1;
  bool options = true;

  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *word KD_AUTO_PY = PySequence_GetItem (words, i);
    char *text KD_AUTO_FREE = word ? kd_py_text (word) : NULL;

    if (!text || !take_word (args, words, &i, text, &options))
      return false;
  }
  if (n >= 0 && !args->ndumps)
    kd_py_error ("target kdump: name the file of the dump; see `help target "
                 "kdump'.");
  return n >= 0 && args->ndumps;
}

/* Where GDB looks for debug files, so does the server.  */
static bool
add_debug_dirs (struct kd_server_args *args)
{
  PyObject *value KD_AUTO_PY
    = kd_py_call ("parameter", "(s)", "debug-file-directory");
  char *dirs KD_AUTO_FREE
    = value && value != Py_None ? kd_py_text (value) : NULL;
  char *rest = dirs, *dir;

  kd_py_ignore ();
  while (rest && (dir = strsep (&rest, ":"))) {
    char **more
      = realloc (args->debug_dirs, (args->ndebug_dirs + 1) * sizeof *more);

    if (!more)
      return PyErr_NoMemory () != NULL;
    args->debug_dirs = more;
    if (!*dir)
      continue;
    more[args->ndebug_dirs] = strdup (dir);
    if (!more[args->ndebug_dirs++])
      return PyErr_NoMemory () != NULL;
  }
  return true;
}

/* GDB asks at debuginfod servers without asking the user first.  (Where it has
   no such setting, it does not.)  */
static bool
asks_debuginfod (void)
{
  PyObject *value KD_AUTO_PY
    = kd_py_call ("parameter", "(s)", "debuginfod enabled");
  char *text KD_AUTO_FREE
    = value && value != Py_None ? kd_py_text (value) : NULL;

  kd_py_ignore ();
  return text && !strcmp (text, "on");
}

static void
guard_args (struct kd_server_args *args)
{
  kd_server_args_deinit (args);
}

static PyObject *
invoke (PyObject *self, PyObject *args)
{
  struct kd_server_args what KD_CLEANUP (guard_args) = { 0 };
  char *line KD_AUTO_FREE = NULL;
  PyObject *text, *from_tty;

  (void)self;
  if (!PyArg_UnpackTuple (args, "invoke", 2, 2, &text, &from_tty))
    return NULL;
  line = kd_py_text (text);
  if (!line || !parse (line, &what) || !add_debug_dirs (&what))
    return NULL;
  what.debuginfod = asks_debuginfod ();
  if (!what.vmlinux)
    what.vmlinux = kd_symbols_main_file ();
  if (!kd_session_open (&what))
    return NULL;
  Py_RETURN_NONE;
}

static PyMethodDef methods[]
  = { { "invoke", invoke, METH_VARARGS, NULL }, { 0 } };

bool
kd_target_register (void)
{
  PyObject *base KD_AUTO_PY = kd_py_gdb ("Command");
  PyObject *class KD_AUTO_PY = kd_py_gdb ("COMMAND_FILES");
  PyObject *completer KD_AUTO_PY = kd_py_gdb ("COMPLETE_FILENAME");
  PyObject *type KD_AUTO_PY
    = base ? kd_py_type ("kdump_gdb.TargetKdump", base, methods, help) : NULL;
  PyObject *command KD_AUTO_PY = NULL;

  if (type && class && completer)
    command
      = PyObject_CallFunction (type, "sOO", "target kdump", class, completer);
  return command != NULL;
}
