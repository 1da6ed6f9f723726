/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of a command line mean. */
#include "cmd/args.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* All of TEXT as a number of BASE; no sign, no blanks.  */
static bool
parse_number (const char *text, int base, uint64_t *out)
{
  if (base == 16 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
    text += 2;
  if (!isxdigit ((unsigned char)text[0]))
    return false;
  char *end;
  errno = 0;
  *out = strtoull (text, &end, base);
  return errno == 0 && *end == '\0';
}

static bool
has_0x (const char *text)
{
  return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

enum kd_status
kd_arg_number (const char *text, const char *what, uint64_t *out)
{
  if (parse_number (text, has_0x (text) ? 16 : 10, out))
    return KD_OK;
  return kd_fail (KD_USAGE, "%s must be a number, not `%s'", what, text);
}

static bool
is_bare_hex (const char *text)
{
  size_t len = strlen (text);
  return len >= 8 && len <= 16
         && strspn (text, "0123456789abcdefABCDEF") == len;
}

/* NAME or MODULE:NAME.  */
static enum kd_status
symbol_address (struct kd_session_state *s, const char *text, uint64_t *out)
{
  struct kd_symbol sym;
  const char *colon = strchr (text, ':');
  if (!colon) {
    if (kd_kernel_symbol_named (s->kernel, text, NULL, &sym)) {
      *out = sym.addr;
      return KD_OK;
    }
    return kd_kernel_symbol (s->kernel, text, out);
  }
  char *module KD_AUTO_FREE = strndup (text, (size_t)(colon - text));
  if (!module)
    return kd_fail (KD_NOMEM, "out of memory");
  if (!kd_kernel_symbol_named (s->kernel, colon + 1, module, &sym))
    return kd_fail (KD_NOT_FOUND, "no symbol `%s' in module `%s'", colon + 1,
                    module);
  *out = sym.addr;
  return KD_OK;
}

enum kd_status
kd_arg_address (struct kd_session_state *s, const char *text, uint64_t *out)
{
  size_t len = strcspn (text, "+-");
  char *base KD_AUTO_FREE = strndup (text, len);
  if (!base)
    return kd_fail (KD_NOMEM, "out of memory");
  uint64_t offset = 0;
  if (text[len]) {
    const char *number = text + len + 1;
    if (!parse_number (number, has_0x (number) ? 16 : 10, &offset))
      return kd_fail (KD_USAGE, "the offset in `%s' is not a number", text);
    if (text[len] == '-')
      offset = -offset;
  }
  uint64_t addr = 0;
  if (has_0x (base) || is_bare_hex (base)) {
    if (!parse_number (base, 16, &addr))
      return kd_fail (KD_USAGE, "`%s' is not a 64-bit hexadecimal address",
                      base);
  } else if (isdigit ((unsigned char)base[0])) {
    if (!parse_number (base, 10, &addr))
      return kd_fail (KD_USAGE, "`%s' is not an address", base);
  } else if (!base[0]) {
    return kd_fail (KD_USAGE, "`%s' is not an address", text);
  } else {
    enum kd_status st = symbol_address (s, base, &addr);
    if (st)
      return st;
  }
  *out = addr + offset;
  return KD_OK;
}

enum kd_status
kd_arg_cpu (struct kd_session_state *s, const char *text, struct kd_cpu **out)
{
  uint64_t number;
  enum kd_status st = kd_arg_number (text, "the CPU", &number);
  if (st)
    return st;
  if (number >= s->kernel->ncpus)
    return kd_fail (KD_NOT_FOUND, "there is no CPU %s: the dump has %u", text,
                    s->kernel->ncpus);
  *out = &s->kernel->cpus[number];
  return KD_OK;
}

/* One number at *P, which moves behind it.  */
static bool
take_number (const char **p, uint64_t *out)
{
  char *end;
  if (**p < '0' || **p > '9')
    return false;
  *out = strtoull (*p, &end, 10);
  *p = end;
  return true;
}

enum kd_status
kd_arg_cpu_list (const struct kd_kernel *k, const char *text, bool *chosen)
{
  const char *p = text;
  for (;;) {
    uint64_t first, last;
    if (!take_number (&p, &first))
      break;
    last = first;
    if (*p == '-' && (p++, !take_number (&p, &last)))
      break;
    if (first > last)
      break;
    if (last >= k->ncpus)
      return kd_fail (KD_NOT_FOUND,
                      "there is no CPU %" PRIu64 ": the dump has %u", last,
                      k->ncpus);
    for (; first <= last; first++)
      chosen[first] = true;
    if (!*p)
      return KD_OK;
    if (*p++ != ',')
      break;
  }
  return kd_fail (KD_USAGE, "CPULIST is like 0-3,5, not `%s'", text);
}

enum kd_status
kd_args_no_more (const struct kd_args *args, int i)
{
  if (i >= args->argc)
    return KD_OK;
  return kd_fail (KD_USAGE, "what is `%s'?", args->argv[i]);
}

enum kd_status
kd_arg_space (struct kd_session_state *s, uint64_t addr, uint64_t *out)
{
  struct kd_kernel *k = s->kernel;
  *out = KD_KERNEL_SPACE;
  if (k->mem->arch->is_kernel_address (addr))
    return KD_OK;
  if (s->task) {
    enum kd_status st = kd_task_space (k, s->task->addr, out);
    if (!st && *out == KD_KERNEL_SPACE)
      st = kd_fail (KD_NOT_MAPPED,
                    "0x%" PRIx64 " is a user address, and %s has no user "
                    "memory",
                    addr, s->task->comm);
    return kd_context (st, "user memory of PID %d", s->task->pid);
  }
  if (s->cpu >= k->ncpus || !k->cpus[s->cpu].task)
    return kd_fail (KD_NOT_MAPPED,
                    "0x%" PRIx64 " is a user address, and the task of CPU %u "
                    "is not known",
                    addr, s->cpu);
  enum kd_status st = kd_task_space (k, k->cpus[s->cpu].task, out);
  if (!st && *out == KD_KERNEL_SPACE)
    st = kd_fail (KD_NOT_MAPPED,
                  "0x%" PRIx64 " is a user address, and CPU %u runs the "
                  "kernel thread %s",
                  addr, s->cpu, k->cpus[s->cpu].comm);
  return kd_context (st, "user memory of CPU %u", s->cpu);
}
