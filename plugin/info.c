/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsing the answer to `kdump attach-info'. */
#include "info.h"

#include <errno.h>
#include <string.h>

enum { PROTOCOL = 1, MAX_ROWS = 1 << 16 };

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
kd_info_unescape (char *s)
{
  char *to = s;

  for (; *s; s++, to++) {
    int high = *s == '%' ? hex_digit (s[1]) : -1;
    int low = high >= 0 ? hex_digit (s[2]) : -1;

    *to = *s;
    if (low >= 0) {
      *to = (char)(high << 4 | low);
      s += 2;
    }
  }
  *to = 0;
}

/* One more zeroed element of a growing array; NULL when out of memory.  */
static void *
grow (void **array, size_t *n, size_t size)
{
  void *more = *n < MAX_ROWS ? realloc (*array, (*n + 1) * size) : NULL;

  if (!more)
    return NULL;
  *array = more;
  return memset ((char *)more + (*n)++ * size, 0, size);
}

static enum kd_status
no_memory (void)
{
  return kd_fail (KD_NOMEM, "out of memory, or too many lines");
}

/* The next word of *REST as a number.  */
static bool
number (char **rest, uint64_t *out)
{
  char *word = strsep (rest, " ");
  char *end;

  if (!word || !*word || *word == '-')
    return false;
  errno = 0;
  *out = strtoull (word, &end, 0);
  return !errno && !*end;
}

static enum kd_status
bad_value (const char *key)
{
  return kd_fail (KD_CORRUPT, "bad value of `%s'", key);
}

static enum kd_status
take_string (struct kd_info *info, char *value, size_t where)
{
  char **at = (char **)((char *)info + where);

  free (*at);
  *at = NULL;
  if (!strcmp (value, "-"))
    return KD_OK;
  kd_info_unescape (value);
  *at = strdup (value);
  return *at ? KD_OK : no_memory ();
}

static enum kd_status
add_range (struct kd_info_range **ranges, size_t *n, const char *key,
           char *value)
{
  struct kd_info_range r;
  struct kd_info_range *at;

  if (!number (&value, &r.start) || !number (&value, &r.end)
      || (r.end && r.end <= r.start))
    return bad_value (key);
  at = grow ((void **)ranges, n, sizeof *at);
  if (!at)
    return no_memory ();
  *at = r;
  return KD_OK;
}

static enum kd_status
take_memory (struct kd_info *info, char *value)
{
  return add_range (&info->memory, &info->nmemory, "mem-range", value);
}

static enum kd_status
take_text (struct kd_info *info, char *value)
{
  return add_range (&info->text, &info->ntext, "text", value);
}

static enum kd_status
take_last (struct kd_info *info, char *value)
{
  return add_range (&info->last, &info->nlast, "last", value);
}

static enum kd_status
take_cpu (struct kd_info *info, char *value)
{
  struct kd_info_cpu c;
  struct kd_info_cpu *at;
  uint64_t cpu;

  if (!number (&value, &cpu) || !number (&value, &c.pc)
      || !number (&value, &c.sp))
    return bad_value ("cpu");
  at = grow ((void **)&info->cpus, &info->ncpu_regs, sizeof *at);
  if (!at)
    return no_memory ();
  *at = c;
  return KD_OK;
}

static enum kd_status
take_beginning (struct kd_info *info, char *value)
{
  uint64_t pc, *at;

  if (!number (&value, &pc))
    return bad_value ("beginning");
  at = grow ((void **)&info->beginnings, &info->nbeginnings, sizeof *at);
  if (!at)
    return no_memory ();
  *at = pc;
  return KD_OK;
}

static enum kd_status
take_caller (struct kd_info *info, char *value)
{
  struct kd_info_caller c, *at;

  if (!number (&value, &c.pc) || !number (&value, &c.sp)
      || !number (&value, &c.next_pc) || !number (&value, &c.next_sp)
      || !number (&value, &c.next_bp))
    return bad_value ("caller");
  at = grow ((void **)&info->callers, &info->ncallers, sizeof *at);
  if (!at)
    return no_memory ();
  *at = c;
  return KD_OK;
}

/* Sizes of the two arrays of an ORC table.  */
enum { IP_SIZE = 4, ENTRY_SIZE = 6 };

static enum kd_status
add_orc (struct kd_info *info, const char *module,
         const struct kd_orc_table *table)
{
  struct kd_info_orc *at = grow ((void **)&info->orc, &info->norc, sizeof *at);

  if (!at)
    return no_memory ();
  at->table = *table;
  if (module && !(at->module = strdup (module)))
    return no_memory ();
  return KD_OK;
}

static bool
version_ok (uint64_t version, struct kd_orc_table *t)
{
  if (version < KD_ORC_V1 || version > KD_ORC_V4)
    return false;
  t->version = (enum kd_orc_version)version;
  return true;
}

static enum kd_status
take_orc (struct kd_info *info, char *value)
{
  struct kd_orc_table t = { 0 };
  uint64_t version, ip_end, unwind_end;

  if (!number (&value, &version) || !version_ok (version, &t)
      || !number (&value, &t.ip) || !number (&value, &ip_end)
      || !number (&value, &t.unwind) || !number (&value, &unwind_end)
      || !number (&value, &t.text_start) || !number (&value, &t.text_end)
      || ip_end <= t.ip || unwind_end <= t.unwind || t.text_end <= t.text_start
      || (ip_end - t.ip) / IP_SIZE > UINT32_MAX
      || (ip_end - t.ip) / IP_SIZE != (unwind_end - t.unwind) / ENTRY_SIZE)
    return bad_value ("orc");
  t.count = (uint32_t)((ip_end - t.ip) / IP_SIZE);
  return add_orc (info, NULL, &t);
}

static enum kd_status
take_orc_module (struct kd_info *info, char *value)
{
  struct kd_orc_table t = { 0 };
  char *module = strsep (&value, " ");
  uint64_t version, count;

  if (!number (&value, &version) || !version_ok (version, &t)
      || !number (&value, &t.ip) || !number (&value, &t.unwind)
      || !number (&value, &count) || !number (&value, &t.text_start)
      || !number (&value, &t.text_end) || count > UINT32_MAX || !count
      || t.text_end <= t.text_start)
    return bad_value ("orc-module");
  t.count = (uint32_t)count;
  return add_orc (info, module, &t);
}

static enum kd_status
take_warning (struct kd_info *info, char *value)
{
  char **at = grow ((void **)&info->warnings, &info->nwarnings, sizeof *at);

  kd_info_unescape (value);
  if (!at || !(*at = strdup (value)))
    return no_memory ();
  return KD_OK;
}

static enum kd_status
take_number (struct kd_info *info, const char *key, char *value)
{
  uint64_t n = 0;

  if (!strcmp (key, "panic-cpu") && !strcmp (value, "-"))
    return KD_OK;
  if (!number (&value, &n))
    return bad_value (key);
  if (!strcmp (key, "protocol")) {
    if (n != PROTOCOL)
      return kd_fail (KD_UNSUPPORTED,
                      "the server speaks protocol %u and this plugin %d: they "
                      "are not of one release",
                      (unsigned)n, PROTOCOL);
  } else if (!strcmp (key, "ncpus")) {
    info->ncpus = (unsigned)n;
  } else if (!strcmp (key, "panic-cpu")) {
    info->panic_cpu = (int)n;
  } else if (!strcmp (key, "kaslr-offset")) {
    info->kaslr_offset = n;
  } else if (!strcmp (key, "booting")) {
    info->booting = n != 0;
  } else if (!strcmp (key, "frame-pointers")) {
    info->frame_pointers = n != 0;
  } else {
    info->percpu_zero_based = n != 0;
  }
  return KD_OK;
}

static const struct {
  const char *key;
  size_t where;
} strings[] = {
  { "release", offsetof (struct kd_info, release) },
  { "build-id", offsetof (struct kd_info, build_id) },
  { "arch", offsetof (struct kd_info, arch) },
  { "dump", offsetof (struct kd_info, dump) },
  { "panic-message", offsetof (struct kd_info, panic_message) },
  { "vmlinux", offsetof (struct kd_info, vmlinux) },
  { "vmlinux-note", offsetof (struct kd_info, vmlinux_note) },
};

static const char *const numbers[]
  = { "protocol",          "ncpus",   "panic-cpu",     "kaslr-offset",
      "percpu-zero-based", "booting", "frame-pointers" };

static const struct {
  const char *key;
  enum kd_status (*take) (struct kd_info *info, char *value);
} rows[] = {
  { "mem-range", take_memory }, { "text", take_text },
  { "last", take_last },        { "cpu", take_cpu },
  { "orc", take_orc },          { "orc-module", take_orc_module },
  { "warning", take_warning },  { "beginning", take_beginning },
  { "caller", take_caller },
};

static enum kd_status
take_line (struct kd_info *info, const char *key, char *value)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (strings); i++)
    if (!strcmp (key, strings[i].key))
      return take_string (info, value, strings[i].where);
  for (size_t i = 0; i < KD_ARRAY_SIZE (numbers); i++)
    if (!strcmp (key, numbers[i]))
      return take_number (info, key, value);
  for (size_t i = 0; i < KD_ARRAY_SIZE (rows); i++)
    if (!strcmp (key, rows[i].key))
      return rows[i].take (info, value);
  return KD_OK;
}

enum kd_status
kd_info_parse (char *text, struct kd_info *out)
{
  *out = (struct kd_info){ .panic_cpu = -1 };
  for (char *line; (line = strsep (&text, "\n"));) {
    char *key = strsep (&line, " ");
    enum kd_status st = line ? take_line (out, key, line) : KD_OK;

    if (st)
      return kd_context (st, "the server's description of the dump");
  }
  if (!out->release || !out->arch)
    return kd_fail (KD_CORRUPT,
                    "the server did not say what kernel the dump is of");
  return KD_OK;
}

void
kd_info_deinit (struct kd_info *info)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (strings); i++)
    free (*(char **)((char *)info + strings[i].where));
  for (size_t i = 0; i < info->norc; i++)
    free (info->orc[i].module);
  for (size_t i = 0; i < info->nwarnings; i++)
    free (info->warnings[i]);
  free (info->memory);
  free (info->text);
  free (info->last);
  free (info->orc);
  free (info->cpus);
  free (info->beginnings);
  free (info->callers);
  free (info->warnings);
  *info = (struct kd_info){ .panic_cpu = -1 };
}
