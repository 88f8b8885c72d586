# SPDX-License-Identifier: GPL-3.0-or-later
. "$TOP/tests/lib.sh"
made=$TOP/tests/fixtures/network
try() { echo "\$ devibench stream simulate $*"; devibench stream simulate "$@" 2>&1 | sed "s|$TOP/||"; echo; }
fail() {
    echo "\$ devibench stream simulate $*"
    devibench stream simulate "$@" > out 2> err
    echo "exit $?"
    sed "s|$TOP/||" err
    [ ! -s out ] || cat out
}
echo "-- a grid"
try --bitrates 500k,4M,12M --loss 0,0.05 --duration 20
echo "-- what a cell has"
devibench stream simulate --loss 0.05 --duration 20 --json > a.json
sed -n 's/^ *"\([a-z_0-9]*\)":.*/\1/p' a.json | tr '\n' ' '
echo
echo "-- equal for any number of threads, with everything random in it"
set -- --bitrates 300k,3M --loss 0.02,0.1 --schemes wait:15,substitute,repeat:4,adapt --hold frame \
    --jitter 5ms --reorder --cv 0.5 --keyint 30 --key-ratio 5 --back-loss 0.05 --duration 20
devibench stream simulate "$@" --json --jobs 1 --csv 1.csv > 1.json
devibench stream simulate "$@" --json --jobs 3 --csv 3.csv > 3.json
cmp 1.json 3.json && cmp 1.csv 3.csv && echo the same
OMP_NUM_THREADS=2 devibench stream simulate "$@" --json > 2.json
cmp 1.json 2.json && echo the same
devibench stream simulate "$@" --seed 2 --json > 2.json
cmp -s 1.json 2.json || echo another seed, other numbers
head -n 1 1.csv | tr ',' '\n' | wc -l
wc -l < 1.csv
echo "-- traces, queues, controllers"
try --trace "$made/steps.up" --cc gcc --duration 20 --loss 0 -q > out
grep -c '^wait' out
devibench stream simulate --trace "$made/steps.up" --loss 0 --duration 1 2>&1 > out | sed "s|$TOP/||"
devibench stream simulate --trace "$made/pauses.csv" --loss 0 --duration 1 2>&1 > out | sed "s|$TOP/||"
for queue in packets:50 bytes:60000 codel codel:200; do
    devibench stream simulate --bitrates 12M --loss 0 --duration 5 --queue $queue --json |
        awk -v q=$queue '/packets_dropped/ { sub(",", ""); n[++i] = $2 }
            END { print q, (n[1] > 0 ? "droptail" : n[2] > 0 ? "codel" : "nothing") }'
done
echo "-- the cap by confidence"
for abr in none recap; do
    devibench stream simulate -q --trace "$made/steps.up" --cc gcc --abr $abr \
        --confidence "$made/confidence.csv" --loss 0 --duration 30 --json |
        sed -n 's/.*"video_kbps": \([0-9]*\).*/\1/p' > $abr
done
[ "$(cat recap)" -lt "$(cat none)" ] && echo fewer bits
echo "-- sizes of a real encode"
printf 'bytes,key\n9000,1\n1000,0\n2000,0\n' > sizes.csv
try --sizes sizes.csv --loss 0 --duration 3
ffmpeg -v error -y -f lavfi -i testsrc2=s=160x96:r=10:d=3 -c:v libx264 -threads 1 clip.mp4
for loss in 0 0.1; do # the first frame is the largest and comes again every 90
    devibench stream simulate --video clip.mp4 --bitrates 1M --loss $loss --duration 9 --json |
        awk '/"(p50_ms|p99_ms|video_kbps)"/ { sub(",", ""); v[$1] = $2 }
            END { print (v["\"p99_ms\":"] > v["\"p50_ms\":"] + 20 ? "uneven" : "even"),
                int(v["\"video_kbps\":"] + 0.5) }'
done
echo "-- what cannot be"
fail --video none.mp4
fail --video clip.mp4 --sizes sizes.csv
fail --loss 2
fail --loss -1
fail --fps 0
fail --bitrates 0
fail --link-rate 0
fail --duration 0
fail --duration 1e300
fail --duration 1e7 --fps 1000
fail --epsilon 0 --schemes substitute
fail --epsilon 1 --schemes substitute
fail --loss 1 --schemes substitute
fail --loss 0.9 --burst 2
fail --delay 30
fail --delay 2h
fail --queue packets
fail --queue fifo:3
fail --schemes hope
fail --schemes wait:0
fail --feedback 10ms
fail --abr recap
fail --abr recap --confidence none.csv
fail --trace none.up
printf '3\n2\n' > down.up
fail --trace down.up
printf '10\nx\n' > sizes.csv
fail --sizes sizes.csv
fail --csv none/out.csv --duration 1
