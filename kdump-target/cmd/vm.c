/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vm: the memory areas of a process. */
#include "cmd/args.h"
#include "cmd/describe.h"
#include "cmd/select.h"
#include "kernel/files.h"

#include <inttypes.h>
#include <string.h>

struct vm_view {
  struct kd_kernel *k;
  struct kd_writer *w;
  size_t shown;
  uint64_t total;
};

/* "r-xp", as /proc/PID/maps has it: VM_READ, VM_WRITE, VM_EXEC, VM_MAYSHARE
   of include/linux/mm.h.  */
static void
permissions (uint64_t flags, char buf[5])
{
  snprintf (buf, 5, "%c%c%c%c", flags & 1 ? 'r' : '-', flags & 2 ? 'w' : '-',
            flags & 4 ? 'x' : '-', flags & 0x80 ? 's' : 'p');
}

static enum kd_status
show_vma (void *arg, const struct kd_vma *vma)
{
  struct vm_view *v = arg;
  struct kd_writer *w = v->w;
  struct kd_strbuf path KD_AUTO_STRBUF = { 0 };
  struct kd_file file;
  char perm[5];
  bool known = vma->file && !kd_file_read (v->k, vma->file, &file)
               && !kd_path_format (v->k, &file.path, &path);
  if (!known)
    kd_strbuf_puts (&path, vma->file ? "?" : vma->name);
  if (vma->unreadable)
    kd_strbuf_puts (&path, "(cannot be read)");
  if (vma->unreadable)
    snprintf (perm, sizeof perm, "????");
  else
    permissions (vma->flags, perm);
  if (!v->shown++)
    kd_text (w, "%-16s %12s-%-12s %-4s %8s  %s\n", "AREA", "FROM", "TO",
             "PERM", "OFFSET", "WHAT");
  kd_text (w, "%016" PRIx64 " %12" PRIx64 "-%-12" PRIx64 " %s %8" PRIx64 "%s",
           vma->addr, vma->start, vma->end, perm, vma->offset,
           path.len ? "  " : "");
  kd_text_bytes (w, kd_strbuf_str (&path), path.len);
  kd_text (w, "\n");
  kd_json_object (w, NULL);
  kd_json_hex (w, "area", vma->addr);
  kd_json_hex (w, "start", vma->start);
  kd_json_hex (w, "end", vma->end);
  if (vma->unreadable) {
    kd_json_null (w, "permissions");
    kd_json_null (w, "flags");
    kd_json_null (w, "offset");
  } else {
    kd_json_str (w, "permissions", perm);
    kd_json_hex (w, "flags", vma->flags);
    kd_json_u64 (w, "offset", vma->offset);
  }
  if (vma->file)
    kd_json_hex (w, "file", vma->file);
  else
    kd_json_null (w, "file");
  if (known || vma->name[0])
    kd_json_str (w, "what", kd_strbuf_str (&path));
  else
    kd_json_null (w, "what");
  kd_json_end (w);
  v->total += vma->end - vma->start;
  return KD_OK;
}

static enum kd_status
vm_run (struct kd_session_state *s, const struct kd_args *args,
        struct kd_writer *w)
{
  struct vm_view v = { .k = s->kernel, .w = w };
  const struct kd_task *t;
  enum kd_status st = kd_args_no_more (args, 1);
  if (!st)
    st = kd_arg_own_task (s, args->argc ? args->argv[0] : NULL, &t);
  if (st)
    return st;
  if (!t->mm)
    return kd_fail (KD_NOT_FOUND,
                    "PID %d (%s) is %s, and has no memory of its own", t->pid,
                    t->comm, t->kernel_thread ? "a kernel thread" : "dead");
  kd_text (w, "PID %d (%s), task 0x%" PRIx64 ", mm_struct 0x%" PRIx64 "\n",
           t->pid, t->comm, t->addr, t->mm);
  kd_json_object (w, NULL);
  kd_json_hex (w, "task", t->addr);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
  kd_json_hex (w, "mm", t->mm);
  kd_json_array (w, "areas");
  st = kd_vmas_walk (s->kernel, t->mm, show_vma, &v);
  kd_json_end (w);
  kd_json_u64 (w, "bytes", v.total);
  kd_json_end (w);
  if (!st) {
    struct kd_strbuf size KD_AUTO_STRBUF = { 0 };
    kd_describe_size (v.total, &size);
    kd_text (w, "%zu areas, %s.\n", v.shown, kd_strbuf_str (&size));
  }
  return st;
}

const struct kd_command kd_cmd_vm = {
  .name = "vm",
  .group = "What does a process have?",
  .summary = "show the memory areas of a process",
  .usage = "vm [PID|TASK] [--json]",
  .help
  = "Lists the memory areas of a task (at first that of the selected CPU):\n"
    "the vm_area_struct, its addresses, permissions (s: shared, p: private),\n"
    "offset in the file in hexadecimal, and the file, or what it is.\n\n"
    "JSON: {task, pid, comm, mm, areas: [{area, start, end, permissions,\n"
    "flags, offset, file, what}], bytes}; what is not known is null.\n",
  .run = vm_run,
  .complete = kd_task_complete,
};
