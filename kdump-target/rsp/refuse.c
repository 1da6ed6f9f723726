/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What cannot be done to a dead machine. */
#include "rsp/request.h"

#include <string.h>

void
kd_rsp_refuse_write (struct kd_rsp *s, const char *args, size_t len,
                     struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_error (r, 30, "a crash dump is read-only; nothing was changed");
}

void
kd_rsp_refuse_breakpoint (struct kd_rsp *s, const char *args, size_t len,
                          struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_error (r, 30,
                  "a crash dump does not run, so it has no breakpoints");
}

void
kd_rsp_refuse_resume (struct kd_rsp *s, const char *args, size_t len,
                      struct kd_reply *r)
{
  (void)s, (void)args, (void)len;
  kd_reply_error (r, 30, "a crash dump does not run; nothing was changed");
}
