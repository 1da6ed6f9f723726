include testsuite/fuzz/orc.mk
include testsuite/fuzz/rsp.mk
include testsuite/fuzz/kernel.mk
include testsuite/fuzz/dump.mk
