#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Make a real kernel crash dump under QEMU, or find it in the cache.
#
# usage: make-dump.sh [OPTION]...
#   --kernel F        fetch-kernel.sh's flavour (6.1)
#   --scenario S      see README (seed)
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
. "$vm_dir/recipe.sh"

list_default()
{
    cat <<END
--kernel 6.1 --scenario seed --forms all
--kernel 5.10 --scenario seed
--kernel 6.12 --scenario seed
--kernel 6.1 --scenario seed --la57 off
--kernel 6.1 --scenario seed --cpu nohv
--kernel 6.1 --scenario seed --qemu-dump --vmcoreinfo --forms all
--kernel 6.1 --scenario seed --qemu-dump
--kernel 6.1 --scenario firstinsn
--kernel 6.1 --scenario softirq
--kernel 6.1 --scenario userspin --pti on
--kernel 6.1 --scenario pagefault
--kernel 6.1 --scenario sysrq
--kernel 6.1 --scenario offline
--kernel 6.1 --scenario slablock --cpu nohv
--kernel 6.1 --scenario abba
--kernel 5.10 --scenario abba --cpu nohv
--kernel 6.12 --scenario abba --cpu nohv
--kernel 6.1 --scenario irqself --cpu nohv
--kernel 5.10 --scenario irqself
--kernel 6.12 --scenario irqself
--kernel 6.1 --scenario softirqlock
--kernel 6.1 --scenario qrwlock
--kernel 6.1 --scenario irqoff
--kernel 6.1 --scenario csdstuck
--kernel 6.1 --scenario zonelock --cpu nohv
--kernel 6.1 --scenario mutexcycle
--kernel 6.1 --scenario rwsem
--kernel 6.1 --scenario waits
--kernel 6.1 --scenario doublefault
--kernel 6.1 --scenario nmipanic
--kernel 6.1 --scenario debugtrap
--kernel 6.1 --scenario manymodules
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
--kernel 6.1 --scenario manytasks --mem 1536
--kernel 7.x --scenario seed
--kernel 7.x --scenario abba --cpu nohv
--kernel 7.x --scenario csdstuck
--kernel 7.x --scenario waits
--kernel 5.10 --scenario csdstuck
--kernel 5.10 --scenario waits
--kernel 5.10 --scenario zonelock --cpu nohv
--kernel 6.12 --scenario zonelock --cpu nohv
--kernel 6.12 --scenario slablock --cpu nohv
--kernel 7.x --scenario qrwlock
--kernel rt --scenario seed
--kernel rt --scenario mce
--kernel rt --scenario irqself
--kernel rt --scenario mutexcycle
END
}

scenarios=$(grep -ho '^HANG_SCENARIO([a-z0-9]*' "$vm_dir"/module/*.c | sed 's/.*(//' | tr '\n' ' ')
scenarios="${scenarios}sysrq offline manymodules userspin pagefault nmipanic mce"
flavour=6.1 scenario=seed cpu=max la57=on pti=off kaslr=on mem=512 smp=4 forms=min
mode=kexec vmcoreinfo=off key_only=no monitor_command= boot_option=

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
    one_of --scenario "$scenario" "$scenarios"
    one_of --cpu "$cpu" "max nohv"
    one_of --la57 "$la57" "on off"
    one_of --pti "$pti" "on off"
    one_of --kaslr "$kaslr" "on off"
    one_of --forms "$forms" "min all"
}

# How the guest gets from the scenario to the panic: the watchdog, the guest's
# init by sysrq, QEMU's monitor, or the scenario itself.
scenario_end()
{
    case $scenario in
        sysrq | offline | userspin | mutexcycle | rwsem | waits | manymodules | manytasks) end=sysrq ;;
        nmipanic) end=monitor monitor_command=nmi ;;
        # CPU 1, bank 4: valid, uncorrected, enabled, context corrupt.
        mce) end=monitor monitor_command='mce 1 4 0xb200000000000135 4 0 0' ;;
        pagefault | debugtrap) end=itself ;;
        # Else the panic's registers are those of the exception, not its stack's.
        doublefault) end=itself boot_option=crash_kexec_post_notifiers ;;
        *) end=softlockup ;;
    esac
}

# What this scenario is made of, no more: another one leaves its dumps alone.
recipe_hash()
{
    files="recipe.sh guest/init guest/uspin.c guest/vmcopy.c build-module.sh cc-drop.sh"
    files="$files module/Kbuild module/hang.h module/main.c module/user.c"
    case $scenario in
        manymodules) files="$files module/hangmod000.c" ;;
        *) files="$files $(cd "$vm_dir" && grep -l "^HANG_SCENARIO($scenario," module/*.c || :)" ;;
    esac
    # shellcheck disable=SC2086
    recipe=$(cd "$vm_dir" && (cat $files && echo "$end $monitor_command $boot_option") | sha256sum | cut -c1-12)
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
    asked=no
    staged=
    since=0
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
        if [ $asked = no ] && console_has 'kdg: ready for the monitor'; then
            asked=yes
            # The init that said so is about to sleep.
            sleep 1
            monitor "$monitor_command"
        fi
        # No panic came: a hang that no watchdog sees, or no time to see it.
        if [ "$stage" != "$staged" ]; then
            staged=$stage
            since=$(date +%s)
        elif [ "$stage" != booting ] && [ $(($(date +%s) - since)) -gt 100 ]; then
            kill $qemu
            wait $qemu || :
            fail "nothing came after '$stage'"
        fi
        # make-dump.sh itself was killed.
        kill -0 $$ 2>/dev/null || exit 1
        sleep 0.3
    done
    wait $qemu || :
    ! console_has 'kdg: failed' || fail "$(grep -a 'kdg: failed' "$out/console.log")"
    [ $mode = kexec ] || fail "QEMU ended early"
    console_has 'kdg: captured' || fail "no dump was captured"
}

attempt()
{
    rm -rf "$tmp/disk."* "$tmp/monitor"* "$out/truth" "$out/console.log" "$out"/vmcore*
    start_qemu
    follow
    if [ $mode = kexec ]; then
        take_kexec_dump
    else
        take_qemu_dump
    fi
    save_truth
}

make_dump()
{
    tmp=$dumps/.tmp.$$
    trying=
    trap '[ -z "$trying" ] || kill $trying 2>/dev/null || :; rm -rf "$tmp"' EXIT
    trap 'exit 1' HUP INT TERM
    out=$tmp/out
    mkdir -p "$out"
    make_initramfs
    guest_cmdline
    take_slot
    # Emulated CPUs have their own bugs, a guest dies of them now and then.
    for try in 1 2 3; do
        set +e
        (set -e && attempt) &
        trying=$!
        wait $trying
        status=$?
        trying=
        set -e
        [ $status -ne 0 ] || break
        [ $try -lt 3 ] || exit 1
        vm_say "$label: trying again"
    done
    exec 6>&-
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

make_key()
{
    key=$(vm_meta_get "$kernel/meta" build_id | cut -c1-12)-$scenario-$mode-$cpu-la57$la57
    key=$key-pti$pti-kaslr$kaslr-m$mem-c$smp-$forms
    [ $mode = kexec ] || key=$key-vmcoreinfo$vmcoreinfo
    key=$key-$recipe
}

one_dump()
{
    vm_need qemu-system-x86_64 qemu-system-x86 busybox busybox-static kexec kexec-tools \
        makedumpfile makedumpfile cpio cpio gcc gcc make make flock util-linux \
        setpriv util-linux readelf binutils gzip gzip
    kernel=$("$vm_dir/fetch-kernel.sh" "$flavour")
    module=$("$vm_dir/build-module.sh" "$kernel")
    scenario_end
    recipe_hash
    label=$flavour-$scenario-$mode-$cpu-la57$la57
    dumps=$vm_cache/dumps
    mkdir -p "$dumps"
    make_key
    # All forms are more than the few.
    if [ $forms = min ]; then
        forms=all
        make_key
        if [ ! -r "$dumps/$key/meta" ]; then
            forms=min
            make_key
        fi
    fi
    if [ $key_only = no ]; then
        vm_lock 9 "dump-$key"
        vm_sweep "$dumps"
        # What no recipe asked for in two weeks.
        find "$dumps" -mindepth 1 -maxdepth 1 -type d -mtime +14 -exec rm -rf {} +
        # Not with ||, which would have errors in it ignored.
        if [ ! -r "$dumps/$key/meta" ]; then
            make_dump
        fi
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
        "$me" "$@" >"$d/$n.out" || echo "$*" >"$d/$n.failed"' "$list" "$0"
    cat "$list"/*.out 2>/dev/null || :
    for f in "$list"/*.failed; do
        [ ! -e "$f" ] || vm_die "could not make all dumps, among them: $(cat "$f")"
    done
}

all=
parse "$@"
if [ -n "$all" ]; then
    all_dumps "$all"
else
    one_dump
fi
