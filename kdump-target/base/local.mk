kdump_target_libkdump_a_SOURCES += \
	kdump-target/base/cachedir.c kdump-target/base/cachedir.h \
	kdump-target/base/cursor.c kdump-target/base/cursor.h \
	kdump-target/base/guard.h \
	kdump-target/base/parallel.c kdump-target/base/parallel.h \
	kdump-target/base/progress.c kdump-target/base/progress.h \
	kdump-target/base/status.c kdump-target/base/status.h \
	kdump-target/base/strbuf.c kdump-target/base/strbuf.h \
	kdump-target/base/terminal.c kdump-target/base/terminal.h \
	kdump-target/base/writer.c kdump-target/base/writer.h
