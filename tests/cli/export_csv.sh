# SPDX-License-Identifier: GPL-3.0-or-later
# The published table, to the byte: mark, CRLF rows, quoting, options cell.
set -e
make_workspace ws
devibench export --workspace ws > a.csv
od -An -c a.csv | head -n 1
sed 's/\r$/<CR>/' a.csv
echo "-- to a file"
devibench export --workspace ws --out b.csv 2>&1
cmp a.csv b.csv
devibench export --workspace ws --out b.csv --stage accepted --json
grep -c '' b.csv
ls -A
echo "-- nothing to write"
devibench export --workspace ws --run 1 2>&1 | sed 's/\r$/<CR>/'
