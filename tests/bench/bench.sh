#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Speed against the ffmpeg program, and the OCR baseline's accuracy, side by side.
# Clips: $DVB_BENCH_VIDEOS (files, separated by spaces), else those of a folder
# ../shared/videos beside the project, else one made with the ffmpeg program.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
made() {
    ffmpeg -v error -f lavfi -i testsrc2=s=1920x1080:r=30:d=20 -c:v libx264 -preset veryfast -b:v 5M "$work/made.mp4"
    echo "$work/made.mp4"
}
shared=$top/../shared/videos
if [ -n "${DVB_BENCH_VIDEOS:-}" ]; then
    videos=$DVB_BENCH_VIDEOS text=$videos
elif [ -d "$shared" ]; then
    videos=$(ls "$shared"/*.mp4)
    text=$(ls "$shared"/06_* "$shared"/07_* "$shared"/10_* "$shared"/11_* "$shared"/16_*)
else
    videos=$(made) text=$videos
fi
# shellcheck disable=SC2086
"$build/tests/tools/bench_render" -d "$work" $videos
echo
# shellcheck disable=SC2086
sh "$top/tests/bench/reader.sh" "$build" $text
