# SPDX-License-Identifier: GPL-3.0-or-later
include testsuite/unit/local.mk
include testsuite/fixtures/local.mk
include testsuite/fuzz/local.mk
include testsuite/bench/local.mk
include testsuite/vm/local.mk
include testsuite/lib/local.mk
