# SPDX-License-Identifier: GPL-3.0-or-later
# build --batch gives the same questions and verdicts as build, at half the price, over the
# batch interface of each service; files are split by count and by bytes.
. "$TOP/tests/lib.sh"
. "$TOP/tests/batch.sh"
make_clips
script '{"text": "ok"}' > script.json
start_fake script.json
for wire in openai responses anthropic gemini; do
    echo "== $wire"
    models $wire '"batch_requests": 5'
    before=$(asked)
    build $wire --json > plain.json || exit 1
    between=$(asked)
    build $wire.batch --batch --poll 0.1 --json > batch.json 2> log || { cat log; exit 1; }
    after=$(asked)
    outcome $wire > plain.txt
    outcome $wire.batch > batch.txt
    cmp plain.txt batch.txt && echo "the same, $(wc -l < plain.txt) lines"
    echo "asked: $((between - before)) and $((after - between))"
    awk -v a="$(json_field plain.json cost_usd)" -v b="$(json_field batch.json cost_usd)" \
        'BEGIN { printf "price: %.3f of it\n", b / a }'
    sqlite3 $wire.batch/devibench.db "SELECT status, total, count(*) FROM batch GROUP BY 1, 2"
    ls $wire.batch
    echo "again:"
    build $wire.batch --batch --poll 0.1 | grep ^calls
    [ "$(asked)" = "$after" ] || echo "asked again"
done
echo "== split by bytes"
models openai '"batch_bytes": 110000'
build bytes --batch --poll 0.1 --until generate 2> log | grep ^calls
sqlite3 bytes/devibench.db "SELECT status, total, count(*) FROM batch GROUP BY 1, 2"
models openai '"batch_bytes": 4000'
build small --batch --poll 0.1 --until generate 2>&1 | grep -o 'not asked: .*'
echo "== profiles that are not batched"
models openai '"batch": false'
build direct --batch | grep ^calls
sqlite3 direct/devibench.db "SELECT count(*) FROM batch"
echo "== token probabilities are kept"
models gemini '"logprobs": 2'
build probable > /dev/null 2>&1
build probable.batch --batch --poll 0.1 > /dev/null 2>&1
for ws in probable probable.batch; do
    sqlite3 $ws/devibench.db "SELECT count(*) > 0, count(*) = count(logprobs) FROM call WHERE status = 'ok'"
done
