#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A six-rung ladder of the first 5 s of a clip, with a box map, each rate met to 2% by search:
# beside the same sizes and preset the way published scripts go about it: frames dumped to PNG,
# for each rung made into a raw file and encoded by a process of its own (the x264 program, which
# takes no maps and meets rates as its one-pass mode does). `tests/bench/ladder.sh BUILD CLIP`.
set -eu
build=$(cd "$1" && pwd)
clip=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/devibench-ladder.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
rates="200k 400k 600k 910k 1710k 3150k"
jobs=${DVB_BENCH_JOBS:-$(nproc)}
seconds=5

now() { date +%s.%N; }
took() { echo "$1 $(now)" | awk '{ printf "%.2f", $2 - $1 }'; }
# Processor time of all that this shell has waited for, in seconds, noted and told.
worked() { times > "$work/times.$1"; }
seconds_of() { tail -n 1 "$work/times.$1" | tr 'ms' '  ' | awk '{ printf "%.2f", 60 * ($1 + $3) + $2 + $4 }'; }

ours() {
    # shellcheck disable=SC2086
    "$build/tests/tools/bench_ladder" "$clip" $seconds "$jobs" "$work" $rates > "$work/ours" ||
        { cat "$work/ours"; echo "bench_ladder: a rung failed or missed its rate" >&2; }
}

published() {
    mkdir -p "$work/png"
    ffmpeg -nostdin -v error -y -t $seconds -i "$clip" -f image2 "$work/png/%05d.png"
    fps=$(ffprobe -v error -select_streams v:0 -show_entries stream=r_frame_rate -of csv=p=0 "$clip")
    : > "$work/theirs"
    while read -r rate _ size _; do
        ffmpeg -nostdin -v error -y -framerate "$fps" -i "$work/png/%05d.png" -vf "scale=$(echo "$size" | tr x :)" \
            -pix_fmt yuv420p -f rawvideo "$work/raw.yuv"
        x264 --quiet --no-progress --demuxer raw --input-res "$size" --fps "$fps" --preset veryfast \
            --tune zerolatency --keyint infinite --bitrate "${rate%k}" -o "$work/theirs.264" \
            "$work/raw.yuv" < /dev/null 2> /dev/null
        frames=$(find "$work/png" -name '*.png' | wc -l)
        wc -c < "$work/theirs.264" | awk -v r="$rate" -v f="$frames" -v fps="$fps" \
            '{ split(fps, p, "/"); printf "%s %.1f\n", r, $1 * 8 / (f / (p[1] / (p[2] ? p[2] : 1))) / 1000 }' >> "$work/theirs"
    done < "$work/ours"
    rm -rf "$work/png"
}

echo "ladder of $seconds s of $(basename "$clip") with a box map, $jobs rungs at once; best of ${DVB_BENCH_ROUNDS:-2}"
best_ours= best_theirs=
for round in $(seq "${DVB_BENCH_ROUNDS:-2}"); do
    worked 0; t=$(now); ours; a=$(took "$t")
    worked 1; t=$(now); published; b=$(took "$t")
    worked 2
    echo "$round $a $b $(seconds_of 0) $(seconds_of 1) $(seconds_of 2)" | awk '{
        printf "  round %d: devibench %.1f s (processor %.1f s), ", $1, $2, $5 - $4
        printf "PNG, raw and x264 %.1f s (processor %.1f s)\n", $3, $6 - $5 }'
    best_ours=$(echo "$a ${best_ours:-$a}" | awk '{ print $1 < $2 ? $1 : $2 }')
    best_theirs=$(echo "$b ${best_theirs:-$b}" | awk '{ print $1 < $2 ? $1 : $2 }')
done
printf '%8s  %10s  %7s  %7s  %10s  %11s  %12s  %7s\n' rate size kbps miss encodes "QP inside" "QP outside" "x264 kbps"
paste -d ' ' "$work/ours" "$work/theirs" | awk '{ r = $1 + 0
    printf "%8s  %10s  %7.1f  %+6.1f%%  %10d  %11.1f  %12.1f  %7.1f (%+.1f%%)\n",
           $1, $3, $2, 100 * ($2 / r - 1), $4, $5, $6, $8, 100 * ($8 / r - 1) }'
echo "$best_ours $best_theirs" | awk '{ printf "devibench %.2f s, the published way %.2f s: %.1f times faster\n", $1, $2, $2 / $1 }'
