/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a function keeps the registers that it has to preserve. */
#include "saves.h"

/* Index of the first entry of TABLE at or above PC; count if there is none. */
static bool
first_entry (const struct kd_orc_table *table, uint64_t pc,
             kd_orc_read_fn *read, void *arg, uint32_t *out)
{
  uint32_t low = 0, high = table->count;

  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    uint64_t ip;

    if (kd_orc_table_ip (table, mid, read, arg, &ip))
      return false;
    if (ip < pc)
      low = mid + 1;
    else
      high = mid;
  }
  *out = low;
  return true;
}

/* DWARF number of the register that the instruction before IP pushes; -1 if it
   pushes none.  START is the function's.  */
static int
pushed_before (uint64_t start, uint64_t ip, kd_orc_read_fn *read, void *arg)
{
  static const signed char dwarf[8] = { 0, 2, 1, 3, 7, 6, 4, 5 };
  uint8_t code[2];

  if (ip - start < sizeof code || read (arg, ip - sizeof code, code, 2)
      || code[1] < 0x50 || code[1] > 0x57)
    return -1;
  return code[0] == 0x41 ? 8 + (code[1] - 0x50) : dwarf[code[1] - 0x50];
}

bool
kd_saves_find (const struct kd_orc_table *table, uint64_t start, uint64_t pc,
               kd_orc_read_fn *read, void *arg, struct kd_saves *out)
{
  uint32_t i;
  unsigned depth = 8; /* bytes from the stack pointer to the CFA */

  *out = (struct kd_saves){ 0 };
  if (!first_entry (table, start + 1, read, arg, &i))
    return false;
  for (; i < table->count; i++) {
    struct kd_orc_entry e;
    uint64_t ip;
    int reg;

    if (kd_orc_table_ip (table, i, read, arg, &ip) || ip > pc)
      break;
    if (kd_orc_lookup (table, ip, read, arg, &e) || e.type != KD_ORC_TYPE_CALL
        || e.sp_reg != KD_ORC_REG_SP || e.sp_offset != (int)depth + 8)
      break;
    depth += 8;
    reg = pushed_before (start, ip, read, arg);
    if (reg < 0)
      break;
    out->below[reg] = (uint16_t)depth;
  }
  return true;
}
