# SPDX-License-Identifier: GPL-3.0-or-later
check_PROGRAMS += testsuite/unit/unwind-orc
TESTS += testsuite/unit/unwind-orc
testsuite_unit_unwind_orc_SOURCES = testsuite/unit/unwind-orc.c \
	testsuite/unit/test.h
testsuite_unit_unwind_orc_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

check_PROGRAMS += testsuite/unit/unwind-walk
TESTS += testsuite/unit/unwind-walk
testsuite_unit_unwind_walk_SOURCES = testsuite/unit/unwind-walk.c \
	testsuite/unit/test.h
testsuite_unit_unwind_walk_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

# Run on real kernels by ./check: unwind-tables VMLINUX...
check_PROGRAMS += testsuite/unit/unwind-tables
testsuite_unit_unwind_tables_SOURCES = testsuite/unit/unwind-tables.c \
	testsuite/unit/test.h
testsuite_unit_unwind_tables_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

# Run on real dumps by ./check: unwind-real VMLINUX DUMP...
check_PROGRAMS += testsuite/unit/unwind-real
testsuite_unit_unwind_real_SOURCES = testsuite/unit/unwind-real.c \
	testsuite/unit/test.h
testsuite_unit_unwind_real_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

# Run on real dumps by ./check: real-contexts VMLINUX DUMP EXPECTED...
check_PROGRAMS += testsuite/unit/real-contexts
testsuite_unit_real_contexts_SOURCES = testsuite/unit/real-contexts.c \
	testsuite/unit/test.h
testsuite_unit_real_contexts_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

# Run on real dumps by ./check: real-cut VMLINUX DUMP
check_PROGRAMS += testsuite/unit/real-cut
testsuite_unit_real_cut_SOURCES = testsuite/unit/real-cut.c \
	testsuite/unit/test.h
testsuite_unit_real_cut_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

check_PROGRAMS += testsuite/unit/hang-locks
TESTS += testsuite/unit/hang-locks
testsuite_unit_hang_locks_SOURCES = testsuite/unit/hang-locks.c \
	testsuite/unit/test.h
testsuite_unit_hang_locks_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)

check_PROGRAMS += testsuite/unit/hang-spin
TESTS += testsuite/unit/hang-spin
testsuite_unit_hang_spin_SOURCES = testsuite/unit/hang-spin.c \
	testsuite/unit/test.h
testsuite_unit_hang_spin_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
