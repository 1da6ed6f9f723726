kdump_target_libkdump_a_SOURCES += \
	kdump-target/arch/arch.c kdump-target/arch/arch.h \
	kdump-target/arch/arch.def \
	kdump-target/arch/layout.h \
	kdump-target/arch/x86_64.c kdump-target/arch/x86_64.h \
	kdump-target/arch/x86_64-layout.c
