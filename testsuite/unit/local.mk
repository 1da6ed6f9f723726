include testsuite/unit/unwind.mk
