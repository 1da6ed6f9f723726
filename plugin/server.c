/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting kdump-target under `target remote', and asking it things. */
#include "server.h"

#include "base/strbuf.h"
#include "info.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef KD_SERVER_PATH
#define KD_SERVER_PATH "/usr/local/bin/kdump-target"
#endif

/* Its standard error goes to a file of ours: as `target remote' runs it, GDB
   would mix it with its own words.  */
struct errors {
  int fd; /* -1 none */
  off_t shown;
};
static struct errors session_errors = { -1, 0 };

static void
errors_close (struct errors *e)
{
  if (e->fd >= 0)
    close (e->fd);
  e->fd = -1;
}

void
kd_server_args_deinit (struct kd_server_args *args)
{
  for (size_t i = 0; i < args->ndumps; i++)
    free (args->dumps[i]);
  for (size_t i = 0; i < args->ndebug_dirs; i++)
    free (args->debug_dirs[i]);
  for (size_t i = 0; i < args->nmodule_dirs; i++)
    free (args->module_dirs[i]);
  free (args->dumps);
  free (args->debug_dirs);
  free (args->module_dirs);
  free (args->vmlinux);
  free (args->vmcoreinfo);
  *args = (struct kd_server_args){ 0 };
}

int
kd_server_memfile (const char *name, const void *data, size_t size,
                   char path[64])
{
  int fd = memfd_create (name, MFD_CLOEXEC);

  if (fd < 0)
    return -1;
  snprintf (path, 64, "/proc/%ld/fd/%d", (long)getpid (), fd);
  for (size_t done = 0; done < size;) {
    ssize_t n = write (fd, (const char *)data + done, size - done);

    if (n < 0) {
      close (fd);
      return -1;
    }
    done += (size_t)n;
  }
  return fd;
}

/* Directory of this shared object, real path; "" if it cannot be told.  */
static void
own_directory (char out[PATH_MAX])
{
  Dl_info here;
  char *slash;

  out[0] = 0;
  if (dladdr (&session_errors, &here) && here.dli_fname
      && !realpath (here.dli_fname, out))
    out[0] = 0;
  slash = strrchr (out, '/');
  if (slash)
    *slash = 0;
}

/* $KDUMP_TARGET; in a build tree the one built along; then where it is
   installed, also when the whole tree was moved.  */
static char *
find_server (void)
{
  static const char *const places[]
    = { "../kdump-target/kdump-target", "../../kdump-target/kdump-target",
        "../bin/kdump-target", "../../bin/kdump-target",
        "../../../bin/kdump-target" };
  const char *given = getenv ("KDUMP_TARGET");
  char here[PATH_MAX];

  if (given && *given)
    return strdup (given);
  own_directory (here);
  for (size_t i = 0; *here && i < KD_ARRAY_SIZE (places); i++) {
    char *path KD_AUTO_FREE = kd_asprintf ("%s/%s", here, places[i]);

    if (path && !access (path, X_OK))
      return KD_STEAL (path);
  }
  return strdup (KD_SERVER_PATH);
}

/* Append WORD quoted for the shell.  GDB takes one line, so a newline comes
   from a variable.  */
static void
quote (struct kd_strbuf *sb, const char *word)
{
  kd_strbuf_putc (sb, '\'');
  for (; *word; word++) {
    if (*word == '\'')
      kd_strbuf_puts (sb, "'\\''");
    else if (*word == '\n')
      kd_strbuf_puts (sb, "'\"$nl\"'");
    else
      kd_strbuf_putc (sb, *word);
  }
  kd_strbuf_putc (sb, '\'');
}

static void
add_option (struct kd_strbuf *sb, const char *option, const char *value)
{
  kd_strbuf_printf (sb, " %s=", option);
  quote (sb, value);
}

static bool
has_newline (const struct kd_server_args *args)
{
  bool has = (args->vmlinux && strchr (args->vmlinux, '\n'))
             || (args->vmcoreinfo && strchr (args->vmcoreinfo, '\n'));

  for (size_t i = 0; i < args->nmodule_dirs; i++)
    has = has || strchr (args->module_dirs[i], '\n');
  for (size_t i = 0; i < args->ndebug_dirs; i++)
    has = has || strchr (args->debug_dirs[i], '\n');
  for (size_t i = 0; i < args->ndumps; i++)
    has = has || strchr (args->dumps[i], '\n');
  return has;
}

/* Append the shell command that runs SERVER with OPTIONS on the dump.  */
static void
add_command (struct kd_strbuf *sb, const char *environment, const char *server,
             const char *options, const struct kd_server_args *args)
{
  if (has_newline (args))
    kd_strbuf_puts (sb, "nl=$(printf '\\012.'); nl=${nl%.}; ");
  kd_strbuf_printf (sb, "%sexec ", environment);
  quote (sb, server);
  kd_strbuf_printf (sb, " %s", options);
  if (args->vmlinux)
    add_option (sb, "--vmlinux", args->vmlinux);
  if (args->force)
    kd_strbuf_puts (sb, " --force");
  if (args->tasks && !strncmp (options, "--stdio", 7))
    kd_strbuf_puts (sb, " --tasks");
  if (args->vmcoreinfo)
    add_option (sb, "--vmcoreinfo", args->vmcoreinfo);
  for (size_t i = 0; i < args->ndebug_dirs; i++)
    add_option (sb, "--debug-dir", args->debug_dirs[i]);
  for (size_t i = 0; i < args->nmodule_dirs; i++)
    add_option (sb, "--module-dir", args->module_dirs[i]);
  kd_strbuf_puts (sb, " --");
  for (size_t i = 0; i < args->ndumps; i++) {
    kd_strbuf_putc (sb, ' ');
    quote (sb, args->dumps[i]);
  }
}

/* Where a server's standard error goes, for the shell.  */
static bool
errors_open (struct errors *e, char path[64])
{
  e->fd = kd_server_memfile ("kdump-errors", NULL, 0, path);
  e->shown = 0;
  if (e->fd < 0)
    kd_py_error ("making a file in memory: %s", strerror (errno));
  return e->fd >= 0;
}

/* What was written to standard error since the last call; the caller's to
   free(), NULL if nothing.  */
static char *
errors_new (struct errors *e)
{
  enum { LIMIT = 16384 };
  char *text = NULL;
  ssize_t n = 0;

  if (e->fd < 0 || !(text = malloc (LIMIT + 1)))
    return NULL;
  n = pread (e->fd, text, LIMIT, e->shown);
  if (n <= 0) {
    free (text);
    return NULL;
  }
  e->shown += n;
  text[n] = 0;
  return text;
}

void
kd_server_show_errors (void)
{
  char *text KD_AUTO_FREE = errors_new (&session_errors);

  if (text)
    kd_py_write (KD_PY_STDERR, text);
}

void
kd_server_forget (void)
{
  errors_close (&session_errors);
}

/* Raise the server's own reason, if it gave one: its last line.  */
static void
explain_failure (struct errors *e, const char *server, const char *otherwise)
{
  static const char prefix[] = "kdump-target: ";
  char *said KD_AUTO_FREE = errors_new (e);
  char *line = said, *end;

  while (line && (end = strrchr (line, '\n')) && !end[1])
    *end = 0;
  if (!line || !*line) {
    kd_py_error ("the server %s failed: %s", server, otherwise);
    return;
  }
  if ((end = strrchr (line, '\n')))
    line = end + 1;
  kd_py_error ("%s", strncmp (line, prefix, sizeof prefix - 1)
                       ? line
                       : line + sizeof prefix - 1);
}

/* The server's path, if it can be run; the caller's to free().  */
static char *
usable_server (void)
{
  char *server = find_server ();

  if (!server) {
    PyErr_NoMemory ();
  } else if (access (server, X_OK)) {
    kd_py_error ("the server cannot be run: %s: %s; set KDUMP_TARGET to "
                 "where kdump-target is",
                 server, strerror (errno));
    free (server);
    server = NULL;
  }
  return server;
}

/* Run a shell command: its output and exit status.  */
static int
run (const char *command, struct kd_strbuf *out)
{
  FILE *pipe = popen (command, "re");
  char buf[4096];
  size_t n;

  if (!pipe)
    return -1;
  while ((n = fread (buf, 1, sizeof buf, pipe)) > 0)
    kd_strbuf_add (out, buf, n);
  return pclose (pipe);
}

char *
kd_server_describe (const struct kd_server_args *args, const char *symbols)
{
  char options[160];
  struct kd_strbuf command KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  char *server KD_AUTO_FREE = usable_server ();
  struct errors errors KD_CLEANUP (errors_close) = { -1, 0 };
  char path[64];
  int status;

  if (!server || !errors_open (&errors, path))
    return NULL;
  snprintf (options, sizeof options,
            "-x 'kdump attach-info' -x 'kdump write-symbols %s'%s", symbols,
            args->debuginfod ? " -x 'kdump find-debug' --debuginfod" : "");
  add_command (&command, "KDUMP_TARGET_PROGRESS_FD=9 ", server, options, args);
  kd_strbuf_printf (&command, " </dev/null 9>&2 2>>%s", path);
  if (command.failed) {
    PyErr_NoMemory ();
    return NULL;
  }
  status = run (kd_strbuf_str (&command), &out);
  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGINT) {
    /* GDB and Python got it, too; once is enough.  */
    if (!PyErr_CheckSignals ())
      PyErr_SetNone (PyExc_KeyboardInterrupt);
    return NULL;
  }
  if (status || out.failed) {
    explain_failure (&errors, server,
                     status < 0 ? strerror (errno) : "no reason given");
    return NULL;
  }
  return kd_strbuf_steal (&out);
}

/* The user's terminal, where a long command shows its progress: GDB keeps
   standard error of the server to itself.  */
static void
add_progress (struct kd_strbuf *environment, struct kd_strbuf *redirection)
{
  char tty[128];

  if (ttyname_r (STDERR_FILENO, tty, sizeof tty) || access (tty, W_OK))
    return;
  kd_strbuf_puts (environment, "KDUMP_TARGET_PROGRESS_FD=9 ");
  kd_strbuf_puts (redirection, " 9>>");
  quote (redirection, tty);
}

bool
kd_server_start (const struct kd_server_args *args, const char *offsets)
{
  struct kd_strbuf environment KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf redirection KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf command KD_AUTO_STRBUF = { 0 };
  char *server KD_AUTO_FREE = usable_server ();
  char *raised KD_AUTO_FREE = NULL;
  char path[64];

  kd_server_forget ();
  if (!server || !errors_open (&session_errors, path))
    return false;
  kd_strbuf_printf (&environment, "KDUMP_TARGET_OFFSETS='%s' ", offsets);
  add_progress (&environment, &redirection);
  kd_strbuf_puts (&command, "target remote | ");
  add_command (&command, kd_strbuf_str (&environment), server,
               "--stdio --no-exec-file", args);
  kd_strbuf_printf (&command, " 2>>%s%s", path, kd_strbuf_str (&redirection));
  if (command.failed || environment.failed || redirection.failed)
    return PyErr_NoMemory () != NULL;
  if (kd_py_execute_openly (kd_strbuf_str (&command)))
    return true;
  raised = kd_py_take_error (NULL);
  explain_failure (&session_errors, server, raised);
  kd_server_forget ();
  return false;
}

void
kd_server_move_symbols (const char *offsets)
{
  struct kd_strbuf command KD_AUTO_STRBUF = { 0 };
  char *server KD_AUTO_FREE = find_server ();

  if (!server)
    return;
  kd_strbuf_puts (&command, "target remote | exec ");
  quote (&command, server);
  kd_strbuf_printf (&command, " --answer-offsets '%s'", offsets);
  /* The stub is gone before GDB is content: it says so.  */
  if (command.failed || !kd_py_execute (kd_strbuf_str (&command)))
    kd_py_ignore ();
}

/* Cut the trailer off TEXT: byte 0x1e, then the status and maybe a reason.  */
static bool
check_trailer (char *text)
{
  char *trailer = strrchr (text, 0x1e);
  char *end;

  if (!trailer) {
    kd_py_error ("the server's answer is incomplete");
    return false;
  }
  *trailer++ = 0;
  if (*trailer == '0')
    return true;
  end = strchr (trailer, '\n');
  if (end)
    *end = 0;
  kd_info_unescape (trailer);
  kd_py_error ("%s", strlen (trailer) > 2 ? trailer + 2 : "unknown error");
  return false;
}

/* One character of a C string as MI writes it.  */
static char
unescape (const char **p)
{
  static const char from[] = "abefnrtv", to[] = "\a\b\033\f\n\r\t\v";
  char c = *(*p)++;
  const char *known;
  unsigned value = 0;

  if (c != '\\' || !**p)
    return c;
  if (**p >= '0' && **p <= '7') {
    for (int i = 0; i < 3 && **p >= '0' && **p <= '7'; i++)
      value = 8 * value + (unsigned)(*(*p)++ - '0');
    return (char)value;
  }
  c = *(*p)++;
  known = strchr (from, c);
  return known ? to[known - from] : c;
}

/* GDB 18 gives us what a target says as lines of MI, if MI is in use:
   @"text\n".  Undo that, in place.  */
static void
decode_mi (char *text)
{
  const char *from = text;
  char *to = text;

  while (from[0] == '@' && from[1] == '"') {
    for (from += 2; *from && *from != '"';)
      *to++ = unescape (&from);
    from += *from == '"';
    from += *from == '\n';
  }
  if (to != text)
    memmove (to, from, strlen (from) + 1);
}

char *
kd_server_ask (const char *line)
{
  char *command KD_AUTO_FREE = kd_asprintf ("monitor kdump %s", line);
  char *text KD_AUTO_FREE = NULL;

  if (!command) {
    PyErr_NoMemory ();
    return NULL;
  }
  if (strchr (line, '\n')) {
    kd_py_error ("a command is one line");
    return NULL;
  }
  if (!kd_py_execute_text (command, &text))
    return NULL;
  decode_mi (text);
  kd_server_show_errors ();
  return check_trailer (text) ? KD_STEAL (text) : NULL;
}
