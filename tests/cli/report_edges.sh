# SPDX-License-Identifier: GPL-3.0-or-later
# Little or nothing to report: a message or a page that says so.
said() { sed 's|<[^>]*>||g' "$1" | grep -E "$2"; }
hide() { sed 's/[0-9.]* MB/N MB/; s/set [0-9a-f]*/set HASH/'; }
echo "-- no workspace"
devibench report -w none -o site 2>&1; echo "exit code $?"
echo "-- a workspace without runs"
make_workspace bare
sqlite3 bare/devibench.db 'DELETE FROM verdict; DELETE FROM run_question; DELETE FROM run'
devibench report -w bare -o site 2>&1; echo "exit code $?"
ls site 2>&1 | sed 's/ls: //'
echo "-- a build only, some of it undecided; pictures are there"
make_workspace built
devibench report -w built -o site | hide
said site/index.html 'Nothing has been measured|questions about'
ls site/frames | wc -l
ls site/question | head -n 1 | while read -r q; do
    grep -c '<figure' "site/question/$q"
    said "site/question/$q" 'At [0-9.]* s|measured|refused'
done
echo "-- pictures that exceed what is allowed, or cannot be read"
devibench report -w built -o site --max-mb 0 2>&1 | hide
for f in built/renditions/*/*/frame-*.jpg; do echo broken > "$f"; done
devibench report -w built -o site 2>&1 | hide
echo "-- a build without one verified question"
sqlite3 built/devibench.db "UPDATE verdict SET correct = 0 WHERE step = 'verify'"
devibench report -w built -o site | hide
said site/index.html 'questions about'
echo "-- a build without any question"
sqlite3 built/devibench.db "DELETE FROM verdict; DELETE FROM run_question"
devibench report -w built -o site | hide
said site/questions.html 'no questions'
echo "-- stopped half way"
make_board half 2 1 8 half
devibench report -w half -o site | hide
said site/index.html 'did not finish'
grep -c '>unfinished<' site/index.html
sqlite3 :memory: "SELECT c.value->>'\$.stats[0].n', c.value->>'\$.stats[0].missing', c.value->>'whole'
    FROM json_each(readfile('site/leaderboard.json'), '\$.sets[0].cells') c"
said site/about.html 'not finished' | sed 's/2[-0-9T:]*Z/TIME/'
echo "-- one model, one question"
make_board one 1 1 1
devibench report -w one -o site | hide
said site/differences.html '^[0-9]+ pair|nothing to compare'
sqlite3 :memory: "SELECT c.value->>'rank', c.value->>'ties', c.value->>'\$.stats[0].ci' FROM json_each(readfile('site/leaderboard.json'), '\$.sets[0].cells') c"
echo "-- no pictures on the disk"
said "$(ls site/question/*.html | head -n 1)" 'no longer'
echo "-- usage"
devibench report -o site 2>&1; echo "exit code $?"
devibench report -w one 2>&1; echo "exit code $?"
devibench report -w one -o site --runs x 2>&1; echo "exit code $?"
devibench report -w one -o site --runs 7 2>&1; echo "exit code $?"
devibench report -w one -o none/site/deep | tail -n 1; echo "exit code $?"
