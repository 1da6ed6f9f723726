/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of files. */
#include "kernel/path.h"

#include "kernel/layout.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_PATH = 4096, /* bytes; PATH_MAX */
  MAX_NAME = 256,  /* bytes; NAME_MAX and a zero */
  MAX_STEPS = 4096 /* directories and mounts on the way up */
};

/* include/uapi/linux/magic.h, fs/pipe.c */
#define PIPEFS_MAGIC UINT64_C (0x50495045)
#define SOCKFS_MAGIC UINT64_C (0x534f434b)
#define ANON_INODE_FS_MAGIC UINT64_C (0x09041934)

enum kd_status
kd_path_read (struct kd_kernel *k, uint64_t addr, struct kd_path *out)
{
  enum kd_status st = kd_read_member (k, addr, "path.mnt", &out->mount);
  return st ? st : kd_read_member (k, addr, "path.dentry", &out->dentry);
}

/* The name of a dentry: LEN bytes, any but zero and '/'.  */
static enum kd_status
read_name (struct kd_kernel *k, uint64_t dentry, char buf[MAX_NAME],
           size_t *len)
{
  uint64_t name, said;
  enum kd_status st = kd_read_member (k, dentry, "dentry.name", &name);
  if (!st)
    st = kd_read_member (k, dentry, "dentry.name_len", &said);
  if (!st && (!said || said >= MAX_NAME))
    st = kd_fail (KD_CORRUPT,
                  "dentry at 0x%" PRIx64 " has a name of %" PRIu64 " bytes",
                  dentry, said);
  if (!st)
    st = kd_mem_read (k->mem, KD_KERNEL_SPACE, name, buf, said, NULL);
  if (!st
      && (memchr (buf, '\0', said) || (said > 1 && memchr (buf, '/', said))))
    st = kd_fail (KD_CORRUPT, "dentry at 0x%" PRIx64 ": its name is none",
                  dentry);
  *len = st ? 0 : said;
  return st;
}

/* --- files without a name --- */

/* "pipe:[1234]" and the like; false for a file with a name.  */
static bool
format_special (struct kd_kernel *k, uint64_t dentry, struct kd_strbuf *out)
{
  char name[MAX_NAME];
  uint64_t sb, magic, inode, ino;
  size_t len;
  if (kd_read_member (k, dentry, "dentry.sb", &sb)
      || kd_read_member (k, sb, "super_block.magic", &magic))
    return false;
  if (magic == ANON_INODE_FS_MAGIC) {
    if (read_name (k, dentry, name, &len))
      return false;
    kd_strbuf_puts (out, "anon_inode:");
    kd_strbuf_add (out, name, len);
    return true;
  }
  if (magic != PIPEFS_MAGIC && magic != SOCKFS_MAGIC)
    return false;
  if (kd_read_member (k, dentry, "dentry.inode", &inode)
      || kd_read_member (k, inode, "inode.ino", &ino))
    return false;
  kd_strbuf_printf (out, "%s:[%" PRIu64 "]",
                    magic == PIPEFS_MAGIC ? "pipe" : "socket", ino);
  return true;
}

/* --- files with a name --- */

/* On the way up, with the path so far at the end of a buffer.  */
struct climb {
  struct kd_kernel *k;
  uint64_t mount; /* struct mount */
  uint64_t dentry;
  uint64_t mnt_offset; /* of the struct vfsmount in it */
  char buf[MAX_PATH];
  size_t at;   /* where the path begins */
  size_t last; /* where its last part does; as AT until there is one */
};

/* Go from the root of a mount to where that is mounted.  *TOP: there is
   nothing above it.  */
static enum kd_status
leave_mount (struct climb *c, bool *top)
{
  uint64_t parent;
  enum kd_status st = kd_read_member (c->k, c->mount, "mount.parent", &parent);
  *top = !st && parent == c->mount;
  if (st || *top)
    return st;
  st = kd_read_member (c->k, c->mount, "mount.mountpoint", &c->dentry);
  c->mount = parent;
  return st;
}

/* Go to the parent directory, the name before the path.  *TOP: there is
   none.  KD_NOMEM: no room.  */
static enum kd_status
leave_directory (struct climb *c, bool *top)
{
  char name[MAX_NAME];
  uint64_t parent;
  size_t len = 0;
  enum kd_status st
    = kd_read_member (c->k, c->dentry, "dentry.parent", &parent);
  *top = !st && parent == c->dentry;
  if (st || *top)
    return st;
  st = read_name (c->k, c->dentry, name, &len);
  if (st)
    return st;
  if (len + 1 > c->at)
    return kd_fail (KD_NOMEM, "the path is too long");
  c->at -= len;
  memcpy (c->buf + c->at, name, len);
  c->buf[--c->at] = '/';
  if (c->last == sizeof c->buf)
    c->last = c->at;
  c->dentry = parent;
  return KD_OK;
}

/* A directory that is in itself is found as Brent does it: by a look at every
   one from the last whose number was a power of two.  Then only the name of
   the file is certain.  */
static enum kd_status
climb (struct climb *c)
{
  uint64_t seen_mount = 0, seen_dentry = 0;
  bool top = false;
  for (unsigned step = 1; step < MAX_STEPS; step++) {
    uint64_t root;
    enum kd_status st = kd_read_member (c->k, c->mount + c->mnt_offset,
                                        "vfsmount.root", &root);
    if (!st)
      st = root == c->dentry ? leave_mount (c, &top)
                             : leave_directory (c, &top);
    if (st || top)
      return st;
    if (c->mount == seen_mount && c->dentry == seen_dentry)
      break;
    if (!(step & (step - 1))) {
      seen_mount = c->mount;
      seen_dentry = c->dentry;
    }
  }
  c->at = c->last;
  return kd_fail (KD_CORRUPT, "the path has no end");
}

/* Was the file unlinked?  */
static bool
is_deleted (struct kd_kernel *k, uint64_t dentry)
{
  uint64_t hashed, parent;
  return !kd_read_member (k, dentry, "dentry.hash", &hashed) && !hashed
         && !kd_read_member (k, dentry, "dentry.parent", &parent)
         && parent != dentry;
}

enum kd_status
kd_path_format (struct kd_kernel *k, const struct kd_path *path,
                struct kd_strbuf *out)
{
  struct kd_member mnt;
  struct climb *c KD_AUTO_FREE = NULL;
  enum kd_status st = kd_layout (k, "mount.mnt", &mnt);
  if (st)
    return st;
  if (!path->dentry || !path->mount)
    return kd_fail (KD_NOT_FOUND, "there is no path");
  if (format_special (k, path->dentry, out))
    return KD_OK;
  c = malloc (sizeof *c);
  if (!c)
    return kd_fail (KD_NOMEM, "out of memory");
  c->k = k;
  c->mount = path->mount - mnt.offset;
  c->dentry = path->dentry;
  c->mnt_offset = mnt.offset;
  c->at = c->last = sizeof c->buf;
  st = climb (c);
  if (st && c->at == sizeof c->buf)
    return kd_context (st, "path of the dentry at 0x%" PRIx64, path->dentry);
  if (st)
    kd_strbuf_puts (out, "...");
  if (c->at == sizeof c->buf)
    kd_strbuf_putc (out, '/');
  kd_strbuf_add (out, c->buf + c->at, sizeof c->buf - c->at);
  if (is_deleted (k, path->dentry))
    kd_strbuf_puts (out, " (deleted)");
  return KD_OK;
}
