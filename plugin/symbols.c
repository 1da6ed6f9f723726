/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting vmlinux into GDB at the addresses the dumped kernel ran at. */
#include "symbols.h"

#include "base/strbuf.h"
#include "server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Object files that we added, by GDB's name for them; and the main file that
   we took out to add it again elsewhere.  */
static char *kernel_file, *object_file, *main_file;
static int object_fd = -1;

char *
kd_symbols_main_file (void)
{
  PyObject *space KD_AUTO_PY = kd_py_call ("current_progspace", "()");
  PyObject *name KD_AUTO_PY
    = space ? PyObject_GetAttrString (space, "filename") : NULL;
  char *text = NULL;

  if (name && name != Py_None)
    text = kd_py_text (name);
  kd_py_ignore ();
  return text;
}

/* PATH as an argument that GDB splits like a shell.  */
static void
quote (struct kd_strbuf *sb, const char *path)
{
  kd_strbuf_putc (sb, '"');
  for (; *path; path++) {
    if (*path == '"' || *path == '\\')
      kd_strbuf_putc (sb, '\\');
    kd_strbuf_putc (sb, *path);
  }
  kd_strbuf_putc (sb, '"');
}

static bool
run (const char *command, const char *path, const char *rest)
{
  struct kd_strbuf line KD_AUTO_STRBUF = { 0 };

  kd_strbuf_printf (&line, "%s ", command);
  quote (&line, path);
  kd_strbuf_puts (&line, rest);
  if (line.failed)
    return PyErr_NoMemory () != NULL;
  return kd_py_execute (kd_strbuf_str (&line));
}

/* Name of the object file that was added last.  */
static char *
last_object_file (void)
{
  PyObject *list KD_AUTO_PY = kd_py_call ("objfiles", "()");
  Py_ssize_t n = list ? PySequence_Size (list) : 0;
  PyObject *last KD_AUTO_PY = n > 0 ? PySequence_GetItem (list, n - 1) : NULL;
  PyObject *name KD_AUTO_PY
    = last ? PyObject_GetAttrString (last, "filename") : NULL;

  return name ? kd_py_text (name) : NULL;
}

static bool
add (const struct kd_info *info)
{
  char rest[96];

  /* Per-CPU symbols of older kernels are offsets from 0, not addresses.  */
  snprintf (rest, sizeof rest, " -o 0x%" PRIx64 "%s", info->kaslr_offset,
            info->percpu_zero_based ? " -s .data..percpu 0" : "");
  if (!run ("add-symbol-file", info->vmlinux, rest))
    return false;
  kernel_file = last_object_file ();
  return kernel_file != NULL;
}

bool
kd_symbols_load (const struct kd_info *info)
{
  char *loaded KD_AUTO_FREE = kd_symbols_main_file ();

  if (!info->vmlinux)
    return true;
  if (loaded && !info->kaslr_offset)
    return true;
  if (loaded) {
    /* The same file stays open as GDB's executable, so that GDB need not
       read it twice.  */
    if (!kd_py_execute ("symbol-file"))
      return false;
    main_file = KD_STEAL (loaded);
  }
  return add (info);
}

bool
kd_symbols_add_object (const void *data, size_t size)
{
  char path[64];

  object_fd = kd_server_memfile ("kdump-frames", data, size, path);
  if (object_fd < 0) {
    kd_py_error ("making a file in memory: %s", strerror (errno));
    return false;
  }
  if (!run ("add-symbol-file", path, " -o 0"))
    return false;
  object_file = last_object_file ();
  return object_file != NULL;
}

static void
remove_file (char **name)
{
  if (*name && !run ("remove-symbol-file", *name, ""))
    kd_py_ignore ();
  free (*name);
  *name = NULL;
}

void
kd_symbols_drop (bool reload)
{
  remove_file (&object_file);
  remove_file (&kernel_file);
  if (object_fd >= 0)
    close (object_fd);
  object_fd = -1;
  if (reload && main_file && !run ("symbol-file", main_file, ""))
    kd_py_ignore ();
  free (main_file);
  main_file = NULL;
}
