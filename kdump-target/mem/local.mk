kdump_target_libkdump_a_SOURCES += \
	kdump-target/mem/layout.c \
	kdump-target/mem/mem.c kdump-target/mem/mem.h
