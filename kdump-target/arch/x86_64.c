/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x86-64: registers and page walk. */
#include "arch/x86_64.h"

#include "base/cursor.h"
#include "base/guard.h"

#include <elf.h>
#include <string.h>

/* Offsets: struct user_regs_struct and struct pt_regs of
   arch/x86/include/asm (the first 21 words are the same), QEMUCPUState of
   QEMU's target/i386/arch_dump.c.  DWARF numbers: System V psABI.  */
#define CORE "org.gnu.gdb.i386.core"
#define SEGMENTS "org.gnu.gdb.i386.segments"
#define LINUX "org.gnu.gdb.i386.linux"
#define SEG_BASE 16 /* of a QEMUCPUSegment: selector at 0, base at 16 */

#define GPR(name, type, dwarf, regs, qemu)                                    \
  {                                                                           \
    name, type, CORE, 64, dwarf, regs, regs, qemu                             \
  }
#define SEG(name, dwarf, prstatus, ptregs, qemu)                              \
  {                                                                           \
    name, "int32", CORE, 32, dwarf, prstatus, ptregs, qemu                    \
  }
/* GDB wants the x87 registers in the feature; no dump has them.  */
#define X87(n)                                                                \
  {                                                                           \
    "st" #n, "i387_ext", CORE, 80, 33 + (n), -1, -1, -1                       \
  }
#define X87_CTRL(name)                                                        \
  {                                                                           \
    name, "int", CORE, 32, -1, -1, -1, -1                                     \
  }

enum { REG_SP = 7, REG_FP = 6, REG_PC = 16, REG_FLAGS = 17, REG_CS = 18 };

static const struct kd_reg regs[] = {
  GPR ("rax", "int64", 0, 80, 8),
  GPR ("rbx", "int64", 3, 40, 16),
  GPR ("rcx", "int64", 2, 88, 24),
  GPR ("rdx", "int64", 1, 96, 32),
  GPR ("rsi", "int64", 4, 104, 40),
  GPR ("rdi", "int64", 5, 112, 48),
  GPR ("rbp", "data_ptr", 6, 32, 64),
  GPR ("rsp", "data_ptr", 7, 152, 56),
  GPR ("r8", "int64", 8, 72, 72),
  GPR ("r9", "int64", 9, 64, 80),
  GPR ("r10", "int64", 10, 56, 88),
  GPR ("r11", "int64", 11, 48, 96),
  GPR ("r12", "int64", 12, 24, 104),
  GPR ("r13", "int64", 13, 16, 112),
  GPR ("r14", "int64", 14, 8, 120),
  GPR ("r15", "int64", 15, 0, 128),
  GPR ("rip", "code_ptr", 16, 128, 136),
  { "eflags", "i386_eflags", CORE, 32, 49, 144, 144, 144 },
  SEG ("cs", 51, 136, 136, 152),
  SEG ("ss", 52, 160, 160, 272),
  SEG ("ds", 53, 184, -1, 176),
  SEG ("es", 50, 192, -1, 200),
  SEG ("fs", 54, 200, -1, 224),
  SEG ("gs", 55, 208, -1, 248),
  X87 (0),
  X87 (1),
  X87 (2),
  X87 (3),
  X87 (4),
  X87 (5),
  X87 (6),
  X87 (7),
  X87_CTRL ("fctrl"),
  X87_CTRL ("fstat"),
  X87_CTRL ("ftag"),
  X87_CTRL ("fiseg"),
  X87_CTRL ("fioff"),
  X87_CTRL ("foseg"),
  X87_CTRL ("fooff"),
  X87_CTRL ("fop"),
  { "fs_base", "int64", SEGMENTS, 64, 58, 168, -1, 224 + SEG_BASE },
  { "gs_base", "int64", SEGMENTS, 64, 59, 176, -1, 248 + SEG_BASE },
  { "orig_rax", "int64", LINUX, 64, -1, 120, 120, -1 },
};
_Static_assert(KD_ARRAY_SIZE (regs) <= KD_MAX_REGS, "too many registers");

static const char tdesc_types[]
  = "<flags id=\"i386_eflags\" size=\"4\">"
    "<field name=\"CF\" start=\"0\" end=\"0\"/>"
    "<field name=\"\" start=\"1\" end=\"1\"/>"
    "<field name=\"PF\" start=\"2\" end=\"2\"/>"
    "<field name=\"AF\" start=\"4\" end=\"4\"/>"
    "<field name=\"ZF\" start=\"6\" end=\"6\"/>"
    "<field name=\"SF\" start=\"7\" end=\"7\"/>"
    "<field name=\"TF\" start=\"8\" end=\"8\"/>"
    "<field name=\"IF\" start=\"9\" end=\"9\"/>"
    "<field name=\"DF\" start=\"10\" end=\"10\"/>"
    "<field name=\"OF\" start=\"11\" end=\"11\"/>"
    "<field name=\"NT\" start=\"14\" end=\"14\"/>"
    "<field name=\"RF\" start=\"16\" end=\"16\"/>"
    "<field name=\"VM\" start=\"17\" end=\"17\"/>"
    "<field name=\"AC\" start=\"18\" end=\"18\"/>"
    "<field name=\"VIF\" start=\"19\" end=\"19\"/>"
    "<field name=\"VIP\" start=\"20\" end=\"20\"/>"
    "<field name=\"ID\" start=\"21\" end=\"21\"/>"
    "</flags>\n";

/* --- page tables: Intel SDM volume 3, chapter "Paging" --- */

#define BIT(n) (UINT64_C (1) << (n))
#define PTE_P BIT (0)
#define PTE_PSE BIT (7)
#define PTE_PROTNONE BIT (8) /* with P clear; the G bit */
#define PTE_NX BIT (63)
#define PTE_ADDR UINT64_C (0x000ffffffffff000)

/* The entry's address field without the encryption bit.  */
static uint64_t
entry_address (uint64_t entry, uint64_t enc_mask)
{
  return entry & PTE_ADDR & ~enc_mask;
}

/* The kernel inverts the address of an entry that has no P bit, against the
   L1TF fault (6b28baca9b1f, "x86/speculation/l1tf: Protect PROT_NONE PTEs
   against speculation", 4.19 and stable kernels).  No machine has RAM in the
   upper half of the physical address space, so the highest bit tells.  */
static uint64_t
protnone_address (uint64_t entry, uint64_t enc_mask)
{
  uint64_t mask = PTE_ADDR & ~enc_mask;
  uint64_t addr = entry & mask;
  uint64_t top = BIT (63 - __builtin_clzll (mask));
  return addr & top ? ~addr & mask : addr;
}

/* Swap entries: "Encode and de-code a swap entry" in pgtable_64.h, bits as
   since "x86/speculation/l1tf: Change order of offset/type in swap entry"
   (4.19 and stable kernels).  Special types are at the top of the 32, how many
   depends on the kernel's configuration.  */
static enum kd_status
fail_swap_entry (const struct kd_walk *walk, const char *level, uint64_t entry)
{
  unsigned type = (unsigned)(entry >> 59);
  uint64_t offset = ~entry << 5 >> 14;
  if (type >= 22)
    return kd_fail (KD_NOT_MAPPED,
                    "0x%llx is not mapped: %s entry 0x%llx is a special one "
                    "(type %u: a migrating, poisoned, device or marker page)",
                    (unsigned long long)walk->vaddr, level,
                    (unsigned long long)entry, type);
  return kd_fail (KD_NOT_MAPPED,
                  "0x%llx is not mapped: the page was swapped out (%s entry "
                  "0x%llx: swap area %u, page 0x%llx)",
                  (unsigned long long)walk->vaddr, level,
                  (unsigned long long)entry, type, (unsigned long long)offset);
}

/* The top level is the PGD, with four levels as with five.  */
static const char *
level_name (const struct kd_pgtable *pt, unsigned level)
{
  static const char *const names[] = { "", "PTE", "PMD", "PUD", "P4D" };
  return level == pt->levels ? "PGD" : names[level];
}

static bool
canonical (uint64_t vaddr, unsigned levels)
{
  unsigned bits = 12 + 9 * levels;
  int64_t sign = (int64_t)vaddr >> (bits - 1);
  return sign == 0 || sign == -1;
}

/* A leaf at LEVEL (1: PTE).  */
static enum kd_status
finish_walk (const struct kd_pgtable *pt, struct kd_walk *walk, unsigned level,
             uint64_t entry)
{
  uint64_t size = UINT64_C (1) << (12 + 9 * (level - 1));
  uint64_t addr = entry & PTE_P ? entry_address (entry, pt->enc_mask)
                                : protnone_address (entry, pt->enc_mask);
  if (level > 1)
    addr &= ~BIT (12); /* PAT */
  if (addr & (size - 1))
    return kd_fail (KD_NOT_MAPPED,
                    "0x%llx is not mapped: %s entry 0x%llx has reserved bits "
                    "set",
                    (unsigned long long)walk->vaddr, level_name (pt, level),
                    (unsigned long long)entry);
  walk->entry = entry;
  walk->page_size = size;
  walk->paddr = addr | (walk->vaddr & (size - 1));
  return KD_OK;
}

static enum kd_status
fail_absent (const struct kd_pgtable *pt, const struct kd_walk *walk,
             unsigned level, uint64_t entry)
{
  if (entry && level <= 2)
    return fail_swap_entry (walk, level_name (pt, level), entry);
  return kd_fail (KD_NOT_MAPPED, "0x%llx is not mapped: %s entry %s",
                  (unsigned long long)walk->vaddr, level_name (pt, level),
                  entry ? "is not present" : "is empty");
}

static enum kd_status
walk_level (const struct kd_pgtable *pt, struct kd_walk *walk, unsigned level,
            uint64_t *table, bool *leaf)
{
  unsigned index = walk->vaddr >> (12 + 9 * (level - 1)) & 0x1ff;
  uint64_t at = *table + index * UINT64_C (8);
  uint8_t raw[8];
  enum kd_status st = pt->read (pt->arg, at, raw, sizeof raw);
  if (st)
    return kd_context (st,
                       "page tables of 0x%llx: %s entry at physical 0x%llx",
                       (unsigned long long)walk->vaddr, level_name (pt, level),
                       (unsigned long long)at);
  uint64_t entry = kd_le64 (raw);
  walk->step[walk->steps].level = level_name (pt, level);
  walk->step[walk->steps].entry_paddr = at;
  walk->step[walk->steps].entry = entry;
  walk->steps++;

  bool present = entry & PTE_P;
  bool protnone = !present && entry & PTE_PROTNONE && level <= 2;
  if (protnone && level == 2 && !(entry & PTE_PSE))
    protnone = false;
  if (!present && !protnone)
    return fail_absent (pt, walk, level, entry);
  *leaf = level == 1 || entry & PTE_PSE;
  if (*leaf && level > 3)
    return kd_fail (KD_NOT_MAPPED,
                    "0x%llx is not mapped: %s entry 0x%llx has reserved bits "
                    "set",
                    (unsigned long long)walk->vaddr, level_name (pt, level),
                    (unsigned long long)entry);
  if (*leaf)
    return finish_walk (pt, walk, level, entry);
  *table = entry_address (entry, pt->enc_mask);
  return KD_OK;
}

static enum kd_status
x86_64_walk (const struct kd_pgtable *pt, struct kd_walk *walk)
{
  walk->steps = 0;
  walk->paddr = walk->page_size = walk->entry = 0;
  if (pt->levels < 4 || pt->levels > 5)
    return kd_fail (KD_UNSUPPORTED, "%u-level page tables are not x86-64's",
                    pt->levels);
  if (!canonical (walk->vaddr, pt->levels))
    return kd_fail (KD_NOT_MAPPED,
                    "0x%llx is not mapped: it is no canonical address with "
                    "%u-level page tables",
                    (unsigned long long)walk->vaddr, pt->levels);
  uint64_t table = entry_address (pt->root, pt->enc_mask);
  bool leaf = false;
  for (unsigned level = pt->levels; level >= 1 && !leaf; level--) {
    enum kd_status st = walk_level (pt, walk, level, &table, &leaf);
    if (st)
      return st;
  }
  return KD_OK;
}

static void
x86_64_describe_entry (uint64_t entry, bool leaf, struct kd_strbuf *out)
{
  static const struct {
    unsigned char bit;
    bool leaf_only;
    const char *name;
  } flags[]
    = { { 1, false, "RW" },   { 2, false, "USER" }, { 3, false, "PWT" },
        { 4, false, "PCD" },  { 5, false, "A" },    { 6, true, "D" },
        { 7, true, "PSE" },   { 8, true, "G" },     { 9, false, "SW1" },
        { 10, false, "SW2" }, { 11, false, "SW3" }, { 58, true, "SW4" },
        { 63, false, "NX" } };
  if (!(entry & PTE_P)) {
    kd_strbuf_puts (out, entry & PTE_PROTNONE && leaf ? "PROTNONE"
                         : entry                      ? "not present"
                                                      : "empty");
    return;
  }
  kd_strbuf_puts (out, "P");
  for (size_t i = 0; i < KD_ARRAY_SIZE (flags); i++)
    if (entry >> flags[i].bit & 1 && (leaf || !flags[i].leaf_only))
      kd_strbuf_printf (out, " %s", flags[i].name);
}

/* Kernel half with 57-bit addresses, which includes that of 48 bits.  */
static bool
x86_64_is_kernel_address (uint64_t vaddr)
{
  return vaddr >> 56 == 0xff;
}

static bool
x86_64_regs_user_mode (const struct kd_regs *r)
{
  if (kd_regs_has (r, REG_CS))
    return r->value[REG_CS] & 3;
  return kd_regs_has (r, REG_PC) && !(r->value[REG_PC] >> 63);
}

/* In kernel mode a crash note holds the user's GS base, which is in the MSR
   for the inactive one (x86_gsbase_read_cpu_inactive() in
   ELF_CORE_COPY_REGS).  The active one is the per-CPU area.  */
static void
x86_64_set_percpu_base (struct kd_regs *r, uint64_t base)
{
  if (!x86_64_regs_user_mode (r))
    kd_regs_set (r, KD_X86_64_GS_BASE, base);
}

_Static_assert(KD_X86_64_GS_BASE < KD_ARRAY_SIZE (regs), "gs_base");

/* QEMUCPUState: cr[5] follows ten segments of 24 bytes.  */
enum {
  QEMU_IDT = 368,
  QEMU_CR0 = 392,
  QEMU_CR3 = 416,
  QEMU_CR4 = 424,
  QEMU_SIZE = 432,
  QEMU_KERNEL_GS_BASE = 432 /* in notes of QEMU 3.1 and later */
};

static size_t
x86_64_qemu_percpu_bases (const struct kd_regs *r, const void *desc,
                          size_t size, uint64_t bases[2])
{
  size_t n = 0;
  if (kd_regs_has (r, KD_X86_64_GS_BASE))
    bases[n++] = r->value[KD_X86_64_GS_BASE];
  if (size >= QEMU_KERNEL_GS_BASE + 8)
    bases[n++] = kd_le64 ((const uint8_t *)desc + QEMU_KERNEL_GS_BASE);
  return n;
}

static void
x86_64_qemu_paging (const void *desc, size_t size, struct kd_cpu_paging *out)
{
  const uint8_t *d = desc;
  memset (out, 0, sizeof *out);
  if (size < QEMU_SIZE)
    return;
  uint64_t cr0 = kd_le64 (d + QEMU_CR0);
  uint64_t cr4 = kd_le64 (d + QEMU_CR4);
  if (!(cr0 & BIT (31)))
    return; /* paging is off: a CPU not started yet */
  out->root = kd_le64 (d + QEMU_CR3) & PTE_ADDR;
  out->levels = cr4 & BIT (12) ? 5 : 4;
  out->vectors = kd_le64 (d + QEMU_IDT + SEG_BASE);
}

const struct kd_arch kd_arch_x86_64 = {
  .name = "x86_64",
  .gdb_name = "i386:x86-64",
  .machine = EM_X86_64,
  .page_shift = 12,
  .regs = regs,
  .nregs = KD_ARRAY_SIZE (regs),
  .tdesc_types = tdesc_types,
  .reg_pc = REG_PC,
  .reg_sp = REG_SP,
  .reg_fp = REG_FP,
  .reg_flags = REG_FLAGS,
  .prstatus_reg_offset = 112,
  .prstatus_pid_offset = 32,
  .prstatus_size = 336,
  .ptregs_size = 168,
  .qemu_size = QEMU_SIZE,
  .is_kernel_address = x86_64_is_kernel_address,
  .walk = x86_64_walk,
  .describe_entry = x86_64_describe_entry,
  .regs_user_mode = x86_64_regs_user_mode,
  .set_percpu_base = x86_64_set_percpu_base,
  .qemu_percpu_bases = x86_64_qemu_percpu_bases,
  .qemu_paging = x86_64_qemu_paging,
  .find_layout = kd_x86_64_find_layout,
};
