# SPDX-License-Identifier: GPL-3.0-or-later
# Dumps in memory.  To fuzz: compile fuzz-dump.c with one of the macros below
# and the engine with clang -fsanitize=fuzzer,address,undefined.
DUMP_FUZZERS = \
	testsuite/fuzz/fuzz-elf \
	testsuite/fuzz/fuzz-kdump \
	testsuite/fuzz/fuzz-flattened \
	testsuite/fuzz/fuzz-vmcoreinfo
check_PROGRAMS += $(DUMP_FUZZERS)
TESTS += $(DUMP_FUZZERS)
testsuite_fuzz_fuzz_elf_SOURCES = testsuite/fuzz/fuzz-dump.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_elf_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_ELF \
	-DCORPUS='"corpus-elf"'
testsuite_fuzz_fuzz_elf_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
testsuite_fuzz_fuzz_kdump_SOURCES = testsuite/fuzz/fuzz-dump.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_kdump_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_KDUMP \
	-DCORPUS='"corpus-kdump"'
testsuite_fuzz_fuzz_kdump_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
testsuite_fuzz_fuzz_flattened_SOURCES = testsuite/fuzz/fuzz-dump.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_flattened_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_FLATTENED \
	-DCORPUS='"corpus-flattened"'
testsuite_fuzz_fuzz_flattened_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
testsuite_fuzz_fuzz_vmcoreinfo_SOURCES = testsuite/fuzz/fuzz-vmcoreinfo.c \
	testsuite/fuzz/replay.c
testsuite_fuzz_fuzz_vmcoreinfo_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCORPUS='"corpus-vmcoreinfo"'
testsuite_fuzz_fuzz_vmcoreinfo_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
EXTRA_DIST += testsuite/fuzz/corpus-elf testsuite/fuzz/corpus-kdump \
	testsuite/fuzz/corpus-flattened testsuite/fuzz/corpus-vmcoreinfo
