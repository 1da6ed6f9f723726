/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command output: text for people, or JSON for programs, into one string. */
#ifndef KD_BASE_WRITER_H
#define KD_BASE_WRITER_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stdint.h>

#define KD_WRITER_DEPTH 32

/* JSON is written in the order of the calls; commas and escapes are the
   writer's.  KEY is the member name inside an object and NULL inside an
   array.  Misuse (a key in an array, unbalanced ends) is a program error and
   asserts.  */
struct kd_writer {
  struct kd_strbuf *out; /* borrowed */
  bool json;             /* text goes nowhere, or JSON goes nowhere */
  unsigned depth;
  struct {
    bool array;
    bool nonempty;
  } level[KD_WRITER_DEPTH];
};

void kd_writer_init (struct kd_writer *w, struct kd_strbuf *out, bool json);

/* Text output; ignored when writing JSON.  */
void kd_text (struct kd_writer *w, const char *fmt, ...) KD_PRINTF (2, 3);

/* LEN bytes that a dump has as text, safe for a terminal: control characters
   but tab, and what is no UTF-8, become \xNN.  */
void kd_text_bytes (struct kd_writer *w, const char *bytes, size_t len);

/* "LABEL  value", the value beginning in column INDENT and wrapped at blanks
   before column 80, under itself.  A word that is too long stays whole; line
   ends count as blanks.  */
void kd_text_wrapped (struct kd_writer *w, const char *label, unsigned indent,
                      const char *value);

/* JSON output; ignored when writing text.  Strings that are not valid UTF-8
   have their bad bytes written as U+FFFD.  Addresses are strings "0x..."
   since JSON numbers lose bits above 2^53.  */
void kd_json_object (struct kd_writer *w, const char *key);
void kd_json_array (struct kd_writer *w, const char *key);
void kd_json_end (struct kd_writer *w);
void kd_json_str (struct kd_writer *w, const char *key, const char *value);
void kd_json_u64 (struct kd_writer *w, const char *key, uint64_t value);
void kd_json_i64 (struct kd_writer *w, const char *key, int64_t value);
void kd_json_hex (struct kd_writer *w, const char *key, uint64_t value);
void kd_json_bool (struct kd_writer *w, const char *key, bool value);
void kd_json_null (struct kd_writer *w, const char *key);
/* The value, or null for what is not known: a null or empty string, a number
   that is not KNOWN.  */
void kd_json_str_or_null (struct kd_writer *w, const char *key,
                          const char *value);
void kd_json_u64_or_null (struct kd_writer *w, const char *key, bool known,
                          uint64_t value);

#endif
