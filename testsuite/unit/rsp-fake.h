/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small made-up kernel over a real ELF dump in memory, for tests of the
   server and of the commands. */
#ifndef KD_RSP_FAKE_H
#define KD_RSP_FAKE_H

#include "cmd/cmd.h"

/* The kernel image: three pages in the dump, of which byte I is
   FAKE_BYTE (I); then addresses that are mapped and no RAM.  */
#define FAKE_TEXT UINT64_C (0xffffffff82000000)
#define FAKE_TEXT_SIZE 0x3000
#define FAKE_SLIDE UINT64_C (0x1000000)
#define FAKE_BYTE(i) ((uint8_t)((i)*7 + ((i) >> 8)))

/* The module "one", with a debug file.  */
#define FAKE_MODULE UINT64_C (0xffffffffc0100000)

struct fake {
  struct kd_kernel *kernel;
  struct kd_session_state state;
  char module_path[64]; /* removed by fake_deinit() */
  int dump_fd;
};

/* CPU 0 idle, CPU 1 panicked, CPU 2 not present, CPU 3 without registers;
   exits when that cannot be made.  */
void fake_init (struct fake *f);
void fake_deinit (struct fake *f);

#endif
