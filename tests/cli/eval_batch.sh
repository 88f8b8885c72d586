# SPDX-License-Identifier: GPL-3.0-or-later
# eval --batch has the results of eval, at half the price.
. "$TOP/tests/lib.sh"
mkdir videos videos/sample_1 videos/sample_2
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=6" videos/sample_1/video.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=6" videos/sample_2/video.mp4 || exit 1
cat > set.csv <<END
sample_folder,start_time,question,options,standard_answer,task_type
sample_1,0,Word 1?,A) red B) green C) blue D) white,C,Counting
sample_1,0,Word 2?,A) red B) green C) blue D) white,A,Counting
sample_2,0,Word 3?,A) red B) green C) blue D) white,B,Spatial Understanding
END
cat > script.json <<END
{"@batch": [{"text": "ok"}],
 "mod": [{"contains": "Word 1?", "text": "C"}, {"contains": "Word 2?", "text": "B"}, {"contains": "Word 3?", "refusal": "No."}]}
END
start_fake script.json
for wire in openai anthropic gemini; do
    base=$FAKE
    [ $wire != gemini ] || base=${FAKE}beta
    printf '{"mod": {"wire": "%s", "base_url": "%s", "model": "mod", "price_in": 1, "price_out": 10, "price_batch": 0.5}}' \
        $wire "$base" > models.json
    for way in plain batch; do
        devibench import --in set.csv --videos videos --workspace $wire.$way > /dev/null 2>&1
        option=
        [ $way = plain ] || option='--batch --poll 0.1'
        # shellcheck disable=SC2086
        devibench eval -w $wire.$way --models-file models.json --models mod --bitrates 20k,original \
            --baselines blind,frame --rounds 200 --json $option > $way.json 2> log || { cat log; exit 1; }
        sqlite3 :memory: "SELECT json_remove(j, '\$.cost_usd', '\$.spent') FROM (SELECT readfile('$way.json') AS j)" > $way.txt
    done
    cmp plain.txt batch.txt && echo "$wire: the same"
    awk -v a="$(json_field plain.json cost_usd)" -v b="$(json_field batch.json cost_usd)" \
        'BEGIN { printf "price: %.3f of it\n", b / a }'
    sqlite3 $wire.batch/devibench.db "SELECT status, sum(total) FROM batch GROUP BY 1"
done
sqlite3 :memory: "SELECT c.value->>'name', c.value->>'n', c.value->>'correct', c.value->>'refused'
    FROM (SELECT readfile('batch.json') AS j), json_each(j, '\$.cells') c WHERE c.value->>'task_type' IS NULL"
