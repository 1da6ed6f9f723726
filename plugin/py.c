/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talking to GDB through its Python module. */
#include "py.h"

#include "base/strbuf.h"

#include <string.h>

static PyObject *gdb_module;

bool
kd_py_init (void)
{
  gdb_module = PyImport_ImportModule ("gdb");
  return gdb_module != NULL;
}

PyObject *
kd_py_gdb (const char *path)
{
  char *copy KD_AUTO_FREE = strdup (path);
  char *save = NULL;
  PyObject *at = gdb_module;

  if (!copy)
    return PyErr_NoMemory ();
  Py_INCREF (at);
  for (char *name = strtok_r (copy, ".", &save); name;
       name = strtok_r (NULL, ".", &save)) {
    PyObject *next = PyObject_GetAttrString (at, name);

    Py_DECREF (at);
    if (!next)
      return NULL;
    at = next;
  }
  return at;
}

PyObject *
kd_py_call (const char *path, const char *format, ...)
{
  PyObject *function KD_AUTO_PY = kd_py_gdb (path);
  PyObject *args KD_AUTO_PY = NULL;
  va_list ap;

  if (!function)
    return NULL;
  va_start (ap, format);
  args = Py_VaBuildValue (format, ap);
  va_end (ap);
  return args ? PyObject_CallObject (function, args) : NULL;
}

PyObject *
kd_py_type (const char *name, PyObject *base, PyMethodDef *methods,
            const char *doc)
{
  PyType_Slot slots[] = { { Py_tp_methods, methods },
                          { Py_tp_doc, (void *)(uintptr_t)doc },
                          { 0, NULL } };
  PyType_Spec spec = { .name = name,
                       .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                       .slots = slots };
  PyObject *bases KD_AUTO_PY
    = PyTuple_Pack (1, base ? base : (PyObject *)&PyBaseObject_Type);

  return bases ? PyType_FromSpecWithBases (&spec, bases) : NULL;
}

bool
kd_py_execute_text (const char *command, char **out)
{
  PyObject *text KD_AUTO_PY
    = kd_py_call ("execute", "(sOO)", command, Py_False, Py_True);

  if (!text)
    return false;
  *out = kd_py_text (text);
  return *out != NULL;
}

bool
kd_py_execute (const char *command)
{
  PyObject *text KD_AUTO_PY
    = kd_py_call ("execute", "(sOO)", command, Py_False, Py_True);

  return text != NULL;
}

bool
kd_py_execute_openly (const char *command)
{
  PyObject *done KD_AUTO_PY
    = kd_py_call ("execute", "(sOO)", command, Py_False, Py_False);

  return done != NULL;
}

bool
kd_py_executef (const char *fmt, ...)
{
  struct kd_strbuf command KD_AUTO_STRBUF = { 0 };
  va_list ap;

  va_start (ap, fmt);
  kd_strbuf_vprintf (&command, fmt, ap);
  va_end (ap);
  if (command.failed)
    return PyErr_NoMemory () != NULL;
  return kd_py_execute (kd_strbuf_str (&command));
}

char *
kd_py_text (PyObject *object)
{
  PyObject *string KD_AUTO_PY = PyObject_Str (object);
  PyObject *bytes KD_AUTO_PY = NULL;
  char *data, *copy;
  Py_ssize_t size;

  if (string)
    bytes = PyUnicode_AsEncodedString (string, "utf-8", "surrogateescape");
  if (!bytes || PyBytes_AsStringAndSize (bytes, &data, &size))
    return NULL;
  copy = strndup (data, (size_t)size);
  if (!copy)
    PyErr_NoMemory ();
  return copy;
}

void
kd_py_write (enum kd_py_stream stream, const char *text)
{
  PyObject *string KD_AUTO_PY
    = PyUnicode_DecodeUTF8 (text, (Py_ssize_t)strlen (text), "replace");
  PyObject *done KD_AUTO_PY
    = string ? kd_py_call ("write", "(Oi)", string, (int)stream) : NULL;

  if (!done)
    kd_py_ignore ();
}

void
kd_py_writef (enum kd_py_stream stream, const char *fmt, ...)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  va_list ap;

  va_start (ap, fmt);
  kd_strbuf_vprintf (&text, fmt, ap);
  va_end (ap);
  kd_py_write (stream, kd_strbuf_str (&text));
}

PyObject *
kd_py_error (const char *fmt, ...)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  PyObject *type KD_AUTO_PY = kd_py_gdb ("GdbError");
  PyObject *message KD_AUTO_PY = NULL;
  va_list ap;

  va_start (ap, fmt);
  kd_strbuf_vprintf (&text, fmt, ap);
  va_end (ap);
  message = PyUnicode_DecodeUTF8 (kd_strbuf_str (&text), (Py_ssize_t)text.len,
                                  "replace");
  if (type && message)
    PyErr_SetObject (type, message);
  return NULL;
}

char *
kd_py_take_error (bool *interrupted)
{
  PyObject *type, *value, *trace;
  char *text = NULL;

  if (interrupted)
    *interrupted = PyErr_ExceptionMatches (PyExc_KeyboardInterrupt);
  PyErr_Fetch (&type, &value, &trace);
  PyErr_NormalizeException (&type, &value, &trace);
  if (value)
    text = kd_py_text (value);
  Py_XDECREF (type);
  Py_XDECREF (value);
  Py_XDECREF (trace);
  PyErr_Clear ();
  return text ? text : strdup ("unknown error");
}

void
kd_py_ignore (void)
{
  PyErr_Clear ();
}

bool
kd_py_connect (const char *name, PyObject *callable)
{
  char *path KD_AUTO_FREE = kd_asprintf ("events.%s.connect", name);
  PyObject *done KD_AUTO_PY = path ? kd_py_call (path, "(O)", callable) : NULL;

  if (!done)
    kd_py_ignore ();
  return done != NULL;
}
