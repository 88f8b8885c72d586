#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run every test of a build folder: unit programs (cmocka), command tests
# (tests/cli/NAME.sh, whose output must equal NAME.out), the fuzz targets over
# their corpus, and pages in a browser (tests/browser/NAME.test.js) where
# tests/browser/install.sh could install one. `tests/run.sh BUILD [PATTERN]` runs those
# whose name holds PATTERN.
# A command test that exits 77 is skipped; its last line says why.
# TEST_TIMEOUT: seconds that one program may take (300). TEST_JOBS: programs at
# once (cores); what is told stands in the same order for any number.
# The last line is "N passed, N failed", with ", N skipped" when there are any.
set -u
build=$(cd "$1" && pwd) || exit 2
pattern=${2:-} limit=${TEST_TIMEOUT:-300} jobs=${TEST_JOBS:-$(nproc 2> /dev/null || echo 2)}
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-check.XXXXXX") || exit 2
passed=0 failed=0 skipped=0 pid= workers=

# Where `make ocr-models` put the weights; tests that want them ask by this name.
OCR_MODELS=${XDG_CACHE_HOME:-$HOME/.cache}/devibench/ocr-models
export OCR_MODELS

# Nothing of the person's own: settings, keys, proxies.
for v in $(env | sed -n 's/^\([A-Za-z0-9_]*_API_KEY\)=.*/\1/p'); do unset "$v"; done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY XDG_CONFIG_HOME \
    XDG_CACHE_HOME XDG_DATA_HOME DEVIBENCH_OCR_MODELS CDPATH MAKEFLAGS MAKELEVEL MFLAGS DEVIBENCH_TEST_KEY
PATH="$build:$build/tests/tools:$PATH"
OMP_THREAD_LIMIT=${OMP_THREAD_LIMIT:-4} NO_COLOR=1 LC_ALL=C.UTF-8
TOP=$top BUILD=$build
LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$top/tests/lsan.supp:print_suppressions=0}
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export PATH OMP_THREAD_LIMIT NO_COLOR LC_ALL TOP BUILD LSAN_OPTIONS ASAN_OPTIONS UBSAN_OPTIONS
ulimit -c 0

# Members of the worker's test's process group that still run (zombies do not).
stragglers() {
    kill -0 "-$pid" 2>/dev/null &&
        cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | awk -v g="$pid" '$3 == g && $1 != "Z"'
}
end_test() { [ -z "$pid" ] || kill -9 "-$pid" 2>/dev/null; }
end_all() {
    [ -z "$workers" ] || { kill $workers 2> /dev/null; wait $workers; }
    rm -rf "$work"
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# guarded COMMAND...: with a time limit, in a process group of its own (timeout
# makes one); what it leaves running is ended and makes it fail. Sets rc and took.
guarded() {
    begun=$(date +%s) took=0 rc=1
    command -v "$1" > /dev/null || { echo "not built: $1" >&2; return; }
    HOME=$dir/home TMPDIR=$dir/tmp timeout -k 10 "$limit" "$@" < /dev/null &
    pid=$!
    wait "$pid"
    rc=$? took=$(($(date +%s) - begun))
    for _ in 1 2 3 4 5 6 7 8 9 10; do # a moment for what was told to end
        [ -n "$(stragglers)" ] || break
        sleep 0.2
    done
    if [ -n "$(stragglers)" ]; then
        echo "it left processes running" >&2
        end_test
        rc=1
    fi
    pid=
    [ $took -lt "$limit" ] || echo "ended after $limit seconds" >&2
}

seconds() { [ "$took" -lt 2 ] || printf ' %d s' "$took"; }
show() { sed 's/^/      /' "$1" | tail -n 60; }
sums() { echo "$1 $2 $3" > "$dir/sums"; } # PASSED FAILED SKIPPED
failure() { sums "$ok" "$1" "$skips"; echo "FAIL  $2$(seconds)"; show "$dir/log"; }
result() { # RC NAME, of a test that counts as one
    ok=0 skips=0
    case $1 in
    0) sums 1 0 0; echo "ok    $2$(seconds)" ;;
    77) sums 0 0 1; echo "skip  $2: $(tail -n 1 "$dir/log")" ;;
    *) failure 1 "$2" ;;
    esac
}
# The sum over cmocka's groups of "[  PASSED  ] N test(s)" and the like.
count() {
    sed -n "s/^\[  $1 \] \([0-9][0-9]*\) test(s).*/\1/p" "$dir/log" | awk '{ n += $1 } END { print n + 0 }'
}
# The count that node's test reporter closes with: "# pass N".
tap() { sed -n "s/^# $1 \([0-9][0-9]*\)\$/\1/p" "$dir/log" | tail -n 1 | grep . || echo 0; }

run_unit() {
    guarded "$build/tests/$1" > "$dir/log" 2>&1
    ok=$(count 'PASSED ') bad=$(count 'FAILED ') skips=$(count 'SKIPPED')
    if [ $rc -eq 0 ] && [ "$bad" -eq 0 ] && [ $((ok + skips)) -gt 0 ]; then
        note=; [ "$skips" -eq 0 ] || note=", $skips skipped"
        sums "$ok" 0 "$skips"
        echo "ok    $1 ($ok$note)$(seconds)"
        grep '^skip: ' "$dir/log" | sed 's/^/      /'
    else # a crash, a leak or a failed setup is a failure of its own
        [ "$bad" -gt 0 ] || bad=1
        failure "$bad" "$1"
    fi
}
run_cli() {
    guarded sh "$top/tests/$1.sh" > "$dir/out" 2> "$dir/log"
    if [ $rc -eq 0 ] && ! diff -u --label "$1.out" --label output \
        "$top/tests/$1.out" "$dir/out" > "$dir/diff" 2>&1; then
        cat "$dir/diff" >> "$dir/log"
        rc=1
    elif [ $rc -ne 0 ]; then
        cat "$dir/out" >> "$dir/log"
    fi
    result $rc "$1"
}
run_fuzz() {
    guarded "$build/tests/$1" "$top/tests/fuzz/corpus/${1#fuzz/fuzz_}" > "$dir/log" 2>&1
    result $rc "$1"
}
run_browser() {
    if [ ! -d "$build/browser/node_modules" ]; then
        cat "$build/browser/missing" > "$dir/log" 2> /dev/null ||
            echo "sh tests/browser/install.sh BUILD was not run" > "$dir/log"
        result 77 "$1"
        return
    fi
    NODE_PATH=$build/browser/node_modules guarded node --test --test-reporter=tap \
        "$top/tests/$1.test.js" > "$dir/log" 2>&1
    ok=$(tap pass) bad=$(tap fail) skips=$(tap skipped)
    if [ $rc -eq 0 ] && [ "$bad" -eq 0 ] && [ "$ok" -gt 0 ]; then
        sums "$ok" 0 "$skips"
        echo "ok    $1 ($ok)$(seconds)"
    else
        grep -A25 '^ *not ok' "$dir/log" > "$dir/bad" && mv "$dir/bad" "$dir/log"
        [ "$bad" -gt 0 ] || bad=1
        failure "$bad" "$1"
    fi
}

# Takes tests that no other worker has taken, in the order of the list.
work_off() {
    trap 'echo >> "$work/ended"' EXIT
    trap 'end_test; exit 143' TERM HUP
    while read -r name; do
        dir=$work/$name
        mkdir "$dir" 2> /dev/null || continue
        mkdir "$dir/home" "$dir/tmp" "$dir/run" && cd "$dir/run" || exit 2
        "run_${name%%/*}" "$name" > "$dir/told"
        mv "$dir/told" "$dir/report"
        cd "$work" && rm -rf "$dir/home" "$dir/tmp" "$dir/run"
    done < "$work/list"
}

mkdir "$work/browser" "$work/unit" "$work/cli" "$work/fuzz"
# The longest first.
for t in "$top"/tests/browser/*.test.js "$top"/tests/unit/test_*.c "$top"/tests/cli/*.sh "$top"/tests/fuzz/fuzz_*.c; do
    name=${t#"$top"/tests/}
    name=${name%.*} name=${name%.test}
    case "$name" in *"$pattern"*) [ ! -f "$t" ] || echo "$name" ;; esac
done > "$work/list"
: > "$work/ended"
for _ in $(seq "$jobs"); do
    work_off &
    workers="$workers $!"
done
while read -r name; do
    until [ -e "$work/$name/report" ]; do
        [ "$(wc -l < "$work/ended")" -lt "$jobs" ] || [ -e "$work/$name/report" ] || exit 2
        sleep 0.1
    done
    cat "$work/$name/report"
    read -r ok bad skips < "$work/$name/sums"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skips))
done < "$work/list"
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
