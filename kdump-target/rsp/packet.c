/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of GDB's Remote Serial Protocol: bytes in, bytes out, no I/O. */
#include "rsp/packet.h"

#include <string.h>

/* A run's count is its character minus 29; fewer than 3 more make no sense,
   nor do characters that do not print.  */
#define RUN_BIAS 29
#define RUN_FIRST 32
#define RUN_LAST 126

void
kd_rsp_parser_deinit (struct kd_rsp_parser *p)
{
  kd_strbuf_deinit (&p->payload);
  *p = (struct kd_rsp_parser){ 0 };
}

static int
hex_digit (int c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

static void
begin_packet (struct kd_rsp_parser *p)
{
  kd_strbuf_reset (&p->payload);
  kd_strbuf_puts (&p->payload, "");
  p->state = KD_RSP_BODY;
  p->sum = 0;
  p->bad = p->too_long = false;
}

static void
put_bytes (struct kd_rsp_parser *p, char c, unsigned count)
{
  if (count > KD_RSP_PACKET_MAX - p->payload.len) {
    p->too_long = true;
    return;
  }
  while (count-- && !p->too_long)
    kd_strbuf_putc (&p->payload, c);
}

static void
expand_run (struct kd_rsp_parser *p, uint8_t c)
{
  if (p->payload.len == 0 || c < RUN_FIRST || c > RUN_LAST)
    p->bad = true;
  else
    put_bytes (p, p->payload.data[p->payload.len - 1], c - RUN_BIAS);
}

static void
body_byte (struct kd_rsp_parser *p, uint8_t c)
{
  if (c == '#') {
    p->state = KD_RSP_SUM_HIGH;
    return;
  }
  p->sum += c;
  if (c == '}')
    p->state = KD_RSP_ESCAPE;
  else if (c == '*')
    p->state = KD_RSP_RUN;
  else
    put_bytes (p, (char)c, 1);
}

/* An escape or run cut off by the end of the packet is `bad'.  */
static void
second_byte (struct kd_rsp_parser *p, uint8_t c)
{
  bool escape = p->state == KD_RSP_ESCAPE;
  p->state = KD_RSP_BODY;
  if (c == '#') {
    p->bad = true;
    body_byte (p, c);
    return;
  }
  p->sum += c;
  if (escape)
    put_bytes (p, (char)(c ^ 0x20), 1);
  else
    expand_run (p, c);
}

static enum kd_rsp_event
end_packet (struct kd_rsp_parser *p, uint8_t c)
{
  p->state = KD_RSP_IDLE;
  int low = hex_digit (c);
  if (p->sum_high < 0 || low < 0 || (p->sum_high << 4 | low) != p->sum)
    return KD_RSP_DAMAGED;
  if (p->too_long || p->payload.failed)
    return KD_RSP_TOO_LONG;
  return p->bad ? KD_RSP_DAMAGED : KD_RSP_PACKET;
}

static enum kd_rsp_event
idle_byte (struct kd_rsp_parser *p, uint8_t c)
{
  switch (c) {
  case '$':
    begin_packet (p);
    return KD_RSP_MORE;
  case '+':
    return KD_RSP_ACK;
  case '-':
    return KD_RSP_NAK;
  case 3:
    return KD_RSP_INTERRUPT;
  default: /* line noise */
    return KD_RSP_MORE;
  }
}

static enum kd_rsp_event
parse_byte (struct kd_rsp_parser *p, uint8_t c)
{
  if (p->state == KD_RSP_IDLE)
    return idle_byte (p, c);
  if (c == '$') { /* never inside a packet: the sender began anew */
    begin_packet (p);
    return KD_RSP_MORE;
  }
  switch (p->state) {
  case KD_RSP_BODY:
    body_byte (p, c);
    return KD_RSP_MORE;
  case KD_RSP_ESCAPE:
  case KD_RSP_RUN:
    second_byte (p, c);
    return KD_RSP_MORE;
  case KD_RSP_SUM_HIGH:
    p->sum_high = hex_digit (c);
    p->state = KD_RSP_SUM_LOW;
    return KD_RSP_MORE;
  case KD_RSP_SUM_LOW:
  case KD_RSP_IDLE:
    break;
  }
  return end_packet (p, c);
}

size_t
kd_rsp_parse (struct kd_rsp_parser *p, const void *data, size_t len,
              enum kd_rsp_event *event)
{
  const uint8_t *bytes = data;
  *event = KD_RSP_MORE;
  for (size_t i = 0; i < len; i++) {
    *event = parse_byte (p, bytes[i]);
    if (*event != KD_RSP_MORE)
      return i + 1;
  }
  return len;
}

void
kd_rsp_frame (struct kd_strbuf *out, const void *payload, size_t len)
{
  const uint8_t *bytes = payload;
  uint8_t sum = 0;
  for (size_t i = 0; i < len; i++)
    sum += bytes[i];
  kd_strbuf_putc (out, '$');
  kd_strbuf_add (out, payload, len);
  kd_strbuf_printf (out, "#%02x", sum);
}

void
kd_rsp_put_binary (struct kd_strbuf *out, const void *data, size_t len)
{
  const char *bytes = data;
  size_t from = 0;
  for (size_t i = 0; i < len; i++) {
    char c = bytes[i];
    if (c != '#' && c != '$' && c != '}' && c != '*')
      continue;
    kd_strbuf_add (out, bytes + from, i - from);
    kd_strbuf_putc (out, '}');
    kd_strbuf_putc (out, (char)(c ^ 0x20));
    from = i + 1;
  }
  if (len)
    kd_strbuf_add (out, bytes + from, len - from);
}

void
kd_rsp_put_text (struct kd_strbuf *out, const char *text)
{
  for (const char *p = text; *p; p++) {
    char c = *p;
    if (c == '#' || c == '$' || c == '*')
      c = '.';
    else if (c == '}')
      c = ')';
    kd_strbuf_putc (out, c);
  }
}

void
kd_rsp_put_hex (struct kd_strbuf *out, const void *data, size_t len)
{
  static const char digits[] = "0123456789abcdef";
  const uint8_t *bytes = data;
  char pairs[256];
  while (len) {
    size_t n = len < sizeof pairs / 2 ? len : sizeof pairs / 2;
    for (size_t i = 0; i < n; i++) {
      pairs[2 * i] = digits[bytes[i] >> 4];
      pairs[2 * i + 1] = digits[bytes[i] & 15];
    }
    kd_strbuf_add (out, pairs, 2 * n);
    bytes += n;
    len -= n;
  }
}

bool
kd_rsp_get_number (const char **p, uint64_t *out)
{
  const char *s = *p;
  uint64_t value = 0;
  unsigned digits = 0;
  for (; hex_digit (*s) >= 0; s++, digits++) {
    if (value >> 60)
      return false;
    value = value << 4 | (unsigned)hex_digit (*s);
  }
  if (digits == 0)
    return false;
  *p = s;
  *out = value;
  return true;
}

bool
kd_rsp_get_hex (struct kd_strbuf *out, const char *hex, size_t len)
{
  if (len % 2)
    return false;
  for (size_t i = 0; i < len; i += 2) {
    int high = hex_digit (hex[i]);
    int low = high < 0 ? -1 : hex_digit (hex[i + 1]);
    if (low < 0)
      return false;
    kd_strbuf_putc (out, (char)(high << 4 | low));
  }
  return true;
}
