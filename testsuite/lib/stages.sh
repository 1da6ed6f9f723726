# SPDX-License-Identifier: GPL-3.0-or-later
# The stages of ./check, each a function; results go through kd_result.

kd_results_init () {
  KD_RESULTS=$1
  KD_STARTED=$SECONDS
  : >"$KD_RESULTS"
}

# kd_result PASS|FAIL|SKIP NAME
kd_result () {
  printf '%s: %s\n' "$1" "$2" >>"$KD_RESULTS"
  [ "$1" = PASS ] || kd_say "  $1: $2"
}

# kd_try NAME COMMAND...: one test; the command's output is shown if it fails.
kd_try () {
  local name=$1 out
  shift
  if out=$("$@" 2>&1 </dev/null); then
    kd_result PASS "$name"
  else
    printf '%s\n' "$out" | tail -n 40 | sed 's/^/    /' >&2
    kd_result FAIL "$name"
  fi
}

kd_results_summary () {
  local p f s
  p=$(grep -c '^PASS: ' "$KD_RESULTS")
  f=$(grep -c '^FAIL: ' "$KD_RESULTS")
  s=$(grep -c '^SKIP: ' "$KD_RESULTS")
  if [ "$f" -gt 0 ]; then
    echo "failed:"
    sed -n 's/^FAIL: /  /p' "$KD_RESULTS"
  fi
  echo "took $((SECONDS - KD_STARTED)) s; all results are in $KD_RESULTS"
  echo "$p passed, $f failed, $s skipped"
  # Nothing run at all is no success.
  [ "$f" -eq 0 ] && [ "$p" -gt 0 ]
}

kd_stage () {
  local began=$SECONDS
  kd_say "== $1"
  "kd_stage_$1" "$2" "$3"
  kd_say "== $1: $((SECONDS - began)) s"
}

# --- lint ----------------------------------------------------------------

kd_sources () {
  if git -C "$KD_TOP" rev-parse --git-dir >/dev/null 2>&1; then
    (cd "$KD_TOP" && git ls-files -co --exclude-standard '*.c' '*.h')
  else
    (cd "$KD_TOP" && find . -name build -prune -o -name '*.[ch]' -print |
       sed 's,^\./,,')
  fi
}

kd_lint_format () {
  # What runs in the guest is in the kernel's own style.
  cd "$KD_TOP" && kd_sources | grep -v '^testsuite/vm/' |
    xargs clang-format --dry-run --Werror
}

kd_lint_licence () {
  local bad
  bad=$(cd "$KD_TOP" && kd_sources |
          xargs grep -L 'SPDX-License-Identifier: .*GPL-3.0-or-later')
  [ -z "$bad" ] || { echo "no licence line: $bad"; return 1; }
}

# A folder may include itself and what the design puts below it.
kd_lint_arrows () {
  local below bad=0 dir allowed inc
  below="base:base
dump:base dump
arch:base arch
mem:base dump arch mem
kernel:base dump arch mem kernel
unwind:base dump arch mem kernel unwind
hang:base dump arch mem kernel unwind hang
cmd:base dump arch mem kernel unwind hang cmd
rsp:base dump arch mem kernel unwind hang cmd rsp"
  while IFS=: read -r dir allowed; do
    while read -r inc; do
      case " $allowed " in
        *" ${inc##*:} "*) ;;
        *) echo "upward include: ${inc%:*} includes ${inc##*:}/"; bad=1 ;;
      esac
    done < <(cd "$KD_TOP" && grep -Ho '^#include "[a-z]*/' \
               kdump-target/"$dir"/*.[ch] 2>/dev/null |
               sed 's,:#include ",:,; s,/$,,')
  done <<<"$below"
  # The GDB plugin is built of base/ and the ORC core alone.
  inc=$(cd "$KD_TOP" && grep -H '^#include "\(dump\|arch\|mem\|kernel\|hang\|cmd\|rsp\)/' \
          plugin/*.[ch] kdump-target/unwind/orc*.[ch])
  [ -z "$inc" ] || { echo "$inc"; bad=1; }
  return $bad
}

kd_lint_limits () {
  local long
  long=$(cd "$KD_TOP" && kd_sources | xargs wc -l |
           awk '$2 != "total" && $1 > 1000 { print $2 ": " $1 " lines" }')
  [ -z "$long" ] || { echo "files over 1000 lines: $long"; return 1; }
}

kd_lint_tidy () {
  local build=$1 flags
  flags=$(make -s -C "$build" print-tidy-flags) || return 1
  (cd "$KD_TOP" && kd_sources |
     grep -E '^(kdump-target|plugin)/.*\.c$' |
     xargs -P "$(nproc)" -n 1 sh -c '
       tidy=$1 flags=$2; shift 2
       clang-tidy --quiet "$@" -- $flags 2>/dev/null' sh tidy "$flags")
}

kd_stage_lint () {
  kd_try "lint: clang-format has nothing to change" kd_lint_format
  kd_try "lint: every source file has its licence line" kd_lint_licence
  kd_try "lint: includes point downward only" kd_lint_arrows
  kd_try "lint: no file is over 1000 lines" kd_lint_limits
  kd_try "build: no compiler warning" \
    kd_build "$2/plain" --enable-werror || return
  if [ "$1" = quick ]; then
    kd_result SKIP "lint: clang-tidy is silent (slow; not in --quick)"
  else
    kd_try "lint: clang-tidy is silent" kd_lint_tidy "$2/plain"
  fi
}

# --- unit, sanitize --------------------------------------------------------

# Take over the results of automake's TAP tests: the lines of their logs.
kd_collect_tap () {
  local dir=$1 label=$2 trs name
  while read -r trs; do
    name=$(basename "$trs" .trs)
    sed -n "s/^:test-result: \(PASS\|XFAIL\) */PASS: $label: $name /p
            s/^:test-result: \(FAIL\|XPASS\|ERROR\) */FAIL: $label: $name /p
            s/^:test-result: SKIP */SKIP: $label: $name /p" "$trs"
  done < <(find "$dir" -name '*.trs' | sort) >"$dir/collected.txt"
  cat "$dir/collected.txt" >>"$KD_RESULTS"
  grep -v '^PASS: ' "$dir/collected.txt" >&2
  [ -s "$dir/collected.txt" ]
}

kd_run_units () {
  local dir=$1 label=$2
  find "$dir" -name '*.trs' -delete 2>/dev/null
  make -C "$dir" -j"$(nproc)" check >"$dir/check.log" 2>&1 </dev/null
  local status=$?
  if ! kd_collect_tap "$dir" "$label"; then
    tail -n 30 "$dir/check.log" >&2
    kd_result FAIL "$label: make check ran no test"
  elif [ $status -ne 0 ] && ! grep -q '^FAIL' "$dir/collected.txt"; then
    tail -n 30 "$dir/check.log" >&2
    kd_result FAIL "$label: make check"
  fi
}

kd_stage_unit () {
  kd_build "$2/plain" --enable-werror ||
    { kd_result FAIL "unit: the tree builds"; return; }
  kd_run_units "$2/plain" unit
}

kd_stage_sanitize () {
  kd_build "$2/asan" --enable-werror --enable-sanitizers \
      CFLAGS='-O1 -g' ||
    { kd_result FAIL "sanitize: the tree builds"; return; }
  kd_run_units "$2/asan" sanitize
}

# --- install ---------------------------------------------------------------

kd_installed_plugin () {
  local build=$1 root=$1/installed gdb=${GDB:-gdb}
  rm -rf "$root"
  kd_build "$build/inst" --prefix="$root" \
    --with-gdb-system-gdbinit-dir="$root/etc/gdb/gdbinit.d" &&
    make -s -C "$build/inst" install >"$build/inst/install.log" 2>&1 ||
    { cat "$build/inst/install.log"; return 1; }
  "$root/bin/kdump-target" --version &&
    "$gdb" -nx -batch -x "$root/etc/gdb/gdbinit.d/kdump-gdb.gdb" \
      -ex 'help target kdump' | tee "$build/inst/help.txt" &&
    grep -q 'crash dump' "$build/inst/help.txt"
}

kd_uninstalls () {
  make -s -C "$1/inst" uninstall >"$1/inst/uninstall.log" 2>&1 &&
    [ -z "$(find "$1/installed" ! -type d ! -name dir)" ]
}

# The same session with and without the plugin, debugging something else.
kd_others_undisturbed () {
  local root=$1/installed gdb=${GDB:-gdb} with without
  set -- -ex 'break main' -ex run -ex bt -ex 'info sharedlibrary' \
    -ex 'show can-use-hw-watchpoints' -ex 'info mem' -ex 'detach' "$(command -v sleep)"
  without=$("$gdb" -nx -batch "$@" 2>&1 | sed 's/process [0-9]*//')
  with=$("$gdb" -nx -batch -x "$root/etc/gdb/gdbinit.d/kdump-gdb.gdb" "$@" 2>&1 |
           sed 's/process [0-9]*//')
  [ -n "$with" ] && [ "$with" = "$without" ] ||
    { diff <(echo "$without") <(echo "$with"); return 1; }
}

kd_distcheck () {
  make -C "$1/plain" -j"$(nproc)" distcheck >"$1/distcheck.log" 2>&1 ||
    { tail -n 40 "$1/distcheck.log"; return 1; }
}

kd_stage_install () {
  kd_try "install: the installed server runs and the plugin loads" \
    kd_installed_plugin "$2"
  kd_try "install: GDB behaves as before for other programs" \
    kd_others_undisturbed "$2"
  kd_try "install: make uninstall leaves nothing" kd_uninstalls "$2"
  kd_build "$2/plain" --enable-werror &&
    kd_try "install: make distcheck" kd_distcheck "$2"
}

# --- dumps -----------------------------------------------------------------

# A short name for a line of make-dump.sh's options: 6.1-seed-4level.
kd_dump_name () {
  local kernel=6.1 scenario=seed rest=""
  while [ $# -gt 0 ]; do
    case "$1 ${2-}" in
      "--kernel "*) kernel=$2; shift ;;
      "--scenario "*) scenario=$2; shift ;;
      "--la57 off") rest="$rest-4level"; shift ;;
      "--cpu nohv") rest="$rest-nohv"; shift ;;
      "--pti on") rest="$rest-pti"; shift ;;
      "--kaslr off") rest="$rest-nokaslr"; shift ;;
      "--forms "*|"--pti off"|"--kaslr on"|"--la57 on"|"--cpu max") shift ;;
      "--qemu-dump "*) rest="$rest-qemu" ;;
      "--vmcoreinfo "*) rest="$rest-info" ;;
    esac
    shift
  done
  echo "$kernel-$scenario$rest"
}

# Make or find the dumps, as build/dumps/NAME.
kd_make_dumps () {
  local mode=$1 build=$2 line name dir list=--list-default
  [ "$mode" = full ] && list=--list-full
  kd_need_packages $KD_VM_PACKAGES
  mkdir -p "$build/dumps"
  find "$build/dumps" -type l -delete
  # As many at a time as there are processors; below they are found.
  kd_say "making the dumps that are not there yet"
  "$KD_TOP/testsuite/vm/make-dump.sh" --all "$([ "$mode" = full ] && echo full || echo default)" \
    2>"$build/dumps/all.log" >/dev/null </dev/null || :
  while read -r line; do
    # shellcheck disable=SC2086 # a line of options, split on purpose
    name=$(kd_dump_name $line)
    # shellcheck disable=SC2086
    if dir=$("$KD_TOP/testsuite/vm/make-dump.sh" $line 2>"$build/dumps/$name.log" </dev/null); then
      ln -sfn "$dir" "$build/dumps/$name"
      kd_result PASS "dumps: $name is made"
    else
      tail -n 20 "$build/dumps/$name.log" >&2
      kd_result FAIL "dumps: $name is made"
    fi
  done < <("$KD_TOP/testsuite/vm/make-dump.sh" $list)
}

# Run a TAP program as part of a stage: kd_tap LABEL COMMAND...
kd_tap () {
  local label=$1 log status
  shift
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null
  status=$?
  sed -n "s/^not ok [0-9]* *-* */FAIL: $label: $name /p
          /# SKIP/s/^ok [0-9]* *-* */SKIP: $label: $name /p
          /# SKIP/!s/^ok [0-9]* *-* */PASS: $label: $name /p" "$log" >>"$KD_RESULTS"
  if [ $status -ne 0 ] || grep -q '^not ok' "$log"; then
    grep -v '^ok' "$log" | tail -n 40 >&2
    grep -q '^not ok' "$log" || kd_result FAIL "$label: $(basename "$1") ends well"
  fi
  grep -q '^\(not \)\?ok' "$log" || kd_result FAIL "$label: $(basename "$1") ran no test"
  rm -f "$log"
}

# --- gdb ---------------------------------------------------------------------

# DejaGnu over the real dumps; its summary becomes our results.
kd_stage_gdb () {
  local mode=$1 build=$2 out=$2/dejagnu
  kd_build "$build/plain" --enable-werror ||
    { kd_result FAIL "gdb: the tree builds"; return; }
  [ -d "$build/dumps" ] || kd_make_dumps "$mode" "$build"
  kd_convert_dumps "$build"
  kd_fetch_lx "$build"
  rm -rf "$out"
  mkdir -p "$out"
  (
    cd "$out" || exit 1
    KD_BUILD=$build/plain KD_DUMPS=$build/dumps KD_SESSIONS=$out/sessions \
      KD_LX=$(readlink -f "$build/lx") \
      runtest --tool kdump --srcdir "$KD_TOP/testsuite" >runtest.log 2>&1 </dev/null
  )
  sed -n 's/^\(PASS\|XFAIL\): /PASS: gdb: /p
          s/^\(FAIL\|XPASS\|UNRESOLVED\|ERROR\): /FAIL: gdb: /p
          s/^\(UNSUPPORTED\|UNTESTED\): /SKIP: gdb: /p' "$out/kdump.sum" \
    >"$out/collected.txt" 2>/dev/null
  cat "$out/collected.txt" >>"$KD_RESULTS"
  grep -v '^PASS: ' "$out/collected.txt" >&2
  if ! grep -q '^PASS: ' "$out/collected.txt"; then
    tail -n 30 "$out/runtest.log" >&2
    kd_result FAIL "gdb: the sessions ran"
  elif grep -q '^ERROR' "$out/kdump.sum" "$out/runtest.log"; then
    grep '^ERROR' "$out/runtest.log" >&2
    kd_result FAIL "gdb: the test scripts have no errors"
  fi
  if grep -q '^FAIL' "$out/collected.txt"; then
    kd_say "  sessions to rerun are in $out/sessions, the log is $out/kdump.log"
  fi
}

# The kernel's own GDB scripts, as build/lx.
kd_fetch_lx () {
  local build=$1 kernel dir
  rm -f "$build/lx"
  kernel=$(readlink -f "$build/dumps/6.1-seed/vmlinux") || return
  kd_need_packages xz-utils
  if dir=$("$KD_TOP/testsuite/vm/fetch-lx.sh" "${kernel%/*}" \
             2>"$build/lx.log" </dev/null); then
    ln -sfn "$dir" "$build/lx"
    kd_result PASS "gdb: the kernel's GDB scripts are fetched"
  else
    tail -n 20 "$build/lx.log" >&2
    kd_result FAIL "gdb: the kernel's GDB scripts are fetched"
  fi
}

# Forms that makedumpfile cannot write, by our own writer.
kd_convert_dumps () {
  local build=$1 from=$1/dumps/6.1-seed/vmcore.elf made=$1/dumps/made codec
  local mkdump=$1/plain/testsuite/fixtures/mkdump
  [ -f "$from" ] || return
  make -s -C "$build/plain" testsuite/fixtures/mkdump >/dev/null || return
  mkdir -p "$made"
  chmod 700 "$made"
  # Debug files are looked for beside the dump.
  ln -sfn "$1/dumps/6.1-seed/hang.ko" "$made/hang.ko"
  for codec in snappy zstd mixed; do
    [ "$made/vmcore.$codec" -nt "$from" ] && continue
    kd_try "dumps: $codec form is written" \
      "$mkdump" --convert "$from" --codec $codec "$made/vmcore.$codec"
  done
}

# The contexts on the CPUs whose state a scenario leaves no doubt of.
kd_contexts_of () {
  case $1 in
    *-qemu*) ;; # taken at any moment
    *-seed*) echo "1:IRQ-,task+ 2:task- 3:task-" ;;
    *-softirq) echo "3:softirq-,task" ;;
    *-pagefault) echo "1:task+" ;;
    *-userspin) echo "0:task-" ;;
    *-firstinsn) echo "1:IRQ-,task+ 3:task-" ;;
    *-slablock*) echo "0:IRQ-,task+ 1:task- 2:task- 3:task-" ;;
    *-abba*|*-qrwlock*|*-zonelock*) echo "1:IRQ-,task+ 2:task- 3:task-" ;;
    *-irqself*) echo "1:IRQ-,task+ 2:IRQ-,task+" ;;
    *-softirqlock) echo "2:IRQ-,softirq+,IRQ,task+" ;;
    *-irqoff) echo "1:IRQ-,task+ 3:task-" ;;
    *-csdstuck) echo "1:IRQ-,task+ 3:IRQ-,task+" ;;
    *-doublefault|*-debugtrap) echo "1:exception-,task+" ;;
  esac
}

# Commands say the same with a vmlinux and without one, but for the sizes of
# functions, source lines and inlined functions, which kallsyms has not.
kd_same_without_vmlinux () {
  local server=$1/plain/kdump-target/kdump-target dir=$2 command alone
  alone=$(mktemp -d)
  ln -s "$(readlink -f "$dir")/vmcore.elf" "$alone/vmcore"
  for command in 'bt -a --json' ps runq mod 'log -n 50' timer irq mount cpus; do
    "$server" --vmlinux "$dir/vmlinux" "$alone/vmcore" -x "$command" \
      2>/dev/null | sed -E 's,\+0x([0-9a-f]+)/0x[0-9a-f]+,+0x\1,g' >"$alone/with"
    "$server" --debug-dir /nonexistent "$alone/vmcore" -x "$command" \
      2>/dev/null | sed -E 's,\+0x([0-9a-f]+)/0x[0-9a-f]+,+0x\1,g' >"$alone/without"
    # The names, addresses and kinds of frames; nothing of lines.
    [ "${command%% *}" != bt ] ||
      sed -n -i -E '/"(cpu|pc|sp|symbol|offset|module|stack|kind|guess)":/p' \
        "$alone/with" "$alone/without"
    [ "$command" != mod ] ||
      sed -i -E 's,  /.*|  -$,,' "$alone/with" "$alone/without"
    if [ -s "$alone/with" ] && diff "$alone/with" "$alone/without" >"$alone/diff"; then
      kd_result PASS "$3: \`$command' is the same without vmlinux"
    else
      head -n 20 "$alone/diff" >&2
      kd_result FAIL "$3: \`$command' is the same without vmlinux"
    fi
  done
  rm -r "$alone"
}

# The conclusion of `lockup' against lockup.expect.
kd_check_lockup () {
  local server=$1/plain/kdump-target/kdump-target dir=$2 name=$3 got rest line
  local at=no bad=""
  got=$("$server" --vmlinux "$dir/vmlinux" "$dir/vmcore.elf" -x lockup 2>/dev/null |
          sed '/^$/q' | tr '\n' ' ')
  rest=$got
  while IFS= read -r line; do
    case $line in
      \#*|"") continue ;;
      \[[0-9]*)
        case " ${line:1:-1} " in *" $name "*) at=yes rest=$got ;; *) at=no ;; esac
        continue ;;
    esac
    [ $at = yes ] || continue
    if [ "${line:0:1}" = ! ]; then
      grep -qE -- "${line:1}" <<<"$got" && bad="$bad; has ${line:1}"
    elif [[ $rest =~ $line ]]; then
      rest=${rest#*"${BASH_REMATCH[0]}"}
    else
      bad="$bad; lacks $line"
    fi
    seen=yes
  done <"$KD_TOP/testsuite/lib/lockup.expect"
  if [ "${seen:-no}" = no ]; then
    :
  elif [ -z "$bad" ]; then
    kd_result PASS "dumps: $name: lockup concludes what the hang is"
  else
    printf '%s\n%s\n' "$got" "$bad" | fold -s -w 100 >&2
    kd_result FAIL "dumps: $name: lockup concludes what the hang is"
  fi
  unset seen
}

# What `spin' says of the seed's hang, and that it claims no loop on a machine
# that was idle but for who crashed it.
kd_check_spin () {
  local server=$1/plain/kdump-target/kdump-target dir=$2 name=$3 got good=FAIL
  local csd="until bit 0 is clear; the dump has 0x11 there"
  local lock="until it is 0; the dump has 0x1 there"
  case $name in
    6.1-seed|5.10-seed|6.12-seed|6.1-seed-nohv|6.1-sysrq|6.1-csdstuck) ;;
    *) return 0 ;;
  esac
  got=$("$server" --vmlinux "$dir/vmlinux" "$dir/vmcore.elf" -x spin 2>/dev/null |
          tr '\n' ' ')
  case $name:$got in
    *-sysrq:*" loop"*|*-sysrq:*Polls*) ;;
    *-sysrq:"CPU 0"*"it panicked here"*) good=PASS ;;
    *-csdstuck:*"<its task stack> (4 bytes)"*"$csd"*"CPU 2 "*": idle"*"CPU 3, IRQ"*hang_stuck_callback*"No jump"*)
      good=PASS ;;
    *:*"CPU 1 ["*"$csd"*"CPU 2 "*"No jump leaves this loop"*"CPU 3 "*"<hang_lock [hang]>"*"$lock"*)
      good=PASS ;;
  esac
  kd_result $good "dumps: $name: spin says what is polled"
}

# All that is tested of each dump by itself.
kd_test_dump () {
  local build=$1 dir=$2 name=$3 unit=$1/plain/testsuite/unit
  kd_tap "dumps: $name" "$unit/real-kernel" -v "$dir/vmlinux" "$dir/vmcore.elf"
  kd_tap "dumps: $name" "$unit/unwind-real" "$dir/vmlinux" "$dir/vmcore.elf"
  # shellcheck disable=SC2046 # words without spaces
  kd_tap "dumps: $name" "$unit/real-contexts" "$dir/vmlinux" "$dir/vmcore.elf" $(kd_contexts_of "$name")
  kd_check_lockup "$build" "$dir" "$name"
  kd_check_spin "$build" "$dir" "$name"
  kd_tap "dumps: $name" "$unit/real-tasks" "$dir/vmlinux" "$dir/vmcore.elf"
  kd_tap "dumps: $name" "$unit/real-system" "$dir/vmlinux" "$dir/vmcore.elf"
  kd_tap "dumps: $name" "$unit/real-log" -v "$dir/vmlinux" "$dir/vmcore.elf"
  kd_tap "dumps: $name" "$unit/real-lists" -v "$dir/vmlinux" "$dir/vmcore.elf"
  kd_tap "dumps: $name: no vmlinux" "$unit/real-kallsyms" "$dir/vmcore.elf"
  kd_tap "dumps: $name: no vmlinux" "$unit/real-log" "$dir/vmcore.elf"
  kd_tap "dumps: $name: no vmlinux" "$unit/real-lists" "$dir/vmcore.elf"
  if [ -f "$dir/vmcore.d31" ]; then
    kd_tap "dumps: $name: forms" "$unit/dump-agree" "$dir/vmcore.elf" "$dir/vmcore.d31"
  fi
}

kd_stage_dumps () {
  local mode=$1 build=$2 unit=$2/plain/testsuite/unit asan=$2/asan/testsuite/unit
  local dir name form forms="" tested=""
  kd_build "$build/plain" --enable-werror &&
    make -s -C "$build/plain" check TESTS= >>"$build/plain/build.log" 2>&1 ||
    { kd_result FAIL "dumps: the tree builds"; return; }
  kd_make_dumps "$mode" "$build"
  kd_convert_dumps "$build"

  # As many at a time as there are processors, each with results of its own.
  for dir in "$build"/dumps/*/; do
    dir=${dir%/} name=$(basename "$dir")
    [ -f "$dir/vmlinux" ] || continue
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    (
      KD_RESULTS=$build/dumps/$name.results
      : >"$KD_RESULTS"
      kd_test_dump "$build" "$dir" "$name"
    ) &
    tested="$tested $build/dumps/$name.results"
  done
  wait
  # shellcheck disable=SC2086 # a list of files without spaces in their names
  [ -z "$tested" ] || cat $tested >>"$KD_RESULTS"

  for name in 6.1-seed 5.10-seed 6.12-seed; do
    dir=$build/dumps/$name
    [ -f "$dir/vmlinux" ] || continue
    kd_tap "dumps: $name: vmlinux" "$unit/unwind-tables" "$dir/vmlinux"
    kd_tap "dumps: $name: vmlinux" "$unit/real-types" "$dir/vmlinux"
    kd_same_without_vmlinux "$build" "$dir" "dumps: $name"
  done

  # All forms of one dump answer alike for every page, and as libkdumpfile.
  dir=$build/dumps/6.1-seed
  [ -f "$dir/vmcore.elf" ] || return
  for form in elf zlib lzo raw flat d31 d31.elf elfflat; do
    [ -f "$dir/vmcore.$form" ] && forms="$forms $dir/vmcore.$form"
  done
  for form in snappy zstd mixed; do
    [ -f "$build/dumps/made/vmcore.$form" ] && forms="$forms $build/dumps/made/vmcore.$form"
  done
  if [ -f "$dir/vmcore.split1" ]; then
    forms="$forms $(echo "$dir"/vmcore.split? | tr ' ' ,)"
  fi
  # shellcheck disable=SC2086 # a list of files without spaces in their names
  kd_tap "dumps: forms" "$unit/dump-agree" $forms

  for form in elf d31; do
    kd_tap "dumps: $form cut" "$unit/real-cut" "$dir/vmlinux" "$dir/vmcore.$form"
  done
  for form in flat elfflat; do
    kd_tap "dumps: $form cut" "$unit/real-cut" -f "$dir/vmlinux" "$dir/vmcore.$form"
  done

  # Hostile variants of the headers, under the sanitizers where built.
  [ -x "$asan/dump-mutate" ] || asan=$unit
  for form in d31 d31.elf elfflat; do
    [ -f "$dir/vmcore.$form" ] || continue
    kd_tap "dumps: mutated $form" "$asan/dump-mutate" "$dir/vmcore.$form"
  done
}
