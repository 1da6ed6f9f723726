/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kdump thread': tasks as threads of GDB. */
#include "threads.h"

#include "base/strbuf.h"
#include "server.h"

#include <string.h>

bool
kd_threads_is_task (const char *line)
{
  line += strspn (line, " \t");
  return *line && *line != '-' && !strstr (line, "--");
}

/* Item I of the tuple THREAD.ptid.  */
static unsigned long
ptid_item (PyObject *thread, Py_ssize_t i)
{
  PyObject *ptid KD_AUTO_PY = PyObject_GetAttrString (thread, "ptid");
  PyObject *item KD_AUTO_PY = ptid ? PySequence_GetItem (ptid, i) : NULL;
  unsigned long n = item ? PyLong_AsUnsignedLong (item) : 0;

  kd_py_ignore ();
  return n;
}

/* GDB's own number of the remote thread TID; 0 if GDB has none.  Asking for
   the threads makes GDB look for new ones.  */
static long
number_of (unsigned long tid)
{
  PyObject *inferior KD_AUTO_PY = kd_py_call ("selected_inferior", "()");
  PyObject *threads KD_AUTO_PY
    = inferior ? PyObject_CallMethod (inferior, "threads", NULL) : NULL;
  Py_ssize_t n = threads ? PySequence_Size (threads) : 0;
  long number = 0;

  for (Py_ssize_t i = 0; i < n && !number; i++) {
    PyObject *thread KD_AUTO_PY = PySequence_GetItem (threads, i);
    PyObject *num KD_AUTO_PY = NULL;

    /* The remote target has the number in the second place.  */
    if (!thread || (ptid_item (thread, 1) != tid))
      continue;
    num = PyObject_GetAttrString (thread, "num");
    number = num ? PyLong_AsLong (num) : 0;
  }
  kd_py_ignore ();
  return number;
}

unsigned long
kd_threads_selected (void)
{
  PyObject *thread KD_AUTO_PY = kd_py_call ("selected_thread", "()");
  unsigned long tid = thread && thread != Py_None ? ptid_item (thread, 1) : 0;

  kd_py_ignore ();
  return tid;
}

bool
kd_threads_select (const char *line)
{
  char *request KD_AUTO_FREE = kd_asprintf ("thread %s", line);
  char *answer KD_AUTO_FREE = request ? kd_server_ask (request) : NULL;
  char *command KD_AUTO_FREE = NULL;
  char *note;
  long number;

  if (!request)
    PyErr_NoMemory ();
  if (!answer)
    return false;
  number = number_of (strtoul (answer, NULL, 10));
  if (!number) {
    kd_py_error ("GDB does not find thread %s", answer);
    return false;
  }
  command = kd_asprintf ("thread %ld", number);
  if (!command || !kd_py_execute_openly (command))
    return false;
  note = strchr (answer, '\n');
  if (note)
    kd_py_write (KD_PY_STDOUT, note + 1);
  return true;
}
