/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process has open. */
#include "kernel/files.h"

#include "base/cursor.h"
#include "kernel/damage.h"
#include "kernel/layout.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_FDS = 1 << 24, /* sysctl fs.nr_open goes further in theory only */
  CHUNK = 512        /* descriptors read at a time */
};

enum kd_status
kd_file_read (struct kd_kernel *k, uint64_t addr, struct kd_file *out)
{
  struct kd_member path;
  uint64_t mode = 0, flags = 0;
  *out = (struct kd_file){ .addr = addr };
  enum kd_status st = kd_layout (k, "file.path", &path);
  if (!st)
    st = kd_path_read (k, addr + path.offset, &out->path);
  if (!st)
    st = kd_read_member (k, addr, "file.inode", &out->inode);
  if (!st)
    st = kd_read_member (k, addr, "file.flags", &flags);
  if (!st)
    st = kd_read_member (k, addr, "file.pos", &out->pos);
  if (!st && out->inode)
    st = kd_read_member (k, out->inode, "inode.mode", &mode);
  out->flags = (uint32_t)flags;
  out->mode = (uint32_t)mode;
  if (st)
    *out = (struct kd_file){ .addr = addr, .unreadable = true };
  return kd_context (st, "file at 0x%" PRIx64, addr);
}

/* The table of the task's files: its array of pointers and their number.  */
static enum kd_status
find_table (struct kd_kernel *k, uint64_t task, uint64_t *array,
            uint64_t *count)
{
  uint64_t files, table;
  enum kd_status st = kd_read_member (k, task, "task.files", &files);
  if (!st && !files)
    st = kd_fail (KD_NOT_FOUND, "the task is dead, and has no files");
  if (!st)
    st = kd_read_member (k, files, "files.fdt", &table);
  if (!st)
    st = kd_read_member (k, table, "fdtable.max_fds", count);
  if (!st)
    st = kd_read_member (k, table, "fdtable.fd", array);
  if (!st && *count > MAX_FDS)
    st = kd_fail (KD_CORRUPT, "a table of %" PRIu64 " files", *count);
  return st;
}

enum kd_status
kd_files_walk (struct kd_kernel *k, uint64_t task, kd_file_fn *fn, void *arg)
{
  uint8_t chunk[CHUNK * 8];
  uint64_t array = 0, count = 0;
  struct kd_damage damage = { 0 };
  enum kd_status st = find_table (k, task, &array, &count);
  for (uint64_t fd = 0; fd < count && !st; fd++) {
    struct kd_file file;
    if (fd % CHUNK == 0) {
      uint64_t n = count - fd < CHUNK ? count - fd : CHUNK;
      st = kd_mem_read (k->mem, KD_KERNEL_SPACE, array + fd * 8, chunk, n * 8,
                        NULL);
      if (st)
        break;
    }
    uint64_t addr = kd_le64 (chunk + fd % CHUNK * 8);
    if (!addr)
      continue;
    st = kd_file_read (k, addr, &file);
    if (st == KD_NOT_FOUND)
      break;
    if (st)
      kd_damage_note (&damage, kd_context (st, "descriptor %" PRIu64, fd));
    st = fn (arg, (unsigned)fd, &file);
  }
  st = kd_damage_end (&damage, st);
  return kd_context (st, "files of the task at 0x%" PRIx64, task);
}

enum kd_status
kd_task_directories (struct kd_kernel *k, uint64_t task, struct kd_path *pwd,
                     struct kd_path *root)
{
  struct kd_member at;
  uint64_t fs;
  enum kd_status st = kd_read_member (k, task, "task.fs", &fs);
  if (!st && !fs)
    st = kd_fail (KD_NOT_FOUND, "the task is dead, and in no directory");
  if (!st)
    st = kd_layout (k, "fs.pwd", &at);
  if (!st)
    st = kd_path_read (k, fs + at.offset, pwd);
  if (!st)
    st = kd_layout (k, "fs.root", &at);
  if (!st)
    st = kd_path_read (k, fs + at.offset, root);
  return kd_context (st, "directories of the task at 0x%" PRIx64, task);
}
