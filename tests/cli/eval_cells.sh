# SPDX-License-Identifier: GPL-3.0-or-later
# The cells of an evaluation whose models answer by a script: right, wrong, refused,
# unreadable and failed kept apart; the same command asks again only what failed;
# questions of its own making are marked and can be left out.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc=s=160x90:r=10:d=2" a.mp4 || exit 1
ffmpeg -v error -y -f lavfi -i "testsrc2=s=160x90:r=10:d=2" b.mp4 || exit 1

q() { # TEXT TASK
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"%s\\", \\"frames\\": \\"single\\"}' "$2"
}
set_of() { # NUMBERS
    printf '{"text": "{\\"questions\\": ['
    sep=
    for i; do
        task=Counting
        [ $((i % 3)) -ne 0 ] || task='Spatial Understanding'
        printf '%s' "$sep"; q "Word $i?" "$task"; sep=', '
    done
    printf ']}"}'
}
right='"text": "blue"' wrong='"text": "The answer is red."' mumble='"text": "Hm, well."'
refusal='"refusal": "I cannot help with that."'
failure='"status": 500, "headers": {"retry-after-ms": "1"}, "error": {"message": "down"}'
# on QUESTION REPLY...: replies to it, in the order of the cells
on() {
    word=$1
    shift
    for reply; do printf '{"contains": "Question: Word %s?", %s},' "$word" "$reply"; done
}
never='{"contains": "never", "text": ""}'
cat > script.json <<END
{"gen": [$(set_of 1 2 3 4), $(set_of 5 6 7 8)],
 "fil": [$(for i in 1 2 3 4 5 6 7 8; do on $i "$right" "$wrong"; done) $never],
 "ver": [{$right}],
 "mod": [$(on 1 "$wrong" "$right" "$wrong") $(on 2 "$right" "$right" "$right")
         $(on 3 "$refusal" "$right" "$refusal") $(on 4 "$mumble" "$right" "$mumble")
         $(for i in 1 2 3 4 5 6; do on 5 "$failure" "$failure" "$failure"; done)
         $(on 5 "$right" "$wrong" "$wrong")
         $(on 6 "$right" "$wrong" "$wrong") $(on 7 "$wrong" "$wrong" "$wrong") $(on 8 "$wrong" "$right" "$wrong")
         $never]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "price_out": 10}' \
        "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver), $(profile mod)}" > models.json
devibench build --videos a.mp4 b.mp4 --workspace ws --models-file models.json --generator gen \
    --filter fil --verifier ver --segment 2 --every 2 --bitrate 20k | grep -E '^(generated|verified)'
eval_it() { # FILE OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --bitrates 20k,original --json "$@" > "$out" 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g" err
}
sql() { # FILE SQL, in which j is the document
    sqlite3 -header -column :memory: "CREATE TABLE t AS SELECT readfile('$1') AS j; $2"
}
cells="SELECT c.value->>'model' AS model, c.value->>'bitrate_kbps' AS kbps, c.value->>'strategy' AS strategy,
    coalesce(c.value->>'task_type', '(all)') AS task, c.value->>'n' AS n, c.value->>'correct' AS correct,
    round(c.value->>'accuracy', 4) AS accuracy, c.value->>'refused' AS refused,
    c.value->>'unparsed' AS unparsed, c.value->>'errors' AS errors, c.value->>'videos' AS videos
    FROM t, json_each(j, '\$.cells') c"
lost="SELECT s.value->>'bitrate_kbps' AS kbps, coalesce(s.value->>'task_type', '(all)') AS task,
    s.value->>'n' AS n, s.value->>'lost' AS lost, round(s.value->>'value', 4) AS value
    FROM t, json_each(j, '\$.sensitivity') s"
echo "== a service that is down for one question"
eval_it first.json --models mod --baselines blind
sql first.json "$cells"
sql first.json "$lost"
sql first.json "SELECT e.value->>'model' AS model, e.value->>'bitrate_kbps' AS kbps, e.value->>'strategy' AS strategy,
    e.value->>'reason' LIKE '%down%' AS down FROM t, json_each(j, '\$.errors') e"
echo "== the same command"
eval_it again.json --models mod --baselines blind
sql again.json "$cells WHERE c.value->>'task_type' IS NULL"
sql again.json "SELECT j->>'\$.calls' AS calls, json_array_length(j, '\$.errors') AS errors, j->>'\$.solved_blind' AS blind FROM t"
sql again.json "SELECT q.value->>'solved_blind' AS solved_blind, count(*) FROM t, json_each(j, '\$.questions') q GROUP BY 1"
echo "== the shape of the document"
keys() { # PATH
    sql again.json "SELECT group_concat(key, ' ') AS \"$1\" FROM (SELECT DISTINCT k.key FROM t,
        json_each(j, '$1') e, json_each(e.value) k ORDER BY 1)"
}
sql again.json "SELECT group_concat(key, ' ') AS document FROM (SELECT k.key FROM t, json_each(j) k ORDER BY 1)"
keys '$.cells'
keys '$.sensitivity'
keys '$.pairs'
keys '$.questions'
sql again.json "SELECT p.value->>'a' AS a, p.value->>'b' AS b, p.value->>'n' AS n, p.value->>'diff' AS diff,
    p.value->>'only_a_right' AS only_a, p.value->>'only_b_right' AS only_b,
    round(p.value->>'mcnemar_p', 4) AS mcnemar, (p.value->>'holm_p') >= (p.value->>'bootstrap_p') AS holm
    FROM t, json_each(j, '\$.pairs') p"
echo "== once more: nothing is asked, and nothing changes"
eval_it third.json --models mod --baselines blind
sql third.json "SELECT j->>'\$.calls' AS calls FROM t"
for f in again third; do grep -v -e '"run":' -e '"made":' -e '"cached":' -e cost_usd $f.json > $f.cmp; done
cmp again.cmp third.cmp && echo same
echo "== what the store keeps"
sqlite3 ws/devibench.db "
    SELECT run, idx, model.name, bitrate, strategy, baseline, count(result.question), sum(score)
    FROM cell LEFT JOIN result ON cell = cell.id LEFT JOIN model ON model.id = model
    GROUP BY cell.id ORDER BY run, idx"
echo "== builders"
eval_it builders.json --models fil,ver --csv results.csv
sql builders.json "SELECT c.value->>'model' AS model, c.value->>'built' AS built FROM t, json_each(j, '\$.cells') c
    WHERE c.value->>'task_type' IS NULL"
sql builders.json "SELECT DISTINCT q.value->>'built_by' AS built_by FROM t, json_each(j, '\$.questions') q"
eval_it excluded.json --models fil,mod --exclude-builders
sql excluded.json "$cells WHERE c.value->>'task_type' IS NULL"
eval_it table.json --models mod --csv no/such/folder.csv
echo "== every result in a table"
head -n 1 results.csv
sqlite3 :memory: ".mode csv" ".import results.csv r" \
    "SELECT model, bitrate, strategy, status, count(*), sum(score), builder FROM r GROUP BY 1, 2, 3, 4, 7"
