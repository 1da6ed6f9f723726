/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lockup's second part: the tasks that sleep for each other. */
#include "cmd/lockup.h"
#include "kernel/tasks.h"

#include <inttypes.h>
#include <string.h>

/* Others that wait for the same are named up to this many.  */
enum { NAMED = 3 };

static void
task_name (const struct kd_task *t, struct kd_strbuf *out)
{
  kd_strbuf_printf (out, "[%s %d]", t->comm, t->pid);
}

static void
object_name (struct lockup *l, const struct kd_sleep_wait *w,
             struct kd_strbuf *out)
{
  kd_lockup_object (l->s->kernel, kd_sleep_kind_name (w->kind), w->lock, out);
}

static void
upper_first (struct kd_strbuf *text)
{
  if (text->len && (text->data[0] == 't' || text->data[0] == 'a'))
    text->data[0] = (char)(text->data[0] - 'a' + 'A');
}

static void
tell_wait (struct lockup *l, struct kd_sleep_wait *w)
{
  static const char *const what[] = {
    [KD_SLEEP_RWSEM_READ] = "to read under ",
    [KD_SLEEP_RWSEM_WRITE] = "to write under ",
    [KD_SLEEP_COMPLETION] = "for ",
  };
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  const char *how = (size_t)w->kind < KD_ARRAY_SIZE (what) && what[w->kind]
                      ? what[w->kind]
                      : "for ";

  w->shown = true;
  kd_strbuf_puts (&text, "Task ");
  task_name (w->task, &text);
  kd_strbuf_printf (&text, " sleeps in %s %s", w->function, how);
  object_name (l, w, &text);
  if (w->has_caller) {
    kd_strbuf_puts (&text,
                    w->kind == KD_SLEEP_COMPLETION ? ", in " : ", wanted by ");
    kd_lockup_where (l, &w->caller, &text);
  }
  kd_strbuf_puts (&text, ".");
  kd_lockup_say (l, kd_strbuf_str (&text), kd_confidence_name (w->confidence));
}

/* The other tasks that wait for the same.  */
static void
tell_others (struct lockup *l, const struct kd_sleep_wait *w)
{
  struct kd_strbuf names KD_AUTO_STRBUF = { 0 };
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  size_t n = 0;

  for (size_t i = 0; w->lock && i < l->sleepers.n; i++) {
    struct kd_sleep_wait *other = &l->sleepers.waits[i];

    if (other->shown || other->lock != w->lock)
      continue;
    other->shown = true;
    if (n++ >= NAMED)
      continue;
    if (n > 1)
      kd_strbuf_puts (&names, ", ");
    task_name (other->task, &names);
  }
  if (!n)
    return;
  if (n == 1)
    kd_strbuf_printf (&text, "So does task %s.", kd_strbuf_str (&names));
  else
    kd_strbuf_printf (&text, "So do %zu other tasks: %s%s.", n,
                      kd_strbuf_str (&names), n > NAMED ? " ..." : "");
  kd_lockup_say (l, kd_strbuf_str (&text), NULL);
}

/* Who has what W waits for.  */
static void
tell_holder (struct lockup *l, const struct kd_sleep_wait *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  if (!w->lock)
    return;
  object_name (l, w, &text);
  upper_first (&text);
  if (w->holder && w->kind == KD_SLEEP_COMPLETION) {
    kd_strbuf_puts (&text, " is completed when this thread ends: ");
    task_name (w->holder, &text);
    kd_strbuf_puts (&text, ".");
  } else if (w->holder) {
    kd_strbuf_puts (&text, w->holder_confidence == KD_POSSIBLE
                             ? " has readers; the last that came is task "
                             : " is held by task ");
    task_name (w->holder, &text);
    kd_strbuf_puts (&text, ".");
  } else if (w->kind == KD_SLEEP_COMPLETION) {
    kd_strbuf_puts (&text, ": who is to complete it is not known.");
  } else {
    kd_strbuf_printf (&text, ": who holds it is not known: %s.",
                      w->holder_evidence);
  }
  kd_lockup_say (l, kd_strbuf_str (&text),
                 kd_confidence_name (w->holder_confidence));
}

static void
tell_root (struct lockup *l, const struct kd_task *t)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  kd_strbuf_puts (&text, "Root: task ");
  task_name (t, &text);
  if (t->running && t->cpu < l->s->kernel->ncpus
      && kd_chain_of_cpu (&l->chain, (int)t->cpu))
    kd_strbuf_printf (&text, ", which runs on CPU %u; see there.", t->cpu);
  else if (t->running)
    kd_strbuf_printf (
      &text, ", which runs on CPU %u. It waits for nothing we know.", t->cpu);
  else
    kd_strbuf_printf (&text, " (%s). It waits for no lock that we know.",
                      kd_task_state_word (l->s->kernel, t));
  kd_lockup_say (l, kd_strbuf_str (&text), NULL);
}

/* Does what FROM waits for lead back to it?  */
static bool
leads_back (struct lockup *l, const struct kd_sleep_wait *from)
{
  const struct kd_sleep_wait *w = from;

  for (size_t steps = 0; steps <= l->sleepers.n; steps++) {
    if (!w->holder || w->holder_confidence == KD_POSSIBLE)
      return false;
    w = kd_sleep_of_task (&l->sleepers, w->holder);
    if (!w || w == from)
      return w != NULL;
  }
  return false;
}

/* From W on, along what each waits for.  */
static void
tell_chain (struct lockup *l, struct kd_sleep_wait *w)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  for (;;) {
    struct kd_sleep_wait *next
      = w->holder ? kd_sleep_of_task (&l->sleepers, w->holder) : NULL;
    bool again = next && (next == w || next->shown);

    tell_wait (l, w);
    /* Those on a cycle have sentences of their own.  */
    if (!leads_back (l, w))
      tell_others (l, w);
    tell_holder (l, w);
    if (again) {
      task_name (w->task, &text);
      kd_strbuf_puts (&text, " waits for ");
      task_name (w->holder, &text);
      kd_strbuf_printf (&text, ", which was seen above%s.",
                        leads_back (l, w) ? ": a deadlock" : "");
      kd_lockup_say (l, kd_strbuf_str (&text), NULL);
      return;
    }
    if (!next) {
      if (w->holder && w->holder_confidence != KD_POSSIBLE)
        tell_root (l, w->holder);
      return;
    }
    w = next;
  }
}

void
kd_lockup_tell_tasks (struct lockup *l)
{
  size_t blocked = 0;

  /* What is known to hang first, mere waits for a completion last.  */
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < l->sleepers.n; i++) {
      struct kd_sleep_wait *w = &l->sleepers.waits[i];

      blocked += pass == 0;
      if (!w->shown && (pass == 1 || w->holder))
        tell_chain (l, w);
    }
  if (!blocked && !l->chain.n)
    kd_lockup_say (l, "No task is blocked on a lock or completion.", NULL);
}

/* --- evidence --- */

static void
json_wait (struct lockup *l, const struct kd_sleep_wait *w)
{
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };

  kd_lockup_name (l->s->kernel, w->lock, &name);
  kd_json_object (l->w, NULL);
  kd_json_str (l->w, "kind",
               w->kind == KD_SLEEP_RWSEM_READ ? "rwsem_read"
               : w->kind == KD_SLEEP_RWSEM_WRITE
                 ? "rwsem_write"
                 : kd_sleep_kind_name (w->kind));
  kd_json_i64 (l->w, "pid", w->task->pid);
  kd_json_str (l->w, "comm", w->task->comm);
  kd_json_hex (l->w, "task", w->task->addr);
  kd_json_str (l->w, "function", w->function);
  kd_json_hex (l->w, "lock", w->lock);
  kd_json_str (l->w, "lock_name", kd_strbuf_str (&name));
  kd_json_str (l->w, "confidence", kd_confidence_name (w->confidence));
  kd_json_str (l->w, "evidence", w->evidence);
  kd_json_u64_or_null (l->w, "holder_pid", w->holder != NULL,
                       w->holder ? (uint64_t)w->holder->pid : 0);
  kd_json_str (l->w, "holder_confidence",
               kd_confidence_name (w->holder_confidence));
  kd_json_str (l->w, "holder_evidence", w->holder_evidence);
  kd_json_end (l->w);
}

void
kd_lockup_show_tasks (struct lockup *l)
{
  enum { MAX_TEXT = 20 };

  kd_json_array (l->w, "tasks");
  for (size_t i = 0; i < l->sleepers.n; i++) {
    const struct kd_sleep_wait *w = &l->sleepers.waits[i];
    struct kd_strbuf head KD_AUTO_STRBUF = { 0 };

    json_wait (l, w);
    if (i == MAX_TEXT)
      kd_text (l->w, "\n... and %zu more tasks; --json has all\n",
               l->sleepers.n - i);
    if (i >= MAX_TEXT)
      continue;
    task_name (w->task, &head);
    kd_text (l->w, "\nTask %s, 0x%" PRIx64 "\n", kd_strbuf_str (&head),
             w->task->addr);
    kd_text_wrapped (l->w, "  because", 11, w->evidence);
    if (w->lock)
      kd_text (l->w, "  %-8s 0x%" PRIx64 "\n",
               w->kind == KD_SLEEP_COMPLETION ? "object" : "lock", w->lock);
    if (w->holder) {
      struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

      task_name (w->holder, &text);
      kd_strbuf_printf (&text, ": %s [%s]", w->holder_evidence,
                        kd_confidence_name (w->holder_confidence));
      kd_text_wrapped (l->w, "  holder", 11, kd_strbuf_str (&text));
    }
  }
  kd_json_end (l->w);
}
