/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The message of the panic, from the kernel's log. */
#include "kernel/internal.h"
#include "kernel/log.h"

#include <string.h>

enum {
  MAX_RECORDS = 65536,   /* from the end, that we search */
  MAX_UNREADABLE = 4096, /* in a row */
};

/* What a crash says of itself, the best first.  */
static const char *const markers[] = {
  "Kernel panic - not syncing: ",
  "BUG: kernel NULL pointer dereference",
  "BUG: unable to handle ",
  "general protection fault",
  "kernel BUG at ",
  "sysrq: Trigger a crash",
  "SysRq : Trigger a crash",
  "Oops: ",
};

/* The first of the N best markers that is in the record; N if none is.  */
static size_t
find_marker (const struct kd_log_record *r, size_t n, const char **at)
{
  for (size_t i = 0; i < n; i++) {
    *at = memmem (r->text, r->len, markers[i], strlen (markers[i]));
    if (*at)
      return i;
  }
  return n;
}

/* The record from P on, up to its first newline.  */
static void
copy_message (struct kd_kernel *k, const struct kd_log_record *r,
              const char *p)
{
  size_t most = r->len - (size_t)(p - r->text), len = 0;
  if (most > sizeof k->panic_message - 1)
    most = sizeof k->panic_message - 1;
  while (len < most && (p[len] >= ' ' || p[len] == '\t'))
    len++;
  memcpy (k->panic_message, p, len);
  k->panic_message[len] = 0;
  kd_make_printable (k->panic_message);
}

void
kd_find_panic_message (struct kd_kernel *k)
{
  struct kd_log *log KD_GUARD (log) = NULL;
  if (kd_log_open (k, &log))
    return;
  /* A kernel that did not crash may have survived an oops.  */
  size_t better = k->panic_cpu < 0 ? 1 : KD_ARRAY_SIZE (markers);
  size_t count = kd_log_count (log), unreadable = 0;
  size_t end = count > MAX_RECORDS ? count - MAX_RECORDS : 0;
  for (size_t i = count; i-- > end && better && unreadable < MAX_UNREADABLE;) {
    struct kd_log_record r;
    const char *p;
    enum kd_status st = kd_log_get (log, i, &r);
    unreadable = !st || st == KD_NOT_FOUND ? 0 : unreadable + 1;
    if (st)
      continue;
    size_t found = find_marker (&r, better, &p);
    if (found < better)
      copy_message (k, &r, p);
    better = found;
  }
}
