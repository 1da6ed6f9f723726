/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel objects of common types, in a few words each. */
#include "objects.h"

#include "decode.h"
#include "server.h"
#include "values.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_BITS = 65536 };

static unsigned cpus; /* possible */
static int wide;      /* built for 16384 CPUs or more; -1: not asked yet */

void
kd_objects_start (unsigned ncpus)
{
  cpus = ncpus;
  wide = -1;
}

static PyObject *
take_text (struct kd_strbuf *text)
{
  if (text->failed)
    return PyErr_NoMemory ();
  return PyUnicode_DecodeUTF8 (kd_strbuf_str (text), (Py_ssize_t)text->len,
                               "replace");
}

/* What is at PATH ("owner.counter") in VALUE.  */
static PyObject *
at_path (PyObject *value, const char *path)
{
  char *copy KD_AUTO_FREE = strdup (path);
  char *rest = copy, *name;
  PyObject *at = value;

  Py_INCREF (at);
  while (at && rest && (name = strsep (&rest, "."))) {
    PyObject *member = kd_value_member (at, name);

    Py_DECREF (at);
    at = member;
  }
  return at;
}

static bool
has (PyObject *value, const char *path)
{
  PyObject *at KD_AUTO_PY = at_path (value, path);

  kd_py_ignore ();
  return at != NULL;
}

static bool
number_at (PyObject *value, const char *path, uint64_t *out)
{
  PyObject *at KD_AUTO_PY = at_path (value, path);

  return at && kd_value_u64 (at, out);
}

/* Lists and trees: the server counts.  */

/* GDB's limit for what it prints of an array; 0 none.  */
static unsigned long
element_limit (void)
{
  PyObject *value KD_AUTO_PY = kd_py_call ("parameter", "(s)",
                                           "print "
                                           "elements");
  unsigned long limit
    = value && PyLong_Check (value) ? PyLong_AsUnsignedLong (value) : 0;

  if (PyErr_Occurred ())
    limit = 0;
  kd_py_ignore ();
  return limit;
}

/* The server's line on the object of KIND at ADDR, the caller's to free();
   NULL with an exception.  */
static char *
summary (const char *kind, uint64_t addr)
{
  char *request KD_AUTO_FREE = kd_asprintf ("summary %s 0x%" PRIx64 " %lu",
                                            kind, addr, element_limit ());
  char *line = request ? kd_server_ask (request) : NULL;

  if (line)
    line[strcspn (line, "\n")] = 0;
  return line;
}

static PyObject *
summarise (PyObject *value, const char *kind, bool *complete)
{
  char *line KD_AUTO_FREE = NULL;
  uint64_t addr;

  /* A copy, as in a register, is in no list.  */
  if (!kd_value_address (value, &addr))
    return NULL;
  line = summary (kind, addr);
  if (!line)
    return NULL;
  *complete = !strcmp (line, "empty") || !strcmp (line, "not initialised");
  return PyUnicode_FromString (line);
}

static PyObject *
describe_list (PyObject *value, bool *complete)
{
  return summarise (value, "list", complete);
}

static PyObject *
describe_chain (PyObject *value, bool *complete)
{
  return summarise (value, "chain", complete);
}

static PyObject *
describe_rbtree (PyObject *value, bool *complete)
{
  return summarise (value, "rbtree", complete);
}

static PyObject *
describe_xarray (PyObject *value, bool *complete)
{
  return summarise (value, "xarray", complete);
}

static PyObject *
describe_maple (PyObject *value, bool *complete)
{
  return summarise (value, "maple", complete);
}

static PyObject *
describe_hlist_node (PyObject *value, bool *complete)
{
  /* LIST_POISON2 of include/linux/poison.h.  */
  static const uint64_t poison = UINT64_C (0xdead000000000122);
  uint64_t pprev;

  if (!number_at (value, "pprev", &pprev) || (pprev && pprev != poison))
    return NULL;
  *complete = !pprev;
  return PyUnicode_FromString (pprev ? "removed from its list"
                                     : "not in a list");
}

static PyObject *
describe_rb_node (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  uint64_t word, self;

  if (!number_at (value, "__rb_parent_color", &word))
    return NULL;
  *complete = !word || (kd_value_address (value, &self) && word == self);
  if (*complete)
    return PyUnicode_FromString (word ? "in no tree" : "not initialised");
  kd_strbuf_puts (&text, word & 1 ? "black" : "red");
  if (word & ~UINT64_C (3))
    kd_strbuf_printf (&text, ", parent 0x%" PRIx64, word & ~UINT64_C (3));
  else
    kd_strbuf_puts (&text, ", no parent");
  return take_text (&text);
}

/* Numbers.  A value rather than text is formatted as the user wants it.  */

static PyObject *
describe_atomic (PyObject *value, bool *complete)
{
  *complete = true;
  return kd_value_member (value, "counter");
}

static PyObject *
describe_refcount (PyObject *value, bool *complete)
{
  PyObject *count = at_path (value, "refs.counter");
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  uint64_t number;

  *complete = true;
  if (!count || !kd_value_u64 (count, &number) || (int32_t)number >= 0)
    return count;
  Py_DECREF (count);
  kd_strbuf_printf (&text, "saturated (%" PRId32 ")", (int32_t)number);
  return take_text (&text);
}

static PyObject *
describe_kref (PyObject *value, bool *complete)
{
  PyObject *count KD_AUTO_PY = kd_value_member (value, "refcount");

  return count ? describe_refcount (count, complete) : NULL;
}

static PyObject *
describe_ktime (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  uint64_t ns;

  *complete = true;
  if (kd_value_kind (value) != KD_VALUE_NUMBER || !kd_value_u64 (value, &ns))
    return NULL;
  kd_decode_ktime ((int64_t)ns, &text);
  return take_text (&text);
}

/* Masks.  */

/* Bits of the array `bits' of VALUE up to MAX, appended to TEXT.  */
static bool
put_bits (PyObject *value, size_t max, struct kd_strbuf *text)
{
  PyObject *bits KD_AUTO_PY = kd_value_member (value, "bits");
  PyObject *type KD_AUTO_PY
    = bits ? PyObject_GetAttrString (bits, "type") : NULL;
  PyObject *size KD_AUTO_PY
    = type ? PyObject_GetAttrString (type, "sizeof") : NULL;
  size_t bytes = size ? PyLong_AsSize_t (size) : 0;
  size_t n = (max + 63) / 64;
  uint64_t *words KD_AUTO_FREE = NULL;

  if (!size || PyErr_Occurred ())
    return false;
  if (n > bytes / 8)
    n = bytes / 8;
  words = kd_calloc (n, sizeof *words);
  for (size_t i = 0; words && i < n; i++) {
    PyObject *index KD_AUTO_PY = PyLong_FromSize_t (i);
    PyObject *word KD_AUTO_PY = index ? PyObject_GetItem (bits, index) : NULL;

    if (!word || !kd_value_u64 (word, &words[i]))
      return false;
  }
  if (words)
    kd_decode_bitmap (words, max < n * 64 ? max : n * 64, text);
  return words != NULL;
}

static PyObject *
describe_cpumask (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  /* The kernel ignores bits of CPUs that are not possible.  */
  return put_bits (value, cpus, &text) ? take_text (&text) : NULL;
}

static PyObject *
describe_nodemask (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  return put_bits (value, MAX_BITS, &text) ? take_text (&text) : NULL;
}

/* A pointer where the kernel may have very many CPUs, else an array of one
   element.  */
static PyObject *
describe_cpumask_var (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  PyObject *mask KD_AUTO_PY = NULL;
  uint64_t addr;

  *complete = true;
  if (kd_value_kind (value) == KD_VALUE_POINTER) {
    if (!kd_value_u64 (value, &addr) || !addr)
      return NULL;
    kd_strbuf_printf (&text, "0x%" PRIx64 ": ", addr);
    mask = PyObject_CallMethod (value, "dereference", NULL);
  } else {
    PyObject *zero KD_AUTO_PY = PyLong_FromLong (0);

    mask = zero ? PyObject_GetItem (value, zero) : NULL;
  }
  return mask && put_bits (mask, cpus, &text) ? take_text (&text) : NULL;
}

/* Locks.  */

static bool
is_wide (void)
{
  PyObject *type KD_AUTO_PY = NULL, *size KD_AUTO_PY = NULL;

  if (wide >= 0)
    return wide;
  type = kd_value_type ("cpumask");
  size = type ? PyObject_GetAttrString (type, "sizeof") : NULL;
  wide = size && PyLong_AsLong (size) * 8 >= 16384;
  kd_py_ignore ();
  return wide;
}

/* "holder 166 (0xffff...)" for the task at ADDR.  */
static void
put_task (uint64_t addr, struct kd_strbuf *text)
{
  char *request KD_AUTO_FREE = kd_asprintf ("task 0x%" PRIx64, addr);
  char *line KD_AUTO_FREE = request ? kd_server_ask (request) : NULL;
  int pid, at = 0;

  kd_py_ignore ();
  if (line)
    line[strcspn (line, "\n")] = 0;
  if (line && sscanf (line, "%*s %d %n", &pid, &at) == 1 && at)
    kd_strbuf_printf (text, "%s %d (0x%" PRIx64 ")", line + at, pid, addr);
  else
    kd_strbuf_printf (text, "0x%" PRIx64 ", which is no task", addr);
}

/* ", 2 waiting" by the list_head MEMBER of VALUE; SAID: a flag says that
   somebody waits.  */
static void
put_waiters (PyObject *value, const char *member, bool said,
             struct kd_strbuf *text)
{
  PyObject *list KD_AUTO_PY = at_path (value, member);
  char *line KD_AUTO_FREE = NULL;
  uint64_t addr;
  char *count;

  if (list && kd_value_address (list, &addr))
    line = summary ("list", addr);
  kd_py_ignore ();
  count = line ? strstr (line, " other") : NULL;
  if (count && !strstr (line, "damaged"))
    kd_strbuf_printf (text, ", %.*s waiting", (int)(count - line), line);
  else if (line && strcmp (line, "empty") != 0)
    kd_strbuf_printf (text, ", %s: %s", member, line);
  else if (said)
    kd_strbuf_puts (text, ", somebody waits");
}

static bool
put_qspinlock (PyObject *value, struct kd_strbuf *text)
{
  uint64_t word;

  if (!number_at (value, "val.counter", &word))
    return false;
  kd_decode_qspinlock ((uint32_t)word, is_wide (), text);
  return true;
}

static PyObject *
describe_qspinlock (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  return put_qspinlock (value, &text) ? take_text (&text) : NULL;
}

/* struct raw_spinlock; with CONFIG_DEBUG_SPINLOCK it knows its owner.  */
static bool
put_raw_spinlock (PyObject *value, struct kd_strbuf *text)
{
  PyObject *lock KD_AUTO_PY = kd_value_member (value, "raw_lock");
  uint64_t owner, cpu;

  if (!lock || !put_qspinlock (lock, text))
    return false;
  if (!has (value, "owner_cpu"))
    return true;
  if (!number_at (value, "owner", &owner)
      || !number_at (value, "owner_cpu", &cpu))
    return false;
  if (owner && owner != UINT64_MAX) {
    kd_strbuf_printf (text, ", by CPU %" PRId32 ", ", (int32_t)cpu);
    put_task (owner, text);
  }
  return true;
}

static PyObject *
describe_raw_spinlock (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  return put_raw_spinlock (value, &text) ? take_text (&text) : NULL;
}

/* struct rt_mutex_base, or the rt_mutex that had its members before 5.15.  */
static bool
put_rt_mutex (PyObject *value, struct kd_strbuf *text)
{
  uint64_t owner;

  if (!number_at (value, "owner", &owner))
    return false;
  if (owner & ~UINT64_C (1)) {
    kd_strbuf_puts (text, "held by ");
    put_task (owner & ~UINT64_C (1), text);
  } else {
    kd_strbuf_puts (text, "free");
  }
  if (owner & 1)
    kd_strbuf_puts (text, ", somebody waits");
  return true;
}

static PyObject *
describe_rt_mutex (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  return put_rt_mutex (value, &text) ? take_text (&text) : NULL;
}

/* With PREEMPT_RT a spinlock is a mutex.  */
static PyObject *
describe_spinlock (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  PyObject *inner KD_AUTO_PY = kd_value_member (value, "rlock");
  bool done;

  *complete = true;
  if (inner) {
    done = put_raw_spinlock (inner, &text);
  } else {
    PyObject *lock KD_AUTO_PY = NULL;

    kd_py_ignore ();
    lock = kd_value_member (value, "lock");
    done = lock && put_rt_mutex (lock, &text);
  }
  return done ? take_text (&text) : NULL;
}

static bool
put_qrwlock (PyObject *value, struct kd_strbuf *text)
{
  uint64_t word;

  if (!number_at (value, "cnts.counter", &word))
    return false;
  /* e0d02285f16e "locking/qrwlock: Use 'struct qrwlock' instead of 'struct
     __qrwlock'", 4.15 as well.  */
  kd_decode_qrwlock ((uint32_t)word, !has (value, "wlocked"), text);
  return true;
}

static PyObject *
describe_qrwlock (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };

  *complete = true;
  return put_qrwlock (value, &text) ? take_text (&text) : NULL;
}

static PyObject *
describe_rwlock (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  PyObject *lock KD_AUTO_PY = kd_value_member (value, "raw_lock");

  *complete = true;
  return lock && put_qrwlock (lock, &text) ? take_text (&text) : NULL;
}

static PyObject *
describe_mutex (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  PyObject *rt KD_AUTO_PY = kd_value_member (value, "rtmutex");
  uint64_t word, owner;

  *complete = true;
  if (rt)
    return put_rt_mutex (rt, &text) ? take_text (&text) : NULL;
  kd_py_ignore ();
  if (!number_at (value, "owner.counter", &word))
    return NULL;
  owner = kd_decode_mutex_owner (word);
  if (owner) {
    kd_strbuf_puts (&text, "held by ");
    put_task (owner, &text);
  } else {
    kd_strbuf_puts (&text, "free");
  }
  kd_decode_mutex_flags (word, &text);
  put_waiters (value, "wait_list", word & 1, &text);
  return take_text (&text);
}

static void
put_rwsem (const struct kd_rwsem *sem, struct kd_strbuf *text)
{
  if (sem->writer) {
    kd_strbuf_puts (text, "held for writing");
    if (sem->owner && !sem->owner_reads) {
      kd_strbuf_puts (text, " by ");
      put_task (sem->owner, text);
    }
  } else if (sem->readers) {
    kd_strbuf_printf (text, "%" PRIu64 " reader%s", sem->readers,
                      sem->readers == 1 ? "" : "s");
    if (sem->owner && sem->owner_reads) {
      kd_strbuf_puts (text, ", last to come ");
      put_task (sem->owner, text);
    }
  } else {
    kd_strbuf_puts (text, "free");
  }
  if (sem->handoff)
    kd_strbuf_puts (text, ", handoff");
}

static PyObject *
describe_rwsem (PyObject *value, bool *complete)
{
  struct kd_strbuf text KD_AUTO_STRBUF = { 0 };
  struct kd_rwsem sem;
  uint64_t count, owner = 0;
  /* 94a9717b3c40 "locking/rwsem: Make rwsem->owner an atomic_long_t", 5.3 as
     well.  */
  bool new = has (value, "owner.counter");

  *complete = true;
  if (!number_at (value, "count.counter", &count))
    return NULL;
  if (!number_at (value, new ? "owner.counter" : "owner", &owner))
    kd_py_ignore ();
  kd_decode_rwsem (count, owner, !new, &sem);
  put_rwsem (&sem, &text);
  put_waiters (value, "wait_list", sem.waiters, &text);
  return take_text (&text);
}

const struct kd_object_kind kd_object_kinds[] = {
  { "list_head", { "list_head" }, describe_list, { "next", "prev" } },
  { "hlist_head", { "hlist_head" }, describe_chain, { "first" } },
  { "hlist_node", { "hlist_node" }, describe_hlist_node, { "next", "pprev" } },
  { "llist_head", { "llist_head" }, describe_chain, { "first" } },
  { "rb_root", { "rb_root" }, describe_rbtree, { "rb_node" } },
  { "rb_root_cached",
    { "rb_root_cached" },
    describe_rbtree,
    { "rb_leftmost" } },
  { "rb_node", { "rb_node" }, describe_rb_node, { "rb_left", "rb_right" } },
  { "xarray", { "xarray", "radix_tree_root" }, describe_xarray, { NULL } },
  { "maple_tree", { "maple_tree" }, describe_maple, { NULL } },
  { "atomic",
    { "atomic_t", "atomic64_t", "atomic_long_t" },
    describe_atomic,
    { NULL } },
  { "refcount", { "refcount_struct" }, describe_refcount, { NULL } },
  { "kref", { "kref" }, describe_kref, { NULL } },
  { "ktime", { "ktime_t" }, describe_ktime, { NULL } },
  { "cpumask", { "cpumask" }, describe_cpumask, { NULL } },
  { "cpumask_var", { "cpumask_var_t" }, describe_cpumask_var, { NULL } },
  { "nodemask", { "nodemask_t" }, describe_nodemask, { NULL } },
  { "qspinlock", { "qspinlock" }, describe_qspinlock, { NULL } },
  { "raw_spinlock", { "raw_spinlock" }, describe_raw_spinlock, { NULL } },
  { "spinlock", { "spinlock" }, describe_spinlock, { NULL } },
  { "qrwlock", { "qrwlock" }, describe_qrwlock, { NULL } },
  { "rwlock", { "rwlock_t" }, describe_rwlock, { NULL } },
  { "mutex", { "mutex" }, describe_mutex, { NULL } },
  { "rt_mutex", { "rt_mutex_base", "rt_mutex" }, describe_rt_mutex, { NULL } },
  { "rw_semaphore", { "rw_semaphore" }, describe_rwsem, { NULL } },
};
const size_t kd_object_nkinds = KD_ARRAY_SIZE (kd_object_kinds);
