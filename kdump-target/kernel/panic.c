/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The message of the panic, from the kernel's log buffer. */
#include "kernel/internal.h"

#include "base/cursor.h"

#include <string.h>

enum {
  MAX_LOG = 64 << 20, /* bytes of log text we search */
  MAX_DESC_BITS = 24
};

/* The log's text, as one run of bytes, and how it is cut into records.  */
struct log {
  char *text; /* owned */
  size_t size;
  uint64_t prb; /* 0: the old buffer, headers and texts mixed */
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

/* Where the text of the log is.  */
static enum kd_status
find_log_text (struct kd_kernel *k, struct log *log, uint64_t *addr,
               uint64_t *size)
{
  uint64_t at, bits = 0;
  uint32_t len = 0;
  /* 896fbe20b4e2 "printk: use the lockless ringbuffer", 5.10 */
  enum kd_status st = kd_kernel_symbol (k, "prb", &at);
  if (!st) {
    st = kd_mem_u64 (k->mem, at, &log->prb);
    if (!st)
      st = kd_read_member (k, log->prb, "prb.text_data", addr);
    if (!st)
      st = kd_read_member (k, log->prb, "prb.text_size_bits", &bits);
    *size = bits < 40 ? UINT64_C (1) << bits : UINT64_MAX;
    return st;
  }
  st = kd_kernel_symbol (k, "log_buf", &at);
  if (!st)
    st = kd_mem_u64 (k->mem, at, addr);
  if (!st)
    st = kd_kernel_symbol (k, "log_buf_len", &at);
  if (!st)
    st = kd_mem_u32 (k->mem, at, &len);
  *size = len;
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

/* The new buffer's descriptor of the record whose text begins at offset POS
   (after the block's 8-byte id) tells its length; 0 unknown.  */
static size_t
length_in_info (struct kd_kernel *k, const struct log *log, size_t pos)
{
  uint64_t bits, descs, infos, desc_size, info_size, len;
  struct kd_member begin;
  if (pos < 8 || kd_read_member (k, log->prb, "prb.count_bits", &bits)
      || bits > MAX_DESC_BITS
      || kd_read_member (k, log->prb, "prb.descs", &descs)
      || kd_read_member (k, log->prb, "prb.infos", &infos)
      || kd_types_size (k->types, "prb_desc", &desc_size)
      || kd_types_size (k->types, "printk_info", &info_size)
      || kd_layout (k, "prb_desc.begin", &begin) || desc_size > 4096
      || begin.size != 8 || begin.offset + 8 > desc_size)
    return 0;
  uint64_t count = UINT64_C (1) << bits;
  uint8_t *all KD_AUTO_FREE = kd_calloc (count, desc_size);
  if (!all
      || kd_mem_read (k->mem, KD_KERNEL_SPACE, descs, all, count * desc_size,
                      NULL))
    return 0;
  /* A position counts up for ever: modulo the size it is an offset.  */
  for (uint64_t i = 0; i < count; i++) {
    uint64_t at = kd_le64 (all + i * desc_size + begin.offset);
    if ((at & (log->size - 1)) == pos - 8)
      return kd_read_member (k, infos + i * info_size, "printk_info.text_len",
                             &len)
               ? 0
               : len;
  }
  return 0;
}

/* In the old buffer the length stands in the header before the text.  */
static size_t
length_in_header (struct kd_kernel *k, const struct log *log, size_t pos)
{
  struct kd_member m;
  uint64_t header;
  if (kd_layout (k, "printk_log.text_len", &m)
      || kd_types_size (k->types, "printk_log", &header) || m.size != 2
      || m.offset + 2 > header || header > pos)
    return 0;
  return kd_le16 (log->text + pos - header + m.offset);
}

/* The record that has a marker at P, up to its first newline.  */
static void
copy_record (struct kd_kernel *k, const struct log *log, const char *p)
{
  size_t pos = (size_t)(p - log->text), len = 0;
  size_t said
    = log->prb ? length_in_info (k, log, pos) : length_in_header (k, log, pos);
  size_t most = log->size - pos;
  if (said && said < most)
    most = said;
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
  struct log log = { 0 };
  uint64_t addr, size;
  if (find_log_text (k, &log, &addr, &size) || !size || size > MAX_LOG)
    return;
  char *text KD_AUTO_FREE = log.text = kd_calloc (size, 1);
  if (!text)
    return;
  /* What could be read before a hole is good to search.  */
  log.size = size;
  if (kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, text, size, NULL) && !*text)
    return;
  for (size_t i = 0; i < KD_ARRAY_SIZE (markers); i++) {
    /* A kernel that did not crash may have survived an oops.  */
    if (i && k->panic_cpu < 0)
      return;
    const char *p = find_last (text, size, markers[i]);
    if (p) {
      copy_record (k, &log, p);
      return;
    }
  }
}
