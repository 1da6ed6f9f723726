/* SPDX-License-Identifier: GPL-3.0-or-later */
/* real-contexts VMLINUX DUMP [CPU:CONTEXTS]...: the contexts on the CPUs of a
   real dump.  CONTEXTS is what must be there, innermost first, each with "-"
   or "+" when its interrupts must be off or on: 1:IRQ-,task+.  Of all CPUs,
   what must hold for any is tested.  */
#include "hang/context.h"
#include "test.h"

#include <stdlib.h>

static void
as_text (const struct kd_context_stack *s, struct kd_strbuf *out)
{
  for (size_t i = 0; i < s->ncontexts; i++)
    kd_strbuf_printf (out, "%s%s%s", i ? "," : "",
                      kd_context_kind_name (s->context[i].kind),
                      s->context[i].irqs == KD_IRQS_ON    ? "+"
                      : s->context[i].irqs == KD_IRQS_OFF ? "-"
                                                          : "");
}

/* Whatever hangs, contexts cover the stack without gaps, the outermost is the
   task, and no interrupt interrupted a context with interrupts off.  */
static void
check_any (const struct kd_context_stack *s)
{
  size_t at = 0;
  bool gaps = false, wrong = false;

  for (size_t i = 0; i < s->ncontexts; i++) {
    const struct kd_context *ctx = &s->context[i];

    gaps |= ctx->first != at || ctx->end <= ctx->first;
    at = ctx->end;
    wrong |= i && s->context[i - 1].kind == KD_CONTEXT_IRQ
             && ctx->irqs == KD_IRQS_OFF;
  }
  ok (!gaps && at == s->bt.nframes,
      "the contexts of CPU %d are all of its stack", s->cpu);
  ok (!s->ncontexts || s->context[s->ncontexts - 1].kind == KD_CONTEXT_TASK,
      "the outermost context of CPU %d is its task", s->cpu);
  ok (!wrong, "no interrupt came in on CPU %d with interrupts off", s->cpu);
}

static void
check_expected (struct kd_contexts *c, const char *expected)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  const struct kd_context_stack *s;
  char *end;
  unsigned long cpu = strtoul (expected, &end, 10);

  if (*end != ':' || kd_contexts_cpu (c, (unsigned)cpu, &s)) {
    ok (false, "%s is a CPU and its contexts", expected);
    return;
  }
  as_text (s, &text);
  is_str (kd_strbuf_str (&text), end + 1, "CPU %lu: %s", cpu, end + 1);
}

int
main (int argc, char **argv)
{
  const char *dumps[1] = { argc > 2 ? argv[2] : NULL };
  struct kd_kernel_options options
    = { .dump_paths = dumps, .ndump_paths = 1, .vmlinux = argv[1] };
  struct kd_kernel *k KD_GUARD (kernel) = NULL;
  struct kd_unwinder *u KD_GUARD (unwinder) = NULL;
  struct kd_contexts *c KD_GUARD (contexts) = NULL;
  const struct kd_context_stack *s;

  if (argc < 3) {
    fprintf (stderr, "usage: real-contexts VMLINUX DUMP [CPU:CONTEXTS]...\n");
    return 2;
  }
  if (kd_kernel_open (&options, &k) || kd_unwinder_create (k, &u)
      || kd_contexts_create (k, u, &c)) {
    printf ("Bail out! %s\n", kd_error_text ());
    return 1;
  }
  for (unsigned i = 0; i < k->ncpus; i++)
    if (!kd_contexts_cpu (c, i, &s))
      check_any (s);
  ok (kd_contexts_cpu (c, k->ncpus, &s) == KD_USAGE,
      "there is no CPU beyond the last");
  for (int i = 3; i < argc; i++)
    check_expected (c, argv[i]);
  return test_done ();
}
