/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a client comes from: standard input, a Unix socket, TCP. */
#include "rsp/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Bytes a client may send ahead while a command runs.  */
#define EARLY_MAX 65536

/* The socket file to remove when a signal ends us; one at a time.  */
static struct {
  char path[sizeof ((struct sockaddr_un *)NULL)->sun_path];
  dev_t dev;
  ino_t ino;
} volatile doomed;

static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };

/* Remove our socket file, unless it is another's by now.  Safe in a signal
   handler.  */
static void
remove_socket (void)
{
  const char *path = (const char *)doomed.path;
  struct stat st;
  if (path[0] && lstat (path, &st) == 0 && S_ISSOCK (st.st_mode)
      && st.st_dev == doomed.dev && st.st_ino == doomed.ino)
    unlink (path);
}

static void
on_deadly_signal (int sig)
{
  remove_socket ();
  signal (sig, SIG_DFL);
  raise (sig);
}

static enum kd_status
remember_socket (const char *path)
{
  struct stat st;
  if (lstat (path, &st) < 0)
    return kd_fail_errno (KD_IO, errno, "%s", path);
  doomed.dev = st.st_dev;
  doomed.ino = st.st_ino;
  /* Its length was checked.  */
  memcpy ((char *)doomed.path, path, strlen (path) + 1);
  struct sigaction act = { .sa_handler = on_deadly_signal };
  sigfillset (&act.sa_mask);
  for (size_t i = 0; i < KD_ARRAY_SIZE (deadly); i++)
    sigaction (deadly[i], &act, NULL);
  return KD_OK;
}

static void
forget_socket (void)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (deadly); i++)
    signal (deadly[i], SIG_DFL);
  doomed.path[0] = '\0';
}

/* Make room at ADDR: a socket that nobody serves may go.  */
static enum kd_status
clear_path (const struct sockaddr_un *addr)
{
  struct stat st;
  if (lstat (addr->sun_path, &st) < 0)
    return errno == ENOENT
             ? KD_OK
             : kd_fail_errno (KD_IO, errno, "unix:%s", addr->sun_path);
  if (!S_ISSOCK (st.st_mode))
    return kd_fail (KD_IO, "unix:%s: exists and is not a socket",
                    addr->sun_path);
  int fd KD_AUTO_FD = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return kd_fail_errno (KD_IO, errno, "socket");
  if (connect (fd, (const struct sockaddr *)addr, sizeof *addr) == 0
      || errno != ECONNREFUSED)
    return kd_fail (KD_IO, "unix:%s: another server listens there",
                    addr->sun_path);
  if (unlink (addr->sun_path) < 0)
    return kd_fail_errno (KD_IO, errno, "unix:%s: removing the dead socket",
                          addr->sun_path);
  return KD_OK;
}

static enum kd_status
listen_unix (const char *path, struct kd_listener *l)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  if (!*path)
    return kd_fail (KD_USAGE, "unix: needs the path of a socket");
  if (strlen (path) >= sizeof addr.sun_path)
    return kd_fail (KD_USAGE,
                    "unix:%s: a socket's path can have %zu bytes, this has "
                    "%zu",
                    path, sizeof addr.sun_path - 1, strlen (path));
  memcpy (addr.sun_path, path, strlen (path) + 1);
  enum kd_status st = clear_path (&addr);
  if (st)
    return st;
  l->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (l->fd < 0)
    return kd_fail_errno (KD_IO, errno, "socket");
  /* Nobody else may connect, not even for a moment.  */
  mode_t mask = umask (0177);
  int bound = bind (l->fd, (const struct sockaddr *)&addr, sizeof addr);
  int err = errno;
  umask (mask);
  if (bound < 0)
    return kd_fail_errno (KD_IO, err, "unix:%s", path);
  l->path = strdup (path);
  l->name = kd_asprintf ("unix:%s", path);
  if (!l->path || !l->name)
    return kd_fail (KD_NOMEM, "out of memory");
  st = remember_socket (path);
  if (!st && chmod (path, 0600) < 0)
    st = kd_fail_errno (KD_IO, errno, "unix:%s", path);
  if (!st && listen (l->fd, 4) < 0)
    st = kd_fail_errno (KD_IO, errno, "unix:%s", path);
  return st;
}

/* "HOST:PORT", HOST maybe empty or in brackets, in its parts.  */
static enum kd_status
split_tcp (const char *spec, char **host, char **port)
{
  const char *colon = strrchr (spec, ':');
  if (!colon || !colon[1])
    return kd_fail (KD_USAGE,
                    "tcp:%s: write tcp:HOST:PORT, or tcp::PORT for this "
                    "machine only",
                    spec);
  char *end;
  unsigned long number = strtoul (colon + 1, &end, 10);
  if (colon[1] < '0' || colon[1] > '9' || *end || number > 65535)
    return kd_fail (KD_USAGE, "tcp:%s: `%s' is no port number", spec,
                    colon + 1);
  size_t len = (size_t)(colon - spec);
  if (len >= 2 && spec[0] == '[' && spec[len - 1] == ']')
    *host = strndup (spec + 1, len - 2);
  else
    *host = strndup (spec, len);
  *port = strdup (colon + 1);
  return *host && *port ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static enum kd_status
name_tcp (struct kd_listener *l)
{
  struct sockaddr_storage addr;
  socklen_t len = sizeof addr;
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getsockname (l->fd, (struct sockaddr *)&addr, &len) < 0
      || getnameinfo ((struct sockaddr *)&addr, len, host, sizeof host, port,
                      sizeof port, NI_NUMERICHOST | NI_NUMERICSERV)
           != 0)
    return kd_fail (KD_IO, "the socket has no address");
  bool colons = strchr (host, ':') != NULL;
  l->name = kd_asprintf ("tcp:%s%s%s:%s", colons ? "[" : "", host,
                         colons ? "]" : "", port);
  return l->name ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static enum kd_status
listen_tcp (const char *spec, struct kd_listener *l)
{
  char *host KD_AUTO_FREE = NULL;
  char *port KD_AUTO_FREE = NULL;
  enum kd_status st = split_tcp (spec, &host, &port);
  if (st)
    return st;
  struct addrinfo hints
    = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
  struct addrinfo *found;
  int err = getaddrinfo (*host ? host : "127.0.0.1", port, &hints, &found);
  if (err)
    return kd_fail (err == EAI_SERVICE || err == EAI_NONAME ? KD_USAGE : KD_IO,
                    "tcp:%s: %s", spec, gai_strerror (err));
  l->fd = socket (found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  if (l->fd < 0
      || setsockopt (l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0
      || bind (l->fd, found->ai_addr, found->ai_addrlen) < 0
      || listen (l->fd, 4) < 0)
    st = kd_fail_errno (KD_IO, errno, "tcp:%s", spec);
  freeaddrinfo (found);
  return st ? st : name_tcp (l);
}

enum kd_status
kd_listener_create (const char *spec, struct kd_listener **out)
{
  struct kd_listener *l KD_GUARD (listener) = kd_calloc (1, sizeof *l);
  if (!l)
    return kd_fail (KD_NOMEM, "out of memory");
  l->fd = -1;
  enum kd_status st;
  if (strncmp (spec, "unix:", 5) == 0)
    st = listen_unix (spec + 5, l);
  else if (strncmp (spec, "tcp:", 4) == 0)
    st = listen_tcp (spec + 4, l);
  else
    st = kd_fail (KD_USAGE,
                  "`%s' is no place to listen at: write unix:PATH or "
                  "tcp:[HOST]:PORT",
                  spec);
  if (!st)
    *out = KD_STEAL (l);
  return st;
}

void
kd_listener_destroy (struct kd_listener *l)
{
  if (!l)
    return;
  if (l->path) {
    remove_socket ();
    forget_socket ();
  }
  if (l->fd >= 0)
    close (l->fd);
  free (l->path);
  free (l->name);
  free (l);
}

enum kd_status
kd_conn_stdio (struct kd_conn *c)
{
  *c = (struct kd_conn){ .in = fcntl (0, F_DUPFD_CLOEXEC, 3),
                         .out = fcntl (1, F_DUPFD_CLOEXEC, 3) };
  int null KD_AUTO_FD = open ("/dev/null", O_RDWR | O_CLOEXEC);
  if (c->in < 0 || c->out < 0 || null < 0 || dup2 (null, 0) < 0
      || dup2 (2, 1) < 0) {
    kd_fail_errno (KD_IO, errno, "standard input and output");
    kd_conn_deinit (c);
    return KD_IO;
  }
  return KD_OK;
}

enum kd_status
kd_conn_accept (struct kd_listener *l, struct kd_conn *c)
{
  int fd;
  do
    fd = accept4 (l->fd, NULL, NULL, SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0)
    return kd_fail_errno (KD_IO, errno, "%s", l->name);
  int one = 1;
  if (!l->path) {
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
  }
  *c = (struct kd_conn){ .in = fd, .out = fd, .from = l };
  return KD_OK;
}

void
kd_conn_deinit (struct kd_conn *c)
{
  if (c->in >= 0)
    close (c->in);
  if (c->out >= 0 && c->out != c->in)
    close (c->out);
  kd_strbuf_deinit (&c->early);
  c->in = c->out = -1;
}

/* One client at a time; better a clear end than an endless wait.  */
static void
turn_away (struct kd_listener *l)
{
  int fd = accept4 (l->fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0)
    close (fd);
}

static enum kd_conn_result
receive_now (struct kd_conn *c, void *buf, size_t size, size_t *len)
{
  ssize_t n;
  do
    n = read (c->in, buf, size);
  while (n < 0 && errno == EINTR);
  if (n <= 0) {
    c->gone = true;
    return KD_CONN_END;
  }
  *len = (size_t)n;
  return KD_CONN_DATA;
}

enum kd_conn_result
kd_conn_receive (struct kd_conn *c, void *buf, size_t size, size_t *len,
                 int timeout_ms, int wake)
{
  if (c->early.len) {
    size_t n = c->early.len < size ? c->early.len : size;
    memcpy (buf, c->early.data, n);
    memmove (c->early.data, c->early.data + n, c->early.len - n);
    c->early.len -= n;
    *len = n;
    return KD_CONN_DATA;
  }
  for (;;) {
    if (c->gone)
      return KD_CONN_END;
    struct pollfd fds[3] = {
      { .fd = c->in, .events = POLLIN },
      { .fd = c->from ? c->from->fd : -1, .events = POLLIN },
      { .fd = wake, .events = POLLIN },
    };
    int n = poll (fds, 3, timeout_ms);
    if (n == 0)
      return KD_CONN_TIMEOUT;
    if (n < 0 && errno != EINTR)
      return KD_CONN_END;
    if (n > 0 && fds[2].revents)
      return KD_CONN_WOKEN;
    if (n > 0 && fds[0].revents)
      return receive_now (c, buf, size, len);
    if (n > 0 && c->from && fds[1].revents)
      turn_away (c->from);
  }
}

bool
kd_conn_send (void *arg, const void *data, size_t len)
{
  struct kd_conn *c = arg;
  const char *bytes = data;
  while (len && !c->gone) {
    ssize_t n = write (c->out, bytes, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      c->gone = true;
      break;
    }
    bytes += n;
    len -= (size_t)n;
  }
  return !c->gone;
}

/* While it waits for a reply a client sends nothing but the interrupt byte
   and acknowledgements; a packet means that it waits no longer.  */
enum kd_rsp_wish
kd_conn_wish (void *arg)
{
  struct kd_conn *c = arg;
  char buf[256];
  size_t len;
  struct pollfd fd = { .fd = c->in, .events = POLLIN };
  while (!c->gone && c->early.len < EARLY_MAX && poll (&fd, 1, 0) > 0) {
    if (receive_now (c, buf, sizeof buf, &len) == KD_CONN_END)
      break;
    bool stop = memchr (buf, 3, len) && !memchr (buf, '$', len);
    if (stop)
      return KD_RSP_STOP;
    kd_strbuf_add (&c->early, buf, len);
  }
  bool packet = c->early.len && memchr (c->early.data, '$', c->early.len);
  return c->gone || packet ? KD_RSP_FORGET : KD_RSP_GO_ON;
}
