/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What could come next on a command line. */
#include "cmd/complete.h"

#include <string.h>

/* More candidates than this help no one.  */
#define MAX_SYMBOLS 500

struct symbols {
  const char *word;
  size_t len;
  struct kd_strbuf *out;
  unsigned n;
};

static bool
take_symbol (void *arg, const struct kd_symbol *sym)
{
  struct symbols *c = arg;
  if (!strncmp (sym->name, c->word, c->len)) {
    kd_strbuf_printf (c->out, "%s\n", sym->name);
    c->n++;
  }
  return c->n < MAX_SYMBOLS;
}

void
kd_complete_symbol (struct kd_session_state *s, const struct kd_args *args,
                    const char *word, struct kd_strbuf *out)
{
  (void)args;
  struct kd_kernel *k = s->kernel;
  struct symbols c = { .word = word, .len = strlen (word), .out = out };
  struct kd_symbol sym;
  if (!c.len)
    return;
  kd_symbols_each (k->symbols, take_symbol, &c);
  for (size_t i = 0; i < k->nmodules && c.n < MAX_SYMBOLS; i++) {
    /* Asking for one of a module's symbols has them all read.  */
    (void)!kd_kernel_symbol_at (k, k->modules[i].text, &sym);
    if (k->modules[i].symbols)
      kd_symbols_each (k->modules[i].symbols, take_symbol, &c);
  }
}

static void
complete_name (const char *word, struct kd_strbuf *out)
{
  for (const struct kd_command *const *c = kd_commands; *c; c++)
    if (!(*c)->hidden && strncmp ((*c)->name, word, strlen (word)) == 0)
      kd_strbuf_printf (out, "%s\n", (*c)->name);
}

void
kd_command_complete (struct kd_session_state *s, const char *line,
                     struct kd_strbuf *out)
{
  struct kd_args args;
  if (kd_args_split (line, &args))
    return; /* inside a quote: nothing to offer */
  size_t len = strlen (line);
  bool fresh = len == 0 || strchr (" \t", line[len - 1]);
  const char *word = fresh || args.argc == 0 ? "" : args.argv[args.argc - 1];
  int before = args.argc - (fresh ? 0 : 1);
  const struct kd_command *command;
  if (before <= 0) {
    complete_name (word, out);
  } else if (!kd_command_find (args.argv[0], &command)) {
    if (word[0] == '-' && strncmp ("--json", word, strlen (word)) == 0
        && strstr (command->usage, "--json"))
      kd_strbuf_puts (out, "--json\n");
    struct kd_args rest = { .argc = before - 1, .argv = args.argv + 1 };
    if (command->complete)
      command->complete (s, &rest, word, out);
  }
  kd_args_deinit (&args);
}
