/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mount: the mounted file systems. */
#include "cmd/args.h"
#include "cmd/select.h"
#include "kernel/path.h"

#include <inttypes.h>
#include <string.h>

struct mount_view {
  struct kd_kernel *k;
  struct kd_writer *w;
  size_t shown;
};

static enum kd_status
show_mount (void *arg, const struct kd_mount *m)
{
  struct mount_view *v = arg;
  struct kd_writer *w = v->w;
  struct kd_strbuf path KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf flags KD_AUTO_STRBUF = { 0 };
  bool known = !kd_path_format (v->k, &m->path, &path);
  kd_mount_describe_flags (m, &flags);
  if (!v->shown++)
    kd_text (w, "%-16s %-16s %-10s %s\n", "MOUNT", "SUPERBLOCK", "TYPE",
             "DEVICE, PATH, OPTIONS");
  kd_text (w, "%016" PRIx64 " %016" PRIx64 " ", m->addr, m->sb);
  kd_text_bytes (w, m->type, strlen (m->type));
  kd_text (w, "%*s ", (int)(strlen (m->type) < 10 ? 10 - strlen (m->type) : 0),
           "");
  kd_text_bytes (w, m->device, strlen (m->device));
  kd_text (w, " ");
  kd_text_bytes (w, known ? kd_strbuf_str (&path) : "?", known ? path.len : 1);
  kd_text (w, " %s\n", kd_strbuf_str (&flags));
  kd_json_object (w, NULL);
  kd_json_hex (w, "mount", m->addr);
  kd_json_hex (w, "superblock", m->sb);
  kd_json_str_or_null (w, "type", m->type);
  kd_json_str_or_null (w, "device", m->device);
  kd_json_str_or_null (w, "path", known ? kd_strbuf_str (&path) : NULL);
  kd_json_str (w, "options", kd_strbuf_str (&flags));
  kd_json_end (w);
  return KD_OK;
}

static enum kd_status
mount_run (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  struct mount_view v = { .k = s->kernel, .w = w };
  uint64_t task, ns;
  enum kd_status st = kd_args_no_more (args, 1);
  if (st)
    return st;
  if (args->argc) {
    const struct kd_task *t;
    st = kd_arg_task (s, args->argv[0], &t);
    task = st ? 0 : t->addr;
  } else {
    st = kd_kernel_symbol (s->kernel, "init_task", &task);
  }
  if (!st)
    st = kd_mount_namespace (s->kernel, task, &ns);
  if (st)
    return st;
  kd_json_array (w, NULL);
  st = kd_mounts_walk (s->kernel, ns, show_mount, &v);
  kd_json_end (w);
  if (!st && !v.shown)
    kd_text (w, "Nothing is mounted.\n");
  return st;
}

const struct kd_command kd_cmd_mount = {
  .name = "mount",
  .group = "What does a process have?",
  .summary = "show the mounted file systems",
  .usage = "mount [PID|TASK] [--json]",
  .help
  = "Lists the file systems mounted in the first mount namespace, or in that\n"
    "of a task: the struct mount and super_block, the type, what is mounted,\n"
    "where, and the options that are not the file system's own.\n\n"
    "JSON: an array of {mount, superblock, type, device, path, options}; "
    "what\n"
    "is not known is null.\n",
  .run = mount_run,
  .complete = kd_task_complete,
};
