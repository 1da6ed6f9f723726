/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arch/: registers as data, target description, x86-64 page walks. */
#include "arch/arch.h"

#include "base/cursor.h"
#include "base/guard.h"
#include "test.h"

#include <elf.h>

static const struct kd_arch *arch;

/* --- registers --- */

static uint64_t
reg (const struct kd_regs *r, const char *name)
{
  int i = kd_arch_reg (arch, name);
  return i >= 0 && kd_regs_has (r, (unsigned)i) ? r->value[i] : UINT64_MAX;
}

static void
test_tables (void)
{
  ok (kd_arch_by_machine (EM_X86_64) == arch, "found by ELF machine");
  ok (!kd_arch_by_machine (EM_AARCH64), "an unknown machine is not found");
  ok (!kd_arch_by_name ("i686"), "an unknown name is not found");
  is_str (arch->regs[arch->reg_pc].name, "rip", "reg_pc is rip");
  is_str (arch->regs[arch->reg_sp].name, "rsp", "reg_sp is rsp");
  is_str (arch->regs[arch->reg_fp].name, "rbp", "reg_fp is rbp");
  is_str (arch->regs[arch->reg_flags].name, "eflags", "reg_flags is eflags");
  ok (arch->nregs <= KD_MAX_REGS, "the table fits struct kd_regs");
  static const char *const by_dwarf[17]
    = { "rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8",
        "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip" };
  bool all = true;
  for (int i = 0; i < 17; i++)
    all = all && arch->regs[kd_arch_reg (arch, by_dwarf[i])].dwarf == i;
  ok (all, "DWARF numbers are the psABI's");
  is_int (kd_arch_reg (arch, "xmm0"), -1, "no such register");
}

/* Word I of the image holds 0x1000 + I.  */
static void
fill_words (uint8_t *buf, size_t size)
{
  for (size_t i = 0; i < size / 8; i++) {
    uint64_t v = 0x1000 + i;
    for (int b = 0; b < 8; b++)
      buf[i * 8 + (size_t)b] = (uint8_t)(v >> 8 * b);
  }
}

static void
test_prstatus (void)
{
  uint8_t image[27 * 8];
  struct kd_regs r;
  fill_words (image, sizeof image);
  kd_regs_from_prstatus (arch, image, sizeof image, &r);
  is_int (reg (&r, "r15"), 0x1000, "prstatus: r15 is word 0");
  is_int (reg (&r, "rbp"), 0x1004, "prstatus: rbp is word 4");
  is_int (reg (&r, "rax"), 0x100a, "prstatus: rax is word 10");
  is_int (reg (&r, "orig_rax"), 0x100f, "prstatus: orig_rax is word 15");
  is_int (reg (&r, "rip"), 0x1010, "prstatus: rip is word 16");
  is_int (reg (&r, "rsp"), 0x1013, "prstatus: rsp is word 19");
  is_int (reg (&r, "gs_base"), 0x1016, "prstatus: gs_base is word 22");
  is_int (reg (&r, "gs"), 0x101a, "prstatus: gs is word 26");
  is_int (reg (&r, "st0"), UINT64_MAX, "prstatus: st0 is not known");
  kd_regs_from_prstatus (arch, image, 17 * 8 - 1, &r);
  is_int (reg (&r, "rip"), UINT64_MAX, "a cut prstatus has no rip");
  is_int (reg (&r, "orig_rax"), 0x100f, "but what is before it");
  kd_regs_from_ptregs (arch, image, sizeof image, &r);
  is_int (reg (&r, "ss"), 0x1014, "pt_regs: ss is word 20");
  is_int (reg (&r, "fs_base"), UINT64_MAX, "pt_regs: no fs_base");
}

static void
test_qemu (void)
{
  uint8_t note[440];
  struct kd_regs r;
  fill_words (note, sizeof note);
  memset (note, 0, 8);
  note[0] = 1;
  note[4] = 440 & 0xff;
  note[5] = 440 >> 8;
  ok (!kd_regs_from_qemu_note (arch, note, sizeof note, &r),
      "QEMU note is read");
  is_int (reg (&r, "rax"), 0x1001, "QEMU: rax");
  is_int (reg (&r, "rsp"), 0x1007, "QEMU: rsp");
  is_int (reg (&r, "rip"), 0x1011, "QEMU: rip");
  is_int (reg (&r, "cs"), 0x1013, "QEMU: cs selector");
  is_int (reg (&r, "gs_base"), 0x1021, "QEMU: gs base");
  uint64_t bases[2];
  is_int (arch->qemu_percpu_bases (&r, note, sizeof note, bases), 2,
          "QEMU: two candidates for the per-CPU base");
  is_int (bases[1], 0x1036, "QEMU: kernel_gs_base");
  is_int (kd_regs_from_qemu_note (arch, note, 400, &r), KD_CORRUPT,
          "a short QEMU note is corrupt");
  is_int (kd_regs_from_qemu_note (arch, note, 436, &r), KD_CORRUPT,
          "a QEMU note that claims more than it has is corrupt");
  note[0] = 2;
  is_int (kd_regs_from_qemu_note (arch, note, sizeof note, &r), KD_UNSUPPORTED,
          "another version of QEMU's note is refused");

  struct kd_cpu_paging p;
  arch->qemu_paging (note, sizeof note, &p);
  is_int (p.root, 0, "QEMU: paging off gives no root");
  note[392 + 3] |= 0x80; /* CR0.PG */
  note[416] = 0x18;      /* CR3 flags */
  note[416 + 1] = 0x32;
  note[416 + 7] = 0x80;
  note[424 + 1] = 0x10; /* CR4.LA57 */
  arch->qemu_paging (note, sizeof note, &p);
  is_int (p.root, 0x3000, "QEMU: CR3 without its flags");
  is_int (p.levels, 5, "QEMU: LA57");
}

static void
test_modes (void)
{
  struct kd_regs r = { 0 };
  ok (!arch->regs_user_mode (&r), "unknown registers are not user mode");
  kd_regs_set (&r, arch->reg_pc, 0x401000);
  ok (arch->regs_user_mode (&r), "without cs, by the address");
  kd_regs_set (&r, (unsigned)kd_arch_reg (arch, "cs"), 0x10);
  ok (!arch->regs_user_mode (&r), "cs 0x10 is kernel mode");
  arch->set_percpu_base (&r, 0x1234);
  is_int (reg (&r, "gs_base"), 0x1234, "per-CPU base goes to gs_base");
  kd_regs_set (&r, (unsigned)kd_arch_reg (arch, "cs"), 0x33);
  ok (arch->regs_user_mode (&r), "cs 0x33 is user mode");
  arch->set_percpu_base (&r, 0x99);
  is_int (reg (&r, "gs_base"), 0x1234, "but not in user mode");
  ok (arch->is_kernel_address (UINT64_C (0xffff888000000000))
        && arch->is_kernel_address (UINT64_C (0xff11000000000000))
        && !arch->is_kernel_address (UINT64_C (0x00007fffffffffff))
        && !arch->is_kernel_address (UINT64_C (0x8000000000000000)),
      "kernel half");
}

static void
test_xml (void)
{
  struct kd_strbuf sb KD_AUTO_STRBUF;
  kd_strbuf_init (&sb);
  kd_arch_target_xml (arch, &sb);
  const char *xml = kd_strbuf_str (&sb);
  ok (strstr (xml, "<architecture>i386:x86-64</architecture>")
        && strstr (xml, "<osabi>none</osabi>"),
      "target XML: architecture and osabi");
  ok (strstr (xml, "name=\"rip\" bitsize=\"64\" type=\"code_ptr\""),
      "target XML: rip");
  ok (strstr (xml, "name=\"st7\" bitsize=\"80\" type=\"i387_ext\""),
      "target XML: GDB's required x87 registers");
  unsigned open = 0, close = 0, regs = 0;
  for (const char *p = xml; (p = strchr (p, '<')); p++) {
    open += !strncmp (p, "<feature ", 9);
    close += !strncmp (p, "</feature>", 10);
    regs += !strncmp (p, "<reg ", 5);
  }
  is_int (open, close, "target XML: features are closed");
  is_int (open, 3, "target XML: three features");
  is_int (regs, arch->nregs, "target XML: every register once");
}

/* --- page walks over made-up tables --- */

enum { PAGES = 16 };
static uint8_t memory[PAGES][4096];

static enum kd_status
read_memory (void *arg, uint64_t paddr, void *buf, size_t len)
{
  (void)arg;
  if (paddr / 4096 >= PAGES || paddr % 4096 + len > 4096)
    return kd_fail (KD_NOT_RAM, "physical 0x%llx is not RAM",
                    (unsigned long long)paddr);
  memcpy (buf, &memory[paddr / 4096][paddr % 4096], len);
  return KD_OK;
}

static void
set_entry (unsigned page, unsigned index, uint64_t entry)
{
  for (int b = 0; b < 8; b++)
    memory[page][index * 8 + (unsigned)b] = (uint8_t)(entry >> 8 * b);
}

static enum kd_status
walk (unsigned levels, uint64_t enc, uint64_t vaddr, struct kd_walk *w)
{
  struct kd_pgtable pt = {
    .root = 0x1000, .levels = levels, .enc_mask = enc, .read = read_memory
  };
  memset (w, 0, sizeof *w);
  w->vaddr = vaddr;
  return arch->walk (&pt, w);
}

/* Tables at pages 1 (top) to 4, for 0xffff888000000000 (PGD 273).  */
static void
make_tables (void)
{
  memset (memory, 0, sizeof memory);
  set_entry (1, 273, 0x2063);
  set_entry (2, 0, 0x3063);
  set_entry (2, 1, UINT64_C (0x80000000c00000e3)); /* 1 GiB, NX */
  set_entry (2, 2, 0x400020e3);                    /* reserved bit */
  set_entry (3, 0, 0x4063);
  set_entry (3, 1, 0x2000e3); /* 2 MiB */
  set_entry (3, 2, 0x4010e3); /* 2 MiB with PAT */
  set_entry (3, 3, 0x2020e3); /* reserved bit */
  set_entry (3, 4, 0xabc0000063);
  set_entry (4, 0, 0x7063);
}

#define BASE UINT64_C (0xffff888000000000)
#define SIZE_1G (UINT64_C (1) << 30)
#define SIZE_2M (UINT64_C (1) << 21)

static void
test_walk (void)
{
  struct kd_walk w;
  make_tables ();
  ok (!walk (4, 0, BASE + 0x123, &w) && w.paddr == 0x7123
        && w.page_size == 4096 && w.steps == 4,
      "4 KiB page, 4 levels");
  is_str (w.step[0].level, "PGD", "the first level is the PGD");
  is_str (w.step[3].level, "PTE", "the last level is the PTE");
  is_int (w.step[0].entry_paddr, 0x1000 + 273 * 8, "address of the entry");
  ok (!walk (4, 0, BASE + SIZE_2M + 0x12345, &w) && w.paddr == 0x212345
        && w.page_size == SIZE_2M && w.steps == 3,
      "2 MiB page");
  ok (!walk (4, 0, BASE + 2 * SIZE_2M + 1, &w) && w.paddr == 0x400001,
      "2 MiB page whose PAT bit is set");
  ok (!walk (4, 0, BASE + SIZE_1G + 0x1234567, &w)
        && w.paddr == UINT64_C (0xc1234567) && w.page_size == SIZE_1G
        && w.steps == 2,
      "1 GiB page");
  is_int (walk (4, 0, BASE + 3 * SIZE_2M, &w), KD_NOT_MAPPED,
          "reserved bits in a 2 MiB page");
  ok (strstr (kd_error_text (), "reserved"), "and the reason is named");
  is_int (walk (4, 0, BASE + 2 * SIZE_1G, &w), KD_NOT_MAPPED,
          "reserved bits in a 1 GiB page");
  is_int (walk (4, 0, BASE + 4 * SIZE_2M, &w), KD_NOT_RAM,
          "a table that is no RAM has the reader's status");
  ok (strstr (kd_error_text (), "PTE entry"), "and the level is named");
  is_int (walk (4, 0, BASE + 0x1000, &w), KD_NOT_MAPPED, "empty PTE");
  ok (strstr (kd_error_text (), "PTE entry is empty"), "and it says so");
  is_int (walk (4, 0, BASE + 512 * SIZE_1G, &w), KD_NOT_MAPPED, "empty PGD");
  ok (strstr (kd_error_text (), "PGD entry is empty"), "and it says so");
  is_int (walk (4, 0, UINT64_C (0xff11000000000000), &w), KD_NOT_MAPPED,
          "57-bit address with 4 levels");
  ok (strstr (kd_error_text (), "canonical"), "is not canonical");
  is_int (walk (3, 0, BASE, &w), KD_UNSUPPORTED, "3 levels are refused");
  set_entry (1, 274, 0x20e3);
  is_int (walk (4, 0, BASE + 512 * SIZE_1G, &w), KD_NOT_MAPPED,
          "a PGD entry is never a leaf");
}

static void
test_five_levels (void)
{
  struct kd_walk w;
  make_tables ();
  memmove (memory[5], memory[1], 4096);
  memset (memory[1], 0, 4096);
  set_entry (1, 511, 0x5063);
  ok (!walk (5, 0, BASE + 0x123, &w) && w.paddr == 0x7123 && w.steps == 5,
      "5 levels");
  is_str (w.step[1].level, "P4D", "the second level is the P4D");
  set_entry (1, 273, 0x5063);
  ok (!walk (5, 0, UINT64_C (0xff11888000000123), &w) && w.paddr == 0x7123,
      "an address of the 5-level direct map");
}

static void
test_not_present (void)
{
  struct kd_walk w;
  make_tables ();
  set_entry (4, 1, 0x7160); /* PROTNONE: G without P */
  ok (!walk (4, 0, BASE + 0x1008, &w) && w.paddr == 0x7008,
      "a PROTNONE page is there");
  set_entry (4, 2, (~UINT64_C (0x7000) & UINT64_C (0xffffffffff000)) | 0x160);
  ok (!walk (4, 0, BASE + 0x2008, &w) && w.paddr == 0x7008,
      "a PROTNONE page with its address inverted against L1TF");
  set_entry (
    4, 3,
    (UINT64_C (3) << 59)
      | (~UINT64_C (0x77) << 9 >> 5 << 5 & UINT64_C (0x07fffffffffffe00)));
  is_int (walk (4, 0, BASE + 0x3000, &w), KD_NOT_MAPPED, "swap entry");
  ok (strstr (kd_error_text (), "swap area 3, page 0x77"),
      "says area and page: %s", kd_error_text ());
  set_entry (4, 4, UINT64_C (30) << 59);
  is_int (walk (4, 0, BASE + 0x4000, &w), KD_NOT_MAPPED, "special entry");
  ok (strstr (kd_error_text (), "special"), "says so");
  set_entry (3, 5, 0x2001e0); /* huge PROTNONE */
  ok (!walk (4, 0, BASE + 5 * SIZE_2M + 3, &w) && w.paddr == 0x200003,
      "a huge PROTNONE page is there");
}

static void
test_encryption (void)
{
  struct kd_walk w;
  uint64_t c_bit = UINT64_C (1) << 47;
  make_tables ();
  set_entry (1, 273, 0x2063 | c_bit);
  set_entry (2, 0, 0x3063 | c_bit);
  set_entry (3, 0, 0x4063 | c_bit);
  set_entry (4, 0, 0x7063 | c_bit);
  ok (!walk (4, c_bit, BASE + 5, &w) && w.paddr == 0x7005,
      "the encryption bit is no part of the address");
  is_int (walk (4, 0, BASE + 5, &w), KD_NOT_RAM, "without the mask it is");
}

/* A table that is its own next level: the walk has as many steps as
   levels.  */
static void
test_loop (void)
{
  struct kd_walk w;
  memset (memory, 0, sizeof memory);
  for (unsigned i = 0; i < 512; i++)
    set_entry (1, i, 0x1063);
  ok (!walk (5, 0, BASE + 0x10, &w) && w.steps == 5 && w.paddr == 0x1010,
      "tables that point at themselves end");
}

static void
test_describe (void)
{
  struct kd_strbuf sb KD_AUTO_STRBUF;
  kd_strbuf_init (&sb);
  arch->describe_entry (UINT64_C (0x8000000000200163), true, &sb);
  is_str (kd_strbuf_str (&sb), "P RW A D G NX", "flags of a leaf");
  kd_strbuf_reset (&sb);
  arch->describe_entry (0x3067, false, &sb);
  is_str (kd_strbuf_str (&sb), "P RW USER A", "flags of a table");
  kd_strbuf_reset (&sb);
  arch->describe_entry (0x3160, true, &sb);
  is_str (kd_strbuf_str (&sb), "PROTNONE", "PROTNONE");
}

int
main (void)
{
  arch = kd_arch_by_name ("x86_64");
  if (!ok (arch, "found by name"))
    return test_done ();
  test_tables ();
  test_prstatus ();
  test_qemu ();
  test_modes ();
  test_xml ();
  test_walk ();
  test_five_levels ();
  test_not_present ();
  test_encryption ();
  test_loop ();
  test_describe ();
  return test_done ();
}
