/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same work on many pieces, by all processors. */
#ifndef KD_BASE_PARALLEL_H
#define KD_BASE_PARALLEL_H

#include "base/status.h"

#include <stddef.h>

#define KD_PARALLEL_MAX 16u

/* Do piece I; called once for each I, by any thread, several at a time.  The
   pieces are begun in order.  */
typedef enum kd_status kd_piece_fn (void *arg, size_t i);

/* Do pieces 0 to N - 1 with FN, on as many threads as there are processors (at
   most KD_PARALLEL_MAX), of which the caller's is one; WHAT is for
   kd_progress(), which only the caller's thread calls.  After a failure no
   more pieces are begun; the status and error text are then those of the
   lowest piece that failed.  KD_INTERRUPTED.  */
enum kd_status kd_parallel (const char *what, size_t n, kd_piece_fn *fn,
                            void *arg) KD_MUST_CHECK;

/* How many threads kd_parallel() would use for N pieces.  */
unsigned kd_parallel_threads (size_t n);

#endif
