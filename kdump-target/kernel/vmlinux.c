/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel and module ELF files: identity, sections, symbol table. */
#include "kernel/vmlinux.h"

#include "base/cursor.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>

/* More sections than any linker makes for a module.  */
#define MAX_SECTIONS (UINT64_C (1) << 20)

struct kd_elf_file {
  char *path;
  int fd;
  Elf *elf;
  uint16_t machine;
  struct kd_elf_section *sections;
  size_t nsections; /* without the null section at index 0 */
  struct kd_build_id build_id;
  char *banner;
  bool has_dwarf;
  Dwarf *dwarf;
};

/* --- build-ids --- */

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
kd_build_id_parse (const char *hex, struct kd_build_id *out)
{
  size_t len = strspn (hex, "0123456789abcdefABCDEF");
  memset (out, 0, sizeof *out);
  if (hex[len] || !len || len % 2 || len / 2 > KD_BUILD_ID_MAX)
    return false;
  for (size_t i = 0; i < len / 2; i++)
    out->bytes[i]
      = (uint8_t)(hex_digit (hex[2 * i]) << 4 | hex_digit (hex[2 * i + 1]));
  out->size = len / 2;
  return true;
}

bool
kd_build_id_equal (const struct kd_build_id *a, const struct kd_build_id *b)
{
  return a->size && a->size == b->size
         && !memcmp (a->bytes, b->bytes, a->size);
}

void
kd_build_id_format (const struct kd_build_id *id, char *buf, size_t size)
{
  size_t pos = 0;
  if (size)
    *buf = 0;
  for (size_t i = 0; i < id->size && pos + 3 <= size; i++, pos += 2)
    snprintf (buf + pos, size - pos, "%02x", id->bytes[i]);
}

bool
kd_build_id_from_notes (const void *notes, size_t size,
                        struct kd_build_id *out)
{
  struct kd_cursor c;
  kd_cursor_init (&c, notes, size, 0, "notes");
  while (kd_cursor_left (&c) >= 12) {
    uint32_t namesz = kd_cursor_u32 (&c), descsz = kd_cursor_u32 (&c);
    uint32_t type = kd_cursor_u32 (&c);
    const uint8_t *name = kd_cursor_take (&c, namesz);
    kd_cursor_align (&c, 4);
    const uint8_t *desc = kd_cursor_take (&c, descsz);
    if (c.bad)
      return false;
    if (type == NT_GNU_BUILD_ID && namesz == 4 && !memcmp (name, "GNU", 4)
        && descsz && descsz <= KD_BUILD_ID_MAX) {
      memset (out, 0, sizeof *out);
      memcpy (out->bytes, desc, descsz);
      out->size = descsz;
      return true;
    }
    if (kd_cursor_left (&c))
      kd_cursor_align (&c, 4);
  }
  return false;
}

/* --- opening --- */

/* What a file that is no ELF file is, for the error.  */
static const char *
what_file (const uint8_t *head, size_t len)
{
  static const struct {
    size_t at, len;
    const char *magic, *what;
  } kinds[] = {
    { 0x202, 4, "HdrS",
      "a compressed kernel image (vmlinuz); the uncompressed vmlinux is "
      "needed" },
    { 0, 2, "\x1f\x8b", "compressed with gzip" },
    { 0, 6,
      "\xfd"
      "7zXZ",
      "compressed with xz" },
    { 0, 4, "\x28\xb5\x2f\xfd", "compressed with zstd" },
    { 0, 3, "BZh", "compressed with bzip2" },
    { 0, 8, "KDUMP   ", "a kdump-compressed dump" },
    { 0, 12, "makedumpfile", "a flattened dump" },
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (kinds); i++)
    if (len >= kinds[i].at + kinds[i].len
        && !memcmp (head + kinds[i].at, kinds[i].magic, kinds[i].len))
      return kinds[i].what;
  return "no ELF file";
}

static enum kd_status
open_elf (struct kd_elf_file *f)
{
  f->fd = open (f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat sb;
  if (f->fd < 0 || fstat (f->fd, &sb))
    return kd_fail_errno (KD_IO, errno, "%s", f->path);
  if (!S_ISREG (sb.st_mode))
    return kd_fail (KD_IO, "%s: not a regular file", f->path);
  uint8_t head[0x210];
  ssize_t got = pread (f->fd, head, sizeof head, 0);
  if (got < 0)
    return kd_fail_errno (KD_IO, errno, "%s", f->path);
  if (got < EI_NIDENT || memcmp (head, ELFMAG, SELFMAG) != 0)
    return kd_fail (KD_UNSUPPORTED, "%s: %s", f->path,
                    what_file (head, (size_t)got));
  if (head[EI_CLASS] != ELFCLASS64)
    return kd_fail (KD_UNSUPPORTED, "%s: not a 64-bit ELF file", f->path);
  elf_version (EV_CURRENT);
  f->elf = elf_begin (f->fd, ELF_C_READ_MMAP, NULL);
  GElf_Ehdr ehdr;
  if (!f->elf || !gelf_getehdr (f->elf, &ehdr))
    return kd_fail (KD_CORRUPT, "%s: %s", f->path, elf_errmsg (-1));
  if (ehdr.e_type == ET_CORE)
    return kd_fail (KD_UNSUPPORTED, "%s: a core dump, not a kernel or module",
                    f->path);
  f->machine = ehdr.e_machine;
  return KD_OK;
}

static enum kd_status
read_sections (struct kd_elf_file *f)
{
  size_t n = 0, strndx = 0;
  if (elf_getshdrnum (f->elf, &n) || elf_getshdrstrndx (f->elf, &strndx))
    return kd_fail (KD_CORRUPT, "%s: %s", f->path, elf_errmsg (-1));
  if (n < 2)
    return KD_OK;
  if (n > MAX_SECTIONS)
    return kd_fail (KD_CORRUPT, "%s: claims %zu sections", f->path, n);
  f->sections = kd_calloc (n - 1, sizeof *f->sections);
  if (!f->sections)
    return kd_fail (KD_NOMEM, "%s: out of memory", f->path);
  for (size_t i = 1; i < n; i++) {
    GElf_Shdr shdr;
    Elf_Scn *scn = elf_getscn (f->elf, i);
    if (!scn || !gelf_getshdr (scn, &shdr))
      return kd_fail (KD_CORRUPT, "%s: section %zu: %s", f->path, i,
                      elf_errmsg (-1));
    const char *name = elf_strptr (f->elf, strndx, shdr.sh_name);
    f->sections[i - 1] = (struct kd_elf_section){
      .name = name ? name : "",
      .addr = shdr.sh_addr,
      .size = shdr.sh_size,
      .flags = shdr.sh_flags,
      .nobits = shdr.sh_type == SHT_NOBITS,
      .note = shdr.sh_type == SHT_NOTE,
    };
  }
  f->nsections = n - 1;
  return KD_OK;
}

/* Contents of section I (from 0), NULL if it has none.  */
static const void *
section_bytes (const struct kd_elf_file *f, size_t i, size_t *size)
{
  if (f->sections[i].nobits)
    return NULL;
  Elf_Data *data = elf_rawdata (elf_getscn (f->elf, i + 1), NULL);
  if (!data || !data->d_buf || data->d_size < f->sections[i].size)
    return NULL;
  *size = data->d_size;
  return data->d_buf;
}

static void
find_identity (struct kd_elf_file *f)
{
  for (size_t i = 0; i < f->nsections; i++) {
    const struct kd_elf_section *s = &f->sections[i];
    size_t size;
    const void *data;
    bool note = s->note || !strncmp (s->name, ".note", 5);
    if (note && !f->build_id.size && (data = section_bytes (f, i, &size)))
      kd_build_id_from_notes (data, size, &f->build_id);
    if (!strcmp (s->name, ".debug_info") || !strcmp (s->name, ".zdebug_info"))
      f->has_dwarf = !s->nobits && s->size;
  }
}

enum kd_status
kd_elf_open (const char *path, struct kd_elf_file **out)
{
  struct kd_elf_file *f KD_GUARD (elf) = kd_calloc (1, sizeof *f);
  if (!f)
    return kd_fail (KD_NOMEM, "out of memory");
  f->fd = -1;
  f->path = strdup (path);
  if (!f->path)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = open_elf (f);
  if (!st)
    st = read_sections (f);
  if (st)
    return st;
  find_identity (f);
  *out = KD_STEAL (f);
  return KD_OK;
}

void
kd_elf_close (struct kd_elf_file *f)
{
  if (!f)
    return;
  if (f->dwarf)
    dwarf_end (f->dwarf);
  if (f->elf)
    elf_end (f->elf);
  if (f->fd >= 0)
    close (f->fd);
  free (f->sections);
  free (f->banner);
  free (f->path);
  free (f);
}

/* --- what is in it --- */

const char *
kd_elf_path (const struct kd_elf_file *f)
{
  return f->path;
}

const struct kd_build_id *
kd_elf_build_id (const struct kd_elf_file *f)
{
  return &f->build_id;
}

uint16_t
kd_elf_machine (const struct kd_elf_file *f)
{
  return f->machine;
}

bool
kd_elf_has_dwarf (const struct kd_elf_file *f)
{
  return f->has_dwarf;
}

size_t
kd_elf_section_count (const struct kd_elf_file *f)
{
  return f->nsections;
}

bool
kd_elf_section (const struct kd_elf_file *f, size_t i,
                struct kd_elf_section *out)
{
  if (i >= f->nsections)
    return false;
  *out = f->sections[i];
  return true;
}

enum kd_status
kd_elf_section_data (struct kd_elf_file *f, const char *name,
                     const void **data, size_t *size)
{
  for (size_t i = 0; i < f->nsections; i++) {
    if (strcmp (f->sections[i].name, name) != 0)
      continue;
    if (f->sections[i].nobits)
      return kd_fail (KD_NOT_FOUND, "%s: section %s has no contents", f->path,
                      name);
    *data = section_bytes (f, i, size);
    if (!*data)
      return kd_fail (KD_CORRUPT, "%s: section %s: %s", f->path, name,
                      f->sections[i].size ? elf_errmsg (-1) : "is empty");
    return KD_OK;
  }
  return kd_fail (KD_NOT_FOUND, "%s: has no section %s", f->path, name);
}

const void *
kd_elf_data_at (const struct kd_elf_file *f, uint64_t addr, uint64_t len)
{
  for (size_t i = 0; i < f->nsections; i++) {
    const struct kd_elf_section *s = &f->sections[i];
    size_t size;
    if (!(s->flags & SHF_ALLOC) || addr < s->addr || addr - s->addr > s->size
        || len > s->size - (addr - s->addr) || s->nobits)
      continue;
    const uint8_t *data = section_bytes (f, i, &size);
    if (data)
      return data + (addr - s->addr);
  }
  return NULL;
}

/* The section that belongs to SYMTAB_NDX's extended indices.  */
static const uint32_t *
find_shndx (const struct kd_elf_file *f, size_t symtab_ndx, size_t count)
{
  for (size_t i = 0; i < f->nsections; i++) {
    GElf_Shdr shdr;
    Elf_Scn *scn = elf_getscn (f->elf, i + 1);
    if (!scn || !gelf_getshdr (scn, &shdr) || shdr.sh_type != SHT_SYMTAB_SHNDX
        || shdr.sh_link != symtab_ndx)
      continue;
    Elf_Data *data = elf_getdata (scn, NULL);
    return data && data->d_size / 4 >= count ? data->d_buf : NULL;
  }
  return NULL;
}

enum kd_status
kd_elf_symtab (struct kd_elf_file *f, struct kd_elf_symtab *out)
{
  memset (out, 0, sizeof *out);
  for (size_t i = 0; i < f->nsections; i++) {
    GElf_Shdr shdr;
    Elf_Scn *scn = elf_getscn (f->elf, i + 1);
    if (!scn || !gelf_getshdr (scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
      continue;
    Elf_Data *syms = elf_getdata (scn, NULL);
    Elf_Scn *link = elf_getscn (f->elf, shdr.sh_link);
    Elf_Data *strings = link ? elf_getdata (link, NULL) : NULL;
    if (!syms || !syms->d_buf || !strings || !strings->d_buf
        || !strings->d_size || ((char *)strings->d_buf)[strings->d_size - 1])
      return kd_fail (KD_CORRUPT, "%s: symbol table: %s", f->path,
                      elf_errmsg (-1));
    out->syms = syms->d_buf;
    out->count = syms->d_size / sizeof (Elf64_Sym);
    out->first_global = shdr.sh_info < out->count ? shdr.sh_info : out->count;
    out->strings = strings->d_buf;
    out->strings_size = strings->d_size;
    out->shndx = find_shndx (f, i + 1, out->count);
    return KD_OK;
  }
  return kd_fail (KD_NOT_FOUND, "%s: has no symbol table", f->path);
}

const Elf64_Sym *
kd_elf_find_symbol (struct kd_elf_file *f, const char *name)
{
  struct kd_elf_symtab t;
  if (kd_elf_symtab (f, &t))
    return NULL;
  for (size_t i = 0; i < t.count; i++)
    if (t.syms[i].st_name < t.strings_size && t.syms[i].st_shndx != SHN_UNDEF
        && !strcmp (t.strings + t.syms[i].st_name, name))
      return &t.syms[i];
  return NULL;
}

const char *
kd_elf_linux_banner (struct kd_elf_file *f)
{
  if (f->banner)
    return f->banner;
  const Elf64_Sym *sym = kd_elf_find_symbol (f, "linux_banner");
  const char *text = NULL;
  uint64_t len = 0;
  if (sym && sym->st_size && sym->st_size < 4096) {
    len = sym->st_size;
    text = kd_elf_data_at (f, sym->st_value, len);
  }
  f->banner = text ? strndup (text, len) : strdup ("");
  return f->banner ? f->banner : "";
}

enum kd_status
kd_elf_dwarf (struct kd_elf_file *f, void **dwarf)
{
  if (!f->dwarf) {
    if (!f->has_dwarf)
      return kd_fail (KD_NOT_FOUND, "%s: has no debug info", f->path);
    f->dwarf = dwarf_begin_elf (f->elf, DWARF_C_READ, NULL);
    if (!f->dwarf)
      return kd_fail (KD_CORRUPT, "%s: debug info: %s", f->path,
                      dwarf_errmsg (-1));
  }
  *dwarf = f->dwarf;
  return KD_OK;
}
