/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `lockup' share: the words of its sentences. */
#ifndef KD_CMD_LOCKUP_H
#define KD_CMD_LOCKUP_H

#include "cmd/args.h"
#include "hang/chain.h"
#include "hang/sleep.h"

struct lockup {
  struct kd_session_state *s;
  struct kd_contexts *c;
  struct kd_chain chain;
  struct kd_sleep_waits sleepers;
  struct kd_writer *w;
  bool *visited; /* CPUs on the chain that is being told; owned */
};

/* A sentence, wrapped, with how sure it is at its end (NULL: says nothing
   about that).  */
void kd_lockup_say (struct lockup *l, const char *sentence,
                    const char *confidence);
/* An address by its symbol, else as number, "NULL" for 0; appended to OUT, as
   all that follow.  */
void kd_lockup_name (struct kd_kernel *k, uint64_t addr,
                     struct kd_strbuf *out);
/* The same for an object: WHAT is said before a mere address, "the lock at
   ", and instead of 0, "a lock that is not known".  */
void kd_lockup_object (struct kd_kernel *k, const char *what, uint64_t addr,
                       struct kd_strbuf *out);
/* "function (file.c:12)" of a frame.  */
void kd_lockup_where (struct lockup *l, const struct kd_frame *f,
                      struct kd_strbuf *out);

/* "CPU 3 [yum 167]", with the kind of context if it is no task.  */
void kd_lockup_who (const struct kd_context_stack *s,
                    const struct kd_context *ctx, struct kd_strbuf *out);

/* Lines on a lock: its word decoded and the queue of those in L->chain that
   spin for it; who may have it, with the evidence.  */
void kd_lockup_show_word (struct lockup *l, uint64_t lock,
                          enum kd_lock_kind kind);
void kd_lockup_show_holders (struct lockup *l,
                             const struct kd_lock_holder *holders, size_t n);

/* Tasks that sleep for each other, after the CPUs; and their part of JSON.  */
void kd_lockup_tell_tasks (struct lockup *l);
void kd_lockup_show_tasks (struct lockup *l);

#endif
