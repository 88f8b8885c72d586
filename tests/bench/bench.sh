#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Speed and memory of degrade-and-pair, side by side in one run on the same clips:
# the ffmpeg program used the usual way, devibench with the same sizes and presets,
# devibench's default recipe; the statistics beside their plain form; the network simulator's
# grid; import of question sets; questions to a model beside the curl program; a large
# leaderboard; relevance by networks; a ladder with a QP map; then how often the OCR baseline
# is right.
# `tests/bench/bench.sh BUILD`.
#
# Clips: the files in DVB_BENCH_VIDEOS (a folder), else real clips beside the project,
# else clips generated with the ffmpeg program. DVB_BENCH_ROUNDS (2) runs each that
# often in turn and tells the best; DVB_BENCH_JOBS: clips at once, all cores if unset.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
command -v ffmpeg > /dev/null || { echo "bench: the ffmpeg program is needed" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Camera-like: a zoom and a pan over detail, with grain.
generate() {
    for clip in "1920x1080 25" "1280x720 30" "854x480 25"; do
        # shellcheck disable=SC2086
        set -- $clip
        echo "generating a clip of $1" >&2
        ffmpeg -v error -f lavfi -i "mandelbrot=s=$1:r=$2:start_scale=2:end_scale=0.4:end_pts=300,
            noise=alls=4:allf=t:all_seed=1,trim=duration=10" -c:v libx264 -preset veryfast -crf 20 \
            "$work/$1.mp4"
    done
}

videos=${DVB_BENCH_VIDEOS:-$top/../shared/videos}
if [ ! -d "$videos" ]; then
    [ -z "${DVB_BENCH_VIDEOS:-}" ] || { echo "bench: $videos: no such folder" >&2; exit 1; }
    generate
    videos=$work
fi
set -- "$videos"/*.mp4
echo "clips: $# of $videos"
"$build/tests/tools/bench_render" -d "$work" -j "${DVB_BENCH_JOBS:-$(nproc)}" \
    -r "${DVB_BENCH_ROUNDS:-2}" "$@"

echo
"$build/tests/tools/bench_stats" -j "${DVB_BENCH_JOBS:-$(nproc)}" -r "${DVB_BENCH_ROUNDS:-2}"

# Figure 2 of the network side, wanted in less than 60 s on two cores.
echo
"$build/tests/tools/bench_network" -j "${DVB_BENCH_JOBS:-$(nproc)}"

echo
sh "$top/tests/bench/import.sh" "$build"

# 2,000 questions with 1 MB each to a server on this machine that takes 200 ms.
echo
mkdir "$work/client"
"$build/tests/tools/bench_client" "$work/client"

# Relevance by networks, against the two maps a second that a model's own rate asks for.
echo
"$build/tests/tools/make_onnx" vit "$work/vit"
"$build/tests/tools/make_onnx" vit-int8 "$work/vit-int8"
"$build/tests/tools/bench_neural" "$work/vit" "$work/vit-int8"

# A ladder with a QP map beside the way published scripts make one: of the first clip of 1080p,
# or else the first.
echo
ladder=$1
for clip; do
    case $(ffprobe -v error -select_streams v:0 -show_entries stream=height -of csv=p=0 "$clip") in
    1080*) ladder=$clip; break ;;
    esac
done
if command -v x264 > /dev/null; then
    sh "$top/tests/bench/ladder.sh" "$build" "$ladder"
else
    echo "bench: no x264 program (package x264): the ladder is left out" >&2
fi

# 50 models at 8 bitrates and on the original, 2,000 questions: 900,000 answers.
echo
"$build/tests/tools/make_board" "$work/board" 50 8 2000
"$build/tests/tools/bench_report" "$build/devibench" "$work/board" "$work/site"

# The OCR baseline on the clips that show text, where they are the known ones.
text=$(ls "$videos"/06_* "$videos"/07_* "$videos"/10_* "$videos"/11_* "$videos"/16_* 2>/dev/null) || text=
echo
# shellcheck disable=SC2086
sh "$top/tests/bench/reader.sh" "$build" ${text:-"$@"}
