/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a client comes from: standard input, a Unix socket, TCP. */
#ifndef KD_RSP_TRANSPORT_H
#define KD_RSP_TRANSPORT_H

#include "base/guard.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "rsp/session.h"

#include <sys/types.h>

/* A listening socket.  */
struct kd_listener {
  int fd;
  char *path; /* of a Unix socket, owned; else NULL */
  char *name; /* "unix:PATH", "tcp:HOST:PORT" with the real port; owned */
};

/* Listen at SPEC: unix:PATH, or tcp:HOST:PORT with HOST empty for this
   machine only, in brackets if it has colons, and PORT 0 for any.  A Unix
   socket is readable and writable for its owner alone from the beginning; a
   dead one at PATH is replaced, anything else there is left alone and
   refused.  The socket file goes away with kd_listener_destroy(), and when
   SIGHUP, SIGINT or SIGTERM ends the process.  KD_USAGE, KD_IO.  */
enum kd_status kd_listener_create (const char *spec,
                                   struct kd_listener **out) KD_MUST_CHECK;
void kd_listener_destroy (struct kd_listener *l);
KD_DEFINE_GUARD (listener, struct kd_listener, kd_listener_destroy);

/* A connected client.  */
struct kd_conn {
  int in, out;              /* owned; may be the same */
  struct kd_listener *from; /* borrowed; NULL for standard input */
  struct kd_strbuf early;   /* bytes that came during long work */
  bool gone;
};

/* Take over standard input and output; what anybody prints afterwards goes
   to standard error.  */
enum kd_status kd_conn_stdio (struct kd_conn *c) KD_MUST_CHECK;
/* Wait for the next client.  */
enum kd_status kd_conn_accept (struct kd_listener *l,
                               struct kd_conn *c) KD_MUST_CHECK;
void kd_conn_deinit (struct kd_conn *c);

enum kd_conn_result {
  KD_CONN_DATA,
  KD_CONN_END,     /* the client is gone */
  KD_CONN_TIMEOUT, /* nothing came for TIMEOUT_MS */
  KD_CONN_WOKEN,   /* the descriptor WAKE became readable */
};

/* Wait for bytes: at most SIZE of them into BUF, *LEN says how many.
   TIMEOUT_MS -1 waits for ever; WAKE -1 is none.  A second client that knocks
   meanwhile is turned away.  */
enum kd_conn_result kd_conn_receive (struct kd_conn *c, void *buf, size_t size,
                                     size_t *len, int timeout_ms, int wake);

/* For struct kd_rsp_io; ARG is a struct kd_conn.  */
bool kd_conn_send (void *arg, const void *data, size_t len);
enum kd_rsp_wish kd_conn_wish (void *arg);

#endif
