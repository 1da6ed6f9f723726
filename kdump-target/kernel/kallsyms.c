/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading kallsyms: names of tokens, addresses of several forms. */
#include "kernel/kallsyms-internal.h"

#include <inttypes.h>
#include <string.h>

/* --- tokens and names --- */

bool
kd_ks_tokens_init (struct kd_ks_tokens *t, const uint8_t *table, size_t size,
                   const uint8_t *index)
{
  t->table = table;
  for (unsigned i = 0; i < KD_KS_TOKENS; i++)
    t->index[i] = kd_le16 (index + (size_t)i * 2);
  if (t->index[0] != 0)
    return false;
  for (unsigned i = 0; i < KD_KS_TOKENS; i++) {
    size_t at = t->index[i], len;

    if (at >= size)
      return false;
    len = strnlen ((const char *)table + at, size - at);
    if (at + len == size)
      return false;
    if (i + 1 < KD_KS_TOKENS && t->index[i + 1] != at + len + 1)
      return false;
    t->size = at + len + 1;
  }
  return true;
}

bool
kd_ks_name (const struct kd_ks_tokens *t, const uint8_t *names, size_t size,
            size_t *at, char *out)
{
  size_t len, n = 0;

  if (*at >= size)
    return false;
  len = names[(*at)++];
  /* Long names: 73bbb94466fd ("kallsyms: support "big" kernel symbols",
     6.1).  */
  if (len & 0x80) {
    if (*at >= size)
      return false;
    len = (len & 0x7f) | (size_t)names[(*at)++] << 7;
  }
  if (len == 0 || len > size - *at)
    return false;
  for (; len; len--) {
    const char *token = (const char *)t->table + t->index[names[(*at)++]];

    for (; *token; token++) {
      if (n == KD_KS_NAME_MAX)
        return false;
      out[n++] = *token;
    }
  }
  out[n] = '\0';
  return n >= 2;
}

/* --- addresses --- */

uint64_t
kd_ks_address (const struct kd_kallsyms *ks, uint32_t i, const uint8_t *raw)
{
  int64_t offset;

  if (ks->form == KD_KALLSYMS_ABSOLUTE)
    return kd_le64 (raw);
  offset = (int32_t)kd_le32 (raw);
  switch (ks->form) {
  case KD_KALLSYMS_RELATIVE:
    return ks->base + (uint32_t)offset;
  case KD_KALLSYMS_ABSOLUTE_PERCPU:
    return offset >= 0 ? (uint64_t)offset : ks->base - 1 - (uint64_t)offset;
  default:
    return ks->addresses + (uint64_t)i * 4 + (uint64_t)offset;
  }
}

bool
kd_ks_addresses_fit (const struct kd_kallsyms *ks, const uint8_t *table,
                     uint32_t stext_index, uint64_t stext)
{
  unsigned size = kd_ks_entry_size (ks->form);
  uint32_t disorder = 0, high = 0;
  uint64_t last = 0;

  if (stext && stext_index < ks->count
      && kd_ks_address (ks, stext_index, table + (size_t)stext_index * size)
           != stext)
    return false;
  for (uint32_t i = 0; i < ks->count; i++) {
    uint64_t at = kd_ks_address (ks, i, table + (size_t)i * size);

    disorder += at < last;
    high += at >> 63;
    last = at;
  }
  /* Per-CPU variables are low, and the kernel has far fewer of them.  */
  return disorder <= ks->count / 100 && high > ks->count / 2;
}

/* --- reading --- */

struct tables {
  struct kd_ks_tokens tokens;
  uint8_t *token_table, *names, *addresses; /* owned */
  size_t names_size;
};

static void
tables_deinit (struct tables *t)
{
  free (t->token_table);
  free (t->names);
  free (t->addresses);
}

/* At most SIZE bytes at ADDR, as far as they can be read in pages.  */
static uint8_t *
read_most (kd_kallsyms_read_fn *read, void *arg, uint64_t addr, size_t size,
           size_t *got)
{
  enum { STEP = 4096 };
  uint8_t *buf = malloc (size ? size : 1);

  *got = 0;
  while (buf && *got < size) {
    size_t n = STEP - (size_t)((addr + *got) % STEP);

    if (n > size - *got)
      n = size - *got;
    if (read (arg, addr + *got, buf + *got, n))
      break;
    *got += n;
  }
  return buf;
}

/* The tables of KS; names may be longer than they are, which is found out
   by reading them.  */
static enum kd_status
read_tables (const struct kd_kallsyms *ks, kd_kallsyms_read_fn *read,
             void *arg, struct tables *t)
{
  enum { TOKENS = 16384, AVERAGE = 64 };
  uint8_t index[KD_KS_TOKENS * 2];
  size_t got, entry = kd_ks_entry_size (ks->form);
  enum kd_status st = read (arg, ks->token_index, index, sizeof index);

  if (st)
    return kd_context (st, "kallsyms_token_index");
  if (ks->count < KD_KS_MIN || ks->count > KD_KS_MAX)
    return kd_fail (KD_CORRUPT, "kallsyms has %" PRIu32 " symbols", ks->count);
  t->token_table = read_most (read, arg, ks->token_table, TOKENS, &got);
  if (!t->token_table
      || !kd_ks_tokens_init (&t->tokens, t->token_table, got, index))
    return kd_fail (KD_CORRUPT,
                    "the tokens of kallsyms at 0x%" PRIx64
                    " are not where their index says",
                    ks->token_table);
  t->names = read_most (read, arg, ks->names, (size_t)ks->count * AVERAGE,
                        &t->names_size);
  t->addresses = malloc (ks->count * entry);
  if (!t->names || !t->addresses)
    return kd_fail (KD_NOMEM, "out of memory for kallsyms");
  st = read (arg, ks->addresses, t->addresses, ks->count * entry);
  return kd_context (st, "addresses of kallsyms");
}

/* The size of symbol I: up to the next higher address.  */
static uint64_t
size_of (const struct kd_kallsyms *ks, const struct tables *t, uint32_t i,
         uint64_t addr)
{
  unsigned entry = kd_ks_entry_size (ks->form);

  for (uint32_t next = i + 1; next < ks->count && next < i + 64; next++) {
    uint64_t at
      = kd_ks_address (ks, next, t->addresses + (size_t)next * entry);

    if (at > addr)
      return at - addr;
  }
  return 0;
}

enum kd_status
kd_kallsyms_add (const struct kd_kallsyms *ks, kd_kallsyms_read_fn *read,
                 void *arg, struct kd_symbols *syms, size_t *count)
{
  struct tables t KD_CLEANUP (tables_deinit) = { 0 };
  enum kd_status st = read_tables (ks, read, arg, &t);
  unsigned entry = kd_ks_entry_size (ks->form);
  char name[KD_KS_NAME_MAX + 1];
  size_t at = 0;

  *count = 0;
  for (uint32_t i = 0; !st && i < ks->count; i++) {
    struct kd_symbol sym = { 0 };

    if (!kd_ks_name (&t.tokens, t.names, t.names_size, &at, name))
      return kd_fail (KD_CORRUPT,
                      "kallsyms: name %" PRIu32 " of %" PRIu32 " at 0x%" PRIx64
                      " is damaged",
                      i, ks->count, ks->names + at);
    sym.addr = kd_ks_address (ks, i, t.addresses + (size_t)i * entry);
    sym.size = size_of (ks, &t, i, sym.addr);
    sym.type = name[0];
    sym.name = name + 1;
    st = kd_symbols_add (syms, &sym);
    if (!st)
      ++*count;
  }
  return st;
}

/* --- the form, when the tables are known --- */

/* Which symbol is _stext?  UINT32_MAX: none.  */
static uint32_t
find_stext (const struct tables *t, uint32_t count)
{
  char name[KD_KS_NAME_MAX + 1];
  size_t at = 0;

  for (uint32_t i = 0; i < count; i++)
    if (!kd_ks_name (&t->tokens, t->names, t->names_size, &at, name))
      break;
    else if (!strcmp (name + 1, "_stext"))
      return i;
  return UINT32_MAX;
}

enum kd_status
kd_kallsyms_find_form (struct kd_kallsyms *ks, uint64_t base_at,
                       uint64_t stext, kd_kallsyms_read_fn *read, void *arg)
{
  static const enum kd_kallsyms_form relative[]
    = { KD_KALLSYMS_ABSOLUTE_PERCPU, KD_KALLSYMS_RELATIVE, KD_KALLSYMS_PLACE };
  struct tables t KD_CLEANUP (tables_deinit) = { 0 };
  uint8_t raw[8] = { 0 };
  uint32_t stext_index;
  enum kd_status st = KD_OK;

  if (base_at)
    st = read (arg, base_at, raw, sizeof raw);
  if (!st)
    st = read_tables (ks, read, arg, &t);
  if (st)
    return st;
  ks->base = kd_le64 (raw);
  stext_index = find_stext (&t, ks->count);
  if (ks->form == KD_KALLSYMS_ABSOLUTE)
    return kd_ks_addresses_fit (ks, t.addresses, stext_index, stext)
             ? KD_OK
             : kd_fail (KD_CORRUPT, "the addresses of kallsyms make no sense");
  for (size_t i = 0; i < KD_ARRAY_SIZE (relative); i++) {
    ks->form = relative[i];
    if ((ks->form == KD_KALLSYMS_PLACE) == !base_at
        && kd_ks_addresses_fit (ks, t.addresses, stext_index, stext))
      return KD_OK;
  }
  return kd_fail (KD_CORRUPT, "the offsets of kallsyms make no sense");
}
