# SPDX-License-Identifier: GPL-3.0-or-later
# What an evaluation would cost, a limit on cost, answers from the store only, and answers
# asked anew; of an imported set, whose videos are found or not.
. "$TOP/tests/lib.sh"
mkdir videos videos/sample_1 videos/sample_2
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=6" videos/sample_1/video.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=6" videos/sample_2/video.mp4 || exit 1
cat > set.csv <<END
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,What is it?,A) red B) green C) blue D) white,C,Counting
sample_2,0,What is that?,A) red B) green C) blue D) white,B,Counting
sample_3,0,Where is it?,A) red B) green C) blue D) white,B,Counting
END
devibench import --in set.csv --videos videos --workspace ws
echo '{"mod": [{"text": "C"}]}' > script.json
start_fake script.json
cat > models.json <<END
{"mod": {"wire": "openai", "base_url": "$FAKE", "model": "mod", "concurrency": 1, "max_tokens": 16,
         "tokens": "openai-patches", "price_in": 1000, "price_out": 10000},
 "judge": {"wire": "openai", "base_url": "$FAKE", "model": "mod", "concurrency": 1, "temperature": 0.5}}
END
eval_it() {
    devibench eval -w ws --models-file models.json --models mod --bitrates 20k,original --rounds 100 \
        --pairs none "$@" > out 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g" err
    grep -E '^(mod|calls|missing|dry run|total|eval|judge|left out|[0-9]+ imported questions)' out | cut -c 1-78
    echo "requests: $(requests mod)"
}
echo "== nothing is sent, nothing is written"
sum=$(find ws -type f | sort | xargs sha256sum | sha256sum)
eval_it --dry-run --baselines letter,blind,frame,shuffled,black
eval_it --dry-run --answers free --judge judge
devibench eval -w ws --models-file models.json --models mod --dry-run --json > dry.json
sqlite3 :memory: "SELECT readfile('dry.json')->>'\$.total.calls'"
[ "$(find ws -type f | sort | xargs sha256sum | sha256sum)" = "$sum" ] && echo "nothing was written"
echo "== nothing is in the store"
eval_it --offline
echo "== enough for one question"
eval_it --max-cost 0.5
echo "== the rest"
eval_it
echo "== all is in the store"
eval_it --offline
echo "== once more"
eval_it --refresh
echo "== what cannot go together"
eval_it --refresh --offline
eval_it --dry-run --offline
