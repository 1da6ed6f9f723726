/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JIT reader: frames that GDB's own unwinders get wrong, by ORC. */
#include "unwinder.h"

#include "base/cursor.h"
#include "coverage.h"
#include "frames.h"
#include "saves.h"

#include <string.h>

/* What a frame looks like from inside, learnt while its callee was unwound.
   GDB asks with registers only.  */
struct memo {
  uint64_t pc, sp;
  bool exact;     /* pc was interrupted there, it is not a return address */
  uint64_t floor; /* frame ids up to here are not below its callee's */
};

/* How a frame is left.  */
enum verdict {
  NOT_MINE, /* GDB knows better */
  CALLED,   /* step.next is the caller */
  SWITCHED, /* the same, and its stack is below this one */
  INTERRUPTED,
  BROKEN, /* memory is missing that ORC says is needed */
};

struct answer {
  uint64_t pc, sp, bp; /* of the frame it is about */
  enum verdict verdict;
  bool own_cfi;   /* the frame's code has CFI: it is C */
  uint64_t start; /* of its function then, 0 unknown */
  uint64_t id;    /* stack address of its frame id */
  struct kd_orc_regs regs;
  struct kd_orc_step step;
};

enum { MEMOS = 64, DWARF_FLAGS = 49, DWARF_CS = 51, DWARF_SS = 52 };

static struct {
  const struct kd_info *info; /* NULL: no dump, answer nothing */
  long inferior;
  struct kd_coverage kernel_cfi;
  bool kernel_cfi_known;
  bool *module_cfi; /* by index into info->orc */
  bool modules_known;
  struct memo memos[MEMOS];
  unsigned next_memo;
  struct answer last;
} u;

static bool
kernel_address (uint64_t a)
{
  return a >> 63;
}

/* Register REG (by DWARF) of the frame.  */
static bool
get_register (struct gdb_unwind_callbacks *cb, int reg, uint64_t *out)
{
  struct gdb_reg_value *v = cb->reg_get (cb, reg);
  bool ok = v && v->defined && v->size > 0 && v->size <= 8;

  *out = 0;
  if (ok)
    memcpy (out, v->value, (size_t)v->size);
  if (v && v->free)
    v->free (v);
  return ok;
}

static void
free_value (struct gdb_reg_value *v)
{
  free (v);
}

static void
set_register (struct gdb_unwind_callbacks *cb, int reg, uint64_t value)
{
  struct gdb_reg_value *v = calloc (1, sizeof *v + sizeof value);

  if (!v)
    return;
  v->size = sizeof value;
  v->defined = 1;
  v->free = free_value;
  memcpy (v->value, &value, sizeof value);
  cb->reg_set (cb, reg, v);
}

static void
get_registers (struct gdb_unwind_callbacks *cb, struct kd_orc_regs *out)
{
  static const int extra[][2] = { { KD_DW_FLAGS, DWARF_FLAGS },
                                  { KD_DW_CS, DWARF_CS },
                                  { KD_DW_SS, DWARF_SS } };

  *out = (struct kd_orc_regs){ 0 };
  for (int i = 0; i <= KD_DW_IP; i++)
    if (get_register (cb, i, &out->value[i]))
      out->valid |= UINT32_C (1) << i;
  for (size_t i = 0; i < KD_ARRAY_SIZE (extra); i++)
    if (get_register (cb, extra[i][1], &out->value[extra[i][0]]))
      out->valid |= UINT32_C (1) << extra[i][0];
}

/* Where it failed last.  */
static uint64_t unreadable;

static enum kd_status
read_target (void *arg, uint64_t vaddr, void *buf, size_t len)
{
  struct gdb_unwind_callbacks *cb = arg;

  unreadable = vaddr;
  if (cb->target_read (vaddr, buf, (int)len) == GDB_SUCCESS)
    return KD_OK;
  return kd_fail (KD_NOT_MAPPED, "cannot be read");
}

static struct memo *
find_memo (uint64_t pc, uint64_t sp)
{
  for (size_t i = 0; i < MEMOS; i++)
    if (u.memos[i].sp == sp && u.memos[i].pc == pc)
      return &u.memos[i];
  return NULL;
}

static void
remember (uint64_t pc, uint64_t sp, bool exact, uint64_t floor)
{
  struct memo *m = find_memo (pc, sp);

  if (!m)
    m = &u.memos[u.next_memo++ % MEMOS];
  *m = (struct memo){ .pc = pc, .sp = sp, .exact = exact, .floor = floor };
}

static bool
is_exact (uint64_t pc, uint64_t sp)
{
  const struct memo *m = find_memo (pc, sp);

  if (m && m->exact)
    return true;
  for (size_t i = 0; i < u.info->ncpu_regs; i++)
    if (u.info->cpus[i].pc == pc && u.info->cpus[i].sp == sp)
      return true;
  for (size_t i = 0; i < u.info->nbeginnings; i++)
    if (u.info->beginnings[i] == pc)
      return true;
  return false;
}

static const struct kd_info_orc *
find_table (uint64_t pc)
{
  for (size_t i = 0; i < u.info->norc; i++) {
    const struct kd_orc_table *t = &u.info->orc[i].table;

    if (pc >= t->text_start && pc < t->text_end)
      return &u.info->orc[i];
  }
  return NULL;
}

static bool
is_code (uint64_t pc)
{
  for (size_t i = 0; i < u.info->ntext; i++)
    if (pc >= u.info->text[i].start && pc < u.info->text[i].end)
      return true;
  return find_table (pc) != NULL;
}

/* Does the file name NAME ("/.../foo-bar.ko.debug") belong to MODULE
   ("foo_bar")?  */
static bool
is_file_of (const char *name, const char *module)
{
  const char *slash = strrchr (name, '/');
  size_t n = strlen (module), i;

  name = slash ? slash + 1 : name;
  for (i = 0; i < n; i++)
    if (name[i] != module[i] && !(name[i] == '-' && module[i] == '_'))
      return false;
  return !strncmp (name + i, ".ko", 3);
}

static bool
module_is_loaded (PyObject *objfiles, const char *module)
{
  Py_ssize_t n = PySequence_Size (objfiles);

  for (Py_ssize_t i = 0; i < n; i++) {
    PyObject *file KD_AUTO_PY = PySequence_GetItem (objfiles, i);
    PyObject *name KD_AUTO_PY
      = file ? PyObject_GetAttrString (file, "filename") : NULL;
    char *text KD_AUTO_FREE
      = name && name != Py_None ? kd_py_text (name) : NULL;

    if (text && is_file_of (text, module))
      return true;
  }
  return false;
}

/* Which modules' files does GDB have?  */
static void
look_at_modules (void)
{
  PyObject *objfiles KD_AUTO_PY = kd_py_call ("objfiles", "()");

  u.modules_known = true;
  for (size_t i = 0; objfiles && i < u.info->norc; i++)
    u.module_cfi[i] = u.info->orc[i].module
                      && module_is_loaded (objfiles, u.info->orc[i].module);
  kd_py_ignore ();
}

/* Has GDB call frame information for the kernel's code at PC?  *START as
   below.  */
static bool
kernel_has_cfi (uint64_t pc, uint64_t *start)
{
  bool has;

  if (!u.kernel_cfi_known) {
    u.kernel_cfi_known = true;
    if (u.info->vmlinux && kd_coverage_read (u.info->vmlinux, &u.kernel_cfi))
      u.kernel_cfi.all = true;
  }
  has = kd_coverage_has (&u.kernel_cfi, pc - u.info->kaslr_offset, start);
  if (*start)
    *start += u.info->kaslr_offset;
  return has;
}

/* Has GDB call frame information for PC, in code of TABLE?  *START as for
   kd_coverage_has(), but a run-time address.  */
static bool
has_cfi (const struct kd_info_orc *table, uint64_t pc, uint64_t *start)
{
  *start = 0;
  if (!table->module)
    return kernel_has_cfi (pc, start);
  if (!u.modules_known)
    look_at_modules ();
  return u.module_cfi[table - u.info->orc];
}

/* Without ORC: does the frame, of entry code, have the interrupted registers
   where its frame pointer says?  That is their address plus one: 946c191161ce
   ("x86/entry/unwind: Create stack frames for saved interrupt registers",
   4.10).  *A is then as ENTRY wants it.  */
static bool
entry_code_frame (struct gdb_unwind_callbacks *cb, struct answer *a,
                  struct kd_orc_entry *entry)
{
  enum { PTREGS_IP = 128, PTREGS_SP = 152 };
  uint64_t at = a->bp - 1, start;
  uint8_t ip[8], sp[8];

  if (!(a->bp & 1) || !kernel_address (at) || !u.info->ntext
      || a->pc < u.info->text[0].start || a->pc >= u.info->text[0].end
      || kernel_has_cfi (a->pc - 1, &start))
    return false;
  /* Those of a kernel thread are empty: it ends here.  */
  if (!read_target (cb, at + PTREGS_IP, ip, sizeof ip)
      && !read_target (cb, at + PTREGS_SP, sp, sizeof sp) && !kd_le64 (ip)
      && !kd_le64 (sp))
    return false;
  a->regs.value[KD_DW_SP] = at;
  *entry = (struct kd_orc_entry){ .sp_reg = KD_ORC_REG_SP,
                                  .type = KD_ORC_TYPE_REGS };
  return true;
}

/* What ORC says of the frame with registers A->regs.  False: nothing, or that
   GDB does as well.  */
static bool
find_entry (struct gdb_unwind_callbacks *cb, struct answer *a,
            struct kd_orc_entry *entry)
{
  bool exact = is_exact (a->pc, a->sp);
  uint64_t pc = exact ? a->pc : a->pc - 1;
  const struct kd_info_orc *table = find_table (pc);

  if (exact && !is_code (a->pc)) {
    *entry = kd_orc_null_entry;
    return true;
  }
  if (!kernel_address (a->pc))
    return false;
  if (u.info->frame_pointers)
    return entry_code_frame (cb, a, entry);
  if (!table) {
    /* Generated code, if it is code.  GDB would guess, too.  */
    *entry = kd_orc_fp_entry;
    return u.info->norc && !is_code (pc) && a->bp > a->sp
           && a->bp - a->sp < 1 << 16;
  }
  if (kd_orc_lookup (&table->table, pc, read_target, cb, entry)
      || entry->type == KD_ORC_TYPE_END
      || entry->type == KD_ORC_TYPE_UNDEFINED)
    return false;
  a->own_cfi = has_cfi (table, pc, &a->start);
  return !(a->own_cfi && entry->type == KD_ORC_TYPE_CALL
           && entry->sp_reg != KD_ORC_REG_SP_INDIRECT
           && entry->sp_reg != KD_ORC_REG_BP_INDIRECT);
}

/* Is the code that was called from PC entry code, which has the interrupted
   registers on its stack?  We answer for that, too.  */
static bool
is_entry_code (struct gdb_unwind_callbacks *cb, uint64_t pc)
{
  const struct kd_info_orc *table = find_table (pc - 1);
  struct kd_orc_entry e;

  return table && !kd_orc_lookup (&table->table, pc - 1, read_target, cb, &e)
         && (e.type == KD_ORC_TYPE_REGS || e.type == KD_ORC_TYPE_REGS_PARTIAL);
}

/* GDB takes a frame for corrupt whose id is below its callee's, unless one of
   them was interrupted.  Stacks may be in any order, so an id is not always
   the frame's CFA.  */
static void
judge (struct gdb_unwind_callbacks *cb, struct answer *a)
{
  const struct memo *own = find_memo (a->pc, a->sp);
  uint64_t floor = own && own->floor > a->sp ? own->floor : a->sp + 8;
  uint64_t pc = a->step.next.value[KD_DW_IP];
  uint64_t sp = a->step.next.value[KD_DW_SP];

  if (a->step.kind == KD_ORC_REGS) {
    a->verdict = INTERRUPTED;
    a->id = floor;
    remember (pc, sp, true, 0);
    return;
  }
  a->verdict = CALLED;
  a->id = a->step.cfa > floor ? a->step.cfa : floor;
  if (a->step.cfa >= floor)
    return;
  if (is_entry_code (cb, pc))
    remember (pc, sp, false, floor + 8);
  else
    a->verdict = SWITCHED;
}

static bool
our_inferior (void)
{
  PyObject *inferior KD_AUTO_PY = kd_py_call ("selected_inferior", "()");
  PyObject *num KD_AUTO_PY
    = inferior ? PyObject_GetAttrString (inferior, "num") : NULL;
  bool ours = num && PyLong_AsLong (num) == u.inferior;

  kd_py_ignore ();
  return ours;
}

static void
step (struct gdb_unwind_callbacks *cb, const struct kd_orc_entry *entry,
      struct answer *a)
{
  enum kd_status st = kd_orc_step (entry, &a->regs, read_target, cb, &a->step);

  if (st == KD_NOT_MAPPED) {
    a->verdict = BROKEN;
    a->id = a->sp + 8;
    a->step.cfa = unreadable + 8;
  } else if (!st && a->step.kind != KD_ORC_END) {
    judge (cb, a);
  }
}

/* A CPU's innermost frame, in code that no table describes.  */
static bool
known_caller (struct answer *a)
{
  for (size_t i = 0; i < u.info->ncallers; i++) {
    const struct kd_info_caller *c = &u.info->callers[i];

    if (c->pc != a->pc || c->sp != a->sp)
      continue;
    a->step.kind = KD_ORC_CALLER;
    a->step.cfa = c->next_sp;
    a->step.next.value[KD_DW_IP] = c->next_pc;
    a->step.next.value[KD_DW_SP] = c->next_sp;
    a->step.next.value[KD_DW_BP] = c->next_bp;
    a->step.next.valid = UINT32_C (1) << KD_DW_IP | UINT32_C (1) << KD_DW_SP
                         | UINT32_C (1) << KD_DW_BP;
    return true;
  }
  return false;
}

/* The answer for the frame that CB is about; NULL if it is not ours.  */
static const struct answer *
look (struct gdb_unwind_callbacks *cb)
{
  struct answer a = { 0 };
  struct kd_orc_entry entry;

  if (!u.info || !get_register (cb, KD_DW_IP, &a.pc)
      || !get_register (cb, KD_DW_SP, &a.sp) || a.pc >= KD_FRAMES_BASE
      || !kernel_address (a.sp))
    return NULL;
  get_register (cb, KD_DW_BP, &a.bp);
  if (u.last.pc == a.pc && u.last.sp == a.sp && u.last.bp == a.bp)
    return u.last.verdict == NOT_MINE ? NULL : &u.last;
  if (!our_inferior ())
    return NULL;
  get_registers (cb, &a.regs);
  if (known_caller (&a))
    judge (cb, &a);
  else if (find_entry (cb, &a, &entry))
    step (cb, &entry, &a);
  u.last = a;
  return a.verdict == NOT_MINE ? NULL : &u.last;
}

/* Registers that the frame has not changed, or has put back.  */
static void
pass_on (struct gdb_unwind_callbacks *cb, const struct kd_orc_regs *regs,
         uint32_t mask)
{
  for (int i = 0; i < KD_DW_IP; i++)
    if ((mask & regs->valid) >> i & 1 && i != KD_DW_SP)
      set_register (cb, i, regs->value[i]);
}

#define CALLEE_SAVED                                                          \
  (UINT32_C (1) << 3 | UINT32_C (1) << 12 | UINT32_C (1) << 13                \
   | UINT32_C (1) << 14 | UINT32_C (1) << 15)

/* Registers that calls preserve.  Entry code leaves them alone; C pushes those
   that it uses.  */
static void
pass_on_preserved (struct gdb_unwind_callbacks *cb, const struct answer *a)
{
  const struct kd_info_orc *table = find_table (a->pc - 1);
  uint32_t mask = CALLEE_SAVED;
  struct kd_saves saves;

  if (a->own_cfi
      && (!table || !a->start
          || !kd_saves_find (&table->table, a->start, a->pc - 1, read_target,
                             cb, &saves)))
    return;
  for (int i = 0; a->own_cfi && i < KD_DW_IP; i++) {
    uint8_t raw[8];

    if (!saves.below[i] || !(mask >> i & 1))
      continue;
    mask &= ~(UINT32_C (1) << i);
    if (!read_target (cb, a->step.cfa - saves.below[i], raw, sizeof raw))
      set_register (cb, i, kd_le64 (raw));
  }
  pass_on (cb, &a->regs, mask);
}

static void
set_caller (struct gdb_unwind_callbacks *cb, const struct answer *a)
{
  const struct kd_orc_regs *next = &a->step.next;
  bool switched = a->verdict == SWITCHED;

  set_register (cb, KD_DW_IP,
                switched ? KD_FRAMES_CALL : next->value[KD_DW_IP]);
  set_register (cb, KD_DW_SP, next->value[KD_DW_SP] - (switched ? 8 : 0));
  pass_on (cb, next, UINT32_C (1) << KD_DW_BP);
  pass_on_preserved (cb, a);
}

static void
set_interrupted (struct gdb_unwind_callbacks *cb, const struct answer *a)
{
  set_register (cb, KD_DW_IP, a->step.full ? KD_FRAMES_REGS : KD_FRAMES_IRET);
  set_register (cb, KD_DW_SP, a->step.regs_at);
  pass_on (cb, a->step.full ? &a->regs : &a->step.next, UINT32_MAX);
}

/* GDB gives the reason for stopping if it fails to read, itself, what we could
   not.  */
static void
set_broken (struct gdb_unwind_callbacks *cb, const struct answer *a)
{
  set_register (cb, KD_DW_IP, KD_FRAMES_CALL);
  set_register (cb, KD_DW_SP, a->step.cfa - 8);
}

static enum gdb_status
unwind (struct gdb_reader_funcs *self, struct gdb_unwind_callbacks *cb)
{
  PyGILState_STATE gil;
  const struct answer *a;

  (void)self;
  if (!u.info)
    return GDB_FAIL;
  gil = PyGILState_Ensure ();
  a = look (cb);
  PyGILState_Release (gil);
  if (!a)
    return GDB_FAIL;
  if (a->verdict == INTERRUPTED)
    set_interrupted (cb, a);
  else if (a->verdict == BROKEN)
    set_broken (cb, a);
  else
    set_caller (cb, a);
  return GDB_SUCCESS;
}

static struct gdb_frame_id
get_frame_id (struct gdb_reader_funcs *self, struct gdb_unwind_callbacks *cb)
{
  PyGILState_STATE gil = PyGILState_Ensure ();
  const struct answer *a = look (cb);
  struct gdb_frame_id id = { 0 };

  (void)self;
  PyGILState_Release (gil);
  if (a) {
    id.code_address = a->pc;
    id.stack_address = a->id;
  }
  return id;
}

static enum gdb_status
read_debug_info (struct gdb_reader_funcs *self,
                 struct gdb_symbol_callbacks *cb, void *memory, long size)
{
  (void)self;
  (void)cb;
  (void)memory;
  (void)size;
  return GDB_FAIL;
}

static void
destroy (struct gdb_reader_funcs *self)
{
  (void)self;
}

struct gdb_reader_funcs *
kd_unwinder_reader (void)
{
  static struct gdb_reader_funcs funcs
    = { .reader_version = GDB_READER_INTERFACE_VERSION,
        .read = read_debug_info,
        .unwind = unwind,
        .get_frame_id = get_frame_id,
        .destroy = destroy };

  return &funcs;
}

void
kd_unwinder_start (const struct kd_info *info, long inferior)
{
  kd_unwinder_stop ();
  u.module_cfi = kd_calloc (info->norc, sizeof *u.module_cfi);
  if (!u.module_cfi)
    return;
  u.inferior = inferior;
  u.info = info;
}

void
kd_unwinder_stop (void)
{
  kd_coverage_deinit (&u.kernel_cfi);
  free (u.module_cfi);
  memset (&u, 0, sizeof u);
}

void
kd_unwinder_modules_changed (void)
{
  u.modules_known = false;
  u.last = (struct answer){ 0 };
}
