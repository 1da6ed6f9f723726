/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open dump inside GDB: from attaching until it is gone. */
#include "session.h"

#include "base/strbuf.h"
#include "commands.h"
#include "frames.h"
#include "functions.h"
#include "module.h"
#include "printers.h"
#include "settings.h"
#include "symbols.h"
#include "unwinder.h"

#include <string.h>

static const char none_found[] = "no vmlinux was found";

static struct {
  bool open;
  bool reader;   /* our JIT reader is loaded */
  bool symbols;  /* some are to be dropped */
  bool watching; /* connected to GDB's events */
  long inferior; /* GDB's number of it */
  struct kd_info info;
  bool closing; /* we detach ourselves, and the symbols may stay */
} session;

/* Attribute NAME, a number, of OBJECT; -1 if it has none.  */
static long
number_of (PyObject *object, const char *name)
{
  PyObject *value KD_AUTO_PY
    = object ? PyObject_GetAttrString (object, name) : NULL;
  long n = value && PyLong_Check (value) ? PyLong_AsLong (value) : -1;

  kd_py_ignore ();
  return n;
}

static PyObject *
selected_inferior (void)
{
  return kd_py_call ("selected_inferior", "()");
}

bool
kd_session_is_current (void)
{
  PyObject *inferior KD_AUTO_PY = selected_inferior ();

  return session.open && number_of (inferior, "num") == session.inferior;
}

bool
kd_session_need (void)
{
  if (kd_session_is_open () && kd_session_is_current ())
    return true;
  kd_py_error ("no dump is open here; use `target kdump VMCORE'");
  return false;
}

/* The dump is gone, or was never quite there: leave GDB as it was.  */
static void
end (void)
{
  session.open = false;
  kd_unwinder_stop ();
  if (session.reader && !kd_py_execute ("jit-reader-unload"))
    kd_py_ignore ();
  session.reader = false;
  kd_settings_restore ();
  kd_printers_stop ();
  kd_functions_forget ();
  kd_server_show_errors ();
  kd_server_forget ();
  kd_info_deinit (&session.info);
}

/* Symbols stay until GDB is back at its prompt: they cannot go while it is at
   work on a connection that ends, and need not if it is about to exit.  (What
   gdb.post_event() has not run yet when GDB 10 to 13 exits, crashes it.)  */
static void
drop_symbols (void)
{
  if (session.open || !session.symbols)
    return;
  session.symbols = false;
  kd_symbols_drop (false);
}

static PyObject *
on_exited (PyObject *self, PyObject *event)
{
  PyObject *inferior KD_AUTO_PY = PyObject_GetAttrString (event, "inferior");

  (void)self;
  if (session.open && number_of (inferior, "num") == session.inferior)
    end ();
  kd_py_ignore ();
  Py_RETURN_NONE;
}

static PyObject *
on_objfile (PyObject *self, PyObject *event)
{
  (void)self;
  (void)event;
  kd_unwinder_modules_changed ();
  Py_RETURN_NONE;
}

static PyObject *
on_prompt (PyObject *self, PyObject *args)
{
  (void)self;
  (void)args;
  if (kd_session_is_open ())
    kd_settings_protect (kd_session_is_current ());
  else
    drop_symbols ();
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
  { "kdump_exited", on_exited, METH_O, NULL },
  { "kdump_objfile", on_objfile, METH_O, NULL },
  { "kdump_prompt", on_prompt, METH_VARARGS, NULL },
};

static const struct {
  const char *event;
  PyMethodDef *method;
} watched[] = {
  { "exited", &methods[0] },        { "new_objfile", &methods[1] },
  { "free_objfile", &methods[1] },  { "clear_objfiles", &methods[1] },
  { "before_prompt", &methods[2] },
};

static void
watch (void)
{
  if (session.watching)
    return;
  session.watching = true;
  for (size_t i = 0; i < KD_ARRAY_SIZE (watched); i++) {
    PyObject *callable KD_AUTO_PY = PyCFunction_New (watched[i].method, NULL);

    if (callable)
      kd_py_connect (watched[i].event, callable);
    kd_py_ignore ();
  }
}

/* Our inferior; NULL if GDB has it no more.  */
static PyObject *
own_inferior (void)
{
  PyObject *all KD_AUTO_PY = kd_py_call ("inferiors", "()");
  Py_ssize_t n = all ? PySequence_Size (all) : 0;

  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *one = PySequence_GetItem (all, i);

    if (number_of (one, "num") == session.inferior)
      return one;
    Py_XDECREF (one);
  }
  kd_py_ignore ();
  return NULL;
}

bool
kd_session_is_open (void)
{
  PyObject *inferior KD_AUTO_PY = NULL;

  if (!session.open)
    return false;
  inferior = own_inferior ();
  if (inferior && number_of (inferior, "pid") != 0)
    return true;
  end ();
  return false;
}

void
kd_session_close (void)
{
  if (!kd_session_is_open ())
    return;
  if (!kd_session_is_current ()
      && !kd_py_executef ("inferior %ld", session.inferior))
    kd_py_ignore ();
  session.closing = true;
  if (!kd_py_execute ("detach"))
    kd_py_ignore ();
  session.closing = false;
  if (session.open)
    end ();
}

/* The object that describes the frames of code without CFI.  */
static bool
add_frames (void)
{
  struct kd_strbuf object KD_AUTO_STRBUF = { 0 };

  return !kd_frames_build (session.info.last, session.info.nlast, &object)
         && kd_symbols_add_object (object.data, object.len);
}

/* What GDB needs to walk the stacks.  A failure costs frames, not the
   session.  */
static void
set_up_unwinding (void)
{
  char *why KD_AUTO_FREE = NULL;

  if (add_frames ())
    session.reader = kd_py_executef ("jit-reader-load %s", kd_module_path ());
  if (session.reader) {
    kd_unwinder_start (&session.info, session.inferior);
    return;
  }
  why = kd_py_take_error (NULL);
  kd_py_writef (KD_PY_STDERR,
                "warning: backtraces will stop at interrupts: %s\n", why);
}

/* Commands after which we have something to do at once: those that drop all
   symbols that there are (the kernel's own GDB scripts do so), since what
   follows them may look at the kernel; and those that end the session, in a
   script, where no prompt comes.  GDB runs a user-defined command of such a
   name.  */
static void
hook_commands (void)
{
  static const struct {
    const char *command, *function;
  } hooks[] = { { "symbol-file", "symbols_changed" },
                { "file", "symbols_changed" },
                { "detach", "session_ended" },
                { "disconnect", "session_ended" },
                { "kill", "session_ended" } };
  static bool hooked;

  for (size_t i = 0; !hooked && i < KD_ARRAY_SIZE (hooks); i++) {
    char *help KD_AUTO_FREE
      = kd_asprintf ("help hookpost-%s", hooks[i].command);
    bool taken = help && kd_py_execute (help);

    kd_py_ignore ();
    if (!taken
        && !kd_py_executef ("define hookpost-%s\n"
                            "python import kdump_gdb; kdump_gdb.%s ()\n"
                            "end",
                            hooks[i].command, hooks[i].function))
      kd_py_ignore ();
  }
  hooked = true;
}

void
kd_session_ended (void)
{
  if (!session.closing && !kd_session_is_open ())
    drop_symbols ();
}

void
kd_session_symbols_changed (void)
{
  char *why KD_AUTO_FREE = NULL;
  bool done = false;

  if (!kd_session_is_open () || !kd_session_is_current ())
    return;
  if (kd_symbols_load_again (&session.info, &done)
      && (!done || (add_frames () && kd_py_execute ("sharedlibrary"))))
    return;
  why = kd_py_take_error (NULL);
  kd_py_writef (KD_PY_STDERR,
                "warning: loading the dump's symbols again: %s\n", why);
}

static bool
describe (const struct kd_server_args *args, struct kd_info *out)
{
  char *text KD_AUTO_FREE = NULL;
  char path[64];

  if (!kd_symbols_prepare (path) || !(text = kd_server_describe (args, path)))
    return false;
  if (!kd_info_parse (text, out))
    return true;
  kd_py_error ("%s", kd_error_text ());
  kd_info_deinit (out);
  return false;
}

static void
say_why_no_symbols (const char *note)
{
  int n = note ? (int)strlen (note) : 0;

  while (n && note[n - 1] == '\n')
    n--;
  kd_py_writef (KD_PY_STDOUT, "No symbols: %.*s\n",
                n ? n : (int)strlen (none_found), n ? note : none_found);
}

static void
say_hello (void)
{
  const struct kd_info *info = &session.info;

  kd_py_writef (KD_PY_STDOUT, "Linux %s, %s, %u CPU%s%s%s\n", info->release,
                info->arch, info->ncpus, info->ncpus == 1 ? "" : "s",
                info->dump ? "; " : "", info->dump ? info->dump : "");
  if (info->panic_message)
    kd_py_writef (KD_PY_STDOUT, "%s\n", info->panic_message);
  if (!info->vmlinux)
    say_why_no_symbols (info->vmlinux_note);
  for (size_t i = 0; i < info->nwarnings; i++)
    kd_py_writef (KD_PY_STDERR, "warning: %s\n", info->warnings[i]);
}

/* Everything from the description on.  GDB is connected last, when all that it
   needs for showing the frame is there.  */
static bool
set_up (const struct kd_server_args *args)
{
  char offsets[64];

  session.symbols = true;
  if (!kd_symbols_load (&session.info, offsets))
    return false;
  set_up_unwinding ();
  kd_settings_apply (&session.info);
  kd_printers_start (session.info.ncpus);
  say_hello ();
  if (!kd_server_start (args, offsets))
    return false;
  session.open = true;
  hook_commands ();
  return kd_commands_register ();
}

/* Put GDB back after connecting; if that failed, leave nothing of it, and keep
   the exception.  */
static void
finish_opening (bool ok)
{
  PyObject *type, *value, *trace;

  PyErr_Fetch (&type, &value, &trace);
  if (!ok && session.open)
    kd_session_close ();
  else if (!ok)
    end ();
  if (!ok)
    drop_symbols ();
  kd_settings_connected ();
  kd_py_ignore ();
  PyErr_Restore (type, value, trace);
}

/* Leave the dump that is open, if it is; no other program.  */
static bool
leave_old (PyObject *inferior)
{
  kd_session_close ();
  if (number_of (inferior, "pid") <= 0)
    return true;
  kd_py_error ("a program is being debugged already; use `kill' or `detach' "
               "first, or `add-inferior' and `inferior'");
  return false;
}

bool
kd_session_open (const struct kd_server_args *args)
{
  PyObject *inferior KD_AUTO_PY = selected_inferior ();
  struct kd_info info;
  bool ok;

  if (!describe (args, &info))
    return false;
  if (!leave_old (inferior)) {
    kd_info_deinit (&info);
    return false;
  }
  watch ();
  session.info = info;
  session.inferior = number_of (inferior, "num");
  kd_settings_connecting ();
  if (session.symbols)
    kd_symbols_drop (true);
  ok = set_up (args);
  finish_opening (ok);
  return ok;
}
