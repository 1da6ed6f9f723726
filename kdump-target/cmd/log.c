/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log: what the kernel printed. */
#include "kernel/log.h"
#include "base/progress.h"
#include "cmd/args.h"
#include "kernel/clock.h"
#include "kernel/cpumask.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

enum {
  ALL_LEVELS = 0xff,
  MAX_UNREADABLE = 4096, /* records in a row */
  PROGRESS_STEP = 4096
};

static const char *const level_names[]
  = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };

/* Of syslog(3); the first is used by the kernel.  */
static const char *const facility_names[]
  = { "kern", "user", "mail", "daemon", "auth",     "syslog",
      "lpr",  "news", "uucp", "cron",   "authpriv", "ftp" };

struct log_options {
  bool ctime, decode, caller, fixed, ignore_case;
  uint8_t levels; /* bit N: level N is wanted */
  uint64_t tail;  /* the last N messages, 0: all */
  const char *pattern;
};

struct log_view {
  struct log_options o;
  struct kd_log *log;
  struct kd_clock clock; /* with -T */
  regex_t regex;
  bool has_regex;
  bool half; /* a half-written message was shown */
  size_t unreadable;
  struct kd_strbuf why_unreadable;
};

/* --- what is wanted --- */

/* A level by name or number.  */
static bool
level_number (const char *text, size_t len, unsigned *out)
{
  static const struct {
    const char *name;
    unsigned level;
  } more[] = { { "panic", 0 }, { "error", 3 }, { "warning", 4 } };
  if (len == 1 && *text >= '0' && *text <= '7') {
    *out = (unsigned)(*text - '0');
    return true;
  }
  for (unsigned i = 0; i < 8; i++)
    if (strlen (level_names[i]) == len && !memcmp (level_names[i], text, len))
      return *out = i, true;
  for (size_t i = 0; i < KD_ARRAY_SIZE (more); i++)
    if (strlen (more[i].name) == len && !memcmp (more[i].name, text, len))
      return *out = more[i].level, true;
  return false;
}

static uint8_t
level_range (unsigned first, unsigned last)
{
  uint8_t levels = 0;
  for (unsigned i = first; i <= last && i < 8; i++)
    levels |= (uint8_t)(1u << i);
  return levels;
}

/* One item of LEVELS: "err", "3", "warn+", "err-info", "<=3", ">5".  */
static bool
level_item (const char *text, size_t len, uint8_t *levels)
{
  unsigned first, last;
  size_t op = strcspn (text, "abcdefghijklmnopqrstuvwxyz01234567");
  if (op && op < len) {
    if (!level_number (text + op, len - op, &first))
      return false;
    if (op == 2 && !memcmp (text, "<=", 2))
      *levels |= level_range (0, first);
    else if (op == 2 && !memcmp (text, ">=", 2))
      *levels |= level_range (first, 7);
    else if (op == 1 && *text == '<' && first)
      *levels |= level_range (0, first - 1);
    else if (op == 1 && *text == '>')
      *levels |= level_range (first + 1, 7);
    else
      return false;
    return true;
  }
  if (len && text[len - 1] == '+') {
    if (!level_number (text, len - 1, &last))
      return false;
    *levels |= level_range (0, last);
    return true;
  }
  const char *dash = memchr (text, '-', len);
  size_t left = dash ? (size_t)(dash - text) : len;
  if (!level_number (text, left, &first))
    return false;
  last = first;
  if (dash && !level_number (dash + 1, len - left - 1, &last))
    return false;
  *levels
    |= level_range (first < last ? first : last, first < last ? last : first);
  return true;
}

static enum kd_status
parse_levels (const char *text, uint8_t *levels)
{
  *levels = 0;
  for (const char *p = text;; p++) {
    size_t len = strcspn (p, ",");
    if (!level_item (p, len, levels))
      return kd_fail (KD_USAGE,
                      "`%.*s' is no level: they are 0 to 7 or emerg, alert, "
                      "crit, err, warn, notice, info, debug; warn+ and <=4 "
                      "are warn and worse, err-info is a range",
                      (int)len, p);
    p += len;
    if (!*p)
      return KD_OK;
  }
}

static enum kd_status
parse_option (const struct kd_args *args, int *i, struct log_options *o)
{
  const char *word = args->argv[*i];
  bool levels = !strcmp (word, "-l") || !strcmp (word, "--level");
  bool tail = !strcmp (word, "-n");
  if (!strcmp (word, "-T") || !strcmp (word, "--ctime"))
    o->ctime = true;
  else if (!strcmp (word, "-x"))
    o->decode = true;
  else if (!strcmp (word, "-c"))
    o->caller = true;
  else if (!strcmp (word, "-i"))
    o->ignore_case = true;
  else if (!strcmp (word, "-F"))
    o->fixed = true;
  else if (!levels && !tail)
    return kd_args_no_more (args, *i);
  if (!levels && !tail)
    return KD_OK;
  if (++*i == args->argc)
    return kd_fail (KD_USAGE, "%s needs %s", word,
                    levels ? "levels" : "a number");
  if (levels)
    return parse_levels (args->argv[*i], &o->levels);
  return kd_arg_number (args->argv[*i], "-n", &o->tail);
}

static enum kd_status
parse (const struct kd_args *args, struct log_options *o)
{
  enum kd_status st = KD_OK;
  bool options = true;
  for (int i = 0; i < args->argc && !st; i++) {
    const char *word = args->argv[i];
    if (options && !strcmp (word, "--"))
      options = false;
    else if (options && word[0] == '-' && word[1])
      st = parse_option (args, &i, o);
    else if (!o->pattern)
      o->pattern = word;
    else
      st = kd_args_no_more (args, i);
  }
  return st;
}

static enum kd_status
compile_pattern (struct log_view *v)
{
  const struct log_options *o = &v->o;
  if (!o->pattern || o->fixed)
    return KD_OK;
  int flags = REG_EXTENDED | REG_NOSUB | REG_NEWLINE;
  int bad = regcomp (&v->regex, o->pattern,
                     flags | (o->ignore_case ? REG_ICASE : 0));
  if (!bad) {
    v->has_regex = true;
    return KD_OK;
  }
  char words[128];
  regerror (bad, &v->regex, words, sizeof words);
  return kd_fail (KD_USAGE, "`%s': %s (-F takes a pattern as it stands)",
                  o->pattern, words);
}

static bool
is_wanted (const struct log_view *v, const struct kd_log_record *r)
{
  const struct log_options *o = &v->o;
  if (o->levels != ALL_LEVELS
      && !(r->has_priority && o->levels >> r->level & 1))
    return false;
  if (!o->pattern)
    return true;
  if (v->has_regex)
    return !regexec (&v->regex, r->text, 0, NULL, 0);
  return o->ignore_case ? strcasestr (r->text, o->pattern) != NULL
                        : strstr (r->text, o->pattern) != NULL;
}

/* --- how it is shown --- */

static const char *
facility_name (const struct kd_log_record *r, char *buf, size_t size)
{
  if (r->facility < KD_ARRAY_SIZE (facility_names))
    return facility_names[r->facility];
  if (r->facility >= 16 && r->facility <= 23)
    snprintf (buf, size, "local%u", r->facility - 16u);
  else
    snprintf (buf, size, "%u", r->facility);
  return buf;
}

/* "T123" or "C0", as printk() has it.  */
static void
caller_name (const struct kd_log_record *r, char *buf, size_t size)
{
  bool cpu = r->caller & KD_LOG_CALLER_IS_CPU;
  snprintf (buf, size, "%c%" PRIu32, cpu ? 'C' : 'T',
            r->caller & ~KD_LOG_CALLER_IS_CPU);
}

/* All that stands before the text.  */
static void
make_prefix (const struct log_view *v, const struct kd_log_record *r,
             struct kd_strbuf *out)
{
  char buf[32];
  if (v->o.decode && r->has_priority)
    kd_strbuf_printf (out, "%-6s:%-6s: ", facility_name (r, buf, sizeof buf),
                      level_names[r->level]);
  else if (v->o.decode)
    kd_strbuf_printf (out, "%-6s:%-6s: ", "", "");
  if (!r->has_time) {
    kd_strbuf_printf (out, "[%*s]", v->o.ctime ? 24 : 12, "?");
  } else if (v->o.ctime) {
    kd_clock_format ((int64_t)(r->ts_ns + (uint64_t)v->clock.boot_real_ns),
                     buf, sizeof buf);
    kd_strbuf_printf (out, "[%s]", buf);
  } else {
    kd_strbuf_printf (out, "[%5" PRIu64 ".%06" PRIu64 "]",
                      r->ts_ns / 1000000000, r->ts_ns % 1000000000 / 1000);
  }
  if (v->o.caller) {
    snprintf (buf, sizeof buf, "?");
    if (r->has_caller)
      caller_name (r, buf, sizeof buf);
    kd_strbuf_printf (out, "[%6s%s%s]", buf, r->comm[0] ? " " : "", r->comm);
  }
  kd_strbuf_putc (out, ' ');
}

/* What is to be known of a message that is not simply there.  */
static void
make_remark (const struct kd_log_record *r, struct kd_strbuf *out)
{
  switch (r->state) {
  case KD_LOG_FINAL:
  case KD_LOG_OPEN:
    return;
  case KD_LOG_HALF:
    kd_strbuf_puts (out, r->len ? "half-written: " : "half-written: no text");
    return;
  case KD_LOG_LOST:
    kd_strbuf_printf (out, "lost: %s%s", r->why, r->len ? ": " : "");
    return;
  case KD_LOG_DAMAGED:
    kd_strbuf_printf (out, "damaged: %s: ", r->why);
    return;
  case KD_LOG_UNFLUSHED:
    kd_strbuf_puts (out, "not yet in the log");
    if (r->cpu >= 0)
      kd_strbuf_printf (out, ", CPU %d", r->cpu);
    kd_strbuf_printf (out, ", %s: ", r->why);
    return;
  }
}

/* As dmesg does: further lines of a message are indented.  */
static void
show_text (const struct log_view *v, const struct kd_log_record *r,
           struct kd_writer *w)
{
  struct kd_strbuf prefix KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf remark KD_AUTO_STRBUF = { 0 };
  make_prefix (v, r, &prefix);
  make_remark (r, &remark);
  kd_text (w, "%s%s%s", kd_strbuf_str (&prefix), remark.len ? "[" : "",
           kd_strbuf_str (&remark));
  const char *p = r->text, *end = r->text + r->len, *newline;
  while ((newline = memchr (p, '\n', (size_t)(end - p)))) {
    kd_text_bytes (w, p, (size_t)(newline - p));
    kd_text (w, "\n%*s", (int)prefix.len, "");
    p = newline + 1;
  }
  kd_text_bytes (w, p, (size_t)(end - p));
  kd_text (w, "%s\n", remark.len ? "]" : "");
}

static void
show_json (const struct log_view *v, const struct kd_log_record *r,
           struct kd_writer *w)
{
  char caller[16] = "";
  if (r->has_caller)
    caller_name (r, caller, sizeof caller);
  kd_json_object (w, NULL);
  kd_json_u64_or_null (w, "seq", r->has_seq, r->seq);
  kd_json_u64_or_null (w, "ts_ns", r->has_time, r->ts_ns);
  if (v->o.ctime && r->has_time)
    kd_json_i64 (w, "real_ns",
                 (int64_t)(r->ts_ns + (uint64_t)v->clock.boot_real_ns));
  kd_json_u64_or_null (w, "level", r->has_priority, r->level);
  kd_json_u64_or_null (w, "facility", r->has_priority, r->facility);
  kd_json_str_or_null (w, "caller", caller);
  kd_json_str_or_null (w, "comm", r->comm);
  kd_json_str_or_null (w, "subsystem", r->subsystem);
  kd_json_str_or_null (w, "device", r->device);
  kd_json_str (w, "text", r->text);
  kd_json_bool (w, "continuation", r->continuation);
  kd_json_str (w, "state", kd_log_state_name (r->state));
  kd_json_str_or_null (w, "why", r->why);
  kd_json_u64_or_null (w, "cpu", r->cpu >= 0, (uint64_t)r->cpu);
  kd_json_end (w);
}

/* --- the whole --- */

/* The record in place I, if there is one and it is wanted.  */
static enum kd_status
take (struct log_view *v, size_t i, struct kd_log_record *r, bool *wanted)
{
  enum kd_status st = kd_log_get (v->log, i, r);
  *wanted = false;
  if (st == KD_NOT_FOUND)
    return KD_OK;
  if (kd_status_is_memory (st)) {
    if (!v->unreadable++)
      kd_strbuf_puts (&v->why_unreadable, kd_error_text ());
    return KD_OK;
  }
  *wanted = !st && is_wanted (v, r);
  return st;
}

/* Of the places before the end, where the last N wanted records begin.  */
static enum kd_status
find_tail (struct log_view *v, size_t *begin)
{
  size_t i = kd_log_count (v->log), found = 0;
  enum kd_status st = KD_OK;
  while (i > 0 && found < v->o.tail && v->unreadable < MAX_UNREADABLE && !st) {
    struct kd_log_record r;
    bool wanted;
    st = take (v, --i, &r, &wanted);
    found += wanted;
    if (!st && i % PROGRESS_STEP == 0)
      st = kd_progress ("reading the log", kd_log_count (v->log) - i, 0);
  }
  v->unreadable = 0;
  kd_strbuf_reset (&v->why_unreadable);
  *begin = i;
  return st;
}

static enum kd_status
show_all (struct log_view *v, struct kd_writer *w, size_t *shown)
{
  size_t count = kd_log_count (v->log), begin = 0;
  enum kd_status st = v->o.tail ? find_tail (v, &begin) : KD_OK;
  for (size_t i = begin; i < count && v->unreadable < MAX_UNREADABLE && !st;
       i++) {
    struct kd_log_record r;
    bool wanted;
    if (i % PROGRESS_STEP == 0)
      st = kd_progress ("reading the log", i, count);
    if (!st)
      st = take (v, i, &r, &wanted);
    if (st || !wanted)
      continue;
    if (w->json)
      show_json (v, &r, w);
    else
      show_text (v, &r, w);
    v->half = v->half || r.state == KD_LOG_HALF;
    ++*shown;
  }
  return st;
}

/* Who may have been writing what is half-written.  */
static void
show_writers (struct kd_kernel *k, struct kd_writer *w)
{
  bool *cpus KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *cpus);
  struct kd_strbuf list KD_AUTO_STRBUF = { 0 };
  if (!cpus || !kd_log_writers (k, cpus))
    return;
  kd_cpumask_format (cpus, k->ncpus, &list);
  kd_text (w, "Inside printk() when the machine stopped: CPU %s.\n",
           kd_strbuf_str (&list));
}

/* What is to be said of the log as a whole, after it.  */
static void
show_end (const struct log_view *v, struct kd_kernel *k, size_t shown,
          struct kd_writer *w)
{
  uint64_t dropped = kd_log_dropped (v->log);
  bool all = !v->o.pattern && v->o.levels == ALL_LEVELS;
  if (!shown)
    kd_text (w, "%s\n",
             all ? "The log is empty." : "The log has no such message.");
  if (v->o.ctime && v->clock.suspended_ns)
    kd_text (w,
             "Times are approximate: the machine slept for %" PRIu64 " s in "
             "all; those from before are\ntoo late by as much.\n",
             v->clock.suspended_ns / 1000000000);
  if (v->half && !w->json)
    show_writers (k, w);
  if (dropped && all)
    kd_text (w, "Lost: %" PRIu64 " messages found no room in the log.\n",
             dropped);
  if (v->unreadable)
    kd_text (w, "Warning: %s%zu messages cannot be read: %s\n",
             v->unreadable >= MAX_UNREADABLE ? "at least " : "", v->unreadable,
             kd_strbuf_str (&v->why_unreadable));
  if (kd_log_damage (v->log))
    kd_text (w, "Warning: %s\n", kd_log_damage (v->log));
}

static enum kd_status
show (struct log_view *v, struct kd_kernel *k, struct kd_writer *w)
{
  size_t shown = 0;
  enum kd_status st = kd_log_open (k, &v->log);
  if (!st)
    st = kd_log_add_unflushed (v->log);
  if (!st && v->o.ctime)
    st = kd_context (kd_clock_read (k, &v->clock), "-T");
  if (st)
    return st;
  kd_json_array (w, NULL);
  st = show_all (v, w, &shown);
  kd_json_end (w);
  if (!st)
    show_end (v, k, shown, w);
  return st;
}

static enum kd_status
log_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  struct log_view v = { .o = { .levels = ALL_LEVELS } };
  enum kd_status st = parse (args, &v.o);
  if (!st)
    st = compile_pattern (&v);
  if (!st)
    st = show (&v, s->kernel, w);
  kd_log_close (v.log);
  if (v.has_regex)
    regfree (&v.regex);
  kd_strbuf_deinit (&v.why_unreadable);
  return st;
}

/* Levels after -l, else options.  */
static void
log_complete (struct kd_session_state *s, const struct kd_args *args,
              const char *word, struct kd_strbuf *out)
{
  static const char *const options[]
    = { "-T", "-l", "-x", "-c", "-n", "-i", "-F", "--json" };
  (void)s;
  bool levels = args->argc && !strcmp (args->argv[args->argc - 1], "-l");
  const char *const *words = levels ? level_names : options;
  if (!levels && *word != '-')
    return;
  for (size_t i = 0; i < KD_ARRAY_SIZE (options); i++)
    if (!strncmp (words[i], word, strlen (word)))
      kd_strbuf_printf (out, "%s\n", words[i]);
}

_Static_assert(KD_ARRAY_SIZE (level_names) == 8, "as many as options");

const struct kd_command kd_cmd_log = {
  .name = "log",
  .group = "What happened?",
  .summary = "show the kernel's log",
  .usage
  = "log [-T] [-l LEVELS] [-x] [-c] [-n N] [-i] [-F] [PATTERN] [--json]",
  .help
  = "Shows what the kernel printed, as dmesg would, the oldest first; with\n"
    "PATTERN (a POSIX extended regular expression; -F: as it stands; -i: in\n"
    "upper or lower case) only messages in which it occurs.\n\n"
    "  -T, --ctime        the time of day (UTC, by the dump's clock) in "
    "place\n"
    "                     of the seconds since boot\n"
    "  -l, --level LEVELS only these: 0 to 7 or emerg, alert, crit, err,\n"
    "                     warn, notice, info, debug; warn+ and <=4 are warn\n"
    "                     and worse, err-info is a range; commas between\n"
    "  -x                 facility and level before each message\n"
    "  -c                 the caller: T and a PID, or C and a CPU for an\n"
    "                     interrupt\n"
    "  -n N               the last N of them\n\n"
    "Messages that had not made it into the log when the machine stopped\n"
    "stand in brackets: [half-written: ...], and after the others\n"
    "[not yet in the log, CPU 3, NMI: ...] (kernels before 5.15); so does\n"
    "[lost: ...] where there is only a trace of one. The CPUs that were\n"
    "inside printk(), which may have left a message half-written, come "
    "last.\n\n"
    "JSON: an array of {seq, ts_ns, level, facility, caller, comm, "
    "subsystem,\n"
    "device, text, continuation, state, why, cpu}, with -T real_ns (since\n"
    "1970). state is final, open (its line might have gone on),\n"
    "half-written, lost, damaged or unflushed; why says more for the latter\n"
    "four. cpu is that of an unflushed buffer. comm is the caller's command,\n"
    "if the kernel keeps it. What is not known is null.\n",
  .run = log_run,
  .complete = log_complete,
};
