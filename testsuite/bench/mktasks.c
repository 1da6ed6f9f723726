/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real dump with many more tasks: clones of those that sleep in it, in RAM
   behind the real one, linked into all lists and the table of PIDs, so that
   the cost of many tasks can be measured without making them.
   Usage: mktasks VMLINUX DUMP OUT COUNT.  DUMP is to be of a kernel with
   XArrays (4.20 or later) and 4 KiB pages; OUT is a sparse ELF core.  */
#include "kernel/layout.h"
#include "kernel/tasks.h"
#include "kernel/xarray.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

enum {
  PAGE = 4096,
  STACK = 16384,
  FIRST_PID = 10000,
  MAX_PAGES = 1 << 21, /* of DUMP */
  SLOTS = 64
};

static struct kd_kernel *k;
static int out;
static uint64_t ram;  /* physical address of the new RAM */
static uint64_t used; /* bytes of it */
static uint64_t virt; /* its virtual address */
static uint64_t data; /* file offset of page 0 */

static void
die (const char *what)
{
  fprintf (stderr, "mktasks: %s: %s\n", what, kd_error_text ());
  exit (1);
}

static void
put (uint64_t at, const void *buf, size_t size)
{
  if (pwrite (out, buf, size, (off_t)at) != (ssize_t)size) {
    perror ("mktasks: writing");
    exit (1);
  }
}

/* Overwrite memory of the new dump at virtual address VADDR: the file has
   each page at its physical address.  */
static void
poke (uint64_t vaddr, const void *buf, size_t size)
{
  uint64_t phys = vaddr - virt + ram;
  if (vaddr - virt >= used
      && kd_mem_translate (k->mem, KD_KERNEL_SPACE, vaddr, &phys, NULL))
    die ("an address to be changed");
  put (data + phys, buf, size);
}

static void
poke_u64 (uint64_t vaddr, uint64_t value)
{
  poke (vaddr, &value, sizeof value);
}

static void
get (uint64_t vaddr, void *buf, size_t size)
{
  if (kd_mem_read (k->mem, KD_KERNEL_SPACE, vaddr, buf, size, NULL))
    die ("reading a template");
}

/* Room in the new RAM, ALIGN bytes aligned; its virtual address.  */
static uint64_t
take (uint64_t size, uint64_t align)
{
  used = (used + align - 1) & ~(align - 1);
  uint64_t at = virt + used;
  used += size;
  return at;
}

static uint64_t
offset (const char *logical)
{
  struct kd_member m;
  if (kd_layout (k, logical, &m))
    die ("types");
  return m.offset;
}

static uint64_t
size_of (const char *type)
{
  uint64_t size;
  if (kd_types_size (k->types, type, &size))
    die ("types");
  return size;
}

/* --- PIDs: all leaves and inner nodes made anew --- */

static uint64_t *leaves;
enum { NPIDS = SLOTS * SLOTS * SLOTS };

static enum kd_status
keep_pid (void *arg, const struct kd_xa_entry *e)
{
  (void)arg;
  if (e->index < FIRST_PID)
    leaves[e->index] = e->pointer;
  return KD_OK;
}

static uint64_t
make_node (const uint64_t *slots, unsigned shift, unsigned at, uint64_t self,
           uint64_t parent)
{
  static const char *const names[]
    = { "xa_node.shift", "xa_node.offset", "xa_node.parent" };
  uint8_t byte[2] = { (uint8_t)shift, (uint8_t)at };
  for (unsigned i = 0; i < 2; i++)
    poke (self + offset (names[i]), &byte[i], 1);
  poke_u64 (self + offset (names[2]), parent);
  poke (self + offset ("xa_node.slots"), slots, SLOTS * sizeof *slots);
  return self | 2;
}

static void
write_pids (void)
{
  uint64_t ns, node = size_of ("xa_node"), top[SLOTS] = { 0 };
  if (kd_kernel_symbol (k, "init_pid_ns", &ns))
    die ("PIDs");
  uint64_t root = take (node, 64);
  for (unsigned i = 0; i < SLOTS; i++) {
    uint64_t mid[SLOTS] = { 0 }, self = 0;
    for (unsigned j = 0; j < SLOTS; j++) {
      uint64_t *leaf = &leaves[((size_t)i * SLOTS + j) * SLOTS];
      bool any = false;
      for (unsigned n = 0; n < SLOTS; n++)
        any = any || leaf[n];
      if (!any)
        continue;
      if (!self)
        self = take (node, 64);
      mid[j] = make_node (leaf, 0, j, take (node, 64), self);
    }
    if (self)
      top[i] = make_node (mid, 6, i, self, root);
  }
  uint64_t head = ns + offset ("pid_namespace.idr") + offset ("xarray.head");
  poke_u64 (head, make_node (top, 12, 0, root, 0));
}

/* --- tasks --- */

/* A stack like that at STACK_AT, whose saved stack pointer is SP; only the
   pages in use.  */
static uint64_t
clone_stack (uint64_t stack_at, uint64_t sp)
{
  static uint8_t page[PAGE];
  uint64_t new = take (STACK, STACK);
  for (uint64_t at = (sp - stack_at) & ~(uint64_t)(PAGE - 1); at < STACK;
       at += PAGE) {
    get (stack_at + at, page, sizeof page);
    /* Saved frame pointers and addresses of locals.  */
    for (size_t i = 0; i < PAGE; i += 8) {
      uint64_t v;
      memcpy (&v, page + i, 8);
      if (v - stack_at < STACK) {
        v += new - stack_at;
        memcpy (page + i, &v, 8);
      }
    }
    poke (new + at, page, sizeof page);
  }
  return new;
}

/* A clone of T with PID NUMBER behind LAST in the list of processes; returns
   its address.  */
static uint64_t
clone (const struct kd_task *t, int number, uint64_t last)
{
  static uint8_t buf[32768];
  uint64_t size = size_of ("task_struct"), sp, pid;
  uint64_t signal_size = size_of ("signal_struct"), pid_size = 112;
  get (t->addr + offset ("task.thread.sp"), &sp, 8);
  get (t->addr, buf, size);
  uint64_t new = take (size, 64), signal = take (signal_size, 64);
  poke (new, buf, size);
  uint64_t stack = clone_stack (t->stack, sp);
  poke_u64 (new + offset ("task.stack"), stack);
  poke_u64 (new + offset ("task.thread.sp"), sp - t->stack + stack);
  poke (new + offset ("task.pid"), &number, 4);
  poke (new + offset ("task.tgid"), &number, 4);
  get (t->signal, buf, signal_size);
  poke (signal, buf, signal_size);
  poke_u64 (new + offset ("task.signal"), signal);
  uint64_t head = signal + offset ("signal.thread_head");
  uint64_t node = new + offset ("task.thread_node");
  poke_u64 (head, node);
  poke_u64 (head + 8, node);
  poke_u64 (node, head);
  poke_u64 (node + 8, head);
  /* Its struct pid, as of any other task.  */
  pid = take (pid_size, 64);
  get (leaves[t->pid], buf, pid_size);
  poke (pid, buf, pid_size);
  poke (pid + offset ("pid.numbers") + offset ("upid.nr"), &number, 4);
  poke_u64 (pid + offset ("pid.tasks"), new + offset ("task.pid_links"));
  leaves[number] = pid;
  uint64_t tasks = offset ("task.tasks");
  poke_u64 (last + tasks, new + tasks);
  poke_u64 (new + tasks + 8, last + tasks);
  return new;
}

static void
clone_all (unsigned count)
{
  const struct kd_task_list *l;
  uint64_t init, last, ns, tasks = offset ("task.tasks");
  if (kd_tasks (k, &l) || kd_kernel_symbol (k, "init_task", &init)
      || kd_kernel_symbol (k, "init_pid_ns", &ns)
      || kd_xarray_walk (k, ns + offset ("pid_namespace.idr"), NPIDS, keep_pid,
                         NULL))
    die ("tasks");
  get (init + tasks + 8, &last, 8);
  last -= tasks;
  size_t at = l->nidle;
  for (unsigned i = 0; i < count; i++) {
    const struct kd_task *t;
    do {
      t = &l->tasks[at];
      at = at + 1 < l->ntasks ? at + 1 : l->nidle;
    } while (t->running || !t->stack || t->exit_state || t->pid != t->tgid
             || kd_task_letter (k, t) == 'R');
    last = clone (t, (int)(FIRST_PID + i), last);
  }
  poke_u64 (last + tasks, init + tasks);
  poke_u64 (init + tasks + 8, last + tasks);
  write_pids ();
}

/* --- the file --- */

/* The direct map goes on: entries of 2 MiB in the page table that maps the
   first GiB.  */
static void
map_ram (void)
{
  enum {
    LEAF = 0x1e3
  }; /* present, writable, accessed, dirty, large, global */
  const uint64_t span = UINT64_C (2) << 20;
  uint64_t at, phys, gib = UINT64_C (1) << 30;
  struct kd_walk w;
  at = k->mem->page_offset + span * 8;
  if (ram + used > gib || k->mem->page_offset % gib
      || kd_mem_translate (k->mem, KD_KERNEL_SPACE, at, &phys, &w))
    die ("no room in the direct map");
  for (unsigned i = 0; i < w.steps; i++)
    if (!strcmp (w.step[i].level, "PMD"))
      for (phys = ram; phys < ram + used; phys += span) {
        uint64_t entry = phys | LEAF | UINT64_C (1) << 63;
        put (data + w.step[i].entry_paddr + 8 * (phys / span - 8), &entry, 8);
      }
}

/* All pages of DUMP, each at its physical address.  */
static void
copy_pages (void)
{
  static uint8_t page[PAGE];
  for (uint64_t pfn = 0; kd_dump_next_present (k->dump, &pfn); pfn++)
    if (!kd_dump_read_page (k->dump, pfn, page)) {
      bool zero = !page[0] && !memcmp (page, page + 1, PAGE - 1);
      if (!zero)
        put (data + pfn * PAGE, page, PAGE);
    }
}

static uint64_t
write_notes (uint64_t at)
{
  uint64_t start = at;
  for (size_t i = 0; i < kd_dump_note_count (k->dump); i++) {
    const struct kd_note *n = kd_dump_note (k->dump, i);
    Elf64_Nhdr h
      = { (uint32_t)strlen (n->name) + 1, (uint32_t)n->size, n->type };
    put (at, &h, sizeof h);
    put (at + sizeof h, n->name, h.n_namesz);
    at += sizeof h + ((h.n_namesz + 3) & ~3u);
    put (at, n->data, n->size);
    at += (n->size + 3) & ~(uint64_t)3;
  }
  return at - start;
}

/* The old RAM's ranges as DUMP has them, and the new one.  */
static void
write_headers (void)
{
  static Elf64_Phdr ph[256];
  unsigned n = 1;
  for (uint64_t pfn = 0; n < 255 && kd_dump_next_present (k->dump, &pfn);) {
    uint64_t end = pfn, next = pfn;
    while (kd_dump_next_present (k->dump, &next) && next == end)
      next = ++end;
    ph[n++] = (Elf64_Phdr){ .p_type = PT_LOAD,
                            .p_offset = data + pfn * PAGE,
                            .p_paddr = pfn * PAGE,
                            .p_vaddr = pfn * PAGE + k->mem->page_offset,
                            .p_filesz = (end - pfn) * PAGE,
                            .p_memsz = (end - pfn) * PAGE };
    pfn = end;
  }
  ph[n++] = (Elf64_Phdr){ .p_type = PT_LOAD,
                          .p_offset = data + ram,
                          .p_paddr = ram,
                          .p_vaddr = virt,
                          .p_filesz = used,
                          .p_memsz = used };
  uint64_t notes = sizeof (Elf64_Ehdr) + sizeof ph;
  ph[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = notes };
  ph[0].p_filesz = ph[0].p_memsz = write_notes (notes);
  if (notes + ph[0].p_filesz > data)
    die ("too many notes");
  Elf64_Ehdr eh = { .e_type = ET_CORE,
                    .e_machine = EM_X86_64,
                    .e_version = 1,
                    .e_phoff = sizeof eh,
                    .e_ehsize = sizeof eh,
                    .e_phentsize = sizeof *ph,
                    .e_phnum = (uint16_t)n };
  memcpy (eh.e_ident, ELFMAG "\2\1\1", 7);
  put (0, &eh, sizeof eh);
  put (sizeof eh, ph, n * sizeof *ph);
  if (ftruncate (out, (off_t)(data + ram + used)))
    perror ("mktasks");
}

int
main (int argc, char **argv)
{
  const char *paths[] = { argc == 5 ? argv[2] : NULL };
  unsigned count = argc == 5 ? (unsigned)atoi (argv[4]) : 0;
  if (!count || count > NPIDS - FIRST_PID) {
    fprintf (stderr, "Usage: mktasks VMLINUX DUMP OUT COUNT\n");
    return 2;
  }
  struct kd_kernel_options o
    = { .dump_paths = paths, .ndump_paths = 1, .vmlinux = argv[1] };
  if (kd_kernel_open (&o, &k))
    die (argv[2]);
  out = open (argv[3], O_RDWR | O_CREAT | O_TRUNC, 0600);
  leaves = kd_calloc (NPIDS, sizeof *leaves);
  if (out < 0 || !leaves) {
    perror (argv[3]);
    return 1;
  }
  uint64_t align = UINT64_C (2) << 20;
  data = UINT64_C (1) << 20;
  ram = (kd_dump_info (k->dump)->max_pfn * PAGE + align - 1) & ~(align - 1);
  virt = k->mem->page_offset + ram;
  copy_pages ();
  clone_all (count);
  used = (used + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  map_ram ();
  write_headers ();
  free (leaves);
  kd_kernel_close (k);
  return close (out) != 0;
}
