# SPDX-License-Identifier: GPL-3.0-or-later
include testsuite/bench/bt.mk
include testsuite/bench/commands.mk
include testsuite/bench/dump.mk
include testsuite/bench/gdb.mk
include testsuite/bench/tasks.mk

# make bench: ratios, each in one run, and the budgets.
PHONY_TARGETS += bench
bench: bench-bt bench-dump bench-gdb bench-commands bench-tasks
