kdump_target_libkdump_a_SOURCES += \
	kdump-target/kernel/btf.c kdump-target/kernel/btf.h \
	kdump-target/kernel/dwarf.c kdump-target/kernel/dwarf.h \
	kdump-target/kernel/layout-cache.c \
	kdump-target/kernel/layout-cache.h \
	kdump-target/kernel/symbols.c kdump-target/kernel/symbols.h \
	kdump-target/kernel/types.c kdump-target/kernel/types.h \
	kdump-target/kernel/vmlinux.c kdump-target/kernel/vmlinux.h
