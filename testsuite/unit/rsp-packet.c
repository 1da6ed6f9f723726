/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packet parser and writer: every framing rule, kind and hostile. */
#include "rsp/packet.h"

#include "test.h"

#define MAX_EVENTS 64

/* What feeding some bytes gave.  */
struct result {
  enum kd_rsp_event events[MAX_EVENTS];
  unsigned n;
  char last[256]; /* payload of the last packet */
  size_t last_len;
};

/* Feed BYTES in pieces of STEP.  */
static struct result
feed (const char *bytes, size_t len, size_t step)
{
  struct kd_rsp_parser p = { 0 };
  struct result r = { .n = 0 };
  for (size_t at = 0; at < len;) {
    size_t piece = len - at < step ? len - at : step;
    enum kd_rsp_event event;
    size_t used = kd_rsp_parse (&p, bytes + at, piece, &event);
    at += used;
    if (event == KD_RSP_MORE || r.n == MAX_EVENTS)
      continue;
    r.events[r.n++] = event;
    if (event == KD_RSP_PACKET && p.payload.len < sizeof r.last) {
      memcpy (r.last, p.payload.data, p.payload.len);
      r.last_len = p.payload.len;
    }
  }
  kd_rsp_parser_deinit (&p);
  return r;
}

/* Feeding whole and byte by byte must give the same one event.  */
static void
one (const char *bytes, size_t len, enum kd_rsp_event event,
     const char *payload, size_t payload_len, const char *name)
{
  for (size_t step = 1; step < 1000; step += 997) {
    struct result r = feed (bytes, len, step);
    bool good = r.n == 1 && r.events[0] == event;
    if (payload)
      good = good && r.last_len == payload_len
             && memcmp (r.last, payload, payload_len) == 0;
    ok (good, "%s (pieces of %zu)", name, step);
  }
}

#define ONE(bytes, event, payload, name)                                      \
  one (bytes, sizeof (bytes) - 1, event, payload, sizeof (payload) - 1, name)
#define ONE_EVENT(bytes, event, name)                                         \
  one (bytes, sizeof (bytes) - 1, event, NULL, 0, name)

static void
test_framing (void)
{
  ONE ("$OK#9a", KD_RSP_PACKET, "OK", "a packet is parsed");
  ONE ("$OK#9A", KD_RSP_PACKET, "OK", "a checksum may be in capitals");
  ONE ("$#00", KD_RSP_PACKET, "", "a packet may be empty");
  ONE ("noise$g#67", KD_RSP_PACKET, "g", "noise before a packet is skipped");
  ONE_EVENT ("$OK#9b", KD_RSP_DAMAGED, "a wrong checksum is noticed");
  ONE_EVENT ("$OK#zz", KD_RSP_DAMAGED, "a checksum must be digits");
  is_int (feed ("$OK#9", 5, 1).n, 0, "half a checksum is no packet");
}

static void
test_sequences (void)
{
  struct result r = feed ("++-\003$?#3f+", 10, 3);
  is_int (r.n, 6, "each byte between packets is an event");
  ok (r.n == 6 && r.events[0] == KD_RSP_ACK && r.events[2] == KD_RSP_NAK
        && r.events[3] == KD_RSP_INTERRUPT && r.events[4] == KD_RSP_PACKET
        && r.events[5] == KD_RSP_ACK,
      "acknowledgements and the interrupt are told apart");
  r = feed ("$a\003b#c6", 7, 7);
  ok (r.n == 1 && r.events[0] == KD_RSP_PACKET && r.last_len == 3,
      "the interrupt byte inside a packet is data");
  r = feed ("$half$OK#9a", 11, 4);
  ok (r.n == 1 && r.events[0] == KD_RSP_PACKET && r.last_len == 2,
      "a new packet ends an unfinished one");
  r = feed ("$OK#$OK#9a", 10, 10);
  ok (r.n == 1 && r.events[0] == KD_RSP_PACKET,
      "a new packet ends one that waits for its checksum");
  r = feed ("$bad#00$OK#9a", 13, 1);
  ok (r.n == 2 && r.events[0] == KD_RSP_DAMAGED
        && r.events[1] == KD_RSP_PACKET,
      "a good packet after a damaged one is parsed");
}

/* Frame raw payload bytes with their right checksum and parse that.  */
static struct result
framed (const char *payload, size_t len)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  kd_rsp_frame (&sb, payload, len);
  return feed (sb.data, sb.len, 5);
}

static void
test_coding (void)
{
  struct result r = framed ("a}\003b", 4);
  ok (r.n == 1 && r.last_len == 3 && memcmp (r.last, "a#b", 3) == 0,
      "an escaped # is decoded");
  r = framed ("0* ", 3);
  ok (r.n == 1 && r.events[0] == KD_RSP_PACKET && r.last_len == 4
        && memcmp (r.last, "0000", 4) == 0,
      "a run of three more is expanded");
  r = framed ("x*~", 3);
  is_int (r.last_len, 98, "the longest run is 97 more");
  r = framed ("* ", 2);
  ok (r.n == 1 && r.events[0] == KD_RSP_DAMAGED, "a run of nothing is damage");
  r = framed ("a*\037", 3);
  ok (r.n == 1 && r.events[0] == KD_RSP_DAMAGED,
      "a run shorter than three is damage");
  r = framed ("a*\177", 3);
  ok (r.n == 1 && r.events[0] == KD_RSP_DAMAGED,
      "a run by a character that does not print is damage");
  r = framed ("a}", 2);
  ok (r.n == 1 && r.events[0] == KD_RSP_DAMAGED,
      "an escape at the end is damage");
  r = framed ("a*", 2);
  ok (r.n == 1 && r.events[0] == KD_RSP_DAMAGED,
      "a run mark at the end is damage");
}

static void
test_binary (void)
{
  char all[256];
  for (unsigned i = 0; i < sizeof all; i++)
    all[i] = (char)i;
  struct kd_strbuf coded KD_AUTO_STRBUF = { 0 };
  kd_rsp_put_binary (&coded, all, 255);
  struct result r = framed (coded.data, coded.len);
  ok (r.n == 1 && r.events[0] == KD_RSP_PACKET && r.last_len == 255
        && memcmp (r.last, all, 255) == 0,
      "all byte values survive escaping");
  is_int (coded.len, 255 + 4, "only the four special ones are escaped");
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  kd_rsp_put_text (&text, "a#b$c*d}e");
  ok (!strpbrk (kd_strbuf_str (&text), "#$*}") && text.len == 9,
      "text for people has none of the special characters");
}

/* LEN bytes that the sender does not escape, and then a small packet.  */
static struct result
long_packet (size_t len)
{
  struct kd_strbuf body KD_AUTO_STRBUF = { 0 };
  for (size_t i = 0; i < len; i++)
    kd_strbuf_putc (&body, 'A');
  struct kd_strbuf all KD_AUTO_STRBUF = { 0 };
  kd_rsp_frame (&all, body.data, body.len);
  kd_rsp_frame (&all, "g", 1);
  return feed (all.data, all.len, 4096);
}

static void
test_limits (void)
{
  struct result r = long_packet (KD_RSP_PACKET_MAX);
  ok (r.n == 2 && r.events[0] == KD_RSP_PACKET,
      "a packet of the promised size is taken");
  r = long_packet (KD_RSP_PACKET_MAX + 1);
  ok (r.n == 2 && r.events[0] == KD_RSP_TOO_LONG
        && r.events[1] == KD_RSP_PACKET,
      "one byte more is too long, and the next packet is taken");
  struct kd_strbuf runs KD_AUTO_STRBUF = { 0 };
  kd_strbuf_putc (&runs, 'A');
  for (unsigned i = 0; i < 10000; i++)
    kd_strbuf_puts (&runs, "*~");
  r = framed (runs.data, runs.len);
  ok (r.n == 1 && r.events[0] == KD_RSP_TOO_LONG,
      "runs cannot blow a packet up beyond the limit");
}

static void
test_numbers (void)
{
  uint64_t n = 0;
  const char *p = "ffffffffffffffff,1";
  ok (kd_rsp_get_number (&p, &n) && n == UINT64_MAX && *p == ',',
      "the largest number is parsed up to its end");
  p = "10000000000000000";
  ok (!kd_rsp_get_number (&p, &n), "seventeen digits are too many");
  p = "00000000000000000000001";
  ok (kd_rsp_get_number (&p, &n) && n == 1, "leading zeros do not count");
  p = ",";
  ok (!kd_rsp_get_number (&p, &n), "no digits are no number");
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  ok (kd_rsp_get_hex (&sb, "48656C6c6f", 10), "digits become bytes");
  is_str (kd_strbuf_str (&sb), "Hello", "the right ones");
  ok (!kd_rsp_get_hex (&sb, "486", 3), "half a byte is refused");
  ok (!kd_rsp_get_hex (&sb, "4g", 2), "what is no digit is refused");
  kd_strbuf_reset (&sb);
  kd_rsp_put_hex (&sb, "\x00\x7f\xff", 3);
  is_str (kd_strbuf_str (&sb), "007fff", "bytes become digits");
}

int
main (void)
{
  test_framing ();
  test_sequences ();
  test_coding ();
  test_binary ();
  test_limits ();
  test_numbers ();
  return test_done ();
}
