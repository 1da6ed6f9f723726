# SPDX-License-Identifier: GPL-3.0-or-later
kdump_target_libkdump_a_SOURCES += \
	kdump-target/hang/context.c kdump-target/hang/context.h
