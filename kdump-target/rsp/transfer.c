/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qXfer: documents in pieces; qOffsets: where the kernel was moved to. */
#include "rsp/request.h"

#include <inttypes.h>
#include <string.h>

void
kd_rsp_put_xml (struct kd_strbuf *out, const char *text)
{
  for (const char *p = text; *p; p++) {
    unsigned char c = (unsigned char)*p;
    if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
      kd_strbuf_printf (out, "&#%u;", c);
    else if (c < 0x20 || c == 0x7f)
      kd_strbuf_putc (out, '?');
    else /* paths: bytes as they are, GDB reads no encoding */
      kd_strbuf_putc (out, *p);
  }
}

static void
features_xml (struct kd_rsp *s, struct kd_strbuf *out)
{
  kd_arch_target_xml (s->state->kernel->mem->arch, out);
}

/* A client without a file loads this one, one with another is warned.  */
static void
exec_file (struct kd_rsp *s, struct kd_strbuf *out)
{
  const struct kd_elf_file *elf = s->state->kernel->vmlinux;
  if (!elf)
    return;
  char *path KD_AUTO_FREE = realpath (kd_elf_path (elf), NULL);
  kd_strbuf_puts (out, path ? path : kd_elf_path (elf));
}

static const struct object {
  const char *prefix; /* object, "read", and annex if it must be that */
  bool any_annex;
  void (*make) (struct kd_rsp *s, struct kd_strbuf *out);
} objects[KD_RSP_NDOCUMENTS] = {
  [KD_RSP_FEATURES] = { ":features:read:target.xml:", false, features_xml },
  [KD_RSP_THREADS] = { ":threads:read::", false, kd_rsp_threads_xml },
  [KD_RSP_LIBRARIES] = { ":libraries:read::", false, kd_rsp_libraries_xml },
  [KD_RSP_EXEC_FILE] = { ":exec-file:read:", true, exec_file },
};

/* The dump does not change, so a document is made once; but the list of
   threads when the client begins to read another.  */
static const struct kd_strbuf *
document (struct kd_rsp *s, size_t i, bool begin)
{
  bool stale = i == KD_RSP_THREADS && begin
               && s->document[i].changes != s->state->threads.changes;
  if (stale)
    kd_strbuf_reset (&s->document[i].text);
  if (!s->document[i].made || stale)
    objects[i].make (s, &s->document[i].text);
  s->document[i].made = true;
  s->document[i].changes = s->state->threads.changes;
  return &s->document[i].text;
}

/* "OFFSET,LENGTH" of document I.  */
static void
transfer_piece (struct kd_rsp *s, size_t i, const char *range,
                struct kd_reply *r)
{
  uint64_t from, len;
  const char *p = range;
  if (!kd_rsp_get_number (&p, &from) || *p++ != ','
      || !kd_rsp_get_number (&p, &len) || *p) {
    kd_reply_error (r, 22, "`%s' is no offset and length", range);
    return;
  }
  const struct kd_strbuf *text = document (s, i, from == 0);
  if (text->failed) {
    kd_reply_error (r, 12, "out of memory");
    return;
  }
  if (text->len == 0) {
    kd_reply_error (r, 2, "there is none for this dump");
    return;
  }
  if (from > text->len)
    from = text->len;
  uint64_t left = text->len - from;
  if (len > KD_RSP_PACKET_MAX / 2 - 1)
    len = KD_RSP_PACKET_MAX / 2 - 1;
  r->kind = KD_REPLY_BINARY;
  r->tag = left <= len ? 'l' : 'm';
  kd_strbuf_add (&r->data, kd_strbuf_str (text) + from,
                 left < len ? left : len);
}

void
kd_rsp_transfer (struct kd_rsp *s, const char *args, size_t len,
                 struct kd_reply *r)
{
  (void)len;
  for (size_t i = 0; i < KD_RSP_NDOCUMENTS; i++) {
    size_t n = strlen (objects[i].prefix);
    if (strncmp (args, objects[i].prefix, n) != 0)
      continue;
    const char *range = args + n;
    if (objects[i].any_annex) {
      const char *colon = strchr (range, ':');
      if (!colon)
        continue;
      range = colon + 1;
    }
    transfer_piece (s, i, range, r);
    return;
  }
  if (strncmp (args, ":features:read:", 15) == 0)
    kd_reply_error (r, 2, "there is only target.xml");
}

/* Link address of section NAME of vmlinux.  */
static bool
link_address (const struct kd_kernel *k, const char *name, uint64_t *addr)
{
  struct kd_elf_section sec;
  if (!k->vmlinux)
    return false;
  for (size_t i = 0; i < kd_elf_section_count (k->vmlinux); i++)
    if (kd_elf_section (k->vmlinux, i, &sec) && strcmp (sec.name, name) == 0) {
      *addr = sec.addr;
      return true;
    }
  return false;
}

/* With one address GDB moves every segment as far as the first; two would
   have to be right for each vmlinux's second segment.

   The plugin, which knows what is loaded, gives its own answer in an
   environment variable.  */
void
kd_rsp_offsets (struct kd_rsp *s, const char *args, size_t len,
                struct kd_reply *r)
{
  (void)args, (void)len;
  struct kd_kernel *k = s->state->kernel;
  const char *given = getenv ("KDUMP_TARGET_OFFSETS");
  uint64_t text;
  if (given) {
    kd_reply_printf (r, "%s", given);
    return;
  }
  if (link_address (k, ".text", &text))
    text += k->mem->kaslr_offset;
  else if (kd_kernel_symbol (k, "_text", &text)
           && kd_kernel_symbol (k, "_stext", &text))
    return;
  kd_reply_printf (r, "TextSeg=%" PRIx64, text);
}
