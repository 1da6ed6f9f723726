/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GDB's values and types, as functions and printers need them. */
#include "values.h"

#include "base/strbuf.h"

#include <string.h>

/* GDB's numbers for the codes differ between its versions.  */
static struct {
  const char *name;
  enum kd_value_kind kind;
  long code;
} codes[] = {
  { "TYPE_CODE_INT", KD_VALUE_NUMBER, 0 },
  { "TYPE_CODE_CHAR", KD_VALUE_NUMBER, 0 },
  { "TYPE_CODE_BOOL", KD_VALUE_NUMBER, 0 },
  { "TYPE_CODE_ENUM", KD_VALUE_NUMBER, 0 },
  { "TYPE_CODE_PTR", KD_VALUE_POINTER, 0 },
  { "TYPE_CODE_ARRAY", KD_VALUE_ARRAY, 0 },
  { "TYPE_CODE_STRUCT", KD_VALUE_STRUCT, 0 },
  { "TYPE_CODE_UNION", KD_VALUE_STRUCT, 0 },
};
static bool codes_known;

static long
number_at (PyObject *object, const char *name)
{
  PyObject *value KD_AUTO_PY = PyObject_GetAttrString (object, name);

  return value ? PyLong_AsLong (value) : -1;
}

static void
find_codes (void)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (codes); i++) {
    PyObject *code KD_AUTO_PY = kd_py_gdb (codes[i].name);

    codes[i].code = code ? PyLong_AsLong (code) : -1;
    kd_py_ignore ();
  }
  codes_known = true;
}

enum kd_value_kind
kd_value_kind (PyObject *value)
{
  PyObject *type KD_AUTO_PY = NULL, *plain KD_AUTO_PY = NULL;
  long code;

  if (PyLong_Check (value))
    return KD_VALUE_NUMBER;
  if (!codes_known)
    find_codes ();
  type = PyObject_GetAttrString (value, "type");
  plain = type ? PyObject_CallMethod (type, "strip_typedefs", NULL) : NULL;
  code = plain ? number_at (plain, "code") : -1;
  kd_py_ignore ();
  for (size_t i = 0; plain && i < KD_ARRAY_SIZE (codes); i++)
    if (codes[i].code == code)
      return codes[i].kind;
  return KD_VALUE_OTHER;
}

bool
kd_value_address (PyObject *value, uint64_t *addr)
{
  PyObject *address KD_AUTO_PY = PyObject_GetAttrString (value, "address");
  bool has = address && address != Py_None && kd_value_u64 (address, addr);

  kd_py_ignore ();
  return has;
}

bool
kd_value_u64 (PyObject *value, uint64_t *out)
{
  PyObject *number KD_AUTO_PY = PyNumber_Long (value);

  if (!number)
    return false;
  *out = PyLong_AsUnsignedLongLongMask (number);
  return !PyErr_Occurred ();
}

char *
kd_value_string (PyObject *value)
{
  PyObject *string KD_AUTO_PY = NULL;
  uint64_t addr;
  char *text;

  if (kd_value_kind (value) != KD_VALUE_ARRAY
      || kd_value_address (value, &addr))
    return NULL;
  string = PyObject_CallMethod (value, "string", NULL);
  text = string ? kd_py_text (string) : NULL;
  kd_py_ignore ();
  return text;
}

PyObject *
kd_value_pointer (uint64_t addr, PyObject *type)
{
  PyObject *pointer KD_AUTO_PY = PyObject_CallMethod (type, "pointer", NULL);
  PyObject *number KD_AUTO_PY
    = pointer ? kd_py_call ("Value", "(K)", (unsigned long long)addr) : NULL;

  return number ? PyObject_CallMethod (number, "cast", "(O)", pointer) : NULL;
}

PyObject *
kd_value_at (uint64_t addr, PyObject *type)
{
  PyObject *pointer KD_AUTO_PY = kd_value_pointer (addr, type);

  return pointer ? PyObject_CallMethod (pointer, "dereference", NULL) : NULL;
}

PyObject *
kd_value_member (PyObject *value, const char *name)
{
  PyObject *key KD_AUTO_PY = PyUnicode_FromString (name);

  return key ? PyObject_GetItem (value, key) : NULL;
}

/* Look TYPE up; NULL, without an exception, if there is none.  */
static PyObject *
lookup (const char *keyword, const char *name)
{
  char *text KD_AUTO_FREE = kd_asprintf ("%s%s", keyword, name);
  PyObject *type = text ? kd_py_call ("lookup_type", "(s)", text) : NULL;

  if (!type && !PyErr_ExceptionMatches (PyExc_KeyboardInterrupt))
    kd_py_ignore ();
  return type;
}

PyObject *
kd_value_type (const char *name)
{
  static const char *const keywords[] = { "struct ", "union ", "" };
  size_t n = strlen (name), count = KD_ARRAY_SIZE (keywords), first = 0;

  /* GDB up to 13 reads all units with a struct of that name before it says
     that there is no such typedef, and the other way round.  */
  if (strchr (name, ' ') || (n > 2 && !strcmp (name + n - 2, "_t")))
    first = count - 1;
  for (size_t i = 0; i < count; i++) {
    PyObject *type = lookup (keywords[(first + i) % count], name);

    if (type || PyErr_Occurred ())
      return type;
    if (strchr (name, ' '))
      break;
  }
  return kd_py_error ("GDB knows no type `%s'", name);
}
