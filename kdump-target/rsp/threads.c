/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CPUs and tasks as GDB's threads. */
#include "cmd/threads.h"
#include "cmd/describe.h"
#include "rsp/request.h"

#include <inttypes.h>
#include <string.h>

/* Thread ids of one qfThreadInfo packet.  */
#define THREADS_PER_PACKET 1024

unsigned
kd_rsp_cpu_count (const struct kd_rsp *s)
{
  const struct kd_kernel *k = s->state->kernel;
  unsigned count = 0;
  for (unsigned i = 0; i < k->ncpus; i++)
    if (k->cpus[i].present)
      count = i + 1;
  return count ? count : 1;
}

uint64_t
kd_rsp_selected (const struct kd_rsp *s)
{
  return s->task ? kd_task_thread (s->task) : (uint64_t)s->cpu + 1;
}

/* The CPU of thread TID; NULL if there is no such thread, or no such CPU
   (which a dump that says nothing of CPUs makes possible).  */
static const struct kd_cpu *
cpu_of (const struct kd_rsp *s, uint64_t tid)
{
  const struct kd_kernel *k = s->state->kernel;
  return tid >= 1 && tid <= k->ncpus ? &k->cpus[tid - 1] : NULL;
}

/* The CPU that a client is shown first: the one that panicked, else the
   first with registers.  */
static unsigned
first_cpu (const struct kd_rsp *s)
{
  const struct kd_kernel *k = s->state->kernel;
  if (k->panic_cpu >= 0 && (unsigned)k->panic_cpu < kd_rsp_cpu_count (s))
    return (unsigned)k->panic_cpu;
  for (unsigned i = 0; i < k->ncpus; i++)
    if (k->cpus[i].present && k->cpus[i].source != KD_REGS_NONE)
      return i;
  return 0;
}

/* "kworker/1:1 38, panic".  */
static void
put_cpu_extra (const struct kd_cpu *cpu, struct kd_strbuf *out)
{
  if (!cpu) {
    kd_strbuf_puts (out, "no registers");
    return;
  }
  if (cpu->task)
    kd_strbuf_printf (out, "%s %d, ", cpu->comm, cpu->pid);
  kd_describe_cpu_state (cpu, out);
  if (cpu->source == KD_REGS_NONE)
    kd_strbuf_puts (out, ", no registers");
}

/* "PID 125, sleeping".  */
static void
put_task_extra (struct kd_rsp *s, const struct kd_task *t,
                struct kd_strbuf *out)
{
  kd_strbuf_printf (out, "PID %d, %s", t->pid,
                    kd_task_state_word (s->state->kernel, t));
  if (!t->stack)
    kd_strbuf_puts (out, ", no stack");
}

static void
put_task_xml (struct kd_rsp *s, const struct kd_task *t, struct kd_strbuf *out)
{
  struct kd_strbuf extra KD_AUTO_STRBUF = { 0 };
  put_task_extra (s, t, &extra);
  kd_strbuf_printf (out, "<thread id=\"%" PRIx64 "\" core=\"%u\" name=\"",
                    kd_task_thread (t), t->cpu);
  kd_rsp_put_xml (out, t->comm);
  kd_strbuf_puts (out, "\">");
  kd_rsp_put_xml (out, kd_strbuf_str (&extra));
  kd_strbuf_puts (out, "</thread>\n");
}

void
kd_rsp_threads_xml (struct kd_rsp *s, struct kd_strbuf *out)
{
  kd_strbuf_puts (out, "<?xml version=\"1.0\"?>\n<threads>\n");
  unsigned count = kd_rsp_cpu_count (s);
  for (unsigned i = 0; i < count; i++) {
    struct kd_strbuf extra KD_AUTO_STRBUF = { 0 };
    put_cpu_extra (cpu_of (s, i + 1), &extra);
    kd_strbuf_printf (out, "<thread id=\"%x\" core=\"%u\" name=\"CPU %u\">",
                      i + 1, i, i);
    kd_rsp_put_xml (out, kd_strbuf_str (&extra));
    kd_strbuf_puts (out, "</thread>\n");
  }
  const struct kd_task *t;
  for (size_t pos = 0; (t = kd_task_thread_next (s->state, &pos));)
    put_task_xml (s, t, out);
  kd_strbuf_puts (out, "</threads>\n");
}

/* Reading is about this thread from now on, and commands are.  */
static void
select_thread (struct kd_rsp *s, uint64_t tid, const struct kd_task *t)
{
  s->task = t;
  if (!t)
    s->cpu = (unsigned)tid - 1;
  else if (t->cpu < s->state->kernel->ncpus)
    s->cpu = t->cpu;
  s->state->cpu = s->cpu;
  s->state->task = t;
}

void
kd_rsp_stop_reason (struct kd_rsp *s, const char *args, size_t len,
                    struct kd_reply *r)
{
  (void)args, (void)len;
  select_thread (s, first_cpu (s) + 1, NULL);
  kd_reply_printf (r, "T00thread:%x;", s->cpu + 1);
}

void
kd_rsp_current_thread (struct kd_rsp *s, const char *args, size_t len,
                       struct kd_reply *r)
{
  (void)args, (void)len;
  kd_reply_printf (r, "QC%" PRIx64, kd_rsp_selected (s));
}

void
kd_rsp_first_threads (struct kd_rsp *s, const char *args, size_t len,
                      struct kd_reply *r)
{
  s->cpus_listed = 0;
  s->tasks_listed = 0;
  kd_rsp_more_threads (s, args, len, r);
}

void
kd_rsp_more_threads (struct kd_rsp *s, const char *args, size_t len,
                     struct kd_reply *r)
{
  (void)args, (void)len;
  unsigned n = 0;
  const struct kd_task *t;
  while (n < THREADS_PER_PACKET && s->cpus_listed < kd_rsp_cpu_count (s))
    kd_reply_printf (r, "%c%x", n++ ? ',' : 'm', ++s->cpus_listed);
  while (n < THREADS_PER_PACKET
         && (t = kd_task_thread_next (s->state, &s->tasks_listed)))
    kd_reply_printf (r, "%c%" PRIx64, n++ ? ',' : 'm', kd_task_thread (t));
  if (!n)
    kd_reply_printf (r, "l");
}

/* A thread id at the end of a request, and *TASK if it is that of one; false,
   and an error, if it is none of ours.  */
static bool
get_thread (struct kd_rsp *s, const char *text, uint64_t *tid,
            const struct kd_task **task, struct kd_reply *r)
{
  const char *p = text;
  *task = NULL;
  if (kd_rsp_get_number (&p, tid) && *p == '\0' && *tid >= 1
      && (*tid <= kd_rsp_cpu_count (s)
          || (*task = kd_task_of_thread (s->state, *tid))))
    return true;
  kd_reply_error (r, 3, "there is no thread %s", text);
  return false;
}

void
kd_rsp_thread_extra (struct kd_rsp *s, const char *args, size_t len,
                     struct kd_reply *r)
{
  uint64_t tid;
  const struct kd_task *t;
  if (!get_thread (s, len ? args + 1 : args, &tid, &t, r))
    return;
  struct kd_strbuf extra KD_AUTO_STRBUF = { 0 };
  if (t)
    put_task_extra (s, t, &extra);
  else
    put_cpu_extra (cpu_of (s, tid), &extra);
  kd_rsp_put_hex (&r->data, kd_strbuf_str (&extra), extra.len);
  r->kind = KD_REPLY_TEXT;
}

void
kd_rsp_thread_alive (struct kd_rsp *s, const char *args, size_t len,
                     struct kd_reply *r)
{
  (void)len;
  uint64_t tid;
  const struct kd_task *t;
  if (get_thread (s, args, &tid, &t, r))
    kd_reply_ok (r);
}

/* Hg selects for reading, Hc for resuming.  0 is any thread and -1 all.  */
void
kd_rsp_select_thread (struct kd_rsp *s, const char *args, size_t len,
                      struct kd_reply *r)
{
  if (len < 2 || (args[0] != 'g' && args[0] != 'c')) {
    kd_reply_error (r, 22, "H%s selects nothing", args);
    return;
  }
  uint64_t tid = 0;
  const struct kd_task *t = NULL;
  bool any = strcmp (args + 1, "0") == 0 || strcmp (args + 1, "-1") == 0;
  if (!any && !get_thread (s, args + 1, &tid, &t, r))
    return;
  if (args[0] == 'c')
    s->resume_tid = tid;
  else if (!any)
    select_thread (s, tid, t);
  kd_reply_ok (r);
}
