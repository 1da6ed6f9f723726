/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client of the remote protocol, for tests of sessions. */
#ifndef KD_RSP_CLIENT_H
#define KD_RSP_CLIENT_H

#include "base/strbuf.h"
#include "rsp/packet.h"
#include "rsp/session.h"

#include <string.h>

/* A client at the other end: what the session sends.  */
struct client {
  struct kd_rsp *session;
  struct kd_strbuf raw;     /* all bytes since the last request */
  struct kd_strbuf console; /* text of console packets */
  struct kd_strbuf reply;   /* payload of the last other packet */
  unsigned replies;         /* how many other packets */
  unsigned acks, naks;
  enum kd_rsp_wish wish;
  bool gone;
};

__attribute__ ((unused)) static bool
client_take (void *arg, const void *data, size_t len)
{
  struct client *c = arg;
  kd_strbuf_add (&c->raw, data, len);
  return !c->gone;
}

__attribute__ ((unused)) static enum kd_rsp_wish
client_wish (void *arg)
{
  return ((struct client *)arg)->wish;
}

__attribute__ ((unused)) static void
client_read (struct client *c)
{
  struct kd_rsp_parser p = { 0 };
  for (size_t at = 0; at < c->raw.len;) {
    enum kd_rsp_event event;
    at += kd_rsp_parse (&p, c->raw.data + at, c->raw.len - at, &event);
    c->acks += event == KD_RSP_ACK;
    c->naks += event == KD_RSP_NAK;
    if (event != KD_RSP_PACKET)
      continue;
    const char *text = kd_strbuf_str (&p.payload);
    if (text[0] == 'O' && text[1] != 'K') {
      kd_rsp_get_hex (&c->console, text + 1, p.payload.len - 1);
    } else {
      kd_strbuf_reset (&c->reply);
      kd_strbuf_add (&c->reply, text, p.payload.len);
      c->replies++;
    }
  }
  kd_rsp_parser_deinit (&p);
}

__attribute__ ((unused)) static void
client_reset (struct client *c)
{
  kd_strbuf_reset (&c->raw);
  kd_strbuf_reset (&c->console);
  kd_strbuf_reset (&c->reply);
  c->replies = c->acks = c->naks = 0;
}

__attribute__ ((unused)) static void
client_init (struct client *c, struct kd_session_state *state)
{
  *c = (struct client){ 0 };
  struct kd_rsp_io io = { client_take, client_wish, c };
  if (kd_rsp_create (state, &io, true, &c->session))
    abort ();
}

__attribute__ ((unused)) static void
client_deinit (struct client *c)
{
  kd_rsp_destroy (c->session);
  kd_strbuf_deinit (&c->raw);
  kd_strbuf_deinit (&c->console);
  kd_strbuf_deinit (&c->reply);
}

/* Send a request and collect what comes; the reply's payload.  */
__attribute__ ((unused)) static const char *
ask (struct client *c, const char *request)
{
  client_reset (c);
  struct kd_strbuf packet KD_AUTO_STRBUF = { 0 };
  kd_rsp_frame (&packet, request, strlen (request));
  kd_rsp_feed (c->session, packet.data, packet.len);
  client_read (c);
  return kd_strbuf_str (&c->reply);
}

__attribute__ ((unused)) static void
monitor (struct client *c, const char *line)
{
  struct kd_strbuf request KD_AUTO_STRBUF = { 0 };
  kd_strbuf_puts (&request, "qRcmd,");
  kd_rsp_put_hex (&request, line, strlen (line));
  ask (c, kd_strbuf_str (&request));
}

/* The whole document OBJECT:read:ANNEX, asked for in pieces.  */
__attribute__ ((unused)) static void
transfer (struct client *c, const char *object, struct kd_strbuf *out)
{
  for (unsigned i = 0; i < 10000; i++) {
    char request[128];
    snprintf (request, sizeof request, "qXfer:%s:%zx,1f", object, out->len);
    const char *reply = ask (c, request);
    if (reply[0] != 'l' && reply[0] != 'm')
      return;
    kd_strbuf_add (out, reply + 1, c->reply.len - 1);
    if (reply[0] == 'l')
      return;
  }
}

#endif
