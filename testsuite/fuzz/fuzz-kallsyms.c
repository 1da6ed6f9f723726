/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: kallsyms found in and read from any bytes. */
#include "kernel/kallsyms-internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define START UINT64_C (0xffffffff81000000)

struct input {
  const uint8_t *data;
  size_t size;
};

static enum kd_status
read_input (void *arg, uint64_t addr, void *buf, size_t len)
{
  const struct input *in = arg;

  if (addr < START || addr - START > in->size
      || len > in->size - (addr - START))
    return kd_fail (KD_NOT_MAPPED, "not mapped");
  memcpy (buf, in->data + (addr - START), len);
  return KD_OK;
}

static void
add (struct kd_kallsyms *ks, struct input *in)
{
  struct kd_symbols *syms KD_GUARD (symbols) = NULL;
  struct kd_symbol sym;
  size_t count;

  if (kd_symbols_create (&syms))
    return;
  (void)!kd_kallsyms_add (ks, read_input, in, syms, &count);
  kd_symbols_by_name (syms, "_stext", NULL, &sym);
  kd_symbols_by_addr (syms, START + 100, &sym);
}

/* The first 40 bytes say where tables are; all of it is also an image to find
   them in.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct input in = { data, size };
  struct kd_kallsyms ks;

  if (!kd_kallsyms_scan (data, size, START, 0, &ks))
    add (&ks, &in);
  if (size < 40)
    return 0;
  ks = (struct kd_kallsyms){ .count = kd_le32 (data),
                             .form = data[4] % 4,
                             .base = kd_le64 (data + 8),
                             .names = START + kd_le32 (data + 16),
                             .token_table = START + kd_le32 (data + 20),
                             .token_index = START + kd_le32 (data + 24),
                             .addresses = START + kd_le32 (data + 28) };
  add (&ks, &in);
  (void)!kd_kallsyms_find_form (&ks, data[5] & 1 ? START + 8 : 0, START,
                                read_input, &in);
  return 0;
}
