/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory, as hexadecimal digits or bytes.  A short answer is a partial read,
   and says that the byte after it cannot be read. */
#include "cmd/args.h"
#include "rsp/request.h"

#include <string.h>

/* "ADDR,LENGTH".  */
static bool
get_range (const char *args, uint64_t *addr, uint64_t *len)
{
  const char *p = args;
  return kd_rsp_get_number (&p, addr) && *p++ == ','
         && kd_rsp_get_number (&p, len) && *p == '\0';
}

/* The address space that ADDR is in for the thread the client has
   selected.  */
static enum kd_status
space_of (struct kd_rsp *s, uint64_t addr, uint64_t *space)
{
  struct kd_session_state *state = s->state;
  unsigned cpu = state->cpu;
  const struct kd_task *task = state->task;
  state->cpu = s->cpu;
  state->task = s->task;
  enum kd_status st = kd_arg_space (state, addr, space);
  state->cpu = cpu;
  state->task = task;
  return st;
}

/* Read what ARGS ask for, at most MAX bytes, into the LEN bytes at *BUF,
   which the caller frees.  False, and the error in R, when not even one byte
   can be read.  */
static bool
read_range (struct kd_rsp *s, const char *args, size_t max, uint8_t **buf,
            size_t *done, struct kd_reply *r)
{
  uint64_t addr, len, space;
  if (!get_range (args, &addr, &len)) {
    kd_reply_error (r, 22, "`%s' is no address and length", args);
    return false;
  }
  if (len > max)
    len = max;
  if (len > -addr && addr != 0) /* do not go round the end */
    len = -addr;
  if (len == 0) {
    kd_reply_error (r, 22, "nothing to read");
    return false;
  }
  *buf = malloc (len);
  enum kd_status st
    = *buf ? KD_OK : kd_fail (KD_NOMEM, "out of memory for a read");
  if (!st)
    st = space_of (s, addr, &space);
  *done = 0;
  if (!st)
    st = kd_mem_read (s->state->kernel->mem, space, addr, *buf, len, done);
  if (!st)
    *done = len;
  if (*done > 0)
    return true;
  kd_reply_status (r, st);
  return false;
}

void
kd_rsp_read_memory (struct kd_rsp *s, const char *args, size_t len,
                    struct kd_reply *r)
{
  (void)len;
  uint8_t *buf KD_AUTO_FREE = NULL;
  size_t done;
  if (!read_range (s, args, KD_RSP_PACKET_MAX / 2 - 1, &buf, &done, r))
    return;
  kd_rsp_put_hex (&r->data, buf, done);
  r->kind = KD_REPLY_TEXT;
}

/* Every byte may need an escape, so half of a packet is safe.  */
void
kd_rsp_read_binary (struct kd_rsp *s, const char *args, size_t len,
                    struct kd_reply *r)
{
  (void)len;
  uint8_t *buf KD_AUTO_FREE = NULL;
  size_t done;
  if (!read_range (s, args, KD_RSP_PACKET_MAX / 2 - 1, &buf, &done, r))
    return;
  kd_strbuf_add (&r->data, buf, done);
  r->kind = KD_REPLY_BINARY;
  r->tag = 'b';
}
