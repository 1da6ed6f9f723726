/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server says of the dump when GDB attaches. */
#ifndef KD_PLUGIN_INFO_H
#define KD_PLUGIN_INFO_H

#include "base/guard.h"
#include "unwind/orc.h"

/* An ORC table and whose it is.  */
struct kd_info_orc {
  char *module; /* owned; NULL for the kernel itself */
  struct kd_orc_table table;
};

struct kd_info_range {
  uint64_t start, end; /* end exclusive; 0 stands for 2^64 */
};

/* Innermost registers of a CPU: its pc is exact, not a return address.  */
struct kd_info_cpu {
  uint64_t pc, sp;
};

/* The caller of a CPU's innermost code, which no table describes.  */
struct kd_info_caller {
  uint64_t pc, sp; /* of the CPU */
  uint64_t next_pc, next_sp, next_bp;
};

/* All strings are owned, and NULL where the server said "-" or nothing.  */
struct kd_info {
  char *release, *build_id, *arch, *dump, *panic_message;
  char *vmlinux;      /* verified to belong to the dump */
  char *vmlinux_note; /* why there is none */
  unsigned ncpus;
  int panic_cpu;         /* -1 unknown */
  uint64_t kaslr_offset; /* added to link addresses */
  bool percpu_zero_based;
  bool frame_pointers; /* no ORC, but all C code has frame pointers */
  bool booting; /* memory with the kernel's initialisation is not freed */
  struct kd_info_range *memory; /* the same whatever CPU is selected */
  size_t nmemory;
  struct kd_info_range *text; /* code: the kernel's first, then modules' */
  size_t ntext;
  struct kd_info_range *last; /* code of outermost frames, by ORC */
  size_t nlast;
  struct kd_info_orc *orc;
  size_t norc;
  struct kd_info_cpu *cpus;
  size_t ncpu_regs;
  uint64_t *beginnings; /* pc of tasks that never ran: exact, too */
  size_t nbeginnings;
  struct kd_info_caller *callers;
  size_t ncallers;
  char **warnings;
  size_t nwarnings;
};

/* Parse TEXT, the answer to `kdump attach-info' (it is changed).  Lines with
   unknown keys are skipped.  KD_UNSUPPORTED for another protocol, KD_CORRUPT
   naming the line.  OUT is the caller's, also after an error.  */
enum kd_status kd_info_parse (char *text, struct kd_info *out) KD_MUST_CHECK;
void kd_info_deinit (struct kd_info *info);

/* Replace %xx in S, in place.  */
void kd_info_unescape (char *s);

#endif
