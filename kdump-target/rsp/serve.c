/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serving a dump to GDB. */
#include "rsp/serve.h"
#include "base/terminal.h"
#include "rsp/session.h"
#include "rsp/transport.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/* The dump, being opened in a thread of its own.  */
struct opening {
  const struct kd_kernel_options *options;
  struct kd_kernel *kernel;
  enum kd_status status;
  char *error; /* the thread's error text */
  int done;    /* eventfd */
  pthread_t thread;
};

static void *
open_in_thread (void *arg)
{
  struct opening *o = arg;
  o->status = kd_kernel_open (o->options, &o->kernel);
  if (o->status)
    o->error = strdup (kd_error_text ());
  uint64_t one = 1;
  while (write (o->done, &one, sizeof one) < 0 && errno == EINTR)
    ;
  return NULL;
}

static enum kd_status
opening_start (struct opening *o, const struct kd_kernel_options *options)
{
  *o
    = (struct opening){ .options = options, .done = eventfd (0, EFD_CLOEXEC) };
  if (o->done < 0)
    return kd_fail_errno (KD_IO, errno, "eventfd");
  int err = pthread_create (&o->thread, NULL, open_in_thread, o);
  if (!err)
    return KD_OK;
  close (o->done);
  return kd_fail_errno (KD_IO, err, "starting a thread");
}

static enum kd_status
opening_finish (struct opening *o, struct kd_kernel **out)
{
  pthread_join (o->thread, NULL);
  close (o->done);
  *out = o->kernel;
  if (o->status)
    kd_fail (o->status, "%s", o->error ? o->error : "opening the dump failed");
  free (o->error);
  return o->status;
}

/* Feed the session until it is over, or WAKE is readable: true then.  */
static bool
pump (struct kd_conn *c, struct kd_rsp *s, int wake)
{
  char buf[16384];
  while (!kd_rsp_is_over (s)) {
    size_t len;
    int timeout = wake < 0 && !kd_rsp_is_leaving (s) ? -1 : 1000;
    switch (kd_conn_receive (c, buf, sizeof buf, &len, timeout, wake)) {
    case KD_CONN_DATA:
      kd_rsp_feed (s, buf, len);
      break;
    case KD_CONN_END:
      return false;
    case KD_CONN_TIMEOUT:
      if (kd_rsp_is_leaving (s))
        return false;
      kd_rsp_keep_waiting (s);
      break;
    case KD_CONN_WOKEN:
      return true;
    }
  }
  return false;
}

/* Why the dump cannot be opened goes to standard error, which GDB only reads
   after a byte from us, and not after the end.  So the end has to wait.  */
static void
last_words (struct kd_conn *c, struct kd_rsp *s)
{
  fprintf (stderr, "kdump-target: %s\n", kd_error_text ());
  for (unsigned i = 0; i < 3; i++) {
    char buf[4096];
    size_t len;
    kd_rsp_keep_waiting (s);
    enum kd_conn_result got
      = kd_conn_receive (c, buf, sizeof buf, &len, 100, -1);
    if (got == KD_CONN_END)
      return;
    if (got == KD_CONN_DATA)
      kd_rsp_feed (s, buf, len);
  }
}

static enum kd_status
serve_while_opening (struct kd_conn *c, struct kd_rsp *s,
                     const struct kd_kernel_options *options, bool all_tasks,
                     bool *abandoned)
{
  /* The thread may outlive our caller's frame when it is abandoned.  */
  static struct opening opening;
  enum kd_status st = opening_start (&opening, options);
  if (st) {
    last_words (c, s);
    return st;
  }
  if (!pump (c, s, opening.done)) {
    *abandoned = true;
    return KD_OK;
  }
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  st = opening_finish (&opening, &k);
  if (st) {
    last_words (c, s);
    return st;
  }
  struct kd_session_state state;
  kd_session_state_init (&state, k);
  state.threads.all = all_tasks;
  kd_rsp_ready (s, &state);
  pump (c, s, -1);
  kd_session_state_deinit (&state);
  return KD_OK;
}

enum kd_status
kd_serve_stdio (const struct kd_kernel_options *options, bool offer_vmlinux,
                bool all_tasks, bool *abandoned)
{
  *abandoned = false;
  signal (SIGPIPE, SIG_IGN);
  kd_terminal_open ();
  /* End of input tells us that GDB is gone; this is for the case that some
     other process holds the pipe open.  */
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  struct kd_conn c KD_CLEANUP (kd_conn_deinit) = { .in = -1, .out = -1 };
  struct kd_rsp_io io = { kd_conn_send, kd_conn_wish, &c };
  struct kd_rsp *s KD_GUARD (rsp) = NULL;
  enum kd_status st = kd_conn_stdio (&c);
  if (!st)
    st = kd_rsp_create (NULL, &io, offer_vmlinux, &s);
  if (!st)
    return serve_while_opening (&c, s, options, all_tasks, abandoned);
  fprintf (stderr, "kdump-target: %s\n", kd_error_text ());
  return st;
}

static enum kd_status
serve_next (struct kd_listener *l, bool offer_vmlinux,
            struct kd_session_state *state)
{
  struct kd_conn c KD_CLEANUP (kd_conn_deinit) = { .in = -1, .out = -1 };
  enum kd_status st = kd_conn_accept (l, &c);
  if (st)
    return st;
  struct kd_rsp_io io = { kd_conn_send, kd_conn_wish, &c };
  struct kd_rsp *s KD_GUARD (rsp) = NULL;
  st = kd_rsp_create (state, &io, offer_vmlinux, &s);
  if (!st)
    pump (&c, s, -1);
  return st;
}

enum kd_status
kd_serve_listen (const char *spec, bool once, bool offer_vmlinux,
                 struct kd_session_state *state)
{
  signal (SIGPIPE, SIG_IGN);
  struct kd_listener *l KD_GUARD (listener) = NULL;
  enum kd_status st = kd_listener_create (spec, &l);
  if (st)
    return st;
  fprintf (stderr, "kdump-target: listening at %s\n", l->name);
  do
    st = serve_next (l, offer_vmlinux, state);
  while (!st && !once);
  return st;
}
