# SPDX-License-Identifier: GPL-3.0-or-later
# A model whose name does not resolve, whose certificate nobody signed, that does
# everything wrong in turn, each to a question of its own. Each run ends with the
# right status; once nothing is wrong the same command completes the job, and every
# question is answered exactly once.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=2" b.mp4 || exit 1

repeat() { # N REPLY
    for _ in $(seq "$1"); do printf '%s,' "$2"; done
}
error() { # STATUS [HEADERS]: an error that says to come back at once
    printf '{"status": %s, "headers": {%s}, "error": {"message": "fault %s"}}' "$1" "${2:-"\"retry-after-ms\": \"1\""}" "$1"
}
filter= verify= questions=
# fault NAME N REPLY: the verifier's first N requests about the question of this name get it
fault() {
    questions="$questions $1"
    for reply in blue red; do # right on the original, wrong on the degraded clip
        filter="$filter{\"contains\": \"Question: Fault $1?\", \"text\": \"$reply\"},"
    done
    verify="$verify$(repeat "$2" "{\"contains\": \"Question: Fault $1?\", ${3#\{}")"
    verify="$verify{\"contains\": \"Question: Fault $1?\", \"text\": \"blue\"},"
}
# Those that end within the run, by being asked again.
fault limit-ms 2 "$(error 429 '"retry-after-ms": "20"')"
fault limit-s 1 "$(error 429 '"retry-after": "0.02"')"
fault limit-date 1 "$(error 429 '"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"')"
fault limit-reset 1 "$(error 429 '"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms"')"
fault limit-rfc3339 1 "$(error 429 '"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2015-10-21T07:28:00Z"')"
fault limit-info 1 '{"status": 429, "error": {"message": "m", "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.02s"}]}}'
fault error-500 5 "$(error 500)"
fault error-503 5 "$(error 503)"
fault error-529 5 "$(error 529)"
fault reset 1 '{"text": "blue", "cut": 20}'
fault nothing 1 '{"drop": true}'
fault half-json 2 '{"raw": "{\"choices\": [{\"mess"}'
fault slow-bytes 1 '{"text": "blue", "trickle_ms": 1000}'
# Those that do not: this run says so, the next one asks again.
fault ever-500 6 "$(error 500)"
fault ever-429 6 "$(error 429)"
fault html 3 '{"raw": "<html>Bad Gateway</html>", "type": "text/html"}'
fault gigabyte 1 '{"fill": 1073741824}'
fault error-200 3 '{"status": 200, "error": {"message": "upstream failed"}}'
fault empty 3 '{"raw": "{\"choices\": []}"}'
fault not-found 1 "$(error 404)"
# Answers, though no good ones: never asked again.
fault filtered 1 '{"text": "", "outcome": "filtered"}'
fault filter-400 1 '{"status": 400, "error": {"message": "blocked", "code": "content_filter"}}'
fault no-letter 1 '{"text": "Hm, well."}'

list() { # NAME...
    printf '{"questions": ['
    comma=
    for name; do
        printf '%s{"question": "Fault %s?", "options": ["red", "green", "blue", "white"], "answer": "blue", "task_type": "Counting", "frames": "single"}' "$comma" "$name"
        comma=', '
    done
    printf ']}'
}
# shellcheck disable=SC2086
gen=$(list $questions | sed 's/\\/\\\\/g; s/"/\\"/g')
cat > script.json <<END
{"gen": [$(repeat 1 '{"text": "{\"answers\": []}"}') {"text": "$gen"}],
 "fil": [${filter%,}], "ver": [${verify%,}]}
END
start_fake script.json
profile() { # NAME CONCURRENCY [BASE_URL]
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": %s, "timeout_s": 8}' \
        "$1" "${3:-$FAKE}" "$1" "$2"
}
filter_at() { # BASE_URL CONCURRENCY
    echo "{$(profile gen 1), $(profile fil "$2" "$1"), $(profile ver 8)}" > models.json
}
build() {
    devibench build --videos a.mp4 b.mp4 --workspace ws --models-file models.json --generator gen \
        --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k --questions 40 > build.log 2>&1
    echo "exit code $?"
    grep -E '^(generated|accepted|verified|unparsed|undecided|calls|no choice)' build.log
}

echo "== a filter whose name does not resolve"
filter_at https://devibench-test.invalid/v1 8
build
echo "== the same command; now its certificate is signed by nobody"
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 2> openssl.log || exit 1
plain=$FAKE
start_fake script.json --tls-cert cert.pem --tls-key key.pem
tls=$FAKE FAKE=$plain
filter_at "$tls" 8
build
grep -c '^error: .*ertificate' build.log
echo "== the same command; now the verifier does everything wrong"
filter_at "$FAKE" 1
build
sqlite3 ws/devibench.db "SELECT status, count(*), sum(attempts) FROM call WHERE step = 'verify' GROUP BY 1"
echo "== the same command; now nothing is wrong"
build
sqlite3 ws/devibench.db "
    SELECT step, status, count(*) FROM call WHERE status != 'error' GROUP BY 1, 2;
    SELECT 'asked and answered more than once', count(*) FROM (SELECT request_hash FROM call
        WHERE status != 'error' GROUP BY request_hash HAVING count(*) > 1);
    SELECT 'verdicts of the last run', step, count(*), count(DISTINCT question) FROM verdict
        WHERE run = 4 GROUP BY step"
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
build > again.log
echo "requests: gen $(requests gen) fil $(requests fil) ver $(requests ver)"
