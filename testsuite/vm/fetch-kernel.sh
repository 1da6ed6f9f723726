#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Get a Debian kernel (image, vmlinux with debug info, headers) into the cache.
#
# usage: fetch-kernel.sh FLAVOUR
#   FLAVOUR  release (of the running Debian), 5.10, 6.1, 6.12, 7.x, rt
# Prints the directory, which then holds:
#   vmlinux        with debug info          vmlinuz   bootable
#   modules/       a few stripped .ko       debug/    the same with debug info
#   headers/       usr/src, usr/lib/linux-kbuild-*, to build modules against
#   meta           release=, version=, build_id=, flavour=
# Nothing is installed on the machine. KDUMP_GDB_DEBS may name a directory
# with .deb files to use instead of downloading; KDUMP_GDB_REFRESH=1 asks the
# mirror again although the last answer is less than a week old.
set -eu
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

# Modules the guests load, in this order; what a kernel has built in is simply
# not there.
modules='virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci
virtio_blk qemu_fw_cfg loop fuse'

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
flavour=${1:-}
kind=cloud-amd64
case $flavour in
    release) match='[0-9]' suites="$codename $codename-updates $codename-security" ;;
    5.10) match='5\.10\.' suites='bullseye bullseye-security' ;;
    6.1) match='6\.1\.' suites='bookworm bookworm-updates bookworm-security' ;;
    6.12)
        match='6\.12\.' suites='trixie trixie-security'
        [ "$codename" != bookworm ] || suites=bookworm-backports
        ;;
    7.x) match='[0-9]' suites=sid ;;
    rt)
        match='6\.1\.' suites='bookworm bookworm-updates bookworm-security'
        kind=rt-amd64
        ;;
    *) vm_die "usage: fetch-kernel.sh release|5.10|6.1|6.12|7.x|rt" ;;
esac
vm_need apt-get apt dpkg-deb dpkg tar tar flock util-linux readelf binutils

kernels=$vm_cache/kernels
mkdir -p "$kernels"
vm_lock 8 "kernel-$flavour"
current=$kernels/current-$flavour
known=
[ ! -r "$current" ] || known=$(cat "$current")
if [ -n "$known" ] && [ -r "$kernels/$known/meta" ] && [ -z "${KDUMP_GDB_REFRESH:-}" ] \
    && [ -n "$(find "$current" -mtime -7)" ]; then
    echo "$kernels/$known"
    exit 0
fi
vm_sweep "$kernels"
tmp=$kernels/.tmp.$flavour.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$tmp/debs" "$tmp/k"

# shellcheck disable=SC2086
vm_apt_setup "$flavour" $suites
vm_say "asking the mirror for $flavour kernels ($suites)"
if ! vm_apt_get update >"$tmp/update.log" 2>&1; then
    if [ -n "$known" ] && [ -r "$kernels/$known/meta" ]; then
        vm_say "mirror not reachable: using $known, already here"
        echo "$kernels/$known"
        exit 0
    fi
    cat "$tmp/update.log" >&2
    vm_die "cannot read the package lists of $suites"
fi

# Newest first. A mirror may list a package that it no longer has, most often
# the big one with debug info: then the next older.
find_release()
{
    for dbg in $(vm_apt_cache pkgnames linux-image- \
        | grep -E "^linux-image-${match}[^ ]*-$kind-dbg\$" | grep -E '^linux-image-[0-9]+\.[0-9]+[.0-9]*[0-9+-]' \
        | sort -Vr); do
        release=${dbg#linux-image-}
        release=${release%-dbg}
        version=$(vm_apt_cache show "$dbg" | sed -n 's/^Version: //p' | sort -Vr | head -n 1)
        name=${release}_$version
        [ ! -r "$kernels/$name/meta" ] || return 0
        if vm_apt_fetch "$tmp/debs" "$dbg=$version"; then
            return 0
        fi
        vm_say "$dbg $version is listed but not to be had"
    done
    vm_die "no kernel with debug info found for $flavour in $suites"
}

all_depends()
{
    vm_apt_cache show "$1" | sed -n 's/^Depends: //p' | head -n 1 \
        | tr ',' '\n' | sed 's/^ *//; s/[ :(].*//'
}

depends_of()
{
    all_depends "$1=$version" | grep "$2" | head -n 1
}

# kbuild of an old release may be at another revision.
fetch_rest()
{
    headers=linux-headers-$release
    common=$(depends_of "$headers" '^linux-headers-.*-common')
    kbuild=$(depends_of "$headers" '^linux-kbuild-')
    image=linux-image-$release
    [ -n "$(vm_apt_cache show "$image=$version" 2>/dev/null)" ] || image=$image-unsigned
    # Newer packaging has the kernel and its modules in packages of their own.
    parts=$(all_depends "$image=$version" | grep '^linux-binary-\|^linux-modules-' || :)
    # shellcheck disable=SC2086
    vm_apt_fetch "$tmp/debs" "$image=$version" "$headers=$version" "$common=$version" $parts \
        || vm_die "cannot get $image, $headers, $common $parts: $(tail -n 1 "$tmp/debs/apt.log")"
    vm_apt_fetch "$tmp/debs" "$kbuild=$version" || vm_apt_fetch "$tmp/debs" "$kbuild" \
        || vm_die "cannot get $kbuild: $(tail -n 1 "$tmp/debs/apt.log")"
}

# unpack DEB DIR PATTERN...
unpack()
{
    deb=$1 into=$2
    shift 2
    mkdir -p "$into"
    dpkg-deb --fsys-tarfile "$deb" \
        | tar -x -C "$into" --no-same-owner --no-same-permissions --wildcards "$@" 2>"$tmp/tar-${into##*/}.log" \
        || grep -q 'Not found in archive' "$tmp/tar-${into##*/}.log" || vm_die "cannot unpack $deb"
}

unpack_all()
{
    vm_say "unpacking $release"
    patterns=
    for m in $modules; do
        patterns="$patterns */kernel/*/$m.ko */kernel/*/$m.ko.xz"
    done
    dbg_deb=$(echo "$tmp"/debs/linux-image-"$release"-dbg_*.deb)
    image_debs=$(find "$tmp/debs" -name 'linux-image-*' ! -name '*-dbg_*' -o -name 'linux-binary-*' \
        -o -name 'linux-modules-*')
    # The patterns are tar's, not the shell's.
    set -f
    # shellcheck disable=SC2086
    unpack "$dbg_deb" "$tmp/dbg" "*/vmlinux-$release" "*/$release/vmlinux" $patterns &
    dbg_job=$!
    for d in $image_debs; do
        # shellcheck disable=SC2086
        unpack "$d" "$tmp/image" "*/vmlinuz-$release" "*/$release/vmlinuz" $patterns
    done
    set +f
    for d in "$tmp"/debs/linux-headers-*.deb "$tmp"/debs/linux-kbuild-*.deb; do
        unpack "$d" "$tmp/k/headers" './*'
    done
    wait $dbg_job || vm_die "cannot unpack the debug info of $release"
}

# Build tools of a newer suite need its C library: that goes beside them, and
# its loader runs them.
adapt_tools()
{
    find "$tmp/k/headers/usr/lib" -type f -perm -u+x | while read -r tool; do
        ! ldd "$tool" 2>&1 | grep -q 'not found' || echo "$tool"
    done >"$tmp/tools"
    grep -q '/modpost\|/objtool\|/fixdep' "$tmp/tools" || return 0
    vm_say "getting the C library that the build tools of $release need"
    libs="$(all_depends "$kbuild" | grep '^lib\|^zlib' | grep -v '^libssl') libzstd1"
    # shellcheck disable=SC2086
    vm_apt_fetch "$tmp/debs" $libs || vm_die "cannot get" $libs
    for p in $libs; do
        unpack "$(echo "$tmp/debs/${p}"_*.deb)" "$tmp/k/sysroot" '*.so*'
    done
    loader=$(cd "$tmp/k" && find sysroot -name ld-linux-x86-64.so.2 | grep 'x86_64-linux-gnu' | head -n 1)
    while read -r tool; do
        mv "$tool" "$tool.elf"
        cat >"$tool" <<END
#!/bin/sh
exec "$kernels/$name/$loader" --library-path "$kernels/$name/${loader%/*}" \\
    "$kernels/$name${tool#"$tmp/k"}.elf" "\$@"
END
        chmod 700 "$tool"
    done <"$tmp/tools"
}

arrange()
{
    # Links to them lie beside, in either layout.
    mv "$(find "$tmp/dbg" -name 'vmlinux*' -type f | head -n 1)" "$tmp/k/vmlinux"
    mv "$(find "$tmp/image" -name 'vmlinuz*' -type f | head -n 1)" "$tmp/k/vmlinuz"
    build_id=$(vm_build_id "$tmp/k/vmlinux")
    [ -n "$build_id" ] || vm_die "vmlinux of $release has no build-id"
    mkdir -p "$tmp/k/modules" "$tmp/k/debug"
    find "$tmp/image" -name '*.ko*' -type f -exec mv {} "$tmp/k/modules/" \;
    find "$tmp/dbg" -name '*.ko*' -type f -exec mv {} "$tmp/k/debug/" \;
    find "$tmp/k/modules" "$tmp/k/debug" -name '*.xz' -exec xz -d {} +
    echo "$modules" >"$tmp/k/modules/order"
    adapt_tools
    # The flavour's Makefile knows the common one by its installed path.
    sed -i "s|^include /usr/src/|include $kernels/$name/headers/usr/src/|
        s|^KBUILD_OUTPUT=/usr/src/|KBUILD_OUTPUT=$kernels/$name/headers/usr/src/|" \
        "$tmp/k/headers/usr/src/linux-headers-$release/Makefile"
    {
        echo "flavour=$flavour"
        echo "release=$release"
        echo "version=$version"
        echo "build_id=$build_id"
    } >"$tmp/k/meta"
}

find_release
if [ ! -r "$kernels/$name/meta" ]; then
    fetch_rest
    unpack_all
    arrange
    rm -rf "${kernels:?}/$name"
    mv "$tmp/k" "$kernels/$name"
fi
echo "$name" >"$tmp/current"
mv "$tmp/current" "$current"
vm_say "kernel $name ready"
echo "$kernels/$name"
