/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mod: the loaded modules and their debug files. */
#include "cmd/args.h"

#include <inttypes.h>
#include <string.h>

/* One line; the reason for a missing debug file only if WHY.  */
static void
mod_one (const struct kd_module *m, bool why, struct kd_writer *w)
{
  char id[2 * KD_BUILD_ID_MAX + 1];
  kd_build_id_format (&m->build_id, id, sizeof id);
  kd_text (w, "%-23s %016" PRIx64 " %9" PRIu64 "  %s\n", m->name, m->base,
           m->size, m->debug_file ? m->debug_file : "-");
  if (why && !m->debug_file && m->why_no_debug)
    kd_text (w, "No debug file: %s\n", m->why_no_debug);
  kd_json_object (w, NULL);
  kd_json_str (w, "name", m->name);
  kd_json_hex (w, "module", m->addr);
  kd_json_hex (w, "base", m->base);
  kd_json_u64 (w, "size", m->size);
  kd_json_hex (w, "text", m->text);
  kd_json_u64 (w, "text_size", m->text_size);
  if (m->build_id.size)
    kd_json_str (w, "build_id", id);
  else
    kd_json_null (w, "build_id");
  if (m->debug_file)
    kd_json_str (w, "debug_file", m->debug_file);
  else
    kd_json_null (w, "debug_file");
  if (!m->debug_file && m->why_no_debug)
    kd_json_str (w, "why_no_debug_file", m->why_no_debug);
  else
    kd_json_null (w, "why_no_debug_file");
  kd_json_end (w);
}

static enum kd_status
mod_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  enum kd_status st = kd_args_no_more (args, 1);
  if (st)
    return st;
  const char *want = args->argc ? args->argv[0] : NULL;
  size_t shown = 0, without = 0;
  kd_json_array (w, NULL);
  for (size_t i = 0; i < k->nmodules; i++) {
    struct kd_module *m = &k->modules[i];
    if (want && strcmp (m->name, want) != 0)
      continue;
    if (shown++ == 0)
      kd_text (w, "%-23s %-16s %9s  %s\n", "MODULE", "BASE", "SIZE",
               "DEBUG FILE");
    kd_module_find_debug (k, m, true);
    mod_one (m, want != NULL, w);
    without += m->debug_file == NULL;
  }
  kd_json_end (w);
  if (want && !shown)
    return kd_fail (KD_NOT_FOUND, "no module `%s' is loaded", want);
  if (!shown)
    kd_text (w, "No modules are loaded.\n");
  else if (without && !want)
    kd_text (w, "`mod NAME' says why a debug file is missing.\n");
  return KD_OK;
}

static void
mod_complete (struct kd_session_state *s, const struct kd_args *args,
              const char *word, struct kd_strbuf *out)
{
  if (args->argc > 0)
    return;
  for (size_t i = 0; i < s->kernel->nmodules; i++)
    if (strncmp (s->kernel->modules[i].name, word, strlen (word)) == 0)
      kd_strbuf_printf (out, "%s\n", s->kernel->modules[i].name);
}

const struct kd_command kd_cmd_mod = {
  .name = "mod",
  .group = "What is this machine?",
  .summary = "list the loaded kernel modules",
  .usage = "mod [NAME] [--json]",
  .help
  = "Shows each loaded module with the lowest address of its core, the\n"
    "extent of that in bytes, and its debug file; with NAME, also why there\n"
    "is none.\n\n"
    "JSON: an array of {name, module, base, size, text, text_size, build_id,\n"
    "debug_file, why_no_debug_file}; `module' is its struct module.\n",
  .run = mod_run,
  .complete = mod_complete,
};
