/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process has open, and its memory areas.
   Source: include/linux/fdtable.h, fs.h and mm_types.h of the kernel. */
#ifndef KD_KERNEL_FILES_H
#define KD_KERNEL_FILES_H

#include "kernel/path.h"

struct kd_file {
  uint64_t addr;   /* struct file */
  uint64_t inode;  /* struct inode, 0 unknown */
  uint32_t mode;   /* of the inode, S_IFMT and permissions; 0 unknown */
  bool unreadable; /* only ADDR is known */
  uint32_t flags;  /* O_* as given to open() */
  uint64_t pos;    /* bytes */
  struct kd_path path;
};

/* Anything but KD_OK ends the walk and becomes its result; so below.  */
typedef enum kd_status kd_file_fn (void *arg, unsigned fd,
                                   const struct kd_file *file);

/* Visit the open files of a task (struct task_struct).  One that cannot be
   read has zeros; the result then is the first such status.  KD_NOT_FOUND if
   the task has no files any more, or without the types it takes.  */
enum kd_status kd_files_walk (struct kd_kernel *k, uint64_t task,
                              kd_file_fn *fn, void *arg) KD_MUST_CHECK;

/* The struct file at ADDR.  */
enum kd_status kd_file_read (struct kd_kernel *k, uint64_t addr,
                             struct kd_file *out) KD_MUST_CHECK;

/* The directory the task is in, and its root.  KD_NOT_FOUND as above.  */
enum kd_status kd_task_directories (struct kd_kernel *k, uint64_t task,
                                    struct kd_path *pwd,
                                    struct kd_path *root) KD_MUST_CHECK;

/* A memory area of a process.  */
struct kd_vma {
  bool unreadable;     /* only ADDR, START and END are known */
  uint64_t addr;       /* struct vm_area_struct */
  uint64_t start, end; /* user addresses */
  uint64_t flags;      /* VM_* */
  uint64_t file;       /* struct file, 0 none */
  uint64_t offset;     /* bytes in the file */
  char name[80];       /* "[stack]", "[heap]", "[vdso]", "[anon:NAME]", ""
                          none; printable */
};

typedef enum kd_status kd_vma_fn (void *arg, const struct kd_vma *vma);

/* Visit the areas of the mm_struct at MM, by ascending address.  Of a damaged
   list or tree what is certain, and then the status of the damage; a tree
   knows the addresses of an area that cannot be read.  */
enum kd_status kd_vmas_walk (struct kd_kernel *k, uint64_t mm, kd_vma_fn *fn,
                             void *arg) KD_MUST_CHECK;

#endif
