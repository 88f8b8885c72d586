# SPDX-License-Identifier: GPL-3.0-or-later
# What is left for the OCR baseline after a lossy link: every second a word stands for the half
# second that one sample's frames come from, so it is read where one of them could be decoded by
# then. Frame rate as redundancy, the model's own rate, and waiting for what was lost.
. "$TOP/tests/lib.sh"
mkdir -p videos/real/sample_1
signs= questions= n=0
for word in Harbour Lantern Bicycle Orchard Kitchen Volcano; do
    n=$((n + 1))
    signs="${signs}drawtext=text='$word':fontcolor=white:fontsize=48:x=60:y=120:enable='between(t,$((n - 1)).26,$((n - 1)).74)',"
    questions="$questions${questions:+,}{\"task_type\": \"Text-Rich Understanding\",
        \"question\": \"What does the sign say?\", \"time_stamp\": \"00:00:$(printf %02d $n)\", \"answer\": \"B\",
        \"options\": [\"A. Umbrella\", \"B. $word\", \"C. Cathedral\", \"D. Dolphin\"], \"required_ability\": \"working memory\"}"
done
ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=480x272:r=30:d=$n,noise=alls=3:allf=t:all_seed=1,${signs}null" \
    -c:v libx264 -preset veryfast -crf 16 -threads 1 videos/real/sample_1/video.mp4 || exit 1
echo "[{\"time\": \"\", \"questions\": [$questions], \"video_categories\": \"signs\",
    \"video_path\": \"./videos/sample_1_real.mp4\"}]" > real.json
devibench import --in real.json --videos videos -w ws 2> /dev/null
start_reader
echo "{\"eng\": {\"wire\": \"openai\", \"base_url\": \"$READER\", \"model\": \"reader-eng\"}}" > models.json
run_eval() {
    devibench eval -w ws --models-file models.json --models eng --protocol streamingbench --context 1 \
        --bitrates 300k "$@"
}
cells() { # FILE SQL, in which c is a cell and s its strategy
    sqlite3 :memory: "CREATE TABLE t AS SELECT value->>'strategy' AS s, value AS c
        FROM json_each(readfile('$1'), '\$.cells') WHERE value->>'task_type' IS NULL; $2"
}
of() { # STRATEGY FIELD, over the link unless it is uniform
    case $1 in uniform) of=$1 ;; *) of="$1 over $link" ;; esac
    echo "(SELECT c->>'$2' FROM t WHERE s = '$of')"
}
link=loss=0.06,delay=150ms

echo "== without loss every scheme shows what is wanted"
run_eval --strategies framerate:10,wait:10 --network delay=150ms --json > clear.json || exit 1
cells clear.json "SELECT s, c->>'n' = c->>'correct', c->>'\$.network.substituted', c->>'\$.network.missing',
    c->>'\$.network.stall_ms', c->>'age_ms' > 150 AND c->>'age_ms' < 250 FROM t"

echo "== loss: redundancy reads on in time, waiting reads on late, the model's own rate misses words"
run_eval --strategies uniform,framerate,framerate:2,wait --network $link --json --csv loss.csv > loss.json || exit 1
cells loss.json "SELECT s, c->>'n', abs(c->>'measured_kbps' / 300 - 1) < 0.021 OR s LIKE 'framerate:2 %',
    c->>'age_ms' IS NULL, c->>'\$.network.samples' FROM t;
    SELECT 'uniform, framerate and wait are right: ', $(of uniform correct), $(of framerate correct), $(of wait correct);
    SELECT 'fewer at the model''s rate: ', $(of framerate:2 correct) < $(of framerate correct);
    SELECT 'substituted, not waited for: ', $(of framerate '$.network.substituted') > 0, $(of framerate '$.network.stall_ms');
    SELECT 'waited for, none left out: ', $(of wait '$.network.stall_ms') > 0, $(of wait '$.network.missing');
    SELECT 'older: ', $(of wait age_ms) > $(of framerate age_ms)"

echo "== right where a frame of the half second could be decoded in time, and only there"
sqlite3 ws/devibench.db "SELECT count(*), sum(d.frames <= 2), sum(d.shown = d.right) FROM (SELECT
    r.detail->>'\$.call.frames' AS frames, r.recipe->>'\$.pictures[1]' = 1 AS shown, re.score > 0.5 AS right
    FROM rendition r JOIN result re ON re.rendition = r.id JOIN cell c ON c.id = re.cell
    WHERE c.strategy = 'framerate:2 over $link') d"

echo "== every reference honoured: one intra frame, and what follows a loss is not shown"
run_eval --strategies framerate:10,framerate:10:keyint=0 --network $link --json > refs.json || exit 1
cells refs.json "SELECT $(of framerate:10:keyint=0 correct) < $(of framerate:10 correct),
    $(of framerate:10:keyint=0 age_ms) > $(of framerate:10 age_ms)"

echo "== again, on one thread: found again, the same"
cp -r ws other
run_eval --strategies uniform,framerate,framerate:2,wait --network $link --json --jobs 1 --csv again.csv > again.json || exit 1
json_field again.json made
cmp loss.csv again.csv && echo same
sqlite3 ws/devibench.db "SELECT count(*) FROM rendition WHERE kind = 'call'" > rows
sqlite3 other/devibench.db "SELECT count(*) FROM rendition WHERE kind = 'call'" | cmp - rows && echo "nothing made"
run_eval --strategies framerate --network $link,seed=2 --json > seed.json || exit 1
cells seed.json "SELECT c->>'n', c->>'\$.network.samples' FROM t"
for seed in 1 2; do
    sqlite3 ws/devibench.db "SELECT segment, recipe->>'\$.pictures' FROM rendition WHERE kind = 'call'
        AND recipe->>'\$.scheme' = 'framerate' AND recipe->>'\$.network.loss' = 0.06
        AND recipe->>'\$.network.seed' = $seed AND detail->>'\$.call.fps' > 2 AND recipe->>'\$.of.degraded.keyint' = 1
        ORDER BY 1" > losses.$seed
done
[ -s losses.1 ] || echo "no losses"
cmp -s losses.1 losses.2 || echo "another seed, other losses"

echo "== for people, and in rows"
run_eval --strategies uniform,wait --network $link --pairs none 2> /dev/null |
    awk '/ over / { print } /^model.*age ms/ { print "with ages" } /^eng +300k (uniform|wait) +[0-9]/ { print $3, $5, ($6 == "100.0%"), ($6 + 0 > 200) }'
sqlite3 :memory: ".mode csv" ".import loss.csv r" "SELECT strategy, sum(age_ms <> '') FROM r GROUP BY 1"

echo "== another loss, and a trace, beside what was there: none takes another's place"
mkdir traces
printf '5\n' > traces/up.trace
run_eval --strategies uniform,wait --network loss=0.2,delay=150ms --json > more.json || exit 1
run_eval --strategies wait --network trace=traces/up.trace,loss=0.06 --json > trace.json || exit 1
cells trace.json "SELECT s FROM t"
board() { # SITE
    sqlite3 :memory: "SELECT value->>'strategy', count(*) FROM json_each(readfile('$1/leaderboard.json'), '\$.sets[0].cells')
        GROUP BY 1 ORDER BY 1"
}
devibench report -w ws -o site > /dev/null
board site
echo "== merged with itself: the same; without names of files where nobody is to be known"
devibench report -w ws --merge site/leaderboard.json -o both > /dev/null
board site > x
board both | cmp - x && echo same
devibench report -w ws -o anonymous --anonymous > /dev/null
board anonymous | grep trace
grep -l 'up[.]trace' anonymous/*.html anonymous/leaderboard.json

echo "== a dry run"
run_eval --strategies framerate:3,wait:4 --network $link --dry-run --json > dry.json || exit 1
json_field dry.json questions_asked

echo "== wrong words"
wrong() {
    devibench eval -w ws --models-file models.json --models eng "$@" 2>&1 | grep -v '^Try'
}
wrong --strategies framerate
wrong --strategies uniform --network loss=0.1
printf '5\n3\n' > down.trace
for words in loss=2 loss=-1 loss=nan loss delay=30 delay=-1ms link=0 burst=x queue=packets queue=packets:0 reorder=yes queue=bytes:-5 \
    trace=none.trace trace=down.trace colour=red =1 -- ,, loss=0.1,burst=0.01 seed=-1 epsilon=0; do
    wrong --strategies wait --network "$words"
done
wrong --strategies framerate --network loss=1 --bitrates 300k
for name in wait:0 wait:1e9 wait: framerate:keyint=-1 framerate:10:keys wait:nan; do
    wrong --strategies $name --network loss=0.1
done
