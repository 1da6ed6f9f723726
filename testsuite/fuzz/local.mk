include testsuite/fuzz/orc.mk
