# SPDX-License-Identifier: GPL-3.0-or-later
# Bits by a dual encoder: the words name a colour, and the sign of that colour gets them. The small
# model of make_onnx knows colours and nothing else; what is read is read by the OCR baseline.
. "$TOP/tests/lib.sh"
make_onnx colours colours || exit 1
mkdir sample_1
text() { # X Y WORDS
    printf "drawtext=text='%s':fontcolor=white:fontsize=17:x=%s:y=%s," "$3" "$1" "$2"
}
# A red sign in the upper left, a green one in the lower right, grain everywhere.
ffmpeg -v error -y -f lavfi -i "color=c=gray:s=640x384:r=10:d=2,
    drawbox=64:64:192:128:red@1:fill,drawbox=384:192:192:128:0x00a000@1:fill,
    $(text 76 84 'Platform Northbound')$(text 76 116 'Coffee costs three')$(text 76 150 'Library opens late')
    $(text 396 212 'Meeting room Jupiter')$(text 396 244 'Voltage maximum ten')$(text 396 278 'Bicycle repair soon')
    noise=alls=14:allf=t:all_seed=1" -c:v libx264 -preset veryfast -crf 8 -threads 1 sample_1/video.mp4 || exit 1
ask() { # COLOUR WORD OPTIONS LETTER
    echo "sample_1,0,\"On the $1 sign, which word comes directly after \"\"$2\"\" on the same line?\",$3,$4,Text-Rich Understanding"
}
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    ask red Platform "A) Eastbound B) Northbound C) Southbound D) Westbound" B
    ask red Coffee "A) costs B) tastes C) beans D) table" A
    ask green Meeting "A) point B) hour C) place D) room" D
    ask green Voltage "A) minimum B) maximum C) average D) stable" B
} > set.csv
start_reader
echo "{\"eng\": {\"wire\": \"openai\", \"base_url\": \"$READER\", \"model\": \"reader-eng\"}}" > models.json
devibench import --in set.csv --videos . --workspace ws > import.log || { cat import.log; exit 1; }
eval_it() { # OUT OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --models eng --sample-frames 1 \
        --relevance-models colours --relevance-patch 64 --json "$@" > "$out" 2> err && return
    grep -q 'built without ONNX Runtime' err && skip "it needs ONNX Runtime"
    cat err
    exit 1
}
eval_it e.json --bitrates 20k --strategies context:clip:3:size=source,context:inverse-clip:3:size=source
sqlite3 :memory: "SELECT value->>'strategy', 'right', value->>'correct' >= 3, value->>'correct' <= 2, 'of', value->>'n'
    FROM json_each(readfile('e.json'), '\$.cells') WHERE value->>'task_type' IS NULL"

# Of each result: whether QPs are lower inside, by how much the offsets say so at the red sign and
# at the green one (squares of 32 pixels, 20 in a row; tenths), and what was recorded.
shown() { # STRATEGY
    sqlite3 ws/devibench.db "SELECT count(*), iif(q.text LIKE '% red %', 'red', 'green') AS sign,
            d.detail->>'map'->>'qp_outside' > d.detail->>'map'->>'qp_inside' + 5 AS inside,
            d.detail->'map'->'grid'->'tenths'->>64 < 20 AS red,
            d.detail->'map'->'grid'->'tenths'->>154 < 20 AS green,
            d.detail->'map'->'grid'->'tenths'->>10 > 100 AS elsewhere,
            d.recipe->'map'->>'provider', d.recipe->'map'->>'gamma', d.recipe->'map'->>'form',
            d.recipe->'map'->'identity'->>'provider', d.recipe->'map'->'identity'->>'patch',
            length(d.recipe->'map'->'identity'->>'model'), sum(r.call > 0)
        FROM result r JOIN cell c ON c.id = r.cell JOIN question q ON q.id = r.question
            JOIN rendition d ON d.id = r.rendition
        WHERE c.strategy = '$1' GROUP BY 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 ORDER BY 2 DESC"
}
shown "context:clip:3:size=source of colours, patch 64"

# The sign that the words name is nearer to the original than the same sign under other words.
eval_it original.json --bitrates original
picture() { # CONDITION
    echo "ws/$(sqlite3 ws/devibench.db "SELECT d.path FROM result r JOIN cell c ON c.id = r.cell
        JOIN question q ON q.id = r.question JOIN rendition d ON d.id = r.rendition
        WHERE $1 ORDER BY q.id LIMIT 1")/frame-0001.jpg"
}
psnr() { # PICTURE CROP
    ffmpeg -i "$1" -i "$(picture 'c.bitrate IS NULL')" \
        -lavfi "[0]crop=$2[a];[1]crop=$2[b];[a][b]psnr" -f null - 2>&1 | sed -n 's/.*PSNR.*average:\([0-9]*\).*/\1/p'
}
of() { # COLOUR
    picture "c.strategy LIKE 'context:clip%' AND q.text LIKE 'On the $1%'"
}
for sign in "red green 192:128:64:64" "green red 192:128:384:192"; do
    set -- $sign
    own=$(psnr "$(of "$1")" "$3") other=$(psnr "$(of "$2")" "$3")
    [ "$own" -gt $((other + 2)) ] && echo "$1 is sharper by its own words" || echo "$1: $own dB, $other dB"
done

echo "# again"
eval_it again.json --bitrates 20k --strategies context:clip:3:size=source
echo "asked again: $(json_field again.json made)"
echo "# without its folder"
devibench eval -w ws --models-file models.json --models eng --strategies context:clip
echo "exit code $?"
