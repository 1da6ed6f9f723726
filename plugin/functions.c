/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convenience functions: $kdump_per_cpu, $kdump_task, $kdump_current and
   $container_of. */
#include "functions.h"

#include "base/strbuf.h"
#include "session.h"
#include "threads.h"
#include "values.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_CPUS = 65536 };

/* Where the CPUs' own copies of per-CPU variables are.  */
static struct {
  bool known;
  uint64_t start, end; /* of the variables' addresses */
  uint64_t *offset;    /* by CPU, 0 none; owned */
  unsigned ncpus;
} percpu;

static PyObject *task_type; /* struct task_struct, while a dump is open */

void
kd_functions_forget (void)
{
  free (percpu.offset);
  percpu.offset = NULL;
  percpu.ncpus = 0;
  percpu.known = false;
  Py_CLEAR (task_type);
}

static bool
set_offset (uint64_t cpu, uint64_t offset)
{
  if (cpu >= MAX_CPUS)
    return true;
  if (cpu >= percpu.ncpus) {
    uint64_t *more
      = realloc (percpu.offset, (size_t)(cpu + 1) * sizeof *percpu.offset);

    if (!more)
      return PyErr_NoMemory () != NULL;
    memset (more + percpu.ncpus, 0,
            (size_t)(cpu + 1 - percpu.ncpus) * sizeof *more);
    percpu.offset = more;
    percpu.ncpus = (unsigned)cpu + 1;
  }
  percpu.offset[cpu] = offset;
  return true;
}

/* Ask the server once.  False with an exception.  */
static bool
know_percpu (void)
{
  char *answer KD_AUTO_FREE = NULL;
  char *rest, *line;

  if (percpu.known)
    return true;
  answer = kd_server_ask ("per-cpu");
  rest = answer;
  while (rest && (line = strsep (&rest, "\n"))) {
    uint64_t a, b;

    if (sscanf (line, "range %" SCNx64 " %" SCNx64, &a, &b) == 2) {
      percpu.start = a;
      percpu.end = b;
    } else if (sscanf (line, "offset %" SCNu64 " %" SCNx64, &a, &b) == 2
               && !set_offset (a, b)) {
      return false;
    }
  }
  percpu.known = answer != NULL;
  return percpu.known;
}

/* Is ADDR that of a per-CPU variable, which each CPU adds its offset to?  The
   kernel's own are in one range.  Those of chunks that were allocated later
   are given relative to it, and so are in the half of the address space where
   no kernel memory is.  */
static bool
is_percpu (uint64_t addr)
{
  return (addr >= percpu.start && addr < percpu.end)
         || (addr && addr < UINT64_C (1) << 63);
}

static bool
offset_of_cpu (uint64_t cpu, uint64_t *offset)
{
  *offset = cpu < percpu.ncpus ? percpu.offset[cpu] : 0;
  if (*offset)
    return true;
  if (percpu.ncpus)
    kd_py_error ("there is no CPU %" PRIu64 ": the dump has CPUs 0 to %u", cpu,
                 percpu.ncpus - 1);
  else
    kd_py_error ("the dump does not tell where the CPUs' variables are");
  return false;
}

/* What the selected thread is: its task, and the CPU that has run it.  */
static bool
selected (uint64_t *task, uint64_t *cpu)
{
  unsigned long tid = kd_threads_selected ();
  char *request KD_AUTO_FREE = kd_asprintf ("current thread %lu", tid);
  char *answer KD_AUTO_FREE = NULL;

  if (!tid)
    return kd_py_error ("no thread is selected: say which CPU") != NULL;
  answer = request ? kd_server_ask (request) : NULL;
  if (!answer)
    return false;
  if (sscanf (answer, "%" SCNx64 " %" SCNu64, task, cpu) == 2)
    return true;
  return kd_py_error ("the server's answer is no task: %s", answer) != NULL;
}

static bool
selected_cpu (uint64_t *cpu)
{
  unsigned long tid = kd_threads_selected ();
  uint64_t task;

  /* A CPU's thread has its number + 1.  */
  if (!tid || tid > percpu.ncpus)
    return selected (&task, cpu);
  *cpu = tid - 1;
  return true;
}

/* Argument I of ARGS as a CPU number, else the selected CPU.  */
static bool
cpu_argument (PyObject *args, Py_ssize_t i, uint64_t *cpu)
{
  PyObject *value KD_AUTO_PY = NULL;

  if (PySequence_Size (args) <= i)
    return selected_cpu (cpu);
  value = PySequence_GetItem (args, i);
  if (value && kd_value_kind (value) == KD_VALUE_NUMBER)
    return kd_value_u64 (value, cpu);
  return kd_py_error ("the CPU is a number") != NULL;
}

/* How many arguments there are; false with GdbError if not MIN to MAX.  */
static bool
check_count (PyObject *args, Py_ssize_t min, Py_ssize_t max, const char *usage)
{
  Py_ssize_t n = PySequence_Size (args);

  if (n >= min && n <= max)
    return true;
  return kd_py_error ("usage: %s", usage) != NULL;
}

static bool
ask_address (const char *request, uint64_t *addr)
{
  char *answer KD_AUTO_FREE = kd_server_ask (request);

  if (!answer)
    return false;
  if (sscanf (answer, "0x%" SCNx64, addr) == 1)
    return true;
  return kd_py_error ("the server's answer is no address: %s", answer) != NULL;
}

/* The type of SYMBOL if it is of the variable at ADDR; a new reference.  */
static PyObject *
type_if_at (PyObject *symbol, uint64_t addr)
{
  PyObject *value KD_AUTO_PY = NULL;
  uint64_t at;

  if (!symbol || symbol == Py_None)
    return NULL;
  value = PyObject_CallMethod (symbol, "value", NULL);
  if (value && kd_value_address (value, &at) && at == addr)
    return PyObject_GetAttrString (value, "type");
  kd_py_ignore ();
  return NULL;
}

/* The type of the variable NAME at ADDR.  Looking up a symbol is fast in all
   GDBs; having GDB read NAME as an expression is not.  */
static PyObject *
variable_type (const char *name, uint64_t addr)
{
  PyObject *global KD_AUTO_PY
    = kd_py_call ("lookup_global_symbol", "(s)", name);
  PyObject *type = type_if_at (global, addr);
  PyObject *list KD_AUTO_PY = NULL;
  Py_ssize_t n;

  kd_py_ignore ();
  if (type)
    return type;
  list = kd_py_call ("lookup_static_symbols", "(s)", name);
  n = list ? PySequence_Size (list) : 0;
  for (Py_ssize_t i = 0; i < n && !type; i++) {
    PyObject *symbol KD_AUTO_PY = PySequence_GetItem (list, i);

    type = type_if_at (symbol, addr);
  }
  kd_py_ignore ();
  return type;
}

/* The variable NAME ("MODULE:NAME") of the CPU whose OFFSET this is.  */
static PyObject *
percpu_by_name (const char *name, uint64_t offset)
{
  char *request KD_AUTO_FREE = kd_asprintf ("symbol '%s'", name);
  const char *colon = strchr (name, ':');
  PyObject *type KD_AUTO_PY = NULL;
  uint64_t addr;

  if (!request)
    return PyErr_NoMemory ();
  if (strchr (name, '\''))
    return kd_py_error ("no symbol %s", name);
  if (!ask_address (request, &addr))
    return NULL;
  if (!is_percpu (addr))
    return kd_py_error ("%s is no per-CPU variable: it is at 0x%" PRIx64, name,
                        addr);
  type = variable_type (colon ? colon + 1 : name, addr);
  if (type)
    return kd_value_at (addr + offset, type);
  return kd_py_error (
    "GDB has no debug information for %s, which this CPU has "
    "at 0x%" PRIx64,
    name, addr + offset);
}

/* VALUE is a variable, or a pointer to one: the same of the CPU whose OFFSET
   this is.  */
static PyObject *
percpu_of (PyObject *value, uint64_t offset)
{
  PyObject *type KD_AUTO_PY = PyObject_GetAttrString (value, "type");
  PyObject *target KD_AUTO_PY = NULL, *plain KD_AUTO_PY = NULL;
  bool pointer = kd_value_kind (value) == KD_VALUE_POINTER;
  uint64_t addr;

  if (!type)
    return NULL;
  if (kd_value_address (value, &addr) && is_percpu (addr))
    return kd_value_at (addr + offset, type);
  if (pointer && !kd_value_u64 (value, &addr))
    return NULL;
  if (!pointer)
    return kd_py_error ("that is no per-CPU variable, nor a pointer to one");
  if (!is_percpu (addr))
    return kd_py_error ("0x%" PRIx64 " is no address of a per-CPU variable",
                        addr);
  plain = PyObject_CallMethod (type, "strip_typedefs", NULL);
  target = plain ? PyObject_CallMethod (plain, "target", NULL) : NULL;
  return target ? kd_value_pointer (addr + offset, target) : NULL;
}

static PyObject *
per_cpu (PyObject *args)
{
  PyObject *value KD_AUTO_PY = NULL;
  char *name KD_AUTO_FREE = NULL;
  uint64_t cpu = 0, offset;

  if (!check_count (args, 1, 2, "$kdump_per_cpu(VAR[, CPU])")
      || !kd_session_need () || !know_percpu ()
      || !cpu_argument (args, 1, &cpu) || !offset_of_cpu (cpu, &offset))
    return NULL;
  value = PySequence_GetItem (args, 0);
  name = value ? kd_value_string (value) : NULL;
  if (!value)
    return NULL;
  return name ? percpu_by_name (name, offset) : percpu_of (value, offset);
}

/* A pointer to the task_struct at ADDR.  */
static PyObject *
task_pointer (uint64_t addr)
{
  if (!task_type)
    task_type = kd_value_type ("task_struct");
  return task_type ? kd_value_pointer (addr, task_type) : NULL;
}

static PyObject *
task (PyObject *args)
{
  PyObject *value KD_AUTO_PY = NULL;
  char *request KD_AUTO_FREE = NULL;
  uint64_t pid, addr;

  if (!check_count (args, 1, 1, "$kdump_task(PID)") || !kd_session_need ())
    return NULL;
  value = PySequence_GetItem (args, 0);
  if (!value || kd_value_kind (value) != KD_VALUE_NUMBER)
    return kd_py_error ("the PID is a number");
  if (!kd_value_u64 (value, &pid))
    return NULL;
  request = kd_asprintf ("task %" PRId64, (int64_t)pid);
  if (!request)
    return PyErr_NoMemory ();
  return ask_address (request, &addr) ? task_pointer (addr) : NULL;
}

static PyObject *
current (PyObject *args)
{
  char *request KD_AUTO_FREE = NULL;
  uint64_t cpu = 0, addr = 0;

  if (!check_count (args, 0, 1, "$kdump_current([CPU])")
      || !kd_session_need ())
    return NULL;
  if (!PySequence_Size (args))
    return selected (&addr, &cpu) ? task_pointer (addr) : NULL;
  if (!cpu_argument (args, 0, &cpu))
    return NULL;
  request = kd_asprintf ("current %" PRId64, (int64_t)cpu);
  if (!request)
    return PyErr_NoMemory ();
  return ask_address (request, &addr) ? task_pointer (addr) : NULL;
}

/* Bytes from the start of TYPE to its member PATH ("rcu.next").  */
static bool
member_offset (PyObject *type, const char *path, uint64_t *offset)
{
  PyObject *at KD_AUTO_PY = kd_value_at (0, type);
  char *copy KD_AUTO_FREE = strdup (path);
  char *rest = copy, *name;
  bool has;

  while (at && rest && (name = strsep (&rest, "."))) {
    PyObject *member = kd_value_member (at, name);

    Py_DECREF (at);
    at = member;
  }
  has = at && kd_value_address (at, offset);
  if (!has && !PyErr_Occurred ())
    kd_py_error ("the member %s has no address of its own", path);
  return has;
}

static PyObject *
container_of (PyObject *args)
{
  static const char usage[] = "$container_of(PTR, \"type\", \"member\")";
  PyObject *value KD_AUTO_PY = NULL, *second KD_AUTO_PY = NULL;
  PyObject *third KD_AUTO_PY = NULL, *type KD_AUTO_PY = NULL;
  char *type_name KD_AUTO_FREE = NULL, *member KD_AUTO_FREE = NULL;
  uint64_t addr, offset;

  if (!check_count (args, 3, 3, usage))
    return NULL;
  value = PySequence_GetItem (args, 0);
  second = PySequence_GetItem (args, 1);
  third = PySequence_GetItem (args, 2);
  type_name = second ? kd_value_string (second) : NULL;
  member = third ? kd_value_string (third) : NULL;
  if (!value || !type_name || !member)
    return kd_py_error ("usage: %s", usage);
  if (kd_value_kind (value) == KD_VALUE_STRUCT
      || kd_value_kind (value) == KD_VALUE_ARRAY) {
    if (!kd_value_address (value, &addr))
      return kd_py_error ("that value is not in memory");
  } else if (!kd_value_u64 (value, &addr)) {
    return NULL;
  }
  type = kd_value_type (type_name);
  if (!type || !member_offset (type, member, &offset))
    return NULL;
  return kd_value_pointer (addr - offset, type);
}

/* A gdb.error from here would look as if we were broken.  */
static PyObject *
finish (PyObject *result)
{
  PyObject *error KD_AUTO_PY = NULL;
  char *text KD_AUTO_FREE = NULL;
  PyObject *type, *value, *trace;

  if (result)
    return result;
  PyErr_Fetch (&type, &value, &trace);
  error = kd_py_gdb ("error");
  kd_py_ignore ();
  PyErr_Restore (type, value, trace);
  if (!error || !PyErr_ExceptionMatches (error))
    return NULL;
  text = kd_py_take_error (NULL);
  return kd_py_error ("%s", text ? text : "unknown error");
}

#define DEFINE_INVOKE(name)                                                   \
  static PyObject *invoke_##name (PyObject *self, PyObject *args)             \
  {                                                                           \
    (void)self;                                                               \
    return finish (name (args));                                              \
  }                                                                           \
  static PyMethodDef methods_##name[]                                         \
    = { { "invoke", invoke_##name, METH_VARARGS, NULL }, { 0 } }
DEFINE_INVOKE (per_cpu);
DEFINE_INVOKE (task);
DEFINE_INVOKE (current);
DEFINE_INVOKE (container_of);

static const struct function {
  const char *name;
  PyMethodDef *methods;
  const char *doc;
} functions[] = {
  { "kdump_per_cpu", methods_per_cpu,
    "A per-CPU variable of one CPU of the dump.\n"
    "Usage: $kdump_per_cpu(VAR[, CPU])\n\n"
    "VAR is a per-CPU variable, or its name in quotes: the result is that\n"
    "variable of CPU, whose members can be shown.  A pointer to one, as\n"
    "alloc_percpu() returns it, gives a pointer.  Without CPU the\n"
    "selected one is meant.\n\n"
    "  p $kdump_per_cpu(runqueues, 3).nr_running\n"
    "  p $kdump_per_cpu(\"current_task\", 1)->comm\n"
    "  p *$kdump_per_cpu(mm.rss_stat[0].counters, 0)\n\n"
    "GDB up to 13 needs long to find some variables; in quotes it does\n"
    "not.  One of a module is \"MODULE:NAME\"." },
  { "kdump_task", methods_task,
    "The task with a PID.\n"
    "Usage: $kdump_task(PID)\n\n"
    "The result is a pointer to its task_struct.  Threads have PIDs of\n"
    "their own.\n\n"
    "  p $kdump_task(1)->comm" },
  { "kdump_current", methods_current,
    "The task that ran on a CPU.\n"
    "Usage: $kdump_current([CPU])\n\n"
    "The result is a pointer to its task_struct.  Without CPU the task of\n"
    "the selected thread is meant.\n\n"
    "  p $kdump_current()->comm" },
  { "container_of", methods_container_of,
    "The structure that has a given member.\n"
    "Usage: $container_of(PTR, \"TYPE\", \"MEMBER\")\n\n"
    "PTR points to MEMBER of a TYPE; the result points to that TYPE.\n"
    "TYPE may be the bare name of a struct, MEMBER a member's member.\n\n"
    "  p $container_of(init_task.tasks.next, \"task_struct\", \"tasks\")" },
};

static bool
register_one (const struct function *f)
{
  PyObject *base KD_AUTO_PY = kd_py_gdb ("Function");
  PyObject *type KD_AUTO_PY
    = base ? kd_py_type ("kdump_gdb.Function", base, f->methods, f->doc)
           : NULL;
  PyObject *function KD_AUTO_PY
    = type ? PyObject_CallFunction (type, "s", f->name) : NULL;

  return function != NULL;
}

bool
kd_functions_register (void)
{
  for (size_t i = 0; i < KD_ARRAY_SIZE (functions); i++)
    if (!register_one (&functions[i]))
      return false;
  return true;
}
