/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where clients come from: sockets private from the start, nothing left
   behind, one client at a time. */
#include "rsp-fake.h"
#include "rsp/serve.h"
#include "rsp/transport.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char dir[] = "/tmp/rsp-transport-XXXXXX";
static char sock[sizeof dir + 8]; /* DIR/s */
static char spec[sizeof sock + 8];

static int
connect_unix (const char *path)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  memcpy (addr.sun_path, path, strlen (path) + 1);
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  if (connect (fd, (struct sockaddr *)&addr, sizeof addr) == 0)
    return fd;
  close (fd);
  return -1;
}

static bool
exists (const char *path)
{
  struct stat st;
  return lstat (path, &st) == 0;
}

/* What comes from FD within ten seconds, as a string.  */
static const char *
receive (int fd)
{
  static char buf[4096];
  struct pollfd p = { .fd = fd, .events = POLLIN };
  ssize_t n = poll (&p, 1, 10000) > 0 ? read (fd, buf, sizeof buf - 1) : -1;
  buf[n > 0 ? n : 0] = '\0';
  return n < 0 ? "nothing came" : buf;
}

/* Send REQUEST; the last packet of what comes until the line is silent.  */
static const char *
converse (int fd, const char *request)
{
  static char all[8192];
  size_t len = 0;
  if (write (fd, request, strlen (request)) < 0)
    return "cannot write";
  struct pollfd p = { .fd = fd, .events = POLLIN };
  while (poll (&p, 1, len && strchr (all, '#') ? 100 : 2000) > 0) {
    ssize_t n = read (fd, all + len, sizeof all - 1 - len);
    if (n <= 0)
      break;
    len += (size_t)n;
    all[len] = '\0';
  }
  all[len] = '\0';
  return all;
}

static void
test_unix (void)
{
  struct kd_listener *l = NULL;
  umask (0);
  is_int (kd_listener_create (spec, &l), KD_OK, "a Unix socket is made");
  struct stat st;
  ok (lstat (sock, &st) == 0 && S_ISSOCK (st.st_mode),
      "it is where it should be");
  is_int (st.st_mode & 07777, 0600, "only its owner can use it");
  is_str (l->name, spec, "it knows its name");
  struct kd_listener *other = NULL;
  is_int (kd_listener_create (spec, &other), KD_IO,
          "a socket in use is not taken over");
  ok (strstr (kd_error_text (), "another server"), "and the error says so");
  kd_listener_destroy (l);
  ok (!exists (sock), "it goes away");

  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  memcpy (addr.sun_path, sock, strlen (sock) + 1);
  ok (bind (fd, (struct sockaddr *)&addr, sizeof addr) == 0,
      "# a dead socket");
  close (fd);
  is_int (kd_listener_create (spec, &l), KD_OK, "a dead socket is replaced");
  ok (unlink (sock) == 0, "# removed under it");
  fd = open (sock, O_CREAT | O_WRONLY, 0644);
  close (fd);
  kd_listener_destroy (l);
  ok (exists (sock), "what is not its socket stays");
  is_int (kd_listener_create (spec, &l), KD_IO, "a file is not replaced");
  ok (strstr (kd_error_text (), sock)
        && strstr (kd_error_text (), "not a socket"),
      "the error names it");
  unlink (sock);
  ok (symlink ("nowhere", sock) == 0, "# a symbolic link");
  is_int (kd_listener_create (spec, &l), KD_IO, "nor is a symbolic link");
  unlink (sock);
}

static void
test_bad_names (void)
{
  static const char *const bad[]
    = { "unix:",  "tcp:", "tcp:1234", "tcp:host:",    "tcp::http",
        "udp::1", "1234", "",         "tcp::99999999" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (bad); i++) {
    struct kd_listener *l = NULL;
    ok (kd_listener_create (bad[i], &l) != KD_OK && !l, "`%s' is refused",
        bad[i]);
    kd_listener_destroy (l);
  }
  char path[300] = "unix:/";
  memset (path + 6, 'a', 200);
  struct kd_listener *l = NULL;
  is_int (kd_listener_create (path, &l), KD_USAGE,
          "a path that is too long is refused");
  is_int (kd_listener_create ("unix:/nowhere/at/all", &l), KD_IO,
          "a directory that is not there is an error");
}

static void
test_tcp (void)
{
  struct kd_listener *l = NULL;
  is_int (kd_listener_create ("tcp::0", &l), KD_OK, "a TCP port is opened");
  unsigned port = 0;
  ok (l && sscanf (l->name, "tcp:127.0.0.1:%u", &port) == 1 && port,
      "for this machine only");
  struct sockaddr_in addr = { .sin_family = AF_INET };
  socklen_t len = sizeof addr;
  ok (l && getsockname (l->fd, (struct sockaddr *)&addr, &len) == 0
        && addr.sin_addr.s_addr == htonl (INADDR_LOOPBACK),
      "really");
  kd_listener_destroy (l);
  l = NULL;
  is_int (kd_listener_create ("tcp:0.0.0.0:0", &l), KD_OK,
          "for all machines when told so");
  len = sizeof addr;
  ok (l && getsockname (l->fd, (struct sockaddr *)&addr, &len) == 0
        && addr.sin_addr.s_addr == htonl (INADDR_ANY),
      "then it is");
  kd_listener_destroy (l);
  l = NULL;
  if (kd_listener_create ("tcp:[::1]:0", &l) == KD_OK)
    ok (strncmp (l->name, "tcp:[::1]:", 10) == 0, "IPv6 goes in brackets");
  else
    test_skip ("IPv6 goes in brackets", "no IPv6 here");
  kd_listener_destroy (l);
}

/* A server in a process of its own, which listens when this returns.  */
static pid_t
start_server (bool once)
{
  int fds[2];
  if (pipe (fds) < 0)
    return -1;
  pid_t pid = fork ();
  if (pid == 0) {
    struct fake f;
    fake_init (&f);
    unlink (f.module_path); /* a signal would leave it behind */
    dup2 (fds[1], 2);
    close (fds[0]);
    close (fds[1]);
    enum kd_status st = kd_serve_listen (spec, once, true, &f.state);
    fake_deinit (&f);
    _exit (st ? 1 : 0);
  }
  close (fds[1]);
  ok (strstr (receive (fds[0]), spec) != NULL, "a server says where it is");
  close (fds[0]);
  return pid;
}

/* Has PID ended within SECONDS?  Its wait status then.  */
static bool
ended (pid_t pid, unsigned seconds, int *status)
{
  for (unsigned i = 0; i < 100 * seconds; i++) {
    if (waitpid (pid, status, WNOHANG) == pid)
      return true;
    usleep (10000);
  }
  kill (pid, SIGKILL);
  waitpid (pid, status, 0);
  return false;
}

static void
test_serving (void)
{
  int status;
  pid_t pid = start_server (false);
  int one = connect_unix (sock);
  is_str (converse (one, "$qC#b4"), "+$QC2#c6", "a client is served");
  int two = connect_unix (sock);
  is_str (receive (two), "", "a second one meanwhile is turned away");
  close (two);
  is_str (converse (one, "$qC#b4"), "+$QC2#c6", "which the first survives");
  close (one);
  two = connect_unix (sock);
  is_str (converse (two, "$Hg1#e0$qC#b4"), "+$OK#9a+$QC1#c5",
          "when the first is gone the next is served");
  is_str (converse (two, "$D#44+"), "+$OK#9a", "it detaches");
  is_str (receive (two), "", "and is let go");
  close (two);
  kill (pid, SIGTERM);
  ok (ended (pid, 5, &status) && WIFSIGNALED (status)
        && WTERMSIG (status) == SIGTERM,
      "a signal ends the server");
  ok (!exists (sock), "and its socket goes with it");
}

static void
test_once (void)
{
  int status;
  pid_t pid = start_server (true);
  int fd = connect_unix (sock);
  is_str (converse (fd, "$?#3f"), "+$T00thread:2;#d3", "the client is served");
  close (fd);
  ok (ended (pid, 5, &status) && WIFEXITED (status)
        && WEXITSTATUS (status) == 0,
      "--once: the server ends with the client");
  ok (!exists (sock), "and leaves no socket");

  pid = start_server (true);
  fd = connect_unix (sock);
  ok (write (fd, "$D#44", 5) == 5, "# a client that detaches and hangs");
  ok (ended (pid, 5, &status), "does not keep the server for ever");
  close (fd);
}

/* What a client sends during a command is found, and not lost.  */
static void
test_early (void)
{
  int fds[2];
  if (socketpair (AF_UNIX, SOCK_STREAM, 0, fds) < 0)
    return;
  struct kd_conn c = { .in = fds[0], .out = fds[0] };
  is_int (kd_conn_wish (&c), KD_RSP_GO_ON, "a silent client waits");
  ok (write (fds[1], "+", 1) == 1, "# an acknowledgement");
  is_int (kd_conn_wish (&c), KD_RSP_GO_ON, "one that acknowledges too");
  ok (write (fds[1], "\003", 1) == 1, "# an interrupt");
  is_int (kd_conn_wish (&c), KD_RSP_STOP, "the interrupt byte stops");
  is_int (kd_conn_wish (&c), KD_RSP_GO_ON, "once");
  ok (write (fds[1], "$qC#b4", 6) == 6, "# a request");
  is_int (kd_conn_wish (&c), KD_RSP_FORGET,
          "a request means that the client waits no longer");
  char buf[16];
  size_t len = 0;
  ok (kd_conn_receive (&c, buf, sizeof buf, &len, 0, -1) == KD_CONN_DATA
        && len == 7 && memcmp (buf, "+$qC#b4", 7) == 0,
      "and is there when the command is done");
  is_int (kd_conn_receive (&c, buf, sizeof buf, &len, 10, -1), KD_CONN_TIMEOUT,
          "then nothing is");
  close (fds[1]);
  is_int (kd_conn_wish (&c), KD_RSP_FORGET, "a client that is gone waits not");
  is_int (kd_conn_receive (&c, buf, sizeof buf, &len, -1, -1), KD_CONN_END,
          "which is the end");
  ok (!kd_conn_send (&c, "x", 1), "nothing can be sent to it");
  kd_conn_deinit (&c);
}

int
main (void)
{
  signal (SIGPIPE, SIG_IGN);
  if (!mkdtemp (dir))
    return 99;
  snprintf (sock, sizeof sock, "%s/s", dir);
  snprintf (spec, sizeof spec, "unix:%s", sock);
  test_unix ();
  test_bad_names ();
  test_tcp ();
  test_serving ();
  test_once ();
  test_early ();
  ok (rmdir (dir) == 0, "nothing is left behind");
  return test_done ();
}
