# SPDX-License-Identifier: GPL-3.0-or-later
# rsp/ and cmd/: packets, the session over a made-up kernel, transports.
check_PROGRAMS += testsuite/unit/rsp-packet testsuite/unit/rsp-session
TESTS += testsuite/unit/rsp-packet testsuite/unit/rsp-session
testsuite_unit_rsp_packet_SOURCES = testsuite/unit/rsp-packet.c \
	testsuite/unit/test.h
testsuite_unit_rsp_packet_LDADD = $(UNIT_LIBS)
testsuite_unit_rsp_session_SOURCES = testsuite/unit/rsp-session.c \
	testsuite/unit/rsp-fake.c testsuite/unit/rsp-fake.h \
	testsuite/unit/test.h
testsuite_unit_rsp_session_LDADD = $(UNIT_LIBS)
