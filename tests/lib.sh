# SPDX-License-Identifier: GPL-3.0-or-later
# Shell functions that command tests share. Source it with: . "$TOP/tests/lib.sh"

skip() { # WHY
    echo "$*" >&2
    exit 77
}

# First value of a member in one of our JSON documents (one member a line).
json_field() { # FILE NAME
    sed -n "s/^ *\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -n 1
}

# Kill what this test started, however it ends.
started=
cleanup() {
    for pid in $started; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    return 0
}
trap cleanup EXIT
trap 'exit 130' INT TERM

wait_for_file() { # FILE PID
    i=0
    until [ -s "$1" ]; do
        i=$((i + 1))
        [ $i -le 300 ] && kill -0 "$2" 2>/dev/null || { echo "$1: not written" >&2; exit 1; }
        sleep 0.1
    done
}

# The OCR baseline on a free port; sets READER to its base URL.
start_reader() {
    devibench-reader --port 0 > reader.url 2> reader.log &
    started="$started $!"
    wait_for_file reader.url $!
    READER=$(cat reader.url)
}

# A service that answers by a script (tests/tools/fake_service.c) on a free port; sets
# FAKE to its base URL.
start_fake() { # SCRIPT [OPTIONS...]
    fake_script=$1
    shift
    rm -f fake.url
    fake_service --script "$fake_script" "$@" > fake.url 2> fake.log &
    started="$started $!"
    wait_for_file fake.url $!
    FAKE=$(cat fake.url)
}

# Requests that it has had: of all models, or of one.
requests() { # [MODEL]
    curl -s --noproxy '*' "${FAKE%/v1}/stats" |
        sed "s/.*\"models\":{\(.*\)},\"requests\":\([0-9]*\)}.*/\2 \1/" |
        awk -v m="$1" '{ if (m == "") print $1; else if (match($0, "\"" m "\":{[^}]*\"requests\":[0-9]+")) {
            s = substr($0, RSTART, RLENGTH); sub(/.*:/, "", s); print s } else print 0 }'
}

# Nine seconds of 854x480, grainy, with lettering of several sizes that changes every
# three seconds.
make_text_clip() { # OUT
    text() { # FROM TO SIZE X Y WORDS
        printf "drawtext=text='%s':fontcolor=white:fontsize=%s:x=%s:y=%s:enable='between(t,%s,%s)'," \
            "$6" "$3" "$4" "$5" "$1" "$2"
    }
    ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=854x480:r=15:d=9,noise=alls=3:allf=t:all_seed=1,
        $(text 0 3 22 40 60 'Platform 7  Northbound')
        $(text 0 3 18 60 180 'Coffee 3.40')
        $(text 0 3 18 460 330 'Meeting room Jupiter')
        $(text 3 6 22 80 90 'Departure 14 25')
        $(text 3 6 18 60 220 'Library opens Monday')
        $(text 3 6 18 430 380 'Bicycle repair shop')
        $(text 6 9 22 120 70 'Gate closes early')
        $(text 6 9 18 50 250 'Voltage 230 maximum')
        $(text 6 9 18 440 360 'Emergency exit')
        null" -c:v libx264 -preset veryfast -crf 18 -threads 1 "$1" ||
        { echo "the ffmpeg program could not make $1" >&2; exit 1; }
}
