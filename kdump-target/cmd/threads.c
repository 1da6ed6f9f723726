/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks that are to be seen as GDB's threads, besides the CPUs. */
#include "cmd/threads.h"

#include "cmd/cmd.h"

void
kd_task_threads_reset (struct kd_session_state *s)
{
  bool all = s->threads.all;
  free (s->threads.tasks);
  s->threads = (struct kd_task_threads){ .all = all };
  s->task = NULL;
}

uint64_t
kd_task_thread (const struct kd_task *t)
{
  if (t->running)
    return (uint64_t)t->cpu + 1;
  return t->idle ? KD_THREAD_IDLE + t->cpu : KD_THREAD_PID + (unsigned)t->pid;
}

const struct kd_task *
kd_task_of_thread (struct kd_session_state *s, uint64_t tid)
{
  const struct kd_task_list *l;
  const struct kd_task *t = NULL;
  if (tid >= KD_THREAD_IDLE) {
    if (kd_tasks (s->kernel, &l))
      return NULL;
    for (size_t i = 0; i < l->nidle; i++)
      if (kd_task_thread (&l->tasks[i]) == tid)
        return &l->tasks[i];
    return NULL;
  }
  if (tid <= KD_THREAD_PID
      || kd_task_by_pid (s->kernel, (int)(tid - KD_THREAD_PID), &t)
      || t->running)
    return NULL;
  return t;
}

static bool
is_made (const struct kd_task_threads *threads, const struct kd_task *t)
{
  for (size_t i = 0; i < threads->n; i++)
    if (threads->tasks[i] == t)
      return true;
  return threads->all;
}

enum kd_status
kd_task_thread_select (struct kd_session_state *s, const struct kd_task *t)
{
  struct kd_task_threads *threads = &s->threads;
  if (!t->running && !is_made (threads, t)) {
    const struct kd_task **more
      = realloc (threads->tasks, (threads->n + 1) * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory");
    threads->tasks = more;
    more[threads->n++] = t;
    threads->changes++;
  }
  s->task = t->running ? NULL : t;
  if (t->cpu < s->kernel->ncpus)
    s->cpu = t->cpu;
  return KD_OK;
}

enum kd_status
kd_thread_select (struct kd_session_state *s, uint64_t tid)
{
  const struct kd_task *t = NULL;
  if (tid >= 1 && tid <= s->kernel->ncpus)
    s->cpu = (unsigned)tid - 1;
  else if ((t = kd_task_of_thread (s, tid)) && t->cpu < s->kernel->ncpus)
    s->cpu = t->cpu;
  else if (!t)
    return kd_fail (KD_NOT_FOUND, "there is no thread %llu",
                    (unsigned long long)tid);
  s->task = t;
  return KD_OK;
}

const struct kd_task *
kd_task_thread_next (struct kd_session_state *s, size_t *pos)
{
  const struct kd_task_list *l;
  if (!s->threads.all)
    return *pos < s->threads.n ? s->threads.tasks[(*pos)++] : NULL;
  if (kd_tasks (s->kernel, &l))
    return NULL;
  while (*pos < l->ntasks) {
    const struct kd_task *t = &l->tasks[(*pos)++];
    if (!t->running)
      return t;
  }
  return NULL;
}
