# SPDX-License-Identifier: GPL-3.0-or-later
. "$TOP/tests/lib.sh"
try() { echo "\$ devibench $*"; devibench "$@" 2>&1; echo "exit $?"; }
H=sample_folder,start_time,question,options,standard_answer,task_type
try import
try import --in a.csv
try import --in none.csv -w ws
try import --in a.csv --format xml -w ws
: > a.csv; try import --in a.csv -w ws
echo "$H" > a.csv; try import --in a.csv -w ws
echo a,b > a.csv; try import --in a.csv -w ws
printf '%s\ns,10,"q\n' $H > a.csv; try import --in a.csv -w ws
printf '%s\ns,10,q\0\n' $H > a.csv; try import --in a.csv -w ws
{ printf '%s\ns,10,' $H; head -c 20000000 /dev/zero | tr '\0' x; } > a.csv; try import --in a.csv -w ws
head -c 10000 /dev/zero | tr '\0' '[' > a.json; try import --in a.json -w ws
printf '%s\ns,ten,q,A) 1 B) 2,A,t\n' $H > a.csv; try import --in a.csv -w ws
printf '%s\ns,1,q,A) 1 B) 2,A,t\n' $H > a.csv
try import --in a.csv --videos nowhere -w ws
try import --in a.csv --format jsonl -w ws
echo "-- nothing was kept"
try import --in none.jsonl --format calls -w ws
ls -d ws
echo "-- the rest goes on"
printf '%s\ns,ten,q,A) 1 B) 2,A,t\ns,1,q,A) 1 B) 2,A,t\ns,2,q,A) 1 B) 2,E,t\ns,3,"q\nr",A) 1,A,t\ns,4\n' $H > a.csv
try import --in a.csv -w ws
mkdir empty; echo text > empty/s.mp4
try import --in a.csv --videos empty -w ws --json | sed "s|$PWD/||"
cat a.csv | try import --in /dev/stdin -w ws -q
echo "-- a set of one file and a broken one is not kept in part"
echo '{' > b.jsonl
try import -q --in a.csv b.jsonl -w two
ls -d two
devibench import -q --in a.csv -w two > /dev/null 2>&1
try import -q --in a.csv b.jsonl -w two
sqlite3 two/devibench.db "SELECT count(*) FROM run"
