/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the tables of kallsyms in a kernel's image, by what they are.

   Up to 6.4 they follow each other so: addresses or offsets, relative base,
   number, names, markers, sequence of names (6.2 on), tokens, index of
   tokens.  Since 404bad70fc98 ("scripts/kallsyms: change the output order",
   6.5): number, names, markers, tokens, index, offsets, relative base,
   sequence.  Each begins at a multiple of 8.  */
#include "kernel/kallsyms-internal.h"

#include <ctype.h>
#include <string.h>

#define INDEX_SIZE ((size_t)KD_KS_TOKENS * 2)

struct scan {
  const uint8_t *image;
  size_t size;
  uint64_t start, stext;
  struct kd_ks_tokens tokens;
  size_t token_table, token_index; /* offsets into the image; so below */
  size_t number, names, names_end;
  uint32_t count, stext_index;
};

static size_t
align8 (size_t n)
{
  return (n + 7) & ~(size_t)7;
}

/* --- tokens --- */

/* '0' to '9' stand for themselves.  */
static const uint8_t digits[] = "0\0"
                                "1\0"
                                "2\0"
                                "3\0"
                                "4\0"
                                "5\0"
                                "6\0"
                                "7\0"
                                "8\0"
                                "9";

/* Is there a table of tokens whose '0' is at ZERO?  Its index comes right
   after it.  */
static bool
try_tokens (struct scan *s, size_t zero)
{
  size_t at = zero, entry;

  for (unsigned i = '0'; i < KD_KS_TOKENS; i++) {
    size_t len = strnlen ((const char *)s->image + at, s->size - at);

    if (len == s->size - at || len > KD_KS_NAME_MAX)
      return false;
    at += len + 1;
  }
  s->token_index = align8 (at);
  if (s->token_index > s->size - INDEX_SIZE)
    return false;
  entry = kd_le16 (s->image + s->token_index + (size_t)'0' * 2);
  if (entry > zero)
    return false;
  s->token_table = zero - entry;
  return kd_ks_tokens_init (&s->tokens, s->image + s->token_table,
                            s->size - s->token_table,
                            s->image + s->token_index)
         && s->tokens.size == at - s->token_table;
}

static bool
find_tokens (struct scan *s, size_t *from)
{
  while (*from < s->size) {
    const uint8_t *hit
      = memmem (s->image + *from, s->size - *from, digits, sizeof digits);
    size_t zero;

    if (!hit)
      return false;
    zero = (size_t)(hit - s->image);
    *from = zero + 1;
    if (s->size >= INDEX_SIZE && try_tokens (s, zero))
      return true;
  }
  return false;
}

/* --- number, names, markers --- */

static bool
is_symbol (const char *name)
{
  if (!isalpha ((unsigned char)name[0]) && name[0] != '?')
    return false;
  for (const char *p = name + 1; *p; p++)
    if (!isgraph ((unsigned char)*p))
      return false;
  return true;
}

/* MARKERS[I] is where name 256 I begins, from the first.  Are these the
   kernel's, WIDTH bytes each?  */
static bool
markers_at (const struct scan *s, size_t at, unsigned width,
            const uint32_t *markers, uint32_t n)
{
  if (at > s->token_table || (size_t)n * width > s->token_table - at)
    return false;
  for (uint32_t i = 0; i < n; i++) {
    const uint8_t *raw = s->image + at + (size_t)i * width;

    if ((width == 4 ? kd_le32 (raw) : kd_le64 (raw)) != markers[i])
      return false;
  }
  return true;
}

/* Are COUNT names at S->names, with markers after them?  */
static bool
names_fit (struct scan *s)
{
  uint32_t n = (s->count + KD_KS_MARKER - 1) / KD_KS_MARKER;
  uint32_t *markers KD_AUTO_FREE = kd_calloc (n, sizeof *markers);
  const uint8_t *names = s->image + s->names;
  size_t at = 0, size = s->token_table - s->names;
  char name[KD_KS_NAME_MAX + 1];

  s->stext_index = UINT32_MAX;
  for (uint32_t i = 0; markers && i < s->count; i++) {
    if (i % KD_KS_MARKER == 0)
      markers[i / KD_KS_MARKER] = (uint32_t)at;
    if (!kd_ks_name (&s->tokens, names, size, &at, name) || !is_symbol (name))
      return false;
    if (!strcmp (name + 1, "_stext"))
      s->stext_index = i;
  }
  s->names_end = s->names + at;
  /* Of 4 bytes since 80ffbaa5b1bd ("kallsyms: reduce size a little on
     64-bit", 5.0).  */
  return markers
         && (markers_at (s, align8 (s->names_end), 4, markers, n)
             || markers_at (s, align8 (s->names_end), 8, markers, n));
}

/* The number is before the names, and they are before the tokens.  */
static bool
find_names (struct scan *s)
{
  for (size_t at = s->token_table & ~(size_t)7; at >= 8; at -= 8) {
    s->number = at - 8;
    s->names = at;
    s->count = kd_le32 (s->image + s->number);
    /* A name has three bytes at least, or rather two and its length.  */
    if (s->count >= KD_KS_MIN && s->count <= KD_KS_MAX
        && !kd_le32 (s->image + s->number + 4)
        && s->count <= (s->token_table - at) / 2 && names_fit (s))
      return true;
  }
  return false;
}

/* --- addresses --- */

static bool
try_addresses (const struct scan *s, size_t at, size_t base_at,
               enum kd_kallsyms_form form, struct kd_kallsyms *ks)
{
  size_t bytes = (size_t)s->count * kd_ks_entry_size (form);

  if (at % 8 || at > s->size || bytes > s->size - at || base_at > s->size - 8)
    return false;
  ks->form = form;
  ks->addresses = s->start + at;
  ks->base = kd_le64 (s->image + base_at);
  return kd_ks_addresses_fit (ks, s->image + at, s->stext_index, s->stext);
}

static bool
find_addresses (const struct scan *s, struct kd_kallsyms *ks)
{
  static const enum kd_kallsyms_form relative[]
    = { KD_KALLSYMS_ABSOLUTE_PERCPU, KD_KALLSYMS_RELATIVE };
  size_t four = align8 ((size_t)s->count * 4), eight = (size_t)s->count * 8;
  size_t after = align8 (s->token_index + INDEX_SIZE);

  for (size_t i = 0; i < KD_ARRAY_SIZE (relative); i++)
    if ((s->number >= four + 8
         && try_addresses (s, s->number - 8 - four, s->number - 8, relative[i],
                           ks))
        || try_addresses (s, after, after + four, relative[i], ks))
      return true;
  return (s->number >= eight
          && try_addresses (s, s->number - eight, 0, KD_KALLSYMS_ABSOLUTE, ks))
         || try_addresses (s, after, 0, KD_KALLSYMS_PLACE, ks);
}

enum kd_status
kd_kallsyms_scan (const uint8_t *image, size_t size, uint64_t start,
                  uint64_t stext, struct kd_kallsyms *out)
{
  struct scan s
    = { .image = image, .size = size, .start = start, .stext = stext };
  size_t from = 0;

  *out = (struct kd_kallsyms){ 0 };
  while (size >= 8 && find_tokens (&s, &from)) {
    if (!find_names (&s))
      continue;
    out->count = s.count;
    out->names = start + s.names;
    out->token_table = start + s.token_table;
    out->token_index = start + s.token_index;
    if (find_addresses (&s, out))
      return KD_OK;
  }
  return kd_fail (KD_NOT_FOUND, "the kernel's image has no kallsyms that "
                                "agree with themselves");
}
