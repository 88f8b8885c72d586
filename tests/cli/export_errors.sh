# SPDX-License-Identifier: GPL-3.0-or-later
make_workspace ws
try() { echo "\$ devibench $*"; devibench "$@" 2>&1; echo "exit $?"; }
try export
try export --workspace nowhere
try export --workspace ws --json
try export --workspace ws --format xml
try export --workspace ws --stage done
try export --workspace ws --run 0
try export --workspace ws --run 9
try export --workspace ws --out no/such/folder/x.csv
try export --workspace ws extra
sqlite3 ws/devibench.db "UPDATE question SET options = '[]'"
try export --workspace ws --out x.csv
ls
devibench export --workspace ws --format jsonl | grep -c '"options":\[\],"answer":null'
sqlite3 ws/devibench.db "UPDATE question SET options = '[1]'"
try export --workspace ws --format jsonl
sqlite3 ws/devibench.db "UPDATE question SET options = '[\"a\", \"b\"]'"
devibench export --workspace ws 2>&1 > /dev/full
echo "exit $?"
