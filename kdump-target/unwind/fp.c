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
#define PTREGS_SIZE 168
static const uint8_t prologues[2][4]
  = { { 0x55, 0x48, 0x89, 0xe5 }, { 0x55, 0x48, 0x8b, 0xec } };

/* Offset of push %rbp from the function's start at ADDR, -1: none.  */
static int
find_prologue (kd_orc_read_fn *read, void *arg, uint64_t addr)
{
  uint8_t code[PROLOGUE_MAX + 4];

  if (read (arg, addr, code, sizeof code))
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
      with += find_prologue (kd_unwinder_read, u, at) >= 0;
    }
  return with > found / 2;
}

/* How much of its prologue the function at an exact PC has run: the return
   address is 0 or 8 bytes above the stack pointer, or -1: all of it.  */
static int
in_prologue (const struct kd_fp_env *env, uint64_t pc)
{
  uint64_t start;
  int push;

  if (!env->function (env->arg, pc, &start))
    return -1;
  push = find_prologue (env->read, env->arg, start);
  if (push < 0)
    return -1;
  if (pc <= start + (uint64_t)push)
    return 0;
  return pc == start + (uint64_t)push + 1 ? 8 : -1;
}

static enum kd_status
read_u64 (const struct kd_fp_env *env, uint64_t at, uint64_t *out)
{
  uint8_t raw[8];
  enum kd_status st = env->read (env->arg, at, raw, sizeof raw);

  if (!st)
    *out = kd_le64 (raw);
  return kd_context (st, "following frame pointers");
}

/* The caller, whose return address is at RET_AT and whose rbp is BP.  */
static enum kd_status
caller (const struct kd_fp_env *env, uint64_t ret_at, uint64_t bp,
        struct kd_orc_step *out)
{
  out->kind = KD_ORC_CALLER;
  out->next.value[KD_DW_SP] = out->cfa = ret_at + 8;
  out->next.value[KD_DW_BP] = bp;
  out->next.valid = 1U << KD_DW_IP | 1U << KD_DW_SP | 1U << KD_DW_BP;
  return read_u64 (env, ret_at, &out->next.value[KD_DW_IP]);
}

/* The interrupted registers at AT, by ORC's rule for them.  */
static enum kd_status
registers (const struct kd_fp_env *env, uint64_t at, struct kd_orc_step *out)
{
  struct kd_orc_entry entry
    = { .sp_reg = KD_ORC_REG_SP, .type = KD_ORC_TYPE_REGS };
  struct kd_orc_regs regs = { .valid = 1U << KD_DW_SP };

  regs.value[KD_DW_SP] = at;
  return kd_orc_step (&entry, &regs, env->read, env->arg, out);
}

enum kd_status
kd_fp_walk_step (const struct kd_fp_env *env, const struct kd_orc_regs *regs,
                 bool exact, struct kd_orc_step *out)
{
  uint64_t bp = regs->value[KD_DW_BP], saved = 0, top = 0;
  enum kd_status st;

  *out = (struct kd_orc_step){ .kind = KD_ORC_END };
  if (!(regs->valid >> KD_DW_BP & 1))
    return kd_fail (KD_NOT_FOUND, "the frame pointer is not known here");
  if (exact) {
    int above = in_prologue (env, regs->value[KD_DW_IP]);

    if (above >= 0)
      return caller (env, regs->value[KD_DW_SP] + (uint64_t)above, bp, out);
  }
  /* Entry code sets the frame pointer to its pt_regs plus one: 946c191161ce
     ("x86/entry/unwind: Create stack frames for saved interrupt registers",
     4.10).  */
  if (bp & 1) {
    st = registers (env, bp - 1, out);
    /* A kernel thread's pt_regs are empty.  */
    if (!st && !out->user && !out->next.value[KD_DW_IP]
        && !out->next.value[KD_DW_SP])
      *out = (struct kd_orc_step){ .kind = KD_ORC_END };
    return st;
  }
  /* The end: the first frame of a task, right below the pt_regs at the top
     of its stack.  Those of a user task hold the user's registers; a kernel
     thread's are of no use.  But entry code with a frame of its own, as
     ret_from_fork has, says where its pt_regs are.  */
  if (env->stack_top (env->arg, regs->value[KD_DW_SP], &top)
      && bp + 16 + PTREGS_SIZE == top
      && (read_u64 (env, bp, &saved) || saved != bp + 16 + 1)) {
    st = registers (env, bp + 16, out);
    if (!st && !out->user)
      *out = (struct kd_orc_step){ .kind = KD_ORC_END };
    return st;
  }
  if (!bp)
    return KD_OK;
  st = read_u64 (env, bp, &saved);
  return st ? st : caller (env, bp + 8, saved, out);
}

static bool
function_at (void *arg, uint64_t pc, uint64_t *start)
{
  struct kd_unwinder *u = arg;
  struct kd_symbol sym;

  if (!kd_kernel_symbol_at (u->kernel, pc, &sym))
    return false;
  *start = sym.addr;
  return true;
}

static bool
stack_top (void *arg, uint64_t sp, uint64_t *top)
{
  struct kd_unwinder *u = arg;
  struct kd_stack stack;

  if (!kd_stack_by_magic (&u->facts, sp, &stack))
    return false;
  *top = stack.high;
  return true;
}

enum kd_status
kd_fp_step (void *arg, const struct kd_orc_regs *regs, bool exact,
            struct kd_orc_step *out)
{
  struct kd_fp_env env = { .arg = arg,
                           .read = kd_unwinder_read,
                           .function = function_at,
                           .stack_top = stack_top };

  return kd_fp_walk_step (&env, regs, exact, out);
}
