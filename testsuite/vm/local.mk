# SPDX-License-Identifier: GPL-3.0-or-later
# testsuite/vm: real dumps from QEMU. Nothing is built here by make; the
# scripts build what the guests need in their own cache.
EXTRA_DIST += \
	testsuite/vm/README \
	testsuite/vm/lib.sh \
	testsuite/vm/fetch-kernel.sh \
	testsuite/vm/fetch-lx.sh \
	testsuite/vm/build-module.sh \
	testsuite/vm/cc-drop.sh \
	testsuite/vm/make-dump.sh \
	testsuite/vm/recipe.sh \
	testsuite/vm/guest/init \
	testsuite/vm/guest/uspin.c \
	testsuite/vm/guest/vmcopy.c \
	testsuite/vm/module/Kbuild \
	testsuite/vm/module/hang.h \
	testsuite/vm/module/main.c \
	testsuite/vm/module/seed.c \
	testsuite/vm/module/loop.c \
	testsuite/vm/module/locks.c \
	testsuite/vm/module/ipi.c \
	testsuite/vm/module/sleep.c \
	testsuite/vm/module/stack.c \
	testsuite/vm/module/softirq.c \
	testsuite/vm/module/tasks.c \
	testsuite/vm/module/waits.c \
	testsuite/vm/module/hangmod000.c \
	testsuite/vm/module/user.c
