# SPDX-License-Identifier: GPL-3.0-or-later
# Figures of a report: their files, that they say what leaderboard.json does, plots from
# files, and what is said where gnuplot is missing or fails.
. "$TOP/tests/lib.sh"
command -v gnuplot > /dev/null || skip "gnuplot is not installed"
make_board ws 2 3 20

echo "== files"
devibench report -w ws -o site --figures -q > /dev/null; echo "exit code $?"
ls site/figures | sed 's/.*\.//' | sort | uniq -c | sed 's/^ *//'
ls site/figures/*.svg
grep -c '<img src="figures/[a-z-]*\.svg"' site/figures.html

echo "== numbers that differ from those of leaderboard.json"
sqlite3 :memory: '.import --csv site/figures/accuracy.csv a' '.import --csv site/figures/sensitivity.csv s' "
    CREATE TABLE c AS SELECT json_extract(value, '\$.model') AS model, json_extract(value, '\$.bitrate_kbps') AS kbps,
        json_extract(value, '\$.stats[0].accuracy') AS right, json_extract(value, '\$.stats[0].ci[0]') AS lo,
        json_extract(value, '\$.stats[0].sensitivity.value') AS lost
        FROM json_each(readfile('site/leaderboard.json'), '\$.sets[0].cells');
    SELECT count(*) || ' points' FROM a;
    SELECT * FROM c WHERE NOT EXISTS (SELECT 1 FROM a WHERE rtrim(replace(series, '†', '')) = model
        AND CASE x WHEN 'apart' THEN kbps IS NULL ELSE abs(x - kbps) < 1e-9 END
        AND abs(y - right) < 1e-8 AND abs(a.lo - c.lo) < 1e-8);
    SELECT count(*) || ' points' FROM s;
    SELECT * FROM c WHERE kbps IS NOT NULL AND NOT EXISTS (SELECT 1 FROM s
        WHERE rtrim(replace(series, '†', '')) = model AND abs(x - kbps) < 1e-9 AND abs(y - lost) < 1e-8);"

echo "== plots of others"
devibench report -w ws -o other --plots site/figures/accuracy.json site/figures/letters.json -q > /dev/null
echo "exit code $?"
cmp site/figures/letters.csv other/figures/letters-2.csv && ls other/figures/*-2.svg
sed 's/"percent": true/"percent": 3/' site/figures/letters.json > bad.json
devibench report -w ws -o worse --plots bad.json 2>&1; echo "exit code $?"
ls worse 2> /dev/null

echo "== gnuplot fails, is missing"
mkdir bin
printf '#!/bin/sh\necho "no more ink" >&2\nexit 9\n' > bin/gnuplot
chmod +x bin/gnuplot
PATH=$PWD/bin:$PATH devibench report -w ws -o inkless --figures 2>&1 > /dev/null | sort | sed -n '1p'
rm bin/gnuplot
devibench=$(command -v devibench)
PATH=$PWD/bin "$devibench" report -w ws -o bare --figures 2>&1 > out; echo "exit code $?"
ls bare/figures/*.svg 2> /dev/null
ls bare/figures/*.csv
grep -c 'Not drawn' bare/figures.html
