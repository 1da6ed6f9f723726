# SPDX-License-Identifier: GPL-3.0-or-later
# The engine library, and the server made of it.
noinst_LIBRARIES += kdump-target/libkdump.a
kdump_target_libkdump_a_SOURCES =

include kdump-target/base/local.mk
include kdump-target/dump/local.mk
include kdump-target/arch/local.mk
include kdump-target/mem/local.mk
include kdump-target/kernel/local.mk
include kdump-target/unwind/local.mk
include kdump-target/hang/local.mk
include kdump-target/cmd/local.mk
include kdump-target/rsp/local.mk

bin_PROGRAMS = kdump-target/kdump-target
kdump_target_kdump_target_SOURCES = kdump-target/main.c
kdump_target_kdump_target_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
