/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client's session: the table of requests, and their replies. */
#include "rsp/request.h"

#include <inttypes.h>
#include <string.h>

/* Longest text in one console packet, bytes.  */
#define CONSOLE_CHUNK 4096
/* Requests are held while the dump is opened; GDB sends but one.  */
#define HELD_MAX ((size_t)2 * KD_RSP_PACKET_MAX)

static kd_rsp_handler do_supported, do_no_ack, do_ok, do_attached, do_non_stop,
  do_kill, do_leave, do_refuse, do_resume, do_exec_and_args;

/* All that we understand.  A name matches when it is followed by the end of
   the packet, by one of the characters of `then', or by anything if `then'
   is NULL.  The first match counts, so longer names come first.  `words':
   every GDB since 10 shows the text of an E.TEXT reply to this request.  */
static const struct request {
  const char *name;
  const char *then;
  kd_rsp_handler *handler;
  bool words;
} requests[] = {
  { "qSupported", ":", do_supported, true },
  { "QStartNoAckMode", "", do_no_ack, false },
  { "QNonStop", ":", do_non_stop, true },
  { "qExecAndArgs", "", do_exec_and_args, false },
  { "qXfer", ":", kd_rsp_transfer, true },
  { "qRcmd", ",", kd_rsp_monitor, false },
  { "qThreadExtraInfo", ",", kd_rsp_thread_extra, false },
  { "qfThreadInfo", "", kd_rsp_first_threads, false },
  { "qsThreadInfo", "", kd_rsp_more_threads, false },
  { "qAttached", ":", do_attached, false },
  { "qOffsets", "", kd_rsp_offsets, false },
  { "qSymbol", ":", do_ok, false },
  { "qC", "", kd_rsp_current_thread, false },
  { "vKill", ";", do_leave, false },
  { "vCont", ";", do_resume, true },
  { "bc", "", do_resume, true },
  { "bs", "", do_resume, true },
  { "?", "", kd_rsp_stop_reason, false },
  { "g", "", kd_rsp_read_registers, false },
  { "p", NULL, kd_rsp_read_register, false },
  { "m", NULL, kd_rsp_read_memory, false },
  { "x", NULL, kd_rsp_read_binary, false },
  { "H", NULL, kd_rsp_select_thread, false },
  { "T", NULL, kd_rsp_thread_alive, false },
  { "G", NULL, do_refuse, true },
  { "P", NULL, do_refuse, true },
  { "M", NULL, do_refuse, true },
  { "X", NULL, do_refuse, true },
  /* Breakpoints change nothing here.  Refused, they would make `finish' and
     `until' end in GDB's words about hardware; so the resumption that follows
     is refused, in ours.  */
  { "Z", NULL, do_ok, false },
  { "z", NULL, do_ok, false },
  { "R", NULL, do_refuse, true },
  { "vRun", ";", do_refuse, true },
  { "c", NULL, do_resume, true },
  { "C", NULL, do_resume, true },
  { "s", NULL, do_resume, true },
  { "S", NULL, do_resume, true },
  { "i", NULL, do_resume, true },
  { "k", "", do_kill, false },
  { "D", ";", do_leave, false },
};

/* --- replies --- */

void
kd_reply_ok (struct kd_reply *r)
{
  r->kind = KD_REPLY_OK;
}

void
kd_reply_printf (struct kd_reply *r, const char *fmt, ...)
{
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&r->data, fmt, ap);
  va_end (ap);
  r->kind = KD_REPLY_TEXT;
}

void
kd_reply_error (struct kd_reply *r, unsigned code, const char *fmt, ...)
{
  kd_strbuf_reset (&r->data);
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&r->data, fmt, ap);
  va_end (ap);
  r->kind = KD_REPLY_ERROR;
  r->code = code;
}

void
kd_reply_status (struct kd_reply *r, enum kd_status st)
{
  kd_reply_error (r, (unsigned)st, "%s", kd_error_text ());
}

static void
send_bytes (struct kd_rsp *s, const void *data, size_t len)
{
  if (!s->over && !s->forget && !s->io.send (s->io.arg, data, len))
    s->over = true;
}

static void
send_packet (struct kd_rsp *s, const char *payload, size_t len)
{
  kd_strbuf_reset (&s->sent);
  kd_rsp_frame (&s->sent, payload, len);
  if (s->sent.failed)
    s->over = true; /* no memory for an answer: the client must not wait */
  else
    send_bytes (s, s->sent.data, s->sent.len);
}

void
kd_rsp_console (struct kd_rsp *s, const char *text, size_t len)
{
  while (len) {
    size_t n = len < CONSOLE_CHUNK ? len : CONSOLE_CHUNK;
    struct kd_strbuf packet KD_AUTO_STRBUF = { 0 };
    kd_strbuf_putc (&packet, 'O');
    kd_rsp_put_hex (&packet, text, n);
    send_packet (s, kd_strbuf_str (&packet), packet.len);
    text += n;
    len -= n;
  }
}

static void
send_reply (struct kd_rsp *s, const struct kd_reply *r, bool words)
{
  struct kd_strbuf packet KD_AUTO_STRBUF = { 0 };
  switch (r->kind) {
  case KD_REPLY_NONE:
    return;
  case KD_REPLY_EMPTY:
    break;
  case KD_REPLY_OK:
    kd_strbuf_puts (&packet, "OK");
    break;
  case KD_REPLY_TEXT:
    kd_strbuf_add (&packet, kd_strbuf_str (&r->data), r->data.len);
    break;
  case KD_REPLY_BINARY:
    if (r->tag)
      kd_strbuf_putc (&packet, r->tag);
    kd_rsp_put_binary (&packet, kd_strbuf_str (&r->data), r->data.len);
    break;
  case KD_REPLY_ERROR:
    if (words || s->error_text) {
      kd_strbuf_puts (&packet, "E.");
      kd_rsp_put_text (&packet, kd_strbuf_str (&r->data));
    } else {
      /* GDB 10 takes anything but decimal digits for text.  */
      kd_strbuf_printf (&packet, "E%02u", r->code % 100);
    }
    break;
  }
  if (r->data.failed || packet.failed)
    send_packet (s, "E12", 3); /* ENOMEM */
  else
    send_packet (s, kd_strbuf_str (&packet), packet.len);
}

/* --- requests about the session itself --- */

static void
do_ok (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_ok (r);
}

static bool
has_feature (const char *list, const char *feature)
{
  size_t len = strlen (feature);
  while (*list) {
    list += strspn (list, ":;");
    size_t n = strcspn (list, ";");
    if (n == len && memcmp (list, feature, n) == 0)
      return true;
    list += n;
  }
  return false;
}

/* QStartNoAckMode is understood but not offered: when its user interrupts
   GDB during a long `monitor', GDB sends nothing and forgets the reply; only
   an acknowledgement tells it later which reply belongs to what.  */
static void
do_supported (struct kd_rsp *s, const char *args, size_t len,
              struct kd_reply *r)
{
  (void)len;
  s->error_text = has_feature (args, "error-message+");
  kd_reply_printf (r,
                   "PacketSize=%x;qXfer:features:read+;qXfer:libraries:read+;"
                   "qXfer:threads:read+;binary-upload+;vContSupported-%s%s",
                   KD_RSP_PACKET_MAX,
                   s->offer_vmlinux && s->state->kernel->vmlinux
                     ? ";qXfer:exec-file:read+"
                     : "",
                   s->error_text ? ";error-message+" : "");
}

/* GDB still acknowledges the OK; that is skipped like any acknowledgement. */
static void
do_no_ack (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  (void)args, (void)len;
  s->no_ack = true;
  kd_reply_ok (r);
}

static void
do_non_stop (struct kd_rsp *s, const char *args, size_t len,
             struct kd_reply *r)
{
  (void)s, (void)len;
  if (strcmp (args, ":0") == 0)
    kd_reply_ok (r);
  else
    kd_reply_error (r, 1, "a crash dump has no non-stop mode");
}

#define REFUSAL "kdump: a crash dump cannot be run or changed"

/* Never an empty reply: GDB takes that for success of some writes.  */
static void
do_refuse (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_error (r, 30, REFUSAL);
}

/* A resumption ends at once where it began.  After an error reply GDB up to
   16 stays with the user's thread, but GDB 18 goes to the first one.  There it
   is told to stop, without a signal, in the thread that steps, or else in the
   one it selected last.  */
static void
do_resume (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  if (!s->asked_exec_and_args) {
    do_refuse (s, args, len, r);
    return;
  }
  kd_rsp_console (s, REFUSAL "\n", sizeof REFUSAL);
  kd_reply_printf (r, "T00thread:%" PRIx64 ";",
                   s->resume_tid ? s->resume_tid : kd_rsp_selected (s));
}

/* Not supported; but only GDB 17 and later ask.  */
static void
do_exec_and_args (struct kd_rsp *s, const char *args, size_t len,
                  struct kd_reply *r)
{
  (void)args, (void)len, (void)r;
  s->asked_exec_and_args = true;
}

/* "Attached", so that a client which quits detaches instead of killing.  */
static void
do_attached (struct kd_rsp *s, const char *args, size_t len,
             struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_printf (r, "1");
}

static void
do_kill (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  (void)args, (void)len;
  s->over = true;
  r->kind = KD_REPLY_NONE;
}

/* Detaching and vKill.  The client still has to acknowledge the reply, and
   would complain if it could not.  */
static void
do_leave (struct kd_rsp *s, const char *args, size_t len, struct kd_reply *r)
{
  (void)args, (void)len;
  s->leaving = true;
  kd_reply_ok (r);
}

/* --- dispatch --- */

static const struct request *
find_request (const char *payload)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (requests); i++) {
    const struct request *q = &requests[i];
    size_t n = strlen (q->name);
    if (strncmp (payload, q->name, n) != 0)
      continue;
    char next = payload[n];
    if (!q->then || next == '\0' || strchr (q->then, next))
      return q;
  }
  return NULL;
}

/* Answer one request: the only place where replies are sent.  */
static void
answer (struct kd_rsp *s, const char *payload, size_t len)
{
  struct kd_reply r = { .kind = KD_REPLY_EMPTY };
  s->forget = false;
  const struct request *q = find_request (payload);
  if (q) {
    size_t n = strlen (q->name);
    q->handler (s, payload + n, len - n, &r);
  }
  send_reply (s, &r, q && q->words);
  s->forget = false;
  kd_strbuf_deinit (&r.data);
  if (s->leaving && s->no_ack)
    s->over = true;
}

/* Requests have no zero bytes in them, except for binary writes, which are
   refused by their first letter anyway.  */
static void
hold (struct kd_rsp *s)
{
  if (s->held.len + s->parser.payload.len >= HELD_MAX) {
    s->over = true;
    return;
  }
  kd_strbuf_puts (&s->held, kd_strbuf_str (&s->parser.payload));
  kd_strbuf_putc (&s->held, '\0');
}

static void
take_packet (struct kd_rsp *s)
{
  if (!s->no_ack)
    send_bytes (s, "+", 1);
  if (s->state)
    answer (s, kd_strbuf_str (&s->parser.payload), s->parser.payload.len);
  else
    hold (s);
}

/* Without acknowledgements the client cannot be asked to repeat, and waits
   for a reply.  */
static void
take_damaged (struct kd_rsp *s)
{
  if (!s->no_ack)
    send_bytes (s, "-", 1);
  else
    send_packet (s, "E01", 3);
}

void
kd_rsp_feed (struct kd_rsp *s, const void *data, size_t len)
{
  const char *bytes = data;
  while (len && !s->over) {
    enum kd_rsp_event event;
    size_t n = kd_rsp_parse (&s->parser, bytes, len, &event);
    bytes += n;
    len -= n;
    switch (event) {
    case KD_RSP_PACKET:
      take_packet (s);
      break;
    case KD_RSP_DAMAGED:
      take_damaged (s);
      break;
    case KD_RSP_TOO_LONG:
      if (!s->no_ack)
        send_bytes (s, "+", 1);
      send_packet (s, "E07", 3); /* E2BIG */
      break;
    case KD_RSP_NAK:
      send_bytes (s, kd_strbuf_str (&s->sent), s->sent.len);
      break;
    case KD_RSP_ACK:
      if (s->leaving)
        s->over = true;
      break;
    case KD_RSP_MORE:
    case KD_RSP_INTERRUPT: /* nothing runs */
      break;
    }
  }
}

enum kd_status
kd_rsp_create (struct kd_session_state *state, const struct kd_rsp_io *io,
               bool offer_vmlinux, struct kd_rsp **out)
{
  struct kd_rsp *s = kd_calloc (1, sizeof *s);
  if (!s)
    return kd_fail (KD_NOMEM, "out of memory for a session");
  s->state = state;
  s->io = *io;
  s->offer_vmlinux = offer_vmlinux;
  if (state) { /* what the client before has made is not this one's */
    kd_task_threads_reset (state);
    s->cpu = state->cpu;
  }
  *out = s;
  return KD_OK;
}

void
kd_rsp_destroy (struct kd_rsp *s)
{
  if (!s)
    return;
  kd_rsp_parser_deinit (&s->parser);
  kd_strbuf_deinit (&s->held);
  kd_strbuf_deinit (&s->sent);
  for (size_t i = 0; i < KD_RSP_NDOCUMENTS; i++)
    kd_strbuf_deinit (&s->document[i].text);
  free (s);
}

void
kd_rsp_ready (struct kd_rsp *s, struct kd_session_state *state)
{
  s->state = state;
  s->cpu = state->cpu;
  const char *p = kd_strbuf_str (&s->held);
  const char *end = p + s->held.len;
  for (; p < end && !s->over; p += strlen (p) + 1)
    answer (s, p, strlen (p));
  kd_strbuf_deinit (&s->held);
}

/* A client that waits for a reply skips stray acknowledgements, and each one
   starts its clock anew.  */
void
kd_rsp_keep_waiting (struct kd_rsp *s)
{
  if (s->held.len)
    send_bytes (s, "+", 1);
}

void
kd_rsp_work_on (struct kd_rsp *s)
{
  send_bytes (s, "+", 1);
}

bool
kd_rsp_is_leaving (const struct kd_rsp *s)
{
  return s->leaving;
}

bool
kd_rsp_is_over (const struct kd_rsp *s)
{
  return s->over;
}
