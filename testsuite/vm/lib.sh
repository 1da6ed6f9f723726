# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts of testsuite/vm share: cache, locks, progress, private apt.
# Sourced by POSIX sh; the including script sets vm_dir to this directory.

umask 077
export LC_ALL=C

vm_cache=${KDUMP_GDB_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/kdump-gdb}
case $vm_cache in
    /*) ;;
    *) vm_cache=$PWD/$vm_cache ;;
esac
vm_start=$(date +%s)

# Standard error only: standard output is for the answer.
vm_say()
{
    printf 'vm: [%3ds] %s\n' $(($(date +%s) - vm_start)) "$*" >&2
}

vm_die()
{
    printf 'vm: error: %s\n' "$*" >&2
    exit 1
}

# vm_need COMMAND PACKAGE ...: all commands present, or one line saying what
# to install.
vm_need()
{
    vm_missing=
    while [ $# -gt 0 ]; do
        command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] \
            || [ -x "/sbin/$1" ] || vm_missing="$vm_missing $2"
        shift 2
    done
    [ -z "$vm_missing" ] || vm_die "missing tools; run: apt-get install$vm_missing"
}

# A lock lasts while the given descriptor is open; children that outlive the
# script must be started with it closed.
vm_lock()
{
    mkdir -p "$vm_cache/lock"
    eval "exec $1>\"\$vm_cache/lock/\$2\""
    if ! flock -w 3 "$1"; then
        vm_say "waiting for another run that is making $2"
        flock "$1"
    fi
}

vm_unlock()
{
    eval "exec $1>&-"
}

# Temporary directories carry the maker's process id, so that leavings of a
# killed run are recognised and removed by the next.
vm_sweep()
{
    for vm_t in "$1"/.tmp.*; do
        [ -e "$vm_t" ] || continue
        vm_pid=${vm_t##*.}
        kill -0 "$vm_pid" 2>/dev/null || rm -rf "$vm_t"
    done
}

vm_build_id()
{
    readelf -n "$1" 2>/dev/null | sed -n 's/.*Build ID: *\([0-9a-f]*\).*/\1/p' | head -n 1
}

# One line per key in a meta file; later lines win.
vm_meta_get()
{
    sed -n "s/^$2=//p" "$1" | tail -n 1
}

# The mirror in the machine's own apt configuration: vm_mirror and
# vm_mirror_security (may be empty).
vm_find_mirror()
{
    vm_targets=$(apt-get indextargets \
        --format '$(CREATED_BY)|$(LABEL)|$(REPO_URI)' 2>/dev/null | grep '^Packages|' || :)
    vm_mirror=$(printf '%s\n' "$vm_targets" | sed -n 's/^Packages|Debian|//p' | head -n 1)
    vm_mirror_security=$(printf '%s\n' "$vm_targets" \
        | sed -n 's/^Packages|Debian-Security|//p' | head -n 1)
    # Without downloaded lists there are no labels: go by the address.
    [ -n "$vm_mirror" ] || vm_mirror=$(printf '%s\n' "$vm_targets" \
        | sed 's/.*|//' | grep '/debian/*$' | head -n 1)
    [ -n "$vm_mirror_security" ] || vm_mirror_security=$(printf '%s\n' "$vm_targets" \
        | sed 's/.*|//' | grep '/debian-security/*$' | head -n 1)
    [ -n "$vm_mirror" ] \
        || vm_die "no Debian mirror in this machine's apt configuration (apt-get indextargets)"
}

# vm_apt_setup NAME SUITE...: a private apt state, so that the machine's
# sources stay as they are. A suite named X-security is looked for at the
# security mirror.
vm_apt_setup()
{
    vm_apt=$vm_cache/apt/$1
    shift
    vm_find_mirror
    mkdir -p "$vm_apt/lists/partial" "$vm_apt/archives/partial"
    vm_key=/usr/share/keyrings/debian-archive-keyring.gpg
    vm_opt=
    [ ! -r $vm_key ] || vm_opt="[signed-by=$vm_key] "
    for vm_suite; do
        case $vm_suite in
            *-security)
                [ -z "$vm_mirror_security" ] \
                    || echo "deb $vm_opt$vm_mirror_security $vm_suite main" ;;
            *) echo "deb $vm_opt$vm_mirror $vm_suite main" ;;
        esac
    done >"$vm_apt/sources.list"
    # Old releases and frozen mirrors have lists past their date; the
    # signature is still checked.
    cat >"$vm_apt/apt.conf" <<END
Dir::Etc::SourceList "$vm_apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State::Lists "$vm_apt/lists";
Dir::State::status "/dev/null";
Dir::Cache "$vm_apt";
Dir::Cache::archives "archives";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
END
}

vm_apt_get()
{
    APT_CONFIG=$vm_apt/apt.conf apt-get -q "$@"
}

vm_apt_cache()
{
    APT_CONFIG=$vm_apt/apt.conf apt-cache "$@"
}

# vm_apt_fetch DIR PACKAGE[=VERSION]...: .debs into DIR, all or failure; copies
# with the right checksum in KDUMP_GDB_DEBS save the download.
vm_apt_fetch()
{
    vm_into=$1
    shift
    vm_apt_get download --print-uris "$@" >"$vm_into/uris" 2>"$vm_into/apt.log" || return 1
    vm_todo=
    while read -r _ vm_name vm_size vm_sum; do
        case $vm_name in
            *.deb) ;;
            *) continue ;;
        esac
        vm_have=${KDUMP_GDB_DEBS:-/nonexistent}/$vm_name
        if [ -r "$vm_have" ] \
            && [ "SHA256:$(sha256sum <"$vm_have" | cut -d' ' -f1)" = "$vm_sum" ]; then
            cp "$vm_have" "$vm_into/"
        else
            # _VERSION_ARCH.deb, a colon of the version as %3a
            vm_version=$(printf '%s' "${vm_name#*_}" | sed 's/_[^_]*$//; s/%3a/:/')
            vm_todo="$vm_todo ${vm_name%%_*}=$vm_version"
            vm_say "downloading $vm_name, $((vm_size / 1000000)) MB"
        fi
    done <"$vm_into/uris"
    # shellcheck disable=SC2086
    [ -z "$vm_todo" ] || (cd "$vm_into" && vm_apt_get download $vm_todo) >"$vm_into/apt.log" 2>&1
}
