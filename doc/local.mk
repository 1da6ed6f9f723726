info_TEXINFOS += doc/kdump-gdb.texi
dist_man_MANS += doc/kdump-target.1
dist_doc_DATA = README NEWS doc/HACKING
doc_kdump_gdb_TEXINFOS = doc/commands.texi
