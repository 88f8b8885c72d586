# SPDX-License-Identifier: GPL-3.0-or-later
# Damaged videos among good ones: none stops the build or ends the program, and
# what cannot be used is named.
. "$TOP/tests/lib.sh"
mkdir whole in
make() { # NAME OPTIONS...
    name=$1
    shift
    ffmpeg -v error -y -f lavfi -i "testsrc2=s=128x96:r=10:d=3" -threads 1 "$@" "whole/$name" || exit 1
}
make a.mp4 -c:v libx264 -preset veryfast
make b.mkv -c:v libx264 -preset veryfast -bf 2
make c.webm -c:v libvpx -b:v 200k
make d.avi -c:v mpeg4
make e.ts -c:v mpeg2video
make f.mp4 -c:v libx264 -preset veryfast -movflags +faststart
cp whole/a.mp4 in/good.mp4
seed=0
while [ $seed -lt 42 ]; do
    for f in a.mp4 b.mkv c.webm d.avi e.ts f.mp4; do
        damage whole/$f "in/$seed-$f" $seed || exit 1
        seed=$((seed + 1))
    done
    seed=$((seed + 1)) # so that each file meets each kind of damage
done
devibench build --videos in --workspace ws --until preprocess --segment 1 --every 1 --bitrate 60k \
    --json > build.json 2> build.log
echo "build: exit code $?"
grep -v '^warning: left out: ' build.log
videos=$(json_field build.json videos)
files=$(ls in | wc -l)
named=$(grep -o '^warning: left out: [0-9]*-[a-f]:' build.log | sort -u | wc -l)
[ $((videos + named)) -eq "$files" ] || echo "$files files, $videos used, $named named"
[ "$named" -gt 0 ] && [ "$videos" -gt 10 ] || echo "$files files, $videos used, $named named"
grep -c '"name": "good' build.json
sqlite3 ws/devibench.db "SELECT count(*) FROM rendition JOIN segment ON segment.id = rendition.segment
    JOIN video ON video.id = segment.video WHERE name = 'good'"
for f in in/*; do
    devibench transcode "$f" out.mp4 --bitrate 60k > out.log 2>&1
    rc=$?
    [ $rc -eq 0 ] || [ $rc -eq 1 ] || [ $rc -eq 3 ] || { echo "transcode $f: exit code $rc"; head -n 20 out.log; }
done
