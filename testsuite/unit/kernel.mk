# SPDX-License-Identifier: GPL-3.0-or-later
# arch/, mem/ and kernel/.

# Run on real dumps by ./check: real-kernel [-v VMLINUX] DUMP...
check_PROGRAMS += testsuite/unit/real-kernel
testsuite_unit_real_kernel_SOURCES = testsuite/unit/real-kernel.c
testsuite_unit_real_kernel_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/arch-test
TESTS += testsuite/unit/arch-test
testsuite_unit_arch_test_SOURCES = testsuite/unit/arch-test.c \
	testsuite/unit/test.h
testsuite_unit_arch_test_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/mem-test
TESTS += testsuite/unit/mem-test
testsuite_unit_mem_test_SOURCES = testsuite/unit/mem-test.c \
	testsuite/unit/kernel-synth.h testsuite/unit/test.h
testsuite_unit_mem_test_LDADD = $(UNIT_LIBS)

# Run on real files by ./check: real-types VMLINUX.
check_PROGRAMS += testsuite/unit/real-types
testsuite_unit_real_types_SOURCES = testsuite/unit/real-types.c \
	testsuite/unit/test.h
testsuite_unit_real_types_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/kernel-btf
TESTS += testsuite/unit/kernel-btf
testsuite_unit_kernel_btf_SOURCES = testsuite/unit/kernel-btf.c \
	testsuite/unit/test.h
testsuite_unit_kernel_btf_LDADD = $(UNIT_LIBS)
