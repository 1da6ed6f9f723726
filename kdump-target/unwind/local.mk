kdump_target_libkdump_a_SOURCES += \
	kdump-target/unwind/cfi.c \
	kdump-target/unwind/code.c \
	kdump-target/unwind/fp.c \
	kdump-target/unwind/frame.c \
	kdump-target/unwind/nmi.c \
	kdump-target/unwind/orc.c kdump-target/unwind/orc.h \
	kdump-target/unwind/stacks.c kdump-target/unwind/stacks.h \
	kdump-target/unwind/tables.c \
	kdump-target/unwind/tracers.c \
	kdump-target/unwind/unwind.h \
	kdump-target/unwind/unwinder.c kdump-target/unwind/unwinder.h \
	kdump-target/unwind/walk.c kdump-target/unwind/walk.h
