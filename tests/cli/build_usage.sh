# SPDX-License-Identifier: GPL-3.0-or-later
# Wrong use of build is told before anything is done.
. "$TOP/tests/lib.sh"
say() {
    devibench build "$@" 2>&1 | grep -v '^Try'
}
ffmpeg -v error -y -f lavfi -i testsrc=s=160x90:r=10:d=2 clip.mp4 || exit 1
a=openai:one@http://127.0.0.1:9/v1 b=openai:two@http://127.0.0.1:9/v1
say --workspace ws
say --videos clip.mp4
say --videos clip.mp4 --workspace ws
say --videos clip.mp4 --workspace ws --generator $a
say --videos clip.mp4 --workspace ws --generator $a --verifier $a
say --videos clip.mp4 --workspace ws --generator $a --filter $b --verifier $b
say --videos clip.mp4 --workspace ws --generator nonesuch --verifier $b
say --videos clip.mp4 --workspace ws --generator $a --verifier $b --bitrate fast
say --videos clip.mp4 --workspace ws --generator $a --verifier $b --size 160x91
say --videos clip.mp4 --workspace ws --generator $a --verifier $b --until lunch
say --videos clip.mp4 --workspace ws --generator $a --verifier $b --segment -1
say --videos clip.mp4 --workspace clip.mp4 --until collect
[ -e ws/renditions ] && find ws/renditions -type f
exit 0
