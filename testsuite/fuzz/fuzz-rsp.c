/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: bytes from a client, through the packet parser and the whole
   table of requests, over a small made-up kernel. */
#include "rsp/packet.h"
#include "rsp/session.h"
#include "unit/rsp-fake.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The first byte says how: bit 0, the bytes are lines that get their framing
   here (so that requests need no checksum); bit 1, the dump comes late; the
   rest, the length of the pieces in which raw bytes arrive.  */
enum { FRAMED = 1, LATE = 2 };

/* What the session sends must be well-formed, whatever it is sent.  */
struct checker {
  struct kd_rsp_parser parser;
  size_t replies;
};

static bool
check_sent (void *arg, const void *data, size_t len)
{
  struct checker *c = arg;
  const uint8_t *bytes = data;
  while (len) {
    enum kd_rsp_event event;
    size_t n = kd_rsp_parse (&c->parser, bytes, len, &event);
    assert (event != KD_RSP_DAMAGED && event != KD_RSP_TOO_LONG);
    if (event == KD_RSP_PACKET
        && (c->parser.payload.data[0] != 'O'
            || strcmp (c->parser.payload.data, "OK") == 0))
      c->replies++;
    bytes += n;
    len -= n;
  }
  return true;
}

static void
feed_lines (struct kd_rsp *s, struct checker *c, const uint8_t *data,
            size_t size)
{
  while (size && !kd_rsp_is_over (s)) {
    const uint8_t *newline = memchr (data, '\n', size);
    size_t len = newline ? (size_t)(newline - data) : size;
    struct kd_strbuf body = { 0 };
    struct kd_strbuf packet = { 0 };
    kd_rsp_put_binary (&body, data, len);
    if (body.len <= KD_RSP_PACKET_MAX) {
      kd_rsp_frame (&packet, kd_strbuf_str (&body), body.len);
      size_t before = c->replies;
      kd_rsp_feed (s, packet.data, packet.len);
      assert (c->replies <= before + 1);
    }
    kd_strbuf_deinit (&body);
    kd_strbuf_deinit (&packet);
    data += len + (newline != NULL);
    size -= len + (newline != NULL);
  }
}

static void
feed_raw (struct kd_rsp *s, const uint8_t *data, size_t size, size_t step)
{
  for (size_t at = 0; at < size && !kd_rsp_is_over (s); at += step)
    kd_rsp_feed (s, data + at, size - at < step ? size - at : step);
}

static struct fake fake;

static void
at_exit (void)
{
  fake_deinit (&fake);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (!fake.kernel) {
    fake_init (&fake);
    atexit (at_exit);
  }
  if (size == 0)
    return 0;
  unsigned how = data[0];
  struct checker c = { 0 };
  struct kd_rsp_io io = { check_sent, NULL, &c };
  struct kd_rsp *s;
  fake.state.cpu = 1;
  if (kd_rsp_create (how & LATE ? NULL : &fake.state, &io, true, &s))
    return 0;
  if (how & FRAMED)
    feed_lines (s, &c, data + 1, size - 1);
  else
    feed_raw (s, data + 1, size - 1, (how >> 2) + 1);
  if (how & LATE && !kd_rsp_is_over (s)) {
    kd_rsp_keep_waiting (s);
    kd_rsp_ready (s, &fake.state);
  }
  kd_rsp_destroy (s);
  kd_rsp_parser_deinit (&c.parser);
  return 0;
}
