# SPDX-License-Identifier: GPL-3.0-or-later
# What every command must do alike, whatever commands there are.
set -u
say() { echo "$*"; }
# run COMMAND...: its output in out, messages in err, exit code in rc
run() { "$@" > out 2> err; rc=$?; }
# expect RC WHAT: and nothing on stdout unless RC is 0, nothing on stderr if it is
expect() {
    [ $rc -eq "$1" ] || say "$2: exit code $rc, expected $1"
    if [ "$1" -eq 0 ]; then
        [ -s out ] && [ ! -s err ] || { say "$2: expected stdout only"; cat err; }
    else
        [ -s err ] && [ ! -s out ] || { say "$2: expected stderr only"; cat out; }
    fi
}
has() { grep -qF -- "$1" "$2" || { say "'$1' is not in $2:"; cat "$2"; }; }

run devibench
expect 2 'no arguments'
has 'Usage: devibench <command> [options]' err
run devibench nonsense-command
expect 2 'unknown command'
has "error: unknown command 'nonsense-command'" err
has "Try 'devibench --help'." err
run devibench --nonsense
expect 2 'option before the command'
has "unknown option '--nonsense'" err
run devibench help nonsense-command
expect 2 'help about an unknown command'
has "unknown command 'nonsense-command'" err
for word in --help -h help; do
    run devibench $word
    expect 0 "devibench $word"
    has 'Usage: devibench <command> [options]' out
done
cp out help
run devibench --version
expect 0 --version
grep -qxE 'devibench [0-9]+\.[0-9]+\.[0-9]+' out || cat out
say 'global options'

run devibench --man
expect 0 --man
cp out man
mandoc -Tlint -Wwarning man
run devibench --completion
expect 0 --completion
cp out completion
bash -n completion
# A name may have two words; those are split where $c stands unquoted.
sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\( [a-z-][a-z-]*\)\{0,1\}\)  *[A-Z].*/\1/p' help > commands
# shellcheck disable=SC2086
while read -r c; do
    run devibench $c --help
    expect 0 "$c --help"
    cp out text
    has "Usage: devibench $c [options]" text
    has "For every command:" text
    sed '/^Examples:/,$d' text | awk -v c="$c" '
        length($0) > 80 { print c " --help: over 80 columns: " $0 }
        / $/ { print c " --help: ends in a space: " $0 }'
    run devibench help $c
    cmp out text
    grep -o '^ *-[a-zA-Z],' text | sort | uniq -d | sed "s/^/$c: two options are /"
    sed -nE '/^Examples:/q; s/^  (    |-[a-zA-Z], )(--[a-z0-9-]+).*/\2/p' text | sort \
        | uniq -d | sed "s/^/$c: two options are /"
    # Bad usage: code 2, nothing on stdout, and where to look.
    run devibench $c --nonsense-option
    expect 2 "$c with an unknown option"
    has "error: unknown option '--nonsense-option'" err
    has "Try 'devibench $c --help'." err
    run devibench $c --jsn
    expect 2 "$c with a misspelt option"
    has 'did you mean --json?' err
    run devibench $c --json=yes
    expect 2 "$c with a value for a flag"
    has "--json: found 'yes', expected no value" err
    run devibench ${c}x
    expect 2 "misspelt $c"
    has "did you mean " err
    # The three renderings of one table agree.
    escaped=$(printf '%s' "$c" | sed 's/-/\\-/g')
    has ".SS devibench $escaped" man
    sed -n "/^\.SS devibench $c\$/,/^\.S/p" man | sed 's/\\-/-/g' > section
    sed -n '/^Options:/,/^For every/s/^  .*\(--[a-z0-9-]*\).*/\1/p' text > options
    grep -v '^$' options | while read -r o; do
        has "$o" section
        has "$o " completion
    done
done < commands
say 'every command'

# Completion, as bash calls it.
cat > complete.bash << 'END'
. ./completion
try() { COMP_WORDS=(devibench "$@"); COMP_CWORD=$#; COMPREPLY=(); _devibench; echo "${COMPREPLY[*]}"; }
[[ $(try hel) == help ]] || echo "hel: $(try hel)"
while read -r c; do
    [[ " $(try $c) " == *" ${c##* } "* ]] || echo "$c is not completed"
    [[ $(try $c --verb) == *--verbose* ]] || echo "$c --verb: $(try $c --verb)"
    [[ -z $(try $c word) ]] || echo "$c word: $(try $c word)"
done < commands
END
bash complete.bash
say completion

devibench --help > /dev/full 2> err
rc=$?
[ $rc -eq 5 ] || say "a full disk: exit code $rc, expected 5"
has 'error: cannot write the result: No space left on device' err
say 'a full disk'

# Whoever read has gone before the result is written.
mkfifo pipe
cat < pipe > taken &
exec 4> pipe
kill $! && wait $! 2>/dev/null
devibench --help >&4 2> err
rc=$?
exec 4>&-
[ -s err ] && say "a closed pipe: $(cat err)"
[ $rc -eq 141 ] || say "a closed pipe: exit code $rc, expected 141"
say 'a closed pipe'
