kdump_target_libkdump_a_SOURCES +=
