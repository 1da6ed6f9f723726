/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kernel the dump is of, and whether a vmlinux is that kernel's. */
#include "kernel/internal.h"

#include <string.h>

enum {
  NOTES_MAX = 65536, /* bytes of the kernel's own .notes we look at */
  BANNER_MAX = 512
};

static const char banner_start[] = "Linux version ";

/* "Linux version RELEASE (...": RELEASE, at most uname's 64 bytes.  */
static bool
release_of_banner (const char *banner, char release[65])
{
  size_t skip = sizeof banner_start - 1;
  if (strncmp (banner, banner_start, skip) != 0)
    return false;
  size_t len = strcspn (banner + skip, " ");
  if (!len || len > 64)
    return false;
  memcpy (release, banner + skip, len);
  release[len] = 0;
  kd_make_printable (release);
  return true;
}

/* Without VMCOREINFO the release is looked for in the kernel image.  */
static void
scan_for_banner (struct kd_kernel *k)
{
  const struct kd_linear *image = NULL;
  for (unsigned i = 0; i < k->mem->nlinear; i++)
    if (!strcmp (k->mem->linear[i].name, "kernel image"))
      image = &k->mem->linear[i];
  enum { CHUNK = 65536 };
  char *buf KD_AUTO_FREE = image ? malloc (CHUNK + BANNER_MAX) : NULL;
  if (!buf)
    return;
  for (uint64_t at = image->start; at < image->end; at += CHUNK) {
    size_t got = 0;
    enum kd_status st = kd_mem_read (k->mem, KD_KERNEL_SPACE, at, buf,
                                     CHUNK + BANNER_MAX, &got);
    if (st && !got)
      continue;
    for (char *p = buf, *end = buf + got;
         (p = memmem (p, (size_t)(end - p), banner_start,
                      sizeof banner_start - 1));
         p++) {
      char text[128] = "";
      size_t left = (size_t)(end - p);
      memcpy (text, p, left < 127 ? left : 127);
      char digit = text[sizeof banner_start - 1];
      if (digit >= '0' && digit <= '9' && release_of_banner (text, k->release))
        return;
    }
  }
}

void
kd_identify_dump (struct kd_kernel *k)
{
  const char *release
    = k->info ? kd_vmcoreinfo_get (k->info, "OSRELEASE") : NULL;
  if (!release || !*release)
    release = kd_dump_info (k->dump)->uts_release;
  if (release && strlen (release) < sizeof k->release)
    memcpy (k->release, release, strlen (release) + 1);
  else if (k->mem)
    scan_for_banner (k);
  if (!k->release[0] && k->mem)
    scan_for_banner (k);
  kd_make_printable (k->release);
  const char *id = k->info ? kd_vmcoreinfo_get (k->info, "BUILD-ID") : NULL;
  if (id)
    kd_build_id_parse (id, &k->build_id);
}

/* --- does the vmlinux belong to it? --- */

/* The build-id in the dumped kernel's own .notes, found where ELF's symbols
   say with SLIDE.  */
static bool
build_id_in_memory (struct kd_kernel *k, struct kd_elf_file *elf,
                    uint64_t slide, struct kd_build_id *out)
{
  const Elf64_Sym *start = kd_elf_find_symbol (elf, "__start_notes");
  const Elf64_Sym *stop = kd_elf_find_symbol (elf, "__stop_notes");
  if (!start || !stop || stop->st_value <= start->st_value
      || stop->st_value - start->st_value > NOTES_MAX)
    return false;
  size_t size = stop->st_value - start->st_value;
  uint8_t *notes KD_AUTO_FREE = malloc (size);
  return notes
         && !kd_mem_read (k->mem, KD_KERNEL_SPACE, start->st_value + slide,
                          notes, size, NULL)
         && kd_build_id_from_notes (notes, size, out);
}

/* Is ELF's linux_banner found in memory with SLIDE?  -1: cannot tell.  */
static int
banner_matches (struct kd_kernel *k, struct kd_elf_file *elf, uint64_t slide)
{
  const char *banner = kd_elf_linux_banner (elf);
  const Elf64_Sym *sym = kd_elf_find_symbol (elf, "linux_banner");
  char text[BANNER_MAX];
  size_t len = strlen (banner);
  if (!sym || !len || len >= sizeof text)
    return -1;
  if (kd_mem_read (k->mem, KD_KERNEL_SPACE, sym->st_value + slide, text, len,
                   NULL))
    return -1;
  return !memcmp (text, banner, len);
}

/* When VMCOREINFO does not tell how far KASLR moved the kernel: the image
   begins with _text.  */
static void
find_slide (struct kd_kernel *k, struct kd_elf_file *elf)
{
  const Elf64_Sym *text = kd_elf_find_symbol (elf, "_text");
  for (unsigned i = 0; i < k->mem->nlinear && text; i++) {
    const struct kd_linear *lin = &k->mem->linear[i];
    if (strcmp (lin->name, "kernel image") != 0)
      continue;
    uint64_t slide = lin->start - (text->st_value & ~UINT64_C (0x1fffff));
    if (banner_matches (k, elf, slide) == 1) {
      k->mem->kaslr_offset = slide;
      k->mem->kaslr_known = true;
    }
  }
}

static enum kd_status
fail_build_id (const struct kd_elf_file *elf, const struct kd_build_id *dump)
{
  char theirs[2 * KD_BUILD_ID_MAX + 1], ours[2 * KD_BUILD_ID_MAX + 1];
  kd_build_id_format (kd_elf_build_id (elf), theirs, sizeof theirs);
  kd_build_id_format (dump, ours, sizeof ours);
  return kd_fail (KD_MISMATCH,
                  "%s is not the dumped kernel: its build-id is %s, the "
                  "dump's is %s (--force takes it all the same)",
                  kd_elf_path (elf), theirs[0] ? theirs : "missing", ours);
}

/* By release, for kernels without a build-id.  */
static enum kd_status
check_release (struct kd_kernel *k, struct kd_elf_file *elf)
{
  char release[65];
  int banner = banner_matches (k, elf, k->mem->kaslr_offset);
  if (banner == 1)
    return KD_OK;
  struct kd_elf_symtab tab;
  if (!kd_elf_symtab (elf, &tab) && !kd_elf_find_symbol (elf, "_stext")
      && !kd_elf_find_symbol (elf, "linux_banner"))
    return kd_fail (KD_MISMATCH,
                    "%s is no vmlinux: it has neither linux_banner nor "
                    "_stext (--force takes it all the same)",
                    kd_elf_path (elf));
  if (!release_of_banner (kd_elf_linux_banner (elf), release)) {
    kd_kernel_warn (k,
                    "%s has neither build-id nor linux_banner: that it is "
                    "the dumped kernel could not be checked",
                    kd_elf_path (elf));
    return KD_OK;
  }
  if (k->release[0] && strcmp (release, k->release) != 0)
    return kd_fail (KD_MISMATCH,
                    "%s is not the dumped kernel: it is of release %s, the "
                    "dump of %s (--force takes it all the same)",
                    kd_elf_path (elf), release, k->release);
  if (banner == 0)
    return kd_fail (KD_MISMATCH,
                    "%s is not the dumped kernel: the dump's memory does not "
                    "have its banner \"%.60s...\" (--force takes it all the "
                    "same)",
                    kd_elf_path (elf), kd_elf_linux_banner (elf));
  kd_kernel_warn (k,
                  "%s has the right release; that it is the very same build "
                  "could not be checked",
                  kd_elf_path (elf));
  return KD_OK;
}

static enum kd_status
check_vmlinux (struct kd_kernel *k, struct kd_elf_file *elf)
{
  const struct kd_arch *arch = k->mem->arch;
  if (kd_elf_machine (elf) != arch->machine)
    return kd_fail (KD_MISMATCH,
                    "%s is for another machine (ELF machine %u) than the "
                    "dump's %s",
                    kd_elf_path (elf), kd_elf_machine (elf), arch->name);
  if (!k->mem->kaslr_known)
    find_slide (k, elf);
  struct kd_build_id found;
  if (!k->build_id.size
      && build_id_in_memory (k, elf, k->mem->kaslr_offset, &found))
    k->build_id = found;
  if (k->build_id.size && kd_elf_build_id (elf)->size)
    return kd_build_id_equal (&k->build_id, kd_elf_build_id (elf))
             ? KD_OK
             : fail_build_id (elf, &k->build_id);
  return check_release (k, elf);
}

static void
warn_incomplete (struct kd_kernel *k)
{
  struct kd_elf_symtab tab;
  if (kd_elf_symtab (k->vmlinux, &tab))
    kd_kernel_warn (k,
                    "%s has no symbol table: most of the kernel's state "
                    "cannot be found",
                    kd_elf_path (k->vmlinux));
  else if (!kd_elf_has_dwarf (k->vmlinux))
    kd_kernel_warn (k,
                    "%s has no debug info: no source lines, inlined "
                    "functions, arguments and locals",
                    kd_elf_path (k->vmlinux));
}

enum kd_status
kd_take_vmlinux (struct kd_kernel *k, const char *path, bool force)
{
  struct kd_elf_file *elf KD_GUARD (elf) = NULL;
  enum kd_status st = kd_elf_open (path, &elf);
  if (st)
    return st;
  struct kd_build_id before = k->build_id;
  st = check_vmlinux (k, elf);
  if (st && (!force || kd_elf_machine (elf) != k->mem->arch->machine)) {
    k->build_id = before;
    return st;
  }
  if (st)
    kd_kernel_warn (k, "%s", kd_error_text ());
  k->vmlinux = KD_STEAL (elf);
  warn_incomplete (k);
  st = kd_symbols_add_elf (k->symbols, k->vmlinux, k->mem->kaslr_offset);
  return st == KD_NOT_FOUND ? KD_OK : st;
}
