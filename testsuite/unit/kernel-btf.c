/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BTF: look-ups in a hand-made blob, and refusal of damaged ones. */
#include "kernel/btf.h"

#include "test.h"

#include <stdlib.h>

enum {
  INT = 1,
  PTR,
  ARRAY,
  STRUCT,
  UNION,
  ENUM,
  FWD,
  TYPEDEF,
  VOLATILE,
  CONST,
  ENUM64 = 19
};

/* A blob under construction.  */
struct blob {
  uint8_t types[8192];
  char strings[4096];
  size_t ntypes, nstrings;
  unsigned last; /* number of the type added last */
};

static void
put32 (struct blob *b, uint32_t v)
{
  memcpy (b->types + b->ntypes, &v, 4);
  b->ntypes += 4;
}

static uint32_t
str (struct blob *b, const char *s)
{
  uint32_t at = (uint32_t)b->nstrings;
  if (!*s)
    return 0;
  memcpy (b->strings + at, s, strlen (s) + 1);
  b->nstrings += strlen (s) + 1;
  return at;
}

static unsigned
type (struct blob *b, const char *name, unsigned kind, bool flag,
      unsigned vlen, uint32_t size_or_type)
{
  put32 (b, str (b, name));
  put32 (b, (uint32_t)flag << 31 | kind << 24 | vlen);
  put32 (b, size_or_type);
  return ++b->last;
}

static void
member (struct blob *b, const char *name, unsigned t, unsigned width,
        unsigned bit)
{
  put32 (b, str (b, name));
  put32 (b, t);
  put32 (b, width << 24 | bit);
}

static uint8_t *
finish (const struct blob *b, size_t *size)
{
  uint32_t h[6]
    = { 0x0001eb9f,           24, 0, (uint32_t)b->ntypes, (uint32_t)b->ntypes,
        (uint32_t)b->nstrings };
  *size = 24 + b->ntypes + b->nstrings;
  uint8_t *data = malloc (*size);
  memcpy (data, h, 24);
  memcpy (data + 24, b->types, b->ntypes);
  memcpy (data + 24 + b->ntypes, b->strings, b->nstrings);
  return data;
}

/* int; u64; struct task { int pid; union { u64 a; struct { int lo, hi; }; };
   char comm[16]; bit-fields; struct inner in[2][3]; u64 flex[]; } ...  */
static void
build (struct blob *b)
{
  memset (b, 0, sizeof *b);
  b->nstrings = 1;
  unsigned tint = type (b, "int", INT, false, 0, 4);
  put32 (b, 1 << 24 | 32);
  unsigned tu64 = type (b, "u64", INT, false, 0, 8);
  put32 (b, 64);
  unsigned tchar = type (b, "char", INT, false, 0, 1);
  put32 (b, 8);
  unsigned tcomm = type (b, "", ARRAY, false, 0, 0);
  put32 (b, tchar);
  put32 (b, tint);
  put32 (b, 16);
  unsigned tanon = type (b, "", STRUCT, false, 2, 8);
  member (b, "lo", tint, 0, 0);
  member (b, "hi", tint, 0, 32);
  unsigned tunion = type (b, "", UNION, false, 2, 8);
  member (b, "a", tu64, 0, 0);
  member (b, "", tanon, 0, 0);
  unsigned tinner = type (b, "inner", STRUCT, false, 2, 16);
  member (b, "x", tu64, 0, 0);
  member (b, "y", tint, 0, 64);
  unsigned tin3 = type (b, "", ARRAY, false, 0, 0);
  put32 (b, tinner);
  put32 (b, tint);
  put32 (b, 3);
  unsigned tin23 = type (b, "", ARRAY, false, 0, 0);
  put32 (b, tin3);
  put32 (b, tint);
  put32 (b, 2);
  unsigned tflex = type (b, "", ARRAY, false, 0, 0);
  put32 (b, tu64);
  put32 (b, tint);
  put32 (b, 0);
  unsigned tconst = type (b, "", CONST, false, 0, tinner);
  unsigned tdef = type (b, "inner_t", TYPEDEF, false, 0, tconst);
  unsigned tptr = type (b, "", PTR, false, 0, b->last + 2);
  unsigned ttask = type (b, "task", STRUCT, true, 9, 200);
  member (b, "pid", tint, 0, 0);
  member (b, "", tunion, 0, 64);
  member (b, "comm", tcomm, 0, 128);
  member (b, "flag1", tint, 1, 256);
  member (b, "flag3", tint, 3, 257);
  member (b, "in", tin23, 0, 320);
  member (b, "def", tdef, 0, 320 + 96 * 8);
  member (b, "parent", tptr, 0, 320 + 112 * 8);
  member (b, "flex", tflex, 0, 1600);
  type (b, "task_t", TYPEDEF, false, 0, ttask);
  type (b, "state", ENUM, true, 2, 4);
  put32 (b, str (b, "RUNNING"));
  put32 (b, 0);
  put32 (b, str (b, "DEAD"));
  put32 (b, (uint32_t)-1);
  type (b, "big", ENUM64, false, 1, 8);
  put32 (b, str (b, "HUGE"));
  put32 (b, 1);
  put32 (b, 0x80);
  /* A second type of a name: the one with the member is found.  */
  type (b, "task", STRUCT, false, 1, 4);
  member (b, "other", tint, 0, 0);
  /* Bit-field of the old kind: width in the INT.  */
  unsigned tbits = type (b, "bits", INT, false, 0, 4);
  put32 (b, 3 << 16 | 5);
  type (b, "old", STRUCT, false, 1, 8);
  member (b, "five", tbits, 0, 32);
  /* Hostile: a typedef of itself, a struct in itself, absent types.  */
  type (b, "loop", TYPEDEF, false, 0, b->last + 1);
  type (b, "self", STRUCT, false, 1, 8);
  member (b, "", b->last, 0, 0);
  type (b, "dangling", STRUCT, false, 1, 8);
  member (b, "to", 9999, 0, 0);
  type (b, "odd", STRUCT, false, 1, 8);
  member (b, "bit", tint, 0, 3);
  unsigned thuge = type (b, "", ARRAY, false, 0, 0);
  put32 (b, b->last + 1);
  put32 (b, tint);
  put32 (b, UINT32_MAX);
  (void)thuge;
  for (int i = 0; i < 3; i++) {
    type (b, "", ARRAY, false, 0, 0);
    put32 (b, i == 2 ? tu64 : b->last + 1);
    put32 (b, tint);
    put32 (b, UINT32_MAX);
  }
  type (b, "giant", STRUCT, false, 1, 8);
  member (b, "v", thuge, 0, 0);
  type (b, "fwd", FWD, false, 0, 0);
}

static struct kd_btf *btf;

static void
is_member (const char *t, const char *path, uint64_t offset, uint64_t size,
           uint64_t elem, uint64_t count)
{
  struct kd_member m;
  enum kd_status st = kd_btf_member (btf, t, path, &m);
  if (!ok (!st && m.offset == offset && m.size == size && m.elem_size == elem
             && m.count == count && !m.bit_size,
           "%s.%s is %llu bytes at %llu", t, path, (unsigned long long)size,
           (unsigned long long)offset))
    printf ("# %s; offset %llu size %llu elem %llu count %llu\n",
            st ? kd_error_text () : "", (unsigned long long)m.offset,
            (unsigned long long)m.size, (unsigned long long)m.elem_size,
            (unsigned long long)m.count);
}

static void
is_absent (const char *t, const char *path, enum kd_status want,
           const char *why)
{
  struct kd_member m;
  is_int (kd_btf_member (btf, t, path, &m), want, "%s.%s: %s", t, path, why);
}

static void
test_members (void)
{
  struct kd_member m;
  is_member ("task", "pid", 0, 4, 4, 1);
  is_member ("task", "a", 8, 8, 8, 1);
  is_member ("task", "hi", 12, 4, 4, 1);
  is_member ("task", "comm", 16, 16, 1, 16);
  is_member ("task", "in", 40, 96, 16, 6);
  is_member ("task", "in.y", 48, 4, 4, 1);
  is_member ("task", "def.x", 136, 8, 8, 1);
  is_member ("task", "parent", 152, 8, 8, 1);
  is_member ("task", "flex", 200, 0, 8, 0);
  is_member ("task_t", "pid", 0, 4, 4, 1);
  is_member ("inner_t", "y", 8, 4, 4, 1);
  is_member ("task", "other", 0, 4, 4, 1);
  ok (!kd_btf_member (btf, "task", "flag3", &m) && m.offset == 32
        && m.bit_offset == 1 && m.bit_size == 3,
      "bit-field");
  ok (!kd_btf_member (btf, "old", "five", &m) && m.offset == 4
        && m.bit_offset == 3 && m.bit_size == 5,
      "bit-field with its width in the type");
  is_absent ("task", "pi", KD_NOT_FOUND, "a prefix is not the name");
  is_absent ("task", "pid.x", KD_NOT_FOUND, "an int has no members");
  is_absent ("task", "parent.pid", KD_NOT_FOUND, "pointers are not followed");
  is_absent ("task", "", KD_NOT_FOUND, "empty path");
  is_absent ("task", "in.", KD_NOT_FOUND, "path that ends with a dot");
  is_absent ("nothing", "x", KD_NOT_FOUND, "no such type");
  is_absent ("int", "x", KD_NOT_FOUND, "not a struct");
  is_absent ("loop", "x", KD_NOT_FOUND, "a typedef of itself");
  is_absent ("self", "x", KD_NOT_FOUND, "a struct inside itself");
  is_absent ("dangling", "to", KD_CORRUPT, "a type that does not exist");
  is_absent ("odd", "bit", KD_CORRUPT, "a member at no byte");
  is_absent ("giant", "v", KD_CORRUPT, "an array beyond 64 bits");
}

static void
test_others (void)
{
  uint64_t size;
  int64_t value;
  ok (!kd_btf_size (btf, "task", &size) && size == 200, "sizeof struct");
  ok (!kd_btf_size (btf, "inner_t", &size) && size == 16, "sizeof typedef");
  is_int (kd_btf_size (btf, "loop", &size), KD_CORRUPT, "sizeof a loop");
  is_int (kd_btf_size (btf, "none", &size), KD_NOT_FOUND, "sizeof nothing");
  ok (!kd_btf_enumerator (btf, "DEAD", &value) && value == -1,
      "negative enumerator");
  ok (!kd_btf_enumerator (btf, "HUGE", &value)
        && value == INT64_C (0x8000000001),
      "64-bit enumerator");
  is_int (kd_btf_enumerator (btf, "task", &value), KD_NOT_FOUND,
          "a type is no enumerator");
}

static void
is_bad (struct blob *b, size_t at, uint8_t byte, size_t cut, const char *what)
{
  size_t size;
  uint8_t *data = finish (b, &size);
  struct kd_btf *bad = NULL;
  if (at < size)
    data[at] = byte;
  enum kd_status st = kd_btf_create (data, size - cut, data, &bad);
  ok (st == KD_CORRUPT || st == KD_UNSUPPORTED, "%s: %s", what,
      st ? kd_error_text () : "accepted");
  if (!st)
    kd_btf_destroy (bad);
}

static void
test_damage (struct blob *b)
{
  is_bad (b, 0, 0, 0, "wrong magic");
  is_bad (b, 2, 2, 0, "another version");
  is_bad (b, 4, 200, 0, "header length that does not fit");
  is_bad (b, 11, 0x80, 0, "types beyond the end");
  is_bad (b, 19, 0x80, 0, "strings beyond the end");
  is_bad (b, 8, 2, 0, "misaligned types");
  is_bad (b, SIZE_MAX, 0, 1, "unterminated strings");
  is_bad (b, 24 + 7, 31, 0, "unknown kind");
  is_bad (b, 24 + 3, 0x7f, 0, "name beyond the strings");
  is_bad (b, 24 + 4, 0xff, 30, "cut short");
  struct kd_btf *none;
  uint8_t few[8] = { 0x9f, 0xeb, 1 };
  is_int (kd_btf_create (few, sizeof few, NULL, &none), KD_CORRUPT,
          "less than a header");
  uint8_t swapped[24] = { 0xeb, 0x9f, 1 };
  is_int (kd_btf_create (swapped, sizeof swapped, NULL, &none), KD_UNSUPPORTED,
          "the other byte order");
}

/* Every byte set to each of a few values: an error or any answer, but an
   end.  */
static void
test_mutations (struct blob *b)
{
  static const uint8_t values[] = { 0, 1, 4, 0x7f, 0x84, 0xff };
  unsigned refused = 0, taken = 0;
  size_t size;
  uint8_t *data = finish (b, &size);
  for (size_t i = 0; i < size * sizeof values; i++) {
    struct kd_member m;
    struct kd_btf *x = NULL;
    uint64_t n;
    int64_t v;
    uint8_t *copy = malloc (size);
    memcpy (copy, data, size);
    copy[i / sizeof values] = values[i % sizeof values];
    if (kd_btf_create (copy, size, copy, &x)) {
      refused++;
      continue;
    }
    taken++;
    int sum = kd_btf_member (x, "task", "in.y", &m)
              + kd_btf_member (x, "giant", "v", &m)
              + kd_btf_size (x, "task_t", &n)
              + kd_btf_enumerator (x, "HUGE", &v);
    (void)sum;
    kd_btf_destroy (x);
  }
  free (data);
  ok (refused && taken, "%u mutations refused, %u taken, all end", refused,
      taken);
}

/* Anonymous structs that each hold the next many times: what looks for a
   name through all of them must give up.  */
static void
test_explosion (void)
{
  static struct blob b;
  memset (&b, 0, sizeof b);
  b.nstrings = 1;
  type (&b, "int", INT, false, 0, 4);
  put32 (&b, 32);
  for (int i = 0; i < 30; i++) {
    unsigned next = b.last + 2;
    type (&b, i ? "" : "bomb", STRUCT, false, 8, 8);
    for (int j = 0; j < 8; j++)
      member (&b, "", i == 29 ? 1 : next, 0, 0);
  }
  size_t size;
  uint8_t *data = finish (&b, &size);
  struct kd_btf *x = NULL;
  struct kd_member m;
  ok (!kd_btf_create (data, size, data, &x), "a bomb is taken");
  is_int (kd_btf_member (x, "bomb", "fuse", &m), KD_NOT_FOUND,
          "and looked through for a bounded time");
  kd_btf_destroy (x);
}

int
main (void)
{
  static struct blob b;
  size_t size;
  build (&b);
  uint8_t *data = finish (&b, &size);
  if (!ok (!kd_btf_create (data, size, data, &btf), "the blob is taken")) {
    printf ("# %s\n", kd_error_text ());
    return test_done ();
  }
  test_members ();
  test_others ();
  kd_btf_destroy (btf);
  test_damage (&b);
  test_mutations (&b);
  test_explosion ();
  return test_done ();
}
