# SPDX-License-Identifier: GPL-3.0-or-later
# A dump with many tasks; see the program.
noinst_PROGRAMS += testsuite/bench/mktasks
testsuite_bench_mktasks_SOURCES = testsuite/bench/mktasks.c
testsuite_bench_mktasks_LDADD = kdump-target/libkdump.a $(ENGINE_LIBS)
