# SPDX-License-Identifier: GPL-3.0-or-later
# devibench transcode: what it writes, its JSON, its verdicts, and what it refuses.
. "$TOP/tests/lib.sh"
make() { # OUT SOURCE
    ffmpeg -v error -y -f lavfi -i "$2" -c:v libx264 -preset veryfast -crf 16 -threads 1 "$1" || exit 1
}
make in.mp4 "testsrc2=s=320x180:r=25:d=4"
make still.mp4 color=c=gray:s=320x180:r=25:d=1
width() { ffprobe -v error -select_streams v -show_entries "stream=$2" -of csv=p=0 "$1"; }
quiet() { # the reason without its figures
    sed 's/[0-9.]* kbps/N kbps/g; s/[0-9]*x[0-9]*/WxH/g'
}

echo "== met, and the file is as told"
devibench transcode in.mp4 out.mp4 --bitrate 100k --json > r.json
echo "exit $?"
for f in schema_version command target_kbps met reason width height frames preset; do
    echo "$f $(json_field r.json $f)"
done
for f in bitrate_kbps fps encodes mean_qp crf; do
    [ -n "$(json_field r.json $f)" ] || echo "$f is missing"
done
width out.mp4 width,height,nb_frames,r_frame_rate,has_b_frames,pix_fmt
# The rate is that of the stream in the file: packets and parameter sets over 4 s.
ffprobe -v error -show_entries packet=size -of csv=p=0 out.mp4 | awk -v kbps="$(json_field r.json bitrate_kbps)" '
    { s += $1 } END { d = s * 8 / 4 / 1000 / kbps; print (d > 0.99 && d <= 1 ? "rate agrees" : "rate is off: " d) }'
awk -v kbps="$(json_field r.json bitrate_kbps)" 'BEGIN { print (kbps >= 98 && kbps <= 102 ? "within 2%" : kbps) }'

echo "== same bytes again"
devibench transcode in.mp4 again.mp4 --bitrate 100k > text
cmp out.mp4 again.mp4 && echo same
sed 's/[0-9.]* kbps/N kbps/; s/QP [0-9.]*/QP N/; s/[0-9]* encodes\{0,1\}/N encodes/' text

echo "== size, rate, cut, frames, one pass"
devibench transcode in.mp4 cut.mp4 --crf 30 --size 160x90 --fps 10 --start 1 --length 2 -q > /dev/null
width cut.mp4 width,height,nb_frames
devibench transcode in.mp4 b.mp4 --bitrate 200k --mode abr --bframes 2 --keyint 25 --preset fast \
    --tune none --json > r.json
echo "exit $(( $? < 2 )) encodes $(json_field r.json encodes) preset $(json_field r.json preset) crf $(json_field r.json crf)"
width b.mp4 has_b_frames
ffprobe -v error -show_entries packet=flags -of csv=p=0 b.mp4 | grep -c K

echo "== rates that cannot be met"
devibench transcode still.mp4 ceiling.mp4 --bitrate 10M | tail -n 1 | quiet
devibench transcode still.mp4 ceiling.mp4 --bitrate 10M > /dev/null
echo "exit $?"
devibench transcode in.mp4 floor.mp4 --bitrate 1k --json > r.json
echo "exit $?"
echo "met $(json_field r.json met)"
json_field r.json reason | quiet
[ -s floor.mp4 ] && echo "written all the same"

echo "== refused"
try() {
    devibench transcode "$@" > /dev/null 2> err
    echo "exit $? $(head -n 1 err)"
}
try in.mp4 in.mp4
try in.mp4 out.avi
try in.mp4 no/such/out.mp4
try absent.mp4 x.mp4
try in.mp4 x.mp4 --size 161x90 --bitrate 100k
try in.mp4 x.mp4 --preset fastest
try in.mp4 x.mp4 --tune cartoon
try in.mp4 x.mp4 --bitrate lots
try in.mp4 x.mp4 --start 9
try in.mp4
mkdir folder.mp4
try in.mp4 folder.mp4
: > empty.mp4
try empty.mp4 x.mp4

echo "== a full disk leaves the old file and no other"
cp out.mp4 full.mp4
(
    trap '' XFSZ
    ulimit -f 8
    devibench transcode in.mp4 full.mp4 --crf 15 > /dev/null 2> err
    echo "exit $?"
)
cat err
cmp out.mp4 full.mp4 && echo "old file is whole"
ls -A | grep -E 'tmp|^x\.mp4' || echo "nothing else"
