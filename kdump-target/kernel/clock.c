/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The time of day, from the kernel's timekeeper. */
#include "kernel/clock.h"

#include "kernel/layout.h"

#include <inttypes.h>
#include <time.h>

#define NS_PER_S INT64_C (1000000000)

/* The struct timekeeper: in a variable of an unnamed type (tk_core) before
   10f7c178a9da "timekeeping: Define a struct type for tk_core to make it
   reusable", 6.13, with a copy of its own that is never behind; in the first
   of an array since 22c62b9a84b8 "timekeeping: Introduce auxiliary
   timekeepers", 6.17.  */
static enum kd_status
find_timekeeper (struct kd_kernel *k, uint64_t *addr)
{
  struct kd_member m;
  if (!kd_kernel_symbol (k, "shadow_timekeeper", addr))
    return KD_OK;
  enum kd_status st = kd_kernel_symbol (k, "timekeeper_data", addr);
  if (st)
    st = kd_kernel_symbol (k, "tk_core", addr);
  if (!st)
    st = kd_layout (k, "tk_data.timekeeper", &m);
  if (!st)
    *addr += m.offset;
  return st;
}

static enum kd_status
read_clock (struct kd_kernel *k, uint64_t tk, struct kd_clock *out)
{
  uint64_t base, fine, shift;
  enum kd_status st
    = kd_read_signed (k, tk, "timekeeper.offs_real", &out->boot_real_ns);
  if (!st)
    st = kd_read_member (k, tk, "timekeeper.offs_boot", &out->suspended_ns);
  if (!st)
    st = kd_read_member (k, tk, "timekeeper.mono.base", &base);
  if (!st)
    st = kd_read_member (k, tk, "timekeeper.mono.xtime_nsec", &fine);
  if (!st)
    st = kd_read_member (k, tk, "timekeeper.mono.shift", &shift);
  if (st)
    return st;
  if (shift > 63)
    return kd_fail (KD_CORRUPT, "a shift of %" PRIu64 " bits", shift);
  out->mono_ns = base + (fine >> shift);
  return KD_OK;
}

enum kd_status
kd_clock_read (struct kd_kernel *k, struct kd_clock *out)
{
  uint64_t tk;
  enum kd_status st = find_timekeeper (k, &tk);
  if (!st)
    st = read_clock (k, tk, out);
  return kd_context (st, "the kernel's timekeeper");
}

enum kd_status
kd_jiffies (struct kd_kernel *k, uint64_t *out)
{
  uint64_t addr;
  enum kd_status st = kd_kernel_symbol (k, "jiffies_64", &addr);
  return st ? st : kd_mem_u64 (k->mem, addr, out);
}

/* The clocksource that counts ticks knows their length: mult is
   TICK_NSEC << shift.  */
enum kd_status
kd_hz (struct kd_kernel *k, unsigned *out)
{
  uint64_t addr, mult, shift;
  enum kd_status st = kd_kernel_symbol (k, "clocksource_jiffies", &addr);
  if (!st)
    st = kd_read_member (k, addr, "clocksource.mult", &mult);
  if (!st)
    st = kd_read_member (k, addr, "clocksource.shift", &shift);
  if (st)
    return kd_context (st, "length of a tick");
  uint64_t tick = shift < 32 ? mult >> shift : 0;
  uint64_t hz = tick ? (NS_PER_S + tick / 2) / tick : 0;
  if (hz < 12 || hz > 10000)
    return kd_fail (KD_CORRUPT, "a tick of %" PRIu64 " ns", tick);
  *out = (unsigned)hz;
  return KD_OK;
}

void
kd_clock_format (int64_t real_ns, char *buf, size_t size)
{
  struct tm tm;
  time_t s = (time_t)(real_ns / NS_PER_S - (real_ns % NS_PER_S < 0));
  if (!gmtime_r (&s, &tm)
      || !strftime (buf, size, "%a %b %e %H:%M:%S %Y", &tm))
    snprintf (buf, size, "(no such time)");
}
