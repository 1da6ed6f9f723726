/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program's options, exit statuses and manners, from outside. */
#include "base/guard.h"
#include "base/strbuf.h"

#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program; /* owned */

struct run {
  int status; /* as of waitpid() */
  char out[8192], err[8192];
};

static void
slurp (int fd, char *buf, size_t size)
{
  size_t len = 0;
  ssize_t n;
  while (len + 1 < size && (n = read (fd, buf + len, size - 1 - len)) > 0)
    len += (size_t)n;
  buf[len] = '\0';
  close (fd);
}

/* Run the program with ARGS, standard input from IN (closed here).  */
static struct run
run (int in, const char *const *args)
{
  struct run r = { .status = -1 };
  int out[2], err[2];
  const char *argv[16] = { program };
  for (unsigned i = 0; i < 14 && args[i]; i++)
    argv[i + 1] = args[i];
  if (pipe (out) < 0 || pipe (err) < 0)
    return r;
  pid_t pid = fork ();
  if (pid == 0) {
    dup2 (in, 0);
    dup2 (out[1], 1);
    dup2 (err[1], 2);
    for (int fd = 3; fd < 64; fd++)
      close (fd);
    alarm (20);
    execv (program, (char *const *)argv);
    _exit (127);
  }
  close (in);
  close (out[1]);
  close (err[1]);
  slurp (out[0], r.out, sizeof r.out);
  slurp (err[0], r.err, sizeof r.err);
  waitpid (pid, &r.status, 0);
  return r;
}

#define RUN(...)                                                              \
  run (open ("/dev/null", O_RDONLY),                                          \
       (const char *const[]){ __VA_ARGS__, NULL })

static int
exit_of (const struct run *r)
{
  return WIFEXITED (r->status) ? WEXITSTATUS (r->status)
                               : -WTERMSIG (r->status);
}

static void
test_usage (void)
{
  static const struct {
    const char *args[6];
    const char *want;
  } bad[] = {
    { { NULL }, "no dump was named" },
    { { "--stdio" }, "no dump was named" },
    { { "vmcore" }, "say what to do with the dump" },
    { { "--stdio", "-x", "sys", "vmcore" }, "exclude each other" },
    { { "--stdio", "--listen", "unix:/x", "vmcore" }, "exclude each other" },
    { { "--once", "-x", "sys", "vmcore" }, "--once goes with --listen" },
    { { "--tasks", "-x", "sys", "vmcore" },
      "--tasks goes with --stdio or --listen" },
    { { "--nonsense", "vmcore" }, "nonsense" },
    { { "-x" }, "requires an argument" },
    { { "--listen", "here", "/etc/passwd" }, "text file" },
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (bad); i++) {
    struct run r = run (open ("/dev/null", O_RDONLY), bad[i].args);
    bool opened = strcmp (bad[i].want, "text file") == 0;
    ok (exit_of (&r) == (opened ? 1 : 2) && strstr (r.err, bad[i].want)
          && !r.out[0],
        "bad arguments are refused: %s", bad[i].want);
    ok (opened || strstr (r.err, "Usage:"), "and the usage is shown");
  }
  struct run r = RUN ("vmcore");
  ok (strstr (r.err, "target remote | kdump-target --stdio vmcore"),
      "a lone dump gets a hint at GDB");
}

static void
test_help (void)
{
  struct run r = RUN ("--help");
  ok (exit_of (&r) == 0 && strstr (r.out, "Usage:") && !r.err[0],
      "--help prints the usage");
  bool wide = false;
  for (const char *p = r.out; *p; p += strspn (p, "\n")) {
    wide = wide || strcspn (p, "\n") > 79;
    p += strcspn (p, "\n");
  }
  ok (!wide, "--help fits 80 columns");
  r = RUN ("--version");
  ok (exit_of (&r) == 0 && strncmp (r.out, "kdump-gdb ", 10) == 0,
      "--version prints the version");
}

static void
test_failures (void)
{
  struct run r = RUN ("-x", "sys", "/nowhere/vmcore");
  ok (exit_of (&r) == 1 && strstr (r.err, "/nowhere/vmcore")
        && strstr (r.err, "No such file"),
      "a dump that is not there: its name and why, status 1");
  r = RUN ("/etc/passwd", "-x", "sys");
  ok (exit_of (&r) == 1 && strstr (r.err, "/etc/passwd: ") && !r.out[0],
      "what is no dump is named");
  r = RUN ("--stdio", "/nowhere/vmcore");
  ok (exit_of (&r) >= 0 && !r.out[0],
      "--stdio with nobody there ends, and speaks to nobody");
}

/* Like GDB's pipe: both ends stay open until the program ends.  */
static void
test_stdio (void)
{
  int in[2], out[2], err[2];
  if (pipe (in) < 0 || pipe (out) < 0 || pipe (err) < 0)
    return;
  pid_t pid = fork ();
  if (pid == 0) {
    dup2 (in[0], 0);
    dup2 (out[1], 1);
    dup2 (err[1], 2);
    close (in[1]);
    close (out[0]);
    alarm (20);
    execl (program, program, "--stdio", "/etc/passwd", (char *)NULL);
    _exit (127);
  }
  close (in[0]);
  close (out[1]);
  close (err[1]);
  char buf[64], words[512];
  if (write (in[1], "$qC#b4", 6) != 6)
    perror ("# write");
  slurp (out[0], buf, sizeof buf);
  slurp (err[0], words, sizeof words);
  int status;
  waitpid (pid, &status, 0);
  ok (WIFEXITED (status) && WEXITSTATUS (status) == 1 && buf[0] == '+'
        && !strchr (buf, '$'),
      "a request before a failure is acknowledged, not answered");
  ok (strncmp (words, "kdump-target: /etc/passwd: ", 27) == 0
        && strchr (words, '\n') == words + strlen (words) - 1,
      "the reason is one line on standard error");
  close (in[1]);
}

static void
test_output (void)
{
  struct run r;
  int fds[2];
  if (pipe (fds) < 0)
    return;
  close (fds[1]);
  r = run (fds[0], (const char *const[]){ "--help", NULL });
  ok (exit_of (&r) == 0, "closed standard input does not matter");
  char command[4200];
  snprintf (command, sizeof command, "%s --help >/dev/full", program);
  int status = system (command);
  ok (WIFEXITED (status) && WEXITSTATUS (status) == 1,
      "output that cannot be written is a failure");
}

int
main (void)
{
  const char *top = getenv ("top_builddir");
  struct kd_strbuf path = { 0 };
  kd_strbuf_printf (&path, "%s/kdump-target/kdump-target", top ? top : ".");
  program = kd_strbuf_steal (&path);
  if (!program || access (program, X_OK) < 0) {
    printf ("Bail out! no program at %s\n", program ? program : "?");
    return 99;
  }
  signal (SIGPIPE, SIG_IGN);
  test_usage ();
  test_help ();
  test_failures ();
  test_stdio ();
  test_output ();
  free (program);
  return test_done ();
}
