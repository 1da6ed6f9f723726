# SPDX-License-Identifier: GPL-3.0-or-later
kdump_target_libkdump_a_SOURCES += \
	kdump-target/cmd/args.c kdump-target/cmd/args.h \
	kdump-target/cmd/bt.c \
	kdump-target/cmd/bt-groups.c kdump-target/cmd/bt-groups.h \
	kdump-target/cmd/cmd.c kdump-target/cmd/cmd.h \
	kdump-target/cmd/commands.def \
	kdump-target/cmd/complete.c kdump-target/cmd/complete.h \
	kdump-target/cmd/cpus.c \
	kdump-target/cmd/describe.c kdump-target/cmd/describe.h \
	kdump-target/cmd/dis.c \
	kdump-target/cmd/files.c \
	kdump-target/cmd/help.c \
	kdump-target/cmd/info.c \
	kdump-target/cmd/irq.c \
	kdump-target/cmd/kdump.c kdump-target/cmd/kdump.h \
	kdump-target/cmd/kdump-summary.c kdump-target/cmd/kdump-values.c \
	kdump-target/cmd/lockup.c kdump-target/cmd/lockup.h \
	kdump-target/cmd/lockup-locks.c kdump-target/cmd/lockup-tasks.c \
	kdump-target/cmd/lockup-words.c \
	kdump-target/cmd/log.c \
	kdump-target/cmd/mod.c \
	kdump-target/cmd/mount.c \
	kdump-target/cmd/ps.c \
	kdump-target/cmd/qspinlock.c \
	kdump-target/cmd/rd.c \
	kdump-target/cmd/runq.c \
	kdump-target/cmd/search.c \
	kdump-target/cmd/select.c kdump-target/cmd/select.h \
	kdump-target/cmd/smpcall.c \
	kdump-target/cmd/stack.c kdump-target/cmd/stack.h \
	kdump-target/cmd/spin.c \
	kdump-target/cmd/struct.c \
	kdump-target/cmd/sym.c \
	kdump-target/cmd/sys.c \
	kdump-target/cmd/thread.c \
	kdump-target/cmd/threads.c kdump-target/cmd/threads.h \
	kdump-target/cmd/timer.c \
	kdump-target/cmd/vm.c \
	kdump-target/cmd/vtop.c \
	kdump-target/cmd/waitq.c
