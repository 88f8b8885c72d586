# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at 20 random moments, in five builds: after each four the same command
# finishes, the question set equals that of an undisturbed run, and no stored
# answer is asked for again.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
start_reader
build() { # WORKSPACE; call it in a subshell of its own, which it becomes
    exec devibench build --videos clip.mp4 --workspace "$1" --jobs 2 \
        --generator "openai:reader-eng@$READER" --verifier "openai:reader-latin@$READER" \
        --bitrate 24k --segment 1.5 --every 1.5 --json
}
questions() { # WORKSPACE
    devibench export --workspace "$1" --stage generated --format jsonl
}
answered() { # WORKSPACE: calls with an answer in the store
    [ -f "$1/devibench.db" ] || { echo 0; return; }
    sqlite3 -readonly "$1/devibench.db" "SELECT count(*) FROM call WHERE status != 'error'" 2>/dev/null || echo 0
}
(build first > first.json) || exit 1 # the reader has seen all pictures now
start=$(date +%s%N)
(build calm > calm.json) || exit 1
length=$((($(date +%s%N) - start) / 1000000))
questions calm > calm.jsonl || exit 1
[ -s calm.jsonl ] || echo "no questions"

# Fixed lists of random thousandths of an undisturbed run; where they fall depends on
# the machine's speed. Each list adds up to less than 1000, because a build goes on
# where the one before it was killed.
hurt() { # THOUSANDTH
    (build hurt > hurt.json 2> hurt.log) &
    pid=$!
    sleep "$(awk "BEGIN { print $length * $1 / 1000000 }")"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid
}
kills=0 same=0 asked_once=0
for moments in "137 304 81 262" "33 618 149 76" "405 51 192 218" "77 233 410 64" "697 102 41 90"; do
    rm -rf hurt
    for m in $moments; do hurt "$m"; done 2> /dev/null
    before=$(answered hurt)
    (build hurt > hurt.json) || exit 1
    questions hurt > hurt.jsonl || exit 1
    cmp calm.jsonl hurt.jsonl && same=$((same + 1))
    [ "$(json_field hurt.json cached)" = "$before" ] && asked_once=$((asked_once + 1))
done
echo "killed builds that ended with the same set: $same of 5"
echo "killed builds that asked nothing twice: $asked_once of 5"
echo "$kills of 20 kills hit a running build, of $length ms" >&2
[ $kills -ge 10 ] || echo "only $kills of 20 kills hit a running build"
