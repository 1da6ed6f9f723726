#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Get the GDB scripts (lx-*) of the very kernel that fetch-kernel.sh got.
#
# usage: fetch-lx.sh KERNEL_DIR
# Prints the directory in the cache that holds vmlinux-gdb.py, for GDB's
# `source', and scripts/gdb/linux/. The scripts are as Debian's linux-source
# has them; constants.py is made of that kernel's headers, as when it is built.
set -eu
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

kernel=${1:?usage: fetch-lx.sh KERNEL_DIR}
vm_need apt-get apt dpkg-deb dpkg tar tar xz xz-utils make make gcc gcc flock util-linux
release=$(vm_meta_get "$kernel/meta" release)
version=$(vm_meta_get "$kernel/meta" version)
flavour=$(vm_meta_get "$kernel/meta" flavour)
headers=$kernel/headers/usr/src/linux-headers-$release
package=linux-source-$(echo "$release" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/')

scripts=$vm_cache/lx
out=$scripts/${release}_$version
mkdir -p "$scripts"
vm_lock 6 "lx-$release"
if [ -r "$out/vmlinux-gdb.py" ]; then
    echo "$out"
    exit 0
fi
vm_sweep "$scripts"
tmp=$scripts/.tmp.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$tmp/debs" "$tmp/out/scripts"

# The apt state that the kernel itself came by.
vm_apt=$vm_cache/apt/$flavour
[ -r "$vm_apt/apt.conf" ] || vm_die "$flavour was not got by fetch-kernel.sh"
if ! vm_apt_fetch "$tmp/debs" "$package=$version"; then
    vm_apt_get update >"$tmp/update.log" 2>&1 \
        && vm_apt_fetch "$tmp/debs" "$package=$version" \
        || vm_die "cannot get $package $version"
fi

vm_say "unpacking the scripts of $release"
tarball=./usr/src/$package.tar.xz
dpkg-deb --fsys-tarfile "$tmp/debs/$package"_*.deb | tar -xO "$tarball" | xz -dc \
    | tar -x -C "$tmp" --wildcards '*/scripts/gdb/*' || vm_die "cannot unpack $package"
mv "$tmp"/*/scripts/gdb "$tmp/out/scripts/gdb"
mv "$tmp/out/scripts/gdb/vmlinux-gdb.py" "$tmp/out/"

# As the scripts' own Makefile does it, which cannot be used outside of the
# kernel's tree with all kernels.
vm_say "making constants.py"
mkdir "$tmp/m"
linux=$tmp/out/scripts/gdb/linux
cp "$linux/constants.py.in" "$tmp/m/constants.c"
echo 'obj-m := constants.o' >"$tmp/m/Kbuild"
VM_CC_DROP=
export VM_CC_DROP
make -C "$headers" M="$tmp/m" CC="$vm_dir/cc-drop.sh" HOSTCC=gcc constants.i >"$tmp/build.log" 2>&1 \
    || { tail -n 30 "$tmp/build.log" >&2; vm_die "cannot make constants.py for $release"; }
sed '1,/<!-- end-c-headers -->/d; /^# [0-9]/d' "$tmp/m/constants.i" >"$linux/constants.py"
grep -q '^LX_' "$linux/constants.py" || vm_die "constants.py for $release is empty"
rm -rf "$out"
mv "$tmp/out" "$out"
echo "$out"
