/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client's session: requests in, exactly one reply each, no I/O of its
   own and no knowledge of dumps. */
#ifndef KD_RSP_SESSION_H
#define KD_RSP_SESSION_H

#include "base/guard.h"
#include "base/status.h"

#include <stddef.h>

struct kd_session_state; /* cmd/cmd.h */
struct kd_rsp;

/* What the client wants while it waits for a reply.  */
enum kd_rsp_wish {
  KD_RSP_GO_ON,
  KD_RSP_STOP,  /* it sent the interrupt byte, and still waits */
  KD_RSP_FORGET /* it is gone, or has sent the next request: GDB's user
                   pressed Control-C */
};

/* How a session reaches its client.  */
struct kd_rsp_io {
  /* Send all of DATA; false if the client is gone.  */
  bool (*send) (void *arg, const void *data, size_t len);
  /* Asked now and then during long work; may be NULL.  */
  enum kd_rsp_wish (*wish) (void *arg);
  void *arg;
};

/* STATE is borrowed; NULL while the dump is still being opened. OFFER_VMLINUX:
   tell the client where the dump's vmlinux is, so that it loads that if it has
   none, and warns if it has another.  *OUT is the caller's.  */
enum kd_status kd_rsp_create (struct kd_session_state *state,
                              const struct kd_rsp_io *io, bool offer_vmlinux,
                              struct kd_rsp **out) KD_MUST_CHECK;
void kd_rsp_destroy (struct kd_rsp *s);
KD_DEFINE_GUARD (rsp, struct kd_rsp, kd_rsp_destroy);

/* Give the session a dump to speak of; the requests that came before are
   answered now.  */
void kd_rsp_ready (struct kd_rsp *s, struct kd_session_state *state);

/* Take bytes from the client and answer what is complete.  */
void kd_rsp_feed (struct kd_rsp *s, const void *data, size_t len);

/* Keep a client that waits for kd_rsp_ready() from giving up: call it about
   once a second.  */
void kd_rsp_keep_waiting (struct kd_rsp *s);

/* Has the client detached, and only its acknowledgement is missing?  That may
   never come.  */
bool kd_rsp_is_leaving (const struct kd_rsp *s);

/* Has the client detached, killed us, gone, or broken the rules?  */
bool kd_rsp_is_over (const struct kd_rsp *s);

#endif
