# SPDX-License-Identifier: GPL-3.0-or-later
# The figure of the bitrate saved at equal accuracy: its number by hand from the accuracies, and
# no figure where there is nothing to compare.
. "$TOP/tests/lib.sh"
make_board ws 2 2 100
figures() { devibench report -w ws -o site --figures -q > /dev/null 2>&1; echo "exit code $?"; }
echo "-- one strategy"
figures
ls site/figures | grep -c saving || :
echo "-- the second model's answers as those of another strategy, asked of the first"
sqlite3 ws/devibench.db "DELETE FROM result WHERE cell IN (SELECT id FROM cell WHERE bitrate IS NULL);
    DELETE FROM cell WHERE bitrate IS NULL;
    UPDATE cell SET strategy = 'context', model = (SELECT min(model) FROM cell) WHERE model > (SELECT min(model) FROM cell);
    UPDATE result SET score = (question * 7 % 20 < (SELECT 4 + 6 * (bitrate = 200000) + 3 * (strategy = 'context') FROM cell WHERE id = cell))"
figures
cat site/figures/saving.csv | sed 's/,0[.][0-9]*,0[.][0-9]*$/,LO,HI/'
# With two rates a curve is a line: the mean over the accuracies in common is its middle.
sqlite3 -separator ' ' :memory: "SELECT value->>'strategy', value->>'bitrate_kbps', value->>'\$.stats[0].accuracy'
    FROM json_each(readfile('site/leaderboard.json'), '\$.sets[0].cells')" | sort -k1,1 -k2,2n | awk '
    { n[$1]++; x[$1, n[$1]] = log($2); y[$1, n[$1]] = $3 }
    function at(s, v) { return x[s, 1] + (x[s, 2] - x[s, 1]) * (v - y[s, 1]) / (y[s, 2] - y[s, 1]) }
    END {
        lo = y["context", 1] > y["uniform", 1] ? y["context", 1] : y["uniform", 1]
        hi = y["context", 2] < y["uniform", 2] ? y["context", 2] : y["uniform", 2]
        printf "%.9f to %.9f: %.9f\n", lo, hi, 1 - exp(at("context", (lo + hi) / 2) - at("uniform", (lo + hi) / 2))
    }' > hand
awk -F, '/^context/ { v[++n] = $0; split($0, f, ","); a[n] = f[2]; s = f[3] }
    END { printf "%.9f to %.9f: %.9f\n", a[1], a[n], s }' site/figures/saving.csv | diff hand - && cat hand
sqlite3 :memory: "SELECT 'interval around it: ' || (p->>'lo' < p->>'y' AND p->>'y' < p->>'hi')
    FROM (SELECT readfile('site/figures/saving.json')->'\$.series[0].points[1]' AS p)"
echo "-- one rate is no curve"
sqlite3 ws/devibench.db "DELETE FROM result WHERE cell IN (SELECT id FROM cell WHERE bitrate = 200000 AND strategy = 'context');
    DELETE FROM cell WHERE bitrate = 200000 AND strategy = 'context'"
rm -r site
figures
ls site/figures | grep -c saving || :
