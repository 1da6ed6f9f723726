kdump_target_libkdump_a_SOURCES += \
	kdump-target/kernel/btf.c kdump-target/kernel/btf.h \
	kdump-target/kernel/clock.c kdump-target/kernel/clock.h \
	kdump-target/kernel/cpumask.c kdump-target/kernel/cpumask.h \
	kdump-target/kernel/cpus.c \
	kdump-target/kernel/damage.c kdump-target/kernel/damage.h \
	kdump-target/kernel/csd.c kdump-target/kernel/csd.h \
	kdump-target/kernel/debug-info.c kdump-target/kernel/debug-info.h \
	kdump-target/kernel/debuginfod.c kdump-target/kernel/debuginfod.h \
	kdump-target/kernel/dwarf.c kdump-target/kernel/dwarf.h \
	kdump-target/kernel/files.c kdump-target/kernel/files.h \
	kdump-target/kernel/identify.c \
	kdump-target/kernel/internal.h \
	kdump-target/kernel/irq.c kdump-target/kernel/irq.h \
	kdump-target/kernel/irq-arch.c \
	kdump-target/kernel/kallsyms.c kdump-target/kernel/kallsyms.h \
	kdump-target/kernel/kallsyms-dump.c \
	kdump-target/kernel/kallsyms-internal.h \
	kdump-target/kernel/kallsyms-scan.c \
	kdump-target/kernel/kernel.c kdump-target/kernel/kernel.h \
	kdump-target/kernel/layout-cache.c \
	kdump-target/kernel/layout-cache.h \
	kdump-target/kernel/layout.c kdump-target/kernel/layout.def \
	kdump-target/kernel/layout.h \
	kdump-target/kernel/lines.c kdump-target/kernel/lines.h \
	kdump-target/kernel/list.c kdump-target/kernel/list.h \
	kdump-target/kernel/log.c kdump-target/kernel/log.h \
	kdump-target/kernel/log-internal.h kdump-target/kernel/log-layout.c \
	kdump-target/kernel/log-old.c kdump-target/kernel/log-ring.c \
	kdump-target/kernel/log-unflushed.c \
	kdump-target/kernel/maple.c kdump-target/kernel/maple.h \
	kdump-target/kernel/module-symbols.c \
	kdump-target/kernel/modules.c \
	kdump-target/kernel/mounts.c \
	kdump-target/kernel/panic.c \
	kdump-target/kernel/path.c kdump-target/kernel/path.h \
	kdump-target/kernel/phys-map.c kdump-target/kernel/phys-map.h \
	kdump-target/kernel/pids.c kdump-target/kernel/pids.h \
	kdump-target/kernel/rbtree.c kdump-target/kernel/rbtree.h \
	kdump-target/kernel/registers.c \
	kdump-target/kernel/queues.c \
	kdump-target/kernel/runqueue.c kdump-target/kernel/runqueue.h \
	kdump-target/kernel/search.c \
	kdump-target/kernel/symbol-file.c kdump-target/kernel/symbol-file.h \
	kdump-target/kernel/symbols.c kdump-target/kernel/symbols.h \
	kdump-target/kernel/system.c kdump-target/kernel/system.h \
	kdump-target/kernel/task-memory.c \
	kdump-target/kernel/task-state.c \
	kdump-target/kernel/tasks.c kdump-target/kernel/tasks.h \
	kdump-target/kernel/timers.c kdump-target/kernel/timers.h \
	kdump-target/kernel/types.c kdump-target/kernel/types.h \
	kdump-target/kernel/unpack.c kdump-target/kernel/unpack.h \
	kdump-target/kernel/vmlinux.c kdump-target/kernel/vmlinux.h \
	kdump-target/kernel/vmas.c \
	kdump-target/kernel/waitq.c kdump-target/kernel/waitq.h \
	kdump-target/kernel/xarray.c kdump-target/kernel/xarray.h
