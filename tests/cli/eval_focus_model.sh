# SPDX-License-Identifier: GPL-3.0-or-later
# One region by the boxes of a model: it lies where the question's line stands, in the crop and in
# the base layer, whether originals or what was received is looked at; nothing is asked twice; what
# has no meaning is refused.
. "$TOP/tests/lib.sh"
mkdir sample_1
text() { # SIZE X Y WORDS
    printf "drawtext=text='%s':fontcolor=white:fontsize=%s:x=%s:y=%s," "$4" "$1" "$2" "$3"
}
# Lines in the upper left corner, others in the lower right one, and large words between them that
# no question is about.
ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=960x544:r=10:d=2,noise=alls=3:allf=t:all_seed=1,
    $(text 18 40 40 'Platform Northbound seven')$(text 18 40 80 'Coffee costs three today')
    $(text 18 40 120 'Library opens Monday morning')$(text 18 620 400 'Meeting room Jupiter upstairs')
    $(text 18 620 440 'Voltage maximum twelve always')$(text 18 620 480 'Bicycle repair starts early')
    $(text 40 350 250 'Harbour market')null" \
    -c:v libx264 -preset veryfast -crf 15 -threads 1 sample_1/video.mp4 || exit 1
ask() { # WORD OPTIONS LETTER
    echo "sample_1,0,\"Which word comes directly after \"\"$1\"\" on the same line?\",$2,$3,Text-Rich Understanding"
}
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    ask Platform "A) Eastbound B) Northbound C) Southbound D) Westbound" B
    ask Coffee "A) costs B) tastes C) beans D) table" A
    ask Library "A) closes B) rules C) opens D) cards" C
    ask Meeting "A) point B) hour C) place D) room" D
    ask Voltage "A) minimum B) maximum C) average D) stable" B
    ask Bicycle "A) sale B) race C) hire D) repair" D
} > set.csv
start_reader
profile='"wire": "openai", "base_url": "'$READER'", "model": "reader-eng", "tokens": "qwen28"'
echo "{\"eng\": {$profile}, \"film\": {$profile, \"send\": \"video\"}}" > models.json
devibench import --in set.csv --videos . --workspace ws > import.log || { cat import.log; exit 1; }
eval_it() { # OUT OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --sample-frames 1 --json "$@" > "$out" || exit 1
}
right() { # FILE STRATEGY
    sqlite3 :memory: "SELECT value->>'correct' FROM json_each(readfile('$1'), '\$.cells')
        WHERE value->>'task_type' IS NULL AND value->>'strategy' = '$2'"
}
more() { # FILE STRATEGY THAN
    [ "$(right "$1" "$2")" -gt "$(right "$3" uniform)" ] && echo "$2 tells more"
}
by() { # KIND: by what the windows are, and where those of originals lie
    sqlite3 ws/devibench.db "SELECT count(*), p->>'provider', p->>'look', p->>'lead', p->>'round',
        p->>'identity'->>'model', how->>'look_fps', how->>'share',
        iif(p->>'look' = 'received', '', iif(how->>'window'->>0 > 0.25, 'right', 'left') ||
            iif(how->>'window'->>1 > 0.25, ' below', ' above')) AS place
        FROM (SELECT recipe->>'how'->>'provider' AS p, recipe->>'how' AS how FROM rendition
            WHERE kind = '$1')
        GROUP BY 2, 3, 4, 5, 6, 7, 8, 9 ORDER BY 3, 4, 9"
}
looks() {
    sqlite3 ws/devibench.db "SELECT count(*) FROM call WHERE step = 'look'"
}

echo "# a dry run counts looks"
devibench eval -w ws --models-file models.json --models eng --bitrates 300k --sample-frames 1 \
    --strategies crop:model --dry-run | grep -E '^ *(step|look|eval) '
echo "# as many tokens"
eval_it crop.json --models eng --bitrates 300k --sample-pixels 50000 --strategies uniform,crop:model:0.15
more crop.json crop:model:0.15 crop.json
by crop
echo "looks: $(looks)"
echo "# of what was received, at one look a second"
eval_it received.json --models eng --bitrates 300k --sample-pixels 50000 \
    --strategies crop:model:0.15:received:fps=1
more received.json crop:model:0.15:received:fps=1 crop.json
by crop
sqlite3 ws/devibench.db "SELECT DISTINCT 'looked at:', recipe->>'of'->>'kind' FROM rendition
    WHERE kind = 'look' ORDER BY 2"
echo "# as many bits"
eval_it layers.json --models eng --bitrates 20k --strategies uniform,layers:model:0.15
more layers.json layers:model:0.15 layers.json
by layers
echo "# again"
eval_it again.json --models eng --bitrates 20k --strategies uniform,layers:model:0.15
echo "asked again: $(json_field again.json made)"

echo "# the base as large as the region is, the crop of a smaller stream, in a video"
eval_it size.json --models film --look-model eng --bitrates 200k \
    --strategies layers:model:0.15:size=source,crop:model:0.15:size=480x272
sqlite3 ws/devibench.db "SELECT DISTINCT kind, detail->>'width', detail->>'height', met, video FROM rendition
    WHERE detail->>'target_kbps' = 200 OR kind = 'crop' AND video ORDER BY 1"
[ "$(right size.json 'layers:model:0.15:size=source by eng')" -ge 5 ] && echo "legible"
echo "looks: $(looks)"

echo "# wrong"
wrong() {
    devibench eval -w ws --models-file models.json --models eng --strategies "$@" 2>&1 | grep -v '^Try'
}
for o in plain box gamma=3 smooth=1 rounds=2 lead=late fps=0 size=big up ''; do
    wrong "crop:model:0.2:$o"
done
wrong crop:model:3
wrong layers:model:0.2:received
wrong layers:model:0.2:up
wrong layers:detail:0.2:lead=flat
wrong crop:detail:0.2:received
