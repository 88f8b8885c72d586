# SPDX-License-Identifier: GPL-3.0-or-later
. "$TOP/tests/lib.sh"
made=$TOP/tests/fixtures/network
try() { echo "\$ devibench stream figure $*" | sed "s|$TOP/||g"; devibench stream figure "$@" 2>&1; echo "exit $?"; }
try 2 --out out --duration 5 --no-pictures
try 10 --out out --duration 20 --no-pictures
try recap --out out --traces "$made/steps.up" "$made/pauses.csv" --confidence "$made/confidence.csv" \
    --no-pictures
ffmpeg -v error -y -f lavfi -i testsrc2=s=160x96:r=10:d=3 -c:v libx264 -threads 1 clip.mp4
try 4 --out out --videos clip.mp4 --fps 1,5,10,30 --no-pictures
ls out
echo "-- tables"
wc -l out/figure-2-cells.csv out/figure-10-cells.csv out/figure-recap-calls.csv | sed '$d'
awk -F, 'NR > 1 { print $1, $3, ($3 == 10 ? $8 : $8 < 1 ? "less" : $8) }' out/figure-4-encodes.csv
echo "-- equal for any number of threads"
devibench stream figure 2 --out again --duration 5 --no-pictures --jobs 1 > again.txt
for f in again/*; do cmp "$f" "out/${f#again/}"; done
echo "-- a picture"
if command -v gnuplot > /dev/null; then
    devibench stream figure 10 --out drawn --duration 20 > drawn.txt
    for f in drawn/figure-10-stall.svg drawn/figure-10-bitrate.pdf; do [ -s $f ] || echo "no $f"; done
fi
echo "-- what cannot be"
try
try 3 --out out
try 2
try 4 --out out
try recap --out out --traces "$made/steps.up"
try recap --out out --traces none.up --confidence "$made/confidence.csv"
try 4 --out out --videos none.mp4
