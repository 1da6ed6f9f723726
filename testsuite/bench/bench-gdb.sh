#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How much a dump costs in GDB: ratios against GDB alone, in one run.
# Usage: bench-gdb.sh BUILD [DUMP-DIRECTORY]   (of testsuite/vm)
set -u
build=$(cd "$1" && pwd) gdb=${GDB:-gdb} runs=${RUNS:-5}
dir=${2:-$("$(dirname "$0")/../vm/make-dump.sh" --kernel 6.1 --scenario seed --forms all)}
dir=$(cd "$dir" && pwd) || exit 1
plugin=$build/plugin/kdump-gdb.gdb
export DEBUGINFOD_URLS=

# Median wall time in milliseconds of two commands run in turn, A B A B...
pair () { # A B
  local i a=() b=() t
  eval "$1" >/dev/null 2>&1
  eval "$2" >/dev/null 2>&1
  for ((i = 0; i < runs; i++)); do
    t=$(date +%s%N); eval "$1" >/dev/null 2>&1; a+=($((($(date +%s%N) - t) / 1000)))
    t=$(date +%s%N); eval "$2" >/dev/null 2>&1; b+=($((($(date +%s%N) - t) / 1000)))
  done
  A=$(printf '%s\n' "${a[@]}" | sort -n | sed -n "$((runs / 2 + 1))p")
  B=$(printf '%s\n' "${b[@]}" | sort -n | sed -n "$((runs / 2 + 1))p")
}

# say NAME BUDGET: the ratio of the last pair.
say () {
  awk -v a="$A" -v b="$B" -v name="$1" -v budget="$2" 'BEGIN {
    printf "%-58s %8.1f ms / %8.1f ms = %5.2f  (budget %s)\n",
      name, a / 1000, b / 1000, a / b, budget }'
}

echo "# $("$gdb" --version | head -n 1), $(basename "$dir")"
pair "'$gdb' -nx -batch -x '$plugin' '$dir/vmlinux' -ex 'target kdump $dir/vmcore.elf' -ex 'thread apply all bt'" \
     "'$gdb' -nx -batch '$dir/vmlinux' -ex 'info line panic'"
say "target kdump, thread apply all bt / info line panic" 1.30

pair "'$gdb' -nx -batch -x '$plugin'" "'$gdb' -nx -batch"
say "GDB starts with the plugin / without" 1.10

# Reads of 8 bytes over a warm set, inside one GDB, with and without cache.
cat >"${TMPDIR:-/tmp}/kd-bench-$$.py" <<'END'
import gdb, struct, time
inf = gdb.selected_inferior()
base = int(gdb.parse_and_eval("(unsigned long)&linux_banner")) & ~0xfff
def loop(n):
    for i in range(512): inf.read_memory(base + 8 * i, 8)
    t = time.perf_counter()
    for i in range(n): inf.read_memory(base + 8 * (i & 511), 8)
    return (time.perf_counter() - t) / n * 1e6
cached = loop(100000)
gdb.execute("set stack-cache off"); gdb.execute("set code-cache off")
gdb.execute("mem auto"); gdb.execute("delete mem", False, True)
plain = loop(3000)
print("read %.3f %.3f" % (cached, plain))
END
out=$("$gdb" -nx -batch -x "$plugin" "$dir/vmlinux" -ex "target kdump $dir/vmcore.elf" \
        -x "${TMPDIR:-/tmp}/kd-bench-$$.py" 2>&1 | sed -n 's/^read //p')
rm -f "${TMPDIR:-/tmp}/kd-bench-$$.py"
set -- $out
awk -v a="${1-0}" -v b="${2-0}" 'BEGIN {
  if (a == 0) { print "8-byte reads: no figures"; exit 1 }
  printf "%-58s %8.2f us / %8.2f us = 1/%.0f  (budget 1 us or 1/60)\n",
    "8-byte read from Python, cached / not", a, b, b / a }'
