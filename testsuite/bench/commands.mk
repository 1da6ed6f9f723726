# SPDX-License-Identifier: GPL-3.0-or-later
# Commands against drgn, where that is installed.  KD_BENCH_DUMP as for
# bench-gdb.
PHONY_TARGETS += bench-commands
dist_noinst_SCRIPTS += testsuite/bench/bench-commands.sh
bench-commands: all
	$(srcdir)/testsuite/bench/bench-commands.sh . $(KD_BENCH_DUMP)
