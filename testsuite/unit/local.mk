# SPDX-License-Identifier: GPL-3.0-or-later
# Unit tests: TAP programs that link the engine.
include testsuite/unit/unwind.mk
UNIT_LIBS = kdump-target/libkdump.a $(ENGINE_LIBS)
include testsuite/unit/kernel.mk

# The base library.
check_PROGRAMS += testsuite/unit/base-test
TESTS += testsuite/unit/base-test
testsuite_unit_base_test_SOURCES = testsuite/unit/base-test.c \
	testsuite/unit/test.h
testsuite_unit_base_test_LDADD = $(UNIT_LIBS)

# What of the plugin needs no GDB.
check_PROGRAMS += testsuite/unit/plugin-decode
TESTS += testsuite/unit/plugin-decode
testsuite_unit_plugin_decode_SOURCES = testsuite/unit/plugin-decode.c \
	plugin/decode.c testsuite/unit/test.h
testsuite_unit_plugin_decode_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/plugin
testsuite_unit_plugin_decode_LDADD = $(UNIT_LIBS)

# dump/: its parts, and all of it on the fixtures.
check_PROGRAMS += testsuite/unit/dump-scan
TESTS += testsuite/unit/dump-scan
testsuite_unit_dump_scan_SOURCES = testsuite/unit/dump-scan.c \
	testsuite/unit/test.h
testsuite_unit_dump_scan_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/dump-parts testsuite/unit/dump-fixtures
TESTS += testsuite/unit/dump-parts testsuite/unit/dump-fixtures
testsuite_unit_dump_parts_SOURCES = testsuite/unit/dump-parts.c \
	testsuite/unit/test.h
testsuite_unit_dump_parts_LDADD = $(UNIT_LIBS)
testsuite_unit_dump_fixtures_SOURCES = testsuite/unit/dump-fixtures.c \
	testsuite/unit/test.h
testsuite_unit_dump_fixtures_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/testsuite/fixtures
testsuite_unit_dump_fixtures_LDADD = testsuite/fixtures/libmkdump.a \
	$(UNIT_LIBS)

# Run on real dumps by ./check: dump-agree DUMP..., dump-mutate DUMP.
check_PROGRAMS += testsuite/unit/dump-agree testsuite/unit/dump-mutate
testsuite_unit_dump_agree_SOURCES = testsuite/unit/dump-agree.c \
	testsuite/unit/test.h
testsuite_unit_dump_agree_LDADD = $(UNIT_LIBS)
testsuite_unit_dump_mutate_SOURCES = testsuite/unit/dump-mutate.c \
	testsuite/unit/test.h
testsuite_unit_dump_mutate_LDADD = $(UNIT_LIBS)
include testsuite/unit/rsp.mk
