#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run every test of a build folder: unit programs (cmocka), command tests
# (tests/cli/NAME.sh, whose output must equal NAME.out), and the fuzz targets
# over their corpus. `tests/run.sh BUILD [PATTERN]` runs those whose name holds PATTERN.
# A command test that exits 77 is skipped; its last line says why.
set -u
build=$(cd "$1" && pwd) pattern=${2:-}
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0 skipped=0
PATH="$build:$build/tests/tools:$PATH"
OMP_THREAD_LIMIT=${OMP_THREAD_LIMIT:-4} NO_COLOR=1
LC_ALL=C.UTF-8 TOP=$top BUILD=$build
export PATH OMP_THREAD_LIMIT NO_COLOR LC_ALL TOP BUILD
unset DEVIBENCH_TEST_KEY 2>/dev/null || true

wanted() { case "$1" in *"$pattern"*) return 0 ;; *) return 1 ;; esac; }
result() { # RC NAME LOG
    case $1 in
    0) passed=$((passed + 1)); echo "ok    $2" ;;
    77) skipped=$((skipped + 1)); echo "skip  $2: $(tail -n 1 "$3")" ;;
    *) failed=$((failed + 1)); echo "FAIL  $2"; sed 's/^/      /' "$3" | tail -n 60 ;;
    esac
}

cd "$work" || exit 1
for t in "$build"/tests/unit/test_*; do
    name=unit/$(basename "$t")
    [ -x "$t" ] && wanted "$name" || continue
    mkdir -p "$name" && (cd "$name" && "$t") > log 2>&1
    rc=$?
    # Each cmocka test counts; a crash counts as one failure.
    ok=$(grep -c '^\[       OK \]' log) bad=$(grep -c '^\[  FAILED  \] [^0-9]' log)
    skips=$(grep -c '^\[  SKIPPED \] [^0-9]' log)
    if [ $rc -eq 0 ]; then
        passed=$((passed + ok)) skipped=$((skipped + skips)); echo "ok    $name ($ok, $skips skipped)"
        grep '^skip: ' log | sed 's/^/      /'
    else
        passed=$((passed + ok)); [ "$bad" -gt 0 ] && bad=$((bad / 2)); [ "$bad" -gt 0 ] || bad=1
        failed=$((failed + bad)); echo "FAIL  $name"; sed 's/^/      /' log | tail -n 60
    fi
done
for t in "$top"/tests/cli/*.sh; do
    name=cli/$(basename "$t" .sh)
    [ -f "$t" ] && wanted "$name" || continue
    mkdir -p "$name"
    (cd "$name" && sh "$t" > "$work/out" 2> "$work/log" < /dev/null)
    rc=$?
    if [ $rc -eq 0 ] && ! diff -u "${t%.sh}.out" out > diff; then
        cat diff >> log; rc=1
    elif [ $rc -ne 0 ]; then
        cat out >> log
    fi
    result $rc "$name" log
done
for t in "$build"/tests/fuzz/fuzz_*; do
    name=fuzz/$(basename "$t")
    [ -x "$t" ] && wanted "$name" || continue
    "$t" "$top/tests/fuzz/corpus/$(basename "$t" | sed 's/^fuzz_//')" > log 2>&1
    result $? "$name" log
done
if [ $skipped -gt 0 ]; then
    echo "$passed passed, $failed failed, $skipped skipped"
else
    echo "$passed passed, $failed failed"
fi
[ $failed -eq 0 ] && [ $passed -gt 0 ]
