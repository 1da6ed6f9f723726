/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files: what a process has open. */
#include "kernel/files.h"
#include "cmd/args.h"
#include "cmd/select.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

struct files_view {
  struct kd_kernel *k;
  struct kd_writer *w;
  size_t shown;
};

static const char *
type_name (uint32_t mode)
{
  switch (mode & S_IFMT) {
  case S_IFREG:
    return "file";
  case S_IFDIR:
    return "directory";
  case S_IFCHR:
    return "char";
  case S_IFBLK:
    return "block";
  case S_IFIFO:
    return "pipe";
  case S_IFSOCK:
    return "socket";
  default:
    return "other";
  }
}

/* "r", "w", "rw" of O_ACCMODE, with "+" for O_APPEND.  */
static void
access_name (uint32_t flags, char buf[4])
{
  enum { ACCMODE = 3, APPEND = 02000 };
  static const char *const names[] = { "r", "w", "rw", "-" };
  snprintf (buf, 4, "%s%s", names[flags & ACCMODE], flags & APPEND ? "+" : "");
}

static void
json_path (struct kd_writer *w, const char *key, const struct kd_strbuf *path,
           bool known)
{
  if (known)
    kd_json_str (w, key, kd_strbuf_str (path));
  else
    kd_json_null (w, key);
}

/* What is not known of a file that cannot be read.  */
static const char *const file_keys[]
  = { "inode", "type", "access", "flags", "position", "path" };

static enum kd_status
show_file (void *arg, unsigned fd, const struct kd_file *f)
{
  struct files_view *v = arg;
  struct kd_writer *w = v->w;
  struct kd_strbuf path KD_AUTO_STRBUF = { 0 };
  char access[4];
  bool known = f->path.dentry && !kd_path_format (v->k, &f->path, &path);
  if (!v->shown++)
    kd_text (w, "%4s %-16s %-16s %-9s %-3s %9s  %s\n", "FD", "FILE", "INODE",
             "TYPE", "RW", "POSITION", "PATH");
  if (f->unreadable) {
    kd_text (w, "%4u %016" PRIx64 " (cannot be read)\n", fd, f->addr);
    kd_json_object (w, NULL);
    kd_json_u64 (w, "fd", fd);
    kd_json_hex (w, "file", f->addr);
    for (size_t i = 0; i < KD_ARRAY_SIZE (file_keys); i++)
      kd_json_null (w, file_keys[i]);
    kd_json_end (w);
    return KD_OK;
  }
  access_name (f->flags, access);
  kd_text (w, "%4u %016" PRIx64 " %016" PRIx64 " %-9s %-3s %9" PRIu64 "  ", fd,
           f->addr, f->inode, f->inode ? type_name (f->mode) : "?", access,
           f->pos);
  kd_text_bytes (w, known ? path.data : "?", known ? path.len : 1);
  kd_text (w, "\n");
  kd_json_object (w, NULL);
  kd_json_u64 (w, "fd", fd);
  kd_json_hex (w, "file", f->addr);
  kd_json_hex (w, "inode", f->inode);
  kd_json_str (w, "type", type_name (f->mode));
  kd_json_str (w, "access", access);
  kd_json_u64 (w, "flags", f->flags);
  kd_json_u64 (w, "position", f->pos);
  json_path (w, "path", &path, known);
  kd_json_end (w);
  return KD_OK;
}

/* Where the task is.  */
static void
show_directories (struct files_view *v, uint64_t task)
{
  struct kd_path at[2];
  static const char *const labels[] = { "Directory", "Root" };
  static const char *const keys[] = { "directory", "root" };
  bool known = !kd_task_directories (v->k, task, &at[0], &at[1]);
  for (size_t i = 0; i < 2; i++) {
    struct kd_strbuf path KD_AUTO_STRBUF = { 0 };
    bool shown = known && !kd_path_format (v->k, &at[i], &path);
    json_path (v->w, keys[i], &path, shown);
    if (!shown)
      continue;
    kd_text (v->w, "%-10s ", labels[i]);
    kd_text_bytes (v->w, kd_strbuf_str (&path), path.len);
    kd_text (v->w, "\n");
  }
}

static enum kd_status
files_run (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  struct files_view v = { .k = s->kernel, .w = w };
  const struct kd_task *t;
  enum kd_status st = kd_args_no_more (args, 1);
  if (!st)
    st = kd_arg_own_task (s, args->argc ? args->argv[0] : NULL, &t);
  if (st)
    return st;
  kd_text (w, "PID %d (%s), task 0x%" PRIx64 "\n", t->pid, t->comm, t->addr);
  kd_json_object (w, NULL);
  kd_json_hex (w, "task", t->addr);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
  show_directories (&v, t->addr);
  kd_json_array (w, "files");
  st = kd_files_walk (s->kernel, t->addr, show_file, &v);
  kd_json_end (w);
  kd_json_end (w);
  if (!st && !v.shown)
    kd_text (w, "No files are open.\n");
  return st;
}

const struct kd_command kd_cmd_files = {
  .name = "files",
  .group = "What does a process have?",
  .summary = "show the open files of a process",
  .usage = "files [PID|TASK] [--json]",
  .help
  = "Lists the open files of a task (at first that of the selected CPU): the\n"
    "descriptor, struct file and inode, type, access (+ is for appending),\n"
    "position and path; and the directory and root of the task.\n\n"
    "JSON: {task, pid, comm, directory, root, files: [{fd, file, inode, "
    "type,\n"
    "access, flags, position, path}]}; what is not known is null. flags are\n"
    "those of open(2).\n",
  .run = files_run,
  .complete = kd_task_complete,
};
