kdump_target_libkdump_a_SOURCES += \
	kdump-target/unwind/orc.c kdump-target/unwind/orc.h \
	kdump-target/unwind/unwind.h
