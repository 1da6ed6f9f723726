/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel knew of itself and of its machine. */
#ifndef KD_KERNEL_SYSTEM_H
#define KD_KERNEL_SYSTEM_H

#include "kernel/kernel.h"

/* uname: init_uts_ns, printable.  "" unknown.  */
struct kd_uts {
  char nodename[65];
  char release[65];
  char version[65];
  char machine[65];
};
void kd_system_uts (struct kd_kernel *k, struct kd_uts *out);

/* Where a time comes from.  */
enum kd_time_source {
  KD_TIME_UNKNOWN,
  KD_TIME_CRASHTIME,  /* VMCOREINFO, written when the kernel crashed */
  KD_TIME_TIMEKEEPER, /* the kernel's clock at its last tick */
  KD_TIME_SCHED,      /* the latest clock of a runqueue */
};

struct kd_system_time {
  enum kd_time_source date_source, uptime_source;
  int64_t date;          /* seconds since 1970, UTC */
  uint64_t uptime;       /* ns since boot, time asleep included */
  uint64_t sched_uptime; /* the same by the scheduler's clocks, without time
                            asleep, which go on where the kernel's clock has
                            stopped; 0 unknown */
};
void kd_system_time (struct kd_kernel *k, struct kd_system_time *out);

/* Load averages over 1, 5 and 15 minutes, in hundredths, rounded as the kernel
   does; false if unknown.  */
bool kd_system_load (struct kd_kernel *k, uint64_t out[3]);

/* The kernel's command line, printable; the caller's to free(), NULL if
   unknown.  */
char *kd_system_command_line (struct kd_kernel *k);

/* The bits of /proc/sys/kernel/tainted; false if unknown.  */
bool kd_system_taint (struct kd_kernel *k, uint64_t *out);
/* Those that MOD added; 0 also if unknown.  */
uint64_t kd_module_taint (struct kd_kernel *k, const struct kd_module *mod);
/* Letter and words of taint bit BIT ('O', "out-of-tree module"); 0 and NULL
   for one that is not known.  */
char kd_taint_letter (unsigned bit);
const char *kd_taint_words (unsigned bit);

/* The processor and what runs it.  Strings are printable, "" unknown.  */
struct kd_processor {
  char model[65];
  char hardware[129];     /* "QEMU Standard PC (...), BIOS ...", by DMI */
  uint64_t khz;           /* as measured at boot, 0 unknown */
  bool virtual_known;     /* is the next known? */
  bool is_virtual;        /* by the CPUID bit that hypervisors set */
  const char *hypervisor; /* "KVM", that the kernel found; NULL none */
};
void kd_system_processor (struct kd_kernel *k, struct kd_processor *out);

#endif
