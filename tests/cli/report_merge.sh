# SPDX-License-Identifier: GPL-3.0-or-later
# Boards of several workspaces and of other groups' leaderboard.json in one.
cells() { # SITE
    sqlite3 -separator ' | ' :memory: "SELECT c.value->>'model', c.value->>'strategy', c.value->>'bitrate_kbps',
        (SELECT s.value->>'label' FROM json_each(j, '\$.sources') s WHERE s.key = c.value->>'source'),
        c.value->>'\$.stats[0].n', printf('%.4f', c.value->>'\$.stats[0].accuracy'), c.value->>'rank'
        FROM (SELECT readfile('$1/leaderboard.json') AS j), json_each(j, '\$.sets[0].cells') c"
}
sets() { sqlite3 :memory: "SELECT s.value->>'n_questions', json_array_length(s.value, '\$.cells'),
        json_array_length(s.value, '\$.pairs') FROM json_each(readfile('$1/leaderboard.json'), '\$.sets') s"; }
make_board ours 2 1 20
mkdir theirs && make_board theirs/ws 3 1 20
devibench report -w ours -o a > /dev/null
devibench report -w theirs/ws -o theirs/site > /dev/null
echo "-- two workspaces that agree where they overlap: each cell once"
devibench report -w ours theirs/ws -o both > /dev/null
sets both
cells both
echo "-- as in the workspace that has all of it"
cells theirs/site | cut -d '|' -f 1-3,5- > x
cells both | cut -d '|' -f 1-3,5- | cmp - x && echo equal
echo "-- with a file in place of the workspace: equal numbers, questions known by ours"
devibench report -w ours --merge theirs/site/leaderboard.json -o file > /dev/null
cells file | cut -d '|' -f 1-3,5- | cmp - x && echo equal
grep -l 'Only the key' file/question/*.html | wc -l
echo "-- a file alone, and a board out of that board"
devibench report --merge theirs/site/leaderboard.json -o alone > /dev/null
devibench report --merge alone/leaderboard.json -o again > /dev/null
cells alone | cut -d '|' -f 1-3,5- | cmp - x && echo equal
cells again | cut -d '|' -f 1-3,5- | cmp - x && echo equal
grep -l 'Only the key' alone/question/*.html | wc -l
sed 's/<[^>]*>//g' alone/about.html | grep -c 'a leaderboard.json'
echo "-- the same model with other numbers: both, by source"
sed 's/"outcomes":"[01]/"outcomes":"-/' theirs/site/leaderboard.json > group-b.json
devibench report -w ours --merge group-b.json -o clash > /dev/null
cells clash
grep -o '<bdi>model 0 ([a-z-]*)</bdi>' clash/index.html | sort -u
echo "-- numbers without outcomes: shown, not compared"
sed 's/"outcomes":"[^"]*"/"outcomes":null/g; s/"label":"model \([0-9]\)"/"label":"other \1"/g; s/"model":"model \([0-9]\)"/"model":"other \1"/g' \
    theirs/site/leaderboard.json > numbers.json
devibench report -w ours --merge numbers.json -o numbers > /dev/null
cells numbers
sets numbers
echo "-- other questions: a set of its own"
make_board large 1 1 25
devibench report -w ours large -o two | sed 's/set [0-9a-f]*/set HASH/; s/[0-9.]* MB/N MB/'
sets two
ls two | grep set-
echo "-- two of one name"
mkdir x.d && make_board x.d/ours 1 1 30
devibench report -w ours x.d/ours -o names > /dev/null
sqlite3 :memory: "SELECT s.value->>'label' FROM json_each(readfile('names/leaderboard.json'), '\$.sources') s"
echo "-- files that are none"
try() { devibench report --merge "$1" -o bad 2>&1; echo "exit code $?"; }
try missing.json
echo '{}' > empty.json; try empty.json
echo '{"schema": "devibench leaderboard", "schema_version": 2}' > newer.json; try newer.json
change() { sed "$1" theirs/site/leaderboard.json > changed.json; cmp -s changed.json theirs/site/leaderboard.json && echo unchanged; try changed.json; }
change 's/"outcomes":"./"outcomes":"/'
change 's/"outcomes":"./"outcomes":"?/'
change 's/"view":0/"view":99/'
change 's/"model":"model 1"/"model":"nobody"/'
change 's/"key":"[0-9a-f]/"key":"g/'
change 's/"hash":"[0-9a-f]/"hash":"/'
change 's/"task":[0-9]/"task":9/'
change 's/"accuracy":[0-9.]*/"accuracy":1.5/'
change 's/"ci":\[[^]]*\]/"ci":[0.5]/'
change 's/"whole":true/"whole":1/'
change 's/"text":"Look/"text":"Look away/; s/"questions":\[{/"questions":[{"key":"0123456789abcdef","task":0,"video":0,"multi_frame":false},{/'
sed 's/"key":"[0-9a-f]\{4\}/"key":"ffff/' theirs/site/leaderboard.json > other.json
devibench report -w ours --merge other.json -o bad 2>&1 | sed 's/set [0-9a-f]*/set HASH/'
ls bad 2>&1 | sed 's/ls: //'
