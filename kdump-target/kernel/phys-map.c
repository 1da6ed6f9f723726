/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From physical memory back to the kernel's own virtual addresses. */
#include "kernel/phys-map.h"

#include "kernel/tasks.h"

#include <string.h>

/* A module or stack of more is damaged.  */
#define MAX_RANGE (UINT64_C (64) << 20)
#define MAX_STACK (UINT64_C (64) << 10)

struct entry {
  uint64_t paddr, vaddr; /* of a page */
  uint64_t task;         /* whose stack, else 0 */
};

struct kd_phys_map {
  struct kd_kernel *k;
  struct entry *entries; /* by paddr; owned */
  size_t n, room;
};

static enum kd_status
add_range (struct kd_phys_map *map, uint64_t vaddr, uint64_t size,
           uint64_t task)
{
  struct kd_kernel *k = map->k;
  unsigned page = kd_dump_info (k->dump)->page_size;

  if (size > MAX_RANGE)
    size = MAX_RANGE;
  for (uint64_t end = vaddr + size, at = vaddr & -(uint64_t)page; at < end;
       at += page) {
    uint64_t paddr;

    if (kd_mem_translate (k->mem, KD_KERNEL_SPACE, at, &paddr, NULL))
      continue;
    if (map->n == map->room) {
      size_t room = map->room ? map->room * 2 : 256;
      struct entry *e = reallocarray (map->entries, room, sizeof *e);

      if (!e)
        return kd_fail (KD_NOMEM, "out of memory");
      map->entries = e;
      map->room = room;
    }
    map->entries[map->n++]
      = (struct entry){ .paddr = paddr, .vaddr = at, .task = task };
  }
  return KD_OK;
}

static uint64_t
stack_size (struct kd_kernel *k)
{
  uint64_t size;

  /* union thread_union is as large as a stack.  */
  if (kd_types_size (k->types, "thread_union", &size))
    return UINT64_C (16) << 10;
  return size < MAX_STACK ? size : MAX_STACK;
}

static enum kd_status
add_stacks (struct kd_phys_map *map)
{
  const struct kd_task_list *list;
  uint64_t size = stack_size (map->k);
  enum kd_status st = KD_OK;

  if (kd_tasks (map->k, &list)) /* then there are no stacks to name */
    return KD_OK;
  for (size_t i = 0; i < list->ntasks && !st; i++)
    if (list->tasks[i].stack)
      st = add_range (map, list->tasks[i].stack, size, list->tasks[i].addr);
  return st;
}

static int
by_paddr (const void *a, const void *b)
{
  const struct entry *x = a, *y = b;

  return (x->paddr > y->paddr) - (x->paddr < y->paddr);
}

enum kd_status
kd_phys_map_create (struct kd_kernel *k, struct kd_phys_map **out)
{
  struct kd_phys_map *map KD_GUARD (phys_map) = kd_calloc (1, sizeof *map);
  enum kd_status st = map ? KD_OK : kd_fail (KD_NOMEM, "out of memory");

  *out = NULL;
  if (st)
    return st;
  map->k = k;
  for (size_t i = 0; i < k->nmodules && !st; i++)
    for (unsigned j = 0; j < k->modules[i].nranges && !st; j++)
      st = add_range (map, k->modules[i].range[j].addr,
                      k->modules[i].range[j].size, 0);
  if (!st)
    st = add_stacks (map);
  if (st)
    return st;
  if (map->n)
    qsort (map->entries, map->n, sizeof *map->entries, by_paddr);
  *out = KD_STEAL (map);
  return KD_OK;
}

void
kd_phys_map_destroy (struct kd_phys_map *map)
{
  if (!map)
    return;
  free (map->entries);
  free (map);
}

/* The linear region with PADDR; the kernel's image comes before the direct
   map, which has all.  */
static uint64_t
linear_address (const struct kd_mem *mem, uint64_t paddr)
{
  uint64_t found = 0;

  for (unsigned i = 0; i < mem->nlinear; i++) {
    const struct kd_linear *l = &mem->linear[i];
    bool image = strcmp (l->name, "direct map") != 0;

    if (paddr >= l->phys && paddr - l->phys < l->end - l->start
        && (image || !found))
      found = l->start + (paddr - l->phys);
  }
  return found;
}

uint64_t
kd_phys_map_find (const struct kd_phys_map *map, uint64_t paddr,
                  uint64_t *task)
{
  uint64_t in = paddr & (kd_dump_info (map->k->dump)->page_size - 1);
  struct entry key = { .paddr = paddr - in }, *e = NULL;

  if (map->n)
    e = bsearch (&key, map->entries, map->n, sizeof *e, by_paddr);
  if (task)
    *task = e ? e->task : 0;
  return e ? e->vaddr + in : linear_address (map->k->mem, paddr);
}
