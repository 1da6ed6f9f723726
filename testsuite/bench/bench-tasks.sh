#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What ten thousand tasks cost, in one run.
# Usage: bench-tasks.sh BUILD [DUMP-DIRECTORY]   (of testsuite/vm)
set -u
build=$(cd "$1" && pwd) gdb=${GDB:-gdb} runs=${RUNS:-5} count=${COUNT:-10000}
dir=${2:-$("$(dirname "$0")/../vm/make-dump.sh" --kernel 6.1 --scenario seed --forms all)}
dir=$(cd "$dir" && pwd) || exit 1
server=$build/kdump-target/kdump-target plugin=$build/plugin/kdump-gdb.gdb
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export DEBUGINFOD_URLS=
many=$work/vmcore
"$build/testsuite/bench/mktasks" "$dir/vmlinux" "$dir/vmcore.elf" "$many" "$count" || exit 1

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

attach () { # OPTION DUMP
  echo "'$gdb' -nx -batch -x '$plugin' '$dir/vmlinux' -ex 'target kdump $1 $2'"
}

echo "# $count tasks more, $(basename "$dir")"
pair "'$server' --vmlinux '$dir/vmlinux' '$many' -x ps" \
     "'$server' --vmlinux '$dir/vmlinux' '$many' -x cpus"
say "ps / opening the dump" "-"
pair "$(attach "" "$many")" "$(attach "" "$dir/vmcore.elf")"
say "target kdump, many tasks / few" 1.05
pair "$(attach --tasks "$many")" "$(attach "" "$dir/vmcore.elf")"
say "target kdump --tasks, many tasks / target kdump, few" "-"
