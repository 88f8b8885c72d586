# SPDX-License-Identifier: GPL-3.0-or-later
# Confidences from a model that answers by a script: unreadable, refused and failed kept apart
# and out of the file; nothing is asked twice, whatever stopped the command before.
. "$TOP/tests/lib.sh"
noise=noise=alls=30:allf=t:all_seed=1 # enough for every rate
mkdir videos videos/sample_1 videos/sample_2
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=6,$noise" videos/sample_1/video.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=6,$noise" videos/sample_2/video.mp4 || exit 1
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    for i in 1 2 3 4 5; do
        echo "sample_$((i % 2 + 1)),0,Word $i?,A) red B) green C) blue D) white,B,Counting"
    done
} > set.csv
devibench import --in set.csv --videos videos --workspace ws
say() { # ANSWER CONFIDENCE
    printf '"text": "{\\"answer\\": \\"%s\\", \\"confidence\\": %s}"' "$1" "$2"
}
# on QUESTION REPLY...: replies to it, in the order of the rates
on() {
    word=$1
    shift
    for reply; do printf '{"schema": "confidence", "contains": "Question: Word %s?", %s},' "$word" "$reply"; done
}
failure='"status": 500, "headers": {"retry-after-ms": "1"}, "error": {"message": "down"}'
cat > script.json <<END
{"mod": [$(on 1 "$(say A 0)" "$(say A 0.25)" "$(say B 0.5)" "$(say B 0.8)" '"text": "(B), I am 85% sure."' "$(say B 1)")
         $(on 2 "$(say A 0.1)" "$(say A 0.1)" "$(say A 1.2)" "$(say B 0.9)")
         $(on 3 "$(say A 0.1)" '"refusal": "I cannot help with that."' "$(say B 0.9)")
         $(on 4 "$(say A 0.1)" "$(say B 0.2)" "$(say B 0.3)" "$(say B 0.4)" "$failure" \
            "$failure" "$failure" "$failure" "$failure" "$failure" "$(say B 0.6)")
         $(on 5 "$(say A 0.2)" "$(say A 0.9)" "$(say C 0.9)" "$(say B 0.9)" '"text": "{\"answer\": \"\", \"confidence\": \"40%\"}"' "$(say B 1)")
         {"schema": "answer", "text": "B"}, {"contains": "never", "text": ""}],
 "slow": [{"delay_ms": 80, $(say B 0.7)}],
 "plain": [{"text": "B"}], "eval": [{"text": "B"}]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "max_tokens": 32, %s' \
        "$1" "$FAKE" "$1" '"tokens": "openai-patches", "price_in": 100, "price_out": 1000}'
}
echo "{$(profile mod), $(profile slow), $(profile plain), $(profile eval)}" > models.json
rates=40k,60k,90k,130k,200k,300k
ask() { # MODEL WORKSPACE OPTIONS...
    model=$1 in=$2
    shift 2
    devibench stream confidence -w "$in" --models-file models.json --model "$model" --bitrates $rates \
        --out "$model.csv" "$@" > out 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g" err
    grep -v -e '^  [a-z]' -e '^spent' -e '^$' out | awk 'NF == 7 && $1 + 0 { $2 = ($2 > 0 ? "kbps" : "none") } { print }'
    echo "requests: $(requests "$model")"
}
echo "== what would be asked"
cp -r ws dry
sum=$(find dry -type f | sort | xargs sha256sum | sha256sum)
ask mod dry --dry-run | cut -c 1-40
[ "$(find dry -type f | sort | xargs sha256sum | sha256sum)" = "$sum" ] && echo "nothing was written"
echo "== a service that is down for one question"
ask mod ws
cat mod.csv | cut -d , -f 2-
echo "== the same command asks what failed"
ask mod ws
tail -n +2 mod.csv | cut -d , -f 4-9
echo "== all is in the store"
cp mod.csv before.csv
ask mod ws --offline
cmp mod.csv before.csv && echo "the same file"
ask mod ws --offline --json > /dev/null
sql() { sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('out') AS j; $1"; }
sql "SELECT group_concat(key, ' ') FROM t, json_each(j)"
sql "SELECT j->>'asked', j->>'complete', j->'without', j->'calls' FROM t"
sql "SELECT v.value->>'bitrate_kbps', round(v.value->>'mean_confidence', 4), v.value->>'n_enough',
    round(v.value->>'enough', 4), round(v.value->>'right', 4), round(v.value->>'right_enough', 4),
    round(v.value->>'right_below', 4), v.value->>'measured_kbps' > 0, v.value->>'missed_rate'
    FROM t, json_each(j, '\$.tiers') v"
sql "SELECT v.value->'confidences', v.value->'answers', v.value->'right' FROM t, json_each(j, '\$.questions') v"
sql "SELECT v.value->>'bitrate_kbps', v.value->>'status', v.value->>'why', v.value->>'reply'
    FROM t, json_each(j, '\$.missing') v"
echo "== an evaluation of these rates makes no renditions"
count() { sqlite3 ws/devibench.db "SELECT count(*) FROM rendition"; }
before=$(count)
devibench eval -w ws --models-file models.json --models eval --bitrates $rates --rounds 100 \
    > /dev/null || exit 1
[ "$before" = "$(count)" ] && echo "none"
sqlite3 ws/devibench.db "SELECT command, count(*) FROM run GROUP BY 1"
echo "== the simulator takes the tiers from the file"
devibench stream simulate --abr recap --confidence mod.csv --cc gcc --min-rate 5k --bitrates 500k --loss 0 \
    --duration 15 --json | sed -n 's/.*"video_kbps": \([0-9.]*\).*/\1/p' > kbps
awk '$1 > 39.9 && $1 < 300.1 { print "within them" }' kbps
echo "== a model that tells none"
ask plain ws
[ -e plain.csv ] || echo "no file"
echo "== a limit on cost, then the rest"
cp -r ws budget
ask slow budget --max-cost 0.3 | sed 's/^\(warning: stopped by --max-cost 0.3\).*/\1/'
[ "$(requests slow)" -gt 0 ] && [ "$(requests slow)" -lt 30 ] && echo "some"
ask slow budget | tail -n 1
echo "== killed on the way, three times"
start_fake script.json
echo "{$(profile slow)}" > models.json
kills=0
for n in 4 9 17; do
    devibench stream confidence -w ws --models-file models.json --model slow --bitrates $rates \
        --out killed.csv > /dev/null 2>&1 &
    pid=$!
    until [ "$(requests slow)" -ge $n ]; do kill -0 $pid 2> /dev/null || break; done
    kill -9 $pid 2> /dev/null && kills=$((kills + 1))
    wait $pid
done 2> /dev/null
[ -e killed.csv ] || echo "$kills kills, no file"
stored=$(sqlite3 ws/devibench.db "SELECT count(*) FROM call c JOIN model m ON m.id = c.model WHERE m.name = 'slow'")
before=$(requests slow)
ask slow ws | grep -v -e requests -e '^calls'
[ $(($(requests slow) - before + stored)) = 30 ] && echo "what was answered is not asked again"
tail -n +2 slow.csv | wc -l
echo "== rates that cannot be met are told"
rates=4k,40k,60k,90k,130k,200M
ask slow ws --limit 2 | grep -e missed -e 'of 2'
echo "== what cannot be"
fail() { devibench stream confidence "$@" 2>&1 > out | head -n 1; [ ! -s out ] || cat out; }
fail
fail -w ws
fail -w ws --model mod
fail -w none --model mod --out x.csv
fail -w ws --model mod --out x.csv --bitrates 200k,400k
fail -w ws --model mod --out x.csv --bitrates 200k,400k,400k,910k,1710k,3150k
fail -w ws --model mod --out x.csv --bitrates 200k,400k,original,910k,1710k,3150k
fail -w ws --model mod --out x.csv --tau 2
fail -w ws --model nobody --out x.csv
fail -w ws --models-file models.json --model slow --bitrates $rates --offline --out none/x.csv
printf 'Question: {{question}}\n' > confidence.txt
fail -w ws --models-file models.json --model slow --prompts . --out x.csv
