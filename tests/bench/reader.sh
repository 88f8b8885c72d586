#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How often the OCR baseline is right on original clips and on degraded ones:
# `tests/bench/reader.sh BUILD VIDEO...` builds a question set at each of RATES
# (default "200k 60k 30k") and prints a table. The questions of a rate are those
# that the baseline wrote for it, so rows of different rates differ in questions.
# WRITER (reader-eng) writes them, READER (the same) answers.
set -eu
build=$(cd "$1" && pwd)
shift
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-reader.XXXXXX")
"$build/devibench-reader" --port 0 > "$work/url" &
reader=$!
trap 'kill $reader; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
until [ -s "$work/url" ]; do sleep 0.1; done
writer=${WRITER:-reader-eng}
answerer=${READER:-$writer}
url=$(cat "$work/url")
echo "questions by $writer, answered by $answerer"
printf '%-8s %-40s %9s %18s %18s\n' RATE CLIP QUESTIONS 'RIGHT ON ORIGINAL' 'RIGHT AT RATE'
for rate in ${RATES:-200k 60k 30k}; do
    "$build/devibench" build --quiet --videos "$@" --workspace "$work/$rate" --until filter \
        --generator "openai:$writer@$url" --filter "openai:$answerer@$url" --bitrate "$rate" --segment "${SEGMENT:-2}" --every "${EVERY:-2}" > /dev/null
    sqlite3 -separator '|' "$work/$rate/devibench.db" "
        WITH t AS (SELECT v.name, q.id,
                (SELECT correct FROM verdict WHERE question = q.id AND step = 'original') AS o,
                (SELECT correct FROM verdict WHERE question = q.id AND step = 'degraded') AS d
            FROM question q JOIN segment s ON s.id = q.segment JOIN video v ON v.id = s.video)
        SELECT name, count(*), sum(o), sum(d) FROM t GROUP BY name
        UNION ALL SELECT 'all', count(*), ifnull(sum(o), 0), ifnull(sum(d), 0) FROM t" |
    while IFS='|' read -r name n o d; do
        printf '%-8s %-40s %9s %18s %18s\n' "$rate" "$name" "$n" "$o" "$d"
    done
done
