# SPDX-License-Identifier: GPL-3.0-or-later
# The test runner must notice every way in which a test can fail.
set -u
mkdir -p tree/tests/unit tree/tests/cli tree/tests/fuzz tree/b/tests/unit tree/b/tests/fuzz
cp "$TOP/tests/run.sh" tree/tests
cd tree || exit 1
runner() {
    TEST_TIMEOUT=3 sh tests/run.sh b "$@" > log 2>&1
    rc=$?
    sed "s|$PWD|TREE|g; s/ [0-9]* s\$//; /^      [-+@]/s/\t.*//" log
    echo "exit $rc"
}
cli() { # NAME EXPECTED SCRIPT
    echo "$2" > "tests/cli/$1.out"
    echo "$3" > "tests/cli/$1.sh"
}
unit() { # NAME SCRIPT: stands for a compiled program
    : > "tests/unit/test_$1.c"
    printf '#!/bin/sh\n%s\n' "$2" > "b/tests/unit/test_$1"
    chmod +x "b/tests/unit/test_$1"
}

echo '== nothing to run'
runner
cli fine hello 'echo hello'
cli skipped '' 'echo no video here; exit 77'
unit fine 'echo "[  PASSED  ] 3 test(s)."; echo "[  SKIPPED ] 1 test(s), listed below:"; echo "[  SKIPPED ] x"'
: > tests/fuzz/fuzz_fine.c
printf '#!/bin/sh\ntest "$1" = "%s/tests/fuzz/corpus/fine"\n' "$PWD" > b/tests/fuzz/fuzz_fine
chmod +x b/tests/fuzz/fuzz_fine
echo '== all well'
runner
echo '== chosen by name'
runner cli/fine

rm -r tests/cli tests/fuzz && mkdir tests/cli tests/fuzz
cli differs hello 'echo help'
cli code hello 'echo hello; echo said on stderr >&2; exit 3'
cli no_out '' 'echo x'
rm tests/cli/no_out.out
cli slow '' 'sleep 60'
cli leaves '' 'sleep 60 & echo'
cli private 'HOME and keys are hidden' \
    'case $HOME in */devibench-check.*) ;; *) echo "$HOME" ;; esac
     [ -z "${SOME_API_KEY:-}${http_proxy:-}" ] && echo "HOME and keys are hidden"'
unit fails 'echo "[  PASSED  ] 2 test(s)."; echo "[  FAILED  ] 1 test(s), listed below:"; exit 1'
unit hides 'echo "[  PASSED  ] 2 test(s)."; echo "[  FAILED  ] 1 test(s), listed below:"; exit 0'
unit crashes 'echo "[       OK ] a"; exit 139'
unit leaks 'echo "[  PASSED  ] 2 test(s)."; exit 23'
unit empty 'exit 0'
: > tests/unit/test_unbuilt.c
export SOME_API_KEY=secret http_proxy=http://127.0.0.1:9
echo '== all that can go wrong'
runner
