/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files and memory of the kernel that never ran; part of
   fake-objects.c. */
struct qstr {
  union {
    struct {
      u32 hash, len;
    };
    u64 hash_len;
  };
  const char *name;
};
struct inode {
  u16 i_mode;
  u64 i_ino;
};
struct file_system_type {
  const char *name;
};
struct super_block {
  u64 s_flags, s_magic;
  struct file_system_type *s_type;
  char *s_subtype;
};
struct dentry {
  u32 d_flags;
  struct hlist_node d_hash;
  struct dentry *d_parent;
  struct qstr d_name;
  struct inode *d_inode;
  struct super_block *d_sb;
};
struct vfsmount {
  struct dentry *mnt_root;
  struct super_block *mnt_sb;
  int mnt_flags;
};
struct mount {
  struct hlist_node mnt_hash;
  struct mount *mnt_parent;
  struct dentry *mnt_mountpoint;
  struct vfsmount mnt;
#if SHAPE < 614
  struct list_head mnt_list;
#else
  struct rb_node mnt_node;
#endif
  const char *mnt_devname;
};
struct mnt_namespace {
#if SHAPE < 614
  struct mount *root;
  struct list_head list;
  u32 mounts;
#else
  struct rb_root mounts;
#endif
};
struct path {
  struct vfsmount *mnt;
  struct dentry *dentry;
};
struct file {
  u32 f_mode, f_flags;
  u64 f_pos;
  struct path f_path;
  struct inode *f_inode;
};
struct fdtable {
  u32 max_fds;
  struct file **fd;
};
struct files_struct {
  int count;
  struct fdtable *fdt;
};
struct fs_struct {
  int users;
  struct path root, pwd;
};
struct nsproxy {
  int count;
  struct mnt_namespace *mnt_ns;
};

static struct file_system_type root_type USED = { "rootfs" };
static struct file_system_type fuse_type USED = { "fuse" };
static struct file_system_type pipe_type USED = { "pipefs" };
static struct super_block root_sb USED = { .s_type = &root_type };
static struct super_block fuse_sb USED
  = { .s_flags = 1, .s_type = &fuse_type, .s_subtype = "sshfs" };
static struct super_block pipe_sb USED
  = { .s_magic = 0x50495045, .s_type = &pipe_type };
static struct super_block anon_sb USED
  = { .s_magic = 0x09041934, .s_type = &pipe_type };
static struct inode file_inode USED = { 0100644, 11 };
static struct inode pipe_inode USED = { 010600, 4711 };

#define HASHED                                                                \
  {                                                                           \
    0, (void *)&root_sb                                                       \
  }
#define NAME(n)                                                               \
  {                                                                           \
    { { 0, sizeof (n) - 1 } }, n                                              \
  }
struct dentry root_dir USED
  = { .d_parent = &root_dir, .d_name = NAME ("/"), .d_sb = &root_sb };
struct dentry mnt_dir USED = { .d_hash = HASHED,
                               .d_parent = &root_dir,
                               .d_name = NAME ("mnt"),
                               .d_sb = &root_sb };
struct dentry fuse_dir USED
  = { .d_parent = &fuse_dir, .d_name = NAME ("/"), .d_sb = &fuse_sb };
struct dentry file_entry USED = { .d_hash = HASHED,
                                  .d_parent = &fuse_dir,
                                  .d_name = NAME ("a file"),
                                  .d_inode = &file_inode,
                                  .d_sb = &fuse_sb };
struct dentry gone_entry USED = { .d_parent = &mnt_dir,
                                  .d_name = NAME ("gone"),
                                  .d_inode = &file_inode,
                                  .d_sb = &root_sb };
struct dentry pipe_entry USED = { .d_parent = &pipe_entry,
                                  .d_name = NAME (""),
                                  .d_inode = &pipe_inode,
                                  .d_sb = &pipe_sb };
struct dentry event_entry USED = { .d_parent = &event_entry,
                                   .d_name = NAME ("[eventfd]"),
                                   .d_inode = &file_inode,
                                   .d_sb = &anon_sb };

extern struct mount root_mount, fuse_mount;
extern struct mnt_namespace namespace;
#if SHAPE < 614
#define FIRST .mnt_list = { &fuse_mount.mnt_list, &namespace.list }
#define SECOND .mnt_list = { &namespace.list, &root_mount.mnt_list }
#else
#define FIRST .mnt_node = { PLUS (0, 1), &fuse_mount.mnt_node, 0 }
#define SECOND .mnt_node = { PLUS (&root_mount.mnt_node, 0), 0, 0 }
#endif
struct mount root_mount USED = { .mnt_parent = &root_mount,
                                 .mnt_mountpoint = &root_dir,
                                 .mnt = { &root_dir, &root_sb, 0x20 },
                                 .mnt_devname = "none",
                                 FIRST };
struct mount fuse_mount USED = { .mnt_parent = &root_mount,
                                 .mnt_mountpoint = &mnt_dir,
                                 .mnt = { &fuse_dir, &fuse_sb, 0x3 },
                                 .mnt_devname = "host:/home",
                                 SECOND };
#if SHAPE < 614
struct mnt_namespace namespace USED
  = { &root_mount, { &root_mount.mnt_list, &fuse_mount.mnt_list }, 2 };
#else
struct mnt_namespace namespace USED = { { &root_mount.mnt_node } };
#endif
struct nsproxy proxy USED = { 1, &namespace };

#define OPEN(d, m, fl, p)                                                     \
  {                                                                           \
    .f_flags = fl, .f_pos = p, .f_path = { &(m).mnt, &(d) },                  \
    .f_inode = (d).d_inode                                                    \
  }
static struct file files[4] USED = {
  { .f_flags = 0,
    .f_pos = 12,
    .f_path = { &fuse_mount.mnt, &file_entry },
    .f_inode = &file_inode },
  { .f_flags = 02001,
    .f_path = { &root_mount.mnt, &gone_entry },
    .f_inode = &file_inode },
  { .f_flags = 1,
    .f_path = { &root_mount.mnt, &pipe_entry },
    .f_inode = &pipe_inode },
  { .f_flags = 2,
    .f_path = { &root_mount.mnt, &event_entry },
    .f_inode = &file_inode },
};
static struct file *fds[64] USED
  = { &files[0], 0, &files[1], &files[2], [63] = &files[3] };
struct fdtable fd_table USED = { 64, fds };
struct files_struct open_files USED = { 1, &fd_table };
struct fs_struct directories USED
  = { 1, { &root_mount.mnt, &root_dir }, { &fuse_mount.mnt, &fuse_dir } };

/* --- memory --- */

struct vm_special_mapping {
  const char *name;
};
struct anon_vma_name {
  int kref;
  char name[];
};
struct vm_operations_struct {
  void *open;
};
struct vm_operations_struct special_mapping_vmops USED = { 0 };
static struct vm_special_mapping vdso USED = { "[vdso]" };
static struct anon_vma_name anon_name USED = { 1, "cache" };

struct vm_area_struct {
  u64 vm_start, vm_end;
#if SHAPE < 604
  struct vm_area_struct *vm_next;
#else
  void *anon_name;
#endif
  u64 vm_flags;
  struct vm_operations_struct *vm_ops;
  u64 vm_pgoff;
  struct file *vm_file;
  void *vm_private_data;
};
#if SHAPE < 604
#define NEXT(n) .vm_next = n,
#define ANON_NAME
#else
#define NEXT(n)
#define ANON_NAME .anon_name = &anon_name,
#endif
struct vm_area_struct areas[] USED = {
  { 0x400000, 0x402000, NEXT (&areas[1]).vm_flags = 0x5, .vm_pgoff = 1,
    .vm_file = &files[0] },
  { 0x600000, 0x601000, NEXT (&areas[2]).vm_flags = 0x3 },
  { 0x700000, 0x701000, NEXT (&areas[3]) ANON_NAME.vm_flags = 0x83 },
  { 0x7f0000, 0x7f1000, NEXT (&areas[4]).vm_flags = 0x5,
    .vm_ops = &special_mapping_vmops, .vm_private_data = &vdso },
  { 0x7ff000, 0x800000, NEXT (0).vm_flags = 0x3 },
};
#if SHAPE >= 604
union maple_node area_node USED
  = { .mr64 = { .pivot = { 0x3fffff, 0x401fff, 0x5fffff, 0x600fff, 0x6fffff,
                           0x700fff, 0x7effff, 0x7f0fff, 0x7fefff, 0x7fffff },
                .slot = { 0, &areas[0], 0, &areas[1], 0, &areas[2], 0,
                          &areas[3], 0, &areas[4], 0, [15] = (void *)10 } } };
#endif
