/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unwind-tables VMLINUX...: real ORC tables against the compiler's call frame
   information.  Run by ./check on the kernels at hand; see unwind.mk. */
#include "base/guard.h"
#include "kernel/symbols.h"
#include "test.h"
#include "unwind/orc.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libgen.h>
#include <stdlib.h>

struct file {
  struct kd_elf_file *elf;
  struct kd_symbols *syms;
  struct kd_orc_table table;
  const uint8_t *ip, *unwind; /* of the sections */
};

static enum kd_status
read_file (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  const struct file *f = arg;

  if (vaddr >= f->table.ip
      && vaddr + len <= f->table.ip + 4 * (uint64_t)f->table.count)
    memcpy (buf, f->ip + (vaddr - f->table.ip), len);
  else if (vaddr >= f->table.unwind
           && vaddr + len <= f->table.unwind + 6 * (uint64_t)f->table.count)
    memcpy (buf, f->unwind + (vaddr - f->table.unwind), len);
  else
    return kd_fail (KD_NOT_MAPPED, "outside the tables");
  return KD_OK;
}

static bool
open_file (const char *path, struct file *f)
{
  struct kd_elf_section s;
  const void *data;
  size_t size;

  if (kd_elf_open (path, &f->elf) || kd_symbols_create (&f->syms)
      || kd_symbols_add_elf (f->syms, f->elf, 0))
    return false;
  for (size_t i = 0; kd_elf_section (f->elf, i, &s); i++)
    if (!strcmp (s.name, ".orc_unwind_ip"))
      f->table.ip = s.addr;
    else if (!strcmp (s.name, ".orc_unwind"))
      f->table.unwind = s.addr;
  if (kd_elf_section_data (f->elf, ".orc_unwind_ip", &data, &size))
    return false;
  f->ip = data;
  f->table.count = (uint32_t)(size / 4);
  if (kd_elf_section_data (f->elf, ".orc_unwind", &data, &size)
      || size / 6 != f->table.count)
    return false;
  f->unwind = data;
  return !kd_orc_table_ip (&f->table, 0, read_file, f, &f->table.text_start)
         && !kd_orc_table_ip (&f->table, f->table.count - 1, read_file, f,
                              &f->table.text_end);
}

/* The encoding by the samples alone, and by the header alone.  */
static void
check_version (struct file *f)
{
  static const char *const names[]
    = { "schedule",
        "panic",
        "do_exit",
        "vfs_read",
        "vfs_write",
        "kfree",
        "dput",
        "wake_up_process",
        "mutex_lock",
        "vprintk_emit",
        "msleep",
        "complete",
        "vmalloc",
        "kobject_put",
        "device_add",
        "filp_close",
        "entry_SYSCALL_64",
        "secondary_startup_64",
        "swapgs_restore_regs_and_return_to_usermode",
        "restore_regs_and_return_to_kernel" };
  uint8_t samples[KD_ARRAY_SIZE (names)][6];
  struct kd_orc_facts facts = { .type_call = -1,
                                .type_end = -1,
                                .type_regs = -1,
                                .has_signal = -1,
                                .has_end = -1,
                                .reg_sp = -1,
                                .samples = (const uint8_t (*)[6])samples };
  const void *header;
  size_t size;
  struct kd_symbol sym;

  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++)
    if (kd_symbols_by_name (f->syms, names[i], NULL, &sym)
        && !kd_orc_lookup_raw (&f->table, sym.addr, read_file, f,
                               samples[facts.nsamples]))
      facts.nsamples++;
  f->table.version = kd_orc_detect (&facts);
  ok (f->table.version != KD_ORC_UNKNOWN, "%zu samples alone say %s",
      facts.nsamples, kd_orc_version_name (f->table.version));
  if (kd_elf_section_data (f->elf, ".orc_header", &header, &size)
      || size != 20)
    return;
  facts.header = header;
  facts.nsamples = 0;
  is_int (kd_orc_detect (&facts), f->table.version,
          "the header says the same");
}

/* Is the CFA rule of FRAME a plain register and offset, and which?  */
static bool
cfa_rule (Dwarf_Frame *frame, unsigned *reg, int64_t *offset)
{
  Dwarf_Op *ops;
  size_t nops;

  if (dwarf_frame_cfa (frame, &ops, &nops) || nops != 1)
    return false;
  if (ops->atom == DW_OP_bregx) {
    *reg = (unsigned)ops->number;
    *offset = (int64_t)ops->number2;
    return true;
  }
  *reg = ops->atom - DW_OP_breg0;
  *offset = (int64_t)ops->number;
  return ops->atom >= DW_OP_breg0 && ops->atom <= DW_OP_breg31;
}

static void
check_entries (struct file *f, Dwarf_CFI *cfi)
{
  unsigned bad = 0, compared = 0, differ = 0, step = f->table.count / 20000;

  for (uint32_t i = 0; i < f->table.count; i++) {
    struct kd_orc_entry e;

    if (kd_orc_decode (f->table.version, f->unwind + 6 * (size_t)i, &e))
      bad++;
  }
  is_int (bad, 0, "all %u entries can be decoded", f->table.count);
  for (uint32_t i = 0; cfi && i + 1 < f->table.count; i += step ? step : 1) {
    struct kd_orc_entry e;
    Dwarf_Frame *frame;
    unsigned reg;
    int64_t offset;
    uint64_t pc;

    if (kd_orc_table_ip (&f->table, i, read_file, f, &pc)
        || kd_orc_lookup (&f->table, pc, read_file, f, &e)
        || e.type != KD_ORC_TYPE_CALL
        || (e.sp_reg != KD_ORC_REG_SP && e.sp_reg != KD_ORC_REG_BP)
        || dwarf_cfi_addrframe (cfi, pc, &frame))
      continue;
    if (cfa_rule (frame, &reg, &offset)) {
      compared++;
      if (reg != (e.sp_reg == KD_ORC_REG_SP ? KD_DW_SP : KD_DW_BP)
          || offset != e.sp_offset)
        differ++;
    }
    free (frame);
  }
  printf ("# %u of %u rules differ from CFI\n", differ, compared);
  ok (!cfi || (compared > 1000 && differ <= compared / 200),
      "the rules agree with the compiler's (all but 1 in 200)");
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    struct file f = { 0 };
    void *dwarf = NULL;

    printf ("# %s\n", argv[i]);
    if (ok (open_file (argv[i], &f), "%s has ORC tables",
            basename (argv[i]))) {
      check_version (&f);
      if (kd_elf_dwarf (f.elf, &dwarf))
        test_skip ("the rules agree with the compiler's", "no debug info");
      check_entries (&f, dwarf ? dwarf_getcfi (dwarf) : NULL);
    }
    kd_symbols_destroy (f.syms);
    kd_elf_close (f.elf);
  }
  return test_done ();
}
