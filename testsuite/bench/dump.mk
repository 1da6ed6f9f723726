# SPDX-License-Identifier: GPL-3.0-or-later
# Page reads and opening, without GDB; run by bench-dump.sh.
BENCH_DUMP = testsuite/bench/bench-pages testsuite/bench/bench-open \
	testsuite/bench/bench-search
noinst_PROGRAMS += $(BENCH_DUMP)
BENCH_RAW = testsuite/bench/raw-pages.c testsuite/bench/raw-pages.h
testsuite_bench_bench_pages_SOURCES = testsuite/bench/bench-pages.c $(BENCH_RAW)
testsuite_bench_bench_pages_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
testsuite_bench_bench_open_SOURCES = testsuite/bench/bench-open.c
testsuite_bench_bench_open_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
testsuite_bench_bench_search_SOURCES = testsuite/bench/bench-search.c \
	$(BENCH_RAW)
testsuite_bench_bench_search_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
dist_noinst_SCRIPTS += testsuite/bench/bench-dump.sh

# KD_BENCH_VMCORE: an ELF vmcore of a real kernel; by default one is made.
KD_BENCH_VMCORE =
PHONY_TARGETS += bench-dump
bench-dump: testsuite/fixtures/mkdump $(BENCH_DUMP)
	$(srcdir)/testsuite/bench/bench-dump.sh . $(KD_BENCH_VMCORE)
