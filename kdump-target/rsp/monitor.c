/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qRcmd: analysis commands from GDB's `monitor'. */
#include "base/progress.h"
#include "rsp/request.h"

#include <string.h>

/* Long work asks here whether it should go on.  */
static bool
on_progress (void *arg, const char *what, uint64_t done, uint64_t total)
{
  (void)what, (void)done, (void)total;
  struct kd_rsp *s = arg;
  return !s->io.wants_stop || !s->io.wants_stop (s->io.arg);
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
  kd_rsp_console (s, kd_strbuf_str (&out), out.len);
  if (!st) {
    kd_reply_ok (r);
    return;
  }
  kd_reply_status (r, st);
  /* Older clients show nothing of an error but that there was one.  */
  if (!s->error_text) {
    kd_rsp_console (s, kd_error_text (), strlen (kd_error_text ()));
    kd_rsp_console (s, "\n", 1);
  }
}
