/* SPDX-License-Identifier: GPL-3.0-or-later */
/* irq: interrupts, where they go and who handles them. */
#include "kernel/irq.h"
#include "cmd/args.h"
#include "kernel/cpumask.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

struct irq_view {
  struct kd_kernel *k;
  struct kd_writer *w;
  bool all;         /* also those that nobody uses */
  bool counts;      /* per CPU */
  bool *cpus;       /* whose counts */
  const char *want; /* a number or a name, NULL: a list */
  size_t shown;
  bool damaged;
};

static enum kd_status
parse (const struct kd_args *args, struct irq_view *v)
{
  enum kd_status st = KD_OK;
  for (int i = 0; i < args->argc && !st; i++) {
    const char *word = args->argv[i];
    if (!strcmp (word, "-a")) {
      v->all = true;
    } else if (!strcmp (word, "-s")) {
      v->counts = true;
    } else if (!strcmp (word, "-c")) {
      if (++i == args->argc)
        return kd_fail (KD_USAGE, "-c needs a list of CPUs");
      st = kd_arg_cpu_list (v->k, args->argv[i], v->cpus);
      v->counts = true;
    } else if (word[0] == '-' || v->want) {
      st = kd_args_no_more (args, i);
    } else {
      v->want = word;
    }
  }
  return st;
}

static bool
is_wanted (const struct irq_view *v, const struct kd_irq *irq)
{
  if (!v->want)
    return v->all || irq->nactions || irq->total;
  char *end;
  if (isdigit ((unsigned char)v->want[0])) {
    unsigned long number = strtoul (v->want, &end, 10);
    if (!*end)
      return number == irq->irq;
  }
  for (size_t i = 0; i < irq->nactions; i++)
    if (strstr (irq->actions[i].name, v->want))
      return true;
  return irq->chip[0] && !strcmp (irq->chip, v->want);
}

/* "IO-APIC 4-edge", as /proc/interrupts has it.  */
static void
describe_chip (const struct kd_irq *irq, struct kd_strbuf *out)
{
  kd_strbuf_puts (out, irq->chip[0] ? irq->chip : "-");
  if (irq->domain[0])
    kd_strbuf_printf (out, " %" PRIu64 "%s%s", irq->hwirq,
                      irq->flow[0] ? "-" : "", irq->flow);
  else if (irq->flow[0])
    kd_strbuf_printf (out, " %s", irq->flow);
}

static void
describe_cpus (const struct irq_view *v, const bool *set, bool known,
               struct kd_strbuf *out)
{
  if (known)
    kd_cpumask_format (set, v->k->ncpus, out);
  else
    kd_strbuf_puts (out, "?");
}

/* --- JSON --- */

static void
json_code (struct irq_view *v, const char *key, uint64_t addr)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  if (addr)
    kd_kernel_format_addr (v->k, addr, &name);
  kd_json_str_or_null (v->w, key, kd_strbuf_str (&name));
}

static void
json_cpus (struct irq_view *v, const char *key, const bool *set, bool known)
{
  struct kd_strbuf cpus KD_AUTO_STRBUF = { 0 };
  if (known)
    kd_cpumask_format (set, v->k->ncpus, &cpus);
  kd_json_str_or_null (v->w, key, kd_strbuf_str (&cpus));
}

static void
json_counts (struct irq_view *v, const uint64_t *counts, bool known)
{
  if (!known) {
    kd_json_null (v->w, "counts");
    return;
  }
  kd_json_array (v->w, "counts");
  for (unsigned cpu = 0; cpu < v->k->ncpus; cpu++)
    kd_json_u64 (v->w, NULL, counts[cpu]);
  kd_json_end (v->w);
}

static void
json_actions (struct irq_view *v, const struct kd_irq *irq)
{
  struct kd_writer *w = v->w;
  kd_json_array (w, "actions");
  for (size_t i = 0; i < irq->nactions; i++) {
    const struct kd_irq_action *a = &irq->actions[i];
    struct kd_strbuf flags KD_AUTO_STRBUF = { 0 };
    kd_irq_describe_flags (a->flags, &flags);
    kd_json_object (w, NULL);
    kd_json_str_or_null (w, "name", a->name);
    kd_json_hex (w, "action", a->addr);
    json_code (v, "handler", a->handler);
    json_code (v, "thread_function", a->thread_fn);
    if (a->pid >= 0)
      kd_json_i64 (w, "thread_pid", a->pid);
    else
      kd_json_null (w, "thread_pid");
    kd_json_hex (w, "dev_id", a->dev_id);
    kd_json_str_or_null (w, "flags", kd_strbuf_str (&flags));
    kd_json_end (w);
  }
  kd_json_end (w);
}

static void
json_vectors (struct irq_view *v, const struct kd_irq *irq)
{
  kd_json_array (v->w, "vectors");
  for (unsigned cpu = 0; cpu < v->k->ncpus; cpu++) {
    int vector = kd_irq_vector (v->k, cpu, irq->desc);
    if (vector < 0)
      continue;
    kd_json_object (v->w, NULL);
    kd_json_u64 (v->w, "cpu", cpu);
    kd_json_i64 (v->w, "vector", vector);
    kd_json_end (v->w);
  }
  kd_json_end (v->w);
}

static void
show_json (struct irq_view *v, const struct kd_irq *irq)
{
  struct kd_writer *w = v->w;
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };
  kd_irq_describe_state (irq, &state);
  kd_json_object (w, NULL);
  kd_json_u64 (w, "irq", irq->irq);
  kd_json_hex (w, "desc", irq->desc);
  kd_json_str_or_null (w, "chip", irq->chip);
  kd_json_str_or_null (w, "domain", irq->domain);
  kd_json_u64 (w, "hwirq", irq->hwirq);
  kd_json_str_or_null (w, "flow", irq->flow);
  json_code (v, "flow_handler", irq->flow_handler);
  kd_json_str_or_null (w, "state", kd_strbuf_str (&state));
  kd_json_u64 (w, "depth", irq->depth);
  kd_json_u64 (w, "unhandled", irq->unhandled);
  json_cpus (v, "affinity", irq->affinity, irq->has_affinity);
  json_cpus (v, "effective", irq->effective, irq->has_effective);
  if (irq->has_counts)
    kd_json_u64 (w, "total", irq->total);
  else
    kd_json_null (w, "total");
  json_counts (v, irq->counts, irq->has_counts);
  json_actions (v, irq);
  if (v->want)
    json_vectors (v, irq);
  kd_json_str_or_null (w, "damage", irq->damage);
  kd_json_end (w);
}

/* --- text --- */

static void
show_head (const struct irq_view *v)
{
  if (v->want || v->shown)
    return;
  if (!v->counts) {
    kd_text (v->w, "%4s %11s  %-8s %-22s %s\n", "IRQ", "COUNT", "CPUS", "CHIP",
             "ACTIONS");
    return;
  }
  kd_text (v->w, "%4s ", "IRQ");
  for (unsigned cpu = 0; cpu < v->k->ncpus; cpu++)
    if (v->cpus[cpu])
      kd_text (v->w, "%7s%-4u", "CPU", cpu);
  kd_text (v->w, "\n");
}

static void
show_counts (const struct irq_view *v, const uint64_t *counts, bool known)
{
  for (unsigned cpu = 0; cpu < v->k->ncpus; cpu++) {
    if (v->cpus[cpu] && known)
      kd_text (v->w, "%10" PRIu64 " ", counts[cpu]);
    else if (v->cpus[cpu])
      kd_text (v->w, "%10s ", "?");
  }
}

static void
show_row (const struct irq_view *v, const struct kd_irq *irq)
{
  struct kd_strbuf chip KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf cpus KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf state KD_AUTO_STRBUF = { 0 };
  describe_chip (irq, &chip);
  if (v->counts) {
    kd_text (v->w, "%4u ", irq->irq);
    show_counts (v, irq->counts, irq->has_counts);
    kd_text (v->w, " %-22s", kd_strbuf_str (&chip));
  } else {
    const bool *set = irq->has_effective ? irq->effective : irq->affinity;
    describe_cpus (v, set, irq->has_effective || irq->has_affinity, &cpus);
    if (irq->has_counts)
      kd_text (v->w, "%4u %11" PRIu64 "  %-8s %-22s", irq->irq, irq->total,
               kd_strbuf_str (&cpus), kd_strbuf_str (&chip));
    else
      kd_text (v->w, "%4u %11s  %-8s %-22s", irq->irq, "?",
               kd_strbuf_str (&cpus), kd_strbuf_str (&chip));
  }
  for (size_t i = 0; i < irq->nactions; i++)
    kd_text (v->w, "%s %s", i ? "," : "",
             irq->actions[i].name[0] ? irq->actions[i].name : "(no name)");
  kd_irq_describe_state (irq, &state);
  /* Who has no action is always disabled.  */
  if (state.len && irq->nactions)
    kd_text (v->w, " (%s)", kd_strbuf_str (&state));
  kd_text (v->w, "\n");
}

static void
show_action (const struct irq_view *v, const struct kd_irq_action *a)
{
  struct kd_strbuf code KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf flags KD_AUTO_STRBUF = { 0 };
  kd_kernel_format_addr (v->k, a->handler, &code);
  kd_text (v->w, "  Action        %s\n", a->name[0] ? a->name : "(no name)");
  kd_text (v->w, "    Handler     %s\n", kd_strbuf_str (&code));
  if (a->thread_fn) {
    kd_strbuf_reset (&code);
    kd_kernel_format_addr (v->k, a->thread_fn, &code);
    kd_text (v->w, "    Thread      %s", kd_strbuf_str (&code));
    if (a->pid >= 0)
      kd_text (v->w, ", PID %d", a->pid);
    kd_text (v->w, "\n");
  }
  kd_irq_describe_flags (a->flags, &flags);
  if (flags.len)
    kd_text (v->w, "    Flags       %s\n", kd_strbuf_str (&flags));
  kd_text (v->w, "    Device      0x%" PRIx64 "\n", a->dev_id);
}

/* Where it comes in, and how often it did.  */
static void
show_cpus (const struct irq_view *v, const struct kd_irq *irq)
{
  for (unsigned cpu = 0; cpu < v->k->ncpus; cpu++) {
    int vector = kd_irq_vector (v->k, cpu, irq->desc);
    if (vector < 0 && !irq->counts[cpu])
      continue;
    kd_text (v->w, "  CPU %-9u ", cpu);
    if (irq->has_counts)
      kd_text (v->w, "%" PRIu64 " times", irq->counts[cpu]);
    if (vector >= 0)
      kd_text (v->w, "%svector 0x%x", irq->has_counts ? ", " : "", vector);
    kd_text (v->w, "\n");
  }
}

static void
show_detail (const struct irq_view *v, const struct kd_irq *irq)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  if (v->shown)
    kd_text (v->w, "\n");
  kd_text (v->w, "IRQ %u (struct irq_desc 0x%" PRIx64 ")\n", irq->irq,
           irq->desc);
  describe_chip (irq, &text);
  if (irq->domain[0])
    kd_strbuf_printf (&text, " (domain %s)", irq->domain);
  kd_text (v->w, "  Chip          %s\n", kd_strbuf_str (&text));
  if (irq->flow_handler) {
    kd_strbuf_reset (&text);
    kd_kernel_format_addr (v->k, irq->flow_handler, &text);
    kd_text (v->w, "  Flow handler  %s\n", kd_strbuf_str (&text));
  }
  kd_strbuf_reset (&text);
  kd_irq_describe_state (irq, &text);
  kd_text (v->w, "  State         %s",
           text.len ? kd_strbuf_str (&text) : "enabled");
  kd_text (v->w, " (depth %" PRIu32 ")\n", irq->depth);
  kd_strbuf_reset (&text);
  describe_cpus (v, irq->affinity, irq->has_affinity, &text);
  kd_text (v->w, "  May go to     CPU %s\n", kd_strbuf_str (&text));
  if (irq->has_effective) {
    kd_strbuf_reset (&text);
    describe_cpus (v, irq->effective, true, &text);
    kd_text (v->w, "  Goes to       CPU %s\n", kd_strbuf_str (&text));
  }
  show_cpus (v, irq);
  for (size_t i = 0; i < irq->nactions; i++)
    show_action (v, &irq->actions[i]);
  if (irq->damage)
    kd_text (v->w, "Warning: %s\n", irq->damage);
}

/* --- the whole --- */

static enum kd_status
show_one (void *arg, unsigned number, uint64_t desc)
{
  struct irq_view *v = arg;
  struct kd_irq irq;
  enum kd_status st = kd_irq_read (v->k, number, desc, &irq);
  if (st)
    return st;
  if (is_wanted (v, &irq)) {
    show_head (v);
    if (v->w->json)
      show_json (v, &irq);
    else if (v->want)
      show_detail (v, &irq);
    else
      show_row (v, &irq);
    v->damaged = v->damaged || irq.damage;
    v->shown++;
  }
  kd_irq_deinit (&irq);
  return KD_OK;
}

/* What the architecture counts for itself.  */
static void
show_arch (struct irq_view *v, uint64_t *counts)
{
  struct kd_irq_arch_row row;
  bool known;
  kd_json_array (v->w, "arch");
  for (size_t i = 0; kd_irq_arch_counts (v->k, i, &row, counts, &known); i++) {
    if (!known)
      continue;
    kd_json_object (v->w, NULL);
    kd_json_str (v->w, "name", row.name);
    kd_json_str (v->w, "what", row.what);
    json_counts (v, counts, true);
    kd_json_end (v->w);
    if (!v->counts)
      continue;
    kd_text (v->w, "%4s ", row.name);
    show_counts (v, counts, true);
    kd_text (v->w, " %s\n", row.what);
  }
  kd_json_end (v->w);
}

static enum kd_status
show_all (struct irq_view *v, uint64_t *counts)
{
  kd_json_object (v->w, NULL);
  kd_json_array (v->w, "irqs");
  enum kd_status st = kd_irq_walk (v->k, show_one, v);
  kd_json_end (v->w);
  if (!st && !v->want)
    show_arch (v, counts);
  kd_json_end (v->w);
  if (!st && v->want && !v->shown)
    return kd_fail (KD_NOT_FOUND, "no interrupt has the number or name `%s'",
                    v->want);
  if (!st && !v->shown)
    kd_text (v->w, "No interrupt is in use.\n");
  else if (v->damaged && !v->want)
    kd_text (v->w, "Some cannot be read in full; `irq N' says why.\n");
  return st;
}

static enum kd_status
irq_run (struct kd_session_state *s, const struct kd_args *args,
         struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  bool *cpus KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *cpus);
  uint64_t *counts KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *counts);
  if (!cpus || !counts)
    return kd_fail (KD_NOMEM, "out of memory");
  struct irq_view v = { .k = k, .w = w, .cpus = cpus };
  enum kd_status st = parse (args, &v);
  if (st)
    return st;
  bool chosen = false;
  for (unsigned i = 0; i < k->ncpus; i++)
    chosen = chosen || cpus[i];
  for (unsigned i = 0; i < k->ncpus && !chosen; i++)
    cpus[i] = k->cpus[i].present;
  return show_all (&v, counts);
}

struct candidates {
  struct kd_kernel *k;
  const char *word;
  struct kd_strbuf *out;
};

static enum kd_status
add_names (void *arg, unsigned number, uint64_t desc)
{
  const struct candidates *c = arg;
  struct kd_irq irq;
  enum kd_status st = kd_irq_read (c->k, number, desc, &irq);
  if (st)
    return st;
  for (size_t i = 0; i < irq.nactions; i++)
    if (!strncmp (irq.actions[i].name, c->word, strlen (c->word)))
      kd_strbuf_printf (c->out, "%s\n", irq.actions[i].name);
  kd_irq_deinit (&irq);
  return KD_OK;
}

static void
irq_complete (struct kd_session_state *s, const struct kd_args *args,
              const char *word, struct kd_strbuf *out)
{
  struct candidates c = { s->kernel, word, out };
  (void)args;
  /* Of a damaged map, those that are certain.  */
  (void)!kd_irq_walk (s->kernel, add_names, &c);
}

const struct kd_command kd_cmd_irq = {
  .name = "irq",
  .group = "What is pending?",
  .summary = "show interrupts, where they go and who handles them",
  .usage = "irq [-a] [-s] [-c CPULIST] [NUMBER|NAME] [--json]",
  .help
  = "Lists the interrupts in use: how often each came, the CPUs it goes to,\n"
    "its chip, hardware number and kind as /proc/interrupts has them, the\n"
    "names of its actions, and what is unusual about its state. NUMBER, or\n"
    "NAME (part of an action's, or a chip's), shows all of one: handlers,\n"
    "threads, counts and vectors by CPU.\n\n"
    "  -a          also those that nobody uses\n"
    "  -s          counts by CPU, and those of the timer, of NMIs and IPIs\n"
    "  -c CPULIST  the same, of the CPUs in CPULIST (0-3,5)\n\n"
    "JSON: {irqs: [{irq, desc, chip, domain, hwirq, flow, flow_handler,\n"
    "state, depth, unhandled, affinity, effective, total, counts,\n"
    "actions: [{name, action, handler, thread_function, thread_pid, dev_id,\n"
    "flags}], vectors: [{cpu, vector}], damage}], arch: [{name, what,\n"
    "counts}]}. counts are by CPU; vectors only with NUMBER or NAME, arch\n"
    "only without. What is not known is null.\n",
  .run = irq_run,
  .complete = irq_complete,
};
