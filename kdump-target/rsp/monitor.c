/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qRcmd: analysis commands from GDB's `monitor'. */
#include "base/progress.h"
#include "base/terminal.h"
#include "rsp/request.h"

#include <string.h>

/* Long work tells here how far it is, and asks whether it should go on.  */
static bool
on_progress (void *arg, const char *what, uint64_t done, uint64_t total)
{
  struct kd_rsp *s = arg;
  kd_terminal_show (what, done, total);
  if (!s->io.wish)
    return true;
  enum kd_rsp_wish wish = s->io.wish (s->io.arg);
  if (wish == KD_RSP_FORGET)
    s->forget = true;
  return wish == KD_RSP_GO_ON;
}

/* What a line for the plugin ends with: whether it went well, since GDB drops
   what it captured from a `monitor' that fails.  */
static void
put_trailer (struct kd_strbuf *out, enum kd_status st)
{
  if (!st) {
    kd_strbuf_puts (out, "\x1e"
                         "0\n");
    return;
  }
  kd_strbuf_puts (out, "\x1e"
                       "1 ");
  for (const char *p = kd_error_text (); *p; p++) {
    if (*p == '%' || *p == '\n' || *p == '\r')
      kd_strbuf_printf (out, "%%%02x", (unsigned char)*p);
    else
      kd_strbuf_putc (out, *p);
  }
  kd_strbuf_putc (out, '\n');
}

static void
reply_to_user (struct kd_rsp *s, const struct kd_strbuf *out,
               enum kd_status st, struct kd_reply *r)
{
  kd_rsp_console (s, kd_strbuf_str (out), out->len);
  if (!st) {
    kd_reply_ok (r);
    return;
  }
  kd_reply_status (r, st);
  /* Older clients show nothing of an error but that there was one.  */
  if (s->error_text)
    return;
  char *text KD_AUTO_FREE = kd_asprintf ("error: %s\n", kd_error_text ());
  if (text)
    kd_rsp_console (s, text, strlen (text));
}

void
kd_rsp_monitor (struct kd_rsp *s, const char *args, size_t len,
                struct kd_reply *r)
{
  struct kd_strbuf line KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf out KD_AUTO_STRBUF = { 0 };
  if (len == 0 || !kd_rsp_get_hex (&line, args + 1, len - 1)
      || strlen (kd_strbuf_str (&line)) != line.len) {
    kd_reply_error (r, 22, "the command is not in hexadecimal digits");
    return;
  }
  kd_interrupt_clear ();
  kd_progress_set (on_progress, s);
  enum kd_status st = kd_command_run (s->state, kd_strbuf_str (&line), &out);
  kd_progress_set (NULL, NULL);
  kd_terminal_clear ();
  if (strncmp (kd_strbuf_str (&line), "kdump ", 6) != 0) {
    reply_to_user (s, &out, st, r);
    return;
  }
  put_trailer (&out, st);
  kd_rsp_console (s, kd_strbuf_str (&out), out.len);
  kd_reply_ok (r);
}
