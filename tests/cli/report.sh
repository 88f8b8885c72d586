# SPDX-License-Identifier: GPL-3.0-or-later
# The site of an evaluation: page, leaderboard.json and CSV hold the same numbers, every link
# leads somewhere, nothing comes from elsewhere, an older site is replaced and nothing else is.
set -e
make_board ws 4 3 60
devibench report --workspace ws --out site --title "Signs & <b>such</b>" > out
sed 's/[0-9.]* MB/N MB/; s/set [0-9a-f]*/set HASH/' out
ls site | grep -v -e '^questions-' -e '^task-'
ls site/question | wc -l

# Of each row of the pages' tables, all that a cell says: place, model, strategy, rate, right
# with its interval, lost, n, refused, unread, missing, cost, seconds.
rows_of_page() { # FILE
    awk '/<table id="t-conditions"/ { on = 1 } /<\/table>/ { on = 0 } on && /^<tr data-r/' "$1" |
        sed -e 's|<svg.*</svg>||' -e 's| <abbr class="tag"[^>]*>builder</abbr>||' -e 's|<span title="[^"]*">||' -e 's|</span>||' \
            -e 's|<td data-v="\([^"]*\)">[0-9.]* <small>\[\([^,]*\), \([^]]*\)\]</small></td>|<td>\1 \2 \3</td>|g' \
            -e 's|<td data-v="\([^"]*\)">[^<]*</td>|<td>\1</td>|g' \
            -e 's|<tr[^>]*>||; s|</\{0,1\}bdi>||g; s|<t[dh][^>]*>||g; s|</t[dh]>|;|g; s|<span class="none">||g; s|;</tr>||' |
        sort
}
sql() { sqlite3 -separator ';' :memory: "CREATE TABLE t AS SELECT readfile('site/leaderboard.json') AS j; $1"; }
rows_of_json() {
    sql "SELECT rank, model, strategy, iif(kbps IS NULL, 1000000000000, printf('%d', 1000 * kbps)),
        printf('%.10g %.1f %.1f', acc, 100 * lo, 100 * hi), '',
        iif(lost IS NULL, '-', printf('%.10g %.1f %.1f', lost, 100 * llo, 100 * lhi)), n, refused, unparsed, missing,
        printf('%.10g', 1000 * cost / n), printf('%.10g', latency)
        FROM (SELECT c.value->>'rank' AS rank, c.value->>'model' AS model, c.value->>'strategy' AS strategy,
              c.value->>'bitrate_kbps' AS kbps, c.value->>'\$.stats[0].accuracy' AS acc,
              c.value->>'\$.stats[0].ci[0]' AS lo, c.value->>'\$.stats[0].ci[1]' AS hi,
              c.value->>'\$.stats[0].sensitivity.value' AS lost, c.value->>'\$.stats[0].sensitivity.ci[0]' AS llo,
              c.value->>'\$.stats[0].sensitivity.ci[1]' AS lhi, c.value->>'\$.stats[0].n' AS n,
              c.value->>'\$.stats[0].refused' AS refused, c.value->>'\$.stats[0].unparsed' AS unparsed,
              c.value->>'\$.stats[0].missing' AS missing, c.value->>'cost_usd' AS cost,
              c.value->>'latency_s' AS latency
              FROM t, json_each(j, '\$.sets[0].cells') c)" | sort
}
rows_of_page site/index.html > page
rows_of_json > json
echo "-- page and JSON: $(wc -l < page) rows"
diff page json && echo equal
head -n 3 page

echo "-- JSON and CSV"
sqlite3 -csv :memory: ".import site/cells.csv csv" "SELECT model || '|' || bitrate_kbps || '|' || task_type || '|' ||
    n || '|' || accuracy || '|' || ci_low || '|' || ci_high || '|' || sensitivity || '|' || rank FROM csv" | tr -d '"' | sort > csv
sql "SELECT (c.value->>'model') || '|' || iif(c.value->>'bitrate_kbps' IS NULL, '', printf('%.10g', c.value->>'bitrate_kbps')) || '|' ||
    coalesce(s.value->>'task_type', '') || '|' || (s.value->>'n') || '|' || printf('%.10g', s.value->>'accuracy') || '|' ||
    printf('%.10g', s.value->>'\$.ci[0]') || '|' || printf('%.10g', s.value->>'\$.ci[1]') || '|' ||
    iif(s.value->>'\$.sensitivity.value' IS NULL, '', printf('%.10g', s.value->>'\$.sensitivity.value')) || '|' ||
    iif(s.value->>'task_type' IS NULL, c.value->>'rank', '')
    FROM t, json_each(j, '\$.sets[0].cells') c, json_each(c.value, '\$.stats') s" | sort > json
diff csv json && echo "equal: $(wc -l < csv) rows"

echo "-- cells without a place"
sql "SELECT count(*) FROM t, json_each(j, '\$.sets[0].cells') c WHERE c.value->>'rank' IS NULL OR c.value->>'rank' < 1"

echo "-- links that lead nowhere, or elsewhere"
find site -name '*.html' | while read -r f; do
    grep -oE '(href|src)="[^"]*"' "$f" | sed 's/^[a-z]*="//; s/"$//' | sort -u | while read -r link; do
        case $link in
        '#'*) grep -q "id=\"${link#\#}\"" "$f" || echo "$f: $link" ;;
        *:* | //* | /*) echo "$f: $link" ;;
        *) target=$(dirname "$f")/${link%%#*}
           [ -f "$target" ] || echo "$f: $link"
           case $link in *'#'*) grep -q "id=\"${link#*#}\"" "$target" || echo "$f: $link" ;; esac ;;
        esac
    done
done
grep -rl --include='*.html' -e '<style' -e ' style=' -e ' on[a-z]*=' site || :
grep -rL --include='*.html' "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'" site || :
grep -o '<h1>.*</h1>' site/index.html

echo "-- again: equal but for the time"
sed 's/"made":"[^"]*"//' site/leaderboard.json > before
OMP_NUM_THREADS=1 devibench report -w ws -o site --title "Signs & <b>such</b>" > /dev/null
sed 's/"made":"[^"]*"//' site/leaderboard.json | cmp - before && echo equal
ls -A | grep -i tmp || :

echo "-- not ours"
mkdir other && echo precious > other/file
devibench report -w ws -o other 2>&1 || echo "exit code $?"
cat other/file
echo text > plain
devibench report -w ws -o plain 2>&1 || echo "exit code $?"
mkdir empty && devibench report -w ws -o empty/ > /dev/null && ls empty/index.html

echo "-- --json"
devibench report -w ws -o site --frames 0 --json | sed 's/"bytes": .*/"bytes": N/'
