# SPDX-License-Identifier: GPL-3.0-or-later
# What collect takes and what it refuses, by name and with a reason; the rest goes on.
. "$TOP/tests/lib.sh"
clip() { # OUT SOURCE OPTIONS...
    out=$1 source=$2
    shift 2
    mkdir -p "$(dirname "$out")"
    ffmpeg -v error -y -f lavfi -i "$source" "$@" "$out" || exit 1
}
v=testsrc=s=160x90:r=10
clip in/sample_1/video.mp4 "$v:d=6"
clip in/sample_2/video.mp4 "$v:d=2"
clip in/odd.mp4 testsrc=s=161x91:r=10:d=6 -pix_fmt yuv444p
clip in/deep.mp4 "$v:d=6" -pix_fmt yuv420p10le
clip in/short.mp4 "$v:d=0.5"
clip in/sound.mp4 sine=d=6
: > in/nothing.mp4
echo "this is no video" > in/words.mkv
head -c 2000 in/sample_1/video.mp4 > in/cut.mp4
cp in/odd.mp4 in/same.mp4
clip in/gap.mp4 testsrc=s=64x64:r=1:d=2 -vf 'setpts=if(eq(N\,0)\,0\,1e7/TB)' -vsync vfr -video_track_timescale 1
printf 'in/odd.mp4\n{"path": "in/sample_2/video.mp4", "name": "second"}\n' > list.txt

collect() {
    devibench build --workspace "$@" --until collect --segment 3 --every 3
}
echo "== a folder"
collect ws --videos in 2>&1 | sed 's|/.*/in/|in/|'
echo "== its segments"
sqlite3 ws/devibench.db "SELECT name, start_ms, length_ms FROM segment JOIN video ON video.id = segment.video
    ORDER BY name, start_ms"
echo "== a manifest"
collect ws2 --videos list.txt
sqlite3 ws2/devibench.db "SELECT name FROM video ORDER BY name"
echo "== nothing that can be used"
collect ws3 --videos in/words.mkv in/sound.mp4 2>&1 | sed 's|/.*/in/|in/|'
echo "== no such path, empty folder, broken manifest"
mkdir empty
printf 'in/odd.mp4\n{"path": 3}\n' > broken.jsonl
for bad in absent.mp4 empty broken.jsonl; do
    collect ws4 --videos $bad 2>&1
done
collect ws4 --videos absent.mp4 2> /dev/null
echo "exit code $?"
