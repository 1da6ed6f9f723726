/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Look-ups in the architecture tables, and what follows from them alone:
   register images to values, target descriptions. */
#include "arch/arch.h"

#include "base/cursor.h"
#include "base/guard.h"

#include <string.h>

#define KD_ARCH(symbol) extern const struct kd_arch symbol;
#include "arch/arch.def"
#undef KD_ARCH

static const struct kd_arch *const archs[] = {
#define KD_ARCH(symbol) &(symbol),
#include "arch/arch.def"
#undef KD_ARCH
};

const struct kd_arch *
kd_arch_by_machine (uint16_t machine)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (archs); i++)
    if (archs[i]->machine == machine)
      return archs[i];
  return NULL;
}

const struct kd_arch *
kd_arch_by_name (const char *name)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (archs); i++)
    if (!strcmp (archs[i]->name, name))
      return archs[i];
  return NULL;
}

int
kd_arch_reg (const struct kd_arch *arch, const char *name)
{
  for (unsigned i = 0; i < arch->nregs; i++)
    if (!strcmp (arch->regs[i].name, name))
      return (int)i;
  return -1;
}

/* The three images a register may be found in.  */
enum image { PRSTATUS, PTREGS, QEMU };

static int
image_offset (const struct kd_reg *reg, enum image image)
{
  switch (image) {
  case PRSTATUS:
    return reg->prstatus;
  case PTREGS:
    return reg->ptregs;
  case QEMU:
    return reg->qemu;
  }
  return -1;
}

static void
regs_from_image (const struct kd_arch *arch, enum image image,
                 const uint8_t *data, size_t size, struct kd_regs *out)
{
  memset (out, 0, sizeof *out);
  for (unsigned i = 0; i < arch->nregs; i++) {
    const struct kd_reg *reg = &arch->regs[i];
    int offset = image_offset (reg, image);
    size_t bytes = reg->bits / 8;
    if (offset < 0 || bytes > 8 || (size_t)offset > size
        || size - (size_t)offset < bytes)
      continue;
    kd_regs_set (
      out, i, bytes == 8 ? kd_le64 (data + offset) : kd_le32 (data + offset));
  }
}

void
kd_regs_from_prstatus (const struct kd_arch *arch, const void *pr_reg,
                       size_t size, struct kd_regs *out)
{
  regs_from_image (arch, PRSTATUS, pr_reg, size, out);
}

void
kd_regs_from_ptregs (const struct kd_arch *arch, const void *ptregs,
                     size_t size, struct kd_regs *out)
{
  regs_from_image (arch, PTREGS, ptregs, size, out);
}

/* The note begins with its version and its own size, 32 bits each.  */
enum kd_status
kd_regs_from_qemu_note (const struct kd_arch *arch, const void *desc,
                        size_t size, struct kd_regs *out)
{
  memset (out, 0, sizeof *out);
  if (size < 8 || size < arch->qemu_size)
    return kd_fail (KD_CORRUPT,
                    "QEMU CPU state note: %zu bytes, at least %zu expected",
                    size, arch->qemu_size);
  uint32_t version = kd_le32 (desc);
  uint32_t own_size = kd_le32 ((const uint8_t *)desc + 4);
  if (version != 1)
    return kd_fail (KD_UNSUPPORTED,
                    "QEMU CPU state note: version %u is not known", version);
  if (own_size < arch->qemu_size || own_size > size)
    return kd_fail (KD_CORRUPT,
                    "QEMU CPU state note: says %u bytes, the note has %zu",
                    own_size, size);
  regs_from_image (arch, QEMU, desc, own_size, out);
  return KD_OK;
}

void
kd_arch_target_xml (const struct kd_arch *arch, struct kd_strbuf *out)
{
  kd_strbuf_printf (out,
                    "<?xml version=\"1.0\"?>\n"
                    "<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
                    "<target version=\"1.0\">\n"
                    "<architecture>%s</architecture>\n"
                    "<osabi>none</osabi>\n",
                    arch->gdb_name);
  const char *feature = NULL;
  for (unsigned i = 0; i < arch->nregs; i++) {
    const struct kd_reg *reg = &arch->regs[i];
    if (!feature || strcmp (feature, reg->feature) != 0) {
      if (feature)
        kd_strbuf_puts (out, "</feature>\n");
      kd_strbuf_printf (out, "<feature name=\"%s\">\n", reg->feature);
      if (!feature)
        kd_strbuf_puts (out, arch->tdesc_types);
      feature = reg->feature;
    }
    kd_strbuf_printf (
      out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"/>\n",
      reg->name, reg->bits, reg->type, i);
  }
  kd_strbuf_puts (out, "</feature>\n</target>\n");
}
