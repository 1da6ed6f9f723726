/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bt -A and -g: stacks that are the same, once. */
#include "cmd/bt-groups.h"

#include "base/progress.h"
#include "cmd/select.h"

#include <inttypes.h>
#include <string.h>

enum { BUCKETS = 4096, PIDS_SHOWN = 24 };

/* A stack, and who has it.  */
struct group {
  uint64_t hash;
  struct kd_backtrace bt; /* of the first that had it; owned */
  struct member {
    int pid, cpu; /* cpu -1: on none */
    char letter;
  } * members; /* owned */
  size_t nmembers, room;
  struct group *next; /* with the same hash, or one like it */
};

struct groups {
  struct group *bucket[BUCKETS];
  struct group **all; /* in the order found; owned */
  size_t n, room;
};

static void
groups_deinit (struct groups *g)
{
  for (size_t i = 0; i < g->n; i++) {
    kd_backtrace_deinit (&g->all[i]->bt);
    free (g->all[i]->members);
    free (g->all[i]);
  }
  free (g->all);
}

/* Stacks are equal if the same calls are in the same order, and ended
   alike.  */
static uint64_t
hash_of (const struct kd_backtrace *bt)
{
  uint64_t h = bt->stop;

  for (size_t i = 0; i < bt->nframes; i++)
    h = (h ^ bt->frames[i].pc) * UINT64_C (0x9e3779b97f4a7c15)
        + bt->frames[i].stack.kind;
  return h ^ h >> 29;
}

static bool
equal (const struct kd_backtrace *a, const struct kd_backtrace *b)
{
  if (a->nframes != b->nframes || a->stop != b->stop)
    return false;
  for (size_t i = 0; i < a->nframes; i++)
    if (a->frames[i].pc != b->frames[i].pc
        || a->frames[i].stack.kind != b->frames[i].stack.kind)
      return false;
  return true;
}

/* The group of BT, which is taken over; NULL if memory ran out.  */
static struct group *
find_group (struct groups *g, struct kd_backtrace *bt)
{
  uint64_t hash = hash_of (bt);
  struct group **bucket = &g->bucket[hash % BUCKETS], *at;

  for (at = *bucket; at; at = at->next)
    if (at->hash == hash && equal (&at->bt, bt)) {
      kd_backtrace_deinit (bt);
      return at;
    }
  if (g->n == g->room) {
    size_t room = g->room ? g->room * 2 : 64;
    struct group **all = reallocarray (g->all, room, sizeof (void *));

    if (!all)
      return NULL;
    g->all = all;
    g->room = room;
  }
  at = kd_calloc (1, sizeof *at);
  if (!at)
    return NULL;
  at->hash = hash;
  at->bt = *bt;
  *bt = (struct kd_backtrace){ 0 };
  at->next = *bucket;
  *bucket = at;
  return g->all[g->n++] = at;
}

static enum kd_status
add (struct groups *g, struct kd_backtrace *bt, int pid, int cpu, char letter)
{
  struct group *at = find_group (g, bt);

  if (at && at->nmembers == at->room) {
    size_t room = at->room ? at->room * 2 : 4;
    struct member *more = reallocarray (at->members, room, sizeof *more);

    if (more) {
      at->members = more;
      at->room = room;
    }
  }
  if (!at || at->nmembers == at->room) {
    kd_backtrace_deinit (bt);
    return kd_fail (KD_NOMEM, "out of memory for stacks");
  }
  at->members[at->nmembers++]
    = (struct member){ .pid = pid, .cpu = cpu, .letter = letter };
  return KD_OK;
}

/* --- walking --- */

static enum kd_status
add_task (struct kd_session_state *s, struct kd_unwinder *u, struct groups *g,
          const struct kd_task *t)
{
  struct kd_backtrace bt;
  bool on_cpu = t->running && t->cpu < s->kernel->ncpus;
  enum kd_status st = on_cpu ? kd_unwind_cpu (u, t->cpu, &bt)
                             : kd_unwind_task (u, t->addr, &bt);

  return st ? st
            : add (g, &bt, t->pid, on_cpu ? (int)t->cpu : -1,
                   kd_task_letter (s->kernel, t));
}

static enum kd_status
walk_all_tasks (struct kd_session_state *s, struct kd_unwinder *u,
                struct groups *g, const struct kd_task_list *list)
{
  enum kd_status st = KD_OK;

  for (size_t i = 0; i < list->ntasks && !st; i++) {
    const struct kd_task *t = &list->tasks[i];

    if (i % 64 == 0)
      st = kd_progress ("walking stacks", i, list->ntasks);
    /* The idle tasks of CPUs that run something else never slept.  */
    if (!st && !(t->idle && !t->running))
      st = add_task (s, u, g, t);
  }
  return st;
}

static enum kd_status
walk_chosen (struct kd_session_state *s, struct kd_unwinder *u,
             struct groups *g, const struct kd_bt_options *o)
{
  enum kd_status st = KD_OK;

  for (unsigned c = 0; c < s->kernel->ncpus && !st; c++) {
    struct kd_backtrace bt;

    if (!o->cpus[c])
      continue;
    st = kd_unwind_cpu (u, c, &bt);
    if (!st)
      st = add (g, &bt, s->kernel->cpus[c].pid, (int)c, 'R');
  }
  for (size_t i = 0; i < o->ntasks && !st; i++)
    st = add_task (s, u, g, o->tasks[i]);
  if (!st && !g->n && s->task)
    st = add_task (s, u, g, s->task);
  return st;
}

/* --- showing --- */

static int
by_count (const void *a, const void *b)
{
  const struct group *x = *(struct group *const *)a;
  const struct group *y = *(struct group *const *)b;

  if (x->nmembers != y->nmembers)
    return x->nmembers < y->nmembers ? 1 : -1;
  return (x->members[0].pid > y->members[0].pid)
         - (x->members[0].pid < y->members[0].pid);
}

/* "3 tasks (D 2, S 1)".  */
static void
describe_states (const struct group *g, struct kd_strbuf *out)
{
  size_t count[128] = { 0 };
  bool first = true;

  for (size_t i = 0; i < g->nmembers; i++)
    count[(unsigned char)g->members[i].letter & 127]++;
  for (unsigned c = 0; c < 128; c++)
    if (count[c]) {
      kd_strbuf_printf (out, "%s%c %zu", first ? "" : ", ", (char)c, count[c]);
      first = false;
    }
}

static void
describe_members (const struct group *g, size_t max, struct kd_strbuf *out)
{
  for (size_t i = 0; i < g->nmembers && i < max; i++) {
    const struct member *m = &g->members[i];

    kd_strbuf_puts (out, i ? " " : "");
    if (m->cpu >= 0)
      kd_strbuf_printf (out, "CPU%d:%d", m->cpu, m->pid);
    else
      kd_strbuf_printf (out, "%d", m->pid);
  }
  if (g->nmembers > max)
    kd_strbuf_printf (out, " and %zu more", g->nmembers - max);
}

/* "schedule < do_wait < ...", innermost first.  */
static void
describe_functions (struct kd_kernel *k, const struct group *g,
                    struct kd_strbuf *out)
{
  for (size_t i = 0; i < g->bt.nframes; i++) {
    struct kd_symbol sym;

    kd_strbuf_puts (out, i ? " < " : "");
    if (g->bt.frames[i].kind == KD_FRAME_USER)
      kd_strbuf_puts (out, "user");
    else if (kd_frame_symbol (k, &g->bt.frames[i], &sym))
      kd_strbuf_puts (out, sym.name);
    else
      kd_strbuf_printf (out, "0x%" PRIx64, g->bt.frames[i].pc);
  }
  if (!g->bt.nframes)
    kd_strbuf_puts (out, g->bt.reason);
}

static void
json_group (struct kd_session_state *s, const struct group *g,
            const struct kd_bt_options *o, struct kd_writer *w)
{
  kd_json_object (w, NULL);
  kd_json_u64 (w, "count", g->nmembers);
  kd_json_array (w, "pids");
  for (size_t i = 0; i < g->nmembers; i++)
    kd_json_i64 (w, NULL, g->members[i].pid);
  kd_json_end (w);
  kd_json_array (w, "cpus");
  for (size_t i = 0; i < g->nmembers; i++)
    if (g->members[i].cpu >= 0)
      kd_json_i64 (w, NULL, g->members[i].cpu);
  kd_json_end (w);
  kd_json_array (w, "states");
  for (size_t i = 0; i < g->nmembers; i++) {
    char letter[2] = { g->members[i].letter };

    kd_json_str (w, NULL, letter);
  }
  kd_json_end (w);
  kd_stack_show (s, &g->bt, &o->style, w);
  kd_json_end (w);
}

static void
text_group (struct kd_session_state *s, const struct group *g,
            const struct kd_bt_options *o, struct kd_writer *w)
{
  struct kd_strbuf states KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf members KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf functions KD_AUTO_STRBUF = { 0 };
  char label[32];

  describe_states (g, &states);
  describe_members (g, PIDS_SHOWN, &members);
  if (o->lines) {
    describe_functions (s->kernel, g, &functions);
    snprintf (label, sizeof label, "%zu", g->nmembers);
    kd_text_wrapped (w, label, 6, kd_strbuf_str (&functions));
    kd_text_wrapped (w, "", 6, kd_strbuf_str (&members));
    return;
  }
  kd_text (w, "%zu task%s (%s)\n", g->nmembers, g->nmembers == 1 ? "" : "s",
           kd_strbuf_str (&states));
  kd_text_wrapped (w, "PID", 5, kd_strbuf_str (&members));
  kd_stack_show (s, &g->bt, &o->style, w);
}

enum kd_status
kd_bt_groups (struct kd_session_state *s, struct kd_unwinder *u,
              const struct kd_bt_options *o, struct kd_writer *w)
{
  struct groups g KD_CLEANUP (groups_deinit) = { 0 };
  const struct kd_task_list *list = NULL;
  enum kd_status st = KD_OK;

  if (o->all_tasks)
    st = kd_tasks (s->kernel, &list);
  if (!st)
    st = list ? walk_all_tasks (s, u, &g, list) : walk_chosen (s, u, &g, o);
  if (st)
    return st;
  if (g.n)
    qsort (g.all, g.n, sizeof (void *), by_count);
  kd_json_array (w, "groups");
  for (size_t i = 0; i < g.n; i++) {
    if (w->json) {
      json_group (s, g.all[i], o, w);
      continue;
    }
    kd_text (w, i && !o->lines ? "\n" : "");
    text_group (s, g.all[i], o, w);
  }
  kd_json_end (w);
  if (list)
    kd_tasks_show_warnings (list, w);
  return KD_OK;
}
