# SPDX-License-Identifier: GPL-3.0-or-later
# Many tasks, in a dump made for the purpose.
noinst_PROGRAMS += testsuite/bench/mktasks
testsuite_bench_mktasks_SOURCES = testsuite/bench/mktasks.c
testsuite_bench_mktasks_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
dist_noinst_SCRIPTS += testsuite/bench/bench-tasks.sh
PHONY_TARGETS += bench-tasks
bench-tasks: all
	$(srcdir)/testsuite/bench/bench-tasks.sh . $(KD_BENCH_DUMP)
