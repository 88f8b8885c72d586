# SPDX-License-Identifier: GPL-3.0-or-later
# The published files themselves: every row is read, comes back as it was, and the
# audit finds what is known to be wrong with them, and little else.
. "$TOP/tests/lib.sh"
data=$TOP/../shared/data
[ -d "$data/devibench" ] || skip "$data/devibench is not here"
set -e
fields() { # FILE NAMES...
    file=$1
    shift
    for name; do printf '%s %s  ' "$name" "$(json_field "$file" "$name")"; done
    echo
}
import() { # NAME FILES...
    name=$1
    shift
    devibench import -q --in "$@" --workspace "$name" --json 2> /dev/null > "$name.out"
    printf '%-10s ' "$name"
    fields "$name.out" rows questions missing_videos
}
sb=$data/streamingbench
import v1 "$data/devibench/datasets_v1.csv"
import v2 "$data/devibench/datasets_v2.csv"
import real "$sb/questions_real.json"
import sqa "$sb/questions_sqa.json"
import proactive "$sb/questions_proactive_50.json"
import all "$data/devibench/datasets_v1.csv" "$data/devibench/datasets_v2.csv" "$sb"/*.json
echo "-- to the byte"
devibench export --workspace v1 | cmp - "$data/devibench/datasets_v1.csv"
devibench export --workspace v2 --format devibench-v2 | cmp - "$data/devibench/datasets_v2.csv"
for name in v1 v2 real sqa proactive all; do
    devibench export --workspace $name --format jsonl --out $name.jsonl 2> /dev/null
    devibench import -q --in $name.jsonl --workspace $name-again > /dev/null 2>&1
    devibench export --workspace $name-again --format jsonl | cmp - $name.jsonl
done
devibench export --workspace v1-again | cmp - "$data/devibench/datasets_v1.csv"
devibench export --workspace v2-again --format devibench-v2 | cmp - "$data/devibench/datasets_v2.csv"
echo "-- again: no row more"
before=$(sqlite3 all/devibench.db "SELECT count(*) FROM question")
import all "$data/devibench/datasets_v1.csv" "$data/devibench/datasets_v2.csv" "$sb"/*.json
after=$(sqlite3 all/devibench.db "SELECT count(*) FROM question")
echo "$before $after"
echo "-- every row"
# Hashes of the lines without their keys. They were taken when every row had been compared
# with what Python's csv and json modules and a regular expression for the options make of it.
for name in v1 v2 real sqa proactive; do
    printf '%-10s ' $name
    cut -c 26- $name.jsonl | sha256sum | cut -c 1-16
done
echo "-- the time stamp that had to be made sense of"
sed -n 's/.*"video":"\([a-z0-9_]*\)".*\("asked":765\),.*/\1 \2/p' real.jsonl
echo "-- audit"
for f in devibench/datasets_v1.csv devibench/datasets_v2.csv streamingbench/questions_real.json \
    streamingbench/questions_sqa.json streamingbench/questions_proactive_50.json; do
    status=0
    devibench audit --dataset "$data/$f" > found || status=$?
    sed "s|$data/||; s/^\([^ ]*:\) \(row [0-9]*: \)\{0,1\}\([a-z_]*\): .*/\1 \2\3/" found
    echo "exit $status"
done
