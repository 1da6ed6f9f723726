/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers about struct layouts kept between runs, by build-id. */
#ifndef KD_KERNEL_LAYOUT_CACHE_H
#define KD_KERNEL_LAYOUT_CACHE_H

#include "kernel/types.h"
#include "kernel/vmlinux.h"

struct kd_layout_entry {
  bool found;
  bool no_type; /* not found, because there is no such type */
  struct kd_member member;
};

struct kd_layout_cache;

/* The cache for BUILD_ID (none on disk if its size is 0), with what
   $XDG_CACHE_HOME/kdump-gdb/layout-BUILD-ID has, if it can be read and is the
   user's own.  NULL when out of memory.  */
struct kd_layout_cache *
kd_layout_cache_create (const struct kd_build_id *build_id);
/* Writes new entries to disk (mode 0600); failing that is silent.  */
void kd_layout_cache_destroy (struct kd_layout_cache *cache);

bool kd_layout_cache_get (const struct kd_layout_cache *cache,
                          const char *type, const char *path,
                          struct kd_layout_entry *out);
void kd_layout_cache_put (struct kd_layout_cache *cache, const char *type,
                          const char *path,
                          const struct kd_layout_entry *entry);

#endif
