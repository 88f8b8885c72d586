# SPDX-License-Identifier: GPL-3.0-or-later
# A build --batch that is killed at any moment and run again ends with the set of an
# undisturbed run, and no question is answered, and so paid for, twice by the service.
. "$TOP/tests/lib.sh"
. "$TOP/tests/batch.sh"
make_clips
# The service makes a batch at once, but is slow to tell its id.
script '{"text": "ok", "delay_ms": 150}' > script.json
start_fake script.json
batch() { # WORKSPACE; call it in a subshell of its own, which it becomes
    exec devibench build --videos clip0.mp4 clip120.mp4 clip240.mp4 --workspace "$1" --models-file models.json \
        --generator gen --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k \
        --batch --poll 0.1 --json
}
same=0 once=0 kills=0 runs=0
for wire in openai anthropic gemini; do
    models $wire '"batch_requests": 7'
    rm -rf calm hurt
    before=$(asked)
    start=$(date +%s%N)
    (batch calm > calm.json 2> log) || { cat log; exit 1; }
    length=$((($(date +%s%N) - start) / 1000000))
    needed=$(($(asked) - before))
    outcome calm > calm.txt
    # Thousandths of the undisturbed run; where they fall depends on the machine's speed.
    for moments in "150 250 330" "420 90 200 60" "60 500 40" "230 310 170 120 80"; do
        rm -rf hurt
        before=$(asked) runs=$((runs + 1))
        for m in $moments; do
            (batch hurt > hurt.json 2> hurt.log) &
            pid=$!
            sleep "$(awk "BEGIN { print $length * $m / 1000000 }")"
            kill -9 $pid 2> /dev/null && kills=$((kills + 1))
            wait $pid
        done 2> /dev/null
        (batch hurt > hurt.json 2> hurt.log) || { cat hurt.log; exit 1; }
        outcome hurt > hurt.txt
        cmp calm.txt hurt.txt && same=$((same + 1))
        if [ "$(($(asked) - before))" = "$needed" ]; then
            once=$((once + 1))
        else
            echo "$wire, $moments: $(($(asked) - before)) instead of $needed" >&2
        fi
        build hurt --batch > /dev/null 2>&1 # what was left open by a kill is closed
        open=$(sqlite3 hurt/devibench.db "SELECT count(*) FROM batch WHERE status IN ('sending', 'running')")
        [ "$open" = 0 ] || echo "$open batches are open"
    done
done
echo "killed builds that ended with the same set: $same of $runs"
echo "killed builds whose questions were answered once: $once of $runs"
echo "$kills of 45 kills hit a running build, of $length ms" >&2
[ $kills -ge 20 ] || echo "only $kills of 45 kills hit a running build"
