# SPDX-License-Identifier: GPL-3.0-or-later
# devibench-reader from start to stop: models, questions on a picture, answers,
# regions, every kind of refusal.
set -eu
fixture=$TOP/tests/fixtures/reader/board.png

start() { # starts the server; sets pid and url
    rm -f url
    devibench-reader "$@" > url 2> log &
    pid=$!
    for _ in $(seq 100); do
        [ -s url ] && break
        sleep 0.1
    done
    url=$(cat url)
}
trap 'kill $pid 2>/dev/null || true' EXIT

# get PATH [CURL OPTIONS]: status, then the body with the volatile parts taken out
get() {
    path=$1
    shift
    code=$(curl -s -o body -w '%{http_code}' "$@" "$url$path")
    printf '%s %s\n' "$code" "$(sed -E 's/"created":[0-9]+/"created":0/g; s/chatcmpl-[0-9a-f-]+/ID/' body)"
}
post() { get /chat/completions -H 'Content-Type: application/json; charset=utf-8' --data-binary @"$1"; }
data_uri() { printf 'data:%s;base64,' "$1"; base64 -w0 "$2"; }

# ask TEXT [FIELD]: a request with pictures.json's parts and that text
ask() {
    printf '{"model":"%s","messages":[{"role":"user","content":[%s,{"type":"text","text":"%s"}]}]%s}' \
        "${model:-reader-eng}" "$(cat pictures.json)" "$1" "${2:-}" > request.json
    post request.json
}
pictures() { # KIND MIME FILE...: parts of a request
    kind=$1 mime=$2
    shift 2
    for f in "$@"; do
        printf '%s{"type":"%s","%s":{"url":"%s"}}' "${comma:-}" "$kind" "$kind" "$(data_uri "$mime" "$f")"
        comma=,
    done > pictures.json
    comma=
}
content() { sed -nE 's/.*"content":"(([^"\\]|\\.)*)".*/\1/p'; }

start --port 0 --jobs 2
case $url in http://127.0.0.1:*/v1) echo "url ok" ;; *) echo "url '$url'" ;; esac
echo "== models"
get /models
get /models/reader-latin

echo "== answers"
pictures image_url image/png "$fixture"
question='What is written next to \"Destination\"?\nA) Valencie\nB) Valentia\nC) Valencia\nD) Granada'
ask "$question"
model=reader-latin ask "$question" | content
ask 'Which is shown?\nA) Grenoble\nB) Granada' | content
ask 'In which part of the picture is the text \"Lost property\" shown?\nA) Upper left\nB) Lower right' | content
ask 'What does it say?' | content
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"regions"}}' > regions
content < regions | sed 's/\\"/"/g' | grep -o '"box":[^}]*"Lost property"'
echo '{"model":"reader-eng","messages":[{"role":"user","content":"Which?\nA) x\nB) y"}]}' | tr '\n' ' ' > request.json
post request.json

echo "== questions"
ffmpeg -v error -i "$fixture" -filter_complex \
    '[0]split[a][b];[b]scale=120:68:flags=area,scale=640:360:flags=bicubic[c];[a][c]hstack' pair.png
pictures image_url image/png pair.png pair.png
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"questions"}}' | content |
    sed 's/\\"/"/g' > questions
n=$(grep -o '"question":' questions | wc -l)
[ "$n" -ge 6 ] && echo "six questions or more" || echo "only $n questions"
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"questions"}}' | content |
    sed 's/\\"/"/g' | cmp - questions && echo "the same again"
# Both halves alike: nothing to ask.
ffmpeg -v error -i "$fixture" -filter_complex '[0]split[a][b];[a][b]hstack' same.png
pictures image_url image/png same.png
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"questions"}}' | content | sed 's/\\"/"/g'

echo "== video"
ffmpeg -v error -loop 1 -i "$fixture" -t 1 -r 4 -pix_fmt yuv420p -c:v libx264 -threads 1 clip.mp4
pictures video_url video/mp4 clip.mp4
ask "$question" | sed 's/.*"prompt_tokens"/"prompt_tokens"/'
ask "$question" | content

echo "== refusals"
get /nothing
get /models -X DELETE
get /chat/completions
get /models/gpt
get /chat/completions -d x=1
refuse() { printf '%s' "$1" > request.json; post request.json; }
refuse '{'
refuse '{}'
refuse '{"model":"gpt","messages":[{"role":"user","content":"x"}]}'
refuse '{"model":"reader-eng","stream":true,"messages":[{"role":"user","content":"x"}]}'
refuse '{"model":"reader-eng","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://127.0.0.1/x.png"}}]}]}'
refuse '{"model":"reader-eng","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}}]}]}'
refuse '{"model":"reader-eng","messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"data:video/mp4;base64,QUJD"}}]}]}'
refuse '{"model":"reader-eng","response_format":{"type":"json_schema","json_schema":{"name":"regions"}},"messages":[{"role":"user","content":"x"}]}'
dd if=/dev/zero of=big bs=1M count=65 2>/dev/null
post big
get /chat/completions -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' --data-binary @big

echo "== stop"
kill -TERM $pid
wait $pid && echo "stopped cleanly"
curl -s "$url/models" || echo "no longer listening"
[ -s log ] && cat log
start
kill -INT $pid
wait $pid && echo "and on SIGINT"
echo "== usage"
devibench-reader --port 70000 2>&1 || echo "exit $?"
devibench-reader --jobs 0 2>&1 || echo "exit $?"
devibench-reader --host 300.0.0.1 2>&1 || echo "exit $?"
devibench-reader file 2>&1 || echo "exit $?"
devibench-reader --help | head -n 1
devibench-reader --version | cut -d' ' -f1
