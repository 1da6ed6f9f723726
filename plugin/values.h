/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GDB's values and types, as functions and printers need them. */
#ifndef KD_PLUGIN_VALUES_H
#define KD_PLUGIN_VALUES_H

#include "py.h"

#include <stdint.h>

/* Of GDB's codes of types, those that we tell apart.  */
enum kd_value_kind {
  KD_VALUE_OTHER,
  KD_VALUE_NUMBER, /* integer, character, boolean or enumeration */
  KD_VALUE_POINTER,
  KD_VALUE_ARRAY,
  KD_VALUE_STRUCT, /* or union */
};

/* The kind of VALUE's type, typedefs stripped.  Python's own integers are
   numbers.  */
enum kd_value_kind kd_value_kind (PyObject *value);

/* Where VALUE is in memory; false (and no exception) if it is not.  Does not
   read it.  */
bool kd_value_address (PyObject *value, uint64_t *addr);

/* A number or pointer; false with an exception.  */
bool kd_value_u64 (PyObject *value, uint64_t *out);

/* Text of a string constant ("..." in an expression), the caller's to free();
   NULL, without an exception, if VALUE is none.  */
char *kd_value_string (PyObject *value);

/* The object of TYPE at ADDR, not read before it is used; a pointer to it.
   New references, or NULL with an exception.  */
PyObject *kd_value_at (uint64_t addr, PyObject *type);
PyObject *kd_value_pointer (uint64_t addr, PyObject *type);

/* Member NAME of a struct, without reading it.  A new reference, or NULL with
   an exception.  */
PyObject *kd_value_member (PyObject *value, const char *name);

/* The type called NAME: as written ("struct rq", "u64"), or the tag of a
   struct or union.  A new reference, or NULL with gdb.GdbError.  */
PyObject *kd_value_type (const char *name);

#endif
