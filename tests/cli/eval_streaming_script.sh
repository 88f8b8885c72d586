# SPDX-License-Identifier: GPL-3.0-or-later
# StreamingBench's protocol with models that answer by a script: what stands before a question of
# a series, where the published scorer and ours part, and when polling ends.
. "$TOP/tests/lib.sh"
mkdir -p videos
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=12" videos/sample_1_sqa.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=12" videos/sample_1_proactive.mp4 || exit 1
entry() { # TIME ANSWER QUESTION
    printf '{"time": "", "questions": [{"task_type": "Sequential Question Answering", "question": "%s",
        "time_stamp": "%s", "answer": "%s", "options": ["red", "green", "blue", "white"], "required_ability": "x"}],
        "video_categories": "y", "video_path": "./videos/sample_1_sqa.mp4"}' "$3" "$1" "$2"
}
cat > sqa.json <<END
[[$(entry 00:00:02 A 'First?'), $(entry 00:00:04 B 'Second?'), $(entry 00:00:06 C 'Third?'), $(entry 00:00:08 D 'Fourth?')]]
END
due() { # WORD TIME
    printf '{"task_type": "Proactive Output", "question": "When %s happens, say %s.", "time_stamp": "00:00:01",
        "ground_truth_time_stamp": "%s", "ground_truth_output": "%s", "required_ability": "x"}' "$1" "$1" "$2" "$1"
}
cat > proactive.json <<END
[{"time": "", "questions": [$(due one 00:00:03), $(due two 00:00:05), $(due three 00:00:03), $(due four 00:00:02)],
  "video_categories": "y", "video_path": "./videos/sample_1_proactive.mp4"}]
END
devibench import --in sqa.json --videos videos -w sqa 2> /dev/null
devibench import --in proactive.json --videos videos -w pro 2> /dev/null
turn() { printf 'At 0:00:0%s: %s?\\nA) red\\nB) green\\nC) blue\\nD) white\\nAnswer: %s' "$@"; }
fourth='Here is the new question.\n\nQuestion: Fourth?\nA) red'
# Replies depend on what stands before the question; what does not fit gets the last one.
cat > script.json <<END
{"mod": [{"contains": "$(turn 2 First 'A) red')\n\n$(turn 4 Second 'B) green')\n\n$(turn 6 Third 'C) blue')\n\n$fourth", "text": "The right one is D."},
         {"contains": "$(turn 2 First 'A) red')\n\n$(turn 4 Second '(no answer)')\n\n$(turn 6 Third 'B) green')\n\n$fourth", "text": "D, as before"},
         {"contains": "Question: Third?", "text": "B"}, {"contains": "Question: Third?", "text": "B"}, {"contains": "Question: Third?", "text": "B"},
         {"contains": "Question: Second?", "text": ""}, {"contains": "Question: Second?", "text": "Hm."}, {"contains": "Question: Second?", "text": "Hm."},
         {"contains": "now a question comes in. \\"Now\\" and \\"just\\" mean the end of what you are shown. Exactly one option is right. Judge by the video only.\n\nQuestion: First?", "text": "A"},
         {"text": "C"}],
 "pro": [{"contains": "happens, say one.\n\nWhat you are shown is the video from that request up to this moment. Has the moment come, just now, to say \\"one\\"?", "text": "No."},
         {"contains": "to say \\"one\\"?", "text": "Yes, now."}, {"contains": "say one.\n", "text": "**One**."},
         {"contains": "to say \\"two\\"?", "text": "No, not yes yet."}, {"contains": "to say \\"two\\"?", "text": "no"}, {"contains": "to say \\"two\\"?", "text": "yes"},
         {"contains": "say two.\n", "text": "two"},
         {"contains": "to say \\"three\\"?", "text": "no"},
         {"contains": "to say \\"four\\"?", "status": 400, "error": {"message": "bad"}},
         {"contains": "never", "text": ""}]}
END
start_fake script.json
cat > models.json <<END
{"mod": {"wire": "openai", "base_url": "$FAKE", "model": "mod", "concurrency": 1},
 "pro": {"wire": "openai", "base_url": "$FAKE", "model": "pro", "concurrency": 1}}
END
eval_it() { # WORKSPACE MODEL OPTIONS...
    ws=$1
    model=$2
    shift 2
    devibench eval -w $ws --models-file models.json --models $model --protocol streamingbench --bitrates original \
        --csv out.csv --json "$@" > out.json 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g; s|$PWD/||" err
}
rows() { sqlite3 :memory: ".mode csv" ".import out.csv r" \
    "SELECT start, status, answer, reference, score, published, said_at FROM r"; }
echo "== a series, with the right answers before each question"
eval_it sqa mod --context 3
rows
sqlite3 :memory: "SELECT c.value->>'n', c.value->>'correct', c.value->>'\$.published.n', c.value->>'\$.published.correct'
    FROM (SELECT readfile('out.json') AS j), json_each(j, '\$.cells') c WHERE c.value->>'task_type' IS NULL"
echo "== with what the model itself answered"
eval_it sqa mod --context all --history own
rows
echo "== with nothing"
eval_it sqa mod --history none --context 1
rows
echo "== proactive"
eval_it pro pro
rows
echo "requests: $(requests pro)"
sqlite3 pro/devibench.db "SELECT step, status, replace(reply, '$FAKE', 'URL'), count(*) FROM call GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
echo "== beyond the video's end"
sed 's/"00:00:02"/"00:01:02"/' sqa.json > late.json
sed 's/"time_stamp": "00:00:01"/"time_stamp": "00:00:21"/g; s/"00:00:0\([2-5]\)"/"00:00:2\1"/g' proactive.json > beyond.json
devibench import --in late.json beyond.json --videos videos -w late 2> /dev/null
eval_it late mod --context 3 --history none --baselines blind --limit 6
sqlite3 :memory: ".mode csv" ".import out.csv r" "SELECT strategy, start, task_type, status, reason FROM r" |
    sed "s|$PWD/||"
devibench import --in beyond.json --videos videos -w beyond > /dev/null 2>&1
eval_it beyond pro
echo "== what it would take"
devibench eval -w pro --models-file models.json --models pro --protocol streamingbench --bitrates 20k --dry-run | sed 's/ *$//'
echo "== not so"
try() { devibench eval -w pro --models-file models.json --models pro "$@" > /dev/null; echo "exit code $?"; }
try --protocol nosuch 2>&1
try --context 10 2>&1
try --history own 2>&1
try --protocol streamingbench --context 0.5 2>&1
try --protocol streamingbench --answers free --judge pro 2>&1
cat > old.csv <<END
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,What is it?,A) red B) green C) blue D) white,C,Counting
END
mkdir videos/sample_1 && cp videos/sample_1_sqa.mp4 videos/sample_1/video.mp4
devibench import --in old.csv --videos videos -w pro 2> /dev/null
try --protocol streamingbench 2>&1
