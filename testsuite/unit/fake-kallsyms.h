/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making kallsyms tables of any layout in memory. */
#ifndef KD_TEST_FAKE_KALLSYMS_H
#define KD_TEST_FAKE_KALLSYMS_H

#include "kernel/kallsyms-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_START UINT64_C (0xffffffff81000000)
#define FAKE_COUNT 1000u
#define FAKE_PERCPU 40u /* the first symbols, when they are apart */

struct fake_layout {
  enum kd_kallsyms_form form;
  bool new_order;        /* addresses after the tokens: 6.5 */
  unsigned marker_width; /* 4 or 8 */
  bool sequence;         /* of names: 6.2 */
  bool long_name;        /* one of more than 127 tokens: 6.1 */
};

struct fake {
  uint8_t *image; /* owned */
  size_t size, room;
  size_t number, names, markers, tokens, index, addresses, base; /* offsets */
};

static size_t
fake_put (struct fake *f, const void *data, size_t n)
{
  size_t at = f->size;

  if (f->size + n > f->room) {
    f->room = (f->size + n) * 2;
    f->image = realloc (f->image, f->room);
  }
  memcpy (f->image + f->size, data, n);
  f->size += n;
  return at;
}

static void
fake_align (struct fake *f)
{
  while (f->size % 8)
    fake_put (f, "", 1);
}

static void
fake_number (struct fake *f, uint64_t v, unsigned width)
{
  fake_put (f, &v, width); /* the tests run on little-endian machines */
}

/* The symbol's type and name, as a string.  */
static void
fake_name (const struct fake_layout *l, unsigned i, char *out, size_t size)
{
  if (i == FAKE_PERCPU)
    snprintf (out, size, "T_stext");
  else if (l->long_name && i == 500) {
    memset (out, 'x', 300);
    memcpy (out, "tlong_", 6);
    out[300] = '\0';
  } else
    snprintf (out, size, "%cfunction_%u", i % 3 ? 't' : 'T', i);
}

static uint64_t
fake_address (const struct fake_layout *l, unsigned i)
{
  if (l->form == KD_KALLSYMS_ABSOLUTE_PERCPU && i < FAKE_PERCPU)
    return i * UINT64_C (64);
  return FAKE_START + (i < FAKE_PERCPU ? 0 : i - FAKE_PERCPU) * UINT64_C (48);
}

/* Tokens: "function_" is 0x01, each printable character itself, the others
   two letters that no name has.  */
static void
fake_tokens (struct fake *f)
{
  uint16_t index[KD_KS_TOKENS];

  fake_align (f);
  f->tokens = f->size;
  for (unsigned i = 0; i < KD_KS_TOKENS; i++) {
    char text[16];

    if (i == 1)
      strcpy (text, "function_");
    else if (i > ' ' && i < 0x7f)
      snprintf (text, sizeof text, "%c", (char)i);
    else
      snprintf (text, sizeof text, "q%c", 'a' + (char)(i % 26));
    index[i] = (uint16_t)(fake_put (f, text, strlen (text) + 1) - f->tokens);
  }
  fake_align (f);
  f->index = fake_put (f, index, sizeof index);
  fake_align (f);
}

static void
fake_addresses (struct fake *f, const struct fake_layout *l)
{
  fake_align (f);
  f->addresses = f->size;
  for (unsigned i = 0; i < FAKE_COUNT; i++) {
    uint64_t a = fake_address (l, i);

    switch (l->form) {
    case KD_KALLSYMS_ABSOLUTE:
      fake_number (f, a, 8);
      break;
    case KD_KALLSYMS_RELATIVE:
      fake_number (f, a - FAKE_START, 4);
      break;
    case KD_KALLSYMS_ABSOLUTE_PERCPU:
      fake_number (f, a < FAKE_START ? a : FAKE_START - 1 - a, 4);
      break;
    default:
      fake_number (f, a - (FAKE_START + f->size), 4);
    }
  }
  fake_align (f);
  if (l->form == KD_KALLSYMS_RELATIVE
      || l->form == KD_KALLSYMS_ABSOLUTE_PERCPU) {
    f->base = f->size;
    fake_number (f, FAKE_START, 8);
  }
}

static void
fake_names (struct fake *f, const struct fake_layout *l)
{
  uint64_t markers[FAKE_COUNT / KD_KS_MARKER + 1];
  unsigned nmarkers = 0;

  fake_align (f);
  f->number = f->size;
  fake_number (f, FAKE_COUNT, 4);
  fake_align (f);
  f->names = f->size;
  for (unsigned i = 0; i < FAKE_COUNT; i++) {
    char name[400];
    uint8_t packed[400];
    size_t n = 0;

    if (i % KD_KS_MARKER == 0)
      markers[nmarkers++] = f->size - f->names;
    fake_name (l, i, name, sizeof name);
    for (const char *p = name; *p;)
      if (!strncmp (p, "function_", 9)) {
        packed[n++] = 1;
        p += 9;
      } else
        packed[n++] = (uint8_t)*p++;
    if (n > 127)
      fake_number (f, (n & 0x7f) | 0x80 | n >> 7 << 8, 2);
    else
      fake_number (f, n, 1);
    fake_put (f, packed, n);
  }
  fake_align (f);
  f->markers = f->size;
  for (unsigned i = 0; i < nmarkers; i++)
    fake_number (f, markers[i], l->marker_width);
  fake_align (f);
}

static void
fake_make (struct fake *f, const struct fake_layout *l)
{
  static const char other[4000] = "code and data";

  *f = (struct fake){ 0 };
  fake_put (f, other, sizeof other);
  fake_put (f, "0\0001\0002\0003\0004\0005\0006\0007\0008\0009", 20);
  if (!l->new_order)
    fake_addresses (f, l);
  fake_names (f, l);
  if (l->sequence && !l->new_order)
    fake_put (f, other, (size_t)3 * 1000);
  fake_tokens (f);
  if (l->new_order)
    fake_addresses (f, l);
  fake_put (f, other, sizeof other);
}

#endif
