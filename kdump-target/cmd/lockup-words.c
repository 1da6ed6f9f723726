/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of `lockup'. */
#include "cmd/lockup.h"
#include "cmd/stack.h"

#include <inttypes.h>
#include <string.h>

void
kd_lockup_say (struct lockup *l, const char *sentence, const char *confidence)
{
  struct kd_writer *w = l->w;
  struct kd_strbuf line KD_AUTO_STRBUF = { 0 };

  kd_strbuf_puts (&line, sentence);
  if (confidence)
    kd_strbuf_printf (&line, " [%s]", confidence);
  kd_text_wrapped (w, "", 0, kd_strbuf_str (&line));
  kd_json_object (w, NULL);
  kd_json_str (w, "text", sentence);
  kd_json_str_or_null (w, "confidence", confidence);
  kd_json_end (w);
}

void
kd_lockup_name (struct kd_kernel *k, uint64_t addr, struct kd_strbuf *out)
{
  struct kd_symbol sym;

  if (!addr)
    kd_strbuf_puts (out, "NULL");
  else if (kd_kernel_symbol_at (k, addr, &sym))
    kd_kernel_format_addr (k, addr, out);
  else
    kd_strbuf_printf (out, "0x%" PRIx64, addr);
}

void
kd_lockup_object (struct kd_kernel *k, const char *what, uint64_t addr,
                  struct kd_strbuf *out)
{
  struct kd_symbol sym;

  if (!addr)
    kd_strbuf_printf (out, "a %s that is not known", what);
  else if (!kd_kernel_symbol_at (k, addr, &sym))
    kd_strbuf_printf (out, "the %s at 0x%" PRIx64, what, addr);
  else
    kd_kernel_format_addr (k, addr, out);
}

void
kd_lockup_who (const struct kd_context_stack *s, const struct kd_context *ctx,
               struct kd_strbuf *out)
{
  if (s->cpu >= 0)
    kd_strbuf_printf (out, "CPU %d", s->cpu);
  else
    kd_strbuf_puts (out, "Task");
  if (s->comm[0])
    kd_strbuf_printf (out, " [%s %d]", s->comm, s->pid);
  if (ctx && ctx->kind != KD_CONTEXT_TASK)
    kd_strbuf_printf (out, ", in %s%s,",
                      ctx->kind == KD_CONTEXT_SOFTIRQ ? "a " : "an ",
                      kd_context_kind_name (ctx->kind));
}

void
kd_lockup_where (struct lockup *l, const struct kd_frame *f,
                 struct kd_strbuf *out)
{
  const struct kd_source_frame *src;
  struct kd_lines *lines;
  struct kd_symbol sym;
  size_t n;

  if (kd_frame_symbol (l->s->kernel, f, &sym)) {
    kd_strbuf_puts (out, sym.name);
    if (sym.module)
      kd_strbuf_printf (out, " [%s]", sym.module);
  } else {
    kd_strbuf_printf (out, "0x%" PRIx64, f->pc);
  }
  if (!kd_cmd_lines (l->s, &lines)
      && !kd_lines_at (lines, kd_frame_lookup_pc (f), &src, &n)
      && src[n - 1].file) {
    const char *slash = strrchr (src[n - 1].file, '/');

    kd_strbuf_printf (out, " (%s:%u)", slash ? slash + 1 : src[n - 1].file,
                      src[n - 1].line);
  }
}
