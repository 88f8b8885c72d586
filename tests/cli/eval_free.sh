# SPDX-License-Identifier: GPL-3.0-or-later
# Free answers before a judge: right, wrong, a judge that says nothing of use, a
# judge that is down. Equal predictions are judged once; what the judge wrote is kept.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
q() { # TEXT
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"Counting\\", \\"frames\\": \\"single\\"}'
}
on() { printf '{"contains": "Word %s?", %s},' "$1" "$2"; }
never='{"contains": "never", "text": ""}'
failure='"status": 500, "headers": {"retry-after-ms": "1"}, "error": {"message": "down"}'
yes='"text": "Both name the same colour, so it is not incorrect.\n**Verdict: Correct**"'
no='"text": "A correct prediction would be blue.\nVerdict: Incorrect"'
cat > script.json <<END
{"gen": [{"text": "{\"questions\": [$(q 'Word 1?'), $(q 'Word 2?'), $(q 'Word 3?'), $(q 'Word 4?'), $(q 'Word 5?'), $(q 'Word 6?')]}"}],
 "mod": [$(on 1 '"text": "It is azure, that is blue."') $(on 2 '"text": "Red"') $(on 3 '"text": "blue"')
         $(on 4 '"text": "bleu"') $(on 5 '"refusal": "No."') $(on 6 '"text": " \n"') $never],
 "judge": [$(on 1 "$yes") $(on 2 "$no") $(on 3 '"text": "I am not sure."')
           $(for i in 1 2 3 4 5 6; do on 4 "$failure"; done) $(on 4 "$yes") $never]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1}' "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile mod), $(profile judge)}" > models.json
devibench build --videos a.mp4 --workspace ws --models-file models.json --generator gen \
    --segment 2 --every 2 --until generate --bitrate 20k | grep '^generated'
eval_it() {
    devibench eval -w ws --models-file models.json --models mod --questions all --bitrates 20k,original \
        --answers free --judge judge --baselines blind --json > out.json 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g" err
    sqlite3 -header -column :memory: "CREATE TABLE t AS SELECT readfile('out.json') AS j;
        SELECT c.value->>'bitrate_kbps' AS kbps, c.value->>'strategy' AS strategy, c.value->>'n' AS n,
            c.value->>'correct' AS correct, c.value->>'refused' AS refused, c.value->>'unparsed' AS unparsed,
            c.value->>'errors' AS errors FROM t, json_each(j, '\$.cells') c WHERE c.value->>'task_type' IS NULL"
    sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('out.json') AS j;
        SELECT e.value->>'reason' AS reason, count(*) FROM t, json_each(j, '\$.errors') e GROUP BY 1;
        SELECT j->>'\$.judge' AS judge, j->>'\$.answers' AS answers FROM t" | sed "s|http://[^ ]*|URL|g"
    echo "requests: mod $(requests mod), judge $(requests judge)"
}
eval_it
echo "== again"
eval_it
echo "== once more"
eval_it
sqlite3 ws/devibench.db "
    SELECT step, status, count(*) FROM call GROUP BY step, status;
    SELECT DISTINCT r.score, c.reply, j.reply FROM result r JOIN cell ON cell.id = r.cell
        JOIN call c ON c.id = r.call LEFT JOIN call j ON j.id = r.judge
        WHERE run = (SELECT max(id) FROM run) ORDER BY 1, 2"
echo "== a set in free words"
mkdir -p videos/sample_7
cp a.mp4 videos/sample_7/video.mp4
cat > v2.csv <<END
sample_id,start_time,question,std_answer,Frame,task_type
7,0,Which Word 1? is it?,blue,Single,Counting
7,0,Which Word 2? is it?,red,Single,Counting
END
devibench import --in v2.csv --videos videos --workspace free
devibench eval -w free --models-file models.json --models mod --bitrates 20k 2>&1
devibench eval -w free --models-file models.json --models mod --bitrates 20k --answers free --judge judge --pairs none \
    | grep -E '^(run|mod|calls)' | cut -c 1-60
sqlite3 free/devibench.db "SELECT q.reference, c.reply, score FROM result r JOIN question q ON q.id = question JOIN call c ON c.id = r.call"
