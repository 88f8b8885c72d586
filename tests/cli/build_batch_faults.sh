# SPDX-License-Identifier: GPL-3.0-or-later
# Batches that expire, fail, are refused or lose results: what failed goes into another
# batch, and the set is the same as that of an undisturbed build.
. "$TOP/tests/lib.sh"
. "$TOP/tests/batch.sh"
make_clips
refusal='{"status": 429, "error": {"message": "Too many batches", "type": "rate_limit_error"}}'
script "{\"text\": \"expire\"}, {\"text\": \"ok\", \"drop\": true}, {\"text\": \"missing\"},
    {\"text\": \"damage\"}, {\"text\": \"full\"}, $refusal, {\"text\": \"doubled\"}, {\"text\": \"slow\"},
    {\"text\": \"expire\"}, {\"text\": \"ok\"}" > script.json
for wire in openai anthropic gemini; do
    echo "== $wire"
    start_fake script.json
    models $wire '"batch_requests": 5'
    build $wire > /dev/null || exit 1
    build $wire.batch --batch --poll 0.1 --batch-retries 3 --json > batch.json 2> log || { cat log; exit 1; }
    outcome $wire > plain.txt
    outcome $wire.batch > batch.txt
    cmp plain.txt batch.txt && echo "the same, $(wc -l < plain.txt) lines"
    grep '^    "failed"' batch.json
    sqlite3 $wire.batch/devibench.db "SELECT count(*) FROM batch WHERE status NOT IN ('done', 'failed')"
    grep -c -e 'not clear whether' -e 'was found again' -e 'cannot be read' log
done
echo "== no more than so often"
script '{"text": "expire"}' > script.json
start_fake script.json
models openai
build expired --batch --poll 0.1 --batch-retries 0 --until generate > out 2> log
echo "exit $?"
grep ^calls out
grep -o '1 calls failed.*' log | sed 's/127.0.0.1:[0-9]*/HOST/'
build expired --batch --poll 0.1 --batch-retries 0 --until generate 2> log | grep ^calls
echo "== a batch that is no good"
script '{"text": "fail"}' > script.json
start_fake script.json
models openai
build bad --batch --poll 0.1 --until generate > out 2> log
echo "exit $?"
grep ^calls out
grep error log
echo "== a service that fails whenever a batch is made"
script '{"status": 500, "error": {"message": "The server had an error"}}' > script.json
start_fake script.json
models openai
build never --batch --poll 0.1 --until generate > out 2> log
echo "exit $?"
grep ^calls out
grep -o 'HTTP 500: .*' log | tail -n 1
echo "asked: $(asked)"
echo "== a service without batches, one that is not there, a wrong key"
script '{"text": "ok"}' > script.json
start_fake script.json
models openai
sed 's|/v1"|/v2"|' models.json > m2 && mv m2 models.json
build none --batch --poll 0.1 --until generate 2>&1 > /dev/null | grep error | sed 's/127.0.0.1:[0-9]*/HOST/g'
DEVIBENCH_TEST_KEY=sk-right-0123456789
export DEVIBENCH_TEST_KEY
start_fake script.json --key-env DEVIBENCH_TEST_KEY
models openai '"key_env": "DEVIBENCH_TEST_KEY"'
DEVIBENCH_TEST_KEY=sk-wrong-0123456789
build key --batch --poll 0.1 --until generate > out 2> log
echo "exit $?"
grep -c HTTP.401 log
grep -r -l -e sk-wrong-0123456789 -e sk-right-0123456789 out log key
DEVIBENCH_TEST_KEY=sk-right-0123456789
build key --batch --poll 0.1 --until generate 2> log | grep ^calls
grep -r -l -e sk-right-0123456789 log key
echo "== cancelled"
script '{"text": "slow"}' > script.json
start_fake script.json
models openai
rm -f log
(devibench() { exec "$BUILD/devibench" "$@"; }; build gone --batch --poll 3600 --until generate > /dev/null 2> log) &
pid=$!
wait_for_text() { i=0; until grep -q "$1" log; do i=$((i + 1)); [ $i -le 200 ] || exit 1; sleep 0.1; done; }
wait_for_text 'holds 3 questions'
kill -9 $pid && wait $pid 2> /dev/null
build gone --until generate --offline 2>&1 | grep -o '[0-9]* answers are not in the store'
build gone --cancel-batches --poll 0.1 --until generate 2> log | grep ^calls
grep -o -e 'is being cancelled' -e 'cancelled, 3 of 3 done' log
sqlite3 gone/devibench.db "SELECT status, message FROM batch"
