/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stub without a dump, that lives until GDB has moved its symbols. */
#include "rsp/packet.h"
#include "rsp/serve.h"

#include <errno.h>
#include <string.h>

/* The reply to PACKET; *LAST if it is what this is all about.  */
static const char *
reply_to (const char *packet, const char *offsets, bool *last)
{
  if (strcmp (packet, "?") == 0)
    return "S05";
  if (packet[0] == 'H')
    return "OK";
  if (strcmp (packet, "qAttached") == 0)
    return "1";
  *last = strcmp (packet, "qOffsets") == 0;
  return *last ? offsets : "";
}

static bool
send_all (const char *data, size_t len)
{
  while (len) {
    ssize_t n = write (STDOUT_FILENO, data, len);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    data += n;
    len -= (size_t)n;
  }
  return true;
}

static bool
answer (const char *packet, const char *offsets, bool *last)
{
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  const char *reply = reply_to (packet, offsets, last);
  kd_strbuf_putc (&out, '+');
  kd_rsp_frame (&out, reply, strlen (reply));
  return !out.failed && send_all (out.data, out.len);
}

/* Answer what is in the LEN bytes of DATA; false to go.  */
static bool
feed (struct kd_rsp_parser *parser, const char *data, size_t len,
      const char *offsets, bool *last)
{
  while (len) {
    enum kd_rsp_event event;
    size_t used = kd_rsp_parse (parser, data, len, &event);
    data += used;
    len -= used;
    if (event != KD_RSP_PACKET)
      continue;
    /* What comes after the offsets shows that they were taken.  */
    if (*last || !answer (kd_strbuf_str (&parser->payload), offsets, last))
      return false;
  }
  return true;
}

void
kd_serve_offsets (const char *offsets)
{
  struct kd_rsp_parser parser = { 0 };
  char buf[4096];
  ssize_t n;
  bool go = true, last = false;
  while (go && (n = read (STDIN_FILENO, buf, sizeof buf)) > 0)
    go = feed (&parser, buf, (size_t)n, offsets, &last);
  kd_rsp_parser_deinit (&parser);
}
