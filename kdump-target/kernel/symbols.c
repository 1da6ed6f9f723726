/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel symbols by name and by address. */
#include "kernel/symbols.h"

#include <string.h>

/* What of a section a symbol in it needs.  */
struct section {
  uint64_t end;   /* link address; 0: its symbols have no place in memory */
  uint64_t slide; /* to be added to their addresses */
  char type;      /* as in nm, upper case */
};

/* An ELF symbol table is used where it lies in the mapped file: a symbol is
   a number, first those of the ELF files in order, then the added ones.  */
struct elf_table {
  struct kd_elf_symtab tab;
  struct section *sections; /* owned, by section index */
  uint32_t nsections;
  uint64_t slide;
  const char *module; /* owned; NULL for the kernel */
  uint32_t first;     /* number of its first symbol */
};

struct by_name {
  uint32_t hash;
  uint32_t number; /* plus one; 0 empty */
};

struct by_addr {
  uint64_t addr;
  uint32_t number;
};

/* The answer for a name that was asked for ahead of the index.  */
struct known {
  const char *name; /* the caller's constant */
  uint32_t number;  /* plus one; 0: there is none */
};

struct chunk {
  struct chunk *next;
  size_t used, room;
  char data[];
};

struct kd_symbols {
  struct elf_table *tables;
  size_t ntables;
  struct kd_symbol *own;
  size_t nown, own_room;
  uint32_t total;    /* numbers in use */
  uint32_t own_base; /* total of all tables */
  struct chunk *strings;
  struct known *known; /* by name, sorted */
  size_t nknown;
  struct by_name *names; /* NULL: to be made */
  uint32_t names_mask;
  struct by_addr *addrs; /* NULL: to be made */
  size_t naddrs;
};

enum { MAX_TABLES = 64, MAX_SYMBOLS = 1 << 26, MAX_NESTING = 64 };

enum kd_status
kd_symbols_create (struct kd_symbols **out)
{
  *out = kd_calloc (1, sizeof **out);
  return *out ? KD_OK : kd_fail (KD_NOMEM, "out of memory");
}

static void
forget_indices (struct kd_symbols *s)
{
  free (s->known);
  free (s->names);
  free (s->addrs);
  s->known = NULL;
  s->nknown = 0;
  s->names = NULL;
  s->addrs = NULL;
}

void
kd_symbols_destroy (struct kd_symbols *s)
{
  if (!s)
    return;
  forget_indices (s);
  while (s->strings) {
    struct chunk *next = s->strings->next;
    free (s->strings);
    s->strings = next;
  }
  for (size_t i = 0; i < s->ntables; i++)
    free (s->tables[i].sections);
  free (s->tables);
  free (s->own);
  free (s);
}

static const char *
keep_string (struct kd_symbols *s, const char *text)
{
  size_t len = strlen (text) + 1;
  if (!s->strings || s->strings->room - s->strings->used < len) {
    size_t room = len > 65536 ? len : 65536;
    struct chunk *c = malloc (sizeof *c + room);
    if (!c)
      return NULL;
    *c = (struct chunk){ .next = s->strings, .room = room };
    s->strings = c;
  }
  char *p = s->strings->data + s->strings->used;
  memcpy (p, text, len);
  s->strings->used += len;
  return p;
}

static char
section_type (const struct kd_elf_section *sec)
{
  if (sec->flags & SHF_EXECINSTR)
    return 'T';
  if (sec->nobits)
    return 'B';
  return sec->flags & SHF_WRITE ? 'D' : 'R';
}

/* The per-CPU section of x86-64 before 6.15 begins at zero: its symbols are
   offsets, not moved by KASLR.  */
static bool
make_sections (struct elf_table *t, const struct kd_elf_file *elf,
               uint64_t slide)
{
  struct kd_elf_section sec;
  t->nsections = (uint32_t)kd_elf_section_count (elf) + 1;
  t->sections = kd_calloc (t->nsections, sizeof *t->sections);
  if (!t->sections)
    return false;
  t->sections[0].type = 'A';
  for (uint32_t i = 1; i < t->nsections; i++) {
    struct section *to = &t->sections[i];
    to->type = 'A';
    if (!kd_elf_section (elf, i - 1, &sec) || !(sec.flags & SHF_ALLOC))
      continue;
    to->type = section_type (&sec);
    if (!sec.addr)
      continue;
    to->slide = slide;
    to->end = sec.addr + sec.size + slide;
  }
  return true;
}

enum kd_status
kd_symbols_add_elf (struct kd_symbols *s, struct kd_elf_file *elf,
                    uint64_t slide)
{
  struct elf_table t = { .first = s->own_base };
  enum kd_status st = kd_elf_symtab (elf, &t.tab);
  if (st)
    return st;
  if (s->nown)
    return kd_fail (KD_USAGE, "ELF symbols must be added before others");
  if (s->ntables == MAX_TABLES || t.tab.count > MAX_SYMBOLS - s->total)
    return kd_fail (KD_NOMEM, "%s: too many symbols (%zu)", kd_elf_path (elf),
                    t.tab.count);
  struct elf_table *tables
    = realloc (s->tables, (s->ntables + 1) * sizeof *tables);
  if (tables)
    s->tables = tables;
  if (!tables || !make_sections (&t, elf, slide))
    return kd_fail (KD_NOMEM, "out of memory");
  s->tables[s->ntables++] = t;
  s->own_base += (uint32_t)t.tab.count;
  s->total = s->own_base;
  forget_indices (s);
  return KD_OK;
}

enum kd_status
kd_symbols_add (struct kd_symbols *s, const struct kd_symbol *sym)
{
  if (s->nown == s->own_room) {
    size_t room = s->own_room ? s->own_room * 2 : 1024;
    struct kd_symbol *own
      = s->total < MAX_SYMBOLS ? realloc (s->own, room * sizeof *own) : NULL;
    if (!own)
      return kd_fail (KD_NOMEM, "out of memory for symbols");
    s->own = own;
    s->own_room = room;
  }
  struct kd_symbol copy = *sym;
  copy.name = keep_string (s, sym->name);
  /* Modules come one after the other: share their names.  */
  const struct kd_symbol *last = s->nown ? &s->own[s->nown - 1] : NULL;
  if (sym->module && last && last->module
      && !strcmp (last->module, sym->module))
    copy.module = last->module;
  else
    copy.module = sym->module ? keep_string (s, sym->module) : NULL;
  if (!s->own || !copy.name || (sym->module && !copy.module))
    return kd_fail (KD_NOMEM, "out of memory for symbols");
  s->own[s->nown++] = copy;
  s->total++;
  forget_indices (s);
  return KD_OK;
}

/* --- one symbol by its number --- */

static const struct elf_table *
table_of (const struct kd_symbols *s, uint32_t number)
{
  size_t i = s->ntables;
  while (i-- > 0)
    if (s->tables[i].first <= number)
      return &s->tables[i];
  return NULL;
}

static const struct section *
section_of (const struct elf_table *t, size_t i)
{
  uint32_t ndx = t->tab.syms[i].st_shndx;
  if (ndx == SHN_XINDEX && t->tab.shndx)
    ndx = t->tab.shndx[i];
  else if (ndx >= SHN_LORESERVE)
    ndx = 0;
  return &t->sections[ndx < t->nsections ? ndx : 0];
}

/* Is it a symbol people mean: defined, named, no file or section symbol, none
   of the compiler's own labels?  */
static inline bool
usable (const struct elf_table *t, size_t i)
{
  const Elf64_Sym *sym = &t->tab.syms[i];
  unsigned type = ELF64_ST_TYPE (sym->st_info);
  return sym->st_shndx != SHN_UNDEF && sym->st_name
         && sym->st_name < t->tab.strings_size && type != STT_FILE
         && type != STT_SECTION
         && strncmp (t->tab.strings + sym->st_name, ".L", 2) != 0;
}

static char
nm_type (const struct section *sec, const Elf64_Sym *sym)
{
  unsigned bind = ELF64_ST_BIND (sym->st_info);
  if (bind == STB_WEAK)
    return ELF64_ST_TYPE (sym->st_info) == STT_OBJECT ? 'V' : 'W';
  return bind == STB_LOCAL ? (char)(sec->type | 0x20) : sec->type;
}

/* Fill *OUT; *END is the first address beyond the symbol's section, 0 when
   it has no place in memory (absolute, or an offset into per-CPU areas).  */
static void
elf_symbol (const struct elf_table *t, size_t i, struct kd_symbol *out,
            uint64_t *end)
{
  const Elf64_Sym *sym = &t->tab.syms[i];
  const struct section *sec = section_of (t, i);
  *out = (struct kd_symbol){
    .name = t->tab.strings + sym->st_name,
    .addr = sym->st_value + sec->slide,
    .size = sym->st_size,
    .type = nm_type (sec, sym),
    .module = t->module,
  };
  *end = sec->end;
}

static void
get_symbol (const struct kd_symbols *s, uint32_t number, struct kd_symbol *out,
            uint64_t *end)
{
  if (number >= s->own_base) {
    *out = s->own[number - s->own_base];
    bool placed = out->type != 'A' && out->type != 'a';
    *end = placed ? UINT64_MAX : 0;
    return;
  }
  const struct elf_table *t = table_of (s, number);
  elf_symbol (t, number - t->first, out, end);
}

/* --- by name --- */

static uint64_t
first_bytes (const char *name)
{
  uint64_t head = 0;
  memcpy (&head, name, strnlen (name, sizeof head));
  return head;
}

/* Not zero if W has a zero byte; the lowest bit set is in the first.  */
static inline uint64_t
zero_bytes (uint64_t w)
{
  return (w - UINT64_C (0x0101010101010101)) & ~w
         & UINT64_C (0x8080808080808080);
}

/* The first eight bytes of a name, zeros after its end; they are loaded as
   one where the string table has that many.  */
static inline uint64_t
head_at (const struct kd_elf_symtab *tab, uint32_t off)
{
  uint64_t head;
  if (tab->strings_size < sizeof head || off > tab->strings_size - sizeof head)
    return first_bytes (tab->strings + off);
  memcpy (&head, tab->strings + off, sizeof head);
  uint64_t zero = zero_bytes (head);
  if (!zero)
    return head;
  unsigned keep = (unsigned)__builtin_ctzll (zero) & ~7u;
  return keep ? head & (UINT64_MAX >> (64 - keep)) : 0;
}

/* Names are hashed by eight bytes, zeros after their end.  */
static inline uint64_t
hash_word (uint64_t hash, uint64_t w)
{
  hash = (hash ^ w) * UINT64_C (0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

static uint32_t
hash_name (const char *name)
{
  uint64_t hash = 0, w;
  do {
    w = first_bytes (name);
    hash = hash_word (hash, w);
    name += sizeof w;
  } while (!zero_bytes (w));
  return (uint32_t)hash;
}

static uint32_t
hash_name_at (const struct kd_elf_symtab *tab, uint32_t off)
{
  uint64_t hash = 0, w;
  do {
    w = head_at (tab, off);
    hash = hash_word (hash, w);
    off += sizeof w;
  } while (!zero_bytes (w));
  return (uint32_t)hash;
}

static void
insert_name (struct kd_symbols *s, uint32_t hash, uint32_t number)
{
  uint32_t i = hash & s->names_mask;
  while (s->names[i].number)
    i = (i + 1) & s->names_mask;
  s->names[i] = (struct by_name){ hash, number + 1 };
}

/* Global symbols go in first, so that of several with one name these are
   found first; then in the order of the tables.  */
static bool
make_name_index (struct kd_symbols *s)
{
  uint32_t size = 1024;
  while (size < s->total * UINT64_C (2))
    size *= 2;
  s->names = kd_calloc (size, sizeof *s->names);
  if (!s->names)
    return false;
  s->names_mask = size - 1;
  for (int local = 0; local < 2; local++)
    for (size_t k = 0; k < s->ntables; k++) {
      const struct elf_table *t = &s->tables[k];
      size_t i = local ? 0 : t->tab.first_global;
      size_t end = local ? t->tab.first_global : t->tab.count;
      for (; i < end; i++)
        if (usable (t, i))
          insert_name (s, hash_name_at (&t->tab, t->tab.syms[i].st_name),
                       t->first + (uint32_t)i);
    }
  for (size_t i = 0; i < s->nown; i++)
    insert_name (s, hash_name (s->own[i].name), s->own_base + (uint32_t)i);
  return true;
}

/* --- names known to be needed, in one pass and without an index --- */

static unsigned
filter_bit (uint64_t head)
{
  return (unsigned)(head * UINT64_C (0x9e3779b97f4a7c15) >> 52);
}

static int
known_order (const void *a, const void *b)
{
  return strcmp (((const struct known *)a)->name,
                 ((const struct known *)b)->name);
}

static struct known *
find_known (const struct kd_symbols *s, const char *name)
{
  struct known key = { .name = name };
  if (!s->nknown)
    return NULL;
  return bsearch (&key, s->known, s->nknown, sizeof key, known_order);
}

static void
scan_table (struct kd_symbols *s, const struct elf_table *t, size_t from,
            size_t to, const uint64_t filter[64])
{
  for (size_t i = from; i < to; i++) {
    if (!usable (t, i))
      continue;
    unsigned bit = filter_bit (head_at (&t->tab, t->tab.syms[i].st_name));
    if (!(filter[bit / 64] >> bit % 64 & 1))
      continue;
    struct known *k = find_known (s, t->tab.strings + t->tab.syms[i].st_name);
    if (k && !k->number)
      k->number = t->first + (uint32_t)i + 1;
  }
}

void
kd_symbols_prefetch (struct kd_symbols *s, const char *const *names, size_t n)
{
  uint64_t filter[64] = { 0 };
  if (s->names || s->nown)
    return;
  struct known *all = realloc (s->known, (s->nknown + n) * sizeof *all);
  if (!all)
    return;
  s->known = all;
  size_t old = s->nknown;
  for (size_t i = 0; i < n; i++) {
    unsigned bit = filter_bit (first_bytes (names[i]));
    filter[bit / 64] |= UINT64_C (1) << bit % 64;
    s->known[old + i] = (struct known){ .name = names[i] };
  }
  s->nknown += n;
  qsort (s->known, s->nknown, sizeof *s->known, known_order);
  /* As in the index: global symbols first.  */
  for (int local = 0; local < 2; local++)
    for (size_t k = 0; k < s->ntables; k++) {
      const struct elf_table *t = &s->tables[k];
      scan_table (s, t, local ? 0 : t->tab.first_global,
                  local ? t->tab.first_global : t->tab.count, filter);
    }
}

bool
kd_symbols_by_name (struct kd_symbols *s, const char *name, const char *module,
                    struct kd_symbol *out)
{
  uint64_t end;
  const struct known *known = module ? NULL : find_known (s, name);
  if (known && known->number)
    get_symbol (s, known->number - 1, out, &end);
  if (known)
    return known->number;
  if (!s->names && !make_name_index (s))
    return false;
  uint32_t hash = hash_name (name), i = hash & s->names_mask;
  bool found = false;
  for (; s->names[i].number; i = (i + 1) & s->names_mask) {
    struct kd_symbol sym;
    if (s->names[i].hash != hash)
      continue;
    get_symbol (s, s->names[i].number - 1, &sym, &end);
    if (strcmp (sym.name, name) != 0)
      continue;
    if (module && (!sym.module || strcmp (sym.module, module) != 0))
      continue;
    if (!found || (out->module && !sym.module))
      *out = sym;
    found = true;
    if (module || !sym.module)
      break;
  }
  return found;
}

/* --- by address --- */

/* Least significant digit first; digits that are alike everywhere cost
   nothing.  */
static bool
radix_sort (struct by_addr *v, size_t n)
{
  struct by_addr *tmp = malloc (n * sizeof *tmp);
  uint32_t *count = malloc (2048 * sizeof *count);
  bool ok = tmp && count;
  struct by_addr *from = v, *to = tmp;
  for (unsigned shift = 0; ok && shift < 64; shift += 11) {
    memset (count, 0, 2048 * sizeof *count);
    for (size_t i = 0; i < n; i++)
      count[from[i].addr >> shift & 2047]++;
    if (count[from[0].addr >> shift & 2047] == n)
      continue;
    uint32_t sum = 0;
    for (unsigned d = 0; d < 2048; d++) {
      uint32_t c = count[d];
      count[d] = sum;
      sum += c;
    }
    for (size_t i = 0; i < n; i++)
      to[count[from[i].addr >> shift & 2047]++] = from[i];
    struct by_addr *swap = from;
    from = to;
    to = swap;
  }
  if (ok && from != v)
    memcpy (v, from, n * sizeof *v);
  free (tmp);
  free (count);
  return ok;
}

static void
collect_placed (struct kd_symbols *s)
{
  for (size_t k = 0; k < s->ntables; k++) {
    const struct elf_table *t = &s->tables[k];
    for (size_t i = 0; i < t->tab.count; i++) {
      const struct section *sec = section_of (t, i);
      if (sec->end && usable (t, i))
        s->addrs[s->naddrs++]
          = (struct by_addr){ t->tab.syms[i].st_value + sec->slide,
                              t->first + (uint32_t)i };
    }
  }
  for (size_t i = 0; i < s->nown; i++)
    if (s->own[i].type != 'A' && s->own[i].type != 'a'
        && strncmp (s->own[i].name, ".L", 2) != 0)
      s->addrs[s->naddrs++]
        = (struct by_addr){ s->own[i].addr, s->own_base + (uint32_t)i };
}

static bool
make_addr_index (struct kd_symbols *s)
{
  s->addrs = malloc ((s->total ? s->total : 1) * sizeof *s->addrs);
  s->naddrs = 0;
  if (!s->addrs)
    return false;
  collect_placed (s);
  if (s->naddrs && !radix_sort (s->addrs, s->naddrs)) {
    free (s->addrs);
    s->addrs = NULL;
    return false;
  }
  return true;
}

/* Is A the better name for the address both have?  */
static bool
better (const struct kd_symbol *a, const struct kd_symbol *b)
{
  if (!a->size != !b->size)
    return a->size;
  bool a_local = a->type >= 'a' && a->type <= 'z';
  bool b_local = b->type >= 'a' && b->type <= 'z';
  if (a_local != b_local)
    return b_local;
  size_t a_under = strspn (a->name, "_"), b_under = strspn (b->name, "_");
  if (a_under != b_under)
    return a_under < b_under;
  /* Any, but always the same one, whatever table they are from.  */
  size_t a_len = strlen (a->name), b_len = strlen (b->name);
  return a_len != b_len ? a_len < b_len : strcmp (a->name, b->name) < 0;
}

/* Index of the last entry at or below ADDR; -1 if there is none.  */
static ptrdiff_t
last_at_or_below (const struct kd_symbols *s, uint64_t addr)
{
  size_t low = 0, high = s->naddrs;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (s->addrs[mid].addr <= addr)
      low = mid + 1;
    else
      high = mid;
  }
  return (ptrdiff_t)low - 1;
}

bool
kd_symbols_by_addr (struct kd_symbols *s, uint64_t addr, struct kd_symbol *out)
{
  if (!s->addrs && !make_addr_index (s))
    return false;
  bool found = false;
  ptrdiff_t i = last_at_or_below (s, addr);
  /* A function may hold smaller ones that end before ADDR.  */
  for (int tries = 0; i >= 0 && tries < MAX_NESTING; i--, tries++) {
    struct kd_symbol sym;
    uint64_t end;
    if (found && s->addrs[i].addr != out->addr)
      break;
    get_symbol (s, s->addrs[i].number, &sym, &end);
    if (addr >= end || (sym.size && addr - sym.addr >= sym.size))
      continue;
    if (!found || better (&sym, out))
      *out = sym;
    found = true;
  }
  return found;
}

void
kd_symbols_each (struct kd_symbols *s,
                 bool (*fn) (void *arg, const struct kd_symbol *sym),
                 void *arg)
{
  struct kd_symbol sym;
  uint64_t end;
  for (size_t k = 0; k < s->ntables; k++) {
    const struct elf_table *t = &s->tables[k];
    for (size_t i = 0; i < t->tab.count; i++) {
      if (!usable (t, i))
        continue;
      elf_symbol (t, i, &sym, &end);
      if (end && !fn (arg, &sym))
        return;
    }
  }
  for (size_t i = 0; i < s->nown; i++)
    if (s->own[i].type != 'A' && s->own[i].type != 'a'
        && strncmp (s->own[i].name, ".L", 2) != 0 && !fn (arg, &s->own[i]))
      return;
}
