/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pretty printers for kernel objects, as GDB wants them: a collection that is
   asked about each value. */
#include "printers.h"

#include "objects.h"

#include <string.h>

enum { MAX_TYPEDEFS = 16, MAX_KINDS = 64 };

/* All kept for good, but the program space.  */
static PyObject *collection;
static PyObject
  *enabling[MAX_KINDS]; /* of each kind: has the attribute enabled */
static PyObject *plain_type, *open_type; /* of printers: without members */
static PyObject *parameter;
static PyObject *space; /* where the collection is registered */
static long code_typedef, code_struct, code_union;

static bool
is_true (PyObject *object, const char *name)
{
  PyObject *value KD_AUTO_PY = PyObject_GetAttrString (object, name);

  return value && PyObject_IsTrue (value) == 1;
}

static const struct kd_object_kind *
kind_named (const char *name)
{
  for (size_t i = 0; i < kd_object_nkinds; i++)
    for (const char *const *type = kd_object_kinds[i].types; *type; type++)
      if (!strcmp (*type, name))
        return &kd_object_kinds[i];
  return NULL;
}

static long
number_of (PyObject *object, const char *name)
{
  PyObject *value KD_AUTO_PY = PyObject_GetAttrString (object, name);

  return value ? PyLong_AsLong (value) : -1;
}

/* The kind that TYPE is of by its name.  */
static const struct kd_object_kind *
kind_by_name (PyObject *type)
{
  PyObject *name KD_AUTO_PY = PyObject_GetAttrString (type, "name");
  char *text KD_AUTO_FREE = name && name != Py_None ? kd_py_text (name) : NULL;

  return text ? kind_named (text) : NULL;
}

/* The kind of VALUE by the name of its type, or of what that is a typedef
   for.  Most values are numbers and pointers of no interest.  */
static const struct kd_object_kind *
kind_of (PyObject *value)
{
  PyObject *type = PyObject_GetAttrString (value, "type");
  const struct kd_object_kind *kind = NULL;

  for (int i = 0; type && !kind && i < MAX_TYPEDEFS; i++) {
    long code = number_of (type, "code");
    PyObject *next = NULL;

    if (code == code_typedef || code == code_struct || code == code_union)
      kind = kind_by_name (type);
    if (!kind && code == code_typedef)
      next = PyObject_CallMethod (type, "target", NULL);
    Py_DECREF (type);
    type = next;
  }
  Py_XDECREF (type);
  kd_py_ignore ();
  return kind;
}

/* A printer that says TEXT of VALUE.  */
static PyObject *
make_printer (const struct kd_object_kind *kind, PyObject *value,
              PyObject *text, bool complete)
{
  bool plain = complete || !kind->members[0];
  PyObject *printer
    = PyObject_CallObject (plain ? plain_type : open_type, NULL);
  PyObject *index KD_AUTO_PY = PyLong_FromLong (kind - kd_object_kinds);

  if (printer && index && !PyObject_SetAttrString (printer, "text", text)
      && !PyObject_SetAttrString (printer, "value", value)
      && !PyObject_SetAttrString (printer, "kind", index))
    return printer;
  Py_XDECREF (printer);
  return NULL;
}

/* GDB asks about a value.  Whatever goes wrong, it then shows it in its own
   way; but a Ctrl-C is passed on.  */
static PyObject *
call (PyObject *self, PyObject *args, PyObject *keywords)
{
  const struct kd_object_kind *kind = NULL;
  PyObject *text KD_AUTO_PY = NULL;
  PyObject *value, *printer = NULL;
  bool complete = false;

  (void)self;
  (void)keywords;
  if (!PyArg_UnpackTuple (args, "kdump", 1, 1, &value))
    return NULL;
  if (is_true (parameter, "value"))
    kind = kind_of (value);
  if (kind && is_true (enabling[kind - kd_object_kinds], "enabled"))
    text = kind->describe (value, &complete);
  if (text)
    printer = make_printer (kind, value, text, complete);
  if (printer)
    return printer;
  if (PyErr_ExceptionMatches (PyExc_KeyboardInterrupt))
    return NULL;
  kd_py_ignore ();
  Py_RETURN_NONE;
}

static PyObject *
to_string (PyObject *self, PyObject *args)
{
  (void)args;
  return PyObject_GetAttrString (self, "text");
}

/* An iterator over pairs of name and value.  */
static PyObject *
children (PyObject *self, PyObject *args)
{
  PyObject *value KD_AUTO_PY = PyObject_GetAttrString (self, "value");
  PyObject *list KD_AUTO_PY = PyList_New (0);
  long kind = number_of (self, "kind");

  (void)args;
  if (!value || !list || kind < 0 || (size_t)kind >= kd_object_nkinds)
    return NULL;
  for (const char *const *name = kd_object_kinds[kind].members; *name;
       name++) {
    PyObject *key KD_AUTO_PY = PyUnicode_FromString (*name);
    PyObject *member KD_AUTO_PY = key ? PyObject_GetItem (value, key) : NULL;
    PyObject *pair KD_AUTO_PY = member ? PyTuple_Pack (2, key, member) : NULL;

    if (!pair || PyList_Append (list, pair))
      return NULL;
  }
  return PyObject_GetIter (list);
}

static PyMethodDef plain_methods[]
  = { { "to_string", to_string, METH_NOARGS, NULL }, { 0 } };
static PyMethodDef open_methods[]
  = { { "to_string", to_string, METH_NOARGS, NULL },
      { "children", children, METH_NOARGS, NULL },
      { 0 } };

/* A type of printers with METHODS; its objects can have attributes.  */
static PyObject *
make_printer_type (PyMethodDef *methods)
{
  PyObject *base KD_AUTO_PY
    = kd_py_type ("kdump_gdb.PrinterBase", NULL, methods, "A kernel object.");

  return base ? PyObject_CallFunction ((PyObject *)&PyType_Type, "s(O){}",
                                       "KdumpPrinter", base)
              : NULL;
}

static bool
find_codes (void)
{
  static const struct {
    const char *name;
    long *code;
  } wanted[] = { { "TYPE_CODE_TYPEDEF", &code_typedef },
                 { "TYPE_CODE_STRUCT", &code_struct },
                 { "TYPE_CODE_UNION", &code_union } };

  for (size_t i = 0; i < KD_ARRAY_SIZE (wanted); i++) {
    PyObject *code KD_AUTO_PY = kd_py_gdb (wanted[i].name);

    if (!code)
      return false;
    *wanted[i].code = PyLong_AsLong (code);
  }
  return true;
}

/* The objects by which GDB turns single kinds on and off.  */
static PyObject *
make_subprinters (PyObject *printing)
{
  PyObject *list = PyList_New (0);

  for (size_t i = 0; list && i < kd_object_nkinds && i < MAX_KINDS; i++) {
    enabling[i] = PyObject_CallMethod (printing, "SubPrettyPrinter", "s",
                                       kd_object_kinds[i].name);
    if (!enabling[i] || PyList_Append (list, enabling[i])) {
      Py_DECREF (list);
      return NULL;
    }
  }
  return list;
}

static bool
make_collection (void)
{
  PyType_Slot slots[] = { { Py_tp_call, (void *)call }, { 0, NULL } };
  PyType_Spec spec = { .name = "kdump_gdb.Printers",
                       .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                       .slots = slots };
  PyObject *printing KD_AUTO_PY = PyImport_ImportModule ("gdb.printing");
  PyObject *base KD_AUTO_PY
    = printing ? PyObject_GetAttrString (printing, "PrettyPrinter") : NULL;
  PyObject *bases KD_AUTO_PY = base ? PyTuple_Pack (1, base) : NULL;
  PyObject *type KD_AUTO_PY
    = bases ? PyType_FromSpecWithBases (&spec, bases) : NULL;
  PyObject *list KD_AUTO_PY = type ? make_subprinters (printing) : NULL;

  if (!list || !find_codes ())
    return false;
  plain_type = make_printer_type (plain_methods);
  open_type = make_printer_type (open_methods);
  if (plain_type && open_type)
    collection = PyObject_CallFunction (type, "sO", "kdump", list);
  return collection != NULL;
}

/* `set kdump printers'.  */

static PyObject *
get_set_string (PyObject *self, PyObject *args)
{
  (void)self;
  (void)args;
  return PyUnicode_FromString ("");
}

static PyObject *
get_show_string (PyObject *self, PyObject *args)
{
  PyObject *text;

  (void)self;
  if (!PyArg_UnpackTuple (args, "get_show_string", 1, 1, &text))
    return NULL;
  return PyUnicode_FromFormat ("Pretty printing of kernel objects is %U.",
                               text);
}

static PyMethodDef parameter_methods[]
  = { { "get_set_string", get_set_string, METH_NOARGS, NULL },
      { "get_show_string", get_show_string, METH_VARARGS, NULL },
      { 0 } };

static bool
make_prefix (const char *name, const char *doc)
{
  static PyMethodDef none[] = { { 0 } };
  PyObject *base KD_AUTO_PY = kd_py_gdb ("Command");
  PyObject *class KD_AUTO_PY = kd_py_gdb ("COMMAND_DATA");
  PyObject *completer KD_AUTO_PY = kd_py_gdb ("COMPLETE_NONE");
  PyObject *type KD_AUTO_PY
    = base ? kd_py_type ("kdump_gdb.SetPrefix", base, none, doc) : NULL;
  PyObject *command KD_AUTO_PY = NULL;

  if (type && class && completer)
    command
      = PyObject_CallFunction (type, "sOOO", name, class, completer, Py_True);
  return command != NULL;
}

static bool
make_parameter (void)
{
  static const char doc[]
    = "In an open dump, kernel objects are shown by what they mean: a lock\n"
      "by who holds it, a list by how many are in it, a mask of CPUs as a\n"
      "list of them.  `print/r' shows one value without that; `info\n"
      "pretty-printer' and `disable pretty-printer' are about single kinds.";
  PyObject *base KD_AUTO_PY = kd_py_gdb ("Parameter");
  PyObject *class KD_AUTO_PY = kd_py_gdb ("COMMAND_DATA");
  PyObject *kind KD_AUTO_PY = kd_py_gdb ("PARAM_BOOLEAN");
  PyObject *with_methods KD_AUTO_PY
    = base
        ? kd_py_type ("kdump_gdb.ParameterBase", base, parameter_methods, doc)
        : NULL;
  PyObject *type KD_AUTO_PY = NULL;

  if (!with_methods || !class || !kind)
    return false;
  type = PyObject_CallFunction (
    (PyObject *)&PyType_Type, "s(O){ssssss}", "KdumpPrinters", with_methods,
    "__doc__", doc, "set_doc", "Set pretty printing of kernel objects.",
    "show_doc", "Show pretty printing of kernel objects.");
  if (type)
    parameter
      = PyObject_CallFunction (type, "sOO", "kdump printers", class, kind);
  return parameter && !PyObject_SetAttrString (parameter, "value", Py_True);
}

bool
kd_printers_init (void)
{
  return make_prefix ("set kdump", "Set what kdump-gdb does.")
         && make_prefix ("show kdump", "Show what kdump-gdb does.")
         && make_parameter ();
}

void
kd_printers_start (unsigned ncpus)
{
  PyObject *list KD_AUTO_PY = NULL;

  kd_printers_stop ();
  kd_objects_start (ncpus);
  if (collection || make_collection ())
    space = kd_py_call ("current_progspace", "()");
  list = space ? PyObject_GetAttrString (space, "pretty_printers") : NULL;
  if (!list || PyList_Insert (list, 0, collection))
    Py_CLEAR (space);
  kd_py_ignore ();
}

void
kd_printers_stop (void)
{
  PyObject *list KD_AUTO_PY
    = space ? PyObject_GetAttrString (space, "pretty_printers") : NULL;
  Py_ssize_t at = list ? PySequence_Index (list, collection) : -1;

  if (at >= 0)
    PySequence_DelItem (list, at);
  Py_CLEAR (space);
  kd_py_ignore ();
}
