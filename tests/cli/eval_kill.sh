# SPDX-License-Identifier: GPL-3.0-or-later
# kill -9 at random moments of an evaluation: the same command finishes it with the
# results of an undisturbed one, and asks nothing twice that was answered.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
start_reader
cat > models.json <<END
{"eng": {"wire": "openai", "base_url": "$READER", "model": "reader-eng"},
 "latin": {"wire": "openai", "base_url": "$READER", "model": "reader-latin"}}
END
devibench build --videos clip.mp4 --workspace base --models-file models.json --generator eng \
    --verifier latin --bitrate 24k --segment 1.5 --every 1.5 > build.log || exit 1
eval_it() { # WORKSPACE; call it in a subshell of its own, which it becomes
    exec devibench eval -w "$1" --models-file models.json --models eng,latin --jobs 2 \
        --bitrates 12k,48k,original --baselines blind,frame,black --rounds 200 --csv "$1.csv" --json
}
answered() { # WORKSPACE: calls with an answer in the store
    sqlite3 -readonly "$1/devibench.db" "SELECT count(*) FROM call WHERE status != 'error'"
}
plain() { grep -v -e '"run":' -e '"made":' -e '"cached":' "$1"; }
cp -r base first
(eval_it first > first.json) || exit 1 # the reader has seen all pictures now
cp -r base calm
start=$(date +%s%N)
(eval_it calm > calm.json) || exit 1
length=$((($(date +%s%N) - start) / 1000000))
total=$(answered calm)
plain calm.json > calm.plain
hurt() { # THOUSANDTH of an undisturbed run
    (eval_it hurt > hurt.json 2> hurt.log) &
    pid=$!
    sleep "$(awk "BEGIN { print $length * $1 / 1000000 }")"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid
}
kills=0 same=0 asked_once=0
for moments in "120 240 60" "480 90 150" "30 350 210" "620 40 110"; do
    rm -rf hurt
    cp -r base hurt
    for m in $moments; do hurt "$m"; done 2> /dev/null
    before=$(answered hurt)
    (eval_it hurt > hurt.json) || exit 1
    plain hurt.json | cmp - calm.plain && same=$((same + 1))
    [ $((before + $(json_field hurt.json made))) = "$total" ] && asked_once=$((asked_once + 1))
done
echo "killed evaluations that ended with the same results: $same of 4"
echo "killed evaluations that asked nothing twice: $asked_once of 4"
echo "$kills of 12 kills hit a running evaluation, of $length ms" >&2
[ $kills -ge 6 ] || echo "only $kills of 12 kills hit a running evaluation"
