# SPDX-License-Identifier: GPL-3.0-or-later
# One question: text, a refusal, one without verdicts, JSON.
set -e
make_workspace ws
devibench show 1801 --workspace ws
echo "-- refused on the degraded clip; key in capitals"
devibench show 35EEDFDB --workspace ws
echo "-- not judged yet"
devibench show 88f2f71c61fb79f9 --workspace ws
echo "-- json"
devibench show 35eedf --workspace ws --json
