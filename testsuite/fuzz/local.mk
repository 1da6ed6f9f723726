include testsuite/fuzz/orc.mk
include testsuite/fuzz/rsp.mk
