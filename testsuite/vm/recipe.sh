# SPDX-License-Identifier: GPL-3.0-or-later
# How a guest is made, run and dumped. Sourced by make-dump.sh, which sets the
# options; a change here makes every dump anew, so what does not change what is
# in a dump belongs there.

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
    [ "$scenario" != manymodules ] || make_many_modules
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

# 150 modules of one; with their debug info they stay beside the dump.
make_many_modules()
{
    mkdir -p "$extra/many" "$out/many"
    i=1
    while [ $i -le 150 ]; do
        n=$(printf '%03d' $i)
        sed "s/hangmod000/hangmod$n/g" "$module/hangmod000.ko" >"$out/many/hangmod$n.ko"
        strip -g -o "$extra/many/hangmod$n.ko" "$out/many/hangmod$n.ko"
        i=$((i + 1))
    done
}

# The guest ends by its scenario's end, or, hung for QEMU to dump it, by none.
guest_cmdline()
{
    cmdline="console=ttyS0 loglevel=8 panic=1 nmi_watchdog=0 kdg.scenario=$scenario"
    [ $mode != kexec ] || cmdline="$cmdline crashkernel=160M kdg.kexec=1 kdg.end=$end"
    [ "$kaslr" = on ] || cmdline="$cmdline nokaslr"
    [ "$pti" = off ] || cmdline="$cmdline pti=on"
    cmdline="$cmdline${boot_option:+ $boot_option}"
}

# Runs in the background, dies with this script whatever ends it; holds none
# of its locks.
start_qemu()
{
    cpu_arg=max,-cx16
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
    setpriv --pdeathsig TERM timeout -k 5 400 setpriv --pdeathsig KILL \
        qemu-system-x86_64 -accel tcg,thread=multi -cpu "$cpu_arg" -m "$mem" -smp "$smp" \
        -nodefaults -display none -no-reboot -serial "file:$out/console.log" -monitor stdio \
        -kernel "$kernel/vmlinuz" -initrd "$tmp/initrd.gz" -append "$cmdline" $devices \
        -drive "file=$tmp/disk.vmcore,id=d0,$disk" -device virtio-blk-pci,drive=d0,serial=vmcore \
        -drive "file=$tmp/disk.truth,id=d1,$disk" -device virtio-blk-pci,drive=d1,serial=truth \
        <"$tmp/monitor" >"$tmp/monitor.log" 2>&1 6>&- 9>&- &
    qemu=$!
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
    [ $forms = min ] || monitor "dump-guest-memory -p $out/vmcore.paging"
    monitor quit
    vm_say "$label: QEMU writes the dump"
    wait $qemu || :
    [ -s "$out/vmcore.elf" ] || fail "QEMU wrote no dump"
    tr -d '\r' <"$tmp/monitor.log" | sed -n '/^CPU#0/,/^(qemu)/p' | grep -v '^(qemu)' \
        >"$out/registers"
    for f in "$out/vmcore.elf" "$out/vmcore.paging"; do
        [ ! -e "$f" ] || fallocate --dig-holes "$f"
    done
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
