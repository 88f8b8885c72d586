# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that fills up in the midst of a build, and one that cannot be written:
# said plainly; what was stored stays readable, and with room the same command
# finishes. Needs root, for a small disk of its own.
. "$TOP/tests/lib.sh"
clip() { # NAME SECONDS
    ffmpeg -v error -y -f lavfi -i "testsrc2=s=240x180:r=5:d=$2" \
        -threads 1 "$1" || exit 1
}
clip small.mp4 1
clip a.mp4 5
clip b.mp4 6
mkdir disk
mount -t tmpfs -o size=660k none disk 2> /dev/null || skip "no file system may be mounted here"
unmount() { umount disk; cleanup; }
trap unmount EXIT
build() { # UNTIL VIDEO...
    until=$1
    shift
    devibench build --workspace disk/ws --until "$until" --segment 1 --every 1 --bitrate 60k --jobs 2 \
        --videos "$@" > out.log 2> err.log
    rc=$?
    # Whether a file or the database is the first to find no room is chance.
    sed -E 's/ [^ ]*(frame|clip|pair|original|degraded|work|devibench\.db)[^ ]*/ FILE/g
        s/cannot write FILE No space left on device|FILE disk full \(.*\)/the disk is full/' err.log
    echo "exit code $rc"
}
echo "== room for one"
build preprocess small.mp4
echo "== full while it renders"
build preprocess small.mp4 a.mp4 b.mp4
echo "videos in the store: $(sqlite3 -readonly disk/ws/devibench.db 'SELECT count(*) FROM video')"
echo "== full to the last byte"
dd if=/dev/zero of=disk/filler bs=4096 > dd.log 2>&1
build collect small.mp4 b.mp4
echo "integrity: $(sqlite3 -readonly disk/ws/devibench.db 'PRAGMA integrity_check')"
devibench show --workspace disk/ws
echo "== room again"
rm disk/filler
mount -o remount,size=64m disk || exit 1
build preprocess small.mp4 a.mp4 b.mp4
grep -E '^(videos|segments)' out.log
devibench build --workspace calm --until preprocess --segment 1 --every 1 --bitrate 60k --videos \
    small.mp4 a.mp4 b.mp4 > out.log || exit 1
sums() { (cd "$1/renditions" && find . -type f | sort | xargs sha256sum); }
sums calm > calm.sums
sums disk/ws > disk.sums
cmp calm.sums disk.sums && echo "the same as on a disk with room"
echo "== read-only"
mount -o remount,ro disk || exit 1
build collect small.mp4
exit 0
