/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plugin uses of Python and of GDB's Python module. */
#ifndef KD_PLUGIN_PY_H
#define KD_PLUGIN_PY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "base/guard.h"
#include "base/status.h"

static inline void
kd_guard_py (PyObject **p)
{
  Py_XDECREF (*p);
}
#define KD_AUTO_PY KD_CLEANUP (kd_guard_py)

/* Where kd_py_write() writes.  */
enum kd_py_stream { KD_PY_STDOUT = 0, KD_PY_STDERR = 1 };

/* Remember the module `gdb'.  False with a Python exception set.  */
bool kd_py_init (void);

/* Attribute PATH ("events.exited") of the module gdb, a new reference; NULL
   with an exception set, e.g. where this GDB lacks it.  */
PyObject *kd_py_gdb (const char *path);

/* Call the attribute PATH of gdb with arguments as Py_BuildValue() takes them
   (FORMAT in brackets).  A new reference or NULL with an exception set.  */
PyObject *kd_py_call (const char *path, const char *format, ...);

/* A type called NAME ("kdump_gdb.X") with METHODS and the documentation DOC,
   derived from BASE (NULL: Python's object).  All but BASE live as long as the
   plugin.  A new reference or NULL with an exception.  */
PyObject *kd_py_type (const char *name, PyObject *base, PyMethodDef *methods,
                      const char *doc);

/* Run a GDB command.  Its output is dropped, or returned in *OUT, the
   caller's to free().  False with an exception set.  */
bool kd_py_execute (const char *command);
/* The same, and the output goes where GDB's output goes.  */
bool kd_py_execute_openly (const char *command);
bool kd_py_execute_text (const char *command, char **out);
bool kd_py_executef (const char *fmt, ...) KD_PRINTF (1, 2);

/* Text of a Python string (or of str() of anything else), the caller's to
   free(); NULL with an exception set.  */
char *kd_py_text (PyObject *object);

/* Write to GDB's own output, paged and logged as everything it prints.
   Exceptions are dropped.  */
void kd_py_write (enum kd_py_stream stream, const char *text);
void kd_py_writef (enum kd_py_stream stream, const char *fmt, ...)
  KD_PRINTF (2, 3);

/* Raise gdb.GdbError, which GDB shows as an error without a traceback.
   Returns NULL.  */
PyObject *kd_py_error (const char *fmt, ...) KD_PRINTF (1, 2);

/* Take the pending exception: its text, the caller's to free(), never NULL
   unless out of memory.  *INTERRUPTED (may be NULL): it was a Ctrl-C.  */
char *kd_py_take_error (bool *interrupted);

/* Drop a pending exception: for what is tried and may fail.  */
void kd_py_ignore (void);

/* Connect CALLABLE to the event NAME ("exited"); false (and no exception) if
   this GDB has no such event.  */
bool kd_py_connect (const char *name, PyObject *callable);

#endif
