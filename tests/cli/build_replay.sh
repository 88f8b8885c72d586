# SPDX-License-Identifier: GPL-3.0-or-later
# A run is shared: build, export its calls, import them elsewhere, and build
# again with --offline: no server, no key, no models file, the same question set.
# Then --refresh: every question is asked anew, and the earlier run stays as it was.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=4" a.mp4 || exit 1

q() { # TEXT
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"Counting\\", \\"frames\\": \\"single\\"}'
}
list() { # QUESTION QUESTION
    printf '{"text": "{\\"questions\\": ['
    q "$1"
    printf ', '
    q "$2"
    printf ']}"}'
}
on() { # QUESTION REPLY REPLY
    printf '{"contains": "%s", "text": "%s"}, {"contains": "%s", "text": "%s"}' "$1" "$2" "$1" "$3"
}
cat > script.json <<END
{"gen": [$(list One? Two?), $(list Three? Four?), $(list Five? Six?)],
 "fil": [$(on One? blue red), $(on Two? blue red), $(on Three? blue blue), $(on Four? blue red),
         $(on Five? blue red), $(on Six? blue red)],
 "ver": [{"contains": "Two?", "text": "white"}, {"text": "blue"}]}
END
export DEVIBENCH_TEST_KEY=sk-planted-0123456789abcdef
start_fake script.json --key-env DEVIBENCH_TEST_KEY
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "key_env": "DEVIBENCH_TEST_KEY",
        "concurrency": 1}' "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver)}" > models.json
build() { # WORKSPACE [OPTIONS]
    ws=$1
    shift
    devibench build --videos a.mp4 --workspace "$ws" --generator gen --filter fil --verifier ver \
        --segment 2 --every 2 --bitrate 60k "$@" > out.log 2>&1
    code=$?
    grep -E '^(generated|accepted|verified|undecided|calls|missing)' out.log
    grep '^error' out.log | sed "s|127.0.0.1:[0-9]*|HOST|"
    echo "exit code $code"
}
questions() { # WORKSPACE [OPTIONS]
    ws=$1
    shift
    devibench export --workspace "$ws" --format jsonl --stage generated "$@"
}
echo "== with a service"
build one --models-file models.json
questions one > one.jsonl
echo "== export"
devibench export --workspace one --format calls --out calls.jsonl
devibench export --workspace one --format calls | cmp - calls.jsonl && echo "the same on stdout"
devibench export --workspace one --format calls --out calls.jsonl --json | grep -E '"(calls|file)"'
grep -c planted calls.jsonl
head -n 1 calls.jsonl | grep -o '"[a-z_]*":' | tr -d '\n' | sed 's/"profile":.*"prompt_name":/"profile":..."prompt_name":/'
echo
kill "$started" && wait "$started"
started=
unset DEVIBENCH_TEST_KEY
echo "== import and replay"
devibench import --workspace two --format calls --in calls.jsonl
build two --offline
questions two | cmp - one.jsonl && echo "the same question set"
echo "== again"
devibench import --workspace two --format calls --in - --json < calls.jsonl | sed 1,3d
echo "== a workspace without them, and one with some"
build three --offline --models-file models.json
grep -v '"step":"degraded"' calls.jsonl | devibench import --workspace four --format calls --in - > /dev/null
build four --offline
questions four | grep -c '"stage":"generated"'
echo "== bad files"
{ head -n 2 calls.jsonl; echo '{"request_hash": 5'; } > cut.jsonl
devibench import --workspace five --format calls --in cut.jsonl 2>&1
sed 's/"reply":"blue"/"reply":"green"/' calls.jsonl | devibench import --workspace two --format calls --in - 2>&1 |
    sed 's/request [0-9a-f]*/request HASH/'
sed 's/"reply":"blue"/"reply":"green"/' calls.jsonl | devibench import --workspace two --format calls --in - --keep
build two --offline
devibench import --workspace two 2>&1
devibench import --in calls.jsonl 2>&1 | head -n 1
devibench export --workspace two --format calls --run 1 2>&1 | head -n 1
devibench build --videos a.mp4 --workspace two --refresh --offline 2>&1 | head -n 1

echo "== refresh"
export DEVIBENCH_TEST_KEY=sk-planted-0123456789abcdef
port=${FAKE##*:}
start_fake script.json --key-env DEVIBENCH_TEST_KEY --port "${port%/v1}"
# The server begins its script again; one request lets it get ahead of what 'one' has.
curl -s --noproxy '*' -H "Authorization: Bearer $DEVIBENCH_TEST_KEY" -H 'Content-Type: application/json' \
    -d '{"model":"gen","messages":[{"role":"user","content":"x"}]}' "$FAKE/chat/completions" > warm.log
build one --models-file models.json --refresh
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
questions one --run 1 | cmp - one.jsonl && echo "the first run is as it was"
questions one | grep -o '"question":"[A-Za-z]*?' | sort
build one --models-file models.json
echo "requests: $(requests gen)"
sqlite3 one/devibench.db "SELECT step, length(request_hash) - 64, count(*) FROM call GROUP BY 1, 2"
devibench export --workspace one --format calls --out calls.jsonl
devibench import --workspace six --format calls --in calls.jsonl
build six --offline
