#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One relevant region of a clip: as a crop, at as many tokens as the whole picture has, and as a
# base layer that has all the bits. Detail finds lettering; its opposite does not.
. "$TOP/tests/lib.sh"
text() { # SIZE X Y WORDS
    printf "drawtext=text='%s':fontcolor=white:fontsize=%s:x=%s:y=%s," "$4" "$1" "$2" "$3"
}
# Small lettering in the lower right quarter, nothing elsewhere.
ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=960x544:r=15:d=3,noise=alls=3:allf=t:all_seed=1,
    $(text 18 560 320 'Platform 7  Northbound')$(text 18 600 380 'Coffee 3.40')
    $(text 18 560 440 'Meeting room Jupiter')$(text 18 620 490 'Library opens Monday')null" \
    -c:v libx264 -preset veryfast -crf 15 -threads 1 clip.mp4 || exit 1
start_reader
cat > models.json <<END
{"eng": {"wire": "openai", "base_url": "$READER", "model": "reader-eng", "tokens": "qwen28"}}
END
devibench build --videos clip.mp4 --workspace ws --models-file models.json --generator eng \
    --verifier eng --allow-same-model --bitrate 20k --segment 3 --every 3 > build.log || { cat build.log; exit 1; }
eval_it() { # OUT OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --models eng --questions all --sample-fps 1 \
        --json "$@" > "$out" || exit 1
}
right() { # FILE STRATEGY
    sqlite3 :memory: "SELECT value->>'correct' FROM json_each(readfile('$1'), '\$.cells')
        WHERE value->>'task_type' IS NULL AND value->>'strategy' = '$2'"
}

echo "# as many tokens, at any rate"
eval_it crop.json --bitrates 300k --sample-pixels 60000 \
    --strategies uniform,crop,crop:inverse-detail
[ "$(right crop.json crop)" -gt "$(right crop.json uniform)" ] && echo "the crop tells more"
[ "$(right crop.json crop:inverse-detail)" -lt "$(right crop.json crop)" ] && echo "of the right region"
sqlite3 :memory: "SELECT 'tokens differ by at most a fifth: ' ||
    (max(value->>'media_tokens') <= 1.2 * min(value->>'media_tokens'))
    FROM json_each(readfile('crop.json'), '\$.cells') WHERE value->>'task_type' IS NULL"

echo "# as many bits"
eval_it layers.json --bitrates 30k --strategies uniform,layers
[ "$(right layers.json layers)" -gt "$(right layers.json uniform)" ] && echo "the base tells more"
sqlite3 ws/devibench.db "SELECT 'base of ' || (detail->>'target_kbps') || ' kbps by ' ||
    (recipe->>'how'->>'provider'->>'provider') || ', its enhancement known: ' ||
    (detail->>'enhancement_kbps' > 0) FROM rendition WHERE kind = 'layers'"
sqlite3 :memory: "SELECT 'rates are met: ' || min(abs(value->>'measured_kbps' / 30 - 1) < 0.021)
    FROM json_each(readfile('layers.json'), '\$.cells')"
find ws -name 'work*' -o -name 'painted*'

echo "# again"
eval_it again.json --bitrates 30k --strategies uniform,layers
echo "asked again: $(json_field again.json made)"

echo "# wrong"
wrong() {
    devibench eval -w ws --models-file models.json --models eng --strategies "$@" 2>&1 |
        sed 's/one of .*, or/one of .., or/' | grep -v '^Try'
}
wrong crop:nobody
wrong crop:inverse-model --look-model eng
wrong context:inverse-model --look-model eng
wrong crop:centre:2
wrong layers:centre:x
wrong layers:file
wrong uniform:1
