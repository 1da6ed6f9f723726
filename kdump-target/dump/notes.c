/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ELF notes of a dump, and memory that lives as long as it. */
#include "base/cursor.h"
#include "dump/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The notes of 8192 CPUs take about 4 MiB.  */
#define MAX_BLOB ((uint64_t)256 << 20)

void
kd_dump_warn (struct kd_dump *dump, const char *fmt, ...)
{
  if (dump->warning_text[0])
    return;
  va_list ap;
  va_start (ap, fmt);
  vsnprintf (dump->warning_text, sizeof dump->warning_text, fmt, ap);
  va_end (ap);
}

enum kd_status
kd_dump_add_note (struct kd_dump *dump, const struct kd_note *note)
{
  if (dump->nnotes == dump->room_notes) {
    size_t room = dump->room_notes ? dump->room_notes * 2 : 16;
    struct kd_note *v = realloc (dump->notes, room * sizeof *v);
    if (!v)
      return kd_fail (KD_NOMEM, "out of memory for notes");
    dump->notes = v;
    dump->room_notes = room;
  }
  dump->notes[dump->nnotes++] = *note;
  return KD_OK;
}

const struct kd_note *
kd_dump_find_note (const struct kd_dump *dump, const char *name)
{
  for (size_t i = 0; i < dump->nnotes; i++)
    if (strcmp (dump->notes[i].name, name) == 0)
      return &dump->notes[i];
  return NULL;
}

enum kd_status
kd_dump_load (struct kd_dump *dump, struct kd_source *src, uint64_t off,
              uint64_t size, const char *what, const uint8_t **out)
{
  *out = NULL;
  if (size > MAX_BLOB)
    return kd_fail (KD_CORRUPT,
                    "%s: %s at 0x%" PRIx64 " claims %" PRIu64 " bytes",
                    src->name, what, off, size);
  if (!kd_source_has (src, off, size))
    return kd_fail (KD_TRUNCATED,
                    "%s: %s at 0x%" PRIx64 " (%" PRIu64
                    " bytes) goes beyond its end (0x%" PRIx64 ")",
                    src->name, what, off, size, src->size);
  void **blobs = realloc (dump->blobs, (dump->nblobs + 1) * sizeof *blobs);
  if (blobs)
    dump->blobs = blobs;
  uint8_t *data = blobs ? malloc ((size_t)size + 1) : NULL;
  if (!data)
    return kd_fail (KD_NOMEM, "%s: out of memory for %s", src->name, what);
  dump->blobs[dump->nblobs++] = data;
  data[size] = 0;
  enum kd_status st = kd_source_read (src, off, data, (size_t)size);
  if (st)
    return kd_context (st, "reading %s", what);
  *out = data;
  return KD_OK;
}

/* Take one note from C: name and description are padded to 4 bytes.  */
static void
take_note (struct kd_cursor *c, struct kd_note *note)
{
  uint32_t namesz = kd_cursor_u32 (c);
  uint32_t descsz = kd_cursor_u32 (c);
  note->type = kd_cursor_u32 (c);
  const char *name = (const char *)kd_cursor_take (c, namesz);
  kd_cursor_align (c, 4);
  note->file_offset = c->origin + c->pos;
  note->data = kd_cursor_take (c, descsz);
  note->size = descsz;
  note->name = "";
  if (!name || namesz == 0)
    return;
  if (name[namesz - 1] == '\0')
    note->name = name;
  else
    c->bad = true;
}

enum kd_status
kd_dump_load_notes (struct kd_dump *dump, struct kd_source *src, uint64_t off,
                    uint64_t size)
{
  const uint8_t *data;
  enum kd_status st = kd_dump_load (dump, src, off, size, "its notes", &data);
  if (st == KD_TRUNCATED || st == KD_CORRUPT) {
    dump->info.truncated |= st == KD_TRUNCATED;
    kd_dump_warn (dump, "%s", kd_error_text ());
    return KD_OK;
  }
  if (st)
    return st;
  struct kd_cursor c;
  kd_cursor_init (&c, data, (size_t)size, off, "ELF note");
  c.big_endian = dump->info.big_endian;
  while (kd_cursor_left (&c) >= 12) {
    struct kd_note note = { 0 };
    uint64_t at = c.origin + c.pos;
    take_note (&c, &note);
    if (c.bad) {
      kd_dump_warn (dump,
                    "%s: the note at 0x%" PRIx64
                    " is damaged; it and what follows it is left out",
                    src->name, at);
      break;
    }
    /* The kernel ends a CPU's notes with an empty one.  */
    if (note.name[0] == '\0' && note.size == 0 && note.type == 0)
      continue;
    st = kd_dump_add_note (dump, &note);
    if (st)
      return st;
    /* The last note's padding may be missing.  */
    kd_cursor_skip (&c, kd_cursor_left (&c) < 4 ? 0 : -c.pos & 3);
  }
  return KD_OK;
}
