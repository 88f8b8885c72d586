#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the compiler does not see. `tests/lint.sh BUILD [CHECK...]` runs all checks
# or those named, reports everything, and fails when any failed.
# The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
build=${1:-build}
[ $# -eq 0 ] || shift
make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS
LC_ALL=C.UTF-8
export LC_ALL
jobs=$(nproc 2>/dev/null || echo 2)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-lint.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

find . \( -name .git -o -path ./demo -o -path "./${build#./}" -o -path './build*' -type d \) -prune \
    -o -type f -print | sed 's|^\./||' | sort > "$work/files"
grep '\.[ch]$' "$work/files" > "$work/sources"
grep '\.c$' "$work/sources" > "$work/units"

# Includes point down only (see tests/lint/arrows.awk).
check_arrows() { xargs awk -v list="$work/sources" -f tests/lint/arrows.awk < "$work/sources"; }

# Every file that takes a comment names its licence in the first three lines.
check_spdx() {
    grep -E '(\.([ch]|sh|mk|sql|awk|py|js|dict|cfg)|(^|/)Makefile|^\.ci/run|^\.clang-(format|tidy))$' \
        "$work/files" > "$work/licensed"
    while read -r f; do
        head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || {
            echo "$f:1: no SPDX-License-Identifier: GPL-3.0-or-later"
            touch "$work/unlicensed"
        }
    done < "$work/licensed"
    [ ! -e "$work/unlicensed" ]
}

check_sizes() {
    xargs awk -v lengths="$work/lengths" -f tests/lint/sizes.awk < "$work/sources" || return 1
    [ -s "$work/lengths" ] || return 0
    sort -n "$work/lengths" | awk '{ n[NR] = $1 } END {
        printf "%d functions, median %d lines, longest %d (%s)\n", NR, n[int((NR + 1) / 2)], n[NR], $2 }'
}

# forbid PATTERN WHY FILE...: prints FILE:LINE of each match. The patterns hold
# a bracket so that they do not match themselves.
forbid() {
    pattern=$1 why=$2
    shift 2
    [ $# -gt 0 ] || return 0
    grep -nHIiE "$pattern" "$@" > "$work/matches" || return 0
    sed -E "s|^([^:]*:[0-9]+):.*|\1: $why|" "$work/matches"
    touch "$work/forbidden"
}
check_words() {
    set -f
    # shellcheck disable=SC2046
    set -- $(cat "$work/files")
    forbid 'np[m]js\.(org|com)|py[p]i\.org|python[h]osted\.org|crates\.i[o]/|ruby[g]ems\.org|proxy\.gola[n]g\.org|(deb|ftp)\.debia[n]\.org|registry\.[a-z]+\.i[o]' \
        'names a package registry' "$@"
    forbid '(^|[[:space:]"=(])/wor[k]/' "names a path of one machine" "$@"
    forbid 'sub-?agen[t]|clau[d]e code|(hel[p]er|parallel) sessio[n]' \
        'speaks of how the project is made' "$@"
    # shellcheck disable=SC2046
    forbid '\.\./share[d]' 'needs a folder outside the project' $(grep -v '^tests/' "$work/files")
    [ ! -e "$work/forbidden" ]
}

check_scripts() {
    ok=0
    while read -r f; do
        case $(head -n 1 "$f") in
        *bash*) bash -n "$f" || ok=1 ;;
        *) sh -n "$f" || ok=1 ;;
        esac
    done << END
$(grep -E '\.sh$|^\.ci/run$' "$work/files")
END
    return $ok
}

check_format() {
    while read -r f; do
        clang-format --style=file "$f" | cmp -s - "$f" ||
            echo "$f: not in the format of .clang-format; 'make format' rewrites it"
    done < "$work/sources" > "$work/unformatted"
    cat "$work/unformatted"
    [ ! -s "$work/unformatted" ]
}

# compile CC TARGET...: with warnings as errors, in a folder of its own.
compile() {
    cc=$1
    shift
    "$make" -k -j"$jobs" BUILD="$build/lint-$cc" CC="$cc" WERROR=1 "$@" > "$work/make" 2>&1 && return
    grep -v '^  [A-Z][A-Z]* ' "$work/make"
    return 1
}
check_gcc() { compile gcc tests-built; }
check_clang() { compile clang tests-built; }

# Both analysers need the flags and the generated headers of a build.
generated() { compile clang "$build/lint-clang/gen/flags" "$build/lint-clang/gen/revision.h"; }
check_cppcheck() {
    generated || return 1
    cppcheck -q -j "$jobs" --std=c11 --language=c --enable=warning,portability --inline-suppr \
        --error-exitcode=1 --suppress=missingIncludeSystem --library=tests/lint/cmocka.cfg \
        -D_XOPEN_SOURCE=700 -Idevibench -I. -I"$build/lint-clang/gen" --file-list="$work/units"
}
check_tidy() {
    generated || return 1
    flags="$(cut -d ' ' -f 2- "$build/lint-clang/gen/flags") -include tests/lint/analyser.h"
    export flags
    # shellcheck disable=SC2016
    xargs -P "$jobs" -n 1 sh -c 'out=$(clang-tidy --quiet "$0" -- $flags 2>/dev/null) || {
        printf "%s\n" "${out:-$0: clang-tidy failed}" | grep -vE "^ |: note: "; exit 1; }' < "$work/units" ||
        { echo "for the path to each: clang-tidy FILE -- \$(cut -d ' ' -f 2- $build/lint-clang/gen/flags)"; false; }
}

[ $# -gt 0 ] || set -- arrows spdx sizes words scripts format gcc clang cppcheck tidy
for check in "$@"; do
    begun=$(date +%s)
    if "check_$check" > "$work/log" 2>&1; then
        passed=$((passed + 1)) verdict='ok   '
    else
        failed=$((failed + 1)) verdict='FAIL '
    fi
    took=$(($(date +%s) - begun))
    note=; [ $took -lt 2 ] || note=" $took s"
    echo "$verdict lint/$check$note"
    case $verdict$check in
    FAIL*) sed 's/^/      /' "$work/log" ;;
    *sizes) sed 's/^/      /' "$work/log" ;;
    esac
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
