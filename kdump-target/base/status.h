/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status codes and the error text that travels with them. */
#ifndef KD_BASE_STATUS_H
#define KD_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

/* What a fallible function returns.  KD_OK is zero, so `if (st)` tests for
   failure.  The codes say what a caller may do about it; the words for the
   user are in the calling thread's error text.  */
enum kd_status {
  KD_OK = 0,
  KD_NOT_MINE,    /* not this dump format; never leaves dump/ */
  KD_NOMEM,       /* out of memory, or the input asks for an absurd amount */
  KD_IO,          /* the operating system refused (errno is in the text) */
  KD_CORRUPT,     /* the input contradicts itself or its format */
  KD_UNSUPPORTED, /* understood, and we cannot do it */
  KD_NOT_FOUND,   /* no such symbol, type, member, CPU, task, file... */
  KD_EXCLUDED,    /* page was filtered out when the dump was made */
  KD_TRUNCATED,   /* page or data lies beyond the end of the file */
  KD_NOT_RAM,     /* physical address that is not RAM, or not in the dump */
  KD_NOT_MAPPED,  /* virtual address without a translation */
  KD_MISMATCH,    /* vmlinux, module or part does not belong to the dump */
  KD_USAGE,       /* bad arguments of a command or option */
  KD_INTERRUPTED, /* the user asked to stop */
};

#define KD_MUST_CHECK __attribute__ ((warn_unused_result))
#define KD_PRINTF(fmt, args) __attribute__ ((format (printf, fmt, args)))

/* Set the calling thread's error text and return CODE (never KD_OK).  */
enum kd_status kd_fail (enum kd_status code, const char *fmt, ...)
  KD_PRINTF (2, 3);

/* The same, with ": " and the text of ERRNUM appended.  */
enum kd_status kd_fail_errno (enum kd_status code, int errnum, const char *fmt,
                              ...) KD_PRINTF (3, 4);

/* Put "WORDS: " before the calling thread's error text and return CODE, so
   that each layer adds what it was doing:
     return kd_context (st, "reading PRSTATUS of CPU %u", cpu);
   KD_OK is passed through and changes nothing.  */
enum kd_status kd_context (enum kd_status code, const char *fmt, ...)
  KD_PRINTF (2, 3);

#if defined __clang_analyzer__ && !defined KD_STATUS_C
/* The analyzer does not look into other files, and takes it for possible that
   these return KD_OK.  */
#define kd_fail(code, ...)                                                    \
  __extension__({                                                             \
    (kd_fail) (code, __VA_ARGS__);                                            \
    (code);                                                                   \
  })
#define kd_fail_errno(code, ...)                                              \
  __extension__({                                                             \
    (kd_fail_errno) (code, __VA_ARGS__);                                      \
    (code);                                                                   \
  })
#define kd_context(code, ...)                                                 \
  __extension__({                                                             \
    (kd_context) (code, __VA_ARGS__);                                         \
    (code);                                                                   \
  })
#endif

/* Error text of the last kd_fail() in this thread; "" if there was none.
   Owned by the thread, valid until its next kd_fail() or kd_context().  */
const char *kd_error_text (void);

/* A short stable word for CODE, for JSON and tests ("excluded").  */
const char *kd_status_name (enum kd_status code);

/* True for the codes that say "this memory cannot be read", as opposed to
   a fault of the file or the program.  */
bool kd_status_is_memory (enum kd_status code);

#endif
