# SPDX-License-Identifier: GPL-3.0-or-later
# StreamingBench's protocol with the OCR baseline: lettering changes at known times, and what is
# right depends on when it is asked, on how much context is shown, and on saying it in time.
. "$TOP/tests/lib.sh"
for kind in real sqa proactive; do mkdir -p videos/$kind/sample_1; done
say() { # FROM TO Y WORDS
    printf "drawtext=text='%s':fontcolor=white:fontsize=34:x=60:y=%s:enable='between(t,%s,%s)'," "$4" "$3" "$1" "$2"
}
ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=640x360:r=10:d=20,noise=alls=3:allf=t:all_seed=1,
    $(say 0 5.95 60 'Platform seven')$(say 6 11.95 60 'Library closed')$(say 12 20 60 'Gate nineteen')
    $(say 14 20 220 'Boarding')null" -c:v libx264 -preset veryfast -crf 18 -threads 1 \
    videos/real/sample_1/video.mp4 || exit 1
cp videos/real/sample_1/video.mp4 videos/sqa/sample_1/
cp videos/real/sample_1/video.mp4 videos/proactive/sample_1/
options='["A. Platform seven", "B. Library closed", "C. Gate nineteen", "D. Emergency exit"]'
real() { # TIME ANSWER
    printf '{"task_type": "Text-Rich Understanding", "question": "What does the sign say?", "time_stamp": "%s",
        "answer": "%s", "options": %s, "required_ability": "working memory"}' "$1" "$2" "$options"
}
cat > real.json <<END
[{"time": "[0:00:00 - 0:00:20]", "questions": [$(real 00:00:05 A), $(real 00:00:18 C)],
  "video_categories": "signs", "video_path": "./videos/sample_1_real.mp4"}]
END
series() { # TIME ANSWER QUESTION OPTIONS
    printf '{"time": "", "questions": [{"task_type": "Sequential Question Answering", "question": "%s",
        "time_stamp": "%s", "answer": "%s", "options": %s, "required_ability": "episodic memory"}],
        "video_categories": "signs", "video_path": "./videos/sample_1_sqa.mp4"}' "$3" "$1" "$2" "$4"
}
cat > sqa.json <<END
[[$(series 00:00:05 B 'What does the sign say now?' '["Gate nineteen.", "Platform seven.", "Library closed.", "Emergency exit."]'),
  $(series 00:00:11 D 'What replaced that?' '["Gate nineteen.", "Emergency exit.", "Ticket office.", "Library closed."]')]]
END
due() { # WORD TIME
    printf '{"task_type": "Proactive Output", "question": "When the sign shows \\"%s\\", output \\"%s\\".", "time_stamp": "00:00:10",
        "ground_truth_time_stamp": "%s", "ground_truth_output": "%s", "required_ability": "working memory"}' "$1" "$1" "$2" "$1"
}
cat > proactive.json <<END
[{"time": "", "questions": [$(due Boarding 00:00:14), $(due Cancelled 00:00:12), $(due Gate 00:00:16)],
  "video_categories": "signs", "video_path": "./videos/sample_1_proactive.mp4"}]
END
devibench import --in real.json sqa.json proactive.json --videos videos -w ws 2> /dev/null
start_reader
echo "{\"eng\": {\"wire\": \"openai\", \"base_url\": \"$READER\", \"model\": \"reader-eng\"}}" > models.json
eval_it() { # FILE OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --models eng --protocol streamingbench --json "$@" > "$out" || exit 1
}
sql() { # FILE SQL, in which j is the document
    sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('$1') AS j; $2"
}
by_kind="SELECT c.value->>'bitrate_kbps', c.value->>'strategy', c.value->>'category', c.value->>'n', c.value->>'correct',
    c.value->>'\$.published.n', c.value->>'\$.published.correct' FROM t, json_each(j, '\$.protocol.categories') c"
echo "== four seconds of context"
eval_it four.json --bitrates 8k,original --baselines letter --context 4 --csv four.csv
sql four.json "$by_kind"
sql four.json "SELECT j->>'\$.protocol.context_s', j->>'\$.protocol.history', json_array_length(j, '\$.errors') FROM t"
sqlite3 :memory: ".mode csv" ".import four.csv r" \
    "SELECT start, task_type, status, answer, reference, score, published, said_at FROM r WHERE bitrate = '' AND model = 'eng'"
sql four.json "SELECT p.value->>'bitrate_kbps', p.value->>'n', p.value->>'early', p.value->>'on_time', p.value->>'late',
    p.value->>'never', p.value->>'correct' FROM t, json_each(j, '\$.protocol.proactive') p WHERE p.value->>'bitrate_kbps' IS NULL"
echo "== again: nothing is asked, and nothing changes"
eval_it again.json --bitrates 8k,original --baselines letter --context 4 --jobs 1
sql again.json "SELECT j->>'\$.calls.made' FROM t"
for f in four again; do grep -v -e '"run":' -e '"made":' -e '"cached":' $f.json > $f.cmp; done
cmp four.cmp again.cmp && echo same
echo "== all that there was: the last sign is not the only one any more"
eval_it all.json --bitrates original --context all --limit 2
sql all.json "SELECT q.value->>'start' FROM t, json_each(j, '\$.questions') q"
sql all.json "$by_kind"
echo "== for people"
devibench eval -w ws --models-file models.json --models eng --protocol streamingbench --bitrates original \
    --context 4 --pairs none 2> /dev/null | sed '/^calls/,$d; s/ *$//'
