/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: ORC decoding, lookup and steps over any bytes. */
#include "base/cursor.h"
#include "unwind/walk.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The input, after 16 bytes that choose what to do, is memory at MEMORY: a
   table of addresses, a table of entries, and a stack.  */
#define MEMORY UINT64_C (0xffffffff81000000)

struct input {
  const uint8_t *data;
  size_t size;
  struct kd_orc_table table;
};

static enum kd_status
read_input (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  const struct input *in = arg;

  if (vaddr < MEMORY || vaddr - MEMORY > in->size
      || len > in->size - (vaddr - MEMORY))
    return kd_fail (KD_NOT_MAPPED, "not mapped");
  memcpy (buf, in->data + (vaddr - MEMORY), len);
  return KD_OK;
}

static bool
is_text (void *arg, uint64_t pc)
{
  (void)arg;
  return pc >= MEMORY && pc < MEMORY + 0x10000;
}

static bool
is_exec (void *arg, uint64_t pc)
{
  (void)arg;
  return pc >> 20 == MEMORY >> 20;
}

static enum kd_status
find_entry (void *arg, uint64_t pc, struct kd_orc_entry *out)
{
  struct input *in = arg;

  return kd_orc_lookup (&in->table, pc, read_input, in, out);
}

static void
walk (struct input *in, uint64_t pc, uint64_t sp, size_t stack)
{
  struct kd_stack stacks[3] = {
    { KD_STACK_TASK, -1, MEMORY + stack, MEMORY + in->size },
    { KD_STACK_IRQ, 0, MEMORY + stack / 2, MEMORY + stack },
    { KD_STACK_NMI, 0, MEMORY, MEMORY + stack / 2 },
  };
  struct kd_walk_env env = { .arg = in,
                             .read = read_input,
                             .is_text = is_text,
                             .is_exec = is_exec,
                             .find_entry = find_entry,
                             .stacks = stacks,
                             .nstacks = KD_ARRAY_SIZE (stacks) };
  struct kd_orc_regs start = { .valid = (1U << KD_ORC_NREGS) - 1 };
  struct kd_backtrace bt;

  for (unsigned i = 0; i < KD_ORC_NREGS; i++)
    start.value[i] = sp + UINT64_C (8) * i;
  start.value[KD_DW_IP] = pc;
  start.value[KD_DW_SP] = sp;
  start.value[KD_DW_CS] = 0x10;
  kd_walk_set_arch (&env, kd_arch_by_machine (EM_X86_64));
  if (kd_walk_stacks (&env, &start, pc & 1, &bt))
    return;
  if (bt.nframes > KD_WALK_LIMIT)
    abort ();
  for (size_t i = 0; i + 1 < bt.nframes; i++)
    if (bt.frames[i].stack.low == bt.frames[i + 1].stack.low
        && bt.frames[i].sp >= bt.frames[i + 1].sp)
      abort ();
  kd_backtrace_deinit (&bt);
}

static void
detect (const uint8_t *data, size_t size, const uint8_t *choice)
{
  struct kd_orc_facts f
    = { .header = choice[0] & 1 && size >= 20 ? data : NULL,
        .type_call = choice[1] % 4 - 1,
        .type_end = choice[2] % 4 - 1,
        .type_regs = choice[3] % 5 - 1,
        .has_signal = choice[4] % 3 - 1,
        .has_end = choice[5] % 3 - 1,
        .reg_sp = choice[6] % 8 - 1,
        .samples = (const uint8_t (*)[6])data,
        .nsamples = size / 6 };

  if (kd_orc_detect (&f) > KD_ORC_V4)
    abort ();
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct input in;
  uint64_t pc, sp;
  size_t stack;

  if (size < 16)
    return 0;
  in.data = data + 16;
  in.size = size - 16;
  in.table = (struct kd_orc_table){ .version = data[0] % 6,
                                    .text_start = MEMORY,
                                    .text_end = MEMORY + 0x10000,
                                    .ip = MEMORY + data[1],
                                    .count = data[2] };
  if (data[3] & 1)
    in.table.count |= UINT32_C (0xffffff00);
  in.table.unwind = in.table.ip + 4 * (uint64_t)data[2] + (data[3] & 6);
  stack = 10 * (size_t)data[2] + data[1];
  pc = MEMORY + kd_le16 (data + 4);
  sp = MEMORY + kd_le32 (data + 8) % (in.size + 1);
  if (data[3] & 8)
    sp &= ~UINT64_C (7);
  if (stack < in.size)
    walk (&in, pc, sp, stack);
  detect (in.data, in.size, data + 6);
  return 0;
}
