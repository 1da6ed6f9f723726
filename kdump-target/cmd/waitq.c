/* SPDX-License-Identifier: GPL-3.0-or-later */
/* waitq: who waits on a wait queue. */
#include "kernel/waitq.h"
#include "cmd/args.h"
#include "cmd/complete.h"

#include <inttypes.h>
#include <string.h>

struct waitq_view {
  struct kd_session_state *s;
  struct kd_writer *w;
  bool bits, simple;
  const char *where, *member; /* of the command line, NULL if not given */
  uint64_t word;              /* with -b: of these waiters only, 0 all */
  size_t shown;
};

static enum kd_status
parse (const struct kd_args *args, struct waitq_view *v)
{
  enum kd_status st = KD_OK;
  for (int i = 0; i < args->argc && !st; i++) {
    const char *word = args->argv[i];
    if (!strcmp (word, "-b"))
      v->bits = true;
    else if (!strcmp (word, "-s"))
      v->simple = true;
    else if (word[0] == '-' || v->member)
      st = kd_args_no_more (args, i);
    else
      *(v->where ? &v->member : &v->where) = word;
  }
  if (!st && v->bits && (v->simple || v->member))
    st = kd_fail (KD_USAGE, "-b takes an address only");
  if (!st && !v->bits && !v->where)
    st = kd_fail (KD_USAGE, "the address of a wait queue is needed");
  return st;
}

/* --- one waiter --- */

static void
json_task (struct kd_writer *w, struct kd_kernel *k, const struct kd_task *t)
{
  if (!t) {
    kd_json_null (w, "task");
    kd_json_null (w, "pid");
    kd_json_null (w, "comm");
    kd_json_null (w, "task_state");
    return;
  }
  char state[2] = { kd_task_letter (k, t), '\0' };
  kd_json_hex (w, "task", t->addr);
  kd_json_i64 (w, "pid", t->pid);
  kd_json_str (w, "comm", t->comm);
  kd_json_str (w, "task_state", state);
}

static void
show_json (struct waitq_view *v, const struct kd_waiter *p, const char *name)
{
  struct kd_writer *w = v->w;
  kd_json_object (w, NULL);
  kd_json_hex (w, "entry", p->entry);
  kd_json_hex (w, "private", p->private);
  json_task (w, v->s->kernel, p->task);
  if (p->function)
    kd_json_str (w, "function", name);
  else
    kd_json_null (w, "function");
  kd_json_bool (w, "exclusive", p->exclusive);
  if (p->has_word) {
    kd_json_hex (w, "word", p->word);
    kd_json_i64 (w, "bit", p->bit);
  } else {
    kd_json_null (w, "word");
    kd_json_null (w, "bit");
  }
  kd_json_end (w);
}

static void
show_text (struct waitq_view *v, const struct kd_waiter *p, const char *name)
{
  struct kd_writer *w = v->w;
  if (!v->shown)
    kd_text (w, "%7s %2s %-16s %-15s  %s\n", "PID", "ST", "TASK", "COMMAND",
             "WOKEN BY");
  if (p->task)
    kd_text (w, "%7d %2c %016" PRIx64 " %-15s ", p->task->pid,
             kd_task_letter (v->s->kernel, p->task), p->task->addr,
             p->task->comm);
  else
    kd_text (w, "%7s %2s %016" PRIx64 " %-15s ", "-", "-", p->private,
             "(no task)");
  if (p->function)
    kd_text (w, " %s", name);
  else
    kd_text (w, " %s", p->private ? "-" : "(mark of a wake-up under way)");
  kd_text (w, "%s", p->exclusive ? ", exclusive" : "");
  if (p->has_word && p->bit >= 0)
    kd_text (w, "\n%26sfor bit %d at 0x%" PRIx64, "", p->bit, p->word);
  else if (p->has_word)
    kd_text (w, "\n%26sfor the variable at 0x%" PRIx64, "", p->word);
  kd_text (w, "\n");
}

static enum kd_status
show_waiter (void *arg, const struct kd_waiter *p)
{
  struct waitq_view *v = arg;
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  if (v->word && p->word != v->word)
    return KD_OK;
  if (p->function)
    kd_kernel_format_addr (v->s->kernel, p->function, &name);
  if (v->w->json)
    show_json (v, p, kd_strbuf_str (&name));
  else
    show_text (v, p, kd_strbuf_str (&name));
  v->shown++;
  return KD_OK;
}

/* --- which queue --- */

/* "TYPE.PATH": the queue is that member of the object at *ADDR.  */
static enum kd_status
find_member (struct waitq_view *v, uint64_t *addr, enum kd_waitq_kind *kind)
{
  const char *dot = strchr (v->member, '.');
  uint64_t offset;
  if (!dot || dot == v->member || !dot[1])
    return kd_fail (
      KD_USAGE, "`%s' is no TYPE.MEMBER, such as completion.wait", v->member);
  char *type KD_AUTO_FREE = strndup (v->member, (size_t)(dot - v->member));
  if (!type)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st
    = kd_waitq_member (v->s->kernel, type, dot + 1, kind, &offset);
  if (!st)
    *addr += offset;
  return st;
}

static enum kd_status
show_queue (struct waitq_view *v)
{
  struct kd_kernel *k = v->s->kernel;
  enum kd_waitq_kind kind = v->simple ? KD_SIMPLE_WAITQ : KD_WAITQ;
  struct kd_strbuf name KD_AUTO_STRBUF = { 0 };
  uint64_t addr;
  enum kd_status st = kd_arg_address (v->s, v->where, &addr);
  if (!st && v->member)
    st = find_member (v, &addr, &kind);
  if (st)
    return st;
  const char *type
    = kind == KD_SIMPLE_WAITQ ? "swait_queue_head" : "wait_queue_head";
  kd_kernel_format_addr (k, addr, &name);
  kd_text (v->w, "struct %s 0x%" PRIx64, type, addr);
  kd_text (v->w, strncmp (kd_strbuf_str (&name), "0x", 2) ? " (%s)\n" : "\n",
           kd_strbuf_str (&name));
  kd_json_object (v->w, NULL);
  kd_json_hex (v->w, "queue", addr);
  kd_json_str (v->w, "type", type);
  kd_json_array (v->w, "waiters");
  st = kd_waitq_walk (k, addr, kind, show_waiter, v);
  kd_json_end (v->w);
  kd_json_end (v->w);
  if (!st && !v->shown)
    kd_text (v->w, "Nobody waits.\n");
  if ((st == KD_CORRUPT || kd_status_is_memory (st)) && !v->shown)
    st = kd_context (st, "no struct %s is there, or a damaged one%s", type,
                     v->simple || v->member ? "" : " (-s is for simple ones)");
  return st;
}

static enum kd_status
show_bits (struct waitq_view *v)
{
  enum kd_status st
    = v->where ? kd_arg_address (v->s, v->where, &v->word) : KD_OK;
  if (st)
    return st;
  kd_json_object (v->w, NULL);
  kd_json_null (v->w, "queue");
  kd_json_null (v->w, "type");
  kd_json_array (v->w, "waiters");
  st = kd_waitq_walk_bits (v->s->kernel, show_waiter, v);
  kd_json_end (v->w);
  kd_json_end (v->w);
  if (!st && !v->shown)
    kd_text (v->w, "Nobody waits for a bit%s.\n",
             v->word ? " there" : ", a variable or a page");
  return st;
}

static enum kd_status
waitq_run (struct kd_session_state *s, const struct kd_args *args,
           struct kd_writer *w)
{
  struct waitq_view v = { .s = s, .w = w };
  enum kd_status st = parse (args, &v);
  if (st)
    return st;
  return v.bits ? show_bits (&v) : show_queue (&v);
}

const struct kd_command kd_cmd_waitq = {
  .name = "waitq",
  .group = "What is pending?",
  .summary = "show who waits on a wait queue",
  .usage = "waitq [-s] ADDRESS [TYPE.MEMBER] | waitq -b [ADDRESS] [--json]",
  .help
  = "Lists the tasks that wait on the wait_queue_head at ADDRESS (a symbol\n"
    "will do), the next to be woken first, and the function that is called\n"
    "to wake them. With TYPE.MEMBER, the queue is that member of the object\n"
    "at ADDRESS: `waitq 0xffff888012345678 completion.wait'. Its kind is\n"
    "then known; else -s says that it is a simple one, a swait_queue_head.\n\n"
    "With -b, lists who waits for a bit, a variable or a page to change: at\n"
    "ADDRESS (for a page, its struct page or folio), or all of them.\n\n"
    "JSON: {queue, type, waiters: [{entry, private, task, pid, comm,\n"
    "task_state, function, exclusive, word, bit}]}. private is what the\n"
    "entry points at, mostly the task; bit -1 is any change of the word.\n"
    "What is not known is null.\n",
  .run = waitq_run,
  .complete = kd_complete_symbol,
};
