#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What stacks cost, from process start to end, against drgn and crash printing
# the same ones.
# Usage: bench-bt.sh BUILD [DUMP-DIRECTORY]   (of testsuite/vm)
set -u
build=$(cd "$1" && pwd) drgn=${DRGN:-drgn} crash=${CRASH:-crash} runs=${RUNS:-5}
dir=${2:-$("$(dirname "$0")/../vm/make-dump.sh" --kernel 6.1 --scenario seed --forms all)}
dir=$(cd "$dir" && pwd) || exit 1
target=$build/kdump-target/kdump-target
export DEBUGINFOD_URLS=
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cat >"$work/cpus.py" <<'END'
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.percpu import per_cpu
for cpu in for_each_online_cpu(prog):
    print(prog.stack_trace(per_cpu(prog['runqueues'], cpu).curr))
END
cat >"$work/tasks.py" <<'END'
from collections import Counter
from drgn.helpers.linux.pid import for_each_task
stacks = Counter()
for task in for_each_task(prog):
    try:
        stacks[str(prog.stack_trace(task))] += 1
    except ValueError:
        pass
for stack, n in stacks.items():
    print(n, stack)
END

# Median wall time of a command, in microseconds; its output must not be empty.
median () {
  local i t all=()
  for ((i = -1; i < runs; i++)); do
    t=$(date +%s%N)
    "$@" >"$work/out" 2>/dev/null </dev/null
    [ "$i" -lt 0 ] || all+=($((($(date +%s%N) - t) / 1000)))
    [ -s "$work/out" ] || { echo "# not compared, this printed nothing: $*"; return 1; } >&2
  done
  printf '%s\n' "${all[@]}" | sort -n | sed -n "$((runs / 2 + 1))p"
}

# say NAME OURS PEER BUDGET
say () {
  awk -v a="$2" -v b="$3" -v name="$1" -v budget="$4" 'BEGIN {
    printf "%-50s %8.1f ms / %9.1f ms = 1/%.1f  (budget %s)\n",
      name, a / 1000, b / 1000, b / a, budget }'
}

ours () { "$target" --vmlinux "$dir/vmlinux" "$1" -x "$2"; }
drgn_runs () { "$drgn" -q -c "$1" -s "$dir/vmlinux" "$work/$2.py"; }
crash_runs () { # DUMP COMMAND
  printf '%s\nexit\n' "$2" >"$work/in"
  "$crash" -s -i "$work/in" "$dir/vmlinux" "$1"
}

echo "# $(basename "$dir")"
cpus=$(median ours "$dir/vmcore.elf" 'bt -a') || exit 1
if command -v "$drgn" >/dev/null; then
  peer=$(median drgn_runs "$dir/vmcore.elf" cpus) && say "bt -a / drgn" "$cpus" "$peer" 1/3
fi
if command -v "$crash" >/dev/null; then
  peer=$(runs=1 median crash_runs "$dir/vmcore.elf" 'bt -a') && say "bt -a / crash" "$cpus" "$peer" 1/30
fi
"$target" --vmlinux "$dir/vmlinux" "$dir/vmcore.elf" -x 'bt -a' >/dev/null 2>&1 &&
  /usr/bin/env python3 - "$target" --vmlinux "$dir/vmlinux" "$dir/vmcore.elf" -x 'bt -a' <<'END'
# Anonymous memory alone: what is mapped of files is the page cache's.
import os, subprocess, sys, time
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
most = 0
while p.poll() is None:
    try:
        for line in open(f"/proc/{p.pid}/status"):
            if line.startswith("RssAnon:"):
                most = max(most, int(line.split()[1]))
    except OSError:
        break
    time.sleep(0.0005)
print(f"{'bt -a: memory beyond mapped files':50} {most / 1024:8.1f} MiB  (budget 120)")
END

many=$work/vmcore
"$build/testsuite/bench/mktasks" "$dir/vmlinux" "$dir/vmcore.elf" "$many" "${COUNT:-10000}" || exit 1
all=$(median ours "$many" 'bt -A') || exit 1
if command -v "$drgn" >/dev/null; then
  peer=$(runs=1 median drgn_runs "$many" tasks) && say "bt -A, ${COUNT:-10000} tasks / drgn" "$all" "$peer" 1/60
fi
if command -v "$crash" >/dev/null; then
  start=$(runs=1 median crash_runs "$many" 'sys')
  peer=$(runs=1 median crash_runs "$many" 'foreach bt') &&
    say "bt -A, ${COUNT:-10000} tasks / crash's foreach bt alone" "$all" "$((peer - start))" 1/8
fi
