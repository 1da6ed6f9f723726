/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting kdump-target under `target remote', and asking it things. */
#ifndef KD_PLUGIN_SERVER_H
#define KD_PLUGIN_SERVER_H

#include "py.h"

#include <stddef.h>

/* What to open.  Strings are owned.  */
struct kd_server_args {
  char **dumps;
  size_t ndumps;
  char *vmlinux;    /* NULL: the server looks for it */
  char *vmcoreinfo; /* NULL: the dump's */
  char **module_dirs;
  size_t nmodule_dirs;
  char **debug_dirs;
  size_t ndebug_dirs;
  bool force;
  bool tasks;      /* all of them are threads */
  bool debuginfod; /* ask the servers that GDB may ask */
};
void kd_server_args_deinit (struct kd_server_args *args);

/* Have the server open the dump, describe it (`kdump attach-info') and go.
   Symbols for a dump without a vmlinux are written to the file SYMBOLS.
   The description is the caller's to free(); NULL with gdb.GdbError set to the
   server's own reason.  */
char *kd_server_describe (const struct kd_server_args *args,
                          const char *symbols);

/* Connect GDB's current inferior to a server that stays.  OFFSETS is what it
   answers to qOffsets.  GDB shows where the dump stands.  False with an
   exception, and GDB as unconnected as before.  */
bool kd_server_start (const struct kd_server_args *args, const char *offsets);

/* Have GDB move the symbols it has by OFFSETS, an answer to qOffsets.  */
void kd_server_move_symbols (const char *offsets);

/* Ask the server LINE ("kdump " is put before it).  The answer without its
   trailer, the caller's to free(); NULL with an exception: gdb.GdbError with
   the server's reason, or what GDB raised (Ctrl-C, connection lost).  */
char *kd_server_ask (const char *line);

/* Show what the server wrote to its standard error since the last call.  */
void kd_server_show_errors (void);

/* The server is gone: let go of what was kept for it.  */
void kd_server_forget (void);

/* A file of no name with SIZE bytes of DATA, that lives as long as GDB keeps
   the descriptor returned; PATH (of at least 64 bytes) names it to this
   machine's programs.  -1 with errno.  */
int kd_server_memfile (const char *name, const void *data, size_t size,
                       char path[64]);

#endif
