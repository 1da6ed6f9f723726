# SPDX-License-Identifier: GPL-3.0-or-later
# arch/, mem/ and kernel/.

# Run on real dumps by ./check: real-kernel [-v VMLINUX] DUMP...
check_PROGRAMS += testsuite/unit/real-kernel
testsuite_unit_real_kernel_SOURCES = testsuite/unit/real-kernel.c \
	testsuite/unit/test.h
testsuite_unit_real_kernel_LDADD = $(UNIT_LIBS)

# real-log [-v VMLINUX] DUMP
check_PROGRAMS += testsuite/unit/real-log
testsuite_unit_real_log_SOURCES = testsuite/unit/real-log.c \
	testsuite/unit/test.h
testsuite_unit_real_log_LDADD = $(UNIT_LIBS)

# real-lists [-v VMLINUX] DUMP
check_PROGRAMS += testsuite/unit/real-lists
testsuite_unit_real_lists_SOURCES = testsuite/unit/real-lists.c \
	testsuite/unit/test.h
testsuite_unit_real_lists_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/arch-test
TESTS += testsuite/unit/arch-test
testsuite_unit_arch_test_SOURCES = testsuite/unit/arch-test.c \
	testsuite/unit/test.h
testsuite_unit_arch_test_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/mem-test
TESTS += testsuite/unit/mem-test
testsuite_unit_mem_test_SOURCES = testsuite/unit/mem-test.c \
	testsuite/unit/kernel-synth.h testsuite/unit/test.h
testsuite_unit_mem_test_LDADD = $(UNIT_LIBS)

# Run on real files by ./check: real-types VMLINUX.
check_PROGRAMS += testsuite/unit/real-types
testsuite_unit_real_types_SOURCES = testsuite/unit/real-types.c \
	testsuite/unit/test.h
testsuite_unit_real_types_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/kernel-kallsyms
TESTS += testsuite/unit/kernel-kallsyms
testsuite_unit_kernel_kallsyms_SOURCES = testsuite/unit/kernel-kallsyms.c \
	testsuite/unit/fake-kallsyms.h testsuite/unit/test.h
testsuite_unit_kernel_kallsyms_LDADD = $(UNIT_LIBS)

# Run on real dumps by ./check: real-kallsyms DUMP
check_PROGRAMS += testsuite/unit/real-kallsyms
testsuite_unit_real_kallsyms_SOURCES = testsuite/unit/real-kallsyms.c \
	testsuite/unit/test.h
testsuite_unit_real_kallsyms_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/kernel-btf
TESTS += testsuite/unit/kernel-btf
testsuite_unit_kernel_btf_SOURCES = testsuite/unit/kernel-btf.c \
	testsuite/unit/test.h
testsuite_unit_kernel_btf_LDADD = $(UNIT_LIBS)

# Kernels that never ran, one for each shape of their structures; empty files
# where the compiler cannot make them.
FAKE_FLAGS = -g -O1 -ffreestanding -fno-pic -fno-pie -no-pie -mcmodel=kernel \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-toplevel-reorder -nostdlib -static -Wl,--build-id=sha1 \
	-Wl,--emit-relocs,-z,max-page-size=4096 \
	-Wl,-T,$(srcdir)/testsuite/unit/kernel-fake.lds
FAKE_KERNELS = testsuite/unit/fake-414 testsuite/unit/fake-510 \
	testsuite/unit/fake-604 testsuite/unit/fake-614 \
	testsuite/unit/fake-510-stripped
CLEANFILES += $(FAKE_KERNELS)
FAKE_INPUT = testsuite/unit/kernel-fake.c testsuite/unit/kernel-fake-log.h \
	testsuite/unit/kernel-fake.lds
FAKE_LINK = $(FAKE_FLAGS) -o $@ $(srcdir)/testsuite/unit/kernel-fake.c
PERCPU_AT_ZERO = -Wl,--defsym=PERCPU_AT_ZERO=1
testsuite/unit/fake-414: $(FAKE_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=414 $(PERCPU_AT_ZERO) $(FAKE_LINK) || : >$@
testsuite/unit/fake-510: $(FAKE_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=510 $(PERCPU_AT_ZERO) $(FAKE_LINK) || : >$@
testsuite/unit/fake-604: $(FAKE_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=604 $(PERCPU_AT_ZERO) $(FAKE_LINK) || : >$@
testsuite/unit/fake-614: $(FAKE_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=614 $(FAKE_LINK) || : >$@
testsuite/unit/fake-510-stripped: testsuite/unit/fake-510
	$(AM_V_GEN)objcopy --strip-debug $< $@ || : >$@

# The same with more in them.
FAKE_OBJECTS = testsuite/unit/objects-414 testsuite/unit/objects-510 \
	testsuite/unit/objects-604 testsuite/unit/objects-614
CLEANFILES += $(FAKE_OBJECTS)
OBJECTS_INPUT = testsuite/unit/fake-objects.c testsuite/unit/fake-files.h \
	$(FAKE_INPUT)
OBJECTS_LINK = $(FAKE_FLAGS) -o $@ $(srcdir)/testsuite/unit/fake-objects.c
testsuite/unit/objects-414: $(OBJECTS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=414 $(PERCPU_AT_ZERO) $(OBJECTS_LINK) || : >$@
testsuite/unit/objects-510: $(OBJECTS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=510 $(PERCPU_AT_ZERO) $(OBJECTS_LINK) || : >$@
testsuite/unit/objects-604: $(OBJECTS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=604 $(PERCPU_AT_ZERO) $(OBJECTS_LINK) || : >$@
testsuite/unit/objects-614: $(OBJECTS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=614 $(OBJECTS_LINK) || : >$@

check_PROGRAMS += testsuite/unit/kernel-maps
TESTS += testsuite/unit/kernel-maps
testsuite_unit_kernel_maps_SOURCES = testsuite/unit/kernel-maps.c \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_kernel_maps_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_kernel_maps_DEPENDENCIES = $(FAKE_OBJECTS)

check_PROGRAMS += testsuite/unit/cmd-lists
TESTS += testsuite/unit/cmd-lists
testsuite_unit_cmd_lists_SOURCES = testsuite/unit/cmd-lists.c \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_cmd_lists_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_cmd_lists_DEPENDENCIES = $(FAKE_OBJECTS)

check_PROGRAMS += testsuite/unit/cmd-answers
TESTS += testsuite/unit/cmd-answers
testsuite_unit_cmd_answers_SOURCES = testsuite/unit/cmd-answers.c \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_cmd_answers_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_cmd_answers_DEPENDENCIES = $(FAKE_OBJECTS)

check_PROGRAMS += testsuite/unit/kernel-log
TESTS += testsuite/unit/kernel-log
testsuite_unit_kernel_log_SOURCES = testsuite/unit/kernel-log.c \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_kernel_log_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_kernel_log_DEPENDENCIES = $(FAKE_KERNELS)

check_PROGRAMS += testsuite/unit/kernel-open
TESTS += testsuite/unit/kernel-open
testsuite_unit_kernel_open_SOURCES = testsuite/unit/kernel-open.c \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_kernel_open_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_kernel_open_DEPENDENCIES = $(FAKE_KERNELS)
EXTRA_DIST += $(OBJECTS_INPUT)

check_PROGRAMS += testsuite/unit/kernel-search
TESTS += testsuite/unit/kernel-search
testsuite_unit_kernel_search_SOURCES = testsuite/unit/kernel-search.c \
	testsuite/unit/test.h
testsuite_unit_kernel_search_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/kernel-list
TESTS += testsuite/unit/kernel-list
testsuite_unit_kernel_list_SOURCES = testsuite/unit/kernel-list.c \
	testsuite/unit/kernel-synth.h testsuite/unit/test.h
testsuite_unit_kernel_list_LDADD = $(UNIT_LIBS)

# Kernels that never ran, with tasks.
FAKE_TASKS = testsuite/unit/tasks-414 testsuite/unit/tasks-419 \
	testsuite/unit/tasks-510 testsuite/unit/tasks-604 \
	testsuite/unit/tasks-614
CLEANFILES += $(FAKE_TASKS)
TASKS_INPUT = testsuite/unit/fake-tasks.c $(FAKE_INPUT)
TASKS_LINK = $(FAKE_FLAGS) -o $@ $(srcdir)/testsuite/unit/fake-tasks.c
testsuite/unit/tasks-414: $(TASKS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=414 $(PERCPU_AT_ZERO) $(TASKS_LINK) || : >$@
testsuite/unit/tasks-419: $(TASKS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=419 $(PERCPU_AT_ZERO) $(TASKS_LINK) || : >$@
testsuite/unit/tasks-510: $(TASKS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=510 $(PERCPU_AT_ZERO) $(TASKS_LINK) || : >$@
testsuite/unit/tasks-604: $(TASKS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=604 $(PERCPU_AT_ZERO) $(TASKS_LINK) || : >$@
testsuite/unit/tasks-614: $(TASKS_INPUT)
	$(AM_V_GEN)$(CC) -DSHAPE=614 $(TASKS_LINK) || : >$@

check_PROGRAMS += testsuite/unit/kernel-tasks
TESTS += testsuite/unit/kernel-tasks
testsuite_unit_kernel_tasks_SOURCES = testsuite/unit/kernel-tasks.c \
	testsuite/unit/tasks-machine.h testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_kernel_tasks_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_kernel_tasks_DEPENDENCIES = $(FAKE_TASKS)
EXTRA_DIST += $(TASKS_INPUT)

check_PROGRAMS += testsuite/unit/cmd-tasks
TESTS += testsuite/unit/cmd-tasks
testsuite_unit_cmd_tasks_SOURCES = testsuite/unit/cmd-tasks.c \
	testsuite/unit/tasks-machine.h testsuite/unit/kernel-machine.h \
	testsuite/unit/kernel-synth.h testsuite/unit/test.h
testsuite_unit_cmd_tasks_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_cmd_tasks_DEPENDENCIES = $(FAKE_TASKS)

# Run on real dumps by ./check: real-tasks VMLINUX DUMP.
check_PROGRAMS += testsuite/unit/real-tasks
testsuite_unit_real_tasks_SOURCES = testsuite/unit/real-tasks.c \
	testsuite/unit/test.h
testsuite_unit_real_tasks_LDADD = $(UNIT_LIBS)

# Likewise: real-system VMLINUX DUMP.
check_PROGRAMS += testsuite/unit/real-system
testsuite_unit_real_system_SOURCES = testsuite/unit/real-system.c \
	testsuite/unit/test.h
testsuite_unit_real_system_LDADD = $(UNIT_LIBS)

check_PROGRAMS += testsuite/unit/rsp-tasks
TESTS += testsuite/unit/rsp-tasks
testsuite_unit_rsp_tasks_SOURCES = testsuite/unit/rsp-tasks.c \
	testsuite/unit/rsp-client.h testsuite/unit/tasks-machine.h \
	testsuite/unit/kernel-machine.h testsuite/unit/kernel-synth.h \
	testsuite/unit/test.h
testsuite_unit_rsp_tasks_LDADD = $(UNIT_LIBS)
EXTRA_testsuite_unit_rsp_tasks_DEPENDENCIES = $(FAKE_TASKS)

check_PROGRAMS += testsuite/unit/kernel-unpack
TESTS += testsuite/unit/kernel-unpack
testsuite_unit_kernel_unpack_SOURCES = testsuite/unit/kernel-unpack.c \
	testsuite/unit/test.h
testsuite_unit_kernel_unpack_LDADD = $(UNIT_LIBS)
