/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mounted file systems. */
#include "kernel/path.h"

#include "kernel/damage.h"
#include "kernel/layout.h"
#include "kernel/list.h"
#include "kernel/rbtree.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_MOUNTS = 1 << 20 };

struct walk {
  struct kd_kernel *k;
  uint64_t node; /* offset of the list or tree node in a struct mount */
  uint64_t mnt;  /* and of its struct vfsmount */
  kd_mount_fn *fn;
  void *arg;
  struct kd_damage damage;
};

enum kd_status
kd_mount_namespace (struct kd_kernel *k, uint64_t task, uint64_t *ns)
{
  uint64_t proxy;
  enum kd_status st = kd_read_member (k, task, "task.nsproxy", &proxy);
  if (!st && !proxy)
    st = kd_fail (KD_NOT_FOUND, "the task is dead, and has no namespaces");
  if (!st)
    st = kd_read_member (k, proxy, "nsproxy.mnt_ns", ns);
  return st;
}

/* The string that LOGICAL of the object at ADDR points to; "" for none.  */
static enum kd_status
read_string (struct kd_kernel *k, uint64_t addr, const char *logical,
             char *buf, size_t size)
{
  uint64_t at;
  buf[0] = '\0';
  enum kd_status st = kd_read_member (k, addr, logical, &at);
  if (!st && at)
    st = kd_mem_cstr (k->mem, at, buf, size);
  return kd_context (st, "%s", logical);
}

static enum kd_status
read_type (struct kd_kernel *k, uint64_t sb, char *buf, size_t size)
{
  char sub[32];
  uint64_t type;
  enum kd_status st = kd_read_member (k, sb, "super_block.type", &type);
  if (!st)
    st = read_string (k, type, "file_system_type.name", buf, size);
  if (!st && !read_string (k, sb, "super_block.subtype", sub, sizeof sub)
      && sub[0])
    snprintf (buf + strlen (buf), size - strlen (buf), ".%s", sub);
  return st;
}

static enum kd_status
take_mount (void *arg, uint64_t node)
{
  struct walk *w = arg;
  struct kd_kernel *k = w->k;
  struct kd_mount m = { .addr = node - w->node };
  uint64_t flags, mnt = m.addr + w->mnt;
  m.path.mount = mnt;
  enum kd_status st
    = read_string (k, m.addr, "mount.devname", m.device, sizeof m.device);
  if (!st)
    st = kd_read_member (k, mnt, "vfsmount.root", &m.path.dentry);
  if (!st)
    st = kd_read_member (k, mnt, "vfsmount.flags", &flags);
  if (!st)
    st = kd_read_member (k, mnt, "vfsmount.sb", &m.sb);
  if (!st)
    st = kd_read_member (k, m.sb, "super_block.flags", &m.sb_flags);
  if (!st)
    st = read_type (k, m.sb, m.type, sizeof m.type);
  if (st)
    return kd_damage_note (&w->damage,
                           kd_context (st, "mount at 0x%" PRIx64, m.addr));
  m.flags = (uint32_t)flags;
  return w->fn (w->arg, &m);
}

/* A tree since 2eea9ce4310d "mounts: keep list of mounts in an rbtree", 6.8.
 */
enum kd_status
kd_mounts_walk (struct kd_kernel *k, uint64_t ns, kd_mount_fn *fn, void *arg)
{
  struct walk w = { .k = k, .fn = fn, .arg = arg };
  struct kd_member node, mnt, head;
  bool tree = kd_has_member (k, "mnt_namespace.mounts");
  enum kd_status st = kd_layout (k, "mount.mnt", &mnt);
  if (!st)
    st = kd_layout (k, tree ? "mount.node" : "mount.list", &node);
  if (!st)
    st = kd_layout (k, tree ? "mnt_namespace.mounts" : "mnt_namespace.list",
                    &head);
  if (st)
    return st;
  w.node = node.offset;
  w.mnt = mnt.offset;
  st = tree ? kd_rbtree_walk (k, ns + head.offset, MAX_MOUNTS, take_mount, &w)
            : kd_list_walk (k, ns + head.offset, MAX_MOUNTS, take_mount, &w);
  st = kd_damage_end (&w.damage, st);
  return kd_context (st, "mount namespace at 0x%" PRIx64, ns);
}

void
kd_mount_describe_flags (const struct kd_mount *m, struct kd_strbuf *out)
{
  /* show_sb_opts() and show_mnt_opts() of fs/proc_namespace.c; SB_* and MNT_*
     are the same since 2.6.39, or since they were added.  */
  static const struct {
    uint32_t sb, mnt;
    const char *word;
  } words[] = {
    { 16, 0, "sync" },          { 128, 0, "dirsync" },
    { 64, 0, "mand" },          { 1 << 25, 0, "lazytime" },
    { 0, 0x1, "nosuid" },       { 0, 0x2, "nodev" },
    { 0, 0x4, "noexec" },       { 0, 0x8, "noatime" },
    { 0, 0x10, "nodiratime" },  { 0, 0x20, "relatime" },
    { 0, 0x80, "nosymfollow" },
  };
  enum { SB_RDONLY = 1, MNT_READONLY = 0x40 };
  bool ro = m->sb_flags & SB_RDONLY || m->flags & MNT_READONLY;
  kd_strbuf_puts (out, ro ? "ro" : "rw");
  for (size_t i = 0; i < KD_ARRAY_SIZE (words); i++)
    if ((m->sb_flags & words[i].sb) || (m->flags & words[i].mnt))
      kd_strbuf_printf (out, ",%s", words[i].word);
}
