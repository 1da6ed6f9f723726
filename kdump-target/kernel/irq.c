/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interrupt descriptors, wherever this kernel keeps them. */
#include "kernel/irq.h"

#include "kernel/cpumask.h"
#include "kernel/layout.h"
#include "kernel/maple.h"
#include "kernel/xarray.h"

#include <inttypes.h>
#include <string.h>

enum {
  MAX_IRQS = 1 << 20, /* IRQ_BITMAP_BITS is NR_IRQS + 8196 */
  MAX_ACTIONS = 256   /* sharing one */
};

/* --- the map --- */

struct map_walk {
  kd_irq_fn *fn;
  void *arg;
};

static enum kd_status
take_entry (void *arg, const struct kd_xa_entry *e)
{
  const struct map_walk *w = arg;
  if (e->is_value || e->index >= MAX_IRQS)
    return KD_OK;
  return w->fn (w->arg, (unsigned)e->index, e->pointer);
}

static enum kd_status
take_range (void *arg, uint64_t first, uint64_t last, uint64_t entry)
{
  const struct map_walk *w = arg;
  if (first != last || first >= MAX_IRQS || entry & 1)
    return KD_OK;
  return w->fn (w->arg, (unsigned)first, entry);
}

/* struct irq_desc irq_desc[NR_IRQS], without CONFIG_SPARSE_IRQ.  */
static enum kd_status
walk_array (struct kd_kernel *k, const struct kd_symbol *sym, kd_irq_fn *fn,
            void *arg)
{
  uint64_t size;
  enum kd_status st = kd_types_size (k->types, "irq_desc", &size);
  if (!st && (!size || size > sym->size))
    st = kd_fail (KD_CORRUPT, "irq_desc has %" PRIu64 " bytes", sym->size);
  if (st)
    return st;
  for (uint64_t i = 0; i < sym->size / size && i < MAX_IRQS && !st; i++)
    st = fn (arg, (unsigned)i, sym->addr + i * size);
  return st;
}

/* A maple tree since 721255b9826b "genirq: Use a maple tree for interrupt
   descriptor management", 6.5; a radix tree (XArray) before.  */
enum kd_status
kd_irq_walk (struct kd_kernel *k, kd_irq_fn *fn, void *arg)
{
  struct map_walk w = { fn, arg };
  struct kd_symbol sym;
  uint64_t addr;
  enum kd_status st;
  if (!kd_kernel_symbol (k, "sparse_irqs", &addr))
    st = kd_maple_walk (k, addr, MAX_IRQS, take_range, &w);
  else if (!kd_kernel_symbol (k, "irq_desc_tree", &addr))
    st = kd_xarray_walk (k, addr, MAX_IRQS, take_entry, &w);
  else if (kd_kernel_symbol_named (k, "irq_desc", NULL, &sym))
    st = walk_array (k, &sym, fn, arg);
  else
    st = kd_fail (KD_NOT_FOUND,
                  "no symbol sparse_irqs, irq_desc_tree or irq_desc");
  return kd_context (st, "the interrupt descriptors");
}

/* --- one of them --- */

/* Note the first thing that could not be read.  */
static void
blame (struct kd_irq *irq, enum kd_status st)
{
  if (st && !irq->damage)
    irq->damage = kd_asprintf ("%s", kd_error_text ());
}

/* The string that the member LOGICAL of the object at ADDR points to.  */
static void
read_pointed_string (struct kd_kernel *k, uint64_t addr, const char *logical,
                     char *buf, size_t size, struct kd_irq *irq)
{
  uint64_t at = 0;
  enum kd_status st = kd_read_member (k, addr, logical, &at);
  if (!st && at)
    st = kd_mem_cstr (k->mem, at, buf, size);
  if (st || !at)
    buf[0] = '\0';
  kd_make_printable (buf);
  if (st != KD_NOT_FOUND)
    blame (irq, kd_context (st, "%s of IRQ %u", logical, irq->irq));
}

static uint64_t
read_number (struct kd_kernel *k, uint64_t addr, const char *logical,
             struct kd_irq *irq)
{
  uint64_t value = 0;
  enum kd_status st = kd_read_member (k, addr, logical, &value);
  if (st != KD_NOT_FOUND)
    blame (irq, kd_context (st, "IRQ %u", irq->irq));
  return st ? 0 : value;
}

static void
read_chip (struct kd_kernel *k, struct kd_irq *irq)
{
  uint64_t desc = irq->desc;
  uint64_t chip = read_number (k, desc, "irq_desc.chip", irq);
  uint64_t domain = read_number (k, desc, "irq_desc.domain", irq);
  if (chip)
    read_pointed_string (k, chip, "irq_chip.name", irq->chip, sizeof irq->chip,
                         irq);
  if (domain)
    read_pointed_string (k, domain, "irq_domain.name", irq->domain,
                         sizeof irq->domain, irq);
  irq->hwirq = read_number (k, desc, "irq_desc.hwirq", irq);
  irq->flow_handler = read_number (k, desc, "irq_desc.handle_irq", irq);
  read_pointed_string (k, desc, "irq_desc.name", irq->flow, sizeof irq->flow,
                       irq);
  irq->state = (uint32_t)read_number (k, desc, "irq_desc.state", irq);
  irq->istate = (uint32_t)read_number (k, desc, "irq_desc.istate", irq);
  irq->depth = (uint32_t)read_number (k, desc, "irq_desc.depth", irq);
  irq->unhandled = (uint32_t)read_number (k, desc, "irq_desc.unhandled", irq);
}

/* A number per CPU; since 86d2a2f51fba "genirq: Provide a snapshot mechanism
   for interrupt statistics", 6.11, in a struct irqstat.  */
static void
read_counts (struct kd_kernel *k, struct kd_irq *irq)
{
  struct kd_member m = { 0 };
  uint64_t base = read_number (k, irq->desc, "irq_desc.kstat_irqs", irq);
  if (!base)
    return;
  (void)!kd_layout (k, "irqstat.cnt", &m);
  irq->has_counts = true;
  for (unsigned cpu = 0; cpu < k->ncpus; cpu++) {
    uint32_t count;
    if (!k->cpus[cpu].percpu_offset)
      continue;
    enum kd_status st = kd_mem_u32 (
      k->mem, base + k->cpus[cpu].percpu_offset + m.offset, &count);
    blame (irq, kd_context (st, "count of IRQ %u on CPU %u", irq->irq, cpu));
    if (!st)
      irq->total += irq->counts[cpu] = count;
  }
}

static void
read_affinity (struct kd_kernel *k, struct kd_irq *irq)
{
  enum kd_status st
    = kd_cpumask_read_var (k, irq->desc, "irq_desc.affinity",
                           "irq_desc.affinity.bits", irq->affinity);
  irq->has_affinity = !st;
  if (st != KD_NOT_FOUND)
    blame (irq, kd_context (st, "IRQ %u", irq->irq));
  st = kd_cpumask_read_var (k, irq->desc, "irq_desc.effective",
                            "irq_desc.effective.bits", irq->effective);
  irq->has_effective = !st;
  if (st != KD_NOT_FOUND)
    blame (irq, kd_context (st, "IRQ %u", irq->irq));
}

static void
read_action (struct kd_kernel *k, uint64_t addr, struct kd_irq *irq,
             struct kd_irq_action *a)
{
  uint64_t pid;
  *a = (struct kd_irq_action){ .addr = addr, .pid = -1 };
  a->handler = read_number (k, addr, "irqaction.handler", irq);
  a->thread_fn = read_number (k, addr, "irqaction.thread_fn", irq);
  a->thread = read_number (k, addr, "irqaction.thread", irq);
  a->dev_id = read_number (k, addr, "irqaction.dev_id", irq);
  a->flags = (uint32_t)read_number (k, addr, "irqaction.flags", irq);
  read_pointed_string (k, addr, "irqaction.name", a->name, sizeof a->name,
                       irq);
  if (a->thread && !kd_read_member (k, a->thread, "task.pid", &pid))
    a->pid = (int)pid;
}

static enum kd_status
read_actions (struct kd_kernel *k, struct kd_irq *irq)
{
  uint64_t at = read_number (k, irq->desc, "irq_desc.action", irq);
  while (at) {
    bool again = false;
    for (size_t i = 0; i < irq->nactions; i++)
      again = again || irq->actions[i].addr == at;
    if (again || irq->nactions == MAX_ACTIONS) {
      blame (irq,
             kd_fail (KD_CORRUPT, "IRQ %u: its list of actions has no end",
                      irq->irq));
      return KD_OK;
    }
    struct kd_irq_action *more
      = realloc (irq->actions, (irq->nactions + 1) * sizeof *more);
    if (!more)
      return kd_fail (KD_NOMEM, "out of memory");
    irq->actions = more;
    uint64_t next;
    enum kd_status st = kd_read_member (k, at, "irqaction.next", &next);
    if (st) {
      blame (irq, kd_context (st, "actions of IRQ %u", irq->irq));
      return KD_OK;
    }
    read_action (k, at, irq, &more[irq->nactions++]);
    at = next;
  }
  return KD_OK;
}

enum kd_status
kd_irq_read (struct kd_kernel *k, unsigned number, uint64_t desc,
             struct kd_irq *out)
{
  static const char *const needed[]
    = { "irq_desc.action", "irq_desc.state",   "irq_desc.kstat_irqs",
        "irq_desc.chip",   "irq_chip.name",    "irqaction.next",
        "irqaction.name",  "irqaction.handler" };
  enum kd_status st = kd_layout_needs (k, needed, KD_ARRAY_SIZE (needed));
  if (st)
    return st;
  *out = (struct kd_irq){ .irq = number, .desc = desc };
  out->counts = kd_calloc (k->ncpus, sizeof *out->counts);
  out->affinity = kd_calloc (k->ncpus, sizeof *out->affinity);
  out->effective = kd_calloc (k->ncpus, sizeof *out->effective);
  if (!out->counts || !out->affinity || !out->effective)
    st = kd_fail (KD_NOMEM, "out of memory");
  if (!st) {
    read_chip (k, out);
    read_counts (k, out);
    read_affinity (k, out);
    st = read_actions (k, out);
  }
  if (st)
    kd_irq_deinit (out);
  return st;
}

void
kd_irq_deinit (struct kd_irq *irq)
{
  free (irq->counts);
  free (irq->affinity);
  free (irq->effective);
  free (irq->actions);
  free (irq->damage);
  *irq = (struct kd_irq){ 0 };
}

/* --- words --- */

struct bit {
  uint32_t mask;
  const char *word;
};

static void
describe_bits (uint32_t value, const struct bit *bits, size_t n,
               const char **sep, struct kd_strbuf *out)
{
  for (size_t i = 0; i < n; i++) {
    if (!(value & bits[i].mask))
      continue;
    kd_strbuf_printf (out, "%s%s", *sep, bits[i].word);
    *sep = ", ";
  }
}

void
kd_irq_describe_state (const struct kd_irq *irq, struct kd_strbuf *out)
{
  /* IRQD_* of irq.h, the same since 2.6.39 or since they were added.  */
  static const struct bit state[]
    = { { 1 << 18, "in progress" },
        { 1 << 16, "disabled" },
        { 1 << 17, "masked" },
        { 1 << 8, "affinity change pending" },
        { 1 << 20, "forwarded to a vCPU" },
        { 1 << 23, "shut down by its manager" } };
  /* IRQS_* of kernel/irq/internals.h.  */
  static const struct bit istate[] = { { 0x200, "pending" },
                                       { 0x800, "suspended" },
                                       { 0x2, "shut off as nobody cared" },
                                       { 0x40, "replayed" } };
  const char *sep = "";
  describe_bits (irq->state, state, KD_ARRAY_SIZE (state), &sep, out);
  describe_bits (irq->istate, istate, KD_ARRAY_SIZE (istate), &sep, out);
}

void
kd_irq_describe_flags (uint32_t flags, struct kd_strbuf *out)
{
  /* IRQF_* of interrupt.h.  */
  static const struct bit bits[] = {
    { 0x80, "SHARED" },          { 0x100, "PROBE_SHARED" },
    { 0x200, "TIMER" },          { 0x400, "PERCPU" },
    { 0x800, "NOBALANCING" },    { 0x1000, "IRQPOLL" },
    { 0x2000, "ONESHOT" },       { 0x4000, "NO_SUSPEND" },
    { 0x8000, "FORCE_RESUME" },  { 0x10000, "NO_THREAD" },
    { 0x20000, "EARLY_RESUME" }, { 0x40000, "COND_SUSPEND" },
    { 0x80000, "NO_AUTOEN" },    { 0x100000, "NO_DEBUG" },
  };
  const char *sep = "";
  describe_bits (flags, bits, KD_ARRAY_SIZE (bits), &sep, out);
}
