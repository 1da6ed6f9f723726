/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the dumped kernel's ORC tables and how they are encoded. */
#include "unwind/unwinder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More entries than any kernel has (Debian's 6.12: 423,000).  */
#define MAX_ENTRIES (UINT32_C (1) << 26)

/* --- the kernel's own table --- */

static enum kd_status
kernel_table (struct kd_kernel *k, struct kd_orc_table *t)
{
  static const char *const names[]
    = { "__start_orc_unwind_ip", "__stop_orc_unwind_ip", "__start_orc_unwind",
        "__stop_orc_unwind" };
  uint64_t at[4], count;
  enum kd_status st;

  for (unsigned i = 0; i < 4; i++) {
    st = kd_kernel_symbol (k, names[i], &at[i]);
    if (st)
      return kd_context (st, "looking for the kernel's ORC table");
  }
  count = (at[1] - at[0]) / 4;
  if (at[1] <= at[0] || at[3] <= at[2] || count > MAX_ENTRIES
      || at[1] - at[0] != 4 * count || at[3] - at[2] != 6 * count)
    return kd_fail (KD_CORRUPT,
                    "the kernel's ORC tables do not match: addresses from "
                    "0x%" PRIx64 " to 0x%" PRIx64 ", entries from 0x%" PRIx64
                    " to 0x%" PRIx64,
                    at[0], at[1], at[2], at[3]);
  *t = (struct kd_orc_table){ .ip = at[0],
                              .unwind = at[2],
                              .count = (uint32_t)count };
  return KD_OK;
}

/* The table's own ends are the ends of the code it describes.  */
static enum kd_status
kernel_bounds (struct kd_unwinder *u, struct kd_orc_table *t)
{
  enum kd_status st
    = kd_orc_table_ip (t, 0, kd_unwinder_read, u, &t->text_start);

  if (!st)
    st = kd_orc_table_ip (t, t->count - 1, kd_unwinder_read, u, &t->text_end);
  if (st)
    return kd_context (st, "the kernel's ORC table");
  if (t->text_end <= t->text_start)
    return kd_fail (KD_CORRUPT,
                    "the kernel's ORC table at 0x%" PRIx64
                    " runs from 0x%" PRIx64 " to 0x%" PRIx64,
                    t->ip, t->text_start, t->text_end);
  t->text_end++; /* the last entry is that of the last piece of code */
  return KD_OK;
}

/* --- the encoding --- */

#define MAX_SAMPLES 32

/* Ordinary C functions that every kernel has had since 4.14, and places in
   the entry code where there are register frames or the stack ends.  */
static const char *const functions[] = { "schedule",
                                         "panic",
                                         "do_exit",
                                         "vfs_read",
                                         "vfs_write",
                                         "kfree",
                                         "mutex_lock",
                                         "wake_up_process",
                                         "vprintk_emit",
                                         "mutex_unlock",
                                         "dput",
                                         "filp_close",
                                         "kthread_stop",
                                         "queue_work_on",
                                         "register_chrdev_region",
                                         "msleep",
                                         "complete",
                                         "add_timer",
                                         "vmalloc",
                                         "kobject_put",
                                         "put_device",
                                         "device_add",
                                         "iput",
                                         "schedule_timeout" };
static const char *const entries[]
  = { "entry_SYSCALL_64",
      "secondary_startup_64",
      "swapgs_restore_regs_and_return_to_usermode",
      "restore_regs_and_return_to_kernel",
      "common_interrupt_return",
      "error_return" };
_Static_assert(KD_ARRAY_SIZE (functions) + KD_ARRAY_SIZE (entries)
                 <= MAX_SAMPLES,
               "too many samples");
_Static_assert(KD_ARRAY_SIZE (entries) * 4 <= KD_ARRAY_SIZE (functions) + 6,
               "three of four must be functions");

static size_t
collect (struct kd_unwinder *u, const struct kd_orc_table *t,
         const char *const *names, size_t n, uint8_t (*out)[6])
{
  size_t found = 0;
  uint64_t at;

  for (size_t i = 0; i < n; i++)
    if (!kd_kernel_symbol (u->kernel, names[i], &at)
        && !kd_orc_lookup_raw (t, at, kd_unwinder_read, u, out[found]))
      found++;
  return found;
}

/* The 20 bytes of .orc_header: from the file, else from memory.  */
static bool
find_header (struct kd_unwinder *u, uint8_t out[20])
{
  struct kd_kernel *k = u->kernel;
  const void *data;
  size_t size;
  uint64_t at;

  if (k->vmlinux
      && !kd_elf_section_data (k->vmlinux, ".orc_header", &data, &size)
      && size == 20) {
    memcpy (out, data, 20);
    return true;
  }
  return !kd_kernel_symbol (k, "orc_header", &at)
         && !kd_unwinder_read (u, at, out, 20);
}

static int
enumerator (struct kd_kernel *k, const char *name)
{
  int64_t value;

  return !kd_types_enumerator (k->types, name, &value) && value >= 0
             && value < 16
           ? (int)value
           : -1;
}

static enum kd_orc_version
find_version (struct kd_unwinder *u, const struct kd_orc_table *t)
{
  struct kd_kernel *k = u->kernel;
  struct kd_orc_facts f = { .has_signal = -1, .has_end = -1 };
  uint8_t samples[MAX_SAMPLES][6], header[20];
  enum kd_orc_version version;
  struct kd_member m;
  uint64_t size;
  size_t n;

  f.type_call = enumerator (k, "ORC_TYPE_CALL");
  f.type_regs = enumerator (k, "ORC_TYPE_REGS");
  f.type_end = enumerator (k, "ORC_TYPE_END_OF_STACK");
  f.reg_sp = enumerator (k, "ORC_REG_SP");
  if (!kd_types_size (k->types, "orc_entry", &size) && size == 6) {
    f.has_signal = !kd_types_member (k->types, "orc_entry", "signal", &m);
    f.has_end = !kd_types_member (k->types, "orc_entry", "end", &m);
  }
  if (find_header (u, header))
    f.header = header;
  n = collect (u, t, functions, KD_ARRAY_SIZE (functions), samples);
  /* Without enough functions the others would weigh too much.  */
  if (n >= 3 * KD_ARRAY_SIZE (entries))
    n += collect (u, t, entries, KD_ARRAY_SIZE (entries), samples + n);
  f.samples = (const uint8_t (*)[6])samples;
  f.nsamples = n;
  version = kd_orc_detect (&f);
  u->no_end = version == KD_ORC_V1 && f.has_end == 0;
  snprintf (u->method, sizeof u->method, "%s (by %s%s%zu known functions)",
            kd_orc_version_name (version), f.header ? "its header, " : "",
            f.has_end >= 0 ? "its type, " : "", n);
  return version;
}

/* --- modules --- */

static enum kd_status
module_table (struct kd_unwinder *u, const struct kd_module *mod,
              struct kd_orc_table *t)
{
  static const char *const names[]
    = { "module.orc.ip", "module.orc.unwind", "module.orc.count" };
  struct kd_kernel *k = u->kernel;
  uint64_t value[3] = { 0 };

  for (unsigned i = 0; i < 3; i++) {
    struct kd_member m;
    uint8_t raw[8] = { 0 };
    enum kd_status st = kd_layout (k, names[i], &m);

    if (!st && m.size > sizeof raw)
      st = kd_fail (KD_CORRUPT, "%s has %" PRIu64 " bytes", names[i], m.size);
    if (!st)
      st = kd_unwinder_read (u, mod->addr + m.offset, raw, m.size);
    if (st)
      return kd_context (st, "ORC table of module %s", mod->name);
    for (unsigned j = 0; j < sizeof raw; j++)
      value[i] |= (uint64_t)raw[j] << 8 * j;
  }
  if (!value[0] || !value[1] || !value[2] || value[2] > MAX_ENTRIES)
    return kd_fail (KD_NOT_FOUND, "module %s has no ORC table", mod->name);
  *t = (struct kd_orc_table){ .version = u->tables[0].version,
                              .text_start = mod->text,
                              .text_end = mod->text + mod->text_size,
                              .ip = value[0],
                              .unwind = value[1],
                              .count = (uint32_t)value[2] };
  return KD_OK;
}

enum kd_status
kd_unwinder_find_orc (struct kd_unwinder *u)
{
  struct kd_kernel *k = u->kernel;
  struct kd_orc_table *t;
  enum kd_status st;

  t = kd_calloc (k->nmodules + 1, sizeof *t);
  if (!t)
    return kd_fail (KD_NOMEM, "out of memory for ORC tables");
  u->tables = t;
  st = kernel_table (k, &t[0]);
  if (!st)
    st = kernel_bounds (u, &t[0]);
  if (st)
    return st;
  t[0].version = find_version (u, &t[0]);
  if (t[0].version == KD_ORC_UNKNOWN)
    return kd_fail (KD_UNSUPPORTED,
                    "the encoding of the kernel's ORC table is none we know");
  u->ntables = 1;
  for (size_t i = 0; i < k->nmodules; i++)
    if (!module_table (u, &k->modules[i], &t[u->ntables]))
      u->ntables++;
  return KD_OK;
}
