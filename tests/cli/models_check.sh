# SPDX-License-Identifier: GPL-3.0-or-later
# 'devibench models check': the OCR baseline sees pictures and videos; services
# that drop, resample, reorder or make things up are found out.
. "$TOP/tests/lib.sh"
show() { sed -e 's/[0-9.]* s$/T s/' -e 's|127.0.0.1:[0-9]*|HOST|g'; }
check() { # [OPTIONS] NAME...
    devibench models check --models-file models.json "$@" > out.txt 2> err.txt
    code=$?
    show < out.txt
    grep -v '^warning' err.txt | show
    echo "exit code $code"
}
echo "== the OCR baseline, both models, pictures and video"
start_reader
cat > models.json <<END
{"slow": {"wire": "openai", "base_url": "$READER", "model": "reader-eng", "fps": 1, "max_pixels": 120000,
          "price_in": 1, "price_out": 2},
 "video": {"wire": "openai", "base_url": "$READER", "model": "reader-latin", "send": "video"}}
END
check slow video | grep -v -e reply -e latency -e tokens -e price
check slow | grep -c -e ' in, of these 660 for the pictures; ' -e 'price    0.0007[0-9]* USD'
devibench models check "openai:reader-eng@$READER" "openai:reader-latin@$READER" --seed 2 |
    grep -c 'right: it saw every picture, in order'
echo "== services that do not see, or not all"
words=$(devibench models check "openai:reader-eng@$READER" --json |
    awk '/"sent": \[/ { on = 1; next } /\]/ { on = 0 } on { gsub(/[" ,]/, ""); printf "%s ", $0 }')
# shellcheck disable=SC2086
set -- $words
usage() { printf '"usage": {"prompt_tokens": %s, "completion_tokens": 9, "total_tokens": %s}' "$1" $(($1 + 9)); }
with=$(usage 900) without=$(usage 60)
cat > script.json <<END
{"all": [{"text": "$1, $2, $3, $4, $5, $6, $7, $8", $with}, {"text": "NOTHING", $without}],
 "half": [{"text": "$1 $3 $5 $7", $with}, {"text": "NOTHING", $without}],
 "start": [{"text": "$1\\n$2\\n$3", $with}, {"text": "NOTHING", $without}],
 "turned": [{"text": "$8 $7 $6 $5 $4 $3 $2 $1", $with}, {"text": "NOTHING", $without}],
 "other": [{"text": "APPLE BRIDGE BUTTON CANDLE CHURCH", $with}, {"text": "NOTHING", $without}],
 "dropped": [{"text": "NOTHING", $without}],
 "blurred": [{"text": "Some coloured cards.", $with}, {"text": "NOTHING", $without}],
 "refuses": [{"refusal": "I cannot help with that.", $with}, {"text": "NOTHING", $without}],
 "alone": [{"text": "$1 $2 $3 $4 $5 $6 $7 $8", $with}, {"status": 400, "error": {"message": "no pictures"}}],
 "good": [{"text": "$1 $2 $3 $4 $5 $6 $7 $8", $with}, {"text": "NOTHING", $without}],
 "poor": [{"text": "$2 $4 $6 $8", $with}, {"text": "NOTHING", $without}],
 "skips": [{"text": "$2 $4 $6 $8", $with}, {"text": "NOTHING", $without}],
 "blind": [{"text": "NOTHING", $without}],
 "down": [{"status": 503, "headers": {"retry-after-ms": "1"}, "error": {"message": "overloaded"}}]}
END
start_fake script.json --vllm
for name in all half start turned other dropped blurred refuses alone good poor down; do
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s"},\n' "$name" "$FAKE" "$name"
done > profiles.txt
for name in skips blind; do
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "send": "video"},\n' "$name" "$FAKE" "$name"
done >> profiles.txt
cat > models.json <<END
{$(cat profiles.txt)
 "keyed": {"wire": "openai", "base_url": "https://h.example/v1", "model": "m", "key_env": "DEVIBENCH_TEST_KEY"}}
END
for name in all half start turned other dropped blurred refuses alone down; do
    check $name | grep -v -e ' sent ' -e latency -e price
done
echo "== a video, of which the service shows half, and nothing"
check skips
check blind | grep -e verdict -e try
echo "== several at once: failures are told, and weigh most"
check good poor down | grep -e verdict -e error: -e exit
echo "requests: $(requests good) $(requests poor) $(requests alone)"
echo "== json"
check --json blind | sed -n '/"verdict"/,$p' | sed -e 's/"latency_s": .*/"latency_s": T,/'
echo "== every wire format; the question is put twice where the service does not count media apart"
for wire in openai responses anthropic dashscope gemini; do
    printf '"%s": [{"text": "%s"}],\n' "$wire" "$words"
done | sed '$s/,$//; 1s/^/{/; $s/$/}/' > script.json
start_fake script.json
for wire in openai responses anthropic dashscope gemini; do
    case $wire in
    dashscope) base=${FAKE%/v1}/compatible-mode/v1 send=video ;;
    gemini) base=${FAKE%/v1}/v1beta send=video ;;
    *) base=$FAKE send=frames ;;
    esac
    printf '"%s": {"wire": "%s", "base_url": "%s", "model": "%s", "send": "%s"},\n' $wire $wire "$base" $wire $send
done | sed '$s/,$//; 1s/^/{/; $s/$/}/' > models.json
for wire in openai responses anthropic dashscope gemini; do
    check $wire | grep -e verdict -e tokens -e error
    echo "$wire: asked $(requests $wire)"
done
cat > models.json <<END
{"good": {"wire": "openai", "base_url": "$FAKE", "model": "openai"},
 "keyed": {"wire": "openai", "base_url": "https://h.example/v1", "model": "m", "key_env": "DEVIBENCH_TEST_KEY"}}
END
echo "== usage"
check
check nobody
check keyed
check good keyed
devibench models list all 2>&1
devibench models chek 2>&1
ls -d "$TMPDIR"/devibench-check-* 2> ls.txt
exit 0
