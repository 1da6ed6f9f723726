#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Build hang.ko for a kernel got by fetch-kernel.sh, with this machine's gcc.
#
# usage: build-module.sh KERNEL_DIR
# Prints the directory in the cache that holds hang.ko and hangmod000.ko (with
# debug info) and build.log. Nothing but the headers in KERNEL_DIR is used.
set -eu
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

kernel=${1:?usage: build-module.sh KERNEL_DIR}
vm_need make make gcc gcc flock util-linux readelf binutils
release=$(vm_meta_get "$kernel/meta" release)
build_id=$(vm_meta_get "$kernel/meta" build_id)
headers=$kernel/headers/usr/src/linux-headers-$release

hash=$(cd "$vm_dir" && cat build-module.sh cc-drop.sh module/* | sha256sum | cut -c1-12)
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

# The compiler's name and options are wired into the headers; any gcc does for
# a module, less the options that it does not know. BTF would need the suite's
# pahole; the kernel's own modules have it.
vm_say "building hang.ko for $release"
last_drop=
VM_CC_DROP=
export VM_CC_DROP
while ! make -C "$headers" M="$tmp" CC="$vm_dir/cc-drop.sh" HOSTCC=gcc \
    CONFIG_DEBUG_INFO_BTF_MODULES= \
    KCFLAGS="-fdebug-prefix-map=$tmp=$out" modules >"$tmp/build.log" 2>&1; do
    drop=$(sed -n "s/.*unrecognized command-line option [^-]*\(-[A-Za-z0-9_=+-]*\).*/\1/p" \
        "$tmp/build.log" | sort -u | tr '\n' ' ')
    case $drop in
        "" | "$last_drop")
            tail -n 30 "$tmp/build.log" >&2
            mkdir -p "$vm_cache/failed"
            cp "$tmp/build.log" "$vm_cache/failed/module-$release.log"
            vm_die "cannot build hang.ko for $release; log: $vm_cache/failed/module-$release.log"
            ;;
    esac
    last_drop=$drop
    VM_CC_DROP="$VM_CC_DROP $drop"
done
mkdir "$tmp/out"
cp "$tmp/hang.ko" "$tmp/hangmod000.ko" "$tmp/build.log" "$tmp/out/"
# Where the debug info says they are, so that GDB shows their lines.
cp "$vm_dir"/module/*.[ch] "$tmp/out/"
rm -rf "$out"
mv "$tmp/out" "$out"
echo "$out"
