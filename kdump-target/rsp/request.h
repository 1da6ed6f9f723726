/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the handlers of requests share; private to rsp/. */
#ifndef KD_RSP_REQUEST_H
#define KD_RSP_REQUEST_H

#include "cmd/cmd.h"
#include "rsp/packet.h"
#include "rsp/session.h"

/* A handler fills one of these; the session turns it into a packet.  */
struct kd_reply {
  enum {
    KD_REPLY_EMPTY, /* "not supported", by the protocol's convention */
    KD_REPLY_OK,
    KD_REPLY_TEXT,   /* `data' as it is */
    KD_REPLY_BINARY, /* `tag', then `data', escaped */
    KD_REPLY_ERROR,  /* `code', and words in `data' */
    KD_REPLY_NONE,   /* the client expects none */
  } kind;
  char tag; /* 0: none */
  unsigned code;
  struct kd_strbuf data;
};

/* Documents that are transferred in pieces.  */
enum kd_rsp_document {
  KD_RSP_FEATURES,
  KD_RSP_THREADS,
  KD_RSP_LIBRARIES,
  KD_RSP_EXEC_FILE,
  KD_RSP_NDOCUMENTS
};

struct kd_rsp {
  struct kd_session_state *state; /* NULL: not ready */
  struct kd_rsp_io io;
  struct kd_rsp_parser parser;
  struct kd_strbuf held; /* payloads that wait for the dump, 0-separated */
  struct kd_strbuf sent; /* the last packet, for a client that missed it */
  bool offer_vmlinux;
  bool asked_exec_and_args; /* GDB 17 or later */
  /* What registers and memory are read of, by Hg: a task, or without one a
     CPU.  Commands have a selection of their own, in STATE: a client takes its
     threads' registers from its own store, and says nothing then.  */
  unsigned cpu;
  const struct kd_task *task;
  uint64_t resume_tid; /* by Hc; 0 any or all */
  bool no_ack;
  bool error_text; /* the client understands E.TEXT everywhere */
  bool leaving;    /* over when the last reply is acknowledged */
  bool over;
  bool forget; /* the client no longer waits for the present reply */
  /* By qfThreadInfo and qsThreadInfo so far: CPUs, and tasks.  */
  unsigned cpus_listed;
  size_t tasks_listed;
  /* Saved registers of the task that was asked for last.  */
  const struct kd_task *regs_task;
  struct kd_regs regs;
  struct {
    bool made;
    unsigned changes; /* of the tasks that are threads, then */
    struct kd_strbuf text;
  } document[KD_RSP_NDOCUMENTS];
};

/* ARGS is what follows the request's name, with its separator;
   zero-terminated, of LEN bytes.  */
typedef void kd_rsp_handler (struct kd_rsp *s, const char *args, size_t len,
                             struct kd_reply *r);

void kd_reply_ok (struct kd_reply *r);
/* Fail with errno-like CODE (1 to 99) and words for the user.  */
void kd_reply_error (struct kd_reply *r, unsigned code, const char *fmt, ...)
  KD_PRINTF (3, 4);
/* Fail with the engine's error text.  */
void kd_reply_status (struct kd_reply *r, enum kd_status st);
void kd_reply_printf (struct kd_reply *r, const char *fmt, ...)
  KD_PRINTF (2, 3);

/* A request takes long: keep the client, whose clock runs, waiting.  */
void kd_rsp_work_on (struct kd_rsp *s);
/* Show TEXT on the client's console; only while a qRcmd or a resumption is
   being answered.  */
void kd_rsp_console (struct kd_rsp *s, const char *text, size_t len);

/* threads.c.  Thread ids are CPU number + 1, up to the highest CPU that was
   present; those of tasks are above, see cmd/threads.h.  */
unsigned kd_rsp_cpu_count (const struct kd_rsp *s);
/* The thread that is selected for reading.  */
uint64_t kd_rsp_selected (const struct kd_rsp *s);
kd_rsp_handler kd_rsp_stop_reason, kd_rsp_current_thread, kd_rsp_first_threads,
  kd_rsp_more_threads, kd_rsp_thread_extra, kd_rsp_thread_alive,
  kd_rsp_select_thread;
void kd_rsp_threads_xml (struct kd_rsp *s, struct kd_strbuf *out);

/* registers.c */
kd_rsp_handler kd_rsp_read_registers, kd_rsp_read_register;

/* memory.c */
kd_rsp_handler kd_rsp_read_memory, kd_rsp_read_binary;

/* transfer.c */
kd_rsp_handler kd_rsp_transfer;
kd_rsp_handler kd_rsp_offsets;

/* libraries.c */
void kd_rsp_libraries_xml (struct kd_rsp *s, struct kd_strbuf *out);

/* monitor.c */
kd_rsp_handler kd_rsp_monitor;

/* Append TEXT with XML's special characters as entities.  */
void kd_rsp_put_xml (struct kd_strbuf *out, const char *text);

#endif
