# SPDX-License-Identifier: GPL-3.0-or-later
# A board under review says nothing of who made it, and the same numbers.
make_board alice-ws 2 1 10
mkdir bob && make_board bob/secret-lab 1 1 12
devibench report -w alice-ws bob/secret-lab -o open > /dev/null
devibench report -w alice-ws bob/secret-lab -o site --anonymous | sed 's/set [0-9a-f]*/set HASH/; s/[0-9.]* MB/N MB/'
secrets='alice|secret|/home|someone|abc1234|--videos|--models|video [0-9]* ?\.mp4|OPENAI|git'
echo "-- an open board tells: $(grep -rEl "$secrets" open | wc -l | sed 's/^[1-9].*/something/')"
grep -rEl "$secrets" site
grep -rEoh "$secrets" site | sort -u
echo "-- no more of that"
numbers() { sqlite3 :memory: "SELECT c.value->>'model', c.value->>'view', c.value->>'\$.stats[0].accuracy', c.value->>'rank'
    FROM json_each(readfile('$1/leaderboard.json'), '\$.sets') s, json_each(s.value, '\$.cells') c"; }
numbers open > x
numbers site | cmp - x && cat x
sqlite3 :memory: "SELECT r.value->>'command', r.value->>'line', r.value->>'settings' FROM json_each(readfile('site/leaderboard.json'), '\$.runs') r;
    SELECT m.value->>'profile' FROM json_each(readfile('site/leaderboard.json'), '\$.models') m"
sed 's/<[^>]*>//g' site/about.html | grep anonymous
