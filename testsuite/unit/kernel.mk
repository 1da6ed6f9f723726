# SPDX-License-Identifier: GPL-3.0-or-later
# arch/, mem/ and kernel/.

# Run on real dumps by ./check: real-kernel [-v VMLINUX] DUMP...
check_PROGRAMS += testsuite/unit/real-kernel
testsuite_unit_real_kernel_SOURCES = testsuite/unit/real-kernel.c
testsuite_unit_real_kernel_LDADD = $(UNIT_LIBS)
