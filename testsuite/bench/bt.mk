# SPDX-License-Identifier: GPL-3.0-or-later
# Stacks, against drgn and crash.
dist_noinst_SCRIPTS += testsuite/bench/bench-bt.sh
PHONY_TARGETS += bench-bt
bench-bt: all
	$(srcdir)/testsuite/bench/bench-bt.sh . $(KD_BENCH_DUMP)
