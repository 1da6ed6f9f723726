/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is that is no dump, for the user who gave it. */
#include "base/cursor.h"
#include "dump/format.h"

#include <elf.h>
#include <string.h>

#define HEAD_BYTES 4096u

static const struct {
  const char *magic;
  size_t len;
  size_t at;
  const char *words;
} known[] = {
  { "\x1f\x8b", 2, 0, "gzip-compressed; uncompress it first (gunzip)" },
  { "\xfd"
    "7zXZ\0",
    6, 0, "xz-compressed; uncompress it first (unxz)" },
  { "\x28\xb5\x2f\xfd", 4, 0,
    "zstd-compressed as a whole; uncompress it first (unzstd)" },
  { "BZh", 3, 0, "bzip2-compressed; uncompress it first (bunzip2)" },
  { "\x04\x22\x4d\x18", 4, 0, "lz4-compressed; uncompress it first (unlz4)" },
  { "\x89LZO\0\r\n", 7, 0, "lzop-compressed; uncompress it first (lzop -d)" },
  { "PK\3\4", 4, 0, "a zip archive; unpack it first" },
  { "ustar", 5, 257, "a tar archive; unpack it first" },
  { "070701", 6, 0, "a cpio archive (an initramfs?), not a dump" },
  { "!<arch>\n", 8, 0, "an ar archive or Debian package, not a dump" },
  { "\xed\xab\xee\xdb", 4, 0, "an RPM package, not a dump" },
  { "QFI\xfb", 4, 0,
    "a QEMU disk image (qcow2); a dump inside it must be copied out" },
  { "KDMV", 4, 0, "a VMware disk image; a dump inside it must be copied out" },
  { "\xd2\xbe\xd2\xbe", 4, 0,
    "a VMware machine state (vmss/vmsn); convert it with vmss2core" },
  { "QEVM", 4, 0,
    "a QEMU saved machine (migration stream); make a dump with "
    "dump-guest-memory instead" },
  { "LibvirtQemudSave", 16, 0,
    "a libvirt saved machine; make a dump with virsh dump --memory-only" },
  { "PAGEDU64", 8, 0, "a crash dump of 64-bit Windows" },
  { "PAGEDUMP", 8, 0, "a crash dump of 32-bit Windows" },
  { "MDMP", 4, 0, "a minidump of a program" },
  { "DISKDUMP", 8, 0, "a diskdump file" },
  { "\xc8\x85\x96\x12", 4, 0, "an LKCD dump" },
  { "\xa8\x19\x01\x73\x61\x8f\x23\xed", 8, 0, "an LKCD dump" },
  { "\xed\x23\x8f\x61\x73\x01\x19\xa8", 8, 0, "an LKCD dump" },
  { "OSRELEASE=", 10, 0, "the text of a VMCOREINFO, not a dump" },
  { "HdrS", 4, 0x202, "a kernel boot image (bzImage), not a dump" },
};

/* Magic numbers of formats that only libkdumpfile would read.  */
static bool
needs_libkdumpfile (const char *words)
{
  return strstr (words, "LKCD") || strstr (words, "diskdump");
}

static enum kd_status
is (const struct kd_source *src, const char *words)
{
  return kd_fail (KD_UNSUPPORTED, "%s: is %s", src->name, words);
}

static enum kd_status
identify_elf (const struct kd_source *src, const uint8_t *h)
{
  bool big = h[EI_DATA] == ELFDATA2MSB;
  unsigned type = big ? (unsigned)(h[16] << 8 | h[17]) : kd_le16 (h + 16);
  switch (type) {
  case ET_EXEC:
  case ET_DYN:
    return is (src, "an ELF program (a vmlinux?), not a dump; a dump is what "
                    "kdump, makedumpfile or QEMU wrote");
  case ET_REL:
    return is (src, "an ELF object file (a kernel module?), not a dump");
  default:
    return is (src, "an ELF file of unknown type, not a dump");
  }
}

static bool
is_text (const uint8_t *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (p[i] == 0 || p[i] == 0x7f
        || (p[i] < 0x20 && !strchr ("\t\n\v\f\r\033\b", p[i])))
      return false;
  return n > 0;
}

static bool
is_zeros (const uint8_t *p, size_t n)
{
  return n > 0 && p[0] == 0 && memcmp (p, p + 1, n - 1) == 0;
}

/* The row of `known' that HEAD matches, NULL if none does.  */
static const char *
find_known (const uint8_t *head, size_t got)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (known); i++)
    if (got >= known[i].at + known[i].len
        && memcmp (head + known[i].at, known[i].magic, known[i].len) == 0)
      return known[i].words;
  return NULL;
}

bool
kd_is_no_dump (struct kd_source *src)
{
  uint8_t head[HEAD_BYTES];
  size_t got;
  if (kd_source_read_some (src, 0, head, sizeof head, &got))
    return true;
  const char *words = find_known (head, got);
  if (words)
    return !needs_libkdumpfile (words);
  return got < 64 || is_text (head, got) || is_zeros (head, got)
         || memcmp (head, ELFMAG, SELFMAG) == 0;
}

enum kd_status
kd_identify (struct kd_source *src)
{
  uint8_t head[HEAD_BYTES];
  size_t got;
  if (src->size == 0)
    return is (src, "an empty file, not a dump");
  enum kd_status st = kd_source_read_some (src, 0, head, sizeof head, &got);
  if (st)
    return st;
  const char *words = find_known (head, got);
  if (words && needs_libkdumpfile (words))
    return kd_fail (KD_UNSUPPORTED,
                    "%s: is %s, which libkdumpfile could not read or was not "
                    "configured for",
                    src->name, words);
  if (words)
    return is (src, words);
  if (got >= 20 && memcmp (head, ELFMAG, SELFMAG) == 0)
    return identify_elf (src, head);
  if (memcmp (head, "makedumpfile", got < 12 ? got : 12) == 0)
    return is (src, "the beginning of a flattened dump, cut short");
  if (memcmp (head, "KDUMP   ", got < 8 ? got : 8) == 0)
    return is (src, "the beginning of a kdump-compressed dump, cut short");
  if (is_text (head, got))
    return is (src, "a text file, not a dump");
  if (is_zeros (head, got))
    return is (src, "no dump: it begins with zeros, as a dump does whose "
                    "writing never began or a blank device");
  return kd_fail (KD_UNSUPPORTED,
                  "%s: is not a dump of a format known here (it begins with "
                  "%02x %02x %02x %02x)",
                  src->name, head[0], got > 1 ? head[1] : 0,
                  got > 2 ? head[2] : 0, got > 3 ? head[3] : 0);
}

uint16_t
kd_machine_from_uname (const char *name)
{
  static const struct {
    const char *name;
    uint16_t machine;
  } machines[] = {
    { "x86_64", EM_X86_64 },   { "aarch64", EM_AARCH64 },
    { "i386", EM_386 },        { "i486", EM_386 },
    { "i586", EM_386 },        { "i686", EM_386 },
    { "ppc64", EM_PPC64 },     { "ppc64le", EM_PPC64 },
    { "ppc", EM_PPC },         { "s390x", EM_S390 },
    { "s390", EM_S390 },       { "riscv64", EM_RISCV },
    { "loongarch64", 258 },    { "ia64", EM_IA_64 },
    { "alpha", EM_ALPHA },     { "mips", EM_MIPS },
    { "mips64", EM_MIPS },     { "armv6l", EM_ARM },
    { "armv7l", EM_ARM },      { "armv8l", EM_ARM },
    { "sparc64", EM_SPARCV9 },
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (machines); i++)
    if (strcmp (machines[i].name, name) == 0)
      return machines[i].machine;
  return EM_NONE;
}
