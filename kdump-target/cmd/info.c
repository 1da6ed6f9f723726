/* SPDX-License-Identifier: GPL-3.0-or-later */
/* info version: the kernel's GDB scripts ask this to tell whose stub we are.
 */
#include "config.h"

#include "cmd/args.h"

#include <string.h>

static enum kd_status
info_run (struct kd_session_state *s, const struct kd_args *args,
          struct kd_writer *w)
{
  if (args->argc != 1 || strcmp (args->argv[0], "version") != 0)
    return kd_fail (KD_USAGE, "only `info version' is known");
  kd_text (w, "kdump-target %s, Linux %s\n", PACKAGE_VERSION,
           s->kernel->release[0] ? s->kernel->release : "(unknown)");
  kd_json_object (w, NULL);
  kd_json_str (w, "version", PACKAGE_VERSION);
  kd_json_str (w, "release", s->kernel->release);
  kd_json_end (w);
  return KD_OK;
}

const struct kd_command kd_cmd_info = {
  .name = "info",
  .group = "What can I ask?",
  .summary = "version of this program and of the kernel",
  .usage = "info version [--json]",
  .help = "Prints the version of kdump-target and the release of the "
          "kernel.\nJSON: {version, release}.\n",
  .hidden = true,
  .run = info_run,
};
