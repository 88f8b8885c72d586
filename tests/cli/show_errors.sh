# SPDX-License-Identifier: GPL-3.0-or-later
make_workspace ws
try() { echo "\$ devibench $*"; devibench "$@" 2>&1; echo "exit $?"; }
try show
try show --workspace nowhere
try show --workspace ws --out p.png
try show 18 --workspace ws
try show 18zz --workspace ws
try show 0000000000000000 --workspace ws
try show 1801 --workspace ws --run 1
try show 1801 --workspace ws --run 9
try show 1801 --workspace ws --out p.png --at 6
try show 1801 --workspace ws --out no/such/folder/p.png
try show 1801 1802 --workspace ws
mkdir empty
try show --workspace empty
echo "not a database, but long enough to look like one when somebody opens it" > empty/devibench.db
try show --workspace empty 2>&1 | sed 's/(.*)/(...)/'
rm empty/devibench.db
sqlite3 empty/devibench.db "CREATE TABLE t (x)"
try show --workspace empty
rm -r empty
sqlite3 ws/devibench.db "DELETE FROM run_question; DELETE FROM run"
try show --workspace ws
