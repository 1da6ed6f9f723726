/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VMCOREINFO: what the kernel wrote about itself for tools like this one.
   Source: Documentation/admin-guide/kdump/vmcoreinfo.rst of the kernel. */
#ifndef KD_DUMP_VMCOREINFO_H
#define KD_DUMP_VMCOREINFO_H

#include "dump/dump.h"

struct kd_vmcoreinfo; /* opaque, immutable after it was found */

/* Where the text came from.  */
enum kd_vmcoreinfo_source {
  KD_VMCOREINFO_NOTE,   /* its ELF note, or the kdump sub-header */
  KD_VMCOREINFO_MEMORY, /* found in the dump's memory by scanning */
  KD_VMCOREINFO_FILE,   /* given by the user */
};

/* From the dump's note.  KD_NOT_FOUND if there is none or it is empty.  *OUT
   is the caller's, for kd_vmcoreinfo_destroy(); so below.  */
enum kd_status
kd_vmcoreinfo_from_note (struct kd_dump *dump,
                         struct kd_vmcoreinfo **out) KD_MUST_CHECK;

/* Search the pages that are present for the kernel's own copy (a page that
   begins with OSRELEASE=).  Takes at most little more than reading them;
   shows progress.  KD_NOT_FOUND.  */
enum kd_status kd_vmcoreinfo_scan (struct kd_dump *dump,
                                   struct kd_vmcoreinfo **out) KD_MUST_CHECK;

/* The same from page *PFN on; when found, *PFN is one past its page.  For a
   caller that finds the text does not fit the dump: RAM may still hold that
   of a kernel that ran before.  */
enum kd_status
kd_vmcoreinfo_scan_from (struct kd_dump *dump, uint64_t *pfn,
                         struct kd_vmcoreinfo **out) KD_MUST_CHECK;

/* From a text file of KEY=VALUE lines.  */
enum kd_status
kd_vmcoreinfo_from_file (const char *path,
                         struct kd_vmcoreinfo **out) KD_MUST_CHECK;

/* From memory; TEXT is copied.  */
enum kd_status kd_vmcoreinfo_parse (const char *text, size_t len,
                                    struct kd_vmcoreinfo **out) KD_MUST_CHECK;

void kd_vmcoreinfo_destroy (struct kd_vmcoreinfo *vi);
KD_DEFINE_GUARD (vmcoreinfo, struct kd_vmcoreinfo, kd_vmcoreinfo_destroy);

enum kd_vmcoreinfo_source
kd_vmcoreinfo_source (const struct kd_vmcoreinfo *vi);

/* Value of KEY ("OSRELEASE", "SYMBOL(init_top_pgt)"), NULL if absent.
   Borrowed.  */
const char *kd_vmcoreinfo_get (const struct kd_vmcoreinfo *vi,
                               const char *key);
/* NUMBER(NAME), decimal or 0x-hex, may be negative; false if absent or not a
   number.  */
bool kd_vmcoreinfo_number (const struct kd_vmcoreinfo *vi, const char *name,
                           int64_t *value);
/* SYMBOL(NAME), hexadecimal run-time address.  */
bool kd_vmcoreinfo_symbol (const struct kd_vmcoreinfo *vi, const char *name,
                           uint64_t *value);
/* OFFSET(NAME) and SIZE(NAME) and LENGTH(NAME), decimal bytes or elements. */
bool kd_vmcoreinfo_offset (const struct kd_vmcoreinfo *vi, const char *name,
                           uint64_t *value);
bool kd_vmcoreinfo_size (const struct kd_vmcoreinfo *vi, const char *name,
                         uint64_t *value);
bool kd_vmcoreinfo_length (const struct kd_vmcoreinfo *vi, const char *name,
                           uint64_t *value);
/* KEY=HEX without parentheses (KERNELOFFSET=).  */
bool kd_vmcoreinfo_hex (const struct kd_vmcoreinfo *vi, const char *key,
                        uint64_t *value);

#endif
