/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of files, from the kernel's cache of directory entries.
   Source: include/linux/dcache.h, fs/mount.h and fs/d_path.c of the kernel. */
#ifndef KD_KERNEL_PATH_H
#define KD_KERNEL_PATH_H

#include "kernel/kernel.h"

/* struct path.  */
struct kd_path {
  uint64_t mount;  /* struct vfsmount */
  uint64_t dentry; /* struct dentry */
};

/* The struct path at ADDR.  */
enum kd_status kd_path_read (struct kd_kernel *k, uint64_t addr,
                             struct kd_path *out) KD_MUST_CHECK;

/* Append the path to OUT, from the root of the mount tree it is in, as /proc
   would show it: "/dev/null", "/tmp/x (deleted)", "pipe:[1234]",
   "socket:[1234]", "anon_inode:[eventfd]".  Any bytes but zero.  What stands
   before a part that cannot be read, or is too long, is "...".  Fails only if
   not even the last part can be read.  */
enum kd_status kd_path_format (struct kd_kernel *k, const struct kd_path *path,
                               struct kd_strbuf *out) KD_MUST_CHECK;

/* One mounted file system.  */
struct kd_mount {
  uint64_t addr;       /* struct mount */
  uint64_t sb;         /* struct super_block */
  char device[128];    /* what was mounted: any bytes, so below */
  char type[64];       /* "ext4", "fuse.sshfs" */
  struct kd_path path; /* where: the root of it */
  uint32_t flags;      /* MNT_*, of this mount */
  uint64_t sb_flags;   /* SB_*, of the file system */
};

/* Anything but KD_OK ends the walk and becomes its result.  */
typedef enum kd_status kd_mount_fn (void *arg, const struct kd_mount *m);

/* Visit the mounts of the namespace (struct mnt_namespace) at NS, in the
   kernel's own order.  Of a damaged list or tree what is certain, and then the
   status of the damage.  KD_NOT_FOUND without the types it takes.  */
enum kd_status kd_mounts_walk (struct kd_kernel *k, uint64_t ns,
                               kd_mount_fn *fn, void *arg) KD_MUST_CHECK;
/* The mount namespace of a task.  KD_NOT_FOUND if it has none any more.  */
enum kd_status kd_mount_namespace (struct kd_kernel *k, uint64_t task,
                                   uint64_t *ns) KD_MUST_CHECK;

/* "rw,nosuid,relatime", as /proc/mounts has them, but without those of the
   file system's own; appended to OUT.  */
void kd_mount_describe_flags (const struct kd_mount *m, struct kd_strbuf *out);

#endif
