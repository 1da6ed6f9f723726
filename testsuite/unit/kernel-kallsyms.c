/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kallsyms of all layouts since 4.14, whole and damaged. */
#include "fake-kallsyms.h"
#include "test.h"

static struct fake f;

static enum kd_status
read_image (void *arg, uint64_t addr, void *buf, size_t len)
{
  (void)arg;
  if (addr < FAKE_START || addr - FAKE_START > f.size
      || len > f.size - (addr - FAKE_START))
    return kd_fail (KD_NOT_MAPPED, "0x%" PRIx64 " is not mapped", addr);
  memcpy (buf, f.image + (addr - FAKE_START), len);
  return KD_OK;
}

static const struct {
  const char *name;
  struct fake_layout layout;
} layouts[] = {
  { "4.14, absolute", { KD_KALLSYMS_ABSOLUTE, false, 8, false, false } },
  { "4.14, per-CPU", { KD_KALLSYMS_ABSOLUTE_PERCPU, false, 8, false, false } },
  { "4.14, relative", { KD_KALLSYMS_RELATIVE, false, 8, false, false } },
  { "5.10", { KD_KALLSYMS_ABSOLUTE_PERCPU, false, 4, false, false } },
  { "6.1", { KD_KALLSYMS_ABSOLUTE_PERCPU, false, 4, false, true } },
  { "6.2", { KD_KALLSYMS_ABSOLUTE_PERCPU, false, 4, true, true } },
  { "6.12", { KD_KALLSYMS_ABSOLUTE_PERCPU, true, 4, true, true } },
  { "6.15", { KD_KALLSYMS_RELATIVE, true, 4, true, true } },
  { "place-relative", { KD_KALLSYMS_PLACE, true, 4, true, true } },
};

static void
check_symbols (const struct fake_layout *l, struct kd_symbols *syms,
               const char *what)
{
  unsigned good = 0;
  struct kd_symbol sym;

  for (unsigned i = 0; i < FAKE_COUNT; i++) {
    char name[400];

    fake_name (l, i, name, sizeof name);
    good += kd_symbols_by_name (syms, name + 1, NULL, &sym)
            && sym.addr == fake_address (l, i) && sym.type == name[0];
  }
  is_int (good, FAKE_COUNT, "%s: all names have their addresses", what);
  ok (kd_symbols_by_addr (syms, FAKE_START + 48 * 100 + 5, &sym)
        && !strcmp (sym.name, "function_140") && sym.size == 48,
      "%s: an address has its name and size", what);
}

static void
test_layout (const char *name, const struct fake_layout *l)
{
  struct kd_kallsyms ks;
  struct kd_symbols *syms KD_GUARD (symbols) = NULL;
  size_t count;

  fake_make (&f, l);
  if (!ok (!kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START, &ks)
             && ks.form == l->form && ks.count == FAKE_COUNT
             && ks.names == FAKE_START + f.names
             && ks.addresses == FAKE_START + f.addresses,
           "%s: the tables are found", name)) {
    printf ("# %s\n", kd_error_text ());
    return;
  }
  ok (!kd_kallsyms_scan (f.image, f.size, FAKE_START, 0, &ks)
        && ks.form == l->form,
      "%s: also without knowing where _stext is", name);
  ok (!kd_symbols_create (&syms)
        && !kd_kallsyms_add (&ks, read_image, NULL, syms, &count)
        && count == FAKE_COUNT,
      "%s: they can be read", name);
  check_symbols (l, syms, name);
  ks.form = l->form == KD_KALLSYMS_ABSOLUTE ? KD_KALLSYMS_ABSOLUTE
                                            : KD_KALLSYMS_RELATIVE;
  ok (!kd_kallsyms_find_form (&ks, f.base ? FAKE_START + f.base : 0,
                              FAKE_START, read_image, NULL)
        && ks.form == l->form,
      "%s: of tables that are known the form is found", name);
  ok (kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START + 1, &ks)
        == KD_NOT_FOUND,
      "%s: not if _stext is elsewhere", name);
  free (f.image);
}

/* Damage, one byte here and there: never what is wrong and said to be
   right.  */
static void
test_damage (void)
{
  const struct fake_layout *l = &layouts[4].layout;
  struct kd_kallsyms ks;
  struct kd_symbols *syms = NULL;
  size_t count;

  fake_make (&f, l);
  f.image[f.index + 2 * 100]++;
  ok (kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START, &ks)
        == KD_NOT_FOUND,
      "an index of tokens that is wrong");
  f.image[f.index + 2 * 100]--;
  f.image[f.markers + 4]++;
  ok (kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START, &ks)
        == KD_NOT_FOUND,
      "markers that are wrong");
  f.image[f.markers + 4]--;
  f.image[f.number]++;
  ok (kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START, &ks)
        == KD_NOT_FOUND,
      "a number of symbols that is wrong");
  f.image[f.number]--;
  for (size_t size = 0; size < f.size; size += 777)
    if (!kd_kallsyms_scan (f.image, size, FAKE_START, FAKE_START, &ks)
        && size < f.index + 512)
      ok (false, "an image cut at %zu has kallsyms", size);
  ok (true, "a cut image does no harm");

  ok (!kd_kallsyms_scan (f.image, f.size, FAKE_START, FAKE_START, &ks),
      "undamaged, it is found");
  f.image[f.names + kd_le32 (f.image + f.markers + 8)] = 0; /* name 512 */
  ok (!kd_symbols_create (&syms)
        && kd_kallsyms_add (&ks, read_image, NULL, syms, &count) == KD_CORRUPT
        && count > 100 && count < FAKE_COUNT
        && strstr (kd_error_text (), "is damaged"),
      "names before the damage are read, and where it is is said");
  kd_symbols_destroy (syms);
  ks.count = KD_KS_MAX + 1;
  ok (!kd_symbols_create (&syms)
        && kd_kallsyms_add (&ks, read_image, NULL, syms, &count) == KD_CORRUPT,
      "too many symbols are none");
  ks.count = FAKE_COUNT;
  ks.token_index = FAKE_START + f.size;
  ok (kd_kallsyms_add (&ks, read_image, NULL, syms, &count) == KD_NOT_MAPPED,
      "an index that cannot be read is said");
  kd_symbols_destroy (syms);
  free (f.image);
}

/* For the corpus of testsuite/fuzz/fuzz-kallsyms.c: --write DIR.  */
static int
write_corpus (const char *dir)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (layouts); i++) {
    char path[4096];
    FILE *out;

    fake_make (&f, &layouts[i].layout);
    snprintf (path, sizeof path, "%s/layout-%zu", dir, i);
    out = fopen (path, "we");
    if (!out || fwrite (f.image, 1, f.size, out) != f.size || fclose (out))
      return 1;
    free (f.image);
  }
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && !strcmp (argv[1], "--write"))
    return write_corpus (argv[2]);
  for (size_t i = 0; i < KD_ARRAY_SIZE (layouts); i++)
    test_layout (layouts[i].name, &layouts[i].layout);
  test_damage ();
  return test_done ();
}
