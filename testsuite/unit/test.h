/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The unit tests' harness: TAP on standard output, plan at the end. */
#ifndef KD_TEST_H
#define KD_TEST_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_count_, test_failures_;

__attribute__ ((format (printf, 4, 5), unused)) static bool
test_ok_ (bool good, const char *file, int line, const char *fmt, ...)
{
  va_list ap;

  printf ("%sok %d - ", good ? "" : "not ", ++test_count_);
  va_start (ap, fmt);
  vprintf (fmt, ap);
  va_end (ap);
  putchar ('\n');
  if (!good) {
    test_failures_++;
    printf ("# at %s:%d\n", file, line);
  }
  fflush (stdout);
  return good;
}

/* ok (condition, name as for printf): the name says what is true.  */
#define ok(cond, ...) test_ok_ (cond, __FILE__, __LINE__, __VA_ARGS__)

/* Compare two integers, or two strings, and show them when they differ.  */
#define is_int(got, want, ...)                                                \
  do {                                                                        \
    intmax_t got_ = (intmax_t)(got), want_ = (intmax_t)(want);                \
                                                                              \
    if (!ok (got_ == want_, __VA_ARGS__))                                     \
      printf ("# got %" PRIdMAX " (0x%" PRIxMAX "), want %" PRIdMAX           \
              " (0x%" PRIxMAX ")\n",                                          \
              got_, (uintmax_t)got_, want_, (uintmax_t)want_);                \
  } while (0)
#define is_str(got, want, ...)                                                \
  do {                                                                        \
    const char *got_ = (got), *want_ = (want);                                \
                                                                              \
    if (!ok (got_ && !strcmp (got_, want_), __VA_ARGS__))                     \
      printf ("# got \"%s\", want \"%s\"\n", got_ ? got_ : "(null)", want_);  \
  } while (0)

/* One test that cannot run here, and why.  */
#define test_skip(name, why)                                                  \
  printf ("ok %d - %s # SKIP %s\n", ++test_count_, name, why)

/* End of main(): return test_done ();  */
__attribute__ ((unused)) static int
test_done (void)
{
  printf ("1..%d\n", test_count_);
  return test_failures_ != 0;
}

#endif
