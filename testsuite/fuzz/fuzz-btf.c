/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzz target: BTF of any bytes, and look-ups in what is accepted. */
#include "base/guard.h"
#include "kernel/btf.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* The first line of the input is a type and a path, the rest is BTF.  */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char words[64] = "", *path;
  struct kd_btf *btf KD_GUARD (btf) = NULL;
  struct kd_member member;
  uint64_t bytes;
  int64_t value;
  const uint8_t *end = memchr (data, '\n', size < 64 ? size : 64);

  if (!end)
    return 0;
  memcpy (words, data, (size_t)(end - data));
  path = strchr (words, ' ');
  if (path)
    *path++ = 0;
  size -= (size_t)(end + 1 - data);
  void *copy = malloc (size ? size : 1);
  if (!copy)
    return 0;
  memcpy (copy, end + 1, size);
  if (kd_btf_create (copy, size, copy, &btf))
    return 0;
  if (path && !kd_btf_member (btf, words, path, &member) && member.count > 1
      && member.size != member.elem_size * member.count)
    abort ();
  if (!kd_btf_size (btf, words, &bytes)
      && !kd_btf_enumerator (btf, words, &value))
    return 0;
  return 0;
}
