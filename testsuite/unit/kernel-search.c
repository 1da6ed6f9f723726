/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding vmlinux and module files in a made-up tree; ELF files damaged. */
#include "kernel/symbols.h"
#include "kernel/vmlinux.h"

#include "test.h"

#include <ftw.h>
#include <sys/stat.h>

static char top[64];

/* --- small ELF files --- */

enum { NSECTIONS = 9, MAX_FILE = 4096 };

struct elf {
  uint8_t data[MAX_FILE];
  size_t size;
  Elf64_Shdr shdr[NSECTIONS];
  unsigned n;
  char names[128];
  size_t names_size;
};

static void
section (struct elf *e, const char *name, uint32_t type, uint64_t addr,
         const void *data, size_t size)
{
  Elf64_Shdr *s = &e->shdr[e->n++];
  e->size = (e->size + 7) & ~(size_t)7;
  *s = (Elf64_Shdr){ .sh_name = (uint32_t)e->names_size,
                     .sh_type = type,
                     .sh_flags = addr ? SHF_ALLOC : 0,
                     .sh_addr = addr,
                     .sh_offset = e->size,
                     .sh_size = size };
  memcpy (e->names + e->names_size, name, strlen (name) + 1);
  e->names_size += strlen (name) + 1;
  memcpy (e->data + e->size, data, size);
  e->size += size;
}

/* A file with build-id ID ID ... (0: none), for RELEASE (NULL: unsaid), that
   is a vmlinux or a module, with or without debug info.  */
static void
make_elf (struct elf *e, uint8_t id, const char *release, bool module,
          bool debug)
{
  char text[128] = "";
  uint32_t note[9] = { 4, 20, NT_GNU_BUILD_ID, 0x00554e47 };
  Elf64_Sym syms[3] = { { 0 } };
  static const char strings[] = "\0linux_banner\0some_function";
  memset (e, 0, sizeof *e);
  memset (note + 4, id, 16);
  e->size = sizeof (Elf64_Ehdr);
  section (e, "", SHT_NULL, 0, "", 0);
  if (id)
    section (e, ".note.gnu.build-id", SHT_NOTE, 0x1000, note, sizeof note);
  if (module) {
    snprintf (text, sizeof text, "license=GPL%cvermagic=%s SMP mod_unload", 0,
              release ? release : "");
    section (e, ".modinfo", SHT_PROGBITS, 0x2000, text, 12 + 60);
  } else {
    snprintf (text, sizeof text, "Linux version %s (somebody)", release);
    section (e, ".rodata", SHT_PROGBITS, 0x2000, text, sizeof text);
  }
  syms[1] = (Elf64_Sym){ .st_name = 1,
                         .st_info = ELF64_ST_INFO (STB_GLOBAL, STT_OBJECT),
                         .st_shndx = (uint16_t)(e->n - 1),
                         .st_value = 0x2000,
                         .st_size = sizeof text };
  syms[2] = (Elf64_Sym){ .st_name = 14,
                         .st_info = ELF64_ST_INFO (STB_GLOBAL, STT_FUNC),
                         .st_shndx = (uint16_t)(e->n - 1),
                         .st_value = 0x2040,
                         .st_size = 16 };
  if (debug)
    section (e, ".debug_info", SHT_PROGBITS, 0, "x", 1);
  section (e, ".symtab", SHT_SYMTAB, 0, syms, sizeof syms);
  e->shdr[e->n - 1].sh_link = e->n;
  e->shdr[e->n - 1].sh_info = 1;
  e->shdr[e->n - 1].sh_entsize = sizeof (Elf64_Sym);
  section (e, ".strtab", SHT_STRTAB, 0, strings, sizeof strings);
  section (e, ".shstrtab", SHT_STRTAB, 0, "", 0);
  memcpy (e->data + e->size, e->names, sizeof e->names);
  e->shdr[e->n - 1].sh_size = e->names_size;
  e->size = (e->size + e->names_size + 7) & ~(size_t)7;
  Elf64_Ehdr eh = { .e_type = module ? ET_REL : ET_EXEC,
                    .e_machine = EM_X86_64,
                    .e_version = 1,
                    .e_shoff = e->size,
                    .e_ehsize = 64,
                    .e_shentsize = 64,
                    .e_shnum = (uint16_t)e->n,
                    .e_shstrndx = (uint16_t)(e->n - 1) };
  memcpy (eh.e_ident, ELFMAG "\2\1\1", 7);
  memcpy (e->data, &eh, sizeof eh);
  memcpy (e->data + e->size, e->shdr, e->n * sizeof *e->shdr);
  e->size += e->n * sizeof *e->shdr;
}

/* Write BYTES to top/PATH, making its directories.  */
static void
put_file (const char *path, const void *bytes, size_t size)
{
  char full[512];
  snprintf (full, sizeof full, "%s/%s", top, path);
  for (char *p = full + strlen (top) + 1; (p = strchr (p, '/')); *p++ = '/') {
    *p = 0;
    mkdir (full, 0700);
  }
  FILE *f = fopen (full, "we");
  if (!f || fwrite (bytes, 1, size, f) != size)
    printf ("# cannot write %s\n", full);
  if (f)
    fclose (f);
}

static void
put_elf (const char *path, uint8_t id, const char *release, bool module,
         bool debug)
{
  struct elf e;
  make_elf (&e, id, release, module, debug);
  put_file (path, e.data, e.size);
}

static int
remove_one (const char *path, const struct stat *sb, int type, struct FTW *ftw)
{
  (void)sb;
  (void)type;
  (void)ftw;
  return remove (path);
}

static void
clear_tree (void)
{
  nftw (top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  mkdir (top, 0700);
}

/* --- vmlinux --- */

static struct kd_build_id
build_id (uint8_t byte)
{
  struct kd_build_id id = { .size = byte ? 20 : 0 };
  memset (id.bytes, byte, 16);
  return id;
}

static char debug_dir[80], beside[80], extra[80];
static const char *const debug_dirs[] = { debug_dir };
static const char *const extras[] = { extra };
static const struct kd_search search = { .beside = beside,
                                         .extra = extras,
                                         .nextra = 1,
                                         .debug_dirs = debug_dirs,
                                         .ndebug_dirs = 1 };

/* WANT is relative to top; NULL: nothing is found.  */
static void
finds (uint8_t id, const char *release, const char *want, const char *what)
{
  struct kd_build_id wanted = build_id (id);
  struct kd_strbuf searched KD_AUTO_STRBUF;
  char *path KD_AUTO_FREE = NULL;
  kd_strbuf_init (&searched);
  enum kd_status st
    = kd_find_vmlinux (&search, &wanted, release, &path, &searched);
  if (!want) {
    is_int (st, KD_NOT_FOUND, "%s", what);
    return;
  }
  if (!ok (!st && !strcmp (path + strlen (top) + 1, want), "%s", what))
    printf ("# %s\n%s", st ? kd_error_text () : path,
            kd_strbuf_str (&searched));
}

/* What a debuginfod client has in its cache, by build-id.  */
static void
test_debuginfod (void)
{
  static const char hex[] = "0101010101010101010101010101010100000000";
  char name[128], cache[128];
  struct kd_strbuf searched KD_AUTO_STRBUF = { 0 };
  struct kd_build_id id = build_id (2);
  char *path = NULL;

  snprintf (cache, sizeof cache, "%s/cache", top);
  setenv ("DEBUGINFOD_CACHE_PATH", cache, 1);
  snprintf (name, sizeof name, "cache/%s/debuginfo", hex);
  finds (1, "6.1-a", NULL, "nothing is in the cache of debuginfod");
  put_elf (name, 1, "6.1-a", false, true);
  finds (1, "6.1-a", name, "the cache of debuginfod is looked at");
  finds (0, "6.1-a", NULL, "not without a build-id");
  setenv ("DEBUGINFOD_URLS", "http://localhost:1/", 1);
  ok (kd_find_vmlinux (&search, &id, "6.1-a", &path, &searched) == KD_NOT_FOUND
        && strstr (kd_strbuf_str (&searched),
                   "debuginfod-find debuginfo 0202020202"),
      "who has a debuginfod server is told how to ask it");
  unsetenv ("DEBUGINFOD_CACHE_PATH");
  unsetenv ("DEBUGINFOD_URLS");
  snprintf (cache, sizeof cache, "%s/xdg", top);
  setenv ("XDG_CACHE_HOME", cache, 1);
  snprintf (name, sizeof name, "xdg/debuginfod_client/%s/debuginfo", hex);
  put_elf (name, 1, "6.1-a", false, true);
  finds (1, "6.1-a", name, "where XDG_CACHE_HOME says, too");
  unsetenv ("XDG_CACHE_HOME");
  clear_tree ();
}

static void
test_vmlinux (void)
{
  finds (1, "6.1-a", NULL, "nothing is there");
  ok (strstr (kd_error_text (), "no vmlinux"), "and it says so");
  put_elf ("debug/boot/vmlinux-6.1-a", 1, "6.1-a", false, true);
  finds (1, "6.1-a", "debug/boot/vmlinux-6.1-a", "by name in a debug dir");
  finds (2, "6.1-a", NULL, "not with another build-id");
  finds (0, "6.1-a", "debug/boot/vmlinux-6.1-a", "by release alone");
  finds (0, "6.1-b", NULL, "not of another release");
  finds (0, "6.1", NULL, "not of a release that is only its beginning");
  finds (0, NULL, NULL, "nothing known: nothing found");
  finds (1, "../../6.1-a", NULL, "a release is not taken for a path");
  put_elf ("debug/.build-id/01/"
           "01010101010101010101010101010100000000.debug",
           1, "6.1-a", false, true);
  finds (1, "x",
         "debug/.build-id/01/01010101010101010101010101010100000000"
         ".debug",
         "by build-id in a debug dir");
  put_elf ("beside/vmlinux", 2, "6.1-a", false, true);
  put_elf ("beside/vmlinux-6.1-a", 1, "6.1-a", false, false);
  finds (1, "6.1-a",
         "debug/.build-id/01/01010101010101010101010101010100000000.debug",
         "one with debug info before one without");
  put_elf ("beside/something.debug", 1, "6.1-a", false, true);
  finds (1, "6.1-a", "beside/something.debug", "any .debug beside the dump");
  put_elf ("extra/vmlinux", 1, "6.1-a", false, true);
  finds (1, "6.1-a", "extra/vmlinux", "what the user named comes first");
  put_file ("extra/vmlinux", "\x1f\x8b junk", 7);
  finds (1, "6.1-a", "beside/something.debug", "a file that is no ELF file");
  clear_tree ();
  put_elf ("beside/vmlinux", 3, "6.1-a", false, false);
  finds (3, "6.1-a", "beside/vmlinux", "without debug info if need be");
  clear_tree ();
}

/* --- modules --- */

static void
finds_module (const char *name, uint8_t id, const char *want, const char *what)
{
  struct kd_module_index *index = kd_module_index_create ();
  struct kd_build_id wanted = build_id (id);
  char *path KD_AUTO_FREE = NULL;
  for (int i = 0; i < 2; i++) { /* the second time from the index */
    free (path);
    path = NULL;
    enum kd_status st
      = kd_find_module (&search, index, name, &wanted, "6.1-a", &path);
    if (!want)
      is_int (st, KD_NOT_FOUND, "%s", what);
    else if (!ok (!st && !strcmp (path + strlen (top) + 1, want), "%s", what))
      printf ("# %s\n", st ? kd_error_text () : path);
  }
  kd_module_index_destroy (index);
}

static void
test_modules (void)
{
  finds_module ("snd_pcm", 1, NULL, "no such module");
  put_elf ("debug/lib/modules/6.1-a/kernel/sound/snd-pcm.ko", 1, "6.1-a", true,
           true);
  finds_module ("snd_pcm", 1,
                "debug/lib/modules/6.1-a/kernel/sound/snd-pcm.ko",
                "in the tree, '-' for '_'");
  finds_module ("snd_pcm", 2, NULL, "not with another build-id");
  ok (strstr (kd_error_text (), "is not the dump's"), "and why: %s",
      kd_error_text ());
  finds_module ("snd_pcm", 0,
                "debug/lib/modules/6.1-a/kernel/sound/snd-pcm.ko",
                "by vermagic without a build-id");
  put_elf ("debug/lib/modules/6.1-a/kernel/old.ko", 0, "6.1-b", true, true);
  finds_module ("old", 0, NULL, "not of another release");
  put_elf ("beside/snd_pcm.ko.debug", 1, "6.1-a", true, true);
  finds_module ("snd_pcm", 1, "beside/snd_pcm.ko.debug", "beside the dump");
  put_elf ("extra/deep/er/snd-pcm.ko", 1, "6.1-a", true, true);
  finds_module ("snd_pcm", 1, "extra/deep/er/snd-pcm.ko",
                "below a directory the user named");
  finds_module ("../snd_pcm", 1, NULL, "a name is not taken for a path");
  clear_tree ();
}

/* --- damaged ELF files --- */

static void
use_elf (const char *path)
{
  struct kd_elf_file *elf KD_GUARD (elf) = NULL;
  struct kd_symbols *syms KD_GUARD (symbols) = NULL;
  struct kd_symbol sym;
  struct kd_elf_section sec;
  const void *data;
  void *dwarf;
  size_t size, sum = 0;
  if (kd_elf_open (path, &elf) || kd_symbols_create (&syms))
    return;
  for (size_t i = 0; kd_elf_section (elf, i, &sec); i++)
    if (!kd_elf_section_data (elf, sec.name, &data, &size))
      for (size_t k = 0; k < size; k++)
        sum += ((const uint8_t *)data)[k];
  sum += strlen (kd_elf_linux_banner (elf));
  if (!kd_symbols_add_elf (syms, elf, 0x1000)) {
    const char *names[] = { "some_function", "absent" };
    kd_symbols_prefetch (syms, names, 2);
    sum += kd_symbols_by_name (syms, "some_function", NULL, &sym);
    sum += kd_symbols_by_name (syms, "linux_banner", NULL, &sym);
    sum += kd_symbols_by_addr (syms, 0x3041, &sym);
  }
  if (!kd_elf_dwarf (elf, &dwarf))
    sum++;
  printf (sum == 12345 ? "# %zu\n" : "", sum);
}

/* Each byte of headers and tables set to some values, and every cut.  */
static void
test_damage (void)
{
  static const uint8_t values[] = { 0, 1, 0x7f, 0xff };
  struct elf e, copy;
  char path[96];
  size_t runs = 0;
  make_elf (&e, 1, "6.1-a", false, true);
  snprintf (path, sizeof path, "%s/damaged", top);
  for (size_t i = 0; i < e.size; i++)
    for (size_t v = 0; v < sizeof values; v++, runs++) {
      copy = e;
      copy.data[i] = values[v];
      put_file ("damaged", copy.data, copy.size);
      use_elf (path);
    }
  for (size_t cut = 0; cut < e.size; cut++, runs++) {
    put_file ("damaged", e.data, cut);
    use_elf (path);
  }
  ok (true, "%zu damaged ELF files are read or refused", runs);
  put_file ("damaged", e.data, e.size);
  struct kd_elf_file *elf KD_GUARD (elf) = NULL;
  struct kd_symbols *syms KD_GUARD (symbols) = NULL;
  struct kd_symbol sym;
  ok (!kd_elf_open (path, &elf) && !kd_symbols_create (&syms)
        && !kd_symbols_add_elf (syms, elf, 0x1000)
        && kd_symbols_by_addr (syms, 0x3041, &sym)
        && !strcmp (sym.name, "some_function") && sym.addr == 0x3040,
      "the whole one has its symbol, moved");
  ok (!kd_symbols_by_addr (syms, 0x2fff, &sym)
        && !kd_symbols_by_addr (syms, 0x9000, &sym),
      "and none outside");
  struct kd_symbol own
    = { "mod_fn", UINT64_C (0xffffffffc0000010), 8, 't', "mod" };
  ok (!kd_symbols_add (syms, &own)
        && kd_symbols_by_addr (syms, own.addr + 7, &sym)
        && !strcmp (sym.module, "mod")
        && !kd_symbols_by_addr (syms, own.addr + 8, &sym),
      "one that was added is found inside its size only");
  own.name = "some_function";
  ok (!kd_symbols_add (syms, &own)
        && kd_symbols_by_name (syms, "some_function", NULL, &sym)
        && !sym.module
        && kd_symbols_by_name (syms, "some_function", "mod", &sym)
        && sym.addr == own.addr,
      "the kernel's comes first, a module's when asked for");
}

static void
test_build_ids (void)
{
  struct kd_build_id a, b;
  char text[2 * KD_BUILD_ID_MAX + 1];
  ok (kd_build_id_parse ("0123456789abcdefABCDEF00", &a) && a.size == 12,
      "a build-id is parsed");
  kd_build_id_format (&a, text, sizeof text);
  is_str (text, "0123456789abcdefabcdef00", "and printed");
  ok (!kd_build_id_parse ("123", &b) && !kd_build_id_parse ("", &b)
        && !kd_build_id_parse ("zz", &b),
      "odd, empty and other digits are refused");
  kd_build_id_format (&a, text, 7);
  is_str (text, "012345", "cut to the room there is");
  memset (&b, 0, sizeof b);
  ok (!kd_build_id_equal (&b, &b), "unknown ids are not equal");
}

int
main (void)
{
  snprintf (top, sizeof top, "kernel-search.%d", (int)getpid ());
  snprintf (debug_dir, sizeof debug_dir, "%s/debug", top);
  snprintf (beside, sizeof beside, "%s/beside", top);
  snprintf (extra, sizeof extra, "%s/extra", top);
  mkdir (top, 0700);
  test_build_ids ();
  test_debuginfod ();
  test_vmlinux ();
  test_modules ();
  test_damage ();
  clear_tree ();
  rmdir (top);
  return test_done ();
}
