/* SPDX-License-Identifier: GPL-3.0-or-later */
/* timer: the timers that are pending on each CPU. */
#include "base/progress.h"
#include "cmd/args.h"
#include "kernel/clock.h"
#include "kernel/timers.h"

#include <inttypes.h>
#include <string.h>

struct timer_view {
  struct kd_kernel *k;
  struct kd_writer *w;
  bool *cpus; /* wanted */
  struct kd_clock clock;
  uint64_t jiffies;
  unsigned hz;
  bool has_clock, has_jiffies, has_hz;
  size_t shown;
};

static void
json_code (struct timer_view *v, const char *key, uint64_t addr)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  if (addr)
    kd_kernel_format_addr (v->k, addr, &name);
  kd_json_str_or_null (v->w, key, kd_strbuf_str (&name));
}

/* When T expires, from now: ns, negative if it should have.  */
static bool
hrtimer_in (const struct timer_view *v, const struct kd_timer_base *b,
            const struct kd_timer *t, int64_t *ns)
{
  *ns = (int64_t)(t->expires - (uint64_t)b->offset_ns - v->clock.mono_ns);
  return v->has_clock;
}

static bool
wheel_in (const struct timer_view *v, const struct kd_timer *t, int64_t *ticks)
{
  *ticks = (int64_t)(t->expires - v->jiffies);
  return v->has_jiffies;
}

/* "12.345678 s", with its sign.  */
static void
format_seconds (int64_t ns, struct kd_strbuf *out)
{
  uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
  kd_strbuf_printf (out, "%s%" PRIu64 ".%06" PRIu64, ns < 0 ? "-" : "",
                    abs / 1000000000, abs / 1000 % 1000000);
}

/* --- one timer --- */

static void
show_timer (struct timer_view *v, const struct kd_timer *t, const char *when)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf what KD_AUTO_STRBUF = { 0 };
  if (v->w->json)
    return;
  kd_kernel_format_addr (v->k, t->function, &name);
  kd_timer_describe (v->k, t, &what);
  kd_text (v->w, "  %s  %016" PRIx64 " %s%s%s\n", when, t->addr,
           kd_strbuf_str (&name), what.len ? ": " : "", kd_strbuf_str (&what));
}

static void
show_hrtimer (struct timer_view *v, const struct kd_timer_base *b,
              const struct kd_timer *t)
{
  struct kd_strbuf seconds KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf when KD_AUTO_STRBUF = { 0 };
  int64_t ns;
  bool known = hrtimer_in (v, b, t, &ns);
  format_seconds (known ? ns : (int64_t)t->expires, &seconds);
  kd_strbuf_printf (&when, "%17s s%s", kd_strbuf_str (&seconds),
                    known && ns < 0 ? " (overdue)" : "");
  show_timer (v, t, kd_strbuf_str (&when));
}

static void
show_wheel_timer (struct timer_view *v, const struct kd_timer *t)
{
  struct kd_strbuf when KD_AUTO_STRBUF = { 0 };
  int64_t ticks, ns;
  bool known = wheel_in (v, t, &ticks);
  if (known && v->has_hz
      && !__builtin_mul_overflow (ticks, INT64_C (1000000000) / v->hz, &ns)) {
    struct kd_strbuf seconds KD_AUTO_STRBUF = { 0 };
    format_seconds (ns, &seconds);
    /* To the tick; the last digits would be made up.  */
    kd_strbuf_printf (&when, "%14.*s s   ", (int)seconds.len - 3,
                      kd_strbuf_str (&seconds));
  } else if (known) {
    kd_strbuf_printf (&when, "%+12" PRId64 " ticks", ticks);
  } else {
    kd_strbuf_printf (&when, "jiffy %12" PRIu64, t->expires);
  }
  kd_strbuf_puts (&when, known && ticks < 0 ? " (overdue)" : "");
  show_timer (v, t, kd_strbuf_str (&when));
}

static void
timer_json (struct timer_view *v, const struct kd_timer_base *b, bool wheel,
            const struct kd_timer *t)
{
  struct kd_writer *w = v->w;
  struct kd_strbuf what KD_AUTO_STRBUF = { 0 };
  int64_t in;
  bool known = wheel ? wheel_in (v, t, &in) : hrtimer_in (v, b, t, &in);
  kd_timer_describe (v->k, t, &what);
  kd_json_object (w, NULL);
  kd_json_hex (w, "timer", t->addr);
  kd_json_u64 (w, "expires", t->expires);
  if (!wheel)
    kd_json_u64 (w, "soft_expires", t->soft);
  if (known)
    kd_json_i64 (w, "in", in);
  else
    kd_json_null (w, "in");
  json_code (v, "function", t->function);
  kd_json_str_or_null (w, "what", kd_strbuf_str (&what));
  kd_json_end (w);
}

/* --- the timers of one base --- */

static void
show_base_head (struct timer_view *v, const struct kd_timer_base *b,
                bool wheel)
{
  if (wheel)
    kd_text (v->w, " wheel, %s timers: %zu%s\n", b->name, b->ntimers,
             b->idle ? ", idle" : "");
  else
    kd_text (v->w, " hrtimers, %s clock%s: %zu\n", b->name,
             b->soft ? ", in softirq" : "", b->ntimers);
  if (b->running) {
    struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
    kd_kernel_format_addr (v->k, b->running_function, &name);
    kd_text (v->w, "  running now         %016" PRIx64 " %s\n", b->running,
             b->running_function ? kd_strbuf_str (&name) : "(unknown)");
  }
}

static void
base_json_head (struct timer_view *v, const struct kd_timer_base *b,
                bool wheel)
{
  struct kd_writer *w = v->w;
  kd_json_object (w, NULL);
  kd_json_str (w, wheel ? "wheel" : "clock", b->name);
  if (wheel) {
    kd_json_u64 (w, "clk", b->clk);
    kd_json_bool (w, "idle", b->idle);
  } else {
    kd_json_bool (w, "softirq", b->soft);
    kd_json_i64 (w, "offset_ns", b->offset_ns);
  }
  if (b->running)
    kd_json_hex (w, "running", b->running);
  else
    kd_json_null (w, "running");
  json_code (v, "running_function", b->running_function);
  kd_json_str_or_null (w, "damage", b->damage);
  kd_json_array (w, "timers");
}

static void
show_base (struct timer_view *v, const struct kd_timer_base *b, bool wheel)
{
  base_json_head (v, b, wheel);
  if (b->ntimers || b->running || b->damage)
    show_base_head (v, b, wheel);
  for (size_t i = 0; i < b->ntimers; i++) {
    if (v->w->json)
      timer_json (v, b, wheel, &b->timers[i]);
    else if (wheel)
      show_wheel_timer (v, &b->timers[i]);
    else
      show_hrtimer (v, b, &b->timers[i]);
  }
  if (b->damage)
    kd_text (v->w, "  Warning: %s\n", b->damage);
  kd_json_end (v->w);
  kd_json_end (v->w);
}

/* --- the whole --- */

static enum kd_status
show_cpu (struct timer_view *v, unsigned cpu)
{
  struct kd_timers hr, wheel;
  enum kd_status st = kd_hrtimers_read (v->k, cpu, &hr);
  if (st)
    return st;
  st = kd_wheel_read (v->k, cpu, &wheel);
  if (st) {
    kd_timers_deinit (&hr);
    return st;
  }
  kd_text (v->w, "%sCPU %u%s%s%s\n", v->shown++ ? "\n" : "", cpu,
           v->k->cpus[cpu].online ? "" : " (offline)",
           hr.in_interrupt ? ", in hrtimer_interrupt()" : "",
           hr.hang_detected ? ", which took too long" : "");
  kd_json_object (v->w, NULL);
  kd_json_u64 (v->w, "cpu", cpu);
  kd_json_bool (v->w, "online", v->k->cpus[cpu].online);
  kd_json_bool (v->w, "in_hrtimer_interrupt", hr.in_interrupt);
  kd_json_bool (v->w, "hang_detected", hr.hang_detected);
  kd_json_array (v->w, "hrtimers");
  for (unsigned i = 0; i < hr.nbases; i++)
    show_base (v, &hr.base[i], false);
  kd_json_end (v->w);
  kd_json_array (v->w, "wheels");
  for (unsigned i = 0; i < wheel.nbases; i++)
    show_base (v, &wheel.base[i], true);
  kd_json_end (v->w);
  kd_json_end (v->w);
  kd_timers_deinit (&hr);
  kd_timers_deinit (&wheel);
  return KD_OK;
}

static void
show_now (struct timer_view *v)
{
  struct kd_writer *w = v->w;
  v->has_clock = !kd_clock_read (v->k, &v->clock);
  v->has_jiffies = !kd_jiffies (v->k, &v->jiffies);
  v->has_hz = !kd_hz (v->k, &v->hz);
  kd_json_u64_or_null (w, "now_ns", v->has_clock, v->clock.mono_ns);
  kd_json_u64_or_null (w, "jiffies", v->has_jiffies, v->jiffies);
  kd_json_u64_or_null (w, "hz", v->has_hz, v->hz);
  if (v->has_clock) {
    struct kd_strbuf seconds KD_AUTO_STRBUF = { 0 };
    format_seconds ((int64_t)v->clock.mono_ns, &seconds);
    kd_text (w, "The clock stood at %s s since boot when it was last updated",
             kd_strbuf_str (&seconds));
  } else {
    kd_text (w, "The time is not known: expiry is as it stands in each timer");
  }
  if (v->has_jiffies)
    kd_text (w, ";\njiffies at %" PRIu64, v->jiffies);
  if (v->has_hz)
    kd_text (w, ", HZ is %u", v->hz);
  kd_text (w, ".\n\n");
}

static enum kd_status
parse (const struct kd_args *args, struct timer_view *v)
{
  enum kd_status st = KD_OK;
  bool any = false;
  for (int i = 0; i < args->argc && !st; i++) {
    if (strcmp (args->argv[i], "-c") != 0)
      return kd_args_no_more (args, i);
    if (++i == args->argc)
      return kd_fail (KD_USAGE, "-c needs a list of CPUs");
    st = kd_arg_cpu_list (v->k, args->argv[i], v->cpus);
    any = true;
  }
  for (unsigned cpu = 0; cpu < v->k->ncpus && !any; cpu++)
    v->cpus[cpu] = v->k->cpus[cpu].present;
  return st;
}

static enum kd_status
timer_run (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  struct kd_kernel *k = s->kernel;
  bool *cpus KD_AUTO_FREE = kd_calloc (k->ncpus, sizeof *cpus);
  if (!cpus)
    return kd_fail (KD_NOMEM, "out of memory");
  struct timer_view v = { .k = k, .w = w, .cpus = cpus };
  enum kd_status st = parse (args, &v);
  if (st)
    return st;
  kd_json_object (w, NULL);
  show_now (&v);
  kd_json_array (w, "cpus");
  for (unsigned cpu = 0; cpu < k->ncpus && !st; cpu++) {
    if (!cpus[cpu])
      continue;
    st = kd_progress ("reading timers", cpu, k->ncpus);
    if (!st)
      st = show_cpu (&v, cpu);
  }
  kd_json_end (w);
  kd_json_end (w);
  return st;
}

const struct kd_command kd_cmd_timer = {
  .name = "timer",
  .group = "What is pending?",
  .summary = "show the timers that are pending on each CPU",
  .usage = "timer [-c CPULIST] [--json]",
  .help
  = "Shows each CPU's (or those of CPULIST, 0-3,5) timers in the order they\n"
    "expire: how long from now, its address, its function, and where that\n"
    "tells, what it will do. First come hrtimers, by their clock; then those\n"
    "of the timer wheel, which come with the tick. An overdue timer shows\n"
    "since when its CPU takes no timer interrupt, or a softirq does not run\n"
    "(for the wheel, and hrtimers in softirq). The time of a machine that\n"
    "hung may itself have stopped.\n\n"
    "JSON: {now_ns, jiffies, hz, cpus: [{cpu, online, in_hrtimer_interrupt,\n"
    "hang_detected, hrtimers: [{clock, softirq, offset_ns, running,\n"
    "running_function, damage, timers: [{timer, expires, soft_expires, in,\n"
    "function, what}]}], wheels: [{wheel, clk, idle, running,\n"
    "running_function, damage, timers: [{timer, expires, in, function,\n"
    "what}]}]}]}. expires and in are ns for hrtimers, jiffies for wheels.\n",
  .run = timer_run,
};
