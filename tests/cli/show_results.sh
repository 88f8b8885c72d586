# SPDX-License-Identifier: GPL-3.0-or-later
# What evaluations left of a question, and what a workspace has cost.
. "$TOP/tests/lib.sh"
mkdir -p videos/sample_1
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=6" videos/sample_1/video.mp4 || exit 1
cat > set.csv <<END
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,What is it?,A) red B) green C) blue D) white,C,Counting
END
devibench import --in set.csv --videos videos --workspace ws 2> /dev/null
devibench show --workspace ws --spending
cat > script.json <<END
{"mod": [{"text": "**C**", "usage": {"prompt_tokens": 1000, "completion_tokens": 2, "total_tokens": 1002}},
         {"text": "Hm."}, {"refusal": "No."}, {"text": "A"}],
 "judge": [{"text": "It says blue. Verdict: Correct"}]}
END
start_fake script.json
cat > models.json <<END
{"mod": {"wire": "openai", "base_url": "$FAKE", "model": "mod", "concurrency": 1, "price_in": 2, "price_out": 10},
 "judge": {"wire": "openai", "base_url": "$FAKE", "model": "judge"}}
END
eval_it() { devibench eval -w ws --models-file models.json --models mod --pairs none "$@" > /dev/null || exit 1; }
eval_it --bitrates 20k,40k,original --baselines letter,blind
eval_it --bitrates original --answers free --judge judge
key=$(devibench show --workspace ws | cut -c 1-8)
devibench show $key --workspace ws | sed -n '/^EVALUATION/,$p' | sed 's/ *$//'
devibench show $key --workspace ws --json > show.json
sqlite3 :memory: "SELECT r.value->>'run', r.value->>'model', r.value->>'bitrate_kbps', r.value->>'strategy', r.value->>'baseline',
    r.value->>'answer', r.value->>'score', r.value->>'verdict', r.value->>'reply', r.value->>'judged',
    r.value->>'call' IS NOT NULL, r.value->>'rendition' IS NOT NULL
    FROM (SELECT readfile('show.json') AS j), json_each(j, '\$.results') r"
echo "== spending"
devibench show --workspace ws --spending
devibench show --workspace ws --spending --json
echo "== not so"
devibench show $key --workspace ws --spending 2>&1
devibench show --spending 2>&1
devibench show --workspace nowhere --spending 2>&1
echo "exit code $?"
