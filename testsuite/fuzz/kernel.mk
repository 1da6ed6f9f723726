# SPDX-License-Identifier: GPL-3.0-or-later
# To fuzz: compile the target and the engine with clang -fsanitize=fuzzer.
check_PROGRAMS += testsuite/fuzz/fuzz-btf
TESTS += testsuite/fuzz/fuzz-btf
testsuite_fuzz_fuzz_btf_SOURCES = testsuite/fuzz/fuzz-btf.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_btf_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"corpus-btf"'
testsuite_fuzz_fuzz_btf_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-btf

check_PROGRAMS += testsuite/fuzz/fuzz-log
TESTS += testsuite/fuzz/fuzz-log
testsuite_fuzz_fuzz_log_SOURCES = testsuite/fuzz/fuzz-log.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_log_CPPFLAGS = $(AM_CPPFLAGS) -DCORPUS='"corpus-log"'
testsuite_fuzz_fuzz_log_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-log

check_PROGRAMS += testsuite/fuzz/fuzz-kallsyms
TESTS += testsuite/fuzz/fuzz-kallsyms
testsuite_fuzz_fuzz_kallsyms_SOURCES = testsuite/fuzz/fuzz-kallsyms.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_kallsyms_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"corpus-kallsyms"'
testsuite_fuzz_fuzz_kallsyms_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-kallsyms
