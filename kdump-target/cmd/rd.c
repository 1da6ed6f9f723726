/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rd: memory as 64-bit words, with the symbols they point at. */
#include "base/progress.h"
#include "cmd/args.h"
#include "cmd/complete.h"

#include <inttypes.h>
#include <string.h>

#define MAX_WORDS 65536
#define DEFAULT_WORDS 8

struct rd {
  struct kd_session_state *s;
  bool physical;
  uint64_t space;
  struct kd_writer *w;
};

static enum kd_status
rd_read (struct rd *rd, uint64_t addr, uint8_t buf[8])
{
  struct kd_kernel *k = rd->s->kernel;
  if (rd->physical)
    return kd_dump_read (k->dump, addr, buf, 8, NULL);
  return kd_mem_read (k->mem, rd->space, addr, buf, 8, NULL);
}

static void
rd_word (struct rd *rd, uint64_t addr, const uint8_t bytes[8])
{
  struct kd_kernel *k = rd->s->kernel;
  bool big = kd_dump_info (k->dump)->big_endian;
  uint64_t value = 0;
  char ascii[9] = "";
  for (unsigned i = 0; i < 8; i++) {
    value |= (uint64_t)bytes[i] << 8 * (big ? 7 - i : i);
    ascii[i] = '.';
    if (bytes[i] >= 0x20 && bytes[i] < 0x7f)
      ascii[i] = (char)bytes[i];
  }
  struct kd_symbol sym;
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  if (kd_kernel_symbol_at (k, value, &sym))
    kd_kernel_format_addr (k, value, &name);
  kd_text (rd->w, "%016" PRIx64 ":  %016" PRIx64 "  %s%s%s\n", addr, value,
           ascii, name.len ? "  " : "", kd_strbuf_str (&name));
  kd_json_object (rd->w, NULL);
  kd_json_hex (rd->w, "address", addr);
  kd_json_hex (rd->w, "value", value);
  if (name.len)
    kd_json_str (rd->w, "symbol", kd_strbuf_str (&name));
  else
    kd_json_null (rd->w, "symbol");
  kd_json_end (rd->w);
}

static enum kd_status
rd_arguments (struct rd *rd, const struct kd_args *args, uint64_t *addr,
              uint64_t *count)
{
  int i = 0;
  if (i < args->argc && strcmp (args->argv[i], "-p") == 0) {
    rd->physical = true;
    i++;
  }
  if (i >= args->argc)
    return kd_fail (KD_USAGE, "an address is needed");
  enum kd_status st = kd_arg_address (rd->s, args->argv[i++], addr);
  if (!st && i < args->argc)
    st = kd_arg_number (args->argv[i++], "COUNT", count);
  if (!st)
    st = kd_args_no_more (args, i);
  if (!st && (*count == 0 || *count > MAX_WORDS))
    st = kd_fail (KD_USAGE, "COUNT must be from 1 to %d", MAX_WORDS);
  return st;
}

static enum kd_status
rd_run (struct kd_session_state *s, const struct kd_args *args,
        struct kd_writer *w)
{
  struct rd rd = { .s = s, .w = w };
  uint64_t addr, count = DEFAULT_WORDS;
  enum kd_status st = rd_arguments (&rd, args, &addr, &count);
  if (!st && !rd.physical)
    st = kd_arg_space (s, addr, &rd.space);
  if (st)
    return st;
  kd_json_array (w, NULL);
  for (uint64_t i = 0; i < count && !st; i++, addr += 8) {
    uint8_t bytes[8];
    st = rd_read (&rd, addr, bytes);
    if (!st)
      rd_word (&rd, addr, bytes);
    if (!st)
      st = kd_progress ("reading memory", i, count);
  }
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_rd = {
  .name = "rd",
  .group = "What is at this address?",
  .summary = "show memory as 64-bit words",
  .usage = "rd [-p] ADDRESS|SYMBOL [COUNT] [--json]",
  .help
  = "Shows COUNT words of 64 bits (8 of them if not said), one a line: its\n"
    "address, its value, the bytes as characters, and the symbol it points\n"
    "at if it points at one.  User addresses are those of the task on the\n"
    "selected CPU.  With -p the address is a physical one.\n\n"
    "JSON: an array of {address, value, symbol}.\n",
  .run = rd_run,
  .complete = kd_complete_symbol,
};
