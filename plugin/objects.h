/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel objects of common types, in a few words each. */
#ifndef KD_PLUGIN_OBJECTS_H
#define KD_PLUGIN_OBJECTS_H

#include "py.h"

/* Types that are shown alike.  */
struct kd_object_kind {
  const char *name;     /* in `info pretty-printer' */
  const char *types[4]; /* typedefs, or tags of structs; to a NULL */
  /* What VALUE is: a string or a gdb.Value; NULL, with or without an
     exception, to show it as GDB does.  *COMPLETE: there is no need to show
     members as well.  Reads a bounded part of the dump.  */
  PyObject *(*describe) (PyObject *value, bool *complete);
  const char *members[3]; /* to be shown as well; to a NULL */
};

extern const struct kd_object_kind kd_object_kinds[];
extern const size_t kd_object_nkinds;

/* A dump of NCPUS possible CPUs was opened; forget what was kept of the last
   one.  */
void kd_objects_start (unsigned ncpus);

#endif
