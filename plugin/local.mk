# SPDX-License-Identifier: GPL-3.0-or-later
# The GDB plugin: a shared object and the file that loads it.
kdumpplugindir = $(pkglibdir)
kdumpplugin_LTLIBRARIES = plugin/kdump_gdb.la
plugin_kdump_gdb_la_SOURCES = \
	plugin/commands.c plugin/commands.h \
	plugin/coverage.c plugin/coverage.h \
	plugin/decode.c plugin/decode.h \
	plugin/elffile.c plugin/elffile.h \
	plugin/frames.c plugin/frames.h \
	plugin/functions.c plugin/functions.h \
	plugin/info.c plugin/info.h \
	plugin/module.c plugin/module.h \
	plugin/objects.c plugin/objects.h \
	plugin/printers.c plugin/printers.h \
	plugin/py.c plugin/py.h \
	plugin/saves.c plugin/saves.h \
	plugin/server.c plugin/server.h \
	plugin/session.c plugin/session.h \
	plugin/settings.c plugin/settings.h \
	plugin/symbols.c plugin/symbols.h \
	plugin/target.c plugin/target.h \
	plugin/threads.c plugin/threads.h \
	plugin/unwinder.c plugin/unwinder.h \
	plugin/values.c plugin/values.h \
	kdump-target/base/cursor.c \
	kdump-target/base/status.c \
	kdump-target/base/strbuf.c \
	kdump-target/unwind/orc.c
plugin_kdump_gdb_la_CPPFLAGS = $(AM_CPPFLAGS) $(PYTHON_LIMITED_CFLAGS) \
	-DKD_SERVER_PATH='"$(bindir)/kdump-target"'
# Not with the sanitizers: GDB itself is built without.
plugin_kdump_gdb_la_CFLAGS = -std=gnu11 -fvisibility=hidden $(WARN_CFLAGS)
plugin_kdump_gdb_la_LDFLAGS = -module -avoid-version -shared \
	-export-symbols-regex \
	'^(PyInit_kdump_gdb|gdb_init_reader|plugin_is_GPL_compatible)$$'

EXTRA_DIST += plugin/kdump-gdb.gdb.in

# Uninstalled, from the build tree, and installed: the same file with another
# directory.
noinst_DATA = plugin/kdump-gdb.gdb
plugin/kdump-gdb.gdb: plugin/kdump-gdb.gdb.in plugin/kdump_gdb.la Makefile
	$(AM_V_GEN)sed 's|@plugindir@|$(abs_builddir)/plugin/.libs|g' \
	  $(srcdir)/plugin/kdump-gdb.gdb.in >$@.tmp && mv $@.tmp $@
CLEANFILES += plugin/kdump-gdb.gdb

install-data-local: install-kdump-loader
uninstall-local: uninstall-kdump-loader
.PHONY: install-kdump-loader uninstall-kdump-loader
install-kdump-loader:
	$(MKDIR_P) '$(DESTDIR)$(kdumpplugindir)'
	sed 's|@plugindir@|$(kdumpplugindir)|g' \
	  $(srcdir)/plugin/kdump-gdb.gdb.in \
	  >'$(DESTDIR)$(kdumpplugindir)/kdump-gdb.gdb'
if HAVE_GDB_SYSTEM_GDBINIT_DIR
	$(MKDIR_P) '$(DESTDIR)$(GDB_SYSTEM_GDBINIT_DIR)'
	cp '$(DESTDIR)$(kdumpplugindir)/kdump-gdb.gdb' \
	  '$(DESTDIR)$(GDB_SYSTEM_GDBINIT_DIR)/kdump-gdb.gdb'
endif
uninstall-kdump-loader:
	rm -f '$(DESTDIR)$(kdumpplugindir)/kdump-gdb.gdb'
if HAVE_GDB_SYSTEM_GDBINIT_DIR
	rm -f '$(DESTDIR)$(GDB_SYSTEM_GDBINIT_DIR)/kdump-gdb.gdb'
endif
