/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unit tests of base/: status, cursor, string buffer, writer, progress. */
#include "base/cursor.h"
#include "base/progress.h"
#include "base/writer.h"
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static void *
fail_in_thread (void *arg)
{
  kd_fail (KD_IO, "of another thread");
  return arg;
}

static void
test_status (void)
{
  ok (kd_fail (KD_CORRUPT, "note at 0x%x", 0x1f40) == KD_CORRUPT,
      "kd_fail returns its code");
  ok (kd_context (KD_CORRUPT, "CPU %d", 3) == KD_CORRUPT,
      "kd_context passes the code on");
  is_str (kd_error_text (), "CPU 3: note at 0x1f40",
          "each layer's words come first");
  ok (kd_context (KD_OK, "nothing") == KD_OK, "kd_context passes success");
  is_str (kd_error_text (), "CPU 3: note at 0x1f40",
          "success leaves the text alone");
  kd_fail_errno (KD_IO, ENOENT, "vmcore");
  is_str (kd_error_text (), "vmcore: No such file or directory",
          "kd_fail_errno says errno in words");
  kd_fail (KD_IO, "<%s>", kd_error_text ());
  is_str (kd_error_text (), "<vmcore: No such file or directory>",
          "the old text can be part of the new one");
  char longer[3000];
  memset (longer, 'x', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  kd_fail (KD_IO, "%s", longer);
  size_t len = strlen (kd_error_text ());
  ok (len > 500 && len < 3000, "a text too long is cut, not overrun");
  kd_context (KD_IO, "short");
  ok (strncmp (kd_error_text (), "short: xxx", 10) == 0,
      "words go before a text that was cut");
  kd_fail (KD_IO, "mine");
  pthread_t t;
  pthread_create (&t, NULL, fail_in_thread, NULL);
  pthread_join (t, NULL);
  is_str (kd_error_text (), "mine", "each thread has its own text");
  is_str (kd_status_name (KD_NOT_RAM), "not-ram", "statuses have names");
  is_str (kd_status_name ((enum kd_status)99), "unknown",
          "an unknown status has a name too");
  ok (kd_status_is_memory (KD_EXCLUDED) && !kd_status_is_memory (KD_IO),
      "memory failures are told from others");
}

static void
test_cursor_reads (void)
{
  static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
  struct kd_cursor c;
  kd_cursor_init (&c, bytes, sizeof bytes, 0x100, "record");
  is_int (kd_cursor_u16 (&c), 0x0201, "u16 is little-endian by default");
  is_int (kd_cursor_u32 (&c), 0x06050403, "u32 follows it");
  c.big_endian = true;
  is_int (kd_cursor_u16 (&c), 0x0708, "u16 in big-endian");
  is_int (kd_cursor_u16 (&c), 0, "a read past the end yields zero");
  ok (c.bad && c.pos == 8, "and marks the cursor, which stays");
  is_int (kd_cursor_u8 (&c), 0, "later reads yield zero even if they fit");
  ok (kd_cursor_status (&c) == KD_CORRUPT, "the status is corrupt");
  is_str (kd_error_text (), "record at 0x108: needs 2 bytes, 1 left",
          "and says where and how much");
  kd_cursor_init (&c, bytes, sizeof bytes, 0, NULL);
  c.big_endian = true;
  ok (kd_cursor_u64 (&c) == UINT64_C (0x0102030405060708), "u64 big-endian");
  ok (kd_cursor_status (&c) == KD_OK, "a cursor in bounds is fine");
}

static void
test_cursor_moves (void)
{
  static const uint8_t bytes[16] = "ab\0cd";
  struct kd_cursor c;
  kd_cursor_init (&c, bytes, sizeof bytes, 0, "x");
  is_str (kd_cursor_cstr (&c), "ab", "a string ends at its zero");
  is_int (c.pos, 3, "and the cursor is behind the zero");
  kd_cursor_align (&c, 8);
  is_int (c.pos, 8, "align goes to the next multiple");
  kd_cursor_align (&c, 8);
  is_int (c.pos, 8, "and stays when on one");
  kd_cursor_seek (&c, 16);
  ok (!c.bad && kd_cursor_left (&c) == 0, "the end can be sought");
  kd_cursor_seek (&c, 17);
  ok (c.bad, "beyond the end cannot");
  kd_cursor_init (&c, bytes, 2, 0, "x");
  is_str (kd_cursor_cstr (&c), "", "an unterminated string is empty");
  ok (c.bad, "and bad");
  kd_cursor_init (&c, bytes, 4, 0, "x");
  kd_cursor_skip (&c, UINT64_MAX);
  ok (c.bad && c.pos == 0, "a skip cannot wrap round");
  kd_cursor_init (&c, bytes, 4, 0, "x");
  ok (!kd_cursor_take (&c, SIZE_MAX) && c.bad, "nor can a take");
}

static void
test_leb (void)
{
  static const uint8_t bytes[] = { 0xe5, 0x8e, 0x26, 0x9b, 0xf1, 0x59 };
  struct kd_cursor c;
  kd_cursor_init (&c, bytes, sizeof bytes, 0, "leb");
  is_int (kd_cursor_uleb (&c), 624485, "ULEB128");
  is_int (kd_cursor_sleb (&c), -624485, "SLEB128");
  static const uint8_t max[]
    = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
  kd_cursor_init (&c, max, sizeof max, 0, "leb");
  ok (kd_cursor_uleb (&c) == UINT64_MAX && !c.bad, "64 bits of ULEB128 fit");
  static const uint8_t over[]
    = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 };
  kd_cursor_init (&c, over, sizeof over, 0, "leb");
  kd_cursor_uleb (&c);
  ok (c.bad, "65 bits do not");
  static const uint8_t endless[] = { 0x80, 0x80 };
  kd_cursor_init (&c, endless, sizeof endless, 0, "leb");
  kd_cursor_uleb (&c);
  ok (c.bad, "a ULEB128 without end is bad");
}

static void
test_strbuf (void)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  is_str (kd_strbuf_str (&sb), "", "a new string is empty");
  for (int i = 0; i < 1000; i++)
    kd_strbuf_printf (&sb, "%d,", i);
  is_int (sb.len, 3890, "a string grows");
  ok (strlen (sb.data) == sb.len, "and is terminated");
  kd_strbuf_reset (&sb);
  kd_strbuf_putc (&sb, 'a');
  kd_strbuf_add (&sb, "bcd", 2);
  is_str (kd_strbuf_str (&sb), "abc", "a reset string begins anew");
  char *s = kd_strbuf_steal (&sb);
  is_str (s, "abc", "a string can be stolen");
  ok (sb.data == NULL && sb.len == 0, "and is empty then");
  free (s);
  s = kd_asprintf ("%s-%d", "x", 7);
  is_str (s, "x-7", "kd_asprintf formats");
  free (s);
}

static void
test_writer (void)
{
  struct kd_strbuf sb KD_AUTO_STRBUF = { 0 };
  struct kd_writer w;
  kd_writer_init (&w, &sb, true);
  kd_text (&w, "not seen");
  kd_json_object (&w, NULL);
  kd_json_str (&w, "s", "a\"b\\\n\x01\xff\xc3\xa9");
  kd_json_array (&w, "v");
  kd_json_u64 (&w, NULL, UINT64_MAX);
  kd_json_i64 (&w, NULL, -1);
  kd_json_end (&w);
  kd_json_hex (&w, "h", 0xffff888000000000);
  kd_json_bool (&w, "b", true);
  kd_json_null (&w, "n");
  kd_json_str_or_null (&w, "e", "");
  kd_json_u64_or_null (&w, "u", true, 7);
  kd_json_array (&w, "empty");
  kd_json_end (&w);
  kd_json_end (&w);
  is_str (kd_strbuf_str (&sb),
          "{\n"
          "  \"s\": \"a\\\"b\\\\\\n\\u0001\\ufffd\xc3\xa9\",\n"
          "  \"v\": [\n"
          "    18446744073709551615,\n"
          "    -1\n"
          "  ],\n"
          "  \"h\": \"0xffff888000000000\",\n"
          "  \"b\": true,\n"
          "  \"n\": null,\n"
          "  \"e\": null,\n"
          "  \"u\": 7,\n"
          "  \"empty\": []\n"
          "}\n",
          "JSON is well formed and escaped");
  kd_strbuf_reset (&sb);
  kd_writer_init (&w, &sb, false);
  kd_json_object (&w, NULL);
  kd_text (&w, "seen %d", 1);
  kd_json_end (&w);
  is_str (kd_strbuf_str (&sb), "seen 1", "text output has no JSON in it");
  kd_strbuf_reset (&sb);
  kd_text_bytes (&w, "a\tb\033[1m\0c\xc3\xa9\xff\xc3", 13);
  is_str (kd_strbuf_str (&sb), "a\tb\\x1b[1m\\x00c\xc3\xa9\\xff\\xc3",
          "bytes of a dump cannot control the terminal");
}

static int reports;

static bool
count_reports (void *arg, const char *what, uint64_t done, uint64_t total)
{
  (void)what, (void)done, (void)total;
  reports++;
  return *(bool *)arg;
}

static void
test_progress (void)
{
  bool go_on = true;
  kd_progress_set (count_reports, &go_on);
  bool fine = true;
  for (uint64_t i = 0; i < 1000; i++)
    fine &= kd_progress ("work", i, 1000) == KD_OK;
  ok (fine && reports == 0, "short work reports nothing");
  struct timespec pause = { .tv_sec = 1, .tv_nsec = 50000000 };
  nanosleep (&pause, NULL);
  for (uint64_t i = 1; i < 1000; i++)
    fine &= kd_progress ("work", i, 1000) == KD_OK;
  is_int (reports, 1, "long work reports, but not at each step");
  go_on = false;
  pause = (struct timespec){ .tv_nsec = 150000000 };
  nanosleep (&pause, NULL);
  ok (kd_progress ("work", 5, 10) == KD_INTERRUPTED,
      "the report's answer stops the work");
  kd_progress_set (NULL, NULL);
  kd_interrupt ();
  ok (kd_progress ("work", 5, 10) == KD_INTERRUPTED,
      "an interrupt stops the work");
  is_str (kd_error_text (), "work: stopped by the user", "and says so");
  kd_interrupt_clear ();
  ok (kd_progress ("work", 5, 10) == KD_OK, "until it is forgotten");
}

int
main (void)
{
  test_status ();
  test_cursor_reads ();
  test_cursor_moves ();
  test_leb ();
  test_strbuf ();
  test_writer ();
  test_progress ();
  return test_done ();
}
