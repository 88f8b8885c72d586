# SPDX-License-Identifier: GPL-3.0-or-later
# Our RTP ends with GStreamer's, in both directions, over a link that loses 5% of the packets:
# what arrives must be what was sent, to the byte, by retransmissions that the receiver asked for.
set -u
. "$TOP/tests/lib.sh"
for element in rtpsession rtpjitterbuffer rtprtxsend rtprtxreceive rtph264pay rtph264depay qtdemux capssetter; do
    gst-inspect-1.0 --exists $element 2> log ||
        skip "GStreamer's $element is not here (gstreamer1.0-tools, gstreamer1.0-plugins-good)"
done
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' && echo yes || echo "no ($1, expected $2 up)"; }
export GST_REGISTRY="$PWD/registry" # built once, not raced for

# Pairs of ports below those that the system gives away: RTP, and RTCP on the next.
# Ours BASE; GStreamer's BASE+2; the link's towards the receiver BASE+4, back BASE+7.
pick_ports() { BASE=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 1400 * 8)); }

# start_link RTP_TARGET BACK_TARGET: both are ports. With this seed the first loss is the
# 40th packet: a receiver cannot know of what was lost before the first that it has.
start_link() {
    rm -f link.out
    devibench stream link --down $((BASE + 4))=$1 --down $((BASE + 5))=$(($1 + 1)) --up $((BASE + 7))=$2 \
        --delay 20ms --loss 0.05 --seed 33 --duration 60 > link.out 2> link.log &
    link=$! started="$started $!"
    wait_for_file link.out $link
}
stop() { # PID
    kill -INT $1 2> /dev/null
    wait $1 2> /dev/null
}

map='application/x-rtp-pt-map,96=(uint)97'
caps='application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96'
# AVPF with room for RTCP at once; by default a session waits seconds between reports.
session='rtpsession name=s rtp-profile=avpf bandwidth=2000000 rtcp-fraction=200000 rtcp-min-interval=20000000'
frames='video/x-h264,stream-format=byte-stream,alignment=au'

ffmpeg -v error -y -f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -c:v libx264 -preset veryfast \
    -bf 0 -g 50 -b:v 1M clip.mp4 || { echo "the ffmpeg program could not make a clip" >&2; exit 1; }

echo 'to GStreamer'
pick_ports
start_link $((BASE + 2)) $((BASE + 1))
# shellcheck disable=SC2086
gst-launch-1.0 -q $session \
    udpsrc address=127.0.0.1 port=$((BASE + 2)) caps="$caps" ! s.recv_rtp_sink \
    udpsrc address=127.0.0.1 port=$((BASE + 3)) ! s.recv_rtcp_sink \
    s.send_rtcp_src ! udpsink host=127.0.0.1 port=$((BASE + 7)) sync=false async=false \
    s.recv_rtp_src ! rtprtxreceive payload-type-map="$map" ! rtpssrcdemux ! \
    rtpjitterbuffer do-retransmission=true latency=2000 rtx-min-delay=0 ! rtph264depay ! "$frames" ! \
    filesink buffer-mode=unbuffered location=theirs.h264 > gst.log 2>&1 &
gst=$! started="$started $!"
# It listens when the kernel knows its port.
i=0
until grep -qi "$(printf '0100007F:%04X' $((BASE + 2)))" /proc/net/udp; do
    i=$((i + 1))
    [ $i -le 300 ] && kill -0 $gst || { echo "GStreamer does not listen" >&2; cat gst.log >&2; exit 1; }
    sleep 0.1
done
devibench stream live --role send --listen $BASE --to $((BASE + 4)) --rtcp next --video clip.mp4 --bitrates 800k \
    --fps 25 --duration 4 --save-sent ours.h264 --json > send.json 2> send.log || cat send.log
i=0 # its jitter buffer gives the last frames out after its latency
until cmp -s ours.h264 theirs.h264 || [ $i -ge 100 ]; do
    i=$((i + 1))
    sleep 0.1
done
stop $gst
stop $link
echo "frames: $(json_field send.json frames)"
echo "lost: $(at_least "$(sed -n 's/^down: .* delivered, \([0-9]*\) lost.*/\1/p' link.out)" 5)"
echo "NACKs: $(at_least "$(json_field send.json nacked)" 5), retransmissions: $(at_least "$(json_field send.json retransmissions)" 5)"
cmp ours.h264 theirs.h264 && echo 'the same bytes'
cat gst.log

from_gstreamer() { # AGGREGATE_MODE
    echo "from GStreamer, aggregate-mode=$1"
    pay="rtph264pay config-interval=-1 pt=96 mtu=1200 aggregate-mode=$1"
    # The stream as its own depayloader gives it when nothing is in between; without the
    # parameter sets of SDP, which ours has not.
    # shellcheck disable=SC2086
    gst-launch-1.0 -q filesrc location=clip.mp4 ! qtdemux ! $pay ! capssetter replace=true join=false caps="$caps" ! \
        rtph264depay ! "$frames" ! filesink location=whole.h264 > gst.log 2>&1 || cat gst.log
    pick_ports
    rm -f receive.log
    devibench stream live --role receive --listen $BASE --to $((BASE + 6)) --rtcp next --duration 30 \
        --save-received part.h264 --json > receive.json 2> receive.log &
    receiver=$! started="$started $!"
    wait_for_file receive.log $receiver
    start_link $BASE $((BASE + 3))
    # shellcheck disable=SC2086
    gst-launch-1.0 -q $session filesrc location=clip.mp4 ! qtdemux ! $pay ! \
        rtprtxsend payload-type-map="$map" max-size-packets=0 max-size-time=3000 ! s.send_rtp_sink \
        s.send_rtp_src ! udpsink host=127.0.0.1 port=$((BASE + 4)) \
        s.send_rtcp_src ! udpsink host=127.0.0.1 port=$((BASE + 5)) sync=false async=false \
        udpsrc address=127.0.0.1 port=$((BASE + 3)) ! s.recv_rtcp_sink > gst.log 2>&1 &
    gst=$! started="$started $!"
    wait $gst
    # Its session is over with the last frame, and what is lost then stays lost; so its
    # goodbye may be.
    sleep 1
    stop $receiver
    stop $link
    echo "frames that can be decoded: $(at_least "$(json_field receive.json decodable)" 90)"
    echo "missing: $(at_least "$(json_field receive.json missing)" 5), NACKs: $(at_least "$(json_field receive.json nacks)" 5), retransmitted: $(at_least "$(json_field receive.json retransmitted)" 5)"
    echo "recovered frames: $(at_least "$(json_field receive.json frames_recovered)" 3), spoilt: $(json_field receive.json spoilt), unreadable: $(json_field receive.json unreadable)"
    cmp -n "$(wc -c < part.h264)" whole.h264 part.h264 && echo 'the same bytes'
    cat gst.log
}
from_gstreamer none
from_gstreamer zero-latency
started=
