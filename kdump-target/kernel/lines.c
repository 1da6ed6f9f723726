/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Source lines and inlined functions, by libdw. */
#include "kernel/lines.h"

#include "kernel/debug-info.h"

#include <dwarf.h>
#include <inttypes.h>
#include <string.h>

/* Inlining deeper than this is damage.  */
#define MAX_DEPTH 64

struct answer {
  uint64_t pc;
  struct kd_source_frame *frames; /* owned */
  size_t n;                       /* 0: nothing is known */
  struct answer *next;
};

enum { BUCKETS = 1024 };

struct kd_lines {
  struct kd_debug_info *info; /* owned */
  struct answer *answers[BUCKETS];
};

enum kd_status
kd_lines_create (struct kd_kernel *k, struct kd_lines **out)
{
  struct kd_lines *l = kd_calloc (1, sizeof *l);
  enum kd_status st = l ? kd_debug_info_create (k, &l->info)
                        : kd_fail (KD_NOMEM, "out of memory");

  *out = NULL;
  if (st) {
    free (l);
    return st;
  }
  *out = l;
  return KD_OK;
}

void
kd_lines_destroy (struct kd_lines *l)
{
  if (!l)
    return;
  for (size_t i = 0; i < BUCKETS; i++)
    while (l->answers[i]) {
      struct answer *a = l->answers[i];

      l->answers[i] = a->next;
      free (a->frames);
      free (a);
    }
  kd_debug_info_destroy (l->info);
  free (l);
}

/* --- files --- */

/* PATH without the directory that CU was compiled in, and without "./".  */
static const char *
shorten (Dwarf_Die *cu, const char *path)
{
  Dwarf_Attribute attr;
  const char *dir = path && dwarf_attr (cu, DW_AT_comp_dir, &attr)
                      ? dwarf_formstring (&attr)
                      : NULL;
  size_t n = dir ? strlen (dir) : 0;

  if (n && !strncmp (path, dir, n) && path[n] == '/')
    path += n + 1;
  while (path && path[0] == '.' && path[1] == '/')
    path += 2;
  return path;
}

static void
line_at (Dwarf_Die *cu, uint64_t pc, struct kd_source_frame *out)
{
  Dwarf_Line *line = dwarf_getsrc_die (cu, pc);
  int number;

  if (!line)
    return;
  out->file = shorten (cu, dwarf_linesrc (line, NULL, NULL));
  if (!dwarf_lineno (line, &number) && number > 0)
    out->line = (unsigned)number;
}

static bool
number_of (Dwarf_Die *die, unsigned name, Dwarf_Word *out)
{
  Dwarf_Attribute attr;

  return dwarf_attr (die, name, &attr) && !dwarf_formudata (&attr, out);
}

/* Where the inlined function DIE was called.  */
static void
call_site (Dwarf_Die *cu, Dwarf_Die *die, struct kd_source_frame *out)
{
  Dwarf_Files *files;
  Dwarf_Word number;
  size_t n;

  if (number_of (die, DW_AT_call_line, &number) && number <= INT32_MAX)
    out->line = (unsigned)number;
  if (number_of (die, DW_AT_call_file, &number)
      && !dwarf_getsrcfiles (cu, &files, &n) && number < n)
    out->file = shorten (cu, dwarf_filesrc (files, number, NULL, NULL));
}

/* --- functions --- */

/* The child of PARENT with code at PC: a function, an inlined one or a block.
 */
static bool
child_at (Dwarf_Die *parent, uint64_t pc, Dwarf_Die *out)
{
  if (dwarf_child (parent, out))
    return false;
  do {
    switch (dwarf_tag (out)) {
    case DW_TAG_subprogram:
    case DW_TAG_inlined_subroutine:
    case DW_TAG_lexical_block:
      if (dwarf_haspc (out, pc) > 0)
        return true;
      break;
    default:
      break;
    }
  } while (!dwarf_siblingof (out, out));
  return false;
}

/* From the function to the innermost inlined one; how many.  */
static size_t
functions_at (Dwarf_Die *cu, uint64_t pc, Dwarf_Die *found)
{
  Dwarf_Die at = *cu, child;
  size_t n = 0;

  for (unsigned depth = 0; depth < MAX_DEPTH * 2 && n < MAX_DEPTH; depth++) {
    if (!child_at (&at, pc, &child))
      break;
    if (dwarf_tag (&child) != DW_TAG_lexical_block)
      found[n++] = child;
    at = child;
  }
  return n;
}

static void
fill (struct kd_source_frame *frames, size_t n, Dwarf_Die *cu, uint64_t pc,
      Dwarf_Die *functions)
{
  line_at (cu, pc, &frames[0]);
  for (size_t i = 0; i < n; i++) {
    Dwarf_Die *die = &functions[n - 1 - i];

    frames[i].function = dwarf_diename (die);
    frames[i].inlined = dwarf_tag (die) == DW_TAG_inlined_subroutine;
    if (i + 1 < n)
      call_site (cu, die, &frames[i + 1]);
  }
}

static enum kd_status
find (struct kd_lines *l, uint64_t pc, struct answer *a)
{
  Dwarf_Die cu, functions[MAX_DEPTH];
  uint64_t at;
  size_t n;
  enum kd_status st = kd_debug_info_unit (l->info, pc, &cu, &at);

  if (st)
    return st;
  n = functions_at (&cu, at, functions);
  a->n = n ? n : 1;
  a->frames = kd_calloc (a->n, sizeof *a->frames);
  if (!a->frames)
    return kd_fail (KD_NOMEM, "out of memory");
  fill (a->frames, n, &cu, at, functions);
  if (!n)
    line_at (&cu, at, &a->frames[0]);
  return KD_OK;
}

enum kd_status
kd_lines_at (struct kd_lines *l, uint64_t pc,
             const struct kd_source_frame **out, size_t *n)
{
  struct answer **bucket = &l->answers[pc % BUCKETS], *a;
  enum kd_status st;

  for (a = *bucket; a && a->pc != pc; a = a->next)
    ;
  if (!a) {
    a = kd_calloc (1, sizeof *a);
    if (!a)
      return kd_fail (KD_NOMEM, "out of memory");
    a->pc = pc;
    st = find (l, pc, a);
    if (st == KD_NOMEM) {
      free (a);
      return st;
    }
    if (st)
      a->n = 0;
    a->next = *bucket;
    *bucket = a;
  }
  *out = a->frames;
  *n = a->n;
  return a->n ? KD_OK
              : kd_fail (KD_NOT_FOUND, "no debug info for 0x%" PRIx64, pc);
}
