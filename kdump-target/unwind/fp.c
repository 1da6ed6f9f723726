/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frame pointers, for kernels built without ORC. */
#include "base/cursor.h"
#include "unwind/unwinder.h"

#include <inttypes.h>
#include <string.h>

/* What a function with a frame pointer begins with, after an endbr64, a call
   or nop for tracing, and a few moves: push %rbp; mov %rsp,%rbp (in either
   encoding).  */
#define PROLOGUE_MAX 24
static const uint8_t prologues[2][4]
  = { { 0x55, 0x48, 0x89, 0xe5 }, { 0x55, 0x48, 0x8b, 0xec } };

/* Offset of push %rbp from the function's start at ADDR, -1: none.  */
static int
find_prologue (struct kd_unwinder *u, uint64_t addr)
{
  uint8_t code[PROLOGUE_MAX + 4];

  if (kd_unwinder_read (u, addr, code, sizeof code))
    return -1;
  for (int i = 0; i < PROLOGUE_MAX; i++)
    if (!memcmp (code + i, prologues[0], 4)
        || !memcmp (code + i, prologues[1], 4))
      return i;
  return -1;
}

bool
kd_fp_is_used (struct kd_unwinder *u)
{
  static const char *const functions[]
    = { "schedule", "panic",           "do_exit",      "vfs_read",
        "kfree",    "wake_up_process", "vprintk_emit", "filp_close",
        "msleep",   "queue_work_on",   "device_add",   "kthread_stop" };
  unsigned found = 0, with = 0;
  uint64_t at;

  for (size_t i = 0; i < KD_ARRAY_SIZE (functions); i++)
    if (!kd_kernel_symbol (u->kernel, functions[i], &at)) {
      found++;
      with += find_prologue (u, at) >= 0;
    }
  return with > found / 2;
}

static enum kd_status
read_u64 (struct kd_unwinder *u, uint64_t at, uint64_t *out)
{
  uint8_t raw[8];
  enum kd_status st = kd_unwinder_read (u, at, raw, sizeof raw);

  if (!st)
    *out = kd_le64 (raw);
  return kd_context (st, "following frame pointers");
}

/* How much of its prologue the function at an exact PC has run: the return
   address is 0 or 8 bytes above the stack pointer, or -1: all of it.  */
static int
in_prologue (struct kd_unwinder *u, uint64_t pc)
{
  struct kd_symbol sym;
  int push;

  if (!kd_symbols_by_addr (u->kernel->symbols, pc, &sym))
    return -1;
  push = find_prologue (u, sym.addr);
  if (push < 0)
    return -1;
  if (pc <= sym.addr + (uint64_t)push)
    return 0;
  return pc == sym.addr + (uint64_t)push + 1 ? 8 : -1;
}

static enum kd_status
caller (struct kd_unwinder *u, const struct kd_orc_regs *regs, uint64_t ret_at,
        uint64_t bp, struct kd_orc_step *out)
{
  enum kd_status st = read_u64 (u, ret_at, &out->next.value[KD_DW_IP]);

  out->kind = KD_ORC_CALLER;
  out->next.value[KD_DW_SP] = out->cfa = ret_at + 8;
  out->next.value[KD_DW_BP] = bp;
  out->next.valid = 1U << KD_DW_IP | 1U << KD_DW_SP | 1U << KD_DW_BP;
  (void)regs;
  return st;
}

/* The end: the frame pointer is where the first call of a task pushed it,
   right below pt_regs at the top of the stack.  For a user task those hold
   the user's registers; a kernel thread's are of no use.  */
static enum kd_status
last_frame (struct kd_unwinder *u, uint64_t regs_at, struct kd_orc_step *out)
{
  struct kd_orc_entry regs_entry
    = { .sp_reg = KD_ORC_REG_SP, .type = KD_ORC_TYPE_REGS };
  struct kd_orc_regs at = { .valid = 1U << KD_DW_SP };
  enum kd_status st;

  at.value[KD_DW_SP] = regs_at;
  st = kd_orc_step (&regs_entry, &at, kd_unwinder_read, u, out);
  if (!st && !out->user)
    *out = (struct kd_orc_step){ .kind = KD_ORC_END };
  return st;
}

enum kd_status
kd_fp_step (void *arg, const struct kd_orc_regs *regs, bool exact,
            struct kd_orc_step *out)
{
  struct kd_unwinder *u = arg;
  uint64_t bp = regs->value[KD_DW_BP], saved;
  struct kd_stack stack;
  enum kd_status st;

  *out = (struct kd_orc_step){ .kind = KD_ORC_END };
  if (!(regs->valid >> KD_DW_BP & 1))
    return kd_fail (KD_NOT_FOUND, "the frame pointer is not known here");
  if (exact) {
    int above = in_prologue (u, regs->value[KD_DW_IP]);

    if (above >= 0)
      return caller (u, regs, regs->value[KD_DW_SP] + (uint64_t)above, bp,
                     out);
  }
  /* Entry code sets the frame pointer to its pt_regs plus one: 946c191161ce
     ("x86/entry/unwind: Create stack frames for saved interrupt registers",
     4.10).  */
  if (bp & 1) {
    struct kd_orc_entry entry
      = { .sp_offset = -1, .sp_reg = KD_ORC_REG_BP, .type = KD_ORC_TYPE_REGS };

    return kd_orc_step (&entry, regs, kd_unwinder_read, u, out);
  }
  if (kd_stack_by_magic (&u->facts, regs->value[KD_DW_SP], &stack)
      && bp + 16 + 168 == stack.high)
    return last_frame (u, bp + 16, out);
  if (!bp)
    return KD_OK;
  st = read_u64 (u, bp, &saved);
  return st ? st : caller (u, regs, bp + 8, saved, out);
}
