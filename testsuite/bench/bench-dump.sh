#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Speed of dump/ alone: bench-dump.sh BUILD [VMCORE.elf]
# Makes dumps of SIZE bytes (1 GiB) from the pages of a real ELF vmcore, by
# default that of testsuite/vm/make-dump.sh.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
real=${2:-$("$top/testsuite/vm/make-dump.sh")/vmcore.elf}
size=${SIZE:-1073741824}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kd-bench-XXXXXX")
trap 'rm -rf "$tmp"' EXIT
mkdump=$build/testsuite/fixtures/mkdump

good=0
for codec in zlib lzo snappy zstd; do
  "$mkdump" --convert "$real" --min-size "$size" --codec "$codec" "$tmp/dump"
  "$build/testsuite/bench/bench-pages" "$tmp/dump" || good=1
done
# The last one is zstd.
"$build/testsuite/bench/bench-search" "$tmp/dump" || good=1

# 1 TiB of RAM, of which the first and last pages are in the dump.
cat >"$tmp/huge.dump" <<'END'
format kdump
codec zstd
ram 0 4096 pattern 1
ram 4096 268427264 excluded
ram 268431360 4096 pattern 2
END
"$mkdump" "$tmp/huge.dump" "$tmp/huge"
"$build/testsuite/bench/bench-open" "$tmp/dump" "$tmp/huge" || good=1
exit $good
