# SPDX-License-Identifier: GPL-3.0-or-later
# To fuzz: compile fuzz-orc.c and the engine with clang -fsanitize=fuzzer.
check_PROGRAMS += testsuite/fuzz/fuzz-orc
TESTS += testsuite/fuzz/fuzz-orc
testsuite_fuzz_fuzz_orc_SOURCES = testsuite/fuzz/fuzz-orc.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_orc_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"corpus-orc"'
testsuite_fuzz_fuzz_orc_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-orc
