/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops of many shapes: what they poll, what ends them; and what is none. */
#include "hang/spin.h"
#include "test.h"

enum { RDX = 2, RBX = 3, RSI = 6, RDI = 7 };
#define START 0xffffffff81000000

#define is_num(got, want, ...) ok ((uint64_t)(got) == (want), __VA_ARGS__)

/* The loop in SIZE bytes of code round offset PC; every register it can have
   is 0x1000 * (its number + 1).  */
static enum kd_status
look (const uint8_t *bytes, size_t size, uint64_t pc, bool after_call,
      struct kd_spin *out)
{
  struct kd_spin_code code = { .code = bytes,
                               .size = size,
                               .start = START,
                               .pc = START + pc,
                               .after_call = after_call,
                               .gs_base = 0x77000000 };

  for (unsigned i = 0; i < 16; i++) {
    code.known[i] = true;
    code.reg[i] = 0x1000 * (i + 1);
  }
  return kd_spin_in_code (&code, out);
}

/* push; jmp 2f; 1: pause; 2: mov 8(%rsi),%ecx; and $1,%ecx; jne 1b; pop;
   ret: entered in its middle.  */
static void
test_flag (void)
{
  static const uint8_t code[]
    = { 0x53, 0xeb, 0x02, 0xf3, 0x90, 0x8b, 0x4e, 0x08,
        0x83, 0xe1, 0x01, 0x75, 0xf6, 0x5b, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 5, false, &s), KD_OK, "a wait for a flag");
  is_num (s.total, 4, "has four instructions");
  is_num (s.exits, 1, "one way out");
  is_num (s.npolls, 1, "and it is known");
  ok (s.poll[0].addr_known && s.poll[0].addr == 0x1000 * (RSI + 1) + 8
        && s.poll[0].size == 4,
      "the flag's address");
  is_str (s.poll[0].until, "bit 0 is clear", "it waits for the bit");
  is_str (s.insn[1].text, "movl 8(%rsi), %ecx", "the text of an instruction");
  is_num (look (code, sizeof code, 0, false, &s), KD_NOT_FOUND,
          "what is before the loop is not in it");
  is_num (look (code, sizeof code, 0xd, false, &s), KD_NOT_FOUND,
          "nor what is after it");
  is_num (look (code, sizeof code, 6, false, &s), KD_CORRUPT,
          "the middle of an instruction is nowhere");
  is_num (look (code, 11, 5, false, &s), KD_NOT_FOUND,
          "code that is cut off before the jump has no loop");
}

static void
test_endless (void)
{
  static const uint8_t code[] = { 0x90, 0xf3, 0x90, 0xeb, 0xfc };
  static const uint8_t self[] = { 0xeb, 0xfe };
  struct kd_spin s;

  is_num (look (code, sizeof code, 3, false, &s), KD_OK, "an endless loop");
  ok (s.total == 2 && !s.exits && !s.npolls, "has no way out, polls nothing");
  is_num (look (self, sizeof self, 0, false, &s), KD_OK, "a jump to itself");
  ok (s.total == 1 && !s.exits, "is a loop of one instruction");
}

/* mov $0,%eax; 1: mov 8(%rdx),%eax; test %eax,%eax; jne 2f; pause; jmp 1b;
   2: ret.  */
static void
test_leaves_when_set (void)
{
  static const uint8_t code[]
    = { 0xb8, 0,    0, 0,    0,    0x8b, 0x42, 0x08, 0x85,
        0xc0, 0x75, 4, 0xf3, 0x90, 0xeb, 0xf5, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 0xc, false, &s), KD_OK, "a queue's wait");
  ok (s.npolls == 1 && s.poll[0].addr == 0x1000 * (RDX + 1) + 8,
      "polls its node");
  is_str (s.poll[0].until, "it is not 0", "a jump out has its own condition");
}

/* 1: mov (%rdi),%rdi; cmpb $0,0x10(%rdi); jne 1b; ret.  */
static void
test_chase (void)
{
  static const uint8_t code[]
    = { 0x90, 0x48, 0x8b, 0x3f, 0x80, 0x7f, 0x10, 0x00, 0x75, 0xf7, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 4, false, &s), KD_OK, "a walk of a list");
  ok (s.npolls == 1 && !s.poll[0].addr_known,
      "an address that changes in the loop is not claimed");
}

/* A jump forward is no loop; neither is data.  */
static void
test_none (void)
{
  static const uint8_t code[]
    = { 0x90, 0x80, 0x3f, 0x00, 0x74, 0x01, 0x90, 0xc3 };
  static const uint8_t bad[] = { 0x06, 0x06, 0x06, 0x06 };
  /* jmp *%rax after a jump back from elsewhere */
  static const uint8_t table[] = { 0x90, 0xff, 0xe0, 0xeb, 0xfb };
  struct kd_spin s;

  for (uint64_t pc = 0; pc < sizeof code; pc++)
    ok (look (code, sizeof code, pc, false, &s) != KD_OK,
        "a jump forward is no loop, at %d", (int)pc);
  ok (look (bad, sizeof bad, 0, false, &s) != KD_OK, "what is no code");
  is_num (look (table, sizeof table, 1, false, &s), KD_NOT_FOUND,
          "where an indirect jump leads is not made up");
}

/* 1: mov $5,%ecx; 2: pause; dec %ecx; jne 2b; cmpl $7,%gs:0x40; jb 1b.  */
static void
test_nested (void)
{
  static const uint8_t code[]
    = { 0x31, 0xc0, 0xb9, 5,    0,    0, 0, 0xf3, 0x90, 0xff, 0xc9, 0x75, 0xfa,
        0x65, 0x83, 0x3c, 0x25, 0x40, 0, 0, 0,    7,    0x72, 0xea, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 7, false, &s), KD_OK, "an inner loop");
  ok (s.total == 3 && s.exits == 1 && !s.npolls,
      "that counts a register polls nothing");
  is_num (look (code, sizeof code, 0xd, false, &s), KD_OK, "the outer loop");
  is_num (s.total, 6, "has the inner one in it");
  ok (s.npolls == 1 && s.poll[0].addr_known && s.poll[0].addr == 0x77000040,
      "a per-CPU variable is that CPU's");
  is_str (s.poll[0].until, "it is at least 7", "falling out of the loop");
}

/* push; 1: mov %rbx,%rdi; call; testb $0x20,(%rbx); je 1b; ret.  */
static void
test_calls (void)
{
  static const uint8_t code[] = { 0x53, 0x48, 0x89, 0xdf, 0xe8, 0,    0,   0,
                                  0,    0xf6, 0x03, 0x20, 0x74, 0xf3, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 9, true, &s), KD_OK,
          "a loop round a call, by its return address");
  ok (s.calls == 1 && s.current == START + 4, "is at the call");
  ok (s.npolls == 1 && s.poll[0].addr_known
        && s.poll[0].addr == 0x1000 * (RBX + 1) && s.poll[0].size == 1,
      "what calls preserve is known");
  is_str (s.poll[0].until, "bit 5 is set", "a byte's bit");
  is_num (look (code, sizeof code, 8, true, &s), KD_CORRUPT,
          "no call returns there");
}

/* call; cmpb $0,(%rdi); jne: what a call may change is not taken as known.  */
static void
test_clobbered (void)
{
  static const uint8_t code[]
    = { 0x90, 0xe8, 0, 0, 0, 0, 0x80, 0x3f, 0, 0x75, 0xf6, 0xc3 };
  struct kd_spin s;

  is_num (look (code, sizeof code, 6, false, &s), KD_OK, "a loop with a call");
  ok (s.npolls == 1 && !s.poll[0].addr_known,
      "does not keep what a call may change");
}

/* A long function of nothing but jumps, and noise: an end, within bounds.  */
static void
test_hostile (void)
{
  static uint8_t code[65536];
  struct kd_spin s;
  uint32_t noise = 1;
  bool good = true;

  for (size_t i = 0; i < sizeof code; i += 2) {
    code[i] = 0x75;
    code[i + 1] = (uint8_t)(i * 6 & 0xfe);
  }
  (void)!look (code, sizeof code, sizeof code / 2, false, &s);
  ok (s.ninsns <= KD_SPIN_INSNS && s.npolls <= KD_SPIN_POLLS,
      "a function of jumps has an answer");
  for (int round = 0; round < 300; round++) {
    for (size_t i = 0; i < 512; i++) {
      noise = noise * 1664525 + 1013904223;
      code[i] = (uint8_t)(noise >> 24);
    }
    if (look (code, 512, noise % 512, round & 1, &s) == KD_OK)
      good &= s.total && s.ninsns <= KD_SPIN_INSNS && s.ninsns <= s.total
              && s.npolls <= KD_SPIN_POLLS && s.npolls <= s.exits;
  }
  ok (good, "noise has answers that agree with themselves");
}

int
main (void)
{
  test_flag ();
  test_endless ();
  test_leaves_when_set ();
  test_chase ();
  test_none ();
  test_nested ();
  test_calls ();
  test_clobbered ();
  test_hostile ();
  return test_done ();
}
