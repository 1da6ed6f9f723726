/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets of GDB's Remote Serial Protocol: bytes in, bytes out, no I/O.
   Source: GDB manual, appendix "GDB Remote Serial Protocol". */
#ifndef KD_RSP_PACKET_H
#define KD_RSP_PACKET_H

#include "base/strbuf.h"

#include <stdint.h>

/* Longest payload we take, and promise GDB (PacketSize), in bytes.  */
#define KD_RSP_PACKET_MAX 65536

enum kd_rsp_event {
  KD_RSP_MORE,      /* all bytes used up, nothing complete */
  KD_RSP_PACKET,    /* a packet with the right checksum is in `payload' */
  KD_RSP_DAMAGED,   /* a packet with a wrong checksum, or bad inside */
  KD_RSP_TOO_LONG,  /* a packet beyond KD_RSP_PACKET_MAX, dropped */
  KD_RSP_ACK,       /* + */
  KD_RSP_NAK,       /* - */
  KD_RSP_INTERRUPT, /* the byte 3 between packets */
};

/* Zero-initialise.  */
struct kd_rsp_parser {
  enum {
    KD_RSP_IDLE,
    KD_RSP_BODY,
    KD_RSP_ESCAPE,
    KD_RSP_RUN,
    KD_RSP_SUM_HIGH,
    KD_RSP_SUM_LOW
  } state;
  uint8_t sum;  /* of the bytes so far */
  int sum_high; /* first digit of the sender's, -1 if it is none */
  bool bad;     /* an escape or run without sense */
  bool too_long;
  struct kd_strbuf payload; /* unescaped, runs expanded; zero-terminated */
};

void kd_rsp_parser_deinit (struct kd_rsp_parser *p);

/* Feed LEN bytes; stops after the first event and returns how many bytes
   were used.  `payload' is valid until the next call.  */
size_t kd_rsp_parse (struct kd_rsp_parser *p, const void *data, size_t len,
                     enum kd_rsp_event *event);

/* Append "$PAYLOAD#sum" to OUT.  PAYLOAD must be free of the protocol's own
   characters, as made by the functions below.  */
void kd_rsp_frame (struct kd_strbuf *out, const void *payload, size_t len);

/* Append binary data, escaped.  */
void kd_rsp_put_binary (struct kd_strbuf *out, const void *data, size_t len);
/* Append text for people; the few characters that a packet cannot hold bare
   ($ # and the run mark *) are replaced by look-alikes.  */
void kd_rsp_put_text (struct kd_strbuf *out, const char *text);
/* Append two hexadecimal digits a byte.  */
void kd_rsp_put_hex (struct kd_strbuf *out, const void *data, size_t len);

/* Parse a hexadecimal number of at most 16 digits at *P and move past it;
   false if there is none or it is longer.  */
bool kd_rsp_get_number (const char **p, uint64_t *out);
/* Decode all of HEX (LEN digits); false unless it is whole bytes.  */
bool kd_rsp_get_hex (struct kd_strbuf *out, const char *hex, size_t len);

#endif
