#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `tests/fuzz/fuzz.sh BUILD SECONDS`: run each libFuzzer target of a build folder.
# New inputs gather in BUILD/corpus/NAME; an input that crashes, hangs or leaks is
# kept as BUILD/found/NAME-*: fix the cause and add it to tests/fuzz/corpus/NAME.
set -u
build=$1 limit=$2
seeds=$(cd "$(dirname "$0")" && pwd)
passed=0 failed=0
mkdir -p "$build/found"
for src in "$seeds"/fuzz_*.c; do
    name=$(basename "$src" .c)
    name=${name#fuzz_}
    mkdir -p "$build/corpus/$name"
    dict=
    [ ! -f "$seeds/$name.dict" ] || dict=-dict=$seeds/$name.dict
    if "$build/tests/fuzz/fuzz_$name" -max_total_time="$limit" -timeout=10 -rss_limit_mb=2048 \
        -max_len=16384 -verbosity=0 -print_final_stats=1 -artifact_prefix="$build/found/$name-" \
        ${dict:+"$dict"} "$build/corpus/$name" "$seeds/corpus/$name" > "$build/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    fuzz/$name: $(awk '/number_of_executed_units/ { print $2 }' "$build/$name.log") inputs"
    else
        failed=$((failed + 1))
        echo "FAIL  fuzz/$name"
        tail -n 60 "$build/$name.log" | sed 's/^/      /'
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
