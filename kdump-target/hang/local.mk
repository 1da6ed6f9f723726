# SPDX-License-Identifier: GPL-3.0-or-later
kdump_target_libkdump_a_SOURCES += \
	kdump-target/hang/calls.c kdump-target/hang/calls.h \
	kdump-target/hang/chain.c kdump-target/hang/chain.h \
	kdump-target/hang/context.c kdump-target/hang/context.h \
	kdump-target/hang/holder.c \
	kdump-target/hang/sleep.c kdump-target/hang/sleep.h \
	kdump-target/hang/smpcall.c kdump-target/hang/smpcall.h \
	kdump-target/hang/spin.c kdump-target/hang/spin.h \
	kdump-target/hang/spinlock.c kdump-target/hang/spinlock.h
