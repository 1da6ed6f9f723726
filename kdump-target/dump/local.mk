# Physical memory of the dump: formats, codecs, page cache, VMCOREINFO.
kdump_target_libkdump_a_SOURCES += \
	kdump-target/dump/bitmap.c \
	kdump-target/dump/bitmap.h \
	kdump-target/dump/cache.c \
	kdump-target/dump/cache.h \
	kdump-target/dump/codec.c \
	kdump-target/dump/codec.h \
	kdump-target/dump/dump.c \
	kdump-target/dump/dump.h \
	kdump-target/dump/elf.c \
	kdump-target/dump/extents.c \
	kdump-target/dump/extents.h \
	kdump-target/dump/flattened.c \
	kdump-target/dump/format.h \
	kdump-target/dump/formats.def \
	kdump-target/dump/identify.c \
	kdump-target/dump/kdump-compressed.c \
	kdump-target/dump/kdump-compressed.h \
	kdump-target/dump/kdump-header.c \
	kdump-target/dump/libkdumpfile.c \
	kdump-target/dump/notes.c \
	kdump-target/dump/scan.c \
	kdump-target/dump/scan.h \
	kdump-target/dump/source.c \
	kdump-target/dump/source.h \
	kdump-target/dump/split.c \
	kdump-target/dump/vmcoreinfo.c \
	kdump-target/dump/vmcoreinfo.h
