#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a command costs, from process start to end, against drgn's start and
# first symbol on the same dump.
# Usage: bench-commands.sh BUILD [DUMP-DIRECTORY]   (of testsuite/vm)
set -u
build=$(cd "$1" && pwd) drgn=${DRGN:-drgn} runs=${RUNS:-7}
dir=${2:-$("$(dirname "$0")/../vm/make-dump.sh" --kernel 6.1 --scenario seed --forms all)}
dir=$(cd "$dir" && pwd) || exit 1
target=$build/kdump-target/kdump-target
export DEBUGINFOD_URLS=
if ! command -v "$drgn" >/dev/null; then
  echo "# no drgn here (DRGN=): commands are not compared"
  exit 0
fi
script=$(mktemp --suffix=.py)
trap 'rm -f "$script"' EXIT
echo 'print(prog.symbol("init_task").address)' >"$script"

# Median wall time of a command in microseconds.
median () {
  local i t all=()
  "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2; return 1; }
  for ((i = 0; i < runs; i++)); do
    t=$(date +%s%N)
    "$@" >/dev/null 2>&1
    all+=($((($(date +%s%N) - t) / 1000)))
  done
  printf '%s\n' "${all[@]}" | sort -n | sed -n "$((runs / 2 + 1))p"
}

echo "# $("$drgn" --version 2>&1 | head -n 1), $(basename "$dir")"
peer=$(median "$drgn" -c "$dir/vmcore.elf" -s "$dir/vmlinux" "$script") || exit 1
for command in log sys irq timer; do
  ours=$(median "$target" --vmlinux "$dir/vmlinux" "$dir/vmcore.elf" -x "$command") || exit 1
  awk -v a="$ours" -v b="$peer" -v name="-x $command / drgn to the first symbol" 'BEGIN {
    printf "%-58s %8.1f ms / %8.1f ms = 1/%.0f  (budget 1/8)\n",
      name, a / 1000, b / 1000, b / a }'
done
