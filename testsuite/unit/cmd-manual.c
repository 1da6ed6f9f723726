/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual's table of commands is what the commands say of themselves.
   With --print, writes that table (`make update-docs'). */
#include "cmd/cmd.h"
#include "test.h"

#include <stdlib.h>

/* Texinfo gives @, { and } a meaning.  */
static void
escaped (struct kd_strbuf *out, const char *s)
{
  for (; *s; s++) {
    if (strchr ("@{}", *s))
      kd_strbuf_putc (out, '@');
    kd_strbuf_putc (out, *s);
  }
}

static void
manual (struct kd_strbuf *out)
{
  const char *group = "";
  kd_strbuf_puts (out, "@c Made by `make update-docs'; do not edit.\n");
  for (const struct kd_command *const *c = kd_commands; *c; c++) {
    if ((*c)->hidden)
      continue;
    if (strcmp (group, (*c)->group) != 0)
      kd_strbuf_printf (out, "\n@section %s\n", (*c)->group);
    group = (*c)->group;
    kd_strbuf_printf (out, "\n@deffn Command %s\n@cindex %s command\n",
                      (*c)->name, (*c)->name);
    escaped (out, (*c)->summary);
    kd_strbuf_puts (out, ".\n\n@verbatim\n");
    kd_strbuf_printf (out, "%s\n\n%s@end verbatim\n@end deffn\n", (*c)->usage,
                      (*c)->help);
  }
}

static void
too_wide (const char *name, const char *text)
{
  size_t widest = 0;
  for (const char *s = text; *s; s += strcspn (s, "\n") + (*s != '\0')) {
    size_t len = strcspn (s, "\n");
    widest = len > widest ? len : widest;
    if (!s[len])
      break;
  }
  ok (widest <= 79, "help %s fits in 80 columns", name);
}

int
main (int argc, char **argv)
{
  struct kd_strbuf want KD_AUTO_STRBUF = { 0 };
  manual (&want);
  if (argc > 1 && !strcmp (argv[1], "--print")) {
    fputs (kd_strbuf_str (&want), stdout);
    return 0;
  }
  for (const struct kd_command *const *c = kd_commands; *c; c++)
    if (!(*c)->hidden)
      too_wide ((*c)->name, (*c)->help);

  char path[4096];
  const char *top = getenv ("top_srcdir");
  snprintf (path, sizeof path, "%s/doc/commands.texi", top ? top : ".");
  FILE *f KD_AUTO_FILE = fopen (path, "r");
  static char got[1 << 20];
  size_t n = f ? fread (got, 1, sizeof got - 1, f) : 0;
  got[n] = '\0';
  if (!ok (!strcmp (got, kd_strbuf_str (&want)),
           "the manual's commands are those that exist"))
    printf ("# run `make update-docs'\n");
  return test_done ();
}
