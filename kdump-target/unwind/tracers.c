/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tracers do to stacks: return addresses replaced by function graph
   tracing and return probes, and trampolines copied from ftrace's entry. */
#include "base/cursor.h"
#include "unwind/unwinder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 4096
#define MAX_RET_STACK 4096 /* bytes: SHADOW_STACK_SIZE of the kernel */

static bool
read_u64 (struct kd_unwinder *u, uint64_t at, uint64_t *out)
{
  return !kd_mem_u64 (u->kernel->mem, at, out);
}

static bool
offset_of (struct kd_unwinder *u, const char *type, const char *path,
           uint64_t *out)
{
  struct kd_member m;

  if (kd_types_member (u->kernel->types, type, path, &m))
    return false;
  *out = m.offset;
  return true;
}

/* --- function graph tracing --- */

/* The task's ret_stack: until 6.10 an array of struct ftrace_ret_stack, then
   words among which such structures are (0c0593b45c9b "x86/ftrace: Enable
   HAVE_FUNCTION_GRAPH_FREGS" and its neighbours).  Either way it grows up,
   and an entry in use comes before any stale one for the same place.  */
static bool
graph_return (struct kd_unwinder *u, uint64_t at, uint64_t *pc)
{
  uint64_t stack, ret, retp;
  uint8_t image[MAX_RET_STACK];
  size_t size = 0;

  if (!offset_of (u, "task_struct", "ret_stack", &stack)
      || !offset_of (u, "ftrace_ret_stack", "ret", &ret)
      || !offset_of (u, "ftrace_ret_stack", "retp", &retp)
      || !read_u64 (u, u->walk_task + stack, &stack) || !stack)
    return false;
  while (size < sizeof image
         && !kd_unwinder_read (u, stack + size, image + size, 256))
    size += 256;
  for (uint64_t base = 0; base + ret + 8 <= size && base + retp + 8 <= size;
       base += 8)
    if (kd_le64 (image + base + retp) == at) {
      *pc = kd_le64 (image + base + ret);
      return true;
    }
  return false;
}

/* --- return probes --- */

/* Follow a list from NODE (the address of a link) for the object that
   replaced the return address at AT.  */
static bool
probe_list (struct kd_unwinder *u, uint64_t node, const char *type,
            const char *link, const char *frame, uint64_t at, uint64_t *pc)
{
  uint64_t link_offset, frame_offset, ret_offset, place;

  if (!offset_of (u, type, link, &link_offset)
      || !offset_of (u, type, frame, &frame_offset)
      || !offset_of (u, type, "ret_addr", &ret_offset))
    return false;
  for (unsigned i = 0; node && i < MAX_NODES; i++) {
    uint64_t object = node - link_offset;

    if (!read_u64 (u, object + frame_offset, &place))
      return false;
    if (place == at)
      return read_u64 (u, object + ret_offset, pc);
    if (!read_u64 (u, node, &node))
      return false;
  }
  return false;
}

/* 73f9b911faa7 ("kprobes: Use rethook for kretprobe if possible", 5.19),
   d741bf41d7c7 ("kprobes: Remove kretprobe hash", 5.11), and before it one
   hash table for all tasks.  */
static bool
probe_return (struct kd_unwinder *u, uint64_t at, uint64_t *pc)
{
  uint64_t head, table;

  if (offset_of (u, "task_struct", "rethooks.first", &head)
      && read_u64 (u, u->walk_task + head, &head)
      && probe_list (u, head, "rethook_node", "llist", "frame", at, pc))
    return true;
  if (offset_of (u, "task_struct", "kretprobe_instances.first", &head)
      && read_u64 (u, u->walk_task + head, &head)
      && probe_list (u, head, "kretprobe_instance", "llist", "fp", at, pc))
    return true;
  if (kd_kernel_symbol (u->kernel, "kretprobe_inst_table", &table))
    return false;
  for (unsigned i = 0; i < 64; i++)
    if (read_u64 (u, table + UINT64_C (8) * i, &head)
        && probe_list (u, head, "kretprobe_instance", "hlist", "fp", at, pc))
      return true;
  return false;
}

static bool
is_symbol (struct kd_unwinder *u, const char *name, uint64_t pc)
{
  uint64_t at;

  return !kd_kernel_symbol (u->kernel, name, &at) && at == pc;
}

void
kd_tracers_recover (void *arg, uint64_t at, uint64_t *pc)
{
  static const char *const trampolines[]
    = { "arch_rethook_trampoline", "__kretprobe_trampoline",
        "kretprobe_trampoline" };
  struct kd_unwinder *u = arg;
  struct kd_symbol sym;

  if (!u->walk_task || !kd_symbols_by_addr (u->kernel->symbols, *pc, &sym)
      || sym.addr != *pc)
    return; /* a return address is never a function's beginning */
  /* Both may be there, one round the other.  */
  for (int round = 0; round < 2; round++) {
    if (is_symbol (u, "return_to_handler", *pc) && !graph_return (u, at, pc))
      return;
    for (size_t i = 0; i < KD_ARRAY_SIZE (trampolines); i++)
      if (is_symbol (u, trampolines[i], *pc) && !probe_return (u, at, pc))
        return;
  }
}

/* --- trampolines --- */

/* Bytes of the N at A and B that are alike.  */
static unsigned
alike (const uint8_t *a, const uint8_t *b, size_t n)
{
  unsigned same = 0;

  for (size_t i = 0; i < n; i++)
    same += a[i] == b[i];
  return same;
}

/* Which of ftrace's two entries was copied to TRAMPOLINE?  Some operands of
   the copy are patched, so the more alike.  */
static bool
copied_from (struct kd_unwinder *u, uint64_t trampoline, uint64_t size,
             uint64_t *out)
{
  static const char *const names[] = { "ftrace_caller", "ftrace_regs_caller" };
  uint8_t copy[256], code[256];
  unsigned best = 0;
  size_t n = size < sizeof copy ? (size_t)size : sizeof copy;

  if (kd_unwinder_read (u, trampoline, copy, n))
    return false;
  for (size_t i = 0; i < KD_ARRAY_SIZE (names); i++) {
    unsigned same;
    uint64_t at;

    if (kd_kernel_symbol (u->kernel, names[i], &at)
        || kd_unwinder_read (u, at, code, n))
      continue;
    same = alike (copy, code, n);
    if (same > best) {
      best = same;
      *out = at;
    }
  }
  return best > n / 2;
}

bool
kd_tracers_original (struct kd_unwinder *u, uint64_t pc, uint64_t *out)
{
  uint64_t next, start, size, head, ops, end = 0, original = 0;

  if (!offset_of (u, "ftrace_ops", "next", &next)
      || !offset_of (u, "ftrace_ops", "trampoline", &start)
      || !offset_of (u, "ftrace_ops", "trampoline_size", &size)
      || kd_kernel_symbol (u->kernel, "ftrace_ops_list", &head)
      || !read_u64 (u, head, &ops))
    return false;
  if (kd_kernel_symbol (u->kernel, "ftrace_list_end", &end))
    end = 0;
  for (unsigned i = 0; ops && ops != end && i < MAX_NODES; i++) {
    uint64_t from, length;

    if (!read_u64 (u, ops + start, &from)
        || !read_u64 (u, ops + size, &length))
      return false;
    if (from && pc >= from && pc - from < length) {
      if (!copied_from (u, from, length, &original))
        return false;
      *out = original + (pc - from);
      return true;
    }
    if (!read_u64 (u, ops + next, &ops))
      return false;
  }
  return false;
}
