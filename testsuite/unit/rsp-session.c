/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every request of the session's table, asked of a made-up kernel. */
#include "base/progress.h"
#include "rsp-client.h"
#include "rsp-fake.h"

#include "test.h"

#include <sys/syscall.h>
#include <time.h>

/* While this is set a second passes whenever somebody looks at the clock, so
   that all work is long work.  */
static bool hurry;

int
clock_gettime (clockid_t clock, struct timespec *ts)
{
  static time_t skew;
  skew += hurry;
  int result = (int)syscall (SYS_clock_gettime, clock, ts);
  ts->tv_sec += skew;
  return result;
}

/* --- the tests --- */

static void
test_handshake (struct client *c)
{
  const char *r = ask (c, "qSupported:multiprocess+;swbreak+");
  ok (strstr (r, "PacketSize=10000;") == r, "qSupported promises a size");
  ok (strstr (r, "qXfer:threads:read+") && !strstr (r, "error-message"),
      "qSupported lists documents, and no error texts for old clients");
  ok (!strstr (r, "QStartNoAckMode"), "no-ack mode is not offered");
  is_int (c->acks, 1, "a request is acknowledged once");
  ok (strstr (ask (c, "qSupported:error-message+;x"), ";error-message+"),
      "error texts are on for a client that knows them");
  ask (c, "qSupported:");
  is_str (ask (c, "vMustReplyEmpty"), "", "what is unknown gets no answer");
  is_int (c->replies, 1, "but one empty reply");
  is_str (ask (c, "vCont?"), "", "vCont? too");
  is_str (ask (c, "qTStatus"), "", "qTStatus too");
  is_str (ask (c, "vFile:setfs:0"), "", "vFile too, so files are local");
  is_str (ask (c, "qCRC:0,1"), "", "qCRC is not taken for qC");
  is_str (ask (c, "!"), "", "extended mode is not there");
  is_str (ask (c, "qAttached"), "1", "we are attached, not created");
  is_str (ask (c, "qSymbol::"), "OK", "no symbols are needed");
  is_str (ask (c, "QNonStop:0"), "OK", "all-stop is fine");
  is_str (ask (c, "QNonStop:1"), "E.a crash dump has no non-stop mode",
          "non-stop is not");
}

static void
test_threads (struct client *c)
{
  is_str (ask (c, "?"), "T00thread:2;", "? reports the panic CPU");
  is_str (ask (c, "qC"), "QC2", "qC reports it too");
  is_str (ask (c, "qfThreadInfo"), "m1,2,3,4",
          "one thread for each CPU up to the last present, in order");
  is_str (ask (c, "qsThreadInfo"), "l", "and no more");
  is_str (ask (c, "T4"), "OK", "the last one is alive");
  is_str (ask (c, "T5"), "E03", "the next is not");
  is_str (ask (c, "T0"), "E03", "nor is thread 0");
  is_str (ask (c, "Tffffffffffffffffff"), "E03", "nor an absurd one");
  is_str (ask (c, "qThreadExtraInfo,2"), "613c6226632031302c2070616e6963",
          "the extra text has command, PID and mark");
  is_str (ask (c, "qThreadExtraInfo,9"), "E03", "none for no thread");
  is_str (ask (c, "Hg0"), "OK", "any thread may be selected");
  is_str (ask (c, "Hc-1"), "OK", "all for resuming");
  is_str (ask (c, "qC"), "QC2", "which changes nothing");
  is_str (ask (c, "Hg9"), "E03", "no absent one");
  is_str (ask (c, "Hx1"), "E22", "H selects for g and c");
  is_str (ask (c, "H"), "E22", "H alone is nothing");
  struct kd_strbuf xml KD_AUTO_STRBUF = { 0 };
  transfer (c, "threads:read:", &xml);
  const char *x = kd_strbuf_str (&xml);
  ok (strstr (x, "<thread id=\"1\" core=\"0\" name=\"CPU 0\">"
                 "swapper/0 0, idle</thread>"),
      "the list has names and cores");
  ok (strstr (x, "a&#60;b&#38;c 10, panic</thread>"),
      "a task's name cannot break the XML");
  ok (strstr (x, "name=\"CPU 2\">not present, no registers</thread>"),
      "a hole in the CPU numbers is a thread, and says so");
  ok (strstr (x, "name=\"CPU 3\">busy, no registers</thread>")
        && !strstr (x, "CPU 4"),
      "a CPU without registers is one too; the list ends there");
}

static void
test_registers (struct client *c, const struct kd_arch *arch)
{
  size_t digits = 0;
  for (unsigned i = 0; i < arch->nregs; i++)
    digits += arch->regs[i].bits / 4;
  ask (c, "Hg2");
  const char *g = ask (c, "g");
  ok (strncmp (g, "8977665544332211", 16) == 0,
      "g has the first register, little-endian");
  ok (strncmp (g + 16, "xxxxxxxxxxxxxxxx", 16) == 0,
      "g has x's for what is not known");
  is_int (c->reply.len, digits,
          "g has all registers of the target description");
  is_str (ask (c, "p0"), "8977665544332211", "p has the first");
  is_str (ask (c, "p10"), "04010082ffffffff", "p10 is the pc");
  is_str (ask (c, "p63"), "E22", "there is no register 99");
  is_str (ask (c, "pzz"), "E22", "nor a register zz");
  ask (c, "Hg4");
  g = ask (c, "g");
  is_int (strspn (g, "x"), c->reply.len,
          "a CPU without registers has x's only");
  ask (c, "Hg3");
  g = ask (c, "g");
  is_int (strspn (g, "x"), c->reply.len, "so has an absent one");
  ask (c, "Hg2");
}

static bool
is_memory (const struct client *c, size_t offset, size_t len)
{
  struct kd_strbuf bytes KD_AUTO_STRBUF = { 0 };
  if (c->reply.len != 2 * len
      || !kd_rsp_get_hex (&bytes, c->reply.data, c->reply.len))
    return false;
  for (size_t i = 0; i < len; i++)
    if ((uint8_t)bytes.data[i] != FAKE_BYTE (offset + i))
      return false;
  return true;
}

static void
test_memory (struct client *c)
{
  ask (c, "mffffffff82000000,10");
  ok (is_memory (c, 0, 16), "m reads memory");
  ask (c, "mffffffff82000ff8,10");
  ok (is_memory (c, 0xff8, 16), "m reads across pages");
  ask (c, "mffffffff82002ff0,20");
  ok (is_memory (c, 0x2ff0, 16), "m reads as far as there is memory");
  is_str (ask (c, "mffffffff82003000,1"), "E09",
          "m fails where there is none");
  ask (c, "mffffffff82000000,ffffffffffffffff");
  ok (is_memory (c, 0, FAKE_TEXT_SIZE), "a huge length is a partial read");
  is_str (ask (c, "mffffffff82000000,0"), "E22", "no length is an error");
  is_str (ask (c, "m"), "E22", "no address is an error");
  is_str (ask (c, "mffffffff82000000"), "E22", "no comma is an error");
  is_str (ask (c, "mffffffff82000000,10x"), "E22", "more is an error");
  ok (ask (c, "mffffffffffffffff,10")[0] == 'E',
      "the last byte of the address space does not go round");
  ok (ask (c, "m1000,10")[0] == 'E', "user memory of a kernel thread is none");
  ask (c, "xffffffff82000020,40");
  bool good = c->reply.len == 0x41 && c->reply.data[0] == 'b';
  for (unsigned i = 0; i < 0x40 && good; i++)
    good = (uint8_t)c->reply.data[i + 1] == FAKE_BYTE (0x20 + i);
  ok (good, "x reads binary, with its escapes");
  ask (c, "xffffffff82002fff,40");
  is_int (c->reply.len, 2, "x reads as far as there is memory");
  is_str (ask (c, "xffffffff82003000,1"), "E09",
          "x fails where there is none");
}

static void
test_refusals (struct client *c)
{
  static const char refusal[]
    = "E.kdump: a crash dump cannot be run or changed";
  static const char *const writes[] = { "Mffffffff82000000,1:00",
                                        "Xffffffff82000000,1:a",
                                        "P0=00",
                                        "G00",
                                        "R00",
                                        "vRun;a" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (writes); i++)
    is_str (ask (c, writes[i]), refusal, "%s is refused in words", writes[i]);
  is_str (ask (c, "Z0,ffffffff82000000,1"), "OK",
          "a breakpoint changes nothing and is not refused");
  static const char *const runs[]
    = { "c", "s", "C05", "S05", "vCont;c:1", "vCont;s:2;c", "bc", "bs", "i" };
  for (size_t i = 0; i < KD_ARRAY_SIZE (runs); i++)
    is_str (ask (c, runs[i]), refusal, "%s is refused in words", runs[i]);
  is_str (ask (c, "qExecAndArgs"), "", "a new GDB gives itself away");
  for (size_t i = 0; i < KD_ARRAY_SIZE (runs); i++) {
    is_str (ask (c, runs[i]), "T00thread:2;", "%s then ends where it began",
            runs[i]);
    is_str (kd_strbuf_str (&c->console),
            "kdump: a crash dump cannot be run or changed\n",
            "%s says why on the console", runs[i]);
  }
  ask (c, "Hc4");
  is_str (ask (c, "s"), "T00thread:4;", "a step ends in the thread it is of");
  ask (c, "Hc0");
  is_str (ask (c, "c"), "T00thread:2;", "others in the selected one");
}

static void
test_documents (struct client *c)
{
  struct kd_strbuf xml KD_AUTO_STRBUF = { 0 };
  transfer (c, "features:read:target.xml", &xml);
  const char *x = kd_strbuf_str (&xml);
  ok (strstr (x, "<architecture>i386:x86-64</architecture>")
        && strstr (x, "<osabi>none</osabi>") && strstr (x, "\"rip\""),
      "the target description has architecture, osabi, registers");
  is_str (ask (c, "qXfer:features:read:other.xml:0,10"),
          "E.there is only "
          "target.xml",
          "there is no other");
  is_str (ask (c, "qXfer:features:write:target.xml:0:00"), "",
          "it cannot be written");
  is_str (ask (c, "qXfer:auxv:read::0,10"), "", "there is no auxv");
  is_str (ask (c, "qXfer:threads:read::ffffff,10"), "l",
          "beyond the end there is nothing");
  ok (ask (c, "qXfer:threads:read::0,zz")[0] == 'E'
        && ask (c, "qXfer:threads:read::0")[0] == 'E',
      "a bad range is an error");
  is_str (ask (c, "qXfer:threads:read::0,0"), "m",
          "a piece of no length is one");
  ok (!strstr (ask (c, "qSupported:"), "exec-file")
        && ask (c, "qXfer:exec-file:read::0,10")[0] == 'E',
      "without a vmlinux none is offered");
  is_str (ask (c, "qOffsets"), "TextSeg=ffffffff82000000",
          "qOffsets has the run-time address of the text");
}

static void
test_libraries (struct client *c, const struct fake *f)
{
  struct kd_strbuf xml KD_AUTO_STRBUF = { 0 };
  transfer (c, "libraries:read:", &xml);
  const char *x = kd_strbuf_str (&xml);
  char *path = realpath (f->module_path, NULL);
  struct kd_strbuf want KD_AUTO_STRBUF = { 0 };
  kd_strbuf_puts (&want, "<library name=\"");
  for (const char *p = path ? path : ""; *p; p++)
    kd_strbuf_printf (&want, *p == '&' ? "&#38;" : "%c", *p);
  kd_strbuf_puts (&want, "\"><section address=\"0xffffffffc0100000\"/>"
                         "<section address=\"0xffffffffc0101000\"/>"
                         "<section address=\"0xffffffffffe00000\"/>"
                         "<section address=\"0xffffffffffe00090\"/>"
                         "<section address=\"0xffffffffc0100200\"/>"
                         "<section address=\"0xffffffffffe000d0\"/>"
                         "</library>");
  ok (strstr (x, kd_strbuf_str (&want)) != NULL,
      "a module has an address for each allocated section, in order; what "
      "is not in memory is out of the way");
  ok (!strstr (x, "two"), "a module without debug file is left out");
  free (path);
}

static void
test_monitor (struct client *c)
{
  monitor (c, "sym first");
  is_str (kd_strbuf_str (&c->reply), "OK", "a command ends in OK");
  is_str (kd_strbuf_str (&c->console),
          "ffffffff82000000 (T) first, 256 bytes\n",
          "after its output on the console");
  monitor (c, "nonsense");
  is_str (kd_strbuf_str (&c->reply), "E06", "a failing one in an error");
  is_str (kd_strbuf_str (&c->console),
          "error: no command `nonsense': try `help'\n",
          "after the reason, for clients that show only text");
  monitor (c, "info version");
  ok (strstr (kd_strbuf_str (&c->console), "6.1.0-fake"),
      "info version prints something");
  is_str (ask (c, "qRcmd,7"), "E22", "half a byte is no command");
  is_str (ask (c, "qRcmd,7300"), "E22", "nor is one with a zero in it");
  is_str (ask (c, "qRcmd"), "E22", "nor is nothing");
  ask (c, "qSupported:error-message+");
  monitor (c, "nonsense");
  is_str (kd_strbuf_str (&c->reply), "E.no command `nonsense': try `help'",
          "a client that knows error texts gets the reason as one");
  is_int (c->console.len, 0, "and nothing on the console");
  ok (ask (c, "mffffffff82003000,1")[1] == '.', "other requests do so too");
  ask (c, "qSupported:");
}

static void
test_stopping (struct client *c)
{
  hurry = true;
  c->wish = KD_RSP_GO_ON;
  monitor (c, "rd first 100");
  is_str (kd_strbuf_str (&c->reply), "OK", "long work ends by itself");
  c->wish = KD_RSP_STOP;
  monitor (c, "rd first 100");
  ok (c->reply.data && c->reply.data[0] == 'E'
        && strstr (kd_strbuf_str (&c->console), "stopped by the user"),
      "an interrupt ends it sooner, and is answered");
  c->wish = KD_RSP_FORGET;
  monitor (c, "rd first 100");
  ok (c->replies == 0 && c->console.len == 0 && c->acks == 1,
      "a client that gave up gets no late reply");
  c->wish = KD_RSP_GO_ON;
  is_str (ask (c, "qC"), "QC2", "but one to its next request");
  hurry = false;
}

static void
test_plugin (struct client *c)
{
  monitor (c, "kdump attach-info");
  const char *x = kd_strbuf_str (&c->console);
  is_str (kd_strbuf_str (&c->reply), "OK", "a plugin's line ends in OK");
  ok (strncmp (x, "protocol 1\n", 11) == 0, "the protocol comes first");
  ok (strstr (x, "\npanic-message Kernel panic: 100%25%0asecond line\n"),
      "values keep to their line");
  ok (strstr (x, "\nkaslr-offset 0x1000000\n")
        && strstr (x, "\nmem-range 0xff00000000000000 0x0\n")
        && strstr (x, "\npanic-cpu 1\n") && strstr (x, "\nvmlinux -\n"),
      "the facts are there");
  is_str (x + c->console.len - 3,
          "\x1e"
          "0\n",
          "and the trailer");
  monitor (c, "kdump call sym nothere");
  is_str (kd_strbuf_str (&c->reply), "OK", "also when it fails");
  is_str (kd_strbuf_str (&c->console),
          "\x1e"
          "1 sym: no symbol nothere (there is no vmlinux)\n",
          "the trailer has the reason");
  monitor (c, "kdump call sym");
  ok (strstr (kd_strbuf_str (&c->console), "%0aUsage: sym "), "on one line");
  monitor (c, "kdump call sym --json first");
  ok (strncmp (kd_strbuf_str (&c->console), "[\n  {", 5) == 0,
      "kdump call passes options on");
  monitor (c, "kdump complete ");
  ok (strstr (kd_strbuf_str (&c->console), "vtop\n")
        && !strstr (kd_strbuf_str (&c->console), "kdump\n"),
      "completing nothing gives all commands but the hidden");
  monitor (c, "kdump complete sy");
  is_str (kd_strbuf_str (&c->console),
          "sys\nsym\n\x1e"
          "0\n",
          "completing a word gives those that begin so");
  monitor (c, "kdump complete mod ");
  is_str (kd_strbuf_str (&c->console),
          "one\ntwo\n\x1e"
          "0\n",
          "a blank at the end begins a new word");
  monitor (c, "kdump call kdump attach-info");
  ok (strncmp (kd_strbuf_str (&c->console),
               "\x1e"
               "1 ",
               3)
        == 0,
      "kdump does not call itself");
}

static void
test_framing (struct client *c)
{
  client_reset (c);
  kd_rsp_feed (c->session, "$qC#00", 6);
  client_read (c);
  ok (c->naks == 1 && c->replies == 0,
      "a damaged request is asked for again, not answered");
  ask (c, "qC");
  client_reset (c);
  kd_rsp_feed (c->session, "-", 1);
  client_read (c);
  is_str (kd_strbuf_str (&c->reply), "QC2",
          "a reply that got lost is sent again");
  client_reset (c);
  kd_rsp_feed (c->session, "\003", 1);
  is_int (c->raw.len, 0, "an interrupt while nothing runs is nothing");
  struct kd_strbuf big KD_AUTO_STRBUF = { 0 };
  for (unsigned i = 0; i < KD_RSP_PACKET_MAX + 1; i++)
    kd_strbuf_putc (&big, 'm');
  is_str (ask (c, kd_strbuf_str (&big)), "E07",
          "a request too long is one "
          "error");
  is_int (c->replies, 1, "and one reply");
  is_str (ask (c, "QStartNoAckMode"), "OK", "no-ack mode may be asked for");
  ask (c, "qC");
  is_int (c->acks, 0, "then nothing is acknowledged");
  client_reset (c);
  kd_rsp_feed (c->session, "$qC#00", 6);
  client_read (c);
  is_str (kd_strbuf_str (&c->reply), "E01",
          "and a damaged request gets an error");
}

static void
test_leaving (struct fake *f)
{
  struct client c;
  client_init (&c, &f->state);
  is_str (ask (&c, "D"), "OK", "detaching is acknowledged");
  ok (kd_rsp_is_leaving (c.session) && !kd_rsp_is_over (c.session),
      "the session waits for the client's acknowledgement");
  kd_rsp_feed (c.session, "+", 1);
  ok (kd_rsp_is_over (c.session), "and is over then");
  client_deinit (&c);

  client_init (&c, &f->state);
  ask (&c, "k");
  ok (c.replies == 0 && kd_rsp_is_over (c.session),
      "k ends the session without a reply");
  client_deinit (&c);

  client_init (&c, &f->state);
  is_str (ask (&c, "vKill;1"), "OK", "vKill is acknowledged");
  client_deinit (&c);

  client_init (&c, &f->state);
  c.gone = true;
  ask (&c, "qC");
  ok (kd_rsp_is_over (c.session), "a client that is gone ends the session");
  client_deinit (&c);
}

static void
test_opening (struct fake *f)
{
  struct client c;
  client_init (&c, NULL);
  ask (&c, "qC");
  ok (c.acks == 1 && c.replies == 0,
      "before the dump is open a request is acknowledged only");
  client_reset (&c);
  kd_rsp_keep_waiting (c.session);
  is_str (kd_strbuf_str (&c.raw), "+", "a waiting client is kept so");
  f->state.cpu = 1;
  kd_rsp_ready (c.session, &f->state);
  client_reset (&c);
  kd_rsp_keep_waiting (c.session);
  is_int (c.raw.len, 0, "but not when nothing is asked");
  is_str (ask (&c, "qC"), "QC2", "then all is as usual");
  client_deinit (&c);

  client_init (&c, NULL);
  ask (&c, "qC");
  client_reset (&c);
  kd_rsp_ready (c.session, &f->state);
  client_read (&c);
  is_str (kd_strbuf_str (&c.reply), "QC2",
          "the request is answered when the dump is open");
  client_deinit (&c);

  client_init (&c, NULL);
  for (unsigned i = 0; i < 1000000 && !kd_rsp_is_over (c.session); i++)
    kd_rsp_feed (c.session, "$qC#b4", 6);
  ok (kd_rsp_is_over (c.session), "a flood of requests ends the session");
  client_deinit (&c);
}

int
main (void)
{
  struct fake f;
  struct client c;
  fake_init (&f);
  client_init (&c, &f.state);
  test_handshake (&c);
  test_threads (&c);
  test_registers (&c, f.kernel->mem->arch);
  test_memory (&c);
  test_refusals (&c);
  test_documents (&c);
  test_libraries (&c, &f);
  test_monitor (&c);
  test_stopping (&c);
  test_plugin (&c);
  test_framing (&c);
  client_deinit (&c);
  test_leaving (&f);
  test_opening (&f);
  fake_deinit (&f);
  return test_done ();
}
