# SPDX-License-Identifier: GPL-3.0-or-later
EXTRA_DIST += check demo \
	testsuite/lib/kdump.exp \
	testsuite/lib/lockup.expect \
	testsuite/lib/setup.sh \
	testsuite/lib/stages.sh \
	testsuite/kdump.cli \
	testsuite/kdump.mi
