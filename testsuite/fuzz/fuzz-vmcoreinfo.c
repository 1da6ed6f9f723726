/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: the text of VMCOREINFO. */
#include "dump/vmcoreinfo.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct kd_vmcoreinfo *vi;
  if (kd_vmcoreinfo_parse ((const char *)data, size, &vi))
    return 0;
  static const char *const names[]
    = { "_stext", "list_head", "phys_base", "page.flags", "", "a" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++) {
    uint64_t u;
    int64_t n;
    if (kd_vmcoreinfo_symbol (vi, names[i], &u)
          + kd_vmcoreinfo_size (vi, names[i], &u)
          + kd_vmcoreinfo_offset (vi, names[i], &u)
          + kd_vmcoreinfo_length (vi, names[i], &u)
          + kd_vmcoreinfo_hex (vi, names[i], &u)
          + kd_vmcoreinfo_number (vi, names[i], &n)
        > 6)
      abort ();
    const char *v = kd_vmcoreinfo_get (vi, names[i]);
    if (v && strlen (v) > size)
      abort ();
  }
  kd_vmcoreinfo_destroy (vi);
  return 0;
}
