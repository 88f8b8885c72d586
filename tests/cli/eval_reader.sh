# SPDX-License-Identifier: GPL-3.0-or-later
# The whole way, build and eval, with the OCR baseline: the curve falls with the
# bitrate, who sees nothing answers nothing, and neither the number of jobs nor a
# second run changes a result.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
start_reader
cat > models.json <<END
{"eng": {"wire": "openai", "base_url": "$READER", "model": "reader-eng"},
 "latin": {"wire": "openai", "base_url": "$READER", "model": "reader-latin"}}
END
devibench build --videos clip.mp4 --workspace ws --models-file models.json --generator eng \
    --verifier latin --bitrate 24k --segment 3 --every 3 > build.log || exit 1
eval_it() { # FILE OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file models.json --models eng,latin --bitrates 12k,48k,original \
        --baselines letter,blind,frame,shuffled,black --json "$@" > "$out" || exit 1
}
cp -r ws other
eval_it one.json --jobs 1 --csv one.csv
eval_it again.json
devibench eval -w other --models-file models.json --models eng,latin --bitrates 12k,48k,original \
    --baselines letter,blind,frame,shuffled,black --json --jobs 2 --csv two.csv > two.json || exit 1
sql() { sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('one.json') AS j; $1"; }
sql "
WITH c AS (SELECT value AS v FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL),
     e AS (SELECT v->>'model' AS model, v->>'strategy' AS shown, v->>'bitrate_kbps' AS kbps,
                  v->>'accuracy' AS accuracy, v->>'n' AS n, v->>'refused' AS refused FROM c)
SELECT 'cells: ' || count(*) FROM e;
WITH c AS (SELECT value AS v FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL),
     e AS (SELECT v->>'model' AS model, v->>'strategy' AS shown, v->>'bitrate_kbps' AS kbps,
                  v->>'accuracy' AS accuracy, v->>'n' AS n, v->>'refused' AS refused FROM c)
SELECT a.model || ' loses what it sees: ' || (lo.accuracy < a.accuracy AND mid.accuracy <= a.accuracy
           AND lo.accuracy <= mid.accuracy)
    FROM e a, e lo, e mid WHERE a.shown = 'uniform' AND a.kbps IS NULL AND a.model = lo.model
        AND a.model = mid.model AND lo.kbps = 12 AND mid.kbps = 48;
WITH c AS (SELECT value AS v FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL)
SELECT v->>'model' || ' ' || (v->>'strategy') || ': all refused ' || (v->>'refused' = v->>'n')
    FROM c WHERE v->>'strategy' IN ('blind', 'black') ORDER BY 1;
WITH c AS (SELECT value AS v FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL)
SELECT 'best letter at least a quarter: ' || (v->>'accuracy' >= 0.25) FROM c WHERE v->>'strategy' = 'letter';
SELECT 'rates are met: ' || max(abs(value->>'measured_kbps' / (value->>'bitrate_kbps') - 1) < 0.021)
    FROM t, json_each(j, '\$.cells') WHERE value->>'bitrate_kbps' > 0;
SELECT 'sensitivity of ' || count(*) FROM t, json_each(j, '\$.sensitivity') WHERE value->>'task_type' IS NULL"
plain() { grep -v -e '"run":' -e '"made":' -e '"cached":' "$1"; }
echo "asked again: $(json_field again.json made)"
plain one.json > one.plain
plain again.json | cmp - one.plain && echo "the same again"
plain two.json | cmp - one.plain && cmp one.csv two.csv && echo "the same with two jobs"
for ws in ws other; do (cd $ws && find renditions -type f | sort | xargs sha256sum) > $ws.sums; done
cmp ws.sums other.sums && echo "the same pictures"
echo "== for people"
devibench eval -w ws --models-file models.json --models eng,latin --bitrates 12k,original \
    --baselines blind --rounds 100 > table.txt || exit 1
grep -cE '^(eng|latin) \* +(12k uniform|original|blind) ' table.txt
grep -oE '^\* (eng|latin) had a part in making' table.txt
grep -oE '^lost: right on the original, wrong here' table.txt
grep -c '[0-9]' table.txt > /dev/null && awk 'length > 160' table.txt
