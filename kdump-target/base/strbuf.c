/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing string. */
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
kd_strbuf_deinit (struct kd_strbuf *sb)
{
  free (sb->data);
  kd_strbuf_init (sb);
}

void
kd_strbuf_reset (struct kd_strbuf *sb)
{
  sb->len = 0;
  sb->failed = false;
  if (sb->data)
    sb->data[0] = '\0';
}

/* Make room for EXTRA more bytes and the terminator.  */
static bool
grow (struct kd_strbuf *sb, size_t extra)
{
  if (sb->failed || extra > SIZE_MAX / 4 - sb->len)
    return !(sb->failed = true);
  size_t need = sb->len + extra + 1;
  if (need <= sb->room)
    return true;
  size_t room = need < 64 ? 64 : need + need / 2;
  char *data = realloc (sb->data, room);
  if (!data)
    return !(sb->failed = true);
  sb->data = data;
  sb->room = room;
  return true;
}

void
kd_strbuf_add (struct kd_strbuf *sb, const void *bytes, size_t len)
{
  if (!grow (sb, len))
    return;
  if (len)
    memcpy (sb->data + sb->len, bytes, len);
  sb->len += len;
  sb->data[sb->len] = '\0';
}

void
kd_strbuf_puts (struct kd_strbuf *sb, const char *s)
{
  kd_strbuf_add (sb, s, strlen (s));
}

void
kd_strbuf_putc (struct kd_strbuf *sb, char c)
{
  kd_strbuf_add (sb, &c, 1);
}

void
kd_strbuf_vprintf (struct kd_strbuf *sb, const char *fmt, va_list ap)
{
  va_list again;
  va_copy (again, ap);
  int len = vsnprintf (NULL, 0, fmt, again);
  va_end (again);
  if (len < 0 || !grow (sb, (size_t)len)) {
    sb->failed = true;
    return;
  }
  vsnprintf (sb->data + sb->len, (size_t)len + 1, fmt, ap);
  sb->len += (size_t)len;
}

void
kd_strbuf_printf (struct kd_strbuf *sb, const char *fmt, ...)
{
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (sb, fmt, ap);
  va_end (ap);
}

const char *
kd_strbuf_str (const struct kd_strbuf *sb)
{
  return sb->data ? sb->data : "";
}

char *
kd_strbuf_steal (struct kd_strbuf *sb)
{
  if (!sb->data)
    kd_strbuf_add (sb, "", 0);
  char *data = sb->failed ? NULL : KD_STEAL (sb->data);
  kd_strbuf_deinit (sb);
  return data;
}

char *
kd_asprintf (const char *fmt, ...)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (&sb, fmt, ap);
  va_end (ap);
  return kd_strbuf_steal (&sb);
}
