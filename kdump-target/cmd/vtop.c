/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vtop: from a virtual address to memory, level by level. */
#include "cmd/args.h"
#include "cmd/complete.h"

#include <inttypes.h>
#include <string.h>

static void
vtop_steps (struct kd_session_state *s, const struct kd_walk *walk, bool whole,
            struct kd_writer *w)
{
  kd_json_array (w, "levels");
  for (unsigned i = 0; i < walk->steps; i++) {
    struct kd_strbuf flags KD_AUTO_STRBUF = { 0 };
    bool leaf = whole && i + 1 == walk->steps;
    s->kernel->mem->arch->describe_entry (walk->step[i].entry, leaf, &flags);
    kd_text (w, "%-4s at %016" PRIx64 ": %016" PRIx64 "  %s\n",
             walk->step[i].level, walk->step[i].entry_paddr,
             walk->step[i].entry, kd_strbuf_str (&flags));
    kd_json_object (w, NULL);
    kd_json_str (w, "level", walk->step[i].level);
    kd_json_hex (w, "entry_address", walk->step[i].entry_paddr);
    kd_json_hex (w, "entry", walk->step[i].entry);
    kd_json_str (w, "flags", kd_strbuf_str (&flags));
    kd_json_end (w);
  }
  kd_json_end (w);
}

static const char *
region_name (const struct kd_mem *mem, uint64_t addr)
{
  for (unsigned i = 0; i < mem->nlinear; i++)
    if (addr >= mem->linear[i].start && addr < mem->linear[i].end)
      return mem->linear[i].name;
  return NULL;
}

/* What the dump has at PADDR.  */
static void
vtop_content (struct kd_session_state *s, uint64_t paddr, struct kd_writer *w)
{
  uint8_t byte;
  enum kd_status st = kd_dump_read (s->kernel->dump, paddr, &byte, 1, NULL);
  kd_text (w, "Page:      %s\n", st ? kd_error_text () : "in the dump");
  kd_json_str (w, "page", st ? kd_status_name (st) : "present");
  if (st)
    kd_json_str (w, "page_reason", kd_error_text ());
  else
    kd_json_null (w, "page_reason");
}

static void
vtop_found (struct kd_session_state *s, const struct kd_walk *walk,
            uint64_t paddr, struct kd_writer *w)
{
  const struct kd_mem *mem = s->kernel->mem;
  const char *region = region_name (mem, walk->vaddr);
  unsigned page_size = kd_dump_info (s->kernel->dump)->page_size;
  kd_text (w, "Physical:  %016" PRIx64 ", page frame 0x%" PRIx64, paddr,
           paddr / page_size);
  if (walk->steps)
    kd_text (w, ", page of %" PRIu64 " KiB", walk->page_size / 1024);
  kd_text (w, "\n");
  if (region)
    kd_text (w, "Region:    %s\n", region);
  kd_json_str (w, "status", "mapped");
  kd_json_null (w, "reason");
  kd_json_hex (w, "physical", paddr);
  if (walk->steps)
    kd_json_u64 (w, "page_size", walk->page_size);
  else
    kd_json_null (w, "page_size");
  if (region)
    kd_json_str (w, "region", region);
  else
    kd_json_null (w, "region");
  vtop_content (s, paddr, w);
}

static void
vtop_missing (enum kd_status st, struct kd_writer *w)
{
  kd_text (w, "Physical:  none: %s\n", kd_error_text ());
  kd_json_str (w, "status", kd_status_name (st));
  kd_json_str (w, "reason", kd_error_text ());
}

static void
vtop_one (struct kd_session_state *s, uint64_t space, uint64_t addr,
          struct kd_writer *w)
{
  const struct kd_mem *mem = s->kernel->mem;
  struct kd_walk walk = { .vaddr = addr };
  uint64_t paddr = 0;
  enum kd_status st = kd_mem_translate (mem, space, addr, &paddr, &walk);
  struct kd_strbuf why KD_AUTO_STRBUF = { 0 };
  if (st)
    kd_strbuf_puts (&why, kd_error_text ());
  /* The tables may be filtered out where the address itself needs none.  */
  enum kd_status plain
    = st ? kd_mem_translate (mem, space, addr, &paddr, NULL) : KD_OK;
  kd_text (w, "Virtual:   %016" PRIx64 "\n", addr);
  kd_json_object (w, NULL);
  kd_json_hex (w, "virtual", addr);
  vtop_steps (s, &walk, !st, w);
  if (st && !plain)
    kd_text (w, "Walk:      %s\n", kd_strbuf_str (&why));
  if (plain) {
    vtop_missing (plain, w);
  } else {
    walk.vaddr = addr;
    if (st)
      walk.steps = 0;
    vtop_found (s, &walk, paddr, w);
  }
  kd_json_end (w);
}

static enum kd_status
vtop_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  if (args->argc == 0)
    return kd_fail (KD_USAGE, "an address is needed");
  enum kd_status st = KD_OK;
  kd_json_array (w, NULL);
  for (int i = 0; i < args->argc && !st; i++) {
    uint64_t addr, space;
    st = kd_arg_address (s, args->argv[i], &addr);
    if (!st)
      st = kd_arg_space (s, addr, &space);
    if (!st) {
      kd_text (w, i ? "\n" : "");
      vtop_one (s, space, addr, w);
    }
  }
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_vtop = {
  .name = "vtop",
  .group = "What is at this address?",
  .summary = "translate a virtual address, level by level",
  .usage = "vtop ADDRESS|SYMBOL... [--json]",
  .help
  = "Walks the page tables and shows each entry with its flags, then the\n"
    "physical address, and whether that page is in the dump; if not, why.\n"
    "User addresses are those of the task on the selected CPU.\n\n"
    "JSON: an array of {virtual, levels: [{level, entry_address, entry,\n"
    "flags}], status, reason, physical, page_size, region, page,\n"
    "page_reason}.  `status' is \"mapped\" or why not (then nothing follows\n"
    "`reason'); `page' is \"present\" or why not.\n",
  .run = vtop_run,
  .complete = kd_complete_symbol,
};
