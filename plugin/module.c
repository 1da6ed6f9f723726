/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugin's entry points: one shared object is a Python extension module,
   for the commands, and a JIT reader, for the unwinder. */
#include "module.h"

#include "commands.h"
#include "functions.h"
#include "printers.h"
#include "py.h"
#include "session.h"
#include "target.h"
#include "unwinder.h"

#include <dlfcn.h>
#include <limits.h>

#define KD_EXPORT __attribute__ ((visibility ("default")))

KD_EXPORT extern int plugin_is_GPL_compatible (void);
/* Again, to export it.  */
/* NOLINTNEXTLINE(readability-redundant-declaration) */
KD_EXPORT struct gdb_reader_funcs *gdb_init_reader (void);
PyMODINIT_FUNC PyInit_kdump_gdb (void);

GDB_DECLARE_GPL_COMPATIBLE_READER

struct gdb_reader_funcs *
gdb_init_reader (void)
{
  return kd_unwinder_reader ();
}

const char *
kd_module_path (void)
{
  static char path[PATH_MAX];
  Dl_info here;

  if (!path[0] && dladdr (path, &here) && here.dli_fname
      && !realpath (here.dli_fname, path))
    path[0] = 0;
  return path;
}

/* What our hooks of GDB's commands call.  */
static PyObject *
symbols_changed (PyObject *self, PyObject *args)
{
  (void)self;
  (void)args;
  kd_session_symbols_changed ();
  Py_RETURN_NONE;
}

static PyObject *
session_ended (PyObject *self, PyObject *args)
{
  (void)self;
  (void)args;
  kd_session_ended ();
  Py_RETURN_NONE;
}

static PyMethodDef functions[]
  = { { "symbols_changed", symbols_changed, METH_NOARGS, NULL },
      { "session_ended", session_ended, METH_NOARGS, NULL },
      { 0 } };

static struct PyModuleDef definition
  = { PyModuleDef_HEAD_INIT, .m_name = "kdump_gdb",
      .m_doc = "Linux kernel crash dumps in GDB.  See `help target kdump'.",
      .m_size = -1, .m_methods = functions };

PyMODINIT_FUNC
PyInit_kdump_gdb (void)
{
  PyObject *module;

  if (!kd_py_init () || !kd_target_register () || !kd_commands_init ()
      || !kd_functions_register () || !kd_printers_init ())
    return NULL;
  module = PyModule_Create (&definition);
  return module;
}
