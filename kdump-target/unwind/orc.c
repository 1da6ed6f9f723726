/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ORC: decoding, lookup and one step.  Links into the server and into GDB. */
#include "unwind/orc.h"

#include "base/cursor.h"
#include "base/guard.h"

#include <inttypes.h>
#include <string.h>

const struct kd_orc_entry kd_orc_null_entry
  = { .sp_offset = 8, .sp_reg = KD_ORC_REG_SP, .type = KD_ORC_TYPE_CALL };

const struct kd_orc_entry kd_orc_fp_entry = { .sp_offset = 16,
                                              .bp_offset = -16,
                                              .sp_reg = KD_ORC_REG_BP,
                                              .bp_reg = KD_ORC_REG_PREV_SP,
                                              .type = KD_ORC_TYPE_CALL };

/* Register numbers of an encoding, -1 where it has none.  */
static const int8_t regs_to_v3[16] = {
  KD_ORC_REG_UNDEFINED,
  KD_ORC_REG_PREV_SP,
  KD_ORC_REG_DX,
  KD_ORC_REG_DI,
  KD_ORC_REG_BP,
  KD_ORC_REG_SP,
  KD_ORC_REG_R10,
  KD_ORC_REG_R13,
  KD_ORC_REG_BP_INDIRECT,
  KD_ORC_REG_SP_INDIRECT,
  KD_ORC_REG_AX, /* "objtool/x86: Support %rax as DRAP", in some v3 kernels */
  -1,
  -1,
  -1,
  -1,
  -1,
};
static const int8_t regs_v4[16] = {
  KD_ORC_REG_UNDEFINED,
  KD_ORC_REG_AX,
  KD_ORC_REG_DX,
  KD_ORC_REG_SP,
  KD_ORC_REG_BP,
  KD_ORC_REG_DI,
  KD_ORC_REG_R10,
  KD_ORC_REG_R13,
  KD_ORC_REG_PREV_SP,
  KD_ORC_REG_SP_INDIRECT,
  KD_ORC_REG_BP_INDIRECT,
  -1,
  -1,
  -1,
  -1,
  -1,
};

/* Versions 1 and 2 have CALL, REGS, REGS_PARTIAL; 3 and 4 all five.  */
static const int8_t types_to_v2[4]
  = { KD_ORC_TYPE_CALL, KD_ORC_TYPE_REGS, KD_ORC_TYPE_REGS_PARTIAL, -1 };
static const int8_t types_v3[8] = { KD_ORC_TYPE_UNDEFINED,
                                    KD_ORC_TYPE_END,
                                    KD_ORC_TYPE_CALL,
                                    KD_ORC_TYPE_REGS,
                                    KD_ORC_TYPE_REGS_PARTIAL,
                                    -1,
                                    -1,
                                    -1 };

/* Where the fields above the two registers are, in bits of the flags.  */
static const struct orc_format {
  const int8_t *regs;
  const int8_t *types;
  unsigned char type_mask; /* of flags >> 8 */
  unsigned char signal;    /* bit number, 0 if the encoding has none */
  unsigned char end;       /* so too */
  unsigned char used;      /* bits of flags; the others are zero */
} formats[] = {
  [KD_ORC_V1] = { regs_to_v3, types_to_v2, 3, 0, 10, 11 },
  [KD_ORC_V2] = { regs_to_v3, types_to_v2, 3, 10, 11, 12 },
  [KD_ORC_V3] = { regs_to_v3, types_v3, 7, 11, 0, 12 },
  [KD_ORC_V4] = { regs_v4, types_v3, 7, 11, 0, 12 },
};

const char *
kd_orc_version_name (enum kd_orc_version version)
{
  static const char *const names[]
    = { "ORC", "ORC v1", "ORC v2", "ORC v3", "ORC v4" };

  return version <= KD_ORC_V4 ? names[version] : names[0];
}

/* The decoding proper; false if VERSION has no such entry.  */
static bool
decode (enum kd_orc_version version, const uint8_t raw[6],
        struct kd_orc_entry *out)
{
  const struct orc_format *f = &formats[version];
  unsigned flags = kd_le16 (raw + 4);
  int8_t sp_reg = f->regs[flags & 15], bp_reg = f->regs[flags >> 4 & 15];
  int8_t type = f->types[flags >> 8 & f->type_mask];

  if (sp_reg < 0 || bp_reg < 0 || type < 0 || flags >> f->used)
    return false;
  *out = (struct kd_orc_entry){ .sp_offset = (int16_t)kd_le16 (raw),
                                .bp_offset = (int16_t)kd_le16 (raw + 2),
                                .sp_reg = (enum kd_orc_reg)sp_reg,
                                .bp_reg = (enum kd_orc_reg)bp_reg,
                                .type = (enum kd_orc_type)type };
  out->signal
    = f->signal ? flags >> f->signal & 1
                : type == KD_ORC_TYPE_REGS || type == KD_ORC_TYPE_REGS_PARTIAL;
  /* Before version 3 the stack pointer's register says that there is no
     caller, and the end bit whether that is as it should be.  */
  if (f->end && sp_reg == KD_ORC_REG_UNDEFINED) {
    out->type = flags >> f->end & 1 ? KD_ORC_TYPE_END : KD_ORC_TYPE_UNDEFINED;
    out->signal = false;
  }
  return true;
}

enum kd_status
kd_orc_decode (enum kd_orc_version version, const uint8_t raw[6],
               struct kd_orc_entry *out)
{
  if (version < KD_ORC_V1 || version > KD_ORC_V4)
    return kd_fail (KD_UNSUPPORTED,
                    "the encoding of the ORC table is unknown");
  if (!decode (version, raw, out))
    return kd_fail (KD_CORRUPT,
                    "%s entry with flags 0x%04x, which that encoding does not "
                    "have",
                    kd_orc_version_name (version), kd_le16 (raw + 4));
  return KD_OK;
}

/* An element is relative to its own address.  */
enum kd_status
kd_orc_table_ip (const struct kd_orc_table *table, uint32_t i,
                 kd_orc_read_fn *read, void *arg, uint64_t *out)
{
  uint64_t at = table->ip + 4 * (uint64_t)i;
  uint8_t raw[4] = { 0 };
  enum kd_status st = read (arg, at, raw, sizeof raw);

  if (st)
    return kd_context (st, "reading ORC address %u of %u", i, table->count);
  *out = at + (uint64_t)(int64_t)(int32_t)kd_le32 (raw);
  return KD_OK;
}

static enum kd_status
not_sorted (const struct kd_orc_table *table, uint32_t i, uint64_t ip)
{
  return kd_fail (KD_CORRUPT,
                  "the ORC table at 0x%" PRIx64
                  " is not sorted: entry %u of %u is for 0x%" PRIx64
                  ", which is out of order",
                  table->ip, i, table->count, ip);
}

/* Index of the last entry whose ip is not above PC.  Of entries for the same
   address the last is the real one: the kernel sorts the weak ones, which
   end a section, to the front.  */
static enum kd_status
search (const struct kd_orc_table *table, uint64_t pc, kd_orc_read_fn *read,
        void *arg, uint32_t *out)
{
  uint32_t low = 0, high = table->count; /* answer + 1 is in [low, high] */
  uint64_t low_ip = 0, high_ip = UINT64_MAX, ip = 0;
  enum kd_status st;

  while (low < high) {
    uint32_t mid = low + (high - low) / 2;

    st = kd_orc_table_ip (table, mid, read, arg, &ip);
    if (st)
      return st;
    if (ip < low_ip || ip > high_ip)
      return not_sorted (table, mid, ip);
    if (ip <= pc) {
      low = mid + 1;
      low_ip = ip;
    } else {
      high = mid;
      high_ip = ip;
    }
  }
  if (!low)
    return kd_fail (KD_NOT_FOUND, "no ORC entry for 0x%" PRIx64, pc);
  *out = low - 1;
  /* The successor was looked at above, if there is one.  */
  if (!*out)
    return KD_OK;
  st = kd_orc_table_ip (table, *out - 1, read, arg, &ip);
  if (!st && ip > low_ip)
    st = not_sorted (table, *out - 1, ip);
  return st;
}

static enum kd_status
lookup (const struct kd_orc_table *table, uint64_t pc, kd_orc_read_fn *read,
        void *arg, uint8_t raw[6], uint32_t *index)
{
  enum kd_status st;

  if (pc < table->text_start || pc >= table->text_end)
    return kd_fail (KD_NOT_FOUND,
                    "0x%" PRIx64 " is outside the code that the ORC table at "
                    "0x%" PRIx64 " describes",
                    pc, table->ip);
  st = search (table, pc, read, arg, index);
  if (st)
    return st;
  st = read (arg, table->unwind + 6 * (uint64_t)*index, raw, 6);
  return kd_context (st, "reading ORC entry %u of %u", *index, table->count);
}

enum kd_status
kd_orc_lookup_raw (const struct kd_orc_table *table, uint64_t pc,
                   kd_orc_read_fn *read, void *arg, uint8_t raw[6])
{
  uint32_t i = 0;

  return lookup (table, pc, read, arg, raw, &i);
}

enum kd_status
kd_orc_lookup (const struct kd_orc_table *table, uint64_t pc,
               kd_orc_read_fn *read, void *arg, struct kd_orc_entry *out)
{
  uint8_t raw[6] = { 0 };
  uint32_t i = 0;
  enum kd_status st = lookup (table, pc, read, arg, raw, &i);

  if (st)
    return st;
  st = kd_orc_decode (table->version, raw, out);
  return kd_context (st, "entry %u of the ORC table at 0x%" PRIx64, i,
                     table->unwind);
}

/* Offsets in the kernel's struct pt_regs of x86-64, by DWARF number; then
   flags, cs and ss.  The last five words are what the CPU pushes: ip, cs,
   flags, sp, ss.  */
static const unsigned char ptregs_offset[KD_ORC_NREGS]
  = { 80, 96, 88, 40, 104, 112, 32,  152, 72,  64,
      56, 48, 24, 16, 8,   0,   128, 144, 136, 160 };
enum { PTREGS_SIZE = 168, IRET_OFFSET = 128 };

#define BIT(reg) (UINT32_C (1) << (reg))
#define IRET_REGS                                                             \
  (BIT (KD_DW_IP) | BIT (KD_DW_CS) | BIT (KD_DW_FLAGS) | BIT (KD_DW_SP)       \
   | BIT (KD_DW_SS))
/* Entry code that has only an iret frame uses these as scratch.  */
#define ENTRY_SCRATCH (BIT (0) | BIT (1) | BIT (2) | BIT (5))

static enum kd_status
read_u64 (kd_orc_read_fn *read, void *arg, uint64_t at, uint64_t *out)
{
  uint8_t raw[8] = { 0 };
  enum kd_status st = read (arg, at, raw, sizeof raw);

  if (!st)
    *out = kd_le64 (raw);
  return st;
}

static enum kd_status
need_reg (const struct kd_orc_regs *regs, unsigned reg, const char *name,
          uint64_t *out)
{
  if (!(regs->valid & BIT (reg)))
    return kd_fail (KD_NOT_FOUND, "the unwind rule needs %s, not known here",
                    name);
  *out = regs->value[reg];
  return KD_OK;
}

/* Registers that an entry may be based on.  The kernel's unwinder leaves out
   the offset for the last five.  It is zero in real tables but for one entry
   (in asm_exc_nmi, rdx+8), where the code shows that it is meant to count.  */
static const struct {
  unsigned char dwarf;
  const char *name;
} bases[] = {
  [KD_ORC_REG_SP] = { KD_DW_SP, "rsp" },
  [KD_ORC_REG_BP] = { KD_DW_BP, "rbp" },
  [KD_ORC_REG_SP_INDIRECT] = { KD_DW_SP, "rsp" },
  [KD_ORC_REG_BP_INDIRECT] = { KD_DW_BP, "rbp" },
  [KD_ORC_REG_R10] = { 10, "r10" },
  [KD_ORC_REG_R13] = { 13, "r13" },
  [KD_ORC_REG_DI] = { 5, "rdi" },
  [KD_ORC_REG_DX] = { 1, "rdx" },
  [KD_ORC_REG_AX] = { 0, "rax" },
};

/* The previous stack pointer (for register frames: where they are).  */
static enum kd_status
previous_sp (const struct kd_orc_entry *entry, const struct kd_orc_regs *regs,
             kd_orc_read_fn *read, void *arg, uint64_t *out, bool *indirect)
{
  unsigned reg = entry->sp_reg;
  uint64_t offset = (uint64_t)(int64_t)entry->sp_offset, sp = 0;
  enum kd_status st;
  bool after;

  if (reg >= KD_ARRAY_SIZE (bases) || !bases[reg].name)
    return kd_fail (
      KD_CORRUPT, "an ORC entry bases the stack pointer on register %u", reg);
  st = need_reg (regs, bases[reg].dwarf, bases[reg].name, &sp);
  if (st)
    return st;
  *indirect = reg == KD_ORC_REG_SP_INDIRECT || reg == KD_ORC_REG_BP_INDIRECT;
  /* Since 87ccc826bf1c ("x86/unwind/orc: Change REG_SP_INDIRECT", 5.12) the
     offset counts from the loaded value.  That serves calls on another stack
     only; before, the entry was used for register frames only.  */
  after = reg == KD_ORC_REG_SP_INDIRECT && entry->type == KD_ORC_TYPE_CALL;
  if (!after)
    sp += offset;
  if (*indirect) {
    uint64_t at = sp;

    st = read_u64 (read, arg, at, &sp);
    if (st)
      return kd_context (st, "reading the saved stack pointer at 0x%" PRIx64,
                         at);
    if (after)
      sp += offset;
  }
  *out = sp;
  return KD_OK;
}

/* The caller's rbp, where the entry says it was saved.  */
static enum kd_status
previous_bp (const struct kd_orc_entry *entry, const struct kd_orc_regs *regs,
             uint64_t sp, kd_orc_read_fn *read, void *arg,
             struct kd_orc_regs *next)
{
  uint64_t at = 0;
  enum kd_status st = KD_OK;

  switch (entry->bp_reg) {
  case KD_ORC_REG_UNDEFINED:
    return KD_OK;
  case KD_ORC_REG_PREV_SP:
    at = sp;
    break;
  case KD_ORC_REG_BP:
    st = need_reg (regs, KD_DW_BP, "rbp", &at);
    break;
  default:
    return kd_fail (KD_CORRUPT, "an ORC entry bases rbp on register %u",
                    entry->bp_reg);
  }
  if (st)
    return st;
  at += (uint64_t)(int64_t)entry->bp_offset;
  st = read_u64 (read, arg, at, &next->value[KD_DW_BP]);
  if (st)
    return kd_context (st, "reading the saved rbp at 0x%" PRIx64, at);
  next->valid |= BIT (KD_DW_BP);
  return KD_OK;
}

static enum kd_status
step_call (const struct kd_orc_regs *regs, uint64_t sp, kd_orc_read_fn *read,
           void *arg, struct kd_orc_step *out)
{
  enum kd_status st;

  out->kind = KD_ORC_CALLER;
  st = read_u64 (read, arg, sp - 8, &out->next.value[KD_DW_IP]);
  if (st)
    return kd_context (st, "reading the return address at 0x%" PRIx64, sp - 8);
  out->next.value[KD_DW_SP] = sp;
  out->next.value[KD_DW_BP] = regs->value[KD_DW_BP];
  out->next.valid
    = BIT (KD_DW_IP) | BIT (KD_DW_SP) | (regs->valid & BIT (KD_DW_BP));
  out->cfa = sp;
  return KD_OK;
}

/* Load the registers of MASK from the pt_regs that would begin at BASE.  */
static void
load_ptregs (const uint8_t *image, uint64_t skip, uint32_t mask,
             struct kd_orc_regs *next)
{
  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    if (mask & BIT (i))
      next->value[i] = kd_le64 (image + ptregs_offset[i] - skip);
  /* The upper bits of these words are the CPU's own under FRED.  */
  next->value[KD_DW_CS] &= 0xffff;
  next->value[KD_DW_SS] &= 0xffff;
  next->valid |= mask;
}

static enum kd_status
step_regs (const struct kd_orc_entry *entry, const struct kd_orc_regs *regs,
           uint64_t sp, kd_orc_read_fn *read, void *arg,
           struct kd_orc_step *out)
{
  bool full = entry->type == KD_ORC_TYPE_REGS;
  uint64_t skip = full ? 0 : IRET_OFFSET;
  uint8_t image[PTREGS_SIZE] = { 0 };
  enum kd_status st = read (arg, sp, image, PTREGS_SIZE - skip);

  if (st)
    return kd_context (st, "reading the interrupted registers at 0x%" PRIx64,
                       sp);
  out->kind = KD_ORC_REGS;
  out->full = full;
  out->regs_at = sp;
  if (full) {
    load_ptregs (image, 0, BIT (KD_ORC_NREGS) - 1, &out->next);
  } else {
    /* Early and late entry code: what it has not saved is still in the
       registers, so an NMI there does not lose them.  */
    out->next = *regs;
    out->next.valid &= ~ENTRY_SCRATCH;
    load_ptregs (image, skip, IRET_REGS, &out->next);
  }
  out->user = (out->next.value[KD_DW_CS] & 3) != 0;
  out->cfa = out->next.value[KD_DW_SP];
  return KD_OK;
}

enum kd_status
kd_orc_step (const struct kd_orc_entry *entry, const struct kd_orc_regs *regs,
             kd_orc_read_fn *read, void *arg, struct kd_orc_step *out)
{
  enum kd_status st;
  uint64_t sp = 0;

  *out = (struct kd_orc_step){ .kind = KD_ORC_END };
  if (entry->type == KD_ORC_TYPE_END)
    return KD_OK;
  if (entry->type == KD_ORC_TYPE_UNDEFINED)
    return kd_fail (KD_UNSUPPORTED,
                    "the kernel's own table says that this code cannot be "
                    "unwound");
  st = previous_sp (entry, regs, read, arg, &sp, &out->indirect);
  if (st)
    return st;
  st = entry->type == KD_ORC_TYPE_CALL
         ? step_call (regs, sp, read, arg, out)
         : step_regs (entry, regs, sp, read, arg, out);
  return st ? st : previous_bp (entry, regs, sp, read, arg, &out->next);
}

/* The 20 bytes of .orc_header: a hash that the kernel's scripts/orc_hash.sh
   makes of orc_types.h, since b9f174c811e3 ("x86/unwind/orc: Add ELF section
   with ORC version identifier", 6.4).  */
static const struct {
  enum kd_orc_version version;
  uint8_t hash[20];
} headers[] = {
  /* ffb1b4a41016 ("x86/unwind/orc: Add 'signal' field to ORC metadata") */
  { KD_ORC_V2,
    { 0xdb, 0x84, 0xae, 0xd4, 0x10, 0x3b, 0x31, 0xdd, 0x51, 0xe0,
      0x17, 0xf8, 0xf7, 0x97, 0x83, 0xca, 0x98, 0x5c, 0x2c, 0x51 } },
  /* fb799447ae29 ("x86,objtool: Split UNWIND_HINT_EMPTY in two") */
  { KD_ORC_V3,
    { 0xfe, 0x5d, 0x32, 0xbf, 0x58, 0x1b, 0xd6, 0x3b, 0x2c, 0xa9,
      0xa5, 0xc6, 0x5b, 0xa5, 0xa6, 0x25, 0xea, 0xb3, 0xfe, 0x24 } },
  /* as found in Debian's 7.2 */
  { KD_ORC_V4,
    { 0x13, 0x7c, 0x36, 0xad, 0x76, 0x27, 0xc4, 0xdd, 0x55, 0x93,
      0x21, 0x76, 0xbb, 0x0e, 0xcd, 0xbd, 0x50, 0x41, 0xfc, 0x82 } },
};

/* Do the samples look like entries of VERSION: all can be decoded, but for a
   few, and three of four are what a function begins with?  */
static bool
samples_fit (const struct kd_orc_facts *facts, enum kd_orc_version version)
{
  size_t plain = 0, bad = 0;

  for (size_t i = 0; i < facts->nsamples; i++) {
    struct kd_orc_entry e;

    if (!decode (version, facts->samples[i], &e))
      bad++;
    else if (e.type == KD_ORC_TYPE_CALL && e.sp_reg == KD_ORC_REG_SP
             && e.sp_offset == 8 && e.bp_reg == KD_ORC_REG_UNDEFINED)
      plain++;
  }
  return facts->nsamples >= 4 && plain >= facts->nsamples - facts->nsamples / 4
         && bad <= facts->nsamples / 16;
}

/* Versions 1 and 2 differ in bits 10 and 11: end and nothing, or signal and
   end.  So bit 11 is version 2, and so is bit 10 of a register frame; a
   register frame without it, or bit 10 where the stack ends, is version 1.
   Positive: more signs of version 2.  */
static long
signs_of_v2 (const struct kd_orc_facts *facts)
{
  long signs = 0;

  for (size_t i = 0; i < facts->nsamples; i++) {
    unsigned flags = kd_le16 (facts->samples[i] + 4);

    if (flags >> 11 & 1)
      signs++;
    else if (flags >> 8 & 3)
      signs += flags >> 10 & 1 ? 1 : -1;
    else if (!(flags & 15) && flags >> 10 & 1)
      signs--;
  }
  return signs;
}

/* What the types alone leave possible, as a set of 1 << version.  */
static unsigned
possible_by_types (const struct kd_orc_facts *facts)
{
  unsigned set
    = 1 << KD_ORC_V1 | 1 << KD_ORC_V2 | 1 << KD_ORC_V3 | 1 << KD_ORC_V4;
  unsigned old = 1 << KD_ORC_V1 | 1 << KD_ORC_V2, v1 = 1 << KD_ORC_V1;
  unsigned v4 = 1 << KD_ORC_V4;

  if (facts->has_signal == 0)
    set &= v1;
  else if (facts->has_signal > 0)
    set &= ~v1;
  if (facts->has_end > 0)
    set &= old;
  else if (facts->has_end == 0)
    set &= ~(1U << KD_ORC_V2);
  if (facts->type_call == 0 || facts->type_regs == 1)
    set &= old;
  if (facts->type_call == 2 || facts->type_regs == 3 || facts->type_end >= 0)
    set &= ~old;
  if (facts->reg_sp == 3)
    set &= v4;
  else if (facts->reg_sp >= 0)
    set &= ~v4;
  return set;
}

enum kd_orc_version
kd_orc_detect (const struct kd_orc_facts *facts)
{
  unsigned set = possible_by_types (facts);
  bool have_samples = facts->nsamples >= 4;

  if (facts->header)
    for (size_t i = 0; i < KD_ARRAY_SIZE (headers); i++)
      if (!memcmp (facts->header, headers[i].hash, sizeof headers[i].hash))
        return have_samples && !samples_fit (facts, headers[i].version)
                 ? KD_ORC_UNKNOWN
                 : headers[i].version;
  if (have_samples) {
    long signs = signs_of_v2 (facts);

    for (unsigned v = KD_ORC_V1; v <= KD_ORC_V4; v++)
      if (set >> v & 1 && !samples_fit (facts, (enum kd_orc_version)v))
        set &= ~(1U << v);
    if (signs > 0)
      set &= ~(1U << KD_ORC_V1);
    else if (signs < 0)
      set &= ~(1U << KD_ORC_V2);
  }
  /* Exactly one left, or we do not know.  */
  if (!set || set & (set - 1))
    return KD_ORC_UNKNOWN;
  return (enum kd_orc_version)__builtin_ctz (set);
}
