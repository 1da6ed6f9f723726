/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of kdump-compressed files shared by its reader's own sources.
   Source: makedumpfile's IMPLEMENTATION and diskdump_mod.h. */
#ifndef KD_DUMP_KDUMP_COMPRESSED_H
#define KD_DUMP_KDUMP_COMPRESSED_H

#include "dump/bitmap.h"
#include "dump/format.h"

#define KD_KDUMP_MAX_VERSION 6

/* Bits of the header's status besides KD_CODEC_*.  */
#define KD_KDUMP_INCOMPLETE 0x08u
#define KD_KDUMP_NO_VMEMMAP 0x10u

/* Main header and sub-header, host byte order.  */
struct kd_kdump_header {
  bool big_endian;
  uint32_t version; /* 0 to KD_KDUMP_MAX_VERSION */
  char nodename[66], release[66], uts_version[66], machine[66];
  uint32_t status;
  uint32_t block_size;    /* bytes; also the page size */
  uint32_t sub_blocks;    /* blocks of the sub-header */
  uint32_t bitmap_blocks; /* blocks of both bitmaps together */
  uint64_t max_pfn;       /* one past the highest page frame number */
  uint32_t nr_cpus;
  int dump_level; /* -1 before version 1 */
  bool split;
  uint64_t start_pfn, end_pfn;              /* of this part, if split */
  uint64_t vmcoreinfo_off, vmcoreinfo_size; /* file offset and bytes; 0 */
  uint64_t note_off, note_size;
  uint64_t erase_off, erase_size;
};

/* KD_NOT_MINE if SRC is no kdump-compressed file.  */
enum kd_status kd_kdump_read_header (struct kd_source *src,
                                     struct kd_kdump_header *h) KD_MUST_CHECK;

/* One file.  */
struct kd_kdump_part {
  struct kd_source *src; /* borrowed */
  struct kd_kdump_header h;
  uint64_t start_pfn, end_pfn;   /* the pages whose contents it has */
  uint64_t table_off;            /* of its first page descriptor */
  struct kd_bitmap ram, present; /* absolute page frame numbers */
  _Atomic uint64_t skipped;      /* ones in `present` before start_pfn; */
                                 /* UINT64_MAX: not counted yet */
  _Atomic uint64_t zeros_off;    /* of a page of zeros; 0: not met yet */
};

/* Sort the N parts, which name themselves parts of a split set or are one
   whole file, by page frame number; KD_MISMATCH if they belong to different
   dumps, overlap, or one is missing.  */
enum kd_status kd_split_arrange (struct kd_kdump_part *parts,
                                 size_t n) KD_MUST_CHECK;

#endif
