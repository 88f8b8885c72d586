#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job on real video, with the OCR baseline in place of a multimodal
# model: no key, no network but Debian's packages. Everything lands in demo/.
set -eu
build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
demo=$top/demo

# The clips are small (480x352 to 1280x720) and mostly still, so 200 kbps would
# hardly hurt them. 30 kbps is to a 1024x768 screen recording roughly what
# 200 kbps is to moving 1080p video: text of normal size is gone, large text stays.
rate=30k

# Real video that Debian packages, unpacked without installing: NAME PACKAGE FILE
clips="
film.mp4       openboard-common       usr/share/openboard/library/videos/wannaworktogether.mp4
recording.webm gnome-user-docs        usr/share/help/C/gnome-help/figures/display-dual-monitors.webm
terminal.mp4   forensics-samples-files usr/share/forensics-samples/original-files/movie2/movie-hello.mp4
"

fetch() { # PACKAGE
    [ -d "$demo/packages/$1" ] && return 0
    mkdir -p "$demo/packages"
    (
        cd "$demo/packages"
        apt-get download -q "$1" >&2 || { ${SUDO:-} apt-get update -qq && apt-get download -q "$1" >&2; }
        dpkg -x "$1"_*.deb "$1.part" && mv "$1.part" "$1" && rm -f "$1"_*.deb
    ) 2> "$demo/fetch.log"
}

generate() { # NAME: in place of a package that cannot be had
    sh "$top/tests/install.sh" ffmpeg
    ffmpeg -v error -y -f lavfi -i "color=c=0x204060:s=854x480:r=25:d=10" -vf "
        drawtext=text='Platform 7  Northbound 14\:25':fontcolor=white:fontsize=22:x=40:y=60,
        drawtext=text='Coffee 3.40   Sandwich 6.85':fontcolor=yellow:fontsize=18:x=60:y=180,
        drawtext=text='Meeting room Jupiter, floor 12':fontcolor=white:fontsize=16:x=420:y=330" \
        -c:v libx264 -preset veryfast -crf 12 "$demo/videos/${1%.*}.mp4"
}

[ "$(id -u)" = 0 ] || SUDO=sudo
mkdir -p "$demo/videos"
echo "$clips" | while read -r name package file; do
    [ -n "$name" ] || continue
    [ -e "$demo/videos/$name" ] && continue
    if fetch "$package" && [ -f "$demo/packages/$package/$file" ]; then
        ln -s "../packages/$package/$file" "$demo/videos/$name"
    else
        echo "The package $package cannot be had ($(tail -n 1 "$demo/fetch.log"));" \
             "a generated clip takes the place of $name."
        generate "$name"
    fi
done

rm -f "$demo/reader.url"
"$build/devibench-reader" --port 0 > "$demo/reader.url" 2> "$demo/reader.log" &
reader=$!
trap 'kill $reader 2>/dev/null; wait $reader 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM
i=0
until [ -s "$demo/reader.url" ]; do
    i=$((i + 1))
    if [ $i -gt 100 ] || ! kill -0 $reader 2>/dev/null; then
        cat "$demo/reader.log" >&2; echo "devibench-reader did not start" >&2; exit 1
    fi
    sleep 0.1
done
url=$(cat "$demo/reader.url")

cat <<END

The OCR baseline (Tesseract behind an OpenAI-compatible interface) stands in for a multimodal
model: reader-eng writes and filters the questions, reader-latin verifies them.
Clips: 5 s, degraded to $rate; kept in $demo

END
started=$(date +%s)
set -- --videos "$demo/videos" --workspace "$demo/workspace" \
    --generator "openai:reader-eng@$url" --verifier "openai:reader-latin@$url" \
    --bitrate $rate --segment 5 --every 5
echo "devibench build $*"
"$build/devibench" build "$@"
echo
echo "One verified question ($(($(date +%s) - started)) s after the start):"
echo
key=$("$build/devibench" show --workspace "$demo/workspace" --stage verified --json |
      sed -n 's/.*"key": "\([0-9a-f]*\)".*/\1/p' | head -n 1)
[ -n "$key" ] || { echo "no question was verified" >&2; exit 1; }
"$build/devibench" show "$key" --workspace "$demo/workspace" --out "$demo/question.png"
"$build/devibench" export --workspace "$demo/workspace" --out "$demo/questions.csv"

# From the rate that the questions were made at upwards. The questions were chosen by
# what reader-eng missed there; reader-latin has had no part in that.
rates=$rate,60k,120k,240k,original
echo
echo "How much is understood at which bitrate ($(($(date +%s) - started)) s after the start):"
echo
set -- --workspace "$demo/workspace" \
    --models "openai:reader-eng@$url,openai:reader-latin@$url" \
    --bitrates $rates --baselines letter,blind,frame,black --pairs none --csv "$demo/results.csv"
echo "devibench eval $*"
"$build/devibench" eval "$@"
echo
echo "Bits where the question looks ($(($(date +%s) - started)) s after the start):"
echo
# Far below the rates above, where uniform coding fails even at the clips' own size, which
# both have here. Moving clips of the film need more than that at any quantiser: what missed
# its rate is left out, and the paired line is over what both met. One picture a clip; what is
# said of a frame steers the bits 1.5 s later, and nothing before.
set -- --workspace "$demo/workspace" --models "openai:reader-eng@$url" --bitrates 14k \
    --strategies uniform:size=source,context:model:3:size=source:fps=1:lead=flat \
    --sample-frames 1 --only-met --limit 40
echo "devibench eval $*"
"$build/devibench" eval "$@" 2> "$demo/context.log" || { cat "$demo/context.log" >&2; exit 1; }
echo
set -- --workspace "$demo/workspace" --out "$demo/site" --figures
echo "devibench report $*"
"$build/devibench" report "$@" | sed '$d'
echo
echo "$(($(date +%s) - started)) s in all."
echo "Look at $demo/question.png (original and degraded), $demo/questions.csv (all verified), $demo/results.csv"
echo "and the leaderboard: file://$demo/site/index.html"
