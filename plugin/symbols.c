/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Getting vmlinux into GDB at the addresses the dumped kernel ran at. */
#include "symbols.h"

#include "base/strbuf.h"
#include "elffile.h"
#include "server.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Object files that we added, by GDB's name for them; and the main file that
   we took out to add it again elsewhere.  */
static char *kernel_file, *object_file, *main_file;
static int object_fd = -1, own_fd = -1;
static char own_path[64];
static bool executable_dropped, executable_given;
static bool moved; /* main_file was, and is still loaded */

static char *
loaded_file (void)
{
  PyObject *space KD_AUTO_PY = kd_py_call ("current_progspace", "()");
  PyObject *name KD_AUTO_PY
    = space ? PyObject_GetAttrString (space, "filename") : NULL;
  char *text = NULL;

  if (name && name != Py_None)
    text = kd_py_text (name);
  kd_py_ignore ();
  return text;
}

char *
kd_symbols_main_file (void)
{
  return main_file ? strdup (main_file) : loaded_file ();
}

/* PATH as an argument that GDB splits like a shell.  */
static void
quote (struct kd_strbuf *sb, const char *path)
{
  kd_strbuf_putc (sb, '"');
  for (; *path; path++) {
    if (*path == '"' || *path == '\\')
      kd_strbuf_putc (sb, '\\');
    kd_strbuf_putc (sb, *path);
  }
  kd_strbuf_putc (sb, '"');
}

static bool
run (const char *command, const char *path, const char *rest)
{
  struct kd_strbuf line KD_AUTO_STRBUF = { 0 };

  kd_strbuf_printf (&line, "%s ", command);
  quote (&line, path);
  kd_strbuf_puts (&line, rest);
  if (line.failed)
    return PyErr_NoMemory () != NULL;
  return kd_py_execute (kd_strbuf_str (&line));
}

/* Name of the object file that was added last.  */
static char *
last_object_file (void)
{
  PyObject *list KD_AUTO_PY = kd_py_call ("objfiles", "()");
  Py_ssize_t n = list ? PySequence_Size (list) : 0;
  PyObject *last KD_AUTO_PY = n > 0 ? PySequence_GetItem (list, n - 1) : NULL;
  PyObject *name KD_AUTO_PY
    = last ? PyObject_GetAttrString (last, "filename") : NULL;

  return name ? kd_py_text (name) : NULL;
}

static bool
add (const struct kd_info *info)
{
  char rest[96];

  /* Per-CPU symbols of older kernels are offsets from 0, not addresses.  */
  snprintf (rest, sizeof rest, " -o 0x%" PRIx64 "%s", info->kaslr_offset,
            info->percpu_zero_based ? " -s .data..percpu 0" : "");
  /* Without an executable GDB complains of that on connecting.  */
  if (!main_file)
    executable_given = run ("exec-file", info->vmlinux, "");
  kd_py_ignore ();
  if (!run ("add-symbol-file", info->vmlinux, rest))
    return false;
  kernel_file = last_object_file ();
  return kernel_file != NULL;
}

/* What matters of a vmlinux for moving its symbols.  */
struct shape {
  bool percpu_at_zero;
  bool relocations;       /* then GDB does not share what it reads of it */
  bool named;             /* has .text, .data and .bss */
  unsigned loads;         /* segments */
  uint64_t first, second; /* addresses of two of them */
  uint64_t length;        /* of the kernel's image, bytes */
};

static void
look_at_segments (const struct kd_elf_file *f, struct shape *s)
{
  uint64_t start = UINT64_MAX, end = 0;
  Elf64_Phdr ph;

  for (unsigned i = 0; kd_elf_file_program_header (f, i, &ph); i++) {
    if (ph.p_type != PT_LOAD)
      continue;
    if (s->loads < 2)
      *(s->loads ? &s->second : &s->first) = ph.p_vaddr;
    s->loads++;
    if (!ph.p_vaddr || ph.p_memsz > UINT64_MAX - ph.p_vaddr)
      continue;
    if (ph.p_vaddr < start)
      start = ph.p_vaddr;
    if (ph.p_vaddr + ph.p_memsz > end)
      end = ph.p_vaddr + ph.p_memsz;
  }
  s->length = end > start ? end - start : 0;
}

static bool
look_at (const char *path, struct shape *s)
{
  struct kd_elf_file f KD_CLEANUP (kd_elf_file_close) = { .fd = -1 };
  Elf64_Shdr sh;

  *s = (struct shape){ 0 };
  if (kd_elf_file_open (path, &f))
    return false;
  look_at_segments (&f, s);
  for (unsigned i = 1; kd_elf_file_section_header (&f, i, &sh); i++)
    if (sh.sh_type == SHT_REL || sh.sh_type == SHT_RELA)
      s->relocations = true;
  s->percpu_at_zero = kd_elf_file_section (&f, ".data..percpu", &sh)
                      && sh.sh_size && !sh.sh_addr;
  s->named = kd_elf_file_section (&f, ".text", &sh)
             && kd_elf_file_section (&f, ".data", &sh)
             && kd_elf_file_section (&f, ".bss", &sh);
  return s->loads > 0;
}

static bool
same_file (const char *a, const char *b)
{
  char *x KD_AUTO_FREE = realpath (a, NULL);
  char *y KD_AUTO_FREE = realpath (b, NULL);

  return x && y && !strcmp (x, y);
}

/* GDB 10 keeps a frame table with the file, and memory of the symbols that are
   dropped in it: there the file has to go, too.  */
static void
drop_executable (void)
{
  PyObject *version KD_AUTO_PY = kd_py_gdb ("VERSION");
  char *text KD_AUTO_FREE = version ? kd_py_text (version) : NULL;

  if (text && strtoul (text, NULL, 10) <= 10 && kd_py_execute ("exec-file"))
    executable_dropped = true;
  kd_py_ignore ();
}

/* Can GDB move what it has of PATH?  Then the answer to qOffsets is in
   OFFSETS.  For two steps, the first is done here.  */
static bool
move (const char *path, const struct kd_info *info, char offsets[64])
{
  uint64_t offset = info->kaslr_offset;
  char step[64];
  struct shape s;

  if (!look_at (path, &s))
    return false;
  if (!s.percpu_at_zero) {
    snprintf (offsets, 64, "TextSeg=%" PRIx64, s.first + offset);
    return true;
  }
  if (!s.relocations || !s.named || s.loads < 3 || info->booting
      || !info->percpu_zero_based || offset < s.length || -offset < s.length)
    return false;
  snprintf (step, sizeof step, "TextSeg=%" PRIx64 ";DataSeg=%" PRIx64,
            s.first + offset, s.second);
  kd_server_move_symbols (step);
  snprintf (offsets, 64, "Text=%" PRIx64 ";Data=%" PRIx64 ";Bss=%" PRIx64,
            offset, offset, offset);
  return true;
}

bool
kd_symbols_load (const struct kd_info *info, char offsets[64])
{
  char *loaded KD_AUTO_FREE = loaded_file ();

  offsets[0] = 0;
  if (!info->vmlinux)
    return kd_symbols_load_own ();
  if (loaded && !main_file)
    main_file = strdup (loaded);
  if (loaded && same_file (loaded, info->vmlinux)
      && ((!info->kaslr_offset && !moved) || move (loaded, info, offsets))) {
    moved = moved || offsets[0];
    return true;
  }
  if (loaded) {
    /* The file stays open as GDB's executable, for GDB to share what it has
       read of it, if it can.  */
    if (!kd_py_execute ("symbol-file"))
      return false;
    moved = false;
    drop_executable ();
  }
  return add (info);
}

bool
kd_symbols_load_again (const struct kd_info *info, bool *done)
{
  char *loaded KD_AUTO_FREE = loaded_file ();

  *done = loaded && info->vmlinux && same_file (loaded, info->vmlinux);
  if (!*done)
    return true;
  if (!main_file)
    main_file = strdup (loaded);
  moved = false;
  free (kernel_file);
  kernel_file = NULL;
  free (object_file);
  object_file = NULL;
  if (object_fd >= 0)
    close (object_fd);
  object_fd = -1;
  return kd_py_execute ("symbol-file") && add (info);
}

static void
forget_own (void)
{
  if (own_fd >= 0)
    close (own_fd);
  own_fd = -1;
}

bool
kd_symbols_prepare (char path[64])
{
  forget_own ();
  own_fd = kd_server_memfile ("kdump-symbols", NULL, 0, own_path);
  memcpy (path, own_path, sizeof own_path);
  if (own_fd < 0)
    kd_py_error ("making a file in memory: %s", strerror (errno));
  return own_fd >= 0;
}

bool
kd_symbols_load_own (void)
{
  if (own_fd < 0 || lseek (own_fd, 0, SEEK_END) <= 0)
    return true;
  if (!run ("add-symbol-file", own_path, " -o 0"))
    return false;
  kernel_file = last_object_file ();
  return kernel_file != NULL;
}

bool
kd_symbols_add_object (const void *data, size_t size)
{
  char path[64];

  object_fd = kd_server_memfile ("kdump-frames", data, size, path);
  if (object_fd < 0) {
    kd_py_error ("making a file in memory: %s", strerror (errno));
    return false;
  }
  if (!run ("add-symbol-file", path, " -o 0"))
    return false;
  object_file = last_object_file ();
  return object_file != NULL;
}

static void
remove_file (char **name)
{
  if (*name && !run ("remove-symbol-file", *name, ""))
    kd_py_ignore ();
  free (*name);
  *name = NULL;
}

/* What the user had, at its link addresses.  */
static void
load_again (void)
{
  if (kd_py_execute ("symbol-file"))
    drop_executable ();
  if (!run ("symbol-file", main_file, "")
      || (executable_dropped && !run ("exec-file", main_file, "")))
    kd_py_ignore ();
}

void
kd_symbols_drop (bool follows)
{
  char *loaded KD_AUTO_FREE = loaded_file ();

  remove_file (&object_file);
  if (object_fd >= 0)
    close (object_fd);
  object_fd = -1;
  remove_file (&kernel_file);
  forget_own ();
  if (executable_given && !kd_py_execute ("exec-file"))
    kd_py_ignore ();
  executable_given = false;
  if (follows || !main_file)
    return;
  if (moved || !loaded)
    load_again ();
  free (main_file);
  main_file = NULL;
  executable_dropped = false;
  moved = false;
}
