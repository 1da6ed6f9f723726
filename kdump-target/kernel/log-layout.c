/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How this kernel lays out its log: from VMCOREINFO, which describes both
   forms for tools like this one, else from the types. */
#include "kernel/layout.h"
#include "kernel/log-internal.h"

#include <stddef.h>
#include <string.h>

/* An offset: the sum of those that VMCOREINFO has, or a row of layout.def.  */
struct field {
  size_t at; /* in struct kd_log_layout */
  const char *info[2];
  const char *logical;
  bool optional;
  size_t size_at; /* of its size in bytes, 0: not kept */
};

#define AT(member) offsetof (struct kd_log_layout, member)

static const struct field ring_fields[] = {
  { .at = AT (count_bits),
    .info = { "printk_ringbuffer.desc_ring", "prb_desc_ring.count_bits" },
    .logical = "prb.count_bits" },
  { .at = AT (descs),
    .info = { "printk_ringbuffer.desc_ring", "prb_desc_ring.descs" },
    .logical = "prb.descs" },
  { .at = AT (infos),
    .info = { "printk_ringbuffer.desc_ring", "prb_desc_ring.infos" },
    .logical = "prb.infos",
    .optional = true },
  { .at = AT (head_id),
    .info = { "printk_ringbuffer.desc_ring", "prb_desc_ring.head_id" },
    .logical = "prb.head_id" },
  { .at = AT (tail_id),
    .info = { "printk_ringbuffer.desc_ring", "prb_desc_ring.tail_id" },
    .logical = "prb.tail_id" },
  { .at = AT (fail),
    .info = { "printk_ringbuffer.fail" },
    .logical = "prb.fail",
    .optional = true },
  { .at = AT (size_bits),
    .info = { "printk_ringbuffer.text_data_ring", "prb_data_ring.size_bits" },
    .logical = "prb.text_size_bits" },
  { .at = AT (data),
    .info = { "printk_ringbuffer.text_data_ring", "prb_data_ring.data" },
    .logical = "prb.text_data" },
  { .at = AT (state),
    .info = { "prb_desc.state_var" },
    .logical = "prb_desc.state" },
  { .at = AT (begin),
    .info = { "prb_desc.text_blk_lpos", "prb_data_blk_lpos.begin" },
    .logical = "prb_desc.begin" },
  { .at = AT (next),
    .info = { "prb_desc.text_blk_lpos", "prb_data_blk_lpos.next" },
    .logical = "prb_desc.next" },
  { .at = AT (info),
    .info = { "prb_desc.info" },
    .logical = "prb_desc.info",
    .optional = true },
  { .at = AT (seq),
    .info = { "printk_info.seq" },
    .logical = "printk_info.seq" },
  { .at = AT (ts_nsec),
    .info = { "printk_info.ts_nsec" },
    .logical = "printk_info.ts_nsec" },
  { .at = AT (text_len),
    .info = { "printk_info.text_len" },
    .logical = "printk_info.text_len" },
  { .at = AT (caller_id),
    .info = { "printk_info.caller_id" },
    .logical = "printk_info.caller_id",
    .optional = true },
  { .at = AT (subsystem),
    .info = { "printk_info.dev_info", "dev_printk_info.subsystem" },
    .logical = "printk_info.subsystem",
    .optional = true,
    .size_at = AT (subsystem_size) },
  { .at = AT (device),
    .info = { "printk_info.dev_info", "dev_printk_info.device" },
    .logical = "printk_info.device",
    .optional = true,
    .size_at = AT (device_size) },
};

static const struct field old_fields[] = {
  { .at = AT (ts_nsec),
    .info = { "printk_log.ts_nsec" },
    .logical = "printk_log.ts_nsec" },
  { .at = AT (len),
    .info = { "printk_log.len" },
    .logical = "printk_log.len" },
  { .at = AT (text_len),
    .info = { "printk_log.text_len" },
    .logical = "printk_log.text_len" },
  { .at = AT (dict_len),
    .info = { "printk_log.dict_len" },
    .logical = "printk_log.dict_len" },
  { .at = AT (caller_id),
    .info = { "printk_log.caller_id" },
    .logical = "printk_log.caller_id",
    .optional = true },
};

static uint64_t *
slot (struct kd_log_layout *l, size_t at)
{
  return (uint64_t *)((char *)l + at);
}

static bool
from_vmcoreinfo (const struct kd_vmcoreinfo *vi, const struct field *f,
                 uint64_t *out)
{
  uint64_t outer, inner = 0;
  if (!vi || !kd_vmcoreinfo_offset (vi, f->info[0], &outer)
      || (f->info[1] && !kd_vmcoreinfo_offset (vi, f->info[1], &inner))
      || outer > UINT32_MAX || inner > UINT32_MAX)
    return false;
  *out = outer + inner;
  return true;
}

/* DESCRIBED: VMCOREINFO has this form, so what it lacks is not there.  */
static enum kd_status
find_field (struct kd_kernel *k, const struct field *f, bool described,
            struct kd_log_layout *l)
{
  struct kd_member m;
  if (from_vmcoreinfo (k->info, f, slot (l, f->at))
      || (described && f->optional))
    return KD_OK;
  enum kd_status st = kd_layout (k, f->logical, &m);
  if (st == KD_NOT_FOUND && f->optional)
    return KD_OK;
  if (st)
    return st;
  *slot (l, f->at) = m.offset;
  if (f->size_at)
    *slot (l, f->size_at) = m.size;
  return KD_OK;
}

static enum kd_status
find_fields (struct kd_kernel *k, const struct field *fields, size_t n,
             struct kd_log_layout *l)
{
  memset (l, 0xff, sizeof *l); /* all KD_LOG_ABSENT */
  bool described = from_vmcoreinfo (k->info, &fields[0], slot (l, 0));
  enum kd_status st = KD_OK;
  for (size_t i = 0; i < n && !st; i++)
    st = find_field (k, &fields[i], described, l);
  return kd_context (st, "form of the kernel's log");
}

static enum kd_status
find_size (struct kd_kernel *k, const char *type, uint64_t *out)
{
  if (k->info && kd_vmcoreinfo_size (k->info, type, out))
    return KD_OK;
  return kd_context (kd_types_size (k->types, type, out),
                     "form of the kernel's log");
}

/* VMCOREINFO does not mention facility and flags (flags:5, level:3), two
   bytes in a row.  BEFORE is what they follow, AFTER what follows them.  */
static void
find_priority (struct kd_kernel *k, uint64_t before, uint64_t after,
               const char *facility, const char *flags,
               struct kd_log_layout *l)
{
  struct kd_member m;
  if (before != KD_LOG_ABSENT && before + 4 == after) {
    l->facility = before + 2;
    l->flags = before + 3;
  } else if (!kd_layout (k, facility, &m)) {
    l->facility = m.offset;
    if (!kd_layout (k, flags, &m))
      l->flags = m.offset;
  }
}

/* Every member must lie in its structure, which must be of reasonable
   size.  */
static enum kd_status
check (const struct kd_log_layout *l)
{
  struct {
    uint64_t offset, size, within;
  } const all[] = {
    { l->state, 8, l->desc_size },
    { l->begin, 8, l->desc_size },
    { l->next, 8, l->desc_size },
    { l->seq, 8, l->info_size },
    { l->ts_nsec, 8, l->info_size },
    { l->text_len, 2, l->info_size },
    { l->len, 2, l->info_size },
    { l->dict_len, 2, l->info_size },
    { l->facility, 1, l->info_size },
    { l->flags, 1, l->info_size },
    { l->caller_id, 4, l->info_size },
    { l->subsystem, l->subsystem_size, l->info_size },
    { l->device, l->device_size, l->info_size },
    { l->comm, 16, l->info_size },
  };
  for (size_t i = 0; i < KD_ARRAY_SIZE (all); i++) {
    if (all[i].offset == KD_LOG_ABSENT)
      continue;
    if (all[i].within > KD_LOG_MAX_INFO || all[i].size > all[i].within
        || all[i].offset > all[i].within - all[i].size)
      return kd_fail (KD_CORRUPT,
                      "form of the kernel's log: a member at %llu of %llu "
                      "bytes in %llu",
                      (unsigned long long)all[i].offset,
                      (unsigned long long)all[i].size,
                      (unsigned long long)all[i].within);
  }
  return KD_OK;
}

enum kd_status
kd_log_ring_layout (struct kd_kernel *k, struct kd_log_layout *l)
{
  struct kd_member m;
  enum kd_status st
    = find_fields (k, ring_fields, KD_ARRAY_SIZE (ring_fields), l);
  if (!st)
    st = find_size (k, "prb_desc", &l->desc_size);
  if (!st)
    st = find_size (k, "printk_info", &l->info_size);
  if (st)
    return st;
  if (l->subsystem_size == KD_LOG_ABSENT
      && !kd_vmcoreinfo_length (k->info, "printk_info_subsystem",
                                &l->subsystem_size))
    l->subsystem = KD_LOG_ABSENT;
  if (l->device_size == KD_LOG_ABSENT
      && !kd_vmcoreinfo_length (k->info, "printk_info_device",
                                &l->device_size))
    l->device = KD_LOG_ABSENT;
  find_priority (k, l->text_len, l->caller_id, "printk_info.facility",
                 "printk_info.flags", l);
  /* There is room for what VMCOREINFO does not mention.  */
  bool more
    = l->device == KD_LOG_ABSENT || l->info_size != l->device + l->device_size;
  if (more && !kd_layout (k, "printk_info.comm", &m))
    l->comm = m.offset;
  return check (l);
}

enum kd_status
kd_log_old_layout (struct kd_kernel *k, struct kd_log_layout *l)
{
  enum kd_status st
    = find_fields (k, old_fields, KD_ARRAY_SIZE (old_fields), l);
  if (!st)
    st = find_size (k, "printk_log", &l->info_size);
  if (st)
    return st;
  uint64_t end = l->caller_id != KD_LOG_ABSENT ? l->caller_id : l->info_size;
  find_priority (k, l->dict_len, end, "printk_log.facility",
                 "printk_log.flags", l);
  return check (l);
}
