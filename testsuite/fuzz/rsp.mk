# SPDX-License-Identifier: GPL-3.0-or-later
check_PROGRAMS += testsuite/fuzz/fuzz-rsp
TESTS += testsuite/fuzz/fuzz-rsp
testsuite_fuzz_fuzz_rsp_SOURCES = testsuite/fuzz/fuzz-rsp.c \
	testsuite/fuzz/replay.c testsuite/unit/rsp-fake.c \
	testsuite/unit/rsp-fake.h
testsuite_fuzz_fuzz_rsp_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/testsuite \
	-DCORPUS='"corpus-rsp"'
testsuite_fuzz_fuzz_rsp_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-rsp
