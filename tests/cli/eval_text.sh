# SPDX-License-Identifier: GPL-3.0-or-later
# Bits where there is lettering, as PP-OCR's detector sees it: a line of text on grain.
. "$TOP/tests/lib.sh"
[ -s "$OCR_MODELS/ch_PP-OCRv4_det_infer.onnx" ] || skip "it needs 'make ocr-models'"
mkdir sample_1
ffmpeg -v error -y -f lavfi -i "color=c=gray:s=640x384:r=10:d=2,
    drawtext=text='Platform Northbound leaves early':fontcolor=white:fontsize=20:x=64:y=86,
    noise=alls=10:allf=t:all_seed=1" -c:v libx264 -preset veryfast -crf 8 -threads 1 sample_1/video.mp4 || exit 1
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    echo 'sample_1,0,"Which word comes directly after ""Platform"" on the same line?",A) Eastbound B) Northbound C) Southbound D) Westbound,B,Text-Rich Understanding'
} > set.csv
start_reader
echo "{\"eng\": {\"wire\": \"openai\", \"base_url\": \"$READER\", \"model\": \"reader-eng\"}}" > models.json
devibench import --in set.csv --videos . --workspace ws > import.log || { cat import.log; exit 1; }
devibench eval -w ws --models-file models.json --models eng --sample-frames 1 --bitrates 30k \
    --relevance-models "$OCR_MODELS" --strategies context:text:3:size=source --json > e.json 2> err ||
    { grep -q 'built without ONNX Runtime' err && skip "it needs ONNX Runtime"; cat err; exit 1; }
# Squares of 32 pixels, 20 in a row: one within the line, one below it, one far away.
sqlite3 ws/devibench.db "SELECT replace(c.strategy, '$(basename "$OCR_MODELS")', 'FOLDER'), r.score, d.met,
        d.detail->>'map'->>'qp_outside' > d.detail->>'map'->>'qp_inside' + 5 AS inside,
        d.detail->'map'->'grid'->'tenths'->>44 < 400 AS line,
        d.detail->'map'->'grid'->'tenths'->>104 > 450 AS below,
        d.detail->'map'->'grid'->'tenths'->>210 > 450 AS away,
        d.recipe->'map'->>'provider', d.recipe->'map'->>'form', d.recipe->'map'->'identity'->>'provider'
    FROM result r JOIN cell c ON c.id = r.cell JOIN rendition d ON d.id = r.rendition"
