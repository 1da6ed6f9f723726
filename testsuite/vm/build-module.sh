#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Build hang.ko for a kernel got by fetch-kernel.sh, with this machine's gcc.
#
# usage: build-module.sh KERNEL_DIR
# Prints the directory in the cache that holds hang.ko (with debug info) and
# build.log. Nothing but the headers in KERNEL_DIR is used.
set -eu
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

kernel=${1:?usage: build-module.sh KERNEL_DIR}
vm_need make make gcc gcc flock util-linux readelf binutils
release=$(vm_meta_get "$kernel/meta" release)
build_id=$(vm_meta_get "$kernel/meta" build_id)
headers=$kernel/headers/usr/src/linux-headers-$release

hash=$(cd "$vm_dir" && cat build-module.sh module/* | sha256sum | cut -c1-12)
modules=$vm_cache/modules
out=$modules/$(echo "$build_id" | cut -c1-12)-$hash
mkdir -p "$modules"
vm_lock 7 "module-${out##*/}"
if [ -r "$out/hang.ko" ]; then
    echo "$out"
    exit 0
fi
vm_sweep "$modules"
tmp=$modules/.tmp.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$tmp"
cp "$vm_dir"/module/* "$tmp/"

# The suite's own build tools may be for a newer C library than this
# machine's; fetch-kernel.sh then left that library beside them.
vm_say "building hang.ko for $release"
if ! make -C "$headers" M="$tmp" KCFLAGS="-fdebug-prefix-map=$tmp=$out" modules >"$tmp/build.log" 2>&1; then
    tail -n 30 "$tmp/build.log" >&2
    cp "$tmp/build.log" "$vm_cache/failed-module-$release.log"
    vm_die "cannot build hang.ko for $release; log: $vm_cache/failed-module-$release.log"
fi
mkdir "$tmp/out"
cp "$tmp/hang.ko" "$tmp/build.log" "$tmp/out/"
# Where the debug info says they are, so that GDB shows their lines.
cp "$vm_dir"/module/*.[ch] "$tmp/out/"
rm -rf "$out"
mv "$tmp/out" "$out"
echo "$out"
