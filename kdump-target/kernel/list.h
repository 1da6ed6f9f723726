/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking the kernel's linked lists, which a crash may have left damaged.
   Source: include/linux/list.h and llist.h of the kernel. */
#ifndef KD_KERNEL_LIST_H
#define KD_KERNEL_LIST_H

#include "kernel/kernel.h"

/* Called for each entry with the address of its struct list_head (or
   hlist_node, llist_node).  Anything but KD_OK ends the walk and becomes its
   result; KD_INTERRUPTED from kd_progress() is a usual one.  */
typedef enum kd_status kd_list_fn (void *arg, uint64_t entry);

/* The ring of struct list_head whose head is at HEAD; the head is no entry.
   Each entry is visited once.  An entry that was being added at the time of
   the crash is visited too.  Where the ring is broken (unreadable, looping,
   an entry that does not point back), the rest is walked from the end
   backwards, and the result is KD_CORRUPT, or the status of the memory, with
   words on where: what was visited is certain, what is between the two broken
   ends is lost.  More than LIMIT entries are KD_CORRUPT.  */
enum kd_status kd_list_walk (struct kd_kernel *k, uint64_t head, size_t limit,
                             kd_list_fn *fn, void *arg) KD_MUST_CHECK;

/* A list that ends in a null pointer, each entry beginning with the pointer
   to the next; FIRST is the address of the first entry, 0 for an empty list.
   hlist and llist; the marks in a pointer's low bit are the caller's.  */
enum kd_status kd_chain_walk (struct kd_kernel *k, uint64_t first,
                              size_t limit, kd_list_fn *fn,
                              void *arg) KD_MUST_CHECK;

#endif
