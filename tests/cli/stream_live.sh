# SPDX-License-Identifier: GPL-3.0-or-later
# stream live: real video over real sockets; two ends of their own through stream link.
set -u
. "$TOP/tests/lib.sh"
yes_if() { if [ "$@" ]; then echo yes; else echo "no ($*)"; fi; }
count() { json_field "$1" "$2"; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' && echo yes || echo "no ($1, expected $2 up)"; }

ffmpeg -v error -y -f lavfi -i testsrc2=size=320x180:rate=30:duration=2 -c:v libx264 -preset ultrafast clip.mp4 ||
    { echo "the ffmpeg program could not make a clip" >&2; exit 1; }

echo 'both ends, video, loss'
devibench stream live --video clip.mp4 --bitrates 600k --loss 0.05 --duration 2 --delay 20ms --json \
    --save-sent sent.h264 --save-received received.h264 > loss.json 2> log || cat log
# Without loss first, for the deadlines, then with it: two calls, each of 2 s and the tail.
echo "frames $(count loss.json frames), complete $(count loss.json complete), decodable $(count loss.json decodable)"
echo "packets lost: $(at_least "$(count loss.json packets_lost)" 1), sent again: $(at_least "$(count loss.json packets_resent)" 1)"
echo "the delay is in it: $(at_least "$(count loss.json p50_ms)" 20)"
echo "what is received decodes: $(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 received.h264 2>&1 | awk '{ print ($1 >= 120) ? "yes" : $0 }')"
# The last frames of the second call may be lost for good; all before are the same bytes.
echo "the same bytes: $(cmp -s -n "$(wc -c < received.h264)" sent.h264 received.h264 && echo yes || echo no)"

echo 'the rate follows the link'
devibench stream live --video clip.mp4 --bitrates 3M --cc gcc --link-rate 800k --duration 4 --delay 20ms --json \
    > gcc.json 2> log || cat log
echo "less than half of what it began with: $(at_least 1500 "$(count gcc.json video_kbps)")"

echo 'two ends and the link between them'
devibench stream live --role receive --listen 0 --duration 30 --save-received there.h264 --json > receive.json 2> receive.log &
receiver=$! started="$started $!"
wait_for_file receive.log $receiver
port=$(sed -n 's/^RTP on 127\.0\.0\.1:\([0-9]*\),.*/\1/p' receive.log)
devibench stream link --down "0=127.0.0.1:$port" --delay 10ms --loss 0.1 --duration 30 > link.out 2> link.log &
link=$! started="$started $!"
wait_for_file link.out $link
way=$(sed -n 's/^down \(127\.0\.0\.1:[0-9]*\) to .*/\1/p' link.out)
devibench stream live --role send --to "$way" --bitrates 500k --duration 2 --save-sent here.h264 --json > send.json 2> send.log || cat send.log
wait $receiver || cat receive.log
kill -INT $link
wait $link
echo "link ended with $?"
echo "frames $(count send.json frames), $(count receive.json decodable) of them decodable: $(at_least "$(count receive.json decodable)" 55)"
echo "asked for: $(at_least "$(count receive.json nacks)" 1), sent again: $(at_least "$(count send.json retransmissions)" 1), came: $(at_least "$(count receive.json retransmitted)" 1)"
echo "the same bytes: $(cmp -s -n "$(wc -c < there.h264)" here.h264 there.h264 && echo yes || echo no)"
echo "told goodbye: $(count receive.json bye), unreadable: $(count receive.json unreadable)"
echo "counters: $(sed -n 's/^down: \([0-9]*\) packets.*/\1/p' link.out | awk '{ print ($1 > 100) ? "yes" : $0 }')"
started=

echo 'refused'
refuse() { devibench stream "$@" > out 2> err; echo "$? $(sed -n '1s/^error: //p' err)"; }
refuse link
refuse link --down nowhere
refuse link --down 0=127.0.0.1:0
refuse link --down 70000=5000
refuse link --down 0=localhost:5000
refuse link --down '0=[::1]:5000'
refuse live --role send
refuse live --role receive --bitrates 1M,2M
refuse live --role receive --listen 99999
refuse live --loss 2
refuse live --video missing.mp4 --duration 1
refuse live --feedback 20ms --duration 1
