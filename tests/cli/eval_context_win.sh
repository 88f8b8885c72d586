# SPDX-License-Identifier: GPL-3.0-or-later
# What context-aware streaming is for: a page of text at a rate that does not hold all of it. Both
# strategies have the picture's own size and meet the rate; one line is asked for.
. "$TOP/tests/lib.sh"
mkdir sample_1
awk 'BEGIN {
    n = split("apple river stone cloud bridge window garden silver market engine", w, " ")
    line[2] = "Platform Northbound seven leaves early"
    line[8] = "Coffee costs three today only"
    line[13] = "Meeting room Jupiter upstairs"
    line[17] = "Library opens Monday morning"
    line[21] = "Voltage maximum twelve always"
    for (i = 0; i < 24; i++) {
        for (k = 0; k < 8 && !(i in line); k++) printf "%s ", w[(i * 7 + k * 3 + i * k) % n + 1]
        print line[i]
    }
}' > body.txt
ffmpeg -v error -y -f lavfi -i "color=c=0xf0f0f0:s=800x600:r=5:d=3,drawtext=textfile=body.txt:
    fontcolor=black:fontsize=16:line_spacing=6:x=40:y=20" -c:v libx264 -preset veryfast -crf 10 \
    -threads 1 sample_1/video.mp4 || exit 1
ask() { # WORD OPTIONS LETTER
    echo "sample_1,0,\"Which word comes directly after \"\"$1\"\" on the same line?\",$2,$3,Text-Rich Understanding"
}
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    ask Platform "A) Eastbound B) Northbound C) Southbound D) Westbound" B
    ask Coffee "A) costs B) tastes C) beans D) table" A
    ask Meeting "A) point B) hour C) place D) room" D
    ask Library "A) closes B) rules C) opens D) cards" C
    ask Voltage "A) minimum B) maximum C) average D) stable" B
} > set.csv
start_reader
cat > models.json <<END
{"eng": {"wire": "openai", "base_url": "$READER", "model": "reader-eng"}}
END
devibench import --in set.csv --videos . --workspace ws || exit 1
eval_it() { # OPTIONS...
    devibench eval -w ws --models-file models.json --models eng --sample-frames 1 --json "$@"
}
# 15 still frames: their rate goes in leaps.
eval_it --bitrates 24k --tolerance 0.1 --only-met \
    --strategies uniform:size=source,context:model:16:size=source > e.json || exit 1
eval_it --bitrates original > original.json || exit 1
sql() { # FILE SQL
    sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('$1') AS j;
        WITH c AS (SELECT value AS v FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL),
             p AS (SELECT value AS v FROM t, json_each(j, '\$.pairs')) $2"
}
sql original.json "SELECT 'original: ' || (v->>'correct') || ' of ' || (v->>'n') FROM c"
sql e.json "SELECT v->>'strategy', 'n', v->>'n', 'met', abs(v->>'measured_kbps' / 24 - 1) <= 0.1 FROM c"
sql e.json "SELECT 'right with context alone', v->>'only_b_right' >= 2, 'with uniform alone', v->>'only_a_right' FROM p"
echo "== a missed rate is no win: what missed its rate can be left out"
eval_it --bitrates 12k --tolerance 0.02 --only-met --strategies uniform:size=source > missed.json
echo "exit code $?"
eval_it --bitrates 12k --tolerance 0.02 --strategies uniform:size=source > kept.json
sql missed.json "SELECT 'left out: n', v->>'n', 'missed', v->>'rates_missed', 'kbps', v->>'measured_kbps' FROM c"
sql kept.json "SELECT 'kept: n', v->>'n', 'missed', v->>'rates_missed' FROM c"
sql missed.json "SELECT 'no rate of what is left out', v->>'measured_kbps' IS NULL FROM c"
sql kept.json "SELECT 'the rate of what is kept', v->>'measured_kbps' > 0 FROM c"
echo "== a map that needs no words serves all questions"
eval_it --bitrates 40k --tolerance 0.1 --strategies context:centre:3:size=source > /dev/null || exit 1
sqlite3 ws/devibench.db "SELECT count(*) FROM rendition WHERE recipe->>'map'->>'provider' = 'centre'"
eval_it --protocol streamingbench --only-met
echo "exit code $?"
