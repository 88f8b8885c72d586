#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Import of question sets, rows a second, the workspace's database on the disk: all published files
# where they lie beside the project, else a made table of as many rows. The best of
# DVB_BENCH_ROUNDS (2). `tests/bench/import.sh BUILD`.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
data=$top/../shared/data
if [ -d "$data/devibench" ] && [ -d "$data/streamingbench" ]; then
    what="all published files"
    set -- "$data"/devibench/*.csv "$data"/streamingbench/*.json
else
    what="a made table"
    awk 'BEGIN {
        print "sample_folder,start_time,question,options,standard_answer,task_type"
        for (i = 0; i < 5600; i++)
            printf "sample_%d,%d,\"What number does sign %d show, in the back?\",\"A) %d\nB) %d\nC) %d\nD) %d\",%c,%s\n",
                i % 400, i % 18 * 10, i, i, i + 1, i + 2, i + 3, 65 + i % 4, "Text-Rich Understanding"
    }' > "$work/made.csv"
    set -- "$work/made.csv"
fi
best= round=0
while [ $round -lt "${DVB_BENCH_ROUNDS:-2}" ]; do
    round=$((round + 1))
    from=$(date +%s%N)
    "$build/devibench" import -q --in "$@" --workspace "$work/ws$round" --json > "$work/result" 2> /dev/null
    took=$(($(date +%s%N) - from))
    [ -n "$best" ] && [ "$best" -le $took ] || best=$took
done
rows=$(sed -n 's/^ *"rows": \([0-9]*\),$/\1/p' "$work/result")
awk -v rows="$rows" -v ns="$best" -v files=$# -v what="$what" 'BEGIN {
    printf "import: %s, %d rows of %d file%s in %.2f s, %.0f rows a second\n", what, rows, files,
        files == 1 ? "" : "s", ns / 1e9, rows / (ns / 1e9) }'
