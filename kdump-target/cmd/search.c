/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search: where in all of the dump's memory is this value or text? */
#include "base/progress.h"
#include "cmd/args.h"
#include "cmd/complete.h"
#include "dump/scan.h"
#include "kernel/phys-map.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>

#define MAX_PATTERNS 16
#define DEFAULT_LIMIT 1000

struct request {
  struct kd_pattern pattern[MAX_PATTERNS];
  unsigned n;
  unsigned width; /* bytes */
  uint64_t mask;
  bool masked, text;
  uint64_t start, end; /* physical, bytes */
  uint64_t limit;
};

/* --- what to look for --- */

/* START-END, either may be missing.  */
static enum kd_status
take_range (struct request *r, const char *text)
{
  const char *dash = strchr (text, '-');
  char *first KD_AUTO_FREE = NULL;
  enum kd_status st = KD_OK;

  if (!dash)
    return kd_fail (KD_USAGE, "a range is START-END, not `%s'", text);
  first = strndup (text, (size_t)(dash - text));
  if (!first)
    return kd_fail (KD_NOMEM, "out of memory");
  if (first[0])
    st = kd_arg_number (first, "the range's start", &r->start);
  if (!st && dash[1])
    st = kd_arg_number (dash + 1, "the range's end", &r->end);
  if (!st && r->start >= r->end)
    st = kd_fail (KD_USAGE, "the range `%s' is empty", text);
  return st;
}

/* An option at *I, which moves to its last word.  */
static enum kd_status
take_option (struct request *r, const struct kd_args *args, int *i)
{
  static const struct {
    const char *name;
    unsigned width;
  } widths[] = { { "-8", 1 }, { "-16", 2 }, { "-32", 4 }, { "-64", 8 } };
  const char *option = args->argv[*i], *value = args->argv[*i + 1];

  for (size_t j = 0; j < KD_ARRAY_SIZE (widths); j++)
    if (!strcmp (option, widths[j].name)) {
      r->width = widths[j].width;
      return KD_OK;
    }
  if (!strcmp (option, "-s")) {
    r->text = true;
    return KD_OK;
  }
  if (option[1] == '\0' || !strchr ("mpl", option[1]) || option[2])
    return kd_fail (KD_USAGE, "there is no option `%s'", option);
  if (!value)
    return kd_fail (KD_USAGE, "%s needs a value", option);
  ++*i;
  if (option[1] == 'p')
    return take_range (r, value);
  if (option[1] == 'l')
    return kd_arg_number (value, "the limit", &r->limit);
  r->masked = true;
  return kd_arg_number (value, "the mask", &r->mask);
}

static uint64_t
all_bits (unsigned width)
{
  return width == 8 ? UINT64_MAX : (UINT64_C (1) << width * 8) - 1;
}

static enum kd_status
take_word (struct kd_session_state *s, struct request *r, const char *word)
{
  struct kd_pattern *p = &r->pattern[r->n];
  enum kd_status st;

  if (r->n == MAX_PATTERNS)
    return kd_fail (KD_USAGE, "at most %d values can be searched for at once",
                    MAX_PATTERNS);
  r->n++;
  *p = (struct kd_pattern){ .text = word, .len = strlen (word) };
  if (r->text)
    return KD_OK;
  st = kd_arg_address (s, word, &p->value);
  /* What is neither a number nor a symbol is text.  */
  if (st == KD_NOT_FOUND || st == KD_USAGE)
    return KD_OK;
  if (st)
    return st;
  p->width = r->width;
  p->mask = r->masked ? r->mask : all_bits (r->width);
  if (p->value & ~all_bits (r->width) && (int64_t)p->value >= 0)
    return kd_fail (KD_USAGE, "%s has more than %u bits", word, r->width * 8);
  p->mask &= all_bits (r->width);
  return KD_OK;
}

static enum kd_status
parse (struct kd_session_state *s, const struct kd_args *args,
       struct request *r)
{
  enum kd_status st = KD_OK;
  int i = 0;

  *r = (struct request){ .width = 8,
                         .end = UINT64_MAX,
                         .limit = DEFAULT_LIMIT };
  for (; i < args->argc && args->argv[i][0] == '-' && args->argv[i][1] && !st;
       i++) {
    if (!strcmp (args->argv[i], "--")) {
      i++;
      break;
    }
    st = take_option (r, args, &i);
  }
  if (!st && i == args->argc)
    st = kd_fail (KD_USAGE, "what is to be searched for?");
  for (; i < args->argc && !st; i++)
    st = take_word (s, r, args->argv[i]);
  if (!st && r->limit == 0)
    r->limit = SIZE_MAX;
  return st;
}

/* --- what was found --- */

static void
show_patterns (const struct request *r, struct kd_writer *w)
{
  kd_json_array (w, "patterns");
  for (unsigned i = 0; i < r->n; i++) {
    const struct kd_pattern *p = &r->pattern[i];

    kd_json_object (w, NULL);
    if (p->width) {
      kd_text (w, "Looking for the %u-bit value 0x%" PRIx64, p->width * 8,
               p->value & all_bits (p->width));
      if (r->masked)
        kd_text (w, " under mask 0x%" PRIx64, p->mask);
      if (p->text[0] < '0' || p->text[0] > '9')
        kd_text (w, " (%s)", p->text);
      kd_text (w, "\n");
      kd_json_hex (w, "value", p->value & all_bits (p->width));
      kd_json_u64 (w, "bits", UINT64_C (8) * p->width);
      kd_json_hex (w, "mask", p->mask);
    } else {
      kd_text (w, "Looking for the text \"");
      kd_text_bytes (w, p->text, p->len);
      kd_text (w, "\"\n");
      kd_json_str (w, "text", p->text);
    }
    kd_json_end (w);
  }
  kd_json_end (w);
}

/* What VADDR is, as far as that is cheap to say; "" if nothing is.  */
static void
describe (struct kd_kernel *k, uint64_t vaddr, uint64_t task,
          struct kd_strbuf *out)
{
  const struct kd_task *t;
  struct kd_symbol sym;

  if (task && !kd_task_by_addr (k, task, &t))
    kd_strbuf_printf (out, "stack of PID %d [%s]", t->pid, t->comm);
  else if (vaddr && kd_kernel_symbol_at (k, vaddr, &sym))
    kd_kernel_format_addr (k, vaddr, out);
  else if (vaddr && kd_kernel_module_at (k, vaddr))
    kd_strbuf_printf (out, "[%s]", kd_kernel_module_at (k, vaddr)->name);
}

static void
show_hit (struct kd_kernel *k, const struct request *r,
          const struct kd_phys_map *map, const struct kd_hit *hit,
          struct kd_writer *w)
{
  struct kd_strbuf what KD_AUTO_STRBUF = { 0 };
  uint64_t task, vaddr = kd_phys_map_find (map, hit->paddr, &task);

  describe (k, vaddr, task, &what);
  if (vaddr)
    kd_text (w, "%016" PRIx64 "  ", vaddr);
  else
    kd_text (w, "%-16s  ", "-");
  kd_text (w, "%12" PRIx64, hit->paddr);
  if (r->masked && r->pattern[hit->pattern].width)
    kd_text (w, "  %0*" PRIx64, (int)r->pattern[hit->pattern].width * 2,
             hit->value);
  kd_text (w, "%s%s\n", what.len ? "  " : "", kd_strbuf_str (&what));
  kd_json_object (w, NULL);
  kd_json_hex (w, "physical", hit->paddr);
  if (vaddr)
    kd_json_hex (w, "virtual", vaddr);
  else
    kd_json_null (w, "virtual");
  kd_json_u64 (w, "pattern", hit->pattern);
  if (r->pattern[hit->pattern].width)
    kd_json_hex (w, "value", hit->value);
  kd_json_str_or_null (w, "what", kd_strbuf_str (&what));
  kd_json_end (w);
}

static void
show_end (const struct kd_scan *scan, struct kd_writer *w)
{
  if (scan->more)
    kd_text (w,
             "Stopped after %zu, at physical address 0x%" PRIx64
             "; -l 0 shows all.\n",
             scan->nhits, scan->end);
  else
    kd_text (w, "%zu found in %" PRIu64 " pages.\n", scan->nhits, scan->pages);
  if (scan->failed)
    kd_text (w,
             "%" PRIu64 " pages cannot be read and were not looked at; the "
             "first is\n%s\n",
             scan->failed, scan->why);
  kd_json_bool (w, "more", scan->more);
  kd_json_hex (w, "searched_to", scan->end);
  kd_json_u64 (w, "pages", scan->pages);
  kd_json_u64 (w, "unreadable_pages", scan->failed);
  kd_json_str_or_null (w, "unreadable_reason", scan->why);
}

static enum kd_status
show (struct kd_kernel *k, const struct request *r, const struct kd_scan *scan,
      struct kd_writer *w)
{
  struct kd_phys_map *map KD_GUARD (phys_map) = NULL;
  enum kd_status st = kd_phys_map_create (k, &map);

  if (st)
    return st;
  kd_json_object (w, NULL);
  show_patterns (r, w);
  if (scan->nhits)
    kd_text (w, "%-16s  %12s  %s\n", "VIRTUAL", "PHYSICAL", "WHAT");
  kd_json_array (w, "hits");
  for (size_t i = 0; i < scan->nhits && !st; i++) {
    if (i % 1024 == 0)
      st = kd_progress ("naming what was found", i, scan->nhits);
    show_hit (k, r, map, &scan->hits[i], w);
  }
  kd_json_end (w);
  show_end (scan, w);
  kd_json_end (w);
  return st;
}

static enum kd_status
search_run (struct kd_session_state *s, const struct kd_args *args,
            struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  unsigned page = kd_dump_info (k->dump)->page_size;
  struct request r;
  struct kd_scan scan = { 0 };
  enum kd_status st = parse (s, args, &r);

  if (!st)
    st = kd_scan (k->dump, r.pattern, r.n, r.start / page,
                  r.end / page + (r.end % page != 0), (size_t)r.limit, &scan);
  if (!st)
    st = show (k, &r, &scan, w);
  kd_scan_deinit (&scan);
  return st;
}

const struct kd_command kd_cmd_search = {
  .name = "search",
  .group = "What is at this address?",
  .summary = "find a value or a text in all of memory",
  .usage = "search [-8|-16|-32|-64] [-m MASK] [-p START-END] [-l LIMIT] [-s]\n"
           "       VALUE|SYMBOL|TEXT... [--json]",
  .help
  = "Looks through every page that is in the dump, on all processors.  A\n"
    "number (decimal, 0xHEX, HEX of 8 to 16 digits) or the address of a\n"
    "symbol is looked for as a value of 64 bits, or of 8, 16, 32 bits with\n"
    "-8, -16, -32, at addresses that are multiples of its size; anything\n"
    "else as text, at any address.\n\n"
    "  -s             all words are text, also numbers and symbols\n"
    "  -m MASK        only the bits in MASK must be the same\n"
    "  -p START-END   only these physical addresses\n"
    "  -l LIMIT       stop after so many hits (default 1000, 0: no limit)\n\n"
    "VIRTUAL is the kernel's address of what was found: in its image, in a\n"
    "module, on the stack of a task, else in the direct map, where all\n"
    "memory is.  Text is also found across two pages that follow one\n"
    "another in physical memory.\n\n"
    "  search 0xff41d285dff68000          who points to this task?\n"
    "  search \"Out of memory\"             is there such a message?\n"
    "  search -m 0xfffffffffffff000 0xff41d285dff68000\n"
    "                                     who points into this page?\n\n"
    "JSON: {patterns: [{value, bits, mask} or {text}], hits: [{physical,\n"
    "virtual, pattern, value, what}], more, searched_to, pages,\n"
    "unreadable_pages, unreadable_reason}.\n",
  .run = search_run,
  .complete = kd_complete_symbol,
};
