#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Make a real kernel crash dump under QEMU, or find it in the cache.
#
# usage: make-dump.sh [OPTION]...
#   --kernel F        fetch-kernel.sh's flavour (6.1)
#   --scenario S      seed firstinsn softirq sysrq userspin pagefault (seed)
#   --cpu max|nohv    with the hypervisor bit, or without (max)
#   --la57 on|off     five-level paging or four (on)
#   --pti on|off      page-table isolation (off)
#   --kaslr on|off    (on)
#   --mem MIB         memory of the guest (512)
#   --smp N           CPUs of the guest, at least 4 (4)
#   --forms min|all   forms of the dump: see README (min)
#   --qemu-dump       from outside by dump-guest-memory while it hangs, no kexec
#   --vmcoreinfo      with --qemu-dump: give QEMU the guest's VMCOREINFO
#   --print-key       only print the directory that would be made
#   --list-default, --list-full   print option lines of the sets of dumps
#   --all default|full            make such a set; prints one directory a line
# Prints the directory in the cache with the files that README describes.
set -eu
vm_dir=$(cd "$(dirname "$0")" && pwd)
. "$vm_dir/lib.sh"

list_default()
{
    cat <<END
--kernel 6.1 --scenario seed --forms all
--kernel 6.1 --scenario seed --la57 off
--kernel 6.1 --scenario seed --cpu nohv
--kernel 6.1 --scenario seed --qemu-dump --vmcoreinfo
--kernel 6.1 --scenario seed --qemu-dump
--kernel 6.1 --scenario firstinsn
--kernel 6.1 --scenario softirq
--kernel 6.1 --scenario userspin --pti on
--kernel 6.1 --scenario pagefault
--kernel 6.1 --scenario sysrq
--kernel 5.10 --scenario seed
--kernel 6.12 --scenario seed
END
}

list_full()
{
    list_default
    cat <<END
--kernel 6.1 --scenario userspin --pti off --la57 off
--kernel 6.1 --scenario seed --kaslr off
--kernel 5.10 --scenario softirq
--kernel 5.10 --scenario firstinsn
--kernel 6.12 --scenario softirq
--kernel 6.12 --scenario firstinsn
--kernel 6.12 --scenario userspin
--kernel 7.x --scenario seed
--kernel rt --scenario seed
END
}

flavour=6.1 scenario=seed cpu=max la57=on pti=off kaslr=on mem=512 smp=4 forms=min
mode=kexec vmcoreinfo=off key_only=no

one_of()
{
    case " $3 " in
        *" $2 "*) ;;
        *) vm_die "$1: '$2' is none of: $3" ;;
    esac
}

parse()
{
    while [ $# -gt 0 ]; do
        case $1 in
            --qemu-dump | --vmcoreinfo | --print-key | --list-*) ;;
            --help) sed -n '3,25s/^# \{0,1\}//p' "$0" && exit 0 ;;
            --*) [ $# -ge 2 ] || vm_die "$1 needs a value" ;;
            *) vm_die "unknown argument '$1'" ;;
        esac
        case $1 in
            --list-default) list_default && exit 0 ;;
            --list-full) list_full && exit 0 ;;
            --qemu-dump) mode=qemu ;;
            --vmcoreinfo) vmcoreinfo=on ;;
            --print-key) key_only=yes ;;
            --kernel) flavour=$2 && shift ;;
            --scenario) scenario=$2 && shift ;;
            --cpu) cpu=$2 && shift ;;
            --la57) la57=$2 && shift ;;
            --pti) pti=$2 && shift ;;
            --kaslr) kaslr=$2 && shift ;;
            --mem) mem=$2 && shift ;;
            --smp) smp=$2 && shift ;;
            --forms) forms=$2 && shift ;;
            --all) all=$2 && shift ;;
            *) vm_die "unknown option '$1'; try --help" ;;
        esac
        shift
    done
    one_of --scenario "$scenario" "seed firstinsn softirq sysrq userspin pagefault"
    one_of --cpu "$cpu" "max nohv"
    one_of --la57 "$la57" "on off"
    one_of --pti "$pti" "on off"
    one_of --kaslr "$kaslr" "on off"
    one_of --forms "$forms" "min all"
}

# Two machines at a time on two cores: more, and the guests' watchdogs would
# see hangs that are none.
take_slot()
{
    slots=$(nproc)
    [ "$slots" -le 4 ] || slots=4
    mkdir -p "$vm_cache/lock"
    told=no
    while :; do
        i=0
        while [ $i -lt "$slots" ]; do
            exec 6>"$vm_cache/lock/qemu.$i"
            ! flock -n 6 || return 0
            i=$((i + 1))
        done
        [ $told = yes ] || vm_say "waiting: $slots machines run already"
        told=yes
        sleep 0.5
    done
}

add_program()
{
    prog=$(command -v "$1" || echo "/usr/sbin/$1")
    cp -L "$prog" "$2/bin/"
    for l in $(ldd "$prog" | grep -o '/[^ )]*'); do
        mkdir -p "$2$(dirname "$l")"
        cp -L "$l" "$2$l"
    done
}

pack()
{
    (cd "$1" && find . | cpio -o -H newc --quiet -R 0:0) | gzip -1 >"$2"
}

# The second kernel's initramfs is the base of the first's.
make_initramfs()
{
    root=$tmp/root
    mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/modules" "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/"
    cp "$vm_dir/guest/init" "$root/init"
    chmod 755 "$root/init"
    cp "$kernel"/modules/* "$root/modules/"
    gcc -O2 -static -o "$root/bin/vmcopy" "$vm_dir/guest/vmcopy.c"
    pack "$root" "$tmp/capture.gz"
    extra=$tmp/extra
    mkdir -p "$extra/bin" "$extra/boot"
    cp "$module/hang.ko" "$extra/"
    gcc -g -O1 -fno-omit-frame-pointer -static -o "$out/uspin" "$vm_dir/guest/uspin.c"
    cp "$out/uspin" "$extra/bin/"
    if [ $mode = kexec ]; then
        add_program kexec "$extra"
        cp "$kernel/vmlinuz" "$extra/boot/"
        cp "$tmp/capture.gz" "$extra/boot/"
    fi
    pack "$extra" "$tmp/extra.gz"
    cat "$tmp/capture.gz" "$tmp/extra.gz" >"$tmp/initrd.gz"
}

guest_cmdline()
{
    cmdline="console=ttyS0 loglevel=8 panic=1 nmi_watchdog=0 kdg.scenario=$scenario"
    [ $mode != kexec ] || cmdline="$cmdline crashkernel=160M kdg.kexec=1"
    case $mode.$scenario in
        kexec.seed | kexec.firstinsn | kexec.softirq) cmdline="$cmdline kdg.panic=softlockup" ;;
    esac
    # A hung guest that QEMU dumps must not reboot meanwhile.
    [ "$kaslr" = on ] || cmdline="$cmdline nokaslr"
    [ "$pti" = off ] || cmdline="$cmdline pti=on"
}

# Runs in the background, dies with this script whatever ends it; holds none
# of its locks.
start_qemu()
{
    cpu_arg=max
    [ "$cpu" = max ] || cpu_arg=$cpu_arg,-hypervisor
    [ "$la57" = on ] || cpu_arg=$cpu_arg,la57=off
    devices=
    [ $vmcoreinfo = off ] || devices='-device vmcoreinfo'
    truncate -s $((mem + 64))M "$tmp/disk.vmcore"
    truncate -s 64M "$tmp/disk.truth"
    mkfifo "$tmp/monitor"
    exec 5<>"$tmp/monitor"
    disk='if=none,format=raw,cache=unsafe,detect-zeroes=unmap,discard=unmap'
    # shellcheck disable=SC2086
    setpriv --pdeathsig TERM timeout -k 5 240 setpriv --pdeathsig KILL \
        qemu-system-x86_64 -accel tcg,thread=multi -cpu "$cpu_arg" -m "$mem" -smp "$smp" \
        -nodefaults -display none -no-reboot -serial "file:$out/console.log" -monitor stdio \
        -kernel "$kernel/vmlinuz" -initrd "$tmp/initrd.gz" -append "$cmdline" $devices \
        -drive "file=$tmp/disk.vmcore,id=d0,$disk" -device virtio-blk-pci,drive=d0,serial=vmcore \
        -drive "file=$tmp/disk.truth,id=d1,$disk" -device virtio-blk-pci,drive=d1,serial=truth \
        <"$tmp/monitor" >"$tmp/monitor.log" 2>&1 6>&- 9>&- &
    qemu=$!
}

console_has()
{
    grep -aq "$1" "$out/console.log" 2>/dev/null
}

fail()
{
    mkdir -p "$vm_cache/failed"
    log=$vm_cache/failed/${key}.console.log
    cat "$out/console.log" "$tmp/monitor.log" >"$log" 2>/dev/null || :
    echo "--- end of the guest's console:" >&2
    tail -n 40 "$log" >&2
    vm_die "$key: $1; console: $log"
}

# Follow the guest by what it prints, till it ends (kexec) or hangs (qemu).
follow()
{
    stage=booting
    vm_say "$label: booting"
    while kill -0 $qemu 2>/dev/null; do
        case $stage in
            booting) next='kdg: starting' say='guest is up, making it hang' ;;
            'kdg: starting') next='Kernel panic\|kdg: started' say='it hangs' ;;
            'Kernel panic\|kdg: started') next='kdg: vmcore size' say='copying its memory' ;;
            *) next=NONE ;;
        esac
        if console_has "$next"; then
            vm_say "$label: $say"
            stage=$next
            if [ $mode = qemu ] && [ "$next" = 'Kernel panic\|kdg: started' ]; then
                return 0
            fi
        fi
        ! console_has 'kdg: failed' || break
        sleep 0.3
    done
    wait $qemu || :
    ! console_has 'kdg: failed' || fail "$(grep -a 'kdg: failed' "$out/console.log")"
    [ $mode = kexec ] || fail "QEMU ended early"
    console_has 'kdg: captured' || fail "no dump was captured"
}

save_truth()
{
    mkdir -p "$out/truth"
    tar -x -C "$out/truth" --no-same-owner --no-same-permissions -f "$tmp/disk.truth" \
        || fail "the guest saved no facts"
}

take_kexec_dump()
{
    size=$(sed -n 's/.*kdg: vmcore size \([0-9]*\).*/\1/p' "$out/console.log" | head -n 1)
    truncate -s "${size:?}" "$tmp/disk.vmcore"
    mv "$tmp/disk.vmcore" "$out/vmcore.elf"
}

monitor()
{
    printf '%s\n' "$1" >&5
}

take_qemu_dump()
{
    sleep 2
    monitor stop
    monitor 'info registers -a'
    monitor "dump-guest-memory $out/vmcore.elf"
    monitor "dump-guest-memory -z $out/vmcore.zlib"
    monitor "dump-guest-memory -l $out/vmcore.lzo"
    monitor "dump-guest-memory -s $out/vmcore.snappy"
    monitor quit
    vm_say "$label: QEMU writes the dump"
    wait $qemu || :
    [ -s "$out/vmcore.elf" ] || fail "QEMU wrote no dump"
    sed -n '/info registers -a/,/dump-guest-memory/p' "$tmp/monitor.log" | tr -d '\r' >"$out/registers"
    fallocate --dig-holes "$out/vmcore.elf"
    # A method this QEMU was built without leaves an error and no file.
    find "$out" -name 'vmcore.*' -size 0 -delete
}

reform()
{
    form=$1
    shift
    makedumpfile "$@" >"$tmp/makedumpfile.$form.log" 2>&1 || {
        cat "$tmp/makedumpfile.$form.log" >&2
        vm_die "$key: makedumpfile cannot make the $form form"
    }
}

# All from the one complete ELF dump, so that they have the same pages.
make_forms()
{
    elf=$out/vmcore.elf
    vm_say "$label: other forms"
    reform d31 -c -d 31 "$elf" "$out/vmcore.d31"
    [ $forms = all ] || return 0
    (
        reform zlib -c -d 0 "$elf" "$out/vmcore.zlib"
        makedumpfile -F -c -d 0 "$elf" >"$out/vmcore.flat" 2>"$tmp/makedumpfile.flat.log"
        reform d31elf -E -d 31 "$elf" "$out/vmcore.d31.elf"
    ) &
    job=$!
    reform lzo -l -d 0 "$elf" "$out/vmcore.lzo"
    reform raw -d 0 "$elf" "$out/vmcore.raw"
    reform split --splitblock-size 1024 --split -l -d 0 "$elf" "$out/vmcore.split1" "$out/vmcore.split2" "$out/vmcore.split3"
    makedumpfile -F -E -d 31 "$elf" >"$out/vmcore.elfflat" 2>"$tmp/makedumpfile.elfflat.log" \
        || vm_die "$key: makedumpfile cannot make the elfflat form"
    wait $job || vm_die "$key: makedumpfile cannot make all forms"
}

write_meta()
{
    link=$(nm "$kernel/vmlinux" 2>/dev/null | awk '$3 == "_text" {print $1; exit}')
    run=$(awk '$3 == "_text" {print $1; exit}' "$out/truth/kallsyms")
    # The upper halves are alike, and too big for some shells.
    link=${link#ffffffff} run=${run#ffffffff}
    cat "$kernel/meta"
    cat <<END
scenario=$scenario
mode=$mode
cpu=$cpu
la57=$la57
pti=$pti
kaslr=$kaslr
kaslr_offset=$(printf '0x%x' $((0x$run - 0x$link)))
mem=$mem
smp=$smp
forms=$forms
vmcoreinfo=$vmcoreinfo
cmdline=$cmdline
recipe=$recipe
qemu=$(qemu-system-x86_64 --version | head -n 1)
makedumpfile=$(makedumpfile -v 2>/dev/null | head -n 1)
seconds=$(($(date +%s) - vm_start))
END
}

make_dump()
{
    tmp=$dumps/.tmp.$$
    trap 'rm -rf "$tmp"' EXIT
    trap 'exit 1' HUP INT TERM
    out=$tmp/out
    mkdir -p "$out"
    make_initramfs
    guest_cmdline
    take_slot
    start_qemu
    follow
    if [ $mode = kexec ]; then
        take_kexec_dump
    else
        take_qemu_dump
    fi
    exec 6>&- 5>&-
    save_truth
    [ $mode = qemu ] || make_forms
    cp "$module/hang.ko" "$out/"
    ln -s "$kernel/vmlinux" "$out/vmlinux"
    ln -s "$kernel/debug" "$out/debug"
    write_meta >"$out/meta"
    chmod 600 "$out"/vmcore*
    rm -rf "${dumps:?}/$key"
    mv "$out" "$dumps/$key"
    vm_say "$label: done"
}

one_dump()
{
    vm_need qemu-system-x86_64 qemu-system-x86 busybox busybox-static kexec kexec-tools \
        makedumpfile makedumpfile cpio cpio gcc gcc make make flock util-linux \
        setpriv util-linux readelf binutils gzip gzip
    kernel=$("$vm_dir/fetch-kernel.sh" "$flavour")
    module=$("$vm_dir/build-module.sh" "$kernel")
    recipe=$(cd "$vm_dir" && cat make-dump.sh guest/* | sha256sum | cut -c1-6)${module##*-}
    label=$flavour-$scenario-$mode-$cpu-la57$la57
    options=$mode-$cpu-la57$la57-pti$pti-kaslr$kaslr-m$mem-c$smp-$forms
    [ $mode = kexec ] || options=$options-vmcoreinfo$vmcoreinfo
    key=$(vm_meta_get "$kernel/meta" build_id | cut -c1-12)-$scenario-$options-$(echo "$recipe" | cut -c1-18)
    dumps=$vm_cache/dumps
    mkdir -p "$dumps"
    if [ $key_only = no ]; then
        vm_lock 9 "dump-$key"
        vm_sweep "$dumps"
        [ -r "$dumps/$key/meta" ] || make_dump
        touch "$dumps/$key"
    fi
    echo "$dumps/$key"
}

# As many at once as there are slots; the answers in the list's order.
all_dumps()
{
    one_of --all "$1" "default full"
    list=$(mktemp -d)
    trap 'rm -rf "$list"' EXIT
    trap 'exit 1' HUP INT TERM
    "list_$1" >"$list/lines"
    n=100
    while read -r line; do
        n=$((n + 1))
        echo "$n $line"
    done <"$list/lines" | xargs -P "$(($(nproc) + 1))" -L 1 sh -c '
        d=$0 me=$1 n=$2
        shift 2
        shift
        "$me" "$@" >"$d/$n.out" || echo "$*" >"$d/$n.failed"' "$list" "$0"
    cat "$list"/*.out
    ! cat "$list"/*.failed 2>/dev/null >&2 || vm_die "not all dumps could be made"
}

all=
parse "$@"
if [ -n "$all" ]; then
    all_dumps "$all"
else
    one_dump
fi
