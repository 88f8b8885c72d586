#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run every test of a build folder: unit programs (cmocka), command tests
# (tests/cli/NAME.sh, whose output must equal NAME.out), and the fuzz targets
# over their corpus. `tests/run.sh BUILD [PATTERN]` runs those whose name holds PATTERN.
# A command test that exits 77 is skipped; its last line says why.
# TEST_TIMEOUT: seconds that one program may take (300).
# The last line is "N passed, N failed", with ", N skipped" when there are any.
set -u
build=$(cd "$1" && pwd) || exit 2
pattern=${2:-} limit=${TEST_TIMEOUT:-300}
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-check.XXXXXX") || exit 2
passed=0 failed=0 skipped=0 pid=

# Where `make ocr-models` put the weights; tests that want them ask by this name.
OCR_MODELS=${XDG_CACHE_HOME:-$HOME/.cache}/devibench/ocr-models
export OCR_MODELS

# Nothing of the person's own: settings, keys, proxies.
for v in $(env | sed -n 's/^\([A-Za-z0-9_]*_API_KEY\)=.*/\1/p'); do unset "$v"; done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY XDG_CONFIG_HOME \
    XDG_CACHE_HOME XDG_DATA_HOME DEVIBENCH_OCR_MODELS CDPATH MAKEFLAGS MAKELEVEL MFLAGS DEVIBENCH_TEST_KEY
PATH="$build:$build/tests/tools:$PATH"
HOME=$work/home TMPDIR=$work/tmp OMP_THREAD_LIMIT=${OMP_THREAD_LIMIT:-4} NO_COLOR=1 LC_ALL=C.UTF-8
TOP=$top BUILD=$build
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export PATH HOME TMPDIR OMP_THREAD_LIMIT NO_COLOR LC_ALL TOP BUILD ASAN_OPTIONS UBSAN_OPTIONS
mkdir "$HOME" "$TMPDIR"
ulimit -c 0

# Members of the last test's process group that still run (zombies do not).
stragglers() {
    kill -0 "-$pid" 2>/dev/null &&
        cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' | awk -v g="$pid" '$3 == g && $1 != "Z"'
}
end_test() { [ -z "$pid" ] || kill -9 "-$pid" 2>/dev/null; }
trap 'end_test; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# guarded COMMAND...: with a time limit, in a process group of its own (timeout
# makes one); what it leaves running is ended and makes it fail. Sets rc and took.
guarded() {
    begun=$(date +%s) took=0 rc=1
    command -v "$1" > /dev/null || { echo "not built: $1" >&2; return; }
    timeout -k 10 "$limit" "$@" < /dev/null &
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

wanted() { case "$1" in *"$pattern"*) return 0 ;; *) return 1 ;; esac; }
seconds() { [ "$took" -lt 2 ] || printf ' %d s' "$took"; }
show() { sed 's/^/      /' "$1" | tail -n 60; }
failure() { failed=$((failed + $1)); echo "FAIL  $2$(seconds)"; show log; }
result() { # RC NAME, of a test that counts as one
    case $1 in
    0) passed=$((passed + 1)); echo "ok    $2$(seconds)" ;;
    77) skipped=$((skipped + 1)); echo "skip  $2: $(tail -n 1 log)" ;;
    *) failure 1 "$2" ;;
    esac
}
# The sum over cmocka's groups of "[  PASSED  ] N test(s)" and the like.
count() { sed -n "s/^\[  $1 \] \([0-9][0-9]*\) test(s).*/\1/p" log | awk '{ n += $1 } END { print n + 0 }'; }

cd "$work" || exit 2
for t in "$top"/tests/unit/test_*.c; do
    name=unit/$(basename "$t" .c)
    [ -f "$t" ] && wanted "$name" || continue
    mkdir -p "$name" && cd "$name" || exit 2
    guarded "$build/tests/$name" > "$work/log" 2>&1
    cd "$work" || exit 2
    ok=$(count 'PASSED ') bad=$(count 'FAILED ') skips=$(count 'SKIPPED')
    passed=$((passed + ok)) skipped=$((skipped + skips))
    if [ $rc -eq 0 ] && [ "$bad" -eq 0 ] && [ $((ok + skips)) -gt 0 ]; then
        note=; [ "$skips" -eq 0 ] || note=", $skips skipped"
        echo "ok    $name ($ok$note)$(seconds)"
        grep '^skip: ' log | sed 's/^/      /'
    else # a crash, a leak or a failed setup is a failure of its own
        [ "$bad" -gt 0 ] || bad=1
        failure "$bad" "$name"
    fi
done
for t in "$top"/tests/cli/*.sh; do
    name=cli/$(basename "$t" .sh)
    [ -f "$t" ] && wanted "$name" || continue
    mkdir -p "$name" && cd "$name" || exit 2
    guarded sh "$t" > "$work/out" 2> "$work/log"
    cd "$work" || exit 2
    if [ $rc -eq 0 ] && ! diff -u "${t%.sh}.out" out > diff 2>&1; then
        cat diff >> log
        rc=1
    elif [ $rc -ne 0 ]; then
        cat out >> log
    fi
    result $rc "$name"
done
for t in "$top"/tests/fuzz/fuzz_*.c; do
    name=fuzz/$(basename "$t" .c)
    [ -f "$t" ] && wanted "$name" || continue
    guarded "$build/tests/$name" "$top/tests/fuzz/corpus/${name#fuzz/fuzz_}" > log 2>&1
    result $rc "$name"
done
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
