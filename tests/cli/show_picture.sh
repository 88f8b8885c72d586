# SPDX-License-Identifier: GPL-3.0-or-later
# The picture of a question: its size, and by their brightness which frames
# stand where (see tests/tools/make_workspace.c).
set -e
make_workspace ws
size() { ffprobe -v error -show_entries stream=codec_name,width,height -of csv=p=0 "$1"; }
# PICTURE X Y LUMA: the pixel there is that luma (limited range), within 2.
grey() {
    value=$(ffmpeg -v error -i "$1" -vf "crop=1:1:$2:$3:exact=1" -f rawvideo -pix_fmt gray - |
        od -An -tu1)
    awk -v v="$value" -v luma="$4" 'BEGIN { d = v - (luma - 16) * 255 / 219
        print (d > -2 && d < 2 ? "as expected" : "found " v " for luma " luma) }'
}
devibench show 1801 --workspace ws --out three.png | grep Picture
size three.png
for row in 0 1 2; do
    frame=$((row * 4 + 1)) # frames 1, 5 and 8 of 0..9: the middles of thirds
    [ $row = 2 ] && frame=8
    grey three.png 20 $((row * 40 + 18)) $((60 + 12 * frame))
    grey three.png 100 $((row * 40 + 18)) $((40 + 6 * frame))
done
grey three.png 20 37 16 # the gap
echo "-- at second 0 and 4.9"
devibench show 1801 --workspace ws --out at.png --at 0 | grep Picture
size at.png
grey at.png 20 18 60
devibench show 1801 --workspace ws --out at.png --at 4.9 --json | grep picture
grey at.png 20 18 168
echo "-- more frames than there are"
devibench show 1801 --workspace ws --out all.png --frames 64 | grep Picture
size all.png
echo "-- no degraded rendition, a missing frame, a damaged one"
sqlite3 ws/devibench.db "UPDATE rendition SET n_frames = 0 WHERE kind = 'degraded'"
devibench show 1801 --workspace ws --out half.png --frames 1 | grep Picture
size half.png
rm ws/renditions/0/original/frame-0006.jpg
devibench show 1801 --workspace ws --out none.png --frames 1 2>&1 || echo "exit $?"
echo "no picture" > ws/renditions/0/original/frame-0006.jpg
devibench show 1801 --workspace ws --out none.png --frames 1 2> msg || echo "exit $?"
grep -c 'ws/renditions/0/original/frame-0006.jpg: ' msg
ls none.png 2>/dev/null || echo "nothing written"
