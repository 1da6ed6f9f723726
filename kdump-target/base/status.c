/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status codes and the error text that travels with them. */
#define KD_STATUS_C
#include "base/status.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024

/* Like errno: no allocation, so failing is cheap and cannot itself fail.  */
static _Thread_local char text[TEXT_MAX];

/* Make the text "WORDS: TAIL", or "WORDS" when TAIL is NULL.  TAIL and the
   arguments may be in the present text.  What does not fit is cut.  */
static void
set_text (const char *tail, const char *fmt, va_list ap)
{
  char fresh[TEXT_MAX];
  fresh[0] = '\0';
  int printed = vsnprintf (fresh, sizeof fresh, fmt, ap);
  size_t len = printed < 0 ? 0 : (size_t)printed;
  if (len > sizeof fresh - 1)
    len = sizeof fresh - 1;
  if (tail && len + 2 < sizeof fresh)
    snprintf (fresh + len, sizeof fresh - len, ": %.*s",
              (int)(sizeof fresh - len - 3), tail);
  memcpy (text, fresh, sizeof text);
}

enum kd_status
kd_fail (enum kd_status code, const char *fmt, ...)
{
  va_list ap;
  va_start (ap, fmt);
  set_text (NULL, fmt, ap);
  va_end (ap);
  return code;
}

enum kd_status
kd_fail_errno (enum kd_status code, int errnum, const char *fmt, ...)
{
  va_list ap;
  va_start (ap, fmt);
  set_text (strerror (errnum), fmt, ap);
  va_end (ap);
  return code;
}

enum kd_status
kd_context (enum kd_status code, const char *fmt, ...)
{
  if (code == KD_OK)
    return code;
  va_list ap;
  va_start (ap, fmt);
  set_text (text, fmt, ap);
  va_end (ap);
  return code;
}

const char *
kd_error_text (void)
{
  return text;
}

const char *
kd_status_name (enum kd_status code)
{
  static const char *const names[] = {
    [KD_OK] = "ok",
    [KD_NOT_MINE] = "not-mine",
    [KD_NOMEM] = "no-memory",
    [KD_IO] = "io",
    [KD_CORRUPT] = "corrupt",
    [KD_UNSUPPORTED] = "unsupported",
    [KD_NOT_FOUND] = "not-found",
    [KD_EXCLUDED] = "excluded",
    [KD_TRUNCATED] = "truncated",
    [KD_NOT_RAM] = "not-ram",
    [KD_NOT_MAPPED] = "not-mapped",
    [KD_MISMATCH] = "mismatch",
    [KD_USAGE] = "usage",
    [KD_INTERRUPTED] = "interrupted",
  };
  unsigned i = (unsigned)code;
  return i < sizeof names / sizeof *names ? names[i] : "unknown";
}

bool
kd_status_is_memory (enum kd_status code)
{
  return code == KD_EXCLUDED || code == KD_TRUNCATED || code == KD_NOT_RAM
         || code == KD_NOT_MAPPED;
}
