#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# relevance: maps from files, gaze, noise and the picture itself, drawn and as numbers.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
short() { sed "s|$PWD/||"; }
run() { devibench relevance "$@" 2>&1 | short; }

cat > maps.json <<END
{"schema_version": 1, "videos": {"clip.mp4": [
  {"at": 0, "rows": 2, "cols": 2, "rho": [0.1, 0.2, 0.9, -0.5]},
  {"at": 5, "boxes": [[500, 0, 750, 250]]},
  {"at": 0, "words": "Where is the exit?", "boxes": [[500, 700, 800, 850]]}]}}
END
printf 'video,t,x,y\nclip.mp4,0,0.25,0.75\nclip.mp4,4,0.75,0.25\n' > gaze.csv

echo "# maps"
run clip.mp4 --at 2 --provider file --file maps.json --out map.png | sed 's/ x [0-9]*$//' # fonts differ
run clip.mp4 --at 5.5 --provider file --file maps.json --form box
run clip.mp4 --at 6.5 -p file --file maps.json --question 'where is the EXIT?'
run clip.mp4 --at 1 -p file --file gaze.csv --gamma 2
run clip.mp4 --at 4 -p file --file gaze.csv --form stretched --base-qp 30
run clip.mp4 -p centre --patch 96
run clip.mp4 -p inverse-centre --patch 96
ffprobe -v error -show_entries stream=codec_name,width -of csv=p=0 map.png | sed 's/,[0-9]*$/, wide/'

echo "# numbers"
devibench relevance clip.mp4 --at 2 -p file --file maps.json --json > map.out || exit 1
tr -d ' \n' < map.out | sed 's/"qp":\[.*\]/"qp":[...]/'
echo
# What is printed is an entry of such a file.
{
    printf '{"schema_version": 1, "videos": {"again": [{"at": 0, "rows": 2, "cols": 2, "rho": '
    tr -d ' \n' < map.out | sed 's/.*"rho":\(\[[^]]*\]\).*/\1/'
    echo '}]}}'
} > again.json
run clip.mp4 --at 2 -p file --file again.json --video-name again
devibench relevance clip.mp4 --at 2 -p random --seed 5 --json > a.json
devibench relevance clip.mp4 --at 2 -p random --seed 5 --json > b.json
devibench relevance clip.mp4 --at 2 -p random --seed 6 --json > c.json
cmp -s a.json b.json && ! cmp -s a.json c.json && echo "random follows the seed"

echo "# detail is where the letters are"
for at in 1 4 7; do # the caption of each three seconds; boxes of the file's 854x480
    devibench relevance clip.mp4 --at $at -p detail --json > d.json || exit 1
    echo "$at s: row $(sed -n 's/.*"row": \([0-9]*\).*/\1/p' d.json) is" \
        "$(json_field d.json y | awk '{ y = $1; print (y > 50 && y < 100) || (y > 170 && y < 280) || (y > 320 && y < 410) ? "lettering" : "not" }')"
done

echo "# wrong"
wrong() { run "$@" | grep -v '^Try'; }
wrong clip.mp4 -p nobody | sed 's/one of .*, or/one of .., or/'
wrong clip.mp4 -p file
wrong clip.mp4 -p embed
wrong clip.mp4 --at 100
wrong missing.mp4
wrong clip.mp4 -p file --file missing.json
wrong clip.mp4 -p file --file maps.json --video-name other
echo '{"schema_version": 1, "videos": {"clip.mp4": [{"at": 0, "boxes": [[5, 5, 5, 9]]}]}}' > bad.json
wrong clip.mp4 -p file --file bad.json
wrong clip.mp4 -p centre --out nowhere/x.png
wrong clip.mp4 -p centre --out x.jpg
wrong missing.mp4 --out .png
wrong clip.mp4 --gamma 0.05
wrong clip.mp4 --gamma 21
wrong clip.mp4 --patch 8193
wrong clip.mp4 --file maps.json
wrong clip.mp4 -p inverse-centre --model-dir nowhere
wrong clip.mp4 -p file --file maps.json --endpoint jina:m@http://127.0.0.1:1/v1
wrong clip.mp4 -p random --look-model nobody
for code in "-p nobody" "-p centre --out x.jpg" "--at 100" "-p centre --out nowhere/x.png"; do
    # shellcheck disable=SC2086
    devibench relevance clip.mp4 $code > /dev/null 2>&1
    echo "exit code $?"
done
ls x.jpg 2> ls.txt

echo "# embedding endpoint"
export VLLM_API_KEY=planted
echo "{}" > script.json
start_fake script.json --key-env VLLM_API_KEY
run clip.mp4 --at 1 -p embed --endpoint "vllm:ok@$FAKE" --question 'What is written in white?' --patch 60
VLLM_API_KEY=other
run clip.mp4 -p embed --endpoint "vllm:ok@$FAKE" --question white | sed 's|http://[^ ]*|URL|'
