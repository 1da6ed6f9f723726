/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kdump-target: options, and what to do with the dump. */
#include "config.h"

#include "base/progress.h"
#include "base/terminal.h"
#include "cmd/cmd.h"
#include "rsp/serve.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>

enum { EXIT_BAD_USAGE = 2 };

/* A growing array of borrowed strings.  */
struct strings {
  const char **v;
  size_t n;
};

struct options {
  struct strings dumps, debug_dirs, module_dirs, commands;
  const char *vmlinux, *vmcoreinfo, *listen;
  bool force, debuginfod, tasks, stdio, once, no_exec_file, help, version;
};

static const char usage_text[]
  = "Usage: kdump-target [OPTION]... --stdio VMCORE...\n"
    "       kdump-target [OPTION]... --listen unix:PATH|tcp:[HOST]:PORT "
    "VMCORE...\n"
    "       kdump-target [OPTION]... -x COMMAND [-x COMMAND]... VMCORE...\n";

static const char help_text[]
  = "Serve a Linux kernel crash dump to GDB, or analyse it without GDB.\n"
    "More than one VMCORE: the parts of a split dump, in any order.\n\n"
    "  -x, --execute=COMMAND  run an analysis command; `-x help' lists them\n"
    "      --stdio            speak GDB's remote protocol on standard input\n"
    "                         and output\n"
    "      --listen=ADDRESS   the same for clients that connect to a Unix\n"
    "                         socket (its owner only), or to a TCP port\n"
    "                         (of this machine only, if HOST is left out)\n"
    "      --once             with --listen: end after the first client\n"
    "      --tasks            all tasks are GDB's threads, after the CPUs\n"
    "      --no-exec-file     do not tell GDB which vmlinux to load\n"
    "      --vmlinux=FILE     the kernel's file with symbols; if not given, "
    "it is\n"
    "                         looked for by the dump's build-id\n"
    "      --force            take a vmlinux that does not match the dump\n"
    "      --vmcoreinfo=FILE  VMCOREINFO text for a dump without it\n"
    "      --debug-dir=DIR    look for debug files in DIR instead of\n"
    "                         /usr/lib/debug; may be repeated\n"
    "      --module-dir=DIR   look for modules' debug files in DIR too;\n"
    "                         may be repeated\n"
    "      --debuginfod       ask the servers in $DEBUGINFOD_URLS for debug\n"
    "                         files that are not on this machine\n"
    "  -h, --help             print this and exit\n"
    "  -V, --version          print the version and exit\n\n"
    "Exit status: 0; 1 if the dump cannot be opened or a command failed, "
    "with\n"
    "the reason on standard error; 2 if the arguments are wrong.\n\n"
    "In GDB:  target kdump VMCORE                              (with the "
    "plugin)\n"
    "         target remote | kdump-target --stdio VMCORE      (without)\n";

static void
strings_add (struct strings *s, const char *value)
{
  const char **v = realloc (s->v, (s->n + 1) * sizeof *v);
  if (!v) {
    fputs ("kdump-target: out of memory\n", stderr);
    exit (EXIT_FAILURE);
  }
  s->v = v;
  v[s->n++] = value;
}

static void
options_deinit (struct options *o)
{
  free (o->dumps.v);
  free (o->debug_dirs.v);
  free (o->module_dirs.v);
  free (o->commands.v);
}

enum {
  OPT_STDIO = 256,
  OPT_LISTEN,
  OPT_ONCE,
  OPT_NO_EXEC_FILE,
  OPT_VMLINUX,
  OPT_TASKS,
  OPT_FORCE,
  OPT_VMCOREINFO,
  OPT_DEBUG_DIR,
  OPT_MODULE_DIR,
  OPT_DEBUGINFOD
};

static const struct option long_options[] = {
  { "execute", required_argument, NULL, 'x' },
  { "stdio", no_argument, NULL, OPT_STDIO },
  { "listen", required_argument, NULL, OPT_LISTEN },
  { "once", no_argument, NULL, OPT_ONCE },
  { "no-exec-file", no_argument, NULL, OPT_NO_EXEC_FILE },
  { "vmlinux", required_argument, NULL, OPT_VMLINUX },
  { "tasks", no_argument, NULL, OPT_TASKS },
  { "force", no_argument, NULL, OPT_FORCE },
  { "vmcoreinfo", required_argument, NULL, OPT_VMCOREINFO },
  { "debug-dir", required_argument, NULL, OPT_DEBUG_DIR },
  { "module-dir", required_argument, NULL, OPT_MODULE_DIR },
  { "debuginfod", no_argument, NULL, OPT_DEBUGINFOD },
  { "help", no_argument, NULL, 'h' },
  { "version", no_argument, NULL, 'V' },
  { 0 },
};

static bool
take_option (struct options *o, int option)
{
  switch (option) {
  case 'x':
    strings_add (&o->commands, optarg);
    return true;
  case OPT_STDIO:
    return o->stdio = true;
  case OPT_LISTEN:
    o->listen = optarg;
    return true;
  case OPT_ONCE:
    return o->once = true;
  case OPT_NO_EXEC_FILE:
    return o->no_exec_file = true;
  case OPT_VMLINUX:
    o->vmlinux = optarg;
    return true;
  case OPT_FORCE:
    return o->force = true;
  case OPT_TASKS:
    return o->tasks = true;
  case OPT_VMCOREINFO:
    o->vmcoreinfo = optarg;
    return true;
  case OPT_DEBUG_DIR:
    strings_add (&o->debug_dirs, optarg);
    return true;
  case OPT_MODULE_DIR:
    strings_add (&o->module_dirs, optarg);
    return true;
  case OPT_DEBUGINFOD:
    return o->debuginfod = true;
  case 'h':
    return o->help = true;
  case 'V':
    return o->version = true;
  default: /* getopt has said what is wrong */
    return false;
  }
}

/* What is wrong with the options as a whole; NULL if nothing.  */
static const char *
complaint (const struct options *o)
{
  int modes = o->stdio + (o->listen != NULL) + (o->commands.n > 0);
  if (o->dumps.n == 0)
    return "no dump was named";
  if (modes == 0)
    return "say what to do with the dump: --stdio, --listen or -x";
  if (modes > 1)
    return "--stdio, --listen and -x exclude each other";
  if (o->once && !o->listen)
    return "--once goes with --listen";
  if (o->tasks && !o->listen && !o->stdio)
    return "--tasks goes with --stdio or --listen";
  return NULL;
}

/* EXIT_SUCCESS to go on.  */
static int
parse_options (int argc, char **argv, struct options *o)
{
  bool good = true;
  int option;
  while ((option = getopt_long (argc, argv, "x:hV", long_options, NULL)) != -1)
    good = take_option (o, option) && good;
  while (optind < argc)
    strings_add (&o->dumps, argv[optind++]);
  if (good && (o->help || o->version))
    return EXIT_SUCCESS;
  const char *words = good ? complaint (o) : NULL;
  if (words)
    fprintf (stderr, "kdump-target: %s\n", words);
  if (!good || words) {
    fprintf (stderr, "%sTry `kdump-target --help'.\n", usage_text);
    if (words && o->dumps.n)
      fprintf (stderr, "In GDB: target remote | kdump-target --stdio %s\n",
               o->dumps.v[0]);
    return EXIT_BAD_USAGE;
  }
  return EXIT_SUCCESS;
}

static void
complain (void)
{
  fprintf (stderr, "kdump-target: %s\n", kd_error_text ());
}

/* --- progress, on a terminal --- */

static bool
show_progress (void *arg, const char *what, uint64_t done, uint64_t total)
{
  (void)arg;
  kd_terminal_show (what, done, total);
  return true;
}

/* The first Control-C stops a command, the second the program.  */
static void
on_interrupt (int sig)
{
  kd_interrupt (); /* NOLINT(bugprone-signal-handler): it is made for that */
  signal (sig, SIG_DFL);
}

/* --- what to do --- */

static enum kd_status
open_kernel (const struct kd_kernel_options *ko, struct kd_kernel **out)
{
  if (kd_terminal_open ())
    kd_progress_set (show_progress, NULL);
  enum kd_status st = kd_kernel_open (ko, out);
  kd_terminal_clear ();
  return st;
}

static int
run_commands (const struct options *o, struct kd_session_state *state)
{
  int result = EXIT_SUCCESS;
  for (size_t i = 0; i < o->commands.n; i++) {
    struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
    kd_interrupt_clear ();
    signal (SIGINT, on_interrupt);
    enum kd_status st = kd_command_run (state, o->commands.v[i], &out);
    kd_terminal_clear ();
    /* Who closed the pipe has seen enough.  */
    if (fwrite (kd_strbuf_str (&out), 1, out.len, stdout) != out.len
        || fflush (stdout) != 0) {
      if (errno == EPIPE)
        return result;
      fprintf (stderr, "kdump-target: writing: %s\n", strerror (errno));
      return EXIT_FAILURE;
    }
    if (st) {
      complain ();
      result = EXIT_FAILURE;
    }
  }
  return result;
}

static int
analyse (const struct options *o, const struct kd_kernel_options *ko)
{
  signal (SIGPIPE, SIG_IGN);
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  if (open_kernel (ko, &k)) {
    complain ();
    return EXIT_FAILURE;
  }
  for (size_t i = 0; i < k->nwarnings; i++)
    fprintf (stderr, "kdump-target: warning: %s\n", k->warnings[i]);
  struct kd_session_state state;
  kd_session_state_init (&state, k);
  state.threads.all = o->tasks;
  int result = EXIT_SUCCESS;
  if (!o->listen) {
    result = run_commands (o, &state);
  } else if (kd_serve_listen (o->listen, o->once, !o->no_exec_file, &state)) {
    complain ();
    result = EXIT_FAILURE;
  }
  kd_session_state_deinit (&state);
  return result;
}

static int
serve_stdio (const struct options *o, const struct kd_kernel_options *ko)
{
  bool abandoned;
  enum kd_status st
    = kd_serve_stdio (ko, !o->no_exec_file, o->tasks, &abandoned);
  if (abandoned) /* a thread is still at work */
    _exit (EXIT_SUCCESS);
  return st ? EXIT_FAILURE : EXIT_SUCCESS;
}

int
main (int argc, char **argv)
{
  struct options o KD_CLEANUP (options_deinit) = { 0 };
  /* Of the plugin only.  */
  if (argc == 3 && strcmp (argv[1], "--answer-offsets") == 0) {
    kd_serve_offsets (argv[2]);
    return EXIT_SUCCESS;
  }
  int bad = parse_options (argc, argv, &o);
  if (bad)
    return bad;
  if (o.help)
    printf ("%s%s", usage_text, help_text);
  else if (o.version)
    puts (PACKAGE_STRING);
  if (o.help || o.version)
    return fflush (stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  struct kd_kernel_options ko = {
    .dump_paths = o.dumps.v,
    .ndump_paths = o.dumps.n,
    .vmlinux = o.vmlinux,
    .vmcoreinfo = o.vmcoreinfo,
    .force = o.force,
    .search = { .extra = o.module_dirs.v,
                .nextra = o.module_dirs.n,
                .debug_dirs = o.debug_dirs.v,
                .ndebug_dirs = o.debug_dirs.n,
                .debuginfod = o.debuginfod },
  };
  return o.stdio ? serve_stdio (&o, &ko) : analyse (&o, &ko);
}
