/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Physical memory of a dead kernel, whatever file format holds it. */
#ifndef KD_DUMP_DUMP_H
#define KD_DUMP_DUMP_H

#include "base/guard.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct kd_dump; /* opaque; reading is safe from several threads at once */

/* What the file says of itself, known after opening.  Strings are owned by
   the dump.  */
struct kd_dump_info {
  const char *format;      /* "ELF", "kdump-compressed v6", ... */
  const char *compression; /* "zlib", "zlib+raw", ...; "none" */
  uint16_t machine;        /* EM_* of elf.h; EM_NONE if the format is silent */
  bool big_endian;
  unsigned page_size;     /* bytes, a power of two from 4096 to 65536 */
  uint64_t max_pfn;       /* one past the highest page frame number */
  uint64_t pages_present; /* pages whose content is in the file, if cheap to
                             know; else UINT64_MAX */
  uint64_t file_size;     /* bytes, all parts together */
  int64_t modified;       /* when the last of them was written to, seconds
                             since 1970; 0 unknown */
  unsigned parts;         /* files given: 1, or the members of a split set */
  bool flattened;
  bool incomplete;         /* flagged so by its writer */
  bool truncated;          /* shorter than its own tables say */
  bool filtered;           /* pages were left out on purpose, or may be: a
                              very large dump is not counted */
  int dump_level;          /* makedumpfile -d LEVEL, -1 if unknown */
  const char *uts_release; /* of the format's own header, else of the
                              VMCOREINFO note; "" if silent */
  const char *uts_machine; /* as above */
  const char *warning;     /* what was found wrong when opening though most
                              can be read, for the user; "" if nothing */
};

/* An ELF note, its data as in the file.  Borrowed from the dump.  */
struct kd_note {
  const char *name; /* "CORE", "VMCOREINFO", "QEMU", ... */
  uint32_t type;    /* NT_* */
  const void *data;
  size_t size;          /* bytes */
  uint64_t file_offset; /* of the data, for messages */
};

/* A mapping that the dump's own headers claim: ELF PT_LOAD p_vaddr.  Hints
   for finding the kernel; never trusted alone.  */
struct kd_segment {
  uint64_t paddr;
  uint64_t vaddr;
  uint64_t size; /* bytes in memory */
};

/* Open the dump in the NPATHS files of PATHS (more than one: the parts of a
   split set, in any order).  *OUT is the caller's, for kd_dump_close().
   Errors name the file: KD_IO, KD_CORRUPT, KD_UNSUPPORTED (and what the file
   is, as far as we can tell), KD_NOMEM, KD_MISMATCH (parts of different
   sets, or one missing).  */
enum kd_status kd_dump_open (const char *const *paths, size_t npaths,
                             struct kd_dump **out) KD_MUST_CHECK;
void kd_dump_close (struct kd_dump *dump);
KD_DEFINE_GUARD (dump, struct kd_dump, kd_dump_close);

const struct kd_dump_info *kd_dump_info (const struct kd_dump *dump);

/* The file's name for messages; all parts joined by spaces.  */
const char *kd_dump_name (const struct kd_dump *dump);

/* Read one whole page into BUF (page_size bytes).  KD_EXCLUDED: filtered
   out when the dump was made.  KD_TRUNCATED: it should be there and the file
   ends before it.  KD_NOT_RAM: no such RAM.  KD_CORRUPT: its data does not
   decompress.  BUF is undefined after an error.  */
enum kd_status kd_dump_read_page (struct kd_dump *dump, uint64_t pfn,
                                  void *buf) KD_MUST_CHECK;

/* A page in the cache, held until released.  DATA has page_size bytes and
   stays valid and unchanged until kd_page_put().  */
struct kd_page {
  const uint8_t *data;
  void *slot; /* the cache's own */
};
enum kd_status kd_page_get (struct kd_dump *dump, uint64_t pfn,
                            struct kd_page *page) KD_MUST_CHECK;
void kd_page_put (struct kd_dump *dump, struct kd_page *page);

/* Read LEN bytes at physical address PADDR, crossing pages as need be.  On
   failure *DONE (may be NULL) says how many bytes from the start are good. */
enum kd_status kd_dump_read (struct kd_dump *dump, uint64_t paddr, void *buf,
                             size_t len, size_t *done) KD_MUST_CHECK;

/* The lowest page frame number >= PFN whose content is in the file, in *PFN;
   false when there is none.  Costs no page reads.  */
bool kd_dump_next_present (struct kd_dump *dump, uint64_t *pfn);

/* The lowest pfn >= *PFN that is RAM by the dump's own account (present or
   excluded); false when there is none.  */
bool kd_dump_next_ram (struct kd_dump *dump, uint64_t *pfn);

size_t kd_dump_note_count (const struct kd_dump *dump);
const struct kd_note *kd_dump_note (const struct kd_dump *dump, size_t i);

size_t kd_dump_segment_count (const struct kd_dump *dump);
const struct kd_segment *kd_dump_segment (const struct kd_dump *dump,
                                          size_t i);

#endif
