/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ORC: decoding of every encoding, lookup at the edges, each kind of step. */
#include "base/guard.h"
#include "test.h"
#include "unwind/orc.h"

#include <string.h>

/* A stretch of memory at an address; everything else is not mapped.  */
struct image {
  uint64_t base;
  size_t size;
  uint8_t bytes[4096];
};

static enum kd_status
read_image (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  struct image *im = arg;

  if (vaddr < im->base || vaddr - im->base > im->size
      || len > im->size - (vaddr - im->base))
    return kd_fail (KD_NOT_MAPPED, "not in the image");
  memcpy (buf, im->bytes + (vaddr - im->base), len);
  return KD_OK;
}

static void
put (struct image *im, uint64_t at, uint64_t value, unsigned size)
{
  for (unsigned i = 0; i < size; i++)
    im->bytes[at - im->base + i] = (uint8_t)(value >> 8 * i);
}

static void
put_entry (struct image *im, uint64_t at, int sp, int bp, unsigned flags)
{
  put (im, at, (uint64_t)sp, 2);
  put (im, at + 2, (uint64_t)bp, 2);
  put (im, at + 4, flags, 2);
}

/* Decode an entry of these fields and compare; TYPE -1: must be refused.  */
static bool
decodes (enum kd_orc_version v, unsigned flags, int type, int sp, int bp,
         bool signal)
{
  uint8_t raw[6]
    = { 0xf0, 0xff, 0x20, 0x00, (uint8_t)flags, (uint8_t)(flags >> 8) };
  struct kd_orc_entry e = { 0 };
  enum kd_status st = kd_orc_decode (v, raw, &e);

  if (type < 0)
    return st == KD_CORRUPT;
  return !st && (int)e.type == type && (int)e.sp_reg == sp
         && (int)e.bp_reg == bp && e.signal == signal && e.sp_offset == -16
         && e.bp_offset == 32;
}

#define SP KD_ORC_REG_SP
#define BP KD_ORC_REG_BP
#define PREV KD_ORC_REG_PREV_SP
#define NONE KD_ORC_REG_UNDEFINED

static void
test_decode (void)
{
  ok (decodes (KD_ORC_V1, 0x015, KD_ORC_TYPE_CALL, SP, PREV, false),
      "v1: a call");
  ok (decodes (KD_ORC_V1, 0x105, KD_ORC_TYPE_REGS, SP, NONE, true),
      "v1: a register frame is exact although there is no signal bit");
  ok (decodes (KD_ORC_V1, 0x205, KD_ORC_TYPE_REGS_PARTIAL, SP, NONE, true),
      "v1: an iret frame");
  ok (decodes (KD_ORC_V1, 0x400, KD_ORC_TYPE_END, NONE, NONE, false),
      "v1: the end bit without a register is the end");
  ok (decodes (KD_ORC_V1, 0x000, KD_ORC_TYPE_UNDEFINED, NONE, NONE, false),
      "v1: nothing at all is undefined");
  ok (decodes (KD_ORC_V1, 0x305, -1, 0, 0, false), "v1: no type 3");
  ok (decodes (KD_ORC_V1, 0x805, -1, 0, 0, false), "v1: no bit 11");
  ok (decodes (KD_ORC_V1, 0x00f, -1, 0, 0, false), "v1: no register 15");
  ok (decodes (KD_ORC_V2, 0x505, KD_ORC_TYPE_REGS, SP, NONE, true),
      "v2: bit 10 is the signal bit");
  ok (decodes (KD_ORC_V2, 0x105, KD_ORC_TYPE_REGS, SP, NONE, false),
      "v2: a register frame without it is not exact");
  ok (decodes (KD_ORC_V2, 0x800, KD_ORC_TYPE_END, NONE, NONE, false),
      "v2: bit 11 is the end bit");
  ok (decodes (KD_ORC_V2, 0x1005, -1, 0, 0, false), "v2: no bit 12");
  ok (decodes (KD_ORC_V3, 0x000, KD_ORC_TYPE_UNDEFINED, NONE, NONE, false),
      "v3: type 0 is undefined");
  ok (decodes (KD_ORC_V3, 0x100, KD_ORC_TYPE_END, NONE, NONE, false),
      "v3: type 1 is the end");
  ok (decodes (KD_ORC_V3, 0x214, KD_ORC_TYPE_CALL, BP, PREV, false),
      "v3: type 2 is a call");
  ok (decodes (KD_ORC_V3, 0xb05, KD_ORC_TYPE_REGS, SP, NONE, true),
      "v3: type 3 is a register frame, bit 11 the signal bit");
  ok (decodes (KD_ORC_V3, 0x405, KD_ORC_TYPE_REGS_PARTIAL, SP, NONE, false),
      "v3: an iret frame whose ip is not exact");
  ok (decodes (KD_ORC_V3, 0x20a, KD_ORC_TYPE_CALL, KD_ORC_REG_AX, NONE, false),
      "v3: register 10 is rax");
  ok (decodes (KD_ORC_V3, 0x505, -1, 0, 0, false), "v3: no type 5");
  ok (decodes (KD_ORC_V3, 0x1205, -1, 0, 0, false), "v3: no bit 12");
  ok (decodes (KD_ORC_V3, 0x20b, -1, 0, 0, false), "v3: no register 11");
  ok (decodes (KD_ORC_V4, 0x283, KD_ORC_TYPE_CALL, SP, PREV, false),
      "v4: rsp is 3 and the previous rsp 8");
  ok (decodes (KD_ORC_V4, 0x24a, KD_ORC_TYPE_CALL, KD_ORC_REG_BP_INDIRECT, BP,
               false),
      "v4: the indirect registers are 9 and 10");
  ok (decodes (KD_ORC_V4, 0x209, KD_ORC_TYPE_CALL, KD_ORC_REG_SP_INDIRECT,
               NONE, false),
      "v4: register 9 is rsp, indirect");
  ok (decodes (KD_ORC_V4, 0x201, KD_ORC_TYPE_CALL, KD_ORC_REG_AX, NONE, false),
      "v4: register 1 is rax");
  ok (decodes (KD_ORC_V4, 0xc02, KD_ORC_TYPE_REGS_PARTIAL, KD_ORC_REG_DX, NONE,
               true),
      "v4: an iret frame by rdx");
  uint8_t raw[6] = { 0 };
  struct kd_orc_entry e;
  ok (kd_orc_decode (KD_ORC_UNKNOWN, raw, &e) == KD_UNSUPPORTED,
      "an unknown encoding is refused");
}

/* Five entries; the third and fourth are for the same address, of which the
   earlier is a weak one.  */
#define TEXT 0xffffffff81000000
#define TABLE 0xffffffff82000000
static const uint64_t table_ips[5]
  = { TEXT, TEXT + 0x10, TEXT + 0x20, TEXT + 0x20, TEXT + 0x40 };

static struct kd_orc_table
make_table (struct image *im, const uint64_t *ips)
{
  struct kd_orc_table t = { .version = KD_ORC_V3,
                            .text_start = TEXT,
                            .text_end = TEXT + 0x100,
                            .ip = TABLE,
                            .unwind = TABLE + 0x100,
                            .count = 5 };

  *im = (struct image){ .base = TABLE, .size = 0x200 };
  for (int i = 0; i < 5; i++) {
    put (im, t.ip + 4 * (uint64_t)i, ips[i] - (t.ip + 4 * (uint64_t)i), 4);
    put_entry (im, t.unwind + 6 * (uint64_t)i, 8 * (i + 1), 0,
               i == 2 ? 0 : 0x205);
  }
  return t;
}

static int
lookup_offset (const struct kd_orc_table *t, struct image *im, uint64_t pc)
{
  struct kd_orc_entry e;
  enum kd_status st = kd_orc_lookup (t, pc, read_image, im, &e);

  return st ? -(int)st : e.sp_offset;
}

static void
test_lookup (void)
{
  static const uint64_t unsorted[5]
    = { TEXT, TEXT + 0x40, TEXT + 0x10, TEXT + 0x20, TEXT + 0x30 };
  struct image im;
  struct kd_orc_table t = make_table (&im, table_ips);

  is_int (lookup_offset (&t, &im, TEXT), 8, "the first byte of the text");
  is_int (lookup_offset (&t, &im, TEXT + 0xf), 8, "the last one of entry 0");
  is_int (lookup_offset (&t, &im, TEXT + 0x10), 16, "the first of entry 1");
  is_int (lookup_offset (&t, &im, TEXT + 0x20), 32,
          "of two entries for an address the last counts");
  is_int (lookup_offset (&t, &im, TEXT + 0xff), 40,
          "the last entry reaches to the end of the text");
  is_int (lookup_offset (&t, &im, TEXT - 1), -KD_NOT_FOUND,
          "below the text there is nothing");
  is_int (lookup_offset (&t, &im, TEXT + 0x100), -KD_NOT_FOUND,
          "beyond the text there is nothing");
  t.text_start -= 0x10;
  is_int (lookup_offset (&t, &im, TEXT - 1), -KD_NOT_FOUND,
          "below the first entry there is nothing");
  t.count = 0;
  is_int (lookup_offset (&t, &im, TEXT), -KD_NOT_FOUND,
          "an empty table has nothing");
  t.count = UINT32_MAX;
  ok (lookup_offset (&t, &im, TEXT) < 0, "a count beyond the memory fails");
  t = make_table (&im, unsorted);
  is_int (lookup_offset (&t, &im, TEXT + 0x18), -KD_CORRUPT,
          "an unsorted table is found out");
  t.ip = UINT64_MAX - 8;
  is_int (lookup_offset (&t, &im, TEXT), -KD_NOT_MAPPED,
          "a table at the end of the address space fails");
  t = make_table (&im, table_ips);
  t.unwind = 0x1000;
  is_int (lookup_offset (&t, &im, TEXT), -KD_NOT_MAPPED,
          "a table off the map fails with the reader's status");
  t = make_table (&im, table_ips);
  put_entry (&im, t.unwind, 8, 0, 0x705);
  is_int (lookup_offset (&t, &im, TEXT), -KD_CORRUPT,
          "a senseless entry is found out");
}

#define STACK 0xffffc90000010000

static struct kd_orc_regs
start_regs (void)
{
  struct kd_orc_regs r = { .valid = (1U << KD_ORC_NREGS) - 1 };

  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    r.value[i] = 0x1111000 + i;
  r.value[KD_DW_SP] = STACK + 0x100;
  r.value[KD_DW_BP] = STACK + 0x200;
  return r;
}

/* Every word of the stack holds its own offset plus 0xaa000000.  */
static void
fill_stack (struct image *im)
{
  *im = (struct image){ .base = STACK, .size = 0x1000 };
  for (uint64_t i = 0; i < im->size; i += 8)
    put (im, STACK + i, 0xaa000000 + i, 8);
}

static void
test_step_call (void)
{
  static const struct {
    enum kd_orc_reg reg;
    unsigned dwarf;
    const char *name;
  } cases[] = {
    { KD_ORC_REG_SP, KD_DW_SP, "rsp" }, { KD_ORC_REG_BP, KD_DW_BP, "rbp" },
    { KD_ORC_REG_R10, 10, "r10" },      { KD_ORC_REG_R13, 13, "r13" },
    { KD_ORC_REG_DI, 5, "rdi" },        { KD_ORC_REG_DX, 1, "rdx" },
    { KD_ORC_REG_AX, 0, "rax" },
  };
  struct image im;
  struct kd_orc_step s;

  fill_stack (&im);
  for (size_t i = 0; i < KD_ARRAY_SIZE (cases); i++) {
    struct kd_orc_entry e = { .sp_offset = 0x20,
                              .bp_offset = -16,
                              .sp_reg = cases[i].reg,
                              .bp_reg = PREV,
                              .type = KD_ORC_TYPE_CALL };
    struct kd_orc_regs r = start_regs ();

    r.value[cases[i].dwarf] = STACK + 0x300;
    ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.kind == KD_ORC_CALLER
          && s.cfa == STACK + 0x320 && s.next.value[KD_DW_SP] == STACK + 0x320
          && s.next.value[KD_DW_IP] == 0xaa000318
          && s.next.value[KD_DW_BP] == 0xaa000310 && !s.indirect
          && s.next.valid
               == (1U << KD_DW_SP | 1U << KD_DW_IP | 1U << KD_DW_BP),
        "a call based on %s", cases[i].name);
    r.valid &= ~(1U << cases[i].dwarf);
    is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_NOT_FOUND,
            "a call based on %s, which is not known", cases[i].name);
  }
}

static void
test_step_indirect (void)
{
  struct kd_orc_entry e = { .sp_offset = 16,
                            .sp_reg = KD_ORC_REG_SP_INDIRECT,
                            .type = KD_ORC_TYPE_CALL };
  struct kd_orc_regs r = start_regs ();
  struct image im;
  struct kd_orc_step s;

  fill_stack (&im);
  put (&im, STACK + 0x100, STACK + 0x400, 8);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.indirect
        && s.cfa == STACK + 0x410 && s.next.value[KD_DW_BP] == STACK + 0x200,
      "rsp indirect: the offset counts from the value loaded");
  put (&im, STACK + 0x110, STACK + 0x500, 8);
  e.type = KD_ORC_TYPE_REGS;
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.indirect
        && s.regs_at == STACK + 0x500,
      "rsp indirect to registers: the offset counts before loading");
  e = (struct kd_orc_entry){ .sp_offset = -8,
                             .bp_offset = 0,
                             .sp_reg = KD_ORC_REG_BP_INDIRECT,
                             .bp_reg = BP,
                             .type = KD_ORC_TYPE_CALL };
  put (&im, STACK + 0x1f8, STACK + 0x600, 8);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.indirect
        && s.cfa == STACK + 0x600 && s.next.value[KD_DW_BP] == 0xaa000200,
      "rbp indirect: the offset counts before loading; rbp at rbp");
  r.value[KD_DW_BP] = 0x10;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_NOT_MAPPED,
          "rbp indirect off the map");
}

static void
test_step_regs (void)
{
  struct kd_orc_entry e
    = { .sp_offset = 0, .sp_reg = SP, .type = KD_ORC_TYPE_REGS };
  struct kd_orc_regs r = start_regs ();
  struct image im;
  struct kd_orc_step s;

  fill_stack (&im);
  put (&im, STACK + 0x100 + 136, 0xdead00000010, 8);
  put (&im, STACK + 0x100 + 160, 0xbeef00000018, 8);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.kind == KD_ORC_REGS
        && s.full && !s.user && s.regs_at == STACK + 0x100,
      "a register frame of kernel mode");
  ok (
    s.next.valid == (1U << KD_ORC_NREGS) - 1 && s.next.value[15] == 0xaa000100
      && s.next.value[12] == 0xaa000118 && s.next.value[KD_DW_BP] == 0xaa000120
      && s.next.value[3] == 0xaa000128 && s.next.value[0] == 0xaa000150
      && s.next.value[5] == 0xaa000170 && s.next.value[KD_DW_IP] == 0xaa000180
      && s.next.value[KD_DW_FLAGS] == 0xaa000190
      && s.next.value[KD_DW_SP] == 0xaa000198 && s.cfa == 0xaa000198,
    "all its registers are where pt_regs has them");
  ok (s.next.value[KD_DW_CS] == 0x10 && s.next.value[KD_DW_SS] == 0x18,
      "what FRED puts above cs and ss is no part of them");
  put (&im, STACK + 0x100 + 136, 0x33, 8);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.user,
      "a register frame of user mode");
  r.value[KD_DW_SP] = STACK + im.size - 160;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_NOT_MAPPED,
          "a register frame that leaves the map");
}

static void
test_step_partial (void)
{
  struct kd_orc_entry e = { .sp_offset = 8,
                            .sp_reg = SP,
                            .type = KD_ORC_TYPE_REGS_PARTIAL,
                            .signal = true };
  struct kd_orc_regs r = start_regs ();
  struct image im;
  struct kd_orc_step s;

  fill_stack (&im);
  put (&im, STACK + 0x110, 0x10, 8);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.kind == KD_ORC_REGS
        && !s.full && !s.user && s.regs_at == STACK + 0x108
        && s.next.value[KD_DW_IP] == 0xaa000108
        && s.next.value[KD_DW_SP] == 0xaa000120
        && s.next.value[KD_DW_SS] == (0xaa000128 & 0xffff),
      "an iret frame");
  ok (s.next.valid >> KD_DW_BP & 1 && s.next.valid >> 10 & 1
        && s.next.value[10] == r.value[10]
        && s.next.value[KD_DW_BP] == r.value[KD_DW_BP],
      "before it, what entry code has not touched is still known");
  ok (!(s.next.valid & 0x27), "its scratch registers are not");
  r.value[KD_DW_SP] = STACK + im.size - 40;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_NOT_MAPPED,
          "an iret frame that leaves the map");
}

static void
test_step_other (void)
{
  struct kd_orc_entry e = { .type = KD_ORC_TYPE_END };
  struct kd_orc_regs r = start_regs ();
  struct image im;
  struct kd_orc_step s;

  fill_stack (&im);
  ok (!kd_orc_step (&e, &r, read_image, &im, &s) && s.kind == KD_ORC_END,
      "the end is the end");
  e.type = KD_ORC_TYPE_UNDEFINED;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_UNSUPPORTED,
          "undefined cannot be stepped");
  e = (struct kd_orc_entry){ .type = KD_ORC_TYPE_CALL, .sp_reg = NONE };
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_CORRUPT,
          "a call based on nothing makes no sense");
  e.sp_reg = PREV;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_CORRUPT,
          "nor one based on its own result");
  e.sp_reg = (enum kd_orc_reg)99;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_CORRUPT,
          "nor one based on register 99");
  e = kd_orc_null_entry;
  e.bp_reg = KD_ORC_REG_DI;
  is_int (kd_orc_step (&e, &r, read_image, &im, &s), KD_CORRUPT,
          "nor rbp saved relative to rdi");
  ok (!kd_orc_step (&kd_orc_null_entry, &r, read_image, &im, &s)
        && s.next.value[KD_DW_IP] == 0xaa000100
        && s.next.value[KD_DW_SP] == STACK + 0x108
        && s.next.value[KD_DW_BP] == r.value[KD_DW_BP],
      "through a null pointer the return address is on top");
  ok (!kd_orc_step (&kd_orc_fp_entry, &r, read_image, &im, &s)
        && s.next.value[KD_DW_IP] == 0xaa000208
        && s.next.value[KD_DW_SP] == STACK + 0x210
        && s.next.value[KD_DW_BP] == 0xaa000200,
      "generated code has a frame pointer");
}

#define PLAIN_V1 0x05, 0x00
#define PLAIN_V3 0x05, 0x02
#define PLAIN_V4 0x03, 0x02
#define SAMPLE(flags)                                                         \
  {                                                                           \
    8, 0, 0, 0, flags                                                         \
  }

static struct kd_orc_facts
no_facts (void)
{
  return (struct kd_orc_facts){ .type_call = -1,
                                .type_end = -1,
                                .type_regs = -1,
                                .has_signal = -1,
                                .has_end = -1,
                                .reg_sp = -1 };
}

static void
test_detect_by_samples (void)
{
  static const uint8_t old[8][6]
    = { SAMPLE (PLAIN_V1),          SAMPLE (PLAIN_V1),      SAMPLE (PLAIN_V1),
        SAMPLE (PLAIN_V1),          SAMPLE (PLAIN_V1),      SAMPLE (PLAIN_V1),
        { 0, 0, 0, 0, 0x05, 0x01 }, { 0, 0, 0, 0, 0, 0x04 } };
  static const uint8_t v2[8][6]
    = { SAMPLE (PLAIN_V1),          SAMPLE (PLAIN_V1),      SAMPLE (PLAIN_V1),
        SAMPLE (PLAIN_V1),          SAMPLE (PLAIN_V1),      SAMPLE (PLAIN_V1),
        { 0, 0, 0, 0, 0x05, 0x05 }, { 0, 0, 0, 0, 0, 0x08 } };
  static const uint8_t v3[4][6] = { SAMPLE (PLAIN_V3), SAMPLE (PLAIN_V3),
                                    SAMPLE (PLAIN_V3), SAMPLE (PLAIN_V3) };
  static const uint8_t v4[4][6] = { SAMPLE (PLAIN_V4), SAMPLE (PLAIN_V4),
                                    SAMPLE (PLAIN_V4), SAMPLE (PLAIN_V4) };
  static const uint8_t junk[4][6] = { SAMPLE (PLAIN_V1), SAMPLE (PLAIN_V3),
                                      SAMPLE (PLAIN_V4), SAMPLE (PLAIN_V1) };
  struct kd_orc_facts f = no_facts ();

  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN, "no evidence decides nothing");
  f.samples = old;
  f.nsamples = 8;
  is_int (kd_orc_detect (&f), KD_ORC_V1, "v1 by its samples alone");
  f.samples = v2;
  is_int (kd_orc_detect (&f), KD_ORC_V2, "v2 by its samples alone");
  f.nsamples = 6;
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN,
          "functions alone do not tell v1 from v2");
  f.samples = v3;
  f.nsamples = 4;
  is_int (kd_orc_detect (&f), KD_ORC_V3, "v3 by its samples alone");
  f.samples = v4;
  is_int (kd_orc_detect (&f), KD_ORC_V4, "v4 by its samples alone");
  f.nsamples = 3;
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN, "three samples are too few");
  f.samples = junk;
  f.nsamples = 4;
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN, "a mixture decides nothing");
}

static void
test_detect_by_types (void)
{
  static const uint8_t v3[4][6] = { SAMPLE (PLAIN_V3), SAMPLE (PLAIN_V3),
                                    SAMPLE (PLAIN_V3), SAMPLE (PLAIN_V3) };
  struct kd_orc_facts f = no_facts ();

  f.has_end = 1;
  f.has_signal = 0;
  is_int (kd_orc_detect (&f), KD_ORC_V1, "end and no signal: v1");
  f.has_end = 0;
  is_int (kd_orc_detect (&f), KD_ORC_V1, "neither: v1 as it first was");
  f.has_end = 1;
  f.has_signal = 1;
  is_int (kd_orc_detect (&f), KD_ORC_V2, "end and signal: v2");
  f.has_end = 0;
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN, "signal alone: v3 or v4");
  f.reg_sp = 5;
  is_int (kd_orc_detect (&f), KD_ORC_V3, "and rsp 5: v3");
  f.reg_sp = 3;
  is_int (kd_orc_detect (&f), KD_ORC_V4, "and rsp 3: v4");
  f.reg_sp = -1;
  f.samples = v3;
  f.nsamples = 4;
  is_int (kd_orc_detect (&f), KD_ORC_V3, "signal and samples: v3");
  f.has_end = 1;
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN,
          "types and samples that contradict each other decide nothing");
  f = no_facts ();
  f.type_call = 0;
  f.type_regs = 1;
  f.has_signal = 1;
  is_int (kd_orc_detect (&f), KD_ORC_V2, "CALL is 0, and signal: v2");
}

static void
test_detect_by_header (void)
{
  static const uint8_t known[3][20]
    = { { 0xdb, 0x84, 0xae, 0xd4, 0x10, 0x3b, 0x31, 0xdd, 0x51, 0xe0,
          0x17, 0xf8, 0xf7, 0x97, 0x83, 0xca, 0x98, 0x5c, 0x2c, 0x51 },
        { 0xfe, 0x5d, 0x32, 0xbf, 0x58, 0x1b, 0xd6, 0x3b, 0x2c, 0xa9,
          0xa5, 0xc6, 0x5b, 0xa5, 0xa6, 0x25, 0xea, 0xb3, 0xfe, 0x24 },
        { 0x13, 0x7c, 0x36, 0xad, 0x76, 0x27, 0xc4, 0xdd, 0x55, 0x93,
          0x21, 0x76, 0xbb, 0x0e, 0xcd, 0xbd, 0x50, 0x41, 0xfc, 0x82 } };
  static const uint8_t v4[4][6] = { SAMPLE (PLAIN_V4), SAMPLE (PLAIN_V4),
                                    SAMPLE (PLAIN_V4), SAMPLE (PLAIN_V4) };
  static const uint8_t unknown[20] = { 1, 2, 3 };
  struct kd_orc_facts f = no_facts ();

  for (int i = 0; i < 3; i++) {
    f.header = known[i];
    is_int (kd_orc_detect (&f), KD_ORC_V2 + i, "the header of v%d", i + 2);
  }
  f.samples = v4;
  f.nsamples = 4;
  is_int (kd_orc_detect (&f), KD_ORC_V4, "a header that the samples bear out");
  f.header = known[1];
  is_int (kd_orc_detect (&f), KD_ORC_UNKNOWN,
          "a header that the samples contradict is not believed");
  f.header = unknown;
  is_int (kd_orc_detect (&f), KD_ORC_V4,
          "with a header nobody knows the samples decide");
}

int
main (void)
{
  test_decode ();
  test_lookup ();
  test_step_call ();
  test_step_indirect ();
  test_step_regs ();
  test_step_partial ();
  test_step_other ();
  test_detect_by_samples ();
  test_detect_by_types ();
  test_detect_by_header ();
  return test_done ();
}
