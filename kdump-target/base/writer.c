/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command output: text for people, or JSON for programs, into one string. */
#include "base/writer.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void
kd_writer_init (struct kd_writer *w, struct kd_strbuf *out, bool json)
{
  *w = (struct kd_writer){ .out = out, .json = json };
}

void
kd_text (struct kd_writer *w, const char *fmt, ...)
{
  if (w->json)
    return;
  va_list ap;
  va_start (ap, fmt);
  kd_strbuf_vprintf (w->out, fmt, ap);
  va_end (ap);
}

void
kd_text_wrapped (struct kd_writer *w, const char *label, unsigned indent,
                 const char *value)
{
  enum { LINE_WIDTH = 79 };
  kd_text (w, "%-*s", (int)indent, label);
  size_t column = indent;
  bool first = true;
  for (const char *p = value + strspn (value, " \n"); *p;
       p += strspn (p, " \n")) {
    size_t word = strcspn (p, " \n");
    if (!first && column + 1 + word > LINE_WIDTH) {
      kd_text (w, "\n%-*s", (int)indent, "");
      column = indent;
      first = true;
    }
    kd_text (w, "%s%.*s", first ? "" : " ", (int)word, p);
    column += word + !first;
    first = false;
    p += word;
  }
  kd_text (w, "\n");
}

/* Length of the valid UTF-8 sequence at S, 0 if there is none (RFC 3629).  */
static size_t
utf8_length (const unsigned char *s)
{
  if (s[0] < 0x80)
    return 1;
  size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
  if (s[0] < 0xc2 || s[0] > 0xf4)
    return 0;
  for (size_t i = 1; i < len; i++)
    if ((s[i] & 0xc0) != 0x80)
      return 0;
  bool overlong
    = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  bool surrogate = s[0] == 0xed && s[1] > 0x9f;
  bool beyond = s[0] == 0xf4 && s[1] > 0x8f;
  return overlong || surrogate || beyond ? 0 : len;
}

void
kd_text_bytes (struct kd_writer *w, const char *bytes, size_t len)
{
  if (w->json)
    return;
  const unsigned char *s = (const unsigned char *)bytes;
  for (size_t i = 0, n; i < len; i += n) {
    /* What a sequence that is cut off lacks must not be read.  */
    unsigned char c[4] = { 0 };
    memcpy (c, s + i, len - i < 4 ? len - i : 4);
    n = utf8_length (c);
    if (n && (*c >= ' ' || *c == '\t') && *c != 0x7f) {
      kd_strbuf_add (w->out, c, n);
    } else {
      kd_strbuf_printf (w->out, "\\x%02x", *c);
      n = 1;
    }
  }
}

static void
put_string (struct kd_strbuf *out, const char *value)
{
  kd_strbuf_putc (out, '"');
  const unsigned char *s = (const unsigned char *)value;
  while (*s) {
    size_t len = utf8_length (s);
    if (len == 0) {
      kd_strbuf_puts (out, "\\ufffd");
      len = 1;
    } else if (*s == '"' || *s == '\\')
      kd_strbuf_printf (out, "\\%c", *s);
    else if (*s == '\n')
      kd_strbuf_puts (out, "\\n");
    else if (*s == '\t')
      kd_strbuf_puts (out, "\\t");
    else if (*s < 0x20 || *s == 0x7f)
      kd_strbuf_printf (out, "\\u%04x", *s);
    else
      kd_strbuf_add (out, s, len);
    s += len;
  }
  kd_strbuf_putc (out, '"');
}

/* What precedes a value: comma, newline and indent, key.  */
static void
begin_value (struct kd_writer *w, const char *key)
{
  if (w->depth > 0) {
    unsigned at = w->depth - 1;
    assert (w->level[at].array == (key == NULL));
    kd_strbuf_puts (w->out, w->level[at].nonempty ? ",\n" : "\n");
    w->level[at].nonempty = true;
    kd_strbuf_printf (w->out, "%*s", (int)(2 * w->depth), "");
  }
  if (key) {
    put_string (w->out, key);
    kd_strbuf_puts (w->out, ": ");
  }
}

static void
open_level (struct kd_writer *w, const char *key, bool array)
{
  if (!w->json)
    return;
  begin_value (w, key);
  assert (w->depth < KD_WRITER_DEPTH);
  w->level[w->depth].array = array;
  w->level[w->depth].nonempty = false;
  w->depth++;
  kd_strbuf_putc (w->out, array ? '[' : '{');
}

void
kd_json_object (struct kd_writer *w, const char *key)
{
  open_level (w, key, false);
}

void
kd_json_array (struct kd_writer *w, const char *key)
{
  open_level (w, key, true);
}

void
kd_json_end (struct kd_writer *w)
{
  if (!w->json)
    return;
  assert (w->depth > 0);
  w->depth--;
  if (w->level[w->depth].nonempty)
    kd_strbuf_printf (w->out, "\n%*s", (int)(2 * w->depth), "");
  kd_strbuf_putc (w->out, w->level[w->depth].array ? ']' : '}');
  if (w->depth == 0)
    kd_strbuf_putc (w->out, '\n');
}

void
kd_json_str (struct kd_writer *w, const char *key, const char *value)
{
  if (!w->json)
    return;
  begin_value (w, key);
  put_string (w->out, value);
}

void
kd_json_u64 (struct kd_writer *w, const char *key, uint64_t value)
{
  if (!w->json)
    return;
  begin_value (w, key);
  kd_strbuf_printf (w->out, "%" PRIu64, value);
}

void
kd_json_i64 (struct kd_writer *w, const char *key, int64_t value)
{
  if (!w->json)
    return;
  begin_value (w, key);
  kd_strbuf_printf (w->out, "%" PRId64, value);
}

void
kd_json_hex (struct kd_writer *w, const char *key, uint64_t value)
{
  if (!w->json)
    return;
  begin_value (w, key);
  kd_strbuf_printf (w->out, "\"0x%" PRIx64 "\"", value);
}

void
kd_json_bool (struct kd_writer *w, const char *key, bool value)
{
  if (!w->json)
    return;
  begin_value (w, key);
  kd_strbuf_puts (w->out, value ? "true" : "false");
}

void
kd_json_null (struct kd_writer *w, const char *key)
{
  if (!w->json)
    return;
  begin_value (w, key);
  kd_strbuf_puts (w->out, "null");
}

void
kd_json_str_or_null (struct kd_writer *w, const char *key, const char *value)
{
  if (value && *value)
    kd_json_str (w, key, value);
  else
    kd_json_null (w, key);
}

void
kd_json_u64_or_null (struct kd_writer *w, const char *key, bool known,
                     uint64_t value)
{
  if (known)
    kd_json_u64 (w, key, value);
  else
    kd_json_null (w, key);
}
