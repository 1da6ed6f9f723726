# SPDX-License-Identifier: GPL-3.0-or-later
# KD_BENCH_DUMP: a directory of testsuite/vm; by default one is made.
KD_BENCH_DUMP =
PHONY_TARGETS += bench-gdb
dist_noinst_SCRIPTS += testsuite/bench/bench-gdb.sh
bench-gdb: all
	$(srcdir)/testsuite/bench/bench-gdb.sh . $(KD_BENCH_DUMP)
