/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugin as a shared object. */
#ifndef KD_PLUGIN_MODULE_H
#define KD_PLUGIN_MODULE_H

/* Absolute path of this shared object, as GDB's jit-reader-load takes it.
   Valid for good; "" if it cannot be told.  */
const char *kd_module_path (void);

#endif
