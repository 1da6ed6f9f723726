/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The message of the panic, from the kernel's log buffer. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <string.h>

enum { MAX_LOG = 64 << 20 }; /* bytes of log text we search */

/* What a crash says of itself, the best first.  */
static const char *const markers[] = {
  "Kernel panic - not syncing: ", "BUG: unable to handle ",
  "general protection fault",     "kernel BUG at ",
  "sysrq: Trigger a crash",       "SysRq : Trigger a crash",
};

/* Where the text of the log is.  */
static enum kd_status
find_log_text (struct kd_kernel *k, uint64_t *addr, uint64_t *size)
{
  uint64_t at, prb, bits;
  uint32_t len;
  /* 896fbe20b4e2 "printk: use the lockless ringbuffer", 5.10 */
  enum kd_status st = kd_kernel_symbol (k, "prb", &at);
  if (!st) {
    st = kd_mem_u64 (k->mem, at, &prb);
    if (!st)
      st = kd_read_member (k, prb, "prb.text_data", addr);
    if (!st)
      st = kd_read_member (k, prb, "prb.text_size_bits", &bits);
    if (!st && bits > 40)
      st = kd_fail (KD_CORRUPT, "log buffer of 2^%llu bytes",
                    (unsigned long long)bits);
    *size = st ? 0 : UINT64_C (1) << bits;
    return st;
  }
  st = kd_kernel_symbol (k, "log_buf", &at);
  if (!st)
    st = kd_mem_u64 (k->mem, at, addr);
  if (!st)
    st = kd_kernel_symbol (k, "log_buf_len", &at);
  if (!st)
    st = kd_mem_u32 (k->mem, at, &len);
  *size = st ? 0 : len;
  return st;
}

/* The last occurrence of MARKER.  */
static const char *
find_last (const char *text, size_t size, const char *marker)
{
  const char *found = NULL, *p = text;
  size_t len = strlen (marker);
  while ((p = memmem (p, size - (size_t)(p - text), marker, len)))
    found = p++;
  return found;
}

/* A record ends at a newline or a zero; in the old buffer its length also
   stands in the record's header right before the text.  */
static void
copy_record (struct kd_kernel *k, const char *text, const char *p, size_t size)
{
  size_t len = 0, most = size - (size_t)(p - text);
  struct kd_member m;
  uint64_t header;
  if (!kd_layout (k, "printk_log.text_len", &m)
      && !kd_types_size (k->types, "printk_log", &header) && m.size == 2
      && m.offset + 2 <= header && header <= (size_t)(p - text)) {
    size_t said = kd_le16 (p - header + m.offset);
    most = said && said < most ? said : most;
  }
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
  uint64_t addr, size;
  size_t got = 0;
  if (find_log_text (k, &addr, &size) || !size || size > MAX_LOG)
    return;
  char *text KD_AUTO_FREE = kd_calloc (size, 1);
  if (!text)
    return;
  /* What could be read before a hole is good to search.  */
  if (kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, text, size, &got) && !got)
    return;
  for (size_t i = 0; i < KD_ARRAY_SIZE (markers); i++) {
    const char *p = find_last (text, got, markers[i]);
    if (p) {
      copy_record (k, text, p, got);
      return;
    }
  }
}
