# SPDX-License-Identifier: GPL-3.0-or-later
kdump_target_libkdump_a_SOURCES += \
	kdump-target/rsp/libraries.c \
	kdump-target/rsp/memory.c \
	kdump-target/rsp/monitor.c \
	kdump-target/rsp/offsets.c \
	kdump-target/rsp/packet.c kdump-target/rsp/packet.h \
	kdump-target/rsp/registers.c \
	kdump-target/rsp/request.h \
	kdump-target/rsp/serve.c kdump-target/rsp/serve.h \
	kdump-target/rsp/session.c kdump-target/rsp/session.h \
	kdump-target/rsp/threads.c \
	kdump-target/rsp/transfer.c \
	kdump-target/rsp/transport.c kdump-target/rsp/transport.h
