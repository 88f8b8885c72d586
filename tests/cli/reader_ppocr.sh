# SPDX-License-Identifier: GPL-3.0-or-later
# The reader's third model: there when its weights are, said at the start and listed,
# answering like the others; absent, and no word of it, when they are not.
set -eu
fixture=$TOP/tests/fixtures/reader/board.png

models() { curl -s --noproxy '*' "$READER/models" | grep -o '"id":"[^"]*"'; }

echo "== without weights"
. "$TOP/tests/lib.sh"
start_reader
models
cat reader.log
kill "${started##* }"

[ -s "$OCR_MODELS/ch_PP-OCRv4_rec_infer.onnx" ] || skip "it needs 'make ocr-models'"
export DEVIBENCH_OCR_MODELS="$OCR_MODELS"
rm -f reader.url
start_reader
grep -q 'reader-ppocr is offered' reader.log || skip "it needs ONNX Runtime"

echo "== with weights"
sed 's|in /.*|in FOLDER|' reader.log
models

ask() { # TEXT [FIELD]
    printf '{"model":"reader-ppocr","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,%s"}},{"type":"text","text":"%s"}]}]%s}' \
        "$(base64 -w0 "${3:-$fixture}")" "$1" "${2:-}" > request.json
    curl -s --noproxy '*' -H 'Content-Type: application/json' --data-binary @request.json "$READER/chat/completions" |
        sed -nE 's/.*"content":"(([^"\\]|\\.)*)".*/\1/p' | sed 's/\\"/"/g'
}
echo "== answers"
ask 'What is written next to \"Destination\"?\nA) Valencie\nB) Valentia\nC) Valencia\nD) Granada'; echo
ask 'Which is shown?\nA) Grenoble\nB) Granada'; echo
ask 'In which part of the picture is the text \"Lost property\" shown?\nA) Upper left\nB) Lower right'; echo
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"regions"}}' > regions
grep -c '"Lost property"' regions
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"regions"}}' | cmp - regions && echo "the same again"

echo "== questions"
ffmpeg -v error -i "$fixture" -filter_complex \
    '[0]split[a][b];[b]scale=120:68:flags=area,scale=640:360:flags=bicubic[c];[a][c]hstack' pair.png
ask x ',"response_format":{"type":"json_schema","json_schema":{"name":"questions"}}' pair.png > questions
n=$(grep -o '"question":' questions | wc -l)
[ "$n" -ge 4 ] && echo "four questions or more" || echo "only $n questions"

echo "== broken weights"
kill "${started##* }"
mkdir weights
head -c 1000 "$OCR_MODELS/ch_PP-OCRv4_det_infer.onnx" > weights/det.onnx
rm -f reader.url
DEVIBENCH_OCR_MODELS=weights start_reader
models
grep -o 'reader-ppocr is not offered: weights/det.onnx: not a graph' reader.log
