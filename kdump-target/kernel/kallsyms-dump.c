/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dump's kallsyms, in the place of a vmlinux. */
#include "kernel/internal.h"
#include "kernel/kallsyms.h"

#include <string.h>

/* A larger kernel image is not looked through.  */
#define IMAGE_MAX ((size_t)256 << 20)

static enum kd_status
read_kernel (void *arg, uint64_t addr, void *buf, size_t len)
{
  struct kd_kernel *k = arg;

  return kd_mem_read (k->mem, KD_KERNEL_SPACE, addr, buf, len, NULL);
}

static uint64_t
stext_of (struct kd_kernel *k)
{
  uint64_t stext;

  return k->info && kd_vmcoreinfo_symbol (k->info, "_stext", &stext) ? stext
                                                                     : 0;
}

/* Since 5fd8fea935a1 ("vmcoreinfo: include kallsyms symbols", 6.0).  */
static enum kd_status
tables_of_vmcoreinfo (struct kd_kernel *k, struct kd_kallsyms *ks)
{
  uint64_t number, base = 0;
  enum kd_status st;

  *ks = (struct kd_kallsyms){ .form = KD_KALLSYMS_RELATIVE };
  if (!k->info || !kd_vmcoreinfo_symbol (k->info, "kallsyms_names", &ks->names)
      || !kd_vmcoreinfo_symbol (k->info, "kallsyms_num_syms", &number)
      || !kd_vmcoreinfo_symbol (k->info, "kallsyms_token_table",
                                &ks->token_table)
      || !kd_vmcoreinfo_symbol (k->info, "kallsyms_token_index",
                                &ks->token_index))
    return kd_fail (KD_NOT_FOUND, "VMCOREINFO says nothing of kallsyms");
  if (kd_vmcoreinfo_symbol (k->info, "kallsyms_addresses", &ks->addresses))
    ks->form = KD_KALLSYMS_ABSOLUTE;
  else if (!kd_vmcoreinfo_symbol (k->info, "kallsyms_offsets", &ks->addresses))
    return kd_fail (KD_NOT_FOUND,
                    "VMCOREINFO has no kallsyms_addresses or _offsets");
  else
    (void)!kd_vmcoreinfo_symbol (k->info, "kallsyms_relative_base", &base);
  st = kd_mem_u32 (k->mem, number, &ks->count);
  if (st)
    return kd_context (st, "kallsyms_num_syms");
  return kd_kallsyms_find_form (ks, base, stext_of (k), read_kernel, k);
}

/* What cannot be read is zero.  */
static enum kd_status
scan_image (struct kd_kernel *k, struct kd_kallsyms *ks)
{
  enum { STEP = 1 << 16 };
  const struct kd_linear *image = NULL;
  uint8_t *copy KD_AUTO_FREE = NULL;
  size_t size;

  for (unsigned i = 0; i < k->mem->nlinear; i++)
    if (!strcmp (k->mem->linear[i].name, "kernel image"))
      image = &k->mem->linear[i];
  if (!image)
    return kd_fail (KD_NOT_FOUND, "where the kernel's image is is not known");
  size = (size_t)(image->end - image->start);
  if (size > IMAGE_MAX)
    size = IMAGE_MAX;
  copy = calloc (1, size);
  if (!copy)
    return kd_fail (KD_NOMEM, "out of memory for the kernel's image");
  for (size_t at = 0; at < size;) {
    size_t n = size - at < STEP ? size - at : STEP, got = 0;

    if (read_kernel (k, image->start + at, copy + at, n)
        && kd_mem_read (k->mem, KD_KERNEL_SPACE, image->start + at, copy + at,
                        n, &got))
      n = (got | 4095) + 1;
    at += n;
  }
  return kd_kallsyms_scan (copy, size, image->start, stext_of (k), ks);
}

void
kd_take_kallsyms (struct kd_kernel *k)
{
  struct kd_kallsyms ks;
  enum kd_status st = tables_of_vmcoreinfo (k, &ks);

  k->kallsyms_scanned = st != KD_OK;
  if (st)
    st = scan_image (k, &ks);
  if (!st)
    st = kd_kallsyms_add (&ks, read_kernel, k, k->symbols, &k->nkallsyms);
  if (st && !k->nkallsyms)
    kd_kernel_warn (k, "no symbols: there is no vmlinux, and %s",
                    kd_error_text ());
  else if (st)
    kd_kernel_warn (k, "not all symbols: %s", kd_error_text ());
}
