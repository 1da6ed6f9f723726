/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wait queues of all kinds. */
#include "kernel/waitq.h"

#include "kernel/damage.h"
#include "kernel/layout.h"
#include "kernel/list.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_WAITERS = 1 << 20,
  WQ_FLAG_EXCLUSIVE = 1,
  TABLE_SIZE = 256 /* WAIT_TABLE_SIZE, PAGE_WAIT_TABLE_SIZE */
};

struct walk {
  struct kd_kernel *k;
  enum kd_waitq_kind kind;
  uint64_t link; /* offset of the list_head in an entry */
  bool bits_only;
  kd_waiter_fn *fn;
  void *arg;
};

/* Is CODE the function called NAME?  */
static bool
is_function (struct kd_kernel *k, uint64_t code, const char *name)
{
  struct kd_symbol sym;
  return code && kd_kernel_symbol_at (k, code, &sym) && sym.addr == code
         && !strcmp (sym.name, name);
}

/* The entry is the member INNER of an object with a WORD and a BIT.  */
static void
take_word (struct walk *w, const char *inner, const char *word,
           const char *bit, struct kd_waiter *out)
{
  struct kd_member m;
  int64_t number;
  if (kd_layout (w->k, inner, &m)
      || kd_read_member (w->k, out->entry - m.offset, word, &out->word)
      || kd_read_signed (w->k, out->entry - m.offset, bit, &number))
    return;
  out->has_word = true;
  out->bit = (int)number;
}

/* What depends on who is to be called.  */
static void
take_function (struct walk *w, struct kd_waiter *out)
{
  uint64_t task = out->private;
  if (is_function (w->k, out->function, "wake_page_function"))
    take_word (w, "wait_page_queue.wait", "wait_page_queue.page",
               "wait_page_queue.bit", out);
  else if (is_function (w->k, out->function, "wake_bit_function")
           || is_function (w->k, out->function, "var_wake_function"))
    take_word (w, "wait_bit_queue.entry", "wait_bit_queue.word",
               "wait_bit_queue.bit", out);
  else if (is_function (w->k, out->function, "pollwake")
           && kd_read_member (w->k, out->private, "poll_wqueues.task", &task))
    task = 0;
  if (kd_task_by_addr (w->k, task, &out->task))
    out->task = NULL;
}

static enum kd_status
take_entry (void *arg, uint64_t link)
{
  struct walk *w = arg;
  struct kd_waiter out = { .entry = link - w->link, .bit = -1 };
  uint64_t flags = 0;
  enum kd_status st;
  if (w->kind == KD_SIMPLE_WAITQ) {
    st = kd_read_member (w->k, out.entry, "swait_queue.task", &out.private);
    if (!st && kd_task_by_addr (w->k, out.private, &out.task))
      out.task = NULL;
    return st ? st : w->fn (w->arg, &out);
  }
  st = kd_read_member (w->k, out.entry, "wait_queue_entry.private",
                       &out.private);
  if (!st)
    st = kd_read_member (w->k, out.entry, "wait_queue_entry.func",
                         &out.function);
  if (!st)
    st = kd_read_member (w->k, out.entry, "wait_queue_entry.flags", &flags);
  if (st)
    return st;
  out.exclusive = flags & WQ_FLAG_EXCLUSIVE;
  take_function (w, &out);
  return w->bits_only && !out.has_word ? KD_OK : w->fn (w->arg, &out);
}

static enum kd_status
walk_queue (struct walk *w, uint64_t addr)
{
  bool simple = w->kind == KD_SIMPLE_WAITQ;
  struct kd_member head, link;
  enum kd_status st = kd_layout (
    w->k, simple ? "swait_queue_head.list" : "wait_queue_head.head", &head);
  if (!st)
    st = kd_layout (
      w->k, simple ? "swait_queue.list" : "wait_queue_entry.entry", &link);
  if (st)
    return st;
  w->link = link.offset;
  return kd_list_walk (w->k, addr + head.offset, MAX_WAITERS, take_entry, w);
}

enum kd_status
kd_waitq_walk (struct kd_kernel *k, uint64_t addr, enum kd_waitq_kind kind,
               kd_waiter_fn *fn, void *arg)
{
  struct walk w = { .k = k, .kind = kind, .fn = fn, .arg = arg };
  return kd_context (walk_queue (&w, addr), "wait queue at 0x%" PRIx64, addr);
}

/* --- bits --- */

/* The queues of the hash table SYMBOL.  Those that are damaged do not stop the
   others.  */
static enum kd_status
walk_table (struct walk *w, const char *symbol, struct kd_damage *damage)
{
  struct kd_symbol sym;
  uint64_t size, addr;
  enum kd_status st = kd_kernel_symbol (w->k, symbol, &addr);
  if (!st)
    st = kd_types_size (w->k->types, "wait_queue_head", &size);
  if (st)
    return st;
  uint64_t count = TABLE_SIZE;
  if (size && kd_kernel_symbol_named (w->k, symbol, NULL, &sym)
      && sym.size >= size && sym.size / size <= TABLE_SIZE * UINT64_C (16))
    count = sym.size / size;
  for (uint64_t i = 0; i < count; i++) {
    st = walk_queue (w, addr + i * size);
    if (!st)
      continue;
    if (st != KD_CORRUPT && !kd_status_is_memory (st))
      return st;
    kd_damage_note (damage, kd_context (st, "%s[%" PRIu64 "]", symbol, i));
  }
  return KD_OK;
}

/* 3510ca20ece0 ("Minor page waitqueue cleanups", 4.13) and later give pages a
   table of their own; folio_wait_table since 6.0 or so.  */
enum kd_status
kd_waitq_walk_bits (struct kd_kernel *k, kd_waiter_fn *fn, void *arg)
{
  static const char *const tables[]
    = { "bit_wait_table", "folio_wait_table", "page_wait_table" };
  struct walk w
    = { .k = k, .kind = KD_WAITQ, .bits_only = true, .fn = fn, .arg = arg };
  struct kd_damage damage = { 0 };
  bool any = false;
  for (size_t i = 0; i < KD_ARRAY_SIZE (tables); i++) {
    enum kd_status st = walk_table (&w, tables[i], &damage);
    if (st && st != KD_NOT_FOUND)
      return kd_damage_end (&damage, st);
    any = any || !st;
  }
  if (!any)
    return kd_context (KD_NOT_FOUND, "tables of bit waiters");
  return kd_damage_end (&damage, KD_OK);
}

enum kd_status
kd_waitq_member (struct kd_kernel *k, const char *type, const char *path,
                 enum kd_waitq_kind *kind, uint64_t *offset)
{
  struct kd_member m, list;
  char *inner KD_AUTO_FREE = kd_asprintf ("%s.head.next", path);
  char *simple KD_AUTO_FREE = kd_asprintf ("%s.task_list.next", path);
  if (!inner || !simple)
    return kd_fail (KD_NOMEM, "out of memory");
  enum kd_status st = kd_types_member (k->types, type, path, &m);
  if (st)
    return st;
  *offset = m.offset;
  *kind = KD_WAITQ;
  if (!kd_types_member (k->types, type, inner, &list))
    return KD_OK;
  *kind = KD_SIMPLE_WAITQ;
  if (!kd_types_member (k->types, type, simple, &list))
    return KD_OK;
  return kd_fail (KD_NOT_FOUND, "%s.%s is no wait queue", type, path);
}
