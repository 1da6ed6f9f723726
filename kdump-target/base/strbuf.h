/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing string. */
#ifndef KD_BASE_STRBUF_H
#define KD_BASE_STRBUF_H

#include "base/guard.h"
#include "base/status.h"

#include <stddef.h>

/* Zero-initialise to start; data is always zero-terminated once written to.
   Running out of memory sets `failed` and drops further text, so callers
   check once.  */
struct kd_strbuf {
  char *data; /* owned; NULL while empty */
  size_t len;
  size_t room;
  bool failed;
};

static inline void
kd_strbuf_init (struct kd_strbuf *sb)
{
  *sb = (struct kd_strbuf){ 0 };
}

void kd_strbuf_deinit (struct kd_strbuf *sb);
#define KD_AUTO_STRBUF KD_CLEANUP (kd_strbuf_deinit)

/* Empty it, keeping its memory.  */
void kd_strbuf_reset (struct kd_strbuf *sb);
void kd_strbuf_add (struct kd_strbuf *sb, const void *bytes, size_t len);
void kd_strbuf_puts (struct kd_strbuf *sb, const char *s);
void kd_strbuf_putc (struct kd_strbuf *sb, char c);
void kd_strbuf_printf (struct kd_strbuf *sb, const char *fmt, ...)
  KD_PRINTF (2, 3);
void kd_strbuf_vprintf (struct kd_strbuf *sb, const char *fmt, va_list ap)
  KD_PRINTF (2, 0);
/* The text; "" when empty.  Borrowed.  */
const char *kd_strbuf_str (const struct kd_strbuf *sb);
/* The text, now the caller's to free(); NULL if memory ran out.  */
char *kd_strbuf_steal (struct kd_strbuf *sb);

/* asprintf that returns the string, NULL when out of memory.  The caller
   owns it.  */
char *kd_asprintf (const char *fmt, ...) KD_PRINTF (1, 2);

#endif
