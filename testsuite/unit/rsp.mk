# SPDX-License-Identifier: GPL-3.0-or-later
# rsp/ and cmd/: packets, the session over a made-up kernel, transports,
# command lines, and the program's options.
RSP_TESTS = testsuite/unit/rsp-packet testsuite/unit/rsp-session \
	testsuite/unit/rsp-transport testsuite/unit/cmd-line \
	testsuite/unit/cmd-options
check_PROGRAMS += $(RSP_TESTS)
TESTS += $(RSP_TESTS)
RSP_FAKE = testsuite/unit/rsp-fake.c testsuite/unit/rsp-fake.h \
	testsuite/unit/test.h
testsuite_unit_rsp_packet_SOURCES = testsuite/unit/rsp-packet.c \
	testsuite/unit/test.h
testsuite_unit_rsp_packet_LDADD = $(UNIT_LIBS)
testsuite_unit_rsp_session_SOURCES = testsuite/unit/rsp-session.c \
	testsuite/unit/rsp-client.h $(RSP_FAKE)
testsuite_unit_rsp_session_LDADD = $(UNIT_LIBS)
testsuite_unit_rsp_transport_SOURCES = testsuite/unit/rsp-transport.c \
	$(RSP_FAKE)
testsuite_unit_rsp_transport_LDADD = $(UNIT_LIBS)
testsuite_unit_cmd_line_SOURCES = testsuite/unit/cmd-line.c $(RSP_FAKE)
testsuite_unit_cmd_line_LDADD = $(UNIT_LIBS)
testsuite_unit_cmd_options_SOURCES = testsuite/unit/cmd-options.c \
	testsuite/unit/test.h
testsuite_unit_cmd_options_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/cmd-manual
TESTS += testsuite/unit/cmd-manual
testsuite_unit_cmd_manual_SOURCES = testsuite/unit/cmd-manual.c \
	testsuite/unit/test.h
testsuite_unit_cmd_manual_LDADD = $(UNIT_LIBS)

# After a change of a command's help.
.PHONY: update-docs
update-docs: testsuite/unit/cmd-manual
	testsuite/unit/cmd-manual --print > $(srcdir)/doc/commands.texi.new
	mv $(srcdir)/doc/commands.texi.new $(srcdir)/doc/commands.texi
