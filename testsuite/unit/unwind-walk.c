/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks over made-up stacks: what is crossed, and what is not believed. */
#include "base/guard.h"
#include "test.h"
#include "unwind/unwinder.h"

#include <elf.h>
#include <stdlib.h>

/* A world of functions of 256 bytes, each with one unwind rule.  */
#define TEXT UINT64_C (0xffffffff81000000)
#define GENERATED UINT64_C (0xffffffffc0000000) /* executable, no text */
#define NOWHERE UINT64_C (0xffffffffdead0000)
#define TABLE UINT64_C (0xffffffff82000000)
#define TASK UINT64_C (0xffffc90000010000)
#define OTHER UINT64_C (0xffffc90000020000) /* another task's stack */
#define IRQ UINT64_C (0xffffc90000030000)
#define NMI UINT64_C (0xfffffe0000010000)
#define DF UINT64_C (0xfffffe0000020000)
#define ENTRY UINT64_C (0xfffffe0000002000)

enum fn {
  LEAF,    /* the return address is on top */
  FRAME,   /* 48 bytes, rbp saved */
  SWITCH,  /* calls on another stack: the old rsp is on top */
  SWITCHB, /* the same by rbp, as 5.8 to 5.11 do */
  ASM,     /* has pt_regs on top */
  PARTIAL, /* has an iret frame on top */
  TRAP,    /* the same, and what it interrupted looks like a call */
  END,
  UNDEF,
  BYBP,  /* has a frame pointer */
  BYR10, /* realigned: the caller's stack pointer is in r10 */
  LOOP,  /* its rule goes nowhere */
  BAD,   /* its rule is senseless */
  NFN
};

static const struct {
  short sp, bp;
  unsigned flags; /* of version 3 */
} rules[NFN] = {
  [LEAF] = { 8, 0, 0x205 },    [FRAME] = { 48, -16, 0x215 },
  [SWITCH] = { 16, 0, 0x209 }, [SWITCHB] = { 16, -16, 0x214 },
  [ASM] = { 0, 0, 0xb05 },     [PARTIAL] = { 0, 0, 0xc05 },
  [TRAP] = { 0, 0, 0x405 },    [END] = { 0, 0, 0x100 },
  [UNDEF] = { 0, 0, 0 },       [BYBP] = { 16, -16, 0x214 },
  [BYR10] = { 0, 0, 0x206 },   [LOOP] = { 0, 0, 0x205 },
  [BAD] = { 0, 0, 0x20e },
};

struct region {
  uint64_t base, size;
  uint8_t *bytes;
};

static struct world {
  struct region region[8];
  size_t nregions;
  struct kd_orc_table table;
  struct kd_stack stacks[8];
  size_t nstacks;
  struct kd_walk_env env;
} world;

static uint8_t *
at (uint64_t addr, size_t len)
{
  for (size_t i = 0; i < world.nregions; i++) {
    struct region *r = &world.region[i];

    if (addr >= r->base && addr - r->base <= r->size
        && len <= r->size - (addr - r->base))
      return r->bytes + (addr - r->base);
  }
  return NULL;
}

static enum kd_status
world_read (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  uint8_t *p = at (vaddr, len);

  (void)arg;
  if (!p)
    return kd_fail (KD_NOT_MAPPED, "0x%" PRIx64 " is not mapped", vaddr);
  memcpy (buf, p, len);
  return KD_OK;
}

static bool
world_is_text (void *arg, uint64_t pc)
{
  (void)arg;
  return pc >= TEXT && pc < TEXT + NFN * UINT64_C (0x100);
}

static bool
world_is_exec (void *arg, uint64_t pc)
{
  return world_is_text (arg, pc) || (pc >= GENERATED && pc < GENERATED + 4096);
}

static enum kd_status
world_find_entry (void *arg, uint64_t pc, struct kd_orc_entry *out)
{
  return kd_orc_lookup (&world.table, pc, world_read, arg, out);
}

static void
word (uint64_t addr, uint64_t value)
{
  uint8_t *p = at (addr, 8);

  if (!p)
    abort ();
  for (int i = 0; i < 8; i++)
    p[i] = (uint8_t)(value >> 8 * i);
}

/* A place inside FN that is no return address, and one that is.  */
static uint64_t
in (enum fn fn)
{
  return TEXT + fn * UINT64_C (0x100) + 0x10;
}

static void
regs (uint64_t where, uint64_t ip, uint64_t sp, unsigned cs)
{
  for (uint64_t i = 0; i < 128; i += 8)
    word (where + i, 0x5500 + i);
  word (where + 128, ip);
  word (where + 136, cs);
  word (where + 144, 0x246);
  word (where + 152, sp);
  word (where + 160, 0x18);
}

static void
iret (uint64_t where, uint64_t ip, uint64_t sp, unsigned cs)
{
  word (where, ip);
  word (where + 8, cs);
  word (where + 16, 0x46);
  word (where + 24, sp);
  word (where + 32, 0x18);
}

static void
add_region (uint64_t base, uint64_t size, enum kd_stack_kind kind)
{
  struct region *r = &world.region[world.nregions++];

  *r = (struct region){ base, size, calloc (1, size) };
  if (!r->bytes)
    abort ();
  if (kind != KD_STACK_UNKNOWN)
    world.stacks[world.nstacks++] = (struct kd_stack){
      .kind = kind, .cpu = 0, .low = base, .high = base + size
    };
}

static void
world_deinit (void)
{
  for (size_t i = 0; i < world.nregions; i++)
    free (world.region[i].bytes);
  world = (struct world){ 0 };
}

static void
world_init (void)
{
  world_deinit ();
  add_region (TABLE, 0x1000, KD_STACK_UNKNOWN);
  add_region (OTHER, 0x4000, KD_STACK_UNKNOWN);
  add_region (IRQ, 0x4000, KD_STACK_IRQ);
  add_region (NMI, 0x2000, KD_STACK_NMI);
  add_region (DF, 0x2000, KD_STACK_DF);
  add_region (ENTRY, 0x200, KD_STACK_ENTRY);
  add_region (TASK, 0x4000, KD_STACK_TASK);
  world.table
    = (struct kd_orc_table){ .version = KD_ORC_V3,
                             .text_start = TEXT,
                             .text_end = TEXT + NFN * UINT64_C (0x100),
                             .ip = TABLE,
                             .unwind = TABLE + 0x800,
                             .count = NFN };
  for (uint64_t i = 0; i < NFN; i++) {
    uint8_t *ip = at (TABLE + 4 * i, 4), *e = at (TABLE + 0x800 + 6 * i, 6);
    uint64_t offset = TEXT + i * 0x100 - (TABLE + 4 * i);

    for (int j = 0; j < 4; j++)
      ip[j] = (uint8_t)(offset >> 8 * j);
    e[0] = (uint8_t)rules[i].sp;
    e[1] = (uint8_t)(rules[i].sp >> 8);
    e[2] = (uint8_t)rules[i].bp;
    e[3] = (uint8_t)(rules[i].bp >> 8);
    e[4] = (uint8_t)rules[i].flags;
    e[5] = (uint8_t)(rules[i].flags >> 8);
  }
  world.env = (struct kd_walk_env){ .read = world_read,
                                    .is_text = world_is_text,
                                    .is_exec = world_is_exec,
                                    .find_entry = world_find_entry,
                                    .stacks = world.stacks,
                                    .nstacks = world.nstacks };
  kd_walk_set_arch (&world.env, kd_arch_by_machine (EM_X86_64));
}

/* Walk from PC and SP with rbp BP and compare with WANT, one word a frame:
   function, ':' stack, and '!' if exact, '?' if guessed; then how it
   stopped.  */
static void
walks (uint64_t pc, uint64_t sp, uint64_t bp, const char *want,
       const char *name)
{
  static const char *const fns[NFN]
    = { "leaf", "frame", "switch", "switchb", "asm",  "partial", "trap",
        "end",  "undef", "bybp",   "byr10",   "loop", "bad" };
  static const char *const stops[] = { "END", "USER", "BROKEN", "LIMIT" };
  struct kd_orc_regs start = { .valid = (1U << KD_ORC_NREGS) - 1 };
  struct kd_backtrace bt;
  char got[1024] = "";
  size_t len = 0;

  start.value[KD_DW_IP] = pc;
  start.value[KD_DW_SP] = sp;
  start.value[KD_DW_BP] = bp;
  start.value[10] = bp;
  start.value[KD_DW_CS] = 0x10;
  if (!ok (!kd_walk_stacks (&world.env, &start, true, &bt), "%s: walks", name))
    return;
  for (size_t i = 0; i < bt.nframes && len < sizeof got - 64; i++) {
    struct kd_frame *f = &bt.frames[i];

    if (f->kind == KD_FRAME_USER)
      len += (size_t)sprintf (got + len, "user ");
    else
      len += (size_t)sprintf (
        got + len, "%s:%s%s%s ",
        world_is_text (NULL, f->pc) ? fns[(f->pc - TEXT) >> 8] : "-",
        kd_stack_kind_name (f->stack.kind),
        f->kind == KD_FRAME_EXACT ? "!" : "", f->guess ? "?" : "");
  }
  sprintf (got + len, "%s", stops[bt.stop]);
  is_str (got, want, "%s", name);
  if (bt.reason[0])
    printf ("# %s\n", bt.reason);
  ok ((bt.stop == KD_STOP_BROKEN || bt.stop == KD_STOP_LIMIT)
        == (bt.reason[0] != '\0'),
      "%s: a reason if and only if it went wrong", name);
  kd_backtrace_deinit (&bt);
}

/* The outermost frame of a kernel thread, at the top of the task's stack.  */
#define TOP (TASK + 0x4000 - 168)
static void
thread_end (uint64_t sp)
{
  word (sp, in (FRAME));
  word (sp + 8 + 32, 0);        /* rbp */
  word (sp + 8 + 40, in (END)); /* return address of FRAME */
}

/* An interrupt that finds the task at SP in LEAF: its handler on the IRQ
   stack is called by SWITCH, that by ASM.  Returns the handler's sp.  */
static uint64_t
interrupt (uint64_t sp)
{
  uint64_t frame = sp - 0x200;

  regs (frame + 16, in (LEAF), sp, 0x10);
  word (frame + 8, in (ASM));
  word (IRQ + 0x3ff8, frame);
  word (IRQ + 0x3ff0, in (SWITCH));
  return IRQ + 0x3ff0;
}

#define TASK_TAIL "asm:task leaf:task! frame:task end:task END"

static void
test_crossing (void)
{
  uint64_t sp = TASK + 0x3000, irq;

  world_init ();
  thread_end (sp);
  walks (in (LEAF), sp, 0, "leaf:task! frame:task end:task END",
         "a kernel thread");
  irq = interrupt (sp);
  walks (in (LEAF), irq, 0, "leaf:IRQ! switch:IRQ " TASK_TAIL,
         "IRQ over task");

  /* 5.8 to 5.11: by rbp, a plain call as far as the table knows.  */
  word (IRQ + 0x3ff0, in (SWITCHB));
  word (sp - 0x200, 0x1234);
  walks (in (LEAF), irq, sp - 0x200, "leaf:IRQ! switchb:IRQ " TASK_TAIL,
         "IRQ over task by rbp");

  word (IRQ + 0x3ff0, in (SWITCH));
  word (sp - 0x200, sp - 0x200);
  regs (NMI + 0x1f00, in (LEAF), irq, 0x10);
  word (NMI + 0x1ef8, in (ASM));
  walks (in (LEAF), NMI + 0x1ef8, 0,
         "leaf:NMI! asm:NMI leaf:IRQ! switch:IRQ " TASK_TAIL,
         "NMI over IRQ over task");
  word (NMI + 0x1f00 + 128, in (LEAF)-0x10);
  walks (in (LEAF), NMI + 0x1ef8, 0,
         "leaf:NMI! asm:NMI leaf:IRQ! switch:IRQ " TASK_TAIL,
         "an interrupt at the first instruction of a function");

  regs (DF + 0x1f00, in (LEAF), TASK - 8, 0x10);
  walks (in (ASM), DF + 0x1f00, 0, "asm:#DF! leaf:task! BROKEN",
         "#DF by a stack overflow: the frame is shown, its caller is lost");
  regs (DF + 0x1f00, in (LEAF), sp, 0x10);
  walks (in (ASM), DF + 0x1f00, 0,
         "asm:#DF! leaf:task! frame:task end:task END", "#DF over task");
}

static void
test_entry (void)
{
  uint64_t sp = TASK + 0x3000;

  world_init ();
  thread_end (sp);
  regs (ENTRY + 0x200 - 168, 0x401000, 0x7fff00001000, 0x33);
  walks (in (ASM), ENTRY + 0x200 - 168, 0, "asm:entry! user USER",
         "on the entry trampoline from user mode");
  regs (NMI + 0x1f00, in (ASM), ENTRY + 0x200 - 168, 0x10);
  walks (in (ASM), NMI + 0x1f00, 0, "asm:NMI! asm:entry! user USER",
         "NMI on the entry trampoline");
  regs (TOP, 0x401000, 0x7fff00001000, 0x33);
  word (TOP - 8, in (ASM));
  walks (in (LEAF), TOP - 8, 0, "leaf:task! asm:task user USER",
         "a system call ends at user mode");
  word (TOP + 128, UINT64_C (0xffffffffff600400));
  walks (in (LEAF), TOP - 8, 0, "leaf:task! asm:task user USER",
         "the vsyscall page is user mode");
  word (TOP + 128, in (LEAF));
  walks (in (LEAF), TOP - 8, 0, "leaf:task! asm:task BROKEN",
         "user mode at a kernel address is not believed");
  iret (NMI + 0x1f00, in (LEAF), sp, 0x10);
  walks (in (PARTIAL), NMI + 0x1f00, 0,
         "partial:NMI! leaf:task! frame:task end:task END",
         "an iret frame: what was interrupted is exact");
  /* At the start of FRAME, so that the rule of LEAF before it is used.  */
  iret (NMI + 0x1f00, TEXT + FRAME * UINT64_C (0x100), sp, 0x10);
  walks (in (TRAP), NMI + 0x1f00, 0,
         "trap:NMI! frame:task! frame:task end:task END",
         "after a trap the rule of the instruction before counts");
}

/* A call frame at an iret frame whose task used r10: known from before.  */
static void
test_partial_keeps_regs (void)
{
  uint64_t sp = TASK + 0x3000;

  world_init ();
  word (sp - 8, in (END));
  iret (NMI + 0x1f00, in (BYR10), sp - 0x100, 0x10);
  walks (in (PARTIAL), NMI + 0x1f00, sp,
         "partial:NMI! byr10:task! end:task END",
         "registers that entry code has not touched serve the next rule");
}

static void
test_wild (void)
{
  uint64_t sp = TASK + 0x3000;

  world_init ();
  thread_end (sp);
  word (sp - 8, in (LEAF));
  walks (0, sp - 8, 0, "-:task! leaf:task frame:task end:task END",
         "a call through a null pointer");
  walks (NOWHERE, sp - 8, 0, "-:task! leaf:task? frame:task? end:task? END",
         "a jump to what is no code, and all after it is a guess");
  word (sp - 8, NOWHERE + 8);
  walks (NOWHERE, sp - 8, 0, "-:task! BROKEN",
         "a jump to what is no code, without a return address");
  word (sp - 8, GENERATED + 0x10);
  word (sp + 0x40, sp + 0x100);
  word (sp + 0x48, in (LEAF));
  thread_end (sp + 0x50);
  walks (in (LEAF), sp - 8, sp + 0x40,
         "leaf:task! -:task leaf:task? frame:task? end:task? END",
         "generated code has a frame pointer, and all after it is a guess");
}

static void
test_broken (void)
{
  uint64_t sp = TASK + 0x3000, irq;

  world_init ();
  thread_end (sp);
  irq = interrupt (sp);
  walks (in (LEAF), NOWHERE, 0, "leaf:unknown! BROKEN",
         "a stack pointer on no stack");
  walks (in (LEAF), OTHER + 0x1000, 0, "leaf:unknown! BROKEN",
         "another task's stack is none of this context");
  word (sp, NOWHERE);
  walks (in (LEAF), sp, 0, "leaf:task! BROKEN",
         "a return address that is data");
  word (sp, 0);
  walks (in (LEAF), sp, 0, "leaf:task! BROKEN", "a zero return address");
  word (TOP - 8, 0);
  walks (in (LEAF), TOP - 8, 0, "leaf:task! END",
         "a zero return address at the top of the stack is the end");
  thread_end (sp);
  walks (in (LEAF), sp + 4, 0, "leaf:task! BROKEN", "an odd stack pointer");
  word (sp - 8, in (LOOP));
  walks (in (LOOP), sp, 0, "loop:task! BROKEN",
         "a stack pointer that does not move");
  walks (in (BYBP), sp, sp - 0x100, "bybp:task! BROKEN",
         "a frame pointer that goes down");
  walks (in (UNDEF), sp, 0, "undef:task! BROKEN", "code without a rule");
  walks (in (BAD), sp, 0, "bad:task! BROKEN", "a rule that makes no sense");
  walks (in (ASM), TASK + 0x4000 - 160, 0, "asm:task! BROKEN",
         "registers that leave the stack");
  regs (sp, in (LEAF), irq, 0x10);
  walks (in (ASM), sp, 0, "asm:task! BROKEN",
         "a task's frame does not return to the IRQ stack");
  regs (sp, in (LEAF), sp - 0x100, 0x10);
  walks (in (ASM), sp, 0, "asm:task! BROKEN",
         "what was interrupted is not below its registers");
}

static void
test_loops (void)
{
  uint64_t irq;

  world_init ();
  thread_end (TASK + 0x3000);
  irq = interrupt (TASK + 0x3000);
  regs (NMI + 0x1e00, in (ASM), DF + 0x1e00, 0x10);
  regs (DF + 0x1e00, in (ASM), NMI + 0x1f00 - 168, 0x10);
  walks (in (ASM), NMI + 0x1e00, 0, "asm:NMI! asm:#DF! BROKEN",
         "two stacks that return to each other");
  word (IRQ + 0x3ff8, NMI + 0x1000);
  walks (in (LEAF), irq, 0, "leaf:IRQ! switch:IRQ BROKEN",
         "the IRQ stack was not switched to from the NMI stack");
  word (IRQ + 0x3ff8, NOWHERE);
  walks (in (LEAF), irq, 0, "leaf:IRQ! switch:IRQ BROKEN",
         "a switch to nowhere");
}

static void
test_limit (void)
{
  struct kd_orc_regs start = { .valid = (1U << KD_ORC_NREGS) - 1 };
  struct kd_backtrace bt;

  world_init ();
  add_region (TASK + 0x10000000, 0x10000, KD_STACK_TASK);
  world.env.nstacks = world.nstacks;
  for (uint64_t i = 0; i < 0x10000; i += 8)
    word (TASK + 0x10000000 + i, in (LEAF));
  start.value[KD_DW_IP] = in (LEAF);
  start.value[KD_DW_SP] = TASK + 0x10000000;
  start.value[KD_DW_CS] = 0x10;
  ok (!kd_walk_stacks (&world.env, &start, true, &bt)
        && bt.stop == KD_STOP_LIMIT && bt.nframes == KD_WALK_LIMIT
        && bt.reason[0],
      "a stack of nothing but return addresses stops at the limit");
  kd_backtrace_deinit (&bt);
}

static void
test_tables (void)
{
  uint64_t sp = TASK + 0x3000;

  world_init ();
  thread_end (sp);
  for (uint64_t i = 0; i < NFN; i++)
    memset (at (TABLE + 4 * i, 4), (int)(i * 37), 4);
  walks (in (LEAF), sp, sp + 0x40, "leaf:task! BROKEN",
         "a table of junk ends the walk");
  world_init ();
  thread_end (sp);
  world.table.ip = NOWHERE;
  walks (in (LEAF), sp, 0, "leaf:task! BROKEN", "a table off the map");
  world_init ();
  thread_end (sp);
  world.table.unwind = UINT64_MAX - 2;
  walks (in (LEAF), sp, 0, "leaf:task! BROKEN",
         "entries at the end of the address space");
  world_init ();
  thread_end (sp);
  word (sp + 48, in (UNDEF));
  walks (in (LEAF), sp, 0, "leaf:task! frame:task undef:task BROKEN",
         "no rule where the stack does not end");
  word (TOP - 48, in (UNDEF));
  world.env.no_end = true;
  walks (in (FRAME), TOP - 48 - 40, 0, "frame:task! undef:task END",
         "the first ORC kernels have no mark for the end");
}

static void
test_start (void)
{
  struct kd_orc_regs start = { .valid = 1U << KD_DW_IP };
  struct kd_backtrace bt;

  world_init ();
  ok (!kd_walk_stacks (&world.env, &start, true, &bt)
        && bt.stop == KD_STOP_BROKEN && !bt.nframes,
      "without a stack pointer there is no walk");
  kd_backtrace_deinit (&bt);
  start.valid |= 1U << KD_DW_SP | 1U << KD_DW_CS;
  start.value[KD_DW_IP] = 0x401000;
  start.value[KD_DW_SP] = 0x7fff00001000;
  start.value[KD_DW_CS] = 0x33;
  ok (!kd_walk_stacks (&world.env, &start, true, &bt)
        && bt.stop == KD_STOP_USER && bt.nframes == 1
        && bt.frames[0].kind == KD_FRAME_USER,
      "a CPU in user mode has one frame");
  kd_backtrace_deinit (&bt);
  start.valid &= ~(1U << KD_DW_CS);
  ok (!kd_walk_stacks (&world.env, &start, true, &bt)
        && bt.stop == KD_STOP_USER,
      "also when only its addresses say so");
  kd_backtrace_deinit (&bt);
}

static void
test_registers (void)
{
  struct kd_orc_regs start = { .valid = (1U << KD_ORC_NREGS) - 1 };
  uint64_t sp = TASK + 0x3000;
  struct kd_backtrace bt;
  const struct kd_arch *arch;
  struct kd_frame *f;

  world_init ();
  arch = world.env.arch;
  thread_end (sp);
  start.value[KD_DW_IP] = in (LEAF);
  start.value[KD_DW_SP] = interrupt (sp);
  start.value[KD_DW_CS] = 0x10;
  if (!ok (!kd_walk_stacks (&world.env, &start, true, &bt) && bt.nframes == 6,
           "six frames"))
    return;
  f = &bt.frames[3];
  ok (f->regs_at == sp - 0x200 + 16 && f->regs_full && f->sp == sp,
      "the interrupted frame says where its registers are");
  ok (f->regs.value[kd_arch_reg (arch, "rbx")] == 0x5528
        && f->regs.value[kd_arch_reg (arch, "r15")] == 0x5500
        && f->regs.value[kd_arch_reg (arch, "rdi")] == 0x5570
        && f->regs.value[kd_arch_reg (arch, "orig_rax")] == 0x5578
        && f->regs.value[kd_arch_reg (arch, "eflags")] == 0x246
        && f->regs.value[kd_arch_reg (arch, "cs")] == 0x10
        && f->regs.value[kd_arch_reg (arch, "ss")] == 0x18,
      "and has all of them");
  f = &bt.frames[4];
  ok (!f->regs_at && kd_regs_has (&f->regs, arch->reg_pc)
        && kd_regs_has (&f->regs, arch->reg_sp)
        && !kd_regs_has (&f->regs, (unsigned)kd_arch_reg (arch, "rax")),
      "its caller has what the rule gives, no more");
  ok (bt.frames[0].cfa == bt.frames[1].sp
        && bt.frames[1].cfa == bt.frames[2].sp,
      "a frame's CFA is its caller's stack pointer");
  kd_backtrace_deinit (&bt);
}

/* --- what the environment may add --- */

/* Knows the way out of UNDEF only: its caller is 0x100 up.  */
static enum kd_status
world_fallback (void *arg, const struct kd_orc_regs *r, bool exact,
                struct kd_orc_step *out)
{
  (void)exact;
  if (r->value[KD_DW_IP] != in (UNDEF))
    return kd_fail (KD_NOT_FOUND, "no");
  *out = (struct kd_orc_step){ .kind = KD_ORC_CALLER };
  out->cfa = r->value[KD_DW_SP] + 0x100;
  out->next.value[KD_DW_SP] = out->cfa;
  out->next.valid = 1U << KD_DW_SP | 1U << KD_DW_IP;
  return world_read (arg, out->cfa - 8, &out->next.value[KD_DW_IP], 8);
}

/* A tracer put the address of BAD there; the real one is in FRAME.  */
static void
world_recover (void *arg, uint64_t where, uint64_t *pc)
{
  (void)arg;
  if (*pc == TEXT + BAD * UINT64_C (0x100) && where == TASK + 0x2ff8)
    *pc = in (FRAME);
}

static void
test_hooks (void)
{
  uint64_t sp = TASK + 0x3000;

  world_init ();
  thread_end (sp);
  word (sp - 8, in (LEAF));
  walks (in (UNDEF), sp - 0x100, 0, "undef:task! BROKEN",
         "code that the table leaves out, and nothing else knows");
  world.env.fallback = world_fallback;
  walks (in (UNDEF), sp - 0x100, 0,
         "undef:task! leaf:task frame:task end:task END",
         "code that the table leaves out and another method knows");
  word (sp, NOWHERE);
  walks (in (UNDEF), sp - 0x100, 0, "undef:task! leaf:task BROKEN",
         "what comes after it is checked like any step");
  thread_end (sp);
  word (sp - 8, TEXT + BAD * UINT64_C (0x100));
  world.env.recover = world_recover;
  thread_end (sp + 48);
  word (sp + 40, in (END));
  walks (in (LEAF), sp - 8, 0, "leaf:task! frame:task end:task END",
         "a return address that a tracer replaced");
}

/* --- frame pointers --- */

/* In this world every function begins with a 5-byte nop for tracing, then
   push %rbp; mov %rsp,%rbp.  */
static enum kd_status
fp_read (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  static const uint8_t begin[]
    = { 0x0f, 0x1f, 0x44, 0x00, 0x00, 0x55, 0x48, 0x89, 0xe5 };

  if (!world_is_text (arg, vaddr))
    return world_read (arg, vaddr, buf, len);
  for (size_t i = 0; i < len; i++) {
    uint64_t offset = (vaddr + i) & 0xff;

    ((uint8_t *)buf)[i] = offset < sizeof begin ? begin[offset] : 0x90;
  }
  return KD_OK;
}

static bool
fp_function (void *arg, uint64_t pc, uint64_t *start)
{
  *start = pc & ~UINT64_C (0xff);
  return world_is_text (arg, pc);
}

static bool
fp_top (void *arg, uint64_t sp, uint64_t *top)
{
  (void)arg;
  *top = TASK + 0x4000;
  return sp >= TASK && sp < TASK + 0x4000;
}

static enum kd_status
fp_step (void *arg, const struct kd_orc_regs *r, bool exact,
         struct kd_orc_step *out)
{
  struct kd_fp_env env = {
    .arg = arg, .read = fp_read, .function = fp_function, .stack_top = fp_top
  };

  return kd_fp_walk_step (&env, r, exact, out);
}

static void
test_frame_pointers (void)
{
  uint64_t sp = TASK + 0x3000, bp = sp + 0x40, last = TOP - 16;

  world_init ();
  world.env.find_entry = NULL;
  world.env.read = fp_read;
  world.env.step = fp_step;
  /* frame <- byr10 <- undef, at whose frame the task's stack ends */
  word (bp, bp + 0x80);
  word (bp + 8, in (BYR10));
  word (bp + 0x80, last);
  word (bp + 0x88, in (UNDEF));
  regs (TOP, 0, 0, 0x10);
  walks (in (FRAME), sp, bp, "frame:task! byr10:task undef:task END",
         "frame pointers of a kernel thread");
  regs (TOP, 0x401000, 0x7fff00001000, 0x33);
  walks (in (FRAME), sp, bp, "frame:task! byr10:task undef:task user USER",
         "frame pointers of a user task end at its registers");
  word (sp, in (LEAF));
  walks (TEXT + FRAME * UINT64_C (0x100) + 5, sp, bp,
         "frame:task! leaf:task byr10:task undef:task user USER",
         "before the push the return address is on top");
  word (sp + 8, in (LEAF));
  word (sp, 0x1234);
  walks (TEXT + FRAME * UINT64_C (0x100) + 6, sp, bp,
         "frame:task! leaf:task byr10:task undef:task user USER",
         "after the push it is one above");
  /* On the IRQ stack, called by entry code whose frame pointer is encoded. */
  regs (sp - 0x200, in (LEAF), sp, 0x10);
  word (sp - 0x200 + 32, bp); /* rbp */
  word (IRQ + 0x3f00, sp - 0x200 + 1);
  word (IRQ + 0x3f08, in (ASM));
  walks (in (FRAME), IRQ + 0x3e00, IRQ + 0x3f00,
         "frame:IRQ! asm:IRQ leaf:task! byr10:task undef:task user USER",
         "an encoded frame pointer leads to what was interrupted");
  /* Entry code with a frame of its own, as ret_from_fork has.  */
  word (bp + 0x80, last);
  word (last, TOP + 1);
  word (last + 8, in (ASM));
  regs (TOP, 0, 0, 0);
  walks (in (FRAME), sp, bp, "frame:task! byr10:task undef:task asm:task END",
         "a kernel thread's stack ends in entry code with empty registers");
  word (bp, bp - 0x100);
  walks (in (FRAME), sp, bp, "frame:task! byr10:task BROKEN",
         "a frame pointer that points down");
  word (bp, NOWHERE);
  walks (in (FRAME), sp, bp, "frame:task! byr10:task BROKEN",
         "a frame pointer into nowhere");
  walks (in (FRAME), sp, 0, "frame:task! END",
         "a null frame pointer is the end");
}

int
main (void)
{
  test_hooks ();
  test_frame_pointers ();
  test_crossing ();
  test_entry ();
  test_partial_keeps_regs ();
  test_wild ();
  test_broken ();
  test_loops ();
  test_limit ();
  test_tables ();
  test_start ();
  test_registers ();
  world_deinit ();
  return test_done ();
}
