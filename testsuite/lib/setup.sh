# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by ./demo and ./check: packages and builds.  Sourced by bash.

# What it takes to build, and to make and read dumps; Debian's names.
KD_BUILD_PACKAGES="gcc make autoconf automake libtool pkg-config gdb
  python3-dev libelf-dev libdw-dev libcapstone-dev libzstd-dev zlib1g-dev
  libdeflate-dev liblzo2-dev libsnappy-dev libkdumpfile-dev liblzma-dev texinfo
  libc6-dev"
KD_VM_PACKAGES="qemu-system-x86 busybox-static kexec-tools makedumpfile cpio zstd
  xz-utils binutils kmod"
KD_LINT_PACKAGES="clang-format clang-tidy git"
KD_TEST_PACKAGES="dejagnu libdebuginfod1"

kd_say () { printf '%s\n' "$*" >&2; }

kd_die () {
  kd_say "$(basename "$0"): $*"
  exit 1
}

# Install those of the packages that are missing, saying so.
kd_need_packages () {
  local missing="" p sudo=""
  for p in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null |
      grep -qx installed || missing="$missing $p"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      kd_die "these packages are missing, and only root can install them:$missing"
    sudo="sudo"
  fi
  command -v apt-get >/dev/null ||
    kd_die "this script installs packages with apt-get; please install:$missing"
  kd_say "installing packages:$missing"
  local log
  log=$(mktemp)
  # An old package list names versions that mirrors no longer have.
  if ! { $sudo apt-get -q update &&
         $sudo env DEBIAN_FRONTEND=noninteractive \
           apt-get -qy --no-install-recommends install $missing; } \
       >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    kd_die "installing packages failed; the whole log is $log"
  fi
  rm -f "$log"
}

# kd_build DIR [CONFIGURE-OPTION...]: configure and make in DIR, quietly.
kd_build () {
  local dir=$1 log="$1/build.log" jobs
  shift
  mkdir -p "$dir"
  jobs=$(nproc 2>/dev/null || echo 2)
  (
    set -e
    [ -x "$KD_TOP/configure" ] &&
      [ "$KD_TOP/configure" -nt "$KD_TOP/configure.ac" ] || "$KD_TOP/bootstrap"
    cd "$dir"
    [ -f Makefile ] && [ "$(cat .options 2>/dev/null)" = "$*" ] &&
      [ config.status -nt "$KD_TOP/configure" ] || {
        "$KD_TOP/configure" "$@"
        printf '%s' "$*" >.options
      }
    make -j"$jobs"
  ) >"$log" 2>&1 </dev/null && return 0
  tail -n 30 "$log" >&2
  kd_say "building in $dir failed; the whole log is $log"
  return 1
}
