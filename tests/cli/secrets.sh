# SPDX-License-Identifier: GPL-3.0-or-later
# A planted key is nowhere but in the environment and in the header it belongs in:
# not in the workspace, logs, results, messages or process arguments, whatever a
# service does with it, and however the program ends.
. "$TOP/tests/lib.sh"
service="$TMPDIR/secrets.$$"
mkdir "$service" || exit 1
trap 'cleanup; rm -rf "$service"' EXIT
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
wires='openai responses anthropic dashscope gemini'

base() { # WIRE, of the service at ORIGIN
    case $1 in
    dashscope) echo "$ORIGIN/compatible-mode/v1" ;;
    gemini) echo "$ORIGIN/v1beta" ;;
    *) echo "$ORIGIN/v1" ;;
    esac
}
profile() { # WIRE MODEL [FIELDS]
    printf '"%s-%s": {"wire": "%s", "base_url": "%s", "model": "%s", "key_env": "DEVIBENCH_TEST_KEY",
        "concurrency": 1%s},\n' "$1" "$2" "$1" "$(base "$1")" "$2" "$3"
}
# The key as it stands within a JSON string, and with every letter escaped.
json_text() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }
json_escaped() { printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ \(..\)/\\u00\1/g'; }

write_script() { # of the service that knows the key
    k=$(json_text "$DEVIBENCH_TEST_KEY") e=$(json_escaped "$DEVIBENCH_TEST_KEY")
    kk=$(json_text "$k") # within a JSON text that stands in a JSON text
    q="{\\\"question\\\": \\\"What of $kk?\\\", \\\"options\\\": [\\\"red\\\", \\\"green\\\", \\\"blue\\\", \\\"$kk\\\"], \\\"answer\\\": \\\"blue\\\", \\\"task_type\\\": \\\"Counting\\\", \\\"frames\\\": \\\"single\\\"}"
    head="\"x-key\": \"$k\", \"x-request-id\": \"$k\", \"retry-after-ms\": \"1\", \"x-ratelimit-reset-requests\": \"$k\""
    cat > "$service/script.json" << END
{"gen": [{"text": "{\"questions\": [$q]}", "headers": {$head}}],
 "fil": [{"text": "blue, as $k says"}, {"text": "red, as $k says"}],
 "ver": [{"text": "blue"}],
 "e401": [{"status": 401, "headers": {$head}, "error": {"message": "Incorrect API key provided: \$KEY.", "type": "x", "code": "$k"}}],
 "e400": [{"status": 400, "headers": {$head}, "raw": "bad key $k, I said $k"}],
 "e500": [{"status": 500, "headers": {$head}, "raw": "{\"error\": {\"message\": \"$e\", \"type\": \"$k\", \"code\": \"$e\"}}"}],
 "e200": [{"status": 200, "headers": {$head}, "error": {"message": "upstream refused \$KEY", "type": "$k"}}],
 "html": [{"status": 502, "headers": {$head, "retry-after": "$k"}, "type": "text/html", "raw": "<p>$k</p>"}],
 "junk": [{"raw": "{\"$k\": [\"$k", "headers": {$head}}],
 "away": [{"status": 307, "headers": {"location": "$OTHER/chat/completions?key=$k"}, "raw": ""}],
 "off": [{"status": 302, "headers": {"location": "$OTHER/messages"}, "raw": "moved, $k"}],
 "hang": [{"text": "B", "delay_ms": 3600000}]}
END
}
search() { # WHERE...: files that hold a piece of the key, as it is or as text in JSON
    grep -rlaE 'PLANTHEAD|PLANTMIDDLE|PLANTTAIL' "$@" && echo "the key is in these files"
}
quiet() { "$@" >> out.log 2>> err.log; }
run_all() { # WORKSPACE
    for wire in $wires; do
        for model in e401 e400 e500 e200 html junk away off; do
            [ "$model$wire" = junkopenai ] || [ $model != junk ] || continue # asked twice more, slowly
            quiet devibench models check "$wire-$model" --models-file models.json -v --json
            [ $? -eq 4 ] || echo "$wire-$model: another exit code than 4"
        done
        quiet devibench build -v --videos a.mp4 --workspace "$1" --models-file models.json --segment 2 --every 2 \
            --bitrate 60k --json --generator "$wire-gen" --filter "$wire-fil" --verifier "$wire-ver" ||
            echo "$wire: build failed"
        [ "$(devibench export --workspace "$1" --stage generated --format jsonl | grep -c '"question"')" = 1 ] ||
            echo "$wire: no question"
        quiet devibench build -v --videos a.mp4 --workspace "$1" --models-file models.json --segment 2 --every 2 \
            --bitrate 60k --generator "$wire-e401" --filter "$wire-gen" --verifier "$wire-ver"
        [ $? -eq 4 ] || echo "$wire: a build with a bad key ended with another code than 4"
    done
    quiet devibench show --workspace "$1"
    key=$(devibench show --workspace "$1" --run 1 --stage generated | sed 's/ .*//')
    quiet devibench show --workspace "$1" --run 1 "$key" --json
    quiet devibench show --workspace "$1" --run 1 "$key"
    quiet devibench export --workspace "$1" --run 1 --stage generated
    quiet devibench export --workspace "$1" --format calls
    quiet devibench import --workspace "$1.copy" --format calls --in out.log # no calls: named, not repeated
    quiet devibench models --models-file models.json --json
    quiet devibench models --models-file models.json
}
for form in plain odd; do
    echo "== a key of the $form form"
    case $form in
    plain) DEVIBENCH_TEST_KEY=sk-PLANTHEAD-0123456789-PLANTMIDDLE-abcdefghij-PLANTTAIL ;;
    odd) wires='openai gemini' DEVIBENCH_TEST_KEY='sk"PLANTHEAD\/+=&%20<b>-PLANTMIDDLE'\''{}$(x)`y`;-PLANTTAIL"' ;;
    esac
    export DEVIBENCH_TEST_KEY
    echo '{}' > "$service/none.json"
    start_fake "$service/none.json"
    OTHER=$FAKE
    write_script
    start_fake "$service/script.json" --key-env DEVIBENCH_TEST_KEY
    ORIGIN=${FAKE%/v1}
    {
        echo '{'
        for wire in $wires; do
            for model in gen fil ver e401 e400 e500 e200 html junk away off hang; do profile "$wire" $model; done
        done
        echo '"last": {"wire": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "x"}}'
    } > models.json
    run_all "ws-$form"
    echo "requests that followed a redirect: $(FAKE=$OTHER requests)"
    sqlite3 "ws-$form/devibench.db" "SELECT count(*) > 5, sum(reply LIKE '%***%') > 0 FROM call"
    search . || echo "not found"
done

echo "== while it runs, and after a crash"
devibench build -v --videos a.mp4 --workspace ws-hang --models-file models.json --segment 2 --every 2 --bitrate 60k \
    --generator openai-hang --verifier openai-ver >> out.log 2>> err.log &
pid=$!
started="$started $pid"
i=0
until [ "$(requests hang)" -ge 1 ] || [ $i -gt 100 ]; do i=$((i + 1)); sleep 0.1; done
mkdir proc
tr '\0' ' ' < /proc/$pid/cmdline > proc/cmdline
cat /proc/$pid/task/*/comm > proc/comm
ls -l /proc/$pid/fd > proc/fd 2>&1
echo "children: $(cat /proc/[0-9]*/stat 2> proc/gone | sed 's/.*) //' | awk -v p=$pid '$2 == p' | wc -l)"
grep -c 'devibench build' proc/cmdline
# The search would find it: the environment is where the key belongs.
tr '\0' '\n' < /proc/$pid/environ | grep -c PLANTHEAD
kill -9 $pid
wait $pid 2> proc/gone
search . || echo "not found"

echo "== keys where they do not belong are not repeated"
devibench models check "openai:m@http://me:$DEVIBENCH_TEST_KEY@127.0.0.1:9/v1" > misplaced.log 2>&1
echo "exit code $?"
devibench models check "openai:m@http://127.0.0.1:9/v1?key=$DEVIBENCH_TEST_KEY" >> misplaced.log 2>&1
echo "exit code $?"
grep -c '^error' misplaced.log
search . || echo "not found"
ls -d "$TMPDIR"/devibench-check-* 2> /dev/null
exit 0
