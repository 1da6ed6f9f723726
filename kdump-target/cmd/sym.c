/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sym: from a symbol to its address and back. */
#include "cmd/args.h"
#include "cmd/complete.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* Whole names win over what looks like a number ("deadbeef").  */
static bool
find_by_name (struct kd_session_state *s, const char *text,
              struct kd_symbol *sym)
{
  const char *colon = strchr (text, ':');
  if (!colon)
    return kd_kernel_symbol_named (s->kernel, text, NULL, sym);
  char *module KD_AUTO_FREE = strndup (text, (size_t)(colon - text));
  return module && kd_kernel_symbol_named (s->kernel, colon + 1, module, sym);
}

static enum kd_status
sym_one (struct kd_session_state *s, const char *text, struct kd_writer *w)
{
  struct kd_symbol sym;
  uint64_t addr;
  if (find_by_name (s, text, &sym)) {
    addr = sym.addr;
  } else {
    enum kd_status st = kd_arg_address (s, text, &addr);
    if (st)
      return st;
    if (!kd_kernel_symbol_at (s->kernel, addr, &sym))
      return kd_fail (KD_NOT_FOUND, "no symbol covers 0x%" PRIx64, addr);
  }
  uint64_t offset = addr - sym.addr;
  kd_text (w, "%016" PRIx64 " (%c) %s", addr, sym.type, sym.name);
  if (offset)
    kd_text (w, "+0x%" PRIx64, offset);
  if (sym.size)
    kd_text (w, ", %" PRIu64 " bytes", sym.size);
  if (sym.module)
    kd_text (w, " [%s]", sym.module);
  kd_text (w, "\n");
  char type[2] = { sym.type, '\0' };
  kd_json_object (w, NULL);
  kd_json_hex (w, "address", addr);
  kd_json_str (w, "name", sym.name);
  kd_json_u64 (w, "offset", offset);
  kd_json_u64 (w, "size", sym.size);
  kd_json_str (w, "type", type);
  if (sym.module)
    kd_json_str (w, "module", sym.module);
  else
    kd_json_null (w, "module");
  kd_json_end (w);
  return KD_OK;
}

static enum kd_status
sym_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  if (args->argc == 0)
    return kd_fail (KD_USAGE, "a symbol or an address is needed");
  enum kd_status st = KD_OK;
  kd_json_array (w, NULL);
  for (int i = 0; i < args->argc && !st; i++)
    st = sym_one (s, args->argv[i], w);
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_sym = {
  .name = "sym",
  .group = "What is at this address?",
  .summary = "translate a symbol to its address, and back",
  .usage = "sym NAME|MODULE:NAME|ADDRESS... [--json]",
  .help
  = "Prints address, kind (as nm has it), name, offset, size and module.\n"
    "An address is 0x and digits, or 8 to 16 hexadecimal digits; SYMBOL+4\n"
    "works too.\n\n"
    "JSON: an array of {address, name, offset, size, type, module}; size 0\n"
    "is unknown, module null is the kernel itself.\n",
  .run = sym_run,
  .complete = kd_complete_symbol,
};
