/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scope guards and allocation helpers. */
#ifndef KD_BASE_GUARD_H
#define KD_BASE_GUARD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Run FN on the variable's address when it leaves scope.  */
#define KD_CLEANUP(fn) __attribute__ ((cleanup (fn)))

/* Define kd_guard_NAME, a guard that calls DESTROY on a TYPE pointer.  */
#define KD_DEFINE_GUARD(name, type, destroy)                                  \
  static inline void kd_guard_##name (type **p)                               \
  {                                                                           \
    destroy (*p);                                                             \
  }                                                                           \
  _Static_assert(sizeof (type *) != 0, "")

#define KD_GUARD(name) KD_CLEANUP (kd_guard_##name)

static inline void
kd_guard_free (void *p)
{
  free (*(void **)p);
}
/* char *s KD_AUTO_FREE = NULL;  */
#define KD_AUTO_FREE KD_CLEANUP (kd_guard_free)

static inline void
kd_guard_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}
#define KD_AUTO_FD KD_CLEANUP (kd_guard_fd)

static inline void
kd_guard_file (FILE **f)
{
  if (*f)
    fclose (*f);
}
#define KD_AUTO_FILE KD_CLEANUP (kd_guard_file)

/* Give up ownership: returns the pointer and clears the variable.  */
#define KD_STEAL(p)                                                           \
  __extension__({                                                             \
    __typeof__ (p) stolen_ = (p);                                             \
    (p) = NULL;                                                               \
    stolen_;                                                                  \
  })

#define KD_ARRAY_SIZE(a) (sizeof (a) / sizeof *(a))

/* Zeroed array of N elements of SIZE bytes, NULL on overflow or when out of
   memory.  The caller owns it.  */
static inline void *
kd_calloc (size_t n, size_t size)
{
  return calloc (n ? n : 1, size ? size : 1);
}

#endif
