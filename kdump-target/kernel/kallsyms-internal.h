/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What finding and reading kallsyms share. */
#ifndef KD_KERNEL_KALLSYMS_INTERNAL_H
#define KD_KERNEL_KALLSYMS_INTERNAL_H

#include "kernel/kallsyms.h"

#include "base/cursor.h"
#include "base/guard.h"

enum {
  KD_KS_TOKENS = 256,
  KD_KS_NAME_MAX = 512, /* KSYM_NAME_LEN; 128 before 6.1 */
  KD_KS_MIN = 100,      /* fewer symbols are no kernel */
  KD_KS_MAX = 1 << 22,
  KD_KS_MARKER = 256, /* names from one marker to the next */
};

/* The tokens, as pointers into TABLE.  */
struct kd_ks_tokens {
  const uint8_t *table;
  size_t size;
  uint16_t index[KD_KS_TOKENS];
};

/* Do INDEX and the strings at TABLE (SIZE bytes can be looked at) agree?  */
bool kd_ks_tokens_init (struct kd_ks_tokens *t, const uint8_t *table,
                        size_t size, const uint8_t *index);

/* Expand the name at *AT of the SIZE bytes at NAMES into OUT, which has room
   for KD_KS_NAME_MAX + 1; *AT moves to the next.  The first character is the
   symbol's type.  False if it is none.  */
bool kd_ks_name (const struct kd_ks_tokens *t, const uint8_t *names,
                 size_t size, size_t *at, char *out);

/* The address of symbol I, whose entry in the table at KS->addresses is RAW.
 */
uint64_t kd_ks_address (const struct kd_kallsyms *ks, uint32_t i,
                        const uint8_t *raw);
/* Bytes of an entry.  */
static inline unsigned
kd_ks_entry_size (enum kd_kallsyms_form form)
{
  return form == KD_KALLSYMS_ABSOLUTE ? 8 : 4;
}

/* Do the addresses in TABLE make sense: almost all in order, and that of
   symbol STEXT_INDEX (UINT32_MAX: none) what is known to be STEXT (0:
   unknown)?  */
bool kd_ks_addresses_fit (const struct kd_kallsyms *ks, const uint8_t *table,
                          uint32_t stext_index, uint64_t stext);

#endif
