# SPDX-License-Identifier: GPL-3.0-or-later
# Confidences of the OCR baseline about real video: none where the text cannot be read, enough where
# it can, higher where answers are right; and the cap that follows from them.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
start_reader
cat > models.json <<END
{"eng": {"wire": "openai", "base_url": "$READER", "model": "reader-eng"},
 "latin": {"wire": "openai", "base_url": "$READER", "model": "reader-latin"}}
END
devibench build --videos clip.mp4 --workspace ws --models-file models.json --generator eng \
    --verifier latin --bitrate 24k --segment 3 --every 3 > build.log || exit 1
ask() { # WORKSPACE FILE OPTIONS...
    in=$1 file=$2
    shift 2
    devibench stream confidence -w "$in" --models-file models.json --model eng --out "$file" \
        --bitrates 12k,24k,36k,48k,96k,192k "$@" || exit 1
}
cp -r ws other
ask ws one.csv --json --jobs 1 > one.json
ask other two.csv --json --jobs 2 > two.json
cmp one.csv two.csv && echo "the same with two jobs"
sql() { sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('one.json') AS j; $1"; }
sql "SELECT 'all of them: ' || (j->>'asked' > 2 AND j->>'complete' = j->>'asked') FROM t"
tier() { echo "json_extract(j, '\$.tiers[$1].$2')"; }
sql "SELECT 'unreadable at the lowest: ' || ($(tier 0 mean_confidence) < 0.3 AND $(tier 0 right) < 0.3) FROM t"
sql "SELECT 'read at the highest: ' || ($(tier 5 mean_confidence) > 0.8 AND $(tier 5 right) > 0.8
    AND $(tier 5 enough) > 0.8) FROM t"
sql "SELECT 'right with tau, and not with less: ' || (sum(coalesce(v.value->>'right_enough', 0) * (v.value->>'n_enough'))
    > 0.8 * sum(v.value->>'n_enough') AND max(coalesce(v.value->>'right_below', 0)) < 0.3)
    FROM t, json_each(j, '\$.tiers') v"
sql "SELECT 'rates are met: ' || (max(abs(v.value->>'measured_kbps' / (v.value->>'bitrate_kbps') - 1)) < 0.021)
    FROM t, json_each(j, '\$.tiers') v"
head -n 1 one.csv
for abr in none recap; do
    devibench stream simulate --abr $abr --confidence one.csv --cc gcc --min-rate 5k --bitrates 500k --link-rate 2M \
        --loss 0 --duration 30 --json | sed -n 's/.*"video_kbps": \([0-9.]*\).*/\1/p' > $abr
done
echo "capped: $(awk 'NR == 1 { cap = $1 } NR == 2 { print (cap < $1 / 2 && cap > 24 && cap < 192) }' recap none)"
echo "asked again: $(ask ws one.csv --json | sed -n 's/.*"made": \([0-9]*\).*/\1/p')"
echo "== for people"
ask ws one.csv | head -n 9 | sed 's/[0-9][0-9.]*/N/g; s/ -/ N/g; s/N%/N/g; s/  */ /g'
