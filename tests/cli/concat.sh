# SPDX-License-Identifier: GPL-3.0-or-later
# devibench concat: sizes, times, and what it refuses.
. "$TOP/tests/lib.sh"
make() { # OUT SOURCE
    ffmpeg -v error -y -f lavfi -i "$2" -c:v libx264 -preset veryfast -crf 16 -threads 1 "$1" || exit 1
}
make left.mp4 testsrc=s=320x180:r=25:d=3
make right.mp4 testsrc=s=160x90:r=10:d=2
stream() { ffprobe -v error -select_streams v -show_entries stream=width,height,nb_frames,duration -of csv=p=0 "$1"; }

echo "== the shorter one ends it"
devibench concat left.mp4 right.mp4 pair.mp4 | sed 's/, [0-9.]* kbps//'
stream pair.mp4
devibench concat right.mp4 left.mp4 other.mp4 -q > /dev/null
stream other.mp4

echo "== a largest size, a frame rate, JSON"
devibench concat left.mp4 right.mp4 small.mp4 --max-pixels 30000 --fps 5 --json > r.json
for f in command target_kbps met width height frames preset; do
    echo "$f $(json_field r.json $f)"
done
stream small.mp4

echo "== both halves show what they were given"
# Each half against its source, scaled alike: the same picture but for the coding.
for half in "0 left" "160 right"; do
    set -- $half
    ffmpeg -v error -i other.mp4 -i $( [ "$2" = left ] && echo right || echo left ).mp4 -lavfi \
        "[0:v]crop=160:90:$1:0,fps=10[a];[1:v]scale=160:90,fps=10,trim=duration=2[b];[a][b]ssim=stats_file=$2.txt" \
        -f null - 2> /dev/null
    awk -v half="$2" '{ sub(/.*All:/, ""); sum += $1; n++ }
        END { print half, n, (sum / n > 0.9 ? "alike" : "differs: " sum / n) }' "$2.txt"
done

echo "== same bytes again"
devibench concat left.mp4 right.mp4 again.mp4 > /dev/null
cmp pair.mp4 again.mp4 && echo same

echo "== refused"
try() {
    devibench concat "$@" > /dev/null 2> err
    echo "exit $? $(head -n 1 err)"
}
try left.mp4 right.mp4 right.mp4
try left.mp4 right.mp4 pair.mkv
try left.mp4 absent.mp4 x.mp4
try left.mp4 right.mp4
try left.mp4 right.mp4 x.mp4 --preset fastest
try left.mp4 right.mp4 x.mp4 --max-pixels -1
ls x.mp4 2> /dev/null || echo "nothing written"
