EXTRA_DIST += \
	testsuite/lib/setup.sh
