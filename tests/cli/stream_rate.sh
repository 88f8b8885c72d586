# SPDX-License-Identifier: GPL-3.0-or-later
. "$TOP/tests/lib.sh"
try() { echo "\$ devibench stream rate $*"; devibench stream rate "$@" 2>&1; echo "exit $?"; }
echo "-- worked by hand"
try --loss 0.01 --packets-per-frame 1
try --loss 0.05 --packets-per-frame 2
try --loss 0.10 --packets-per-frame 4
try --loss 0 --packets-per-frame 9
try --loss 0.05 --packets-per-frame 2 --json
echo "-- frame size and bitrate"
try --loss 0.05 --frame-bytes 2500
try --loss 0.05 --bitrate 400k
try --loss 0.2 --bitrate 4M
echo "-- the promise, simulated"
devibench stream rate --loss 0.05 --frame-bytes 2500 --simulate 2000 > out
sed '/^$/q' out | head -n 1
awk '$1 == "substitute" { served = $13 } $1 == "wait" && $2 == 30 { waited = $13 }
    END { print (served >= 99.8 ? "served as promised" : served), (waited < 90 ? "waiting is not" : waited) }' out
echo "-- nothing to be had"
try --loss 1 --packets-per-frame 1
try --loss 0.1 --packets-per-frame 4 --max-fps 12
try --loss 0.1 --packets-per-frame 4 --max-fps 12 --json
try --loss 0.1 --packets-per-frame 4 --epsilon 0
try --loss 0.1 --packets-per-frame 4 --epsilon 1
try --loss 1.5 --packets-per-frame 4
try --loss 0.1 --packets-per-frame 4 --model-fps 0
try --loss 0.1
try --loss 0.1 --packets-per-frame 4 --bitrate 1M
