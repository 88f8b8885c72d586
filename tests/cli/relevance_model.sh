#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# relevance --provider model: a model is shown one frame and says where to look. The reader knows
# where the lines stand; a service with a script speaks every wire format, and fails in many ways.
. "$TOP/tests/lib.sh"
make_text_clip clip.mp4
lines() { # what differs from run to run, or from one curl to another, is left out
    sed -e 's/with [0-9]* bytes.*/with N bytes/' -e 's/\(Failed to connect\).*/\1/' -e "s|$FAKE|FAKE|g" -e "s|${FAKE%/v1}|FAKE|g" -e '/^Try/d'
}
look() { # OPTIONS... : output and exit code
    devibench relevance clip.mp4 --provider model "$@" > out.txt 2> err.txt
    code=$?
    cat out.txt err.txt | lines
    echo "exit code $code"
}

echo "== the reader finds the line that is asked about"
start_reader
inside() { # NAME AT X0 Y0 X1 Y1 WORDS: where the line stands, with a macroblock around it
    devibench relevance clip.mp4 --provider "${PROVIDER-model}" --look-model "openai:reader-eng@$READER" \
        --at "$2" --question "$7" --json > map.json || exit 1
    x=$(json_field map.json x) y=$(json_field map.json y)
    echo "$1: $(echo "$x $y" | awk -v a="$3" -v b="$4" -v c="$5" -v d="$6" \
        '{ print ($1 >= a && $1 <= c && $2 >= b && $2 <= d) ? "there" : "not there: " $0 }')"
}
inside platform 1 24 44 300 98 'Where does "Platform 7" lead to?'
inside coffee 1 44 164 200 214 'What does "Coffee" cost? Read the line.'
inside room 1 444 314 680 364 'Which name has the "Meeting room" in that line?'
inside library 4 44 204 300 254 'When does the "Library" open? Read the line.'
PROVIDER=inverse-model inside 'its opposite' 1 44 164 200 214 'What does "Coffee" cost? Read the line.'
devibench relevance clip.mp4 --provider model --look-model "openai:reader-eng@$READER" --at 1 \
    --question 'Which name has the "Meeting room" in that line?' --form box --out map.png |
    sed -n '$s/ x [0-9]*$//p' # fonts differ
cat > models.json <<END
{"far": {"wire": "openai", "base_url": "$READER", "model": "reader-eng", "max_pixels": 240000, "jpeg_quality": 60},
 "film": {"wire": "openai", "base_url": "$READER", "model": "reader-eng", "send": "video"}}
END
for name in far film; do
    devibench relevance clip.mp4 --provider model --look-model $name --models-file models.json --at 1 \
        --question 'Which name has the "Meeting room" in that line?' --json > map.json || exit 1
    echo "$name: $(json_field map.json x | awk '{ print ($1 >= 444 && $1 <= 680) ? "there" : "not there" }')"
done
devibench relevance clip.mp4 --provider model --look-model openai:any@http://127.0.0.1:9/v1 |
    sed 1q # nothing was said: nobody is asked

echo "== every wire format takes the question, with the schema of regions"
box='{\"regions\": [{\"what\": \"x\", \"box\": [500, 0, 750, 250], \"frame\": 1}]}'
for wire in openai responses anthropic dashscope gemini; do
    printf '"%s": [{"schema": "regions", "contains": "Which door?", "text": "%s"}, {"text": "no schema"}],\n' $wire "$box"
done > script.txt
cat > script.json <<END
{$(cat script.txt)
 "plain": [{"schema": "regions", "text": "a schema"}, {"text": "Look here: [[0, 0, 250, 250]]."}],
 "own": [{"contains": "Which door? every 0.5 s", "text": "[]"}],
 "none": [{"text": "{\"regions\": []}"}],
 "bad": [{"text": "{\"regions\": [{\"box\": [9, 9, 1, 1]}, {\"box\": [0, 0, 2000, 5]}, {\"box\": [0, 750, 250, 1000]}]}"}],
 "pixels": [{"contains": "bottom in pixels of the pictures, which are 854 wide and 480 high; frame is",
             "text": "[[427, 0, 640.5, 120], [0, 470, 20, 509], [870, 0, 880, 20]]"},
            {"contains": "pixels of the pictures, which are 652 wide and 366 high;", "text": "[[326, 0, 489, 91.5]]"},
            {"contains": "thousandths of the picture's width and height", "text": "[[427, 0, 640.5, 120]]"},
            {"contains": "no slot:", "text": "[[427, 0, 640.5, 120]]"}],
 "words": [{"text": "Look at the top, \u001b[31mwhere the door is."}],
 "refuses": [{"refusal": "I cannot help with that."}]}
END
FAKE_KEY=planted-for-this-test
export FAKE_KEY
start_fake script.json --vllm --key-env FAKE_KEY
profile() { # NAME WIRE BASE [FIELDS [MODEL]]
    printf '"%s": {"wire": "%s", "base_url": "%s", "model": "%s", "key_env": "FAKE_KEY"%s},\n' "$1" $2 "$3" "${5-$1}" "$4"
}
{
    profile openai openai "$FAKE"
    profile responses responses "$FAKE"
    profile anthropic anthropic "$FAKE"
    profile dashscope dashscope "${FAKE%/v1}/compatible-mode/v1" ', "send": "video"'
    profile gemini gemini "${FAKE%/v1}/v1beta" ', "send": "video"'
    profile large openai "$FAKE" '' echo
    profile small openai "$FAKE" ', "max_pixels": 240000, "jpeg_quality": 60' echo
    profile film openai "$FAKE" ', "send": "video"' echo
    profile plain openai "$FAKE" ', "structured": false'
    profile pixels openai "$FAKE" ', "boxes": "pixels"'
    profile pixels-small openai "$FAKE" ', "boxes": "pixels", "max_pixels": 240000' pixels
    profile pixels-film openai "$FAKE" ', "boxes": "pixels", "max_pixels": 240000, "send": "video"' pixels
    profile pixels-unsaid openai "$FAKE" '' pixels
    for name in own none bad words refuses always-503 cut garbage length bad-key; do
        profile $name openai "$FAKE"
    done
} > profiles.txt
sed '1s/^/{/; $s/,$/}/' profiles.txt > models.json
ask() { # MODEL [OPTIONS...]
    model=$1
    shift
    echo "-- $model"
    look --models-file models.json --look-model "$model" --question 'Which door?' "$@"
}
for wire in openai responses anthropic dashscope gemini; do
    ask $wire | grep -v ^QP
done
ask plain
echo "== as its reply says"
mkdir prompts
echo '{{words}} every {{step}} s' > prompts/regions.txt
ask own --prompts prompts
ask none
echo "-- what is sent, by a service that tells it" # in bytes, of a picture or a video
for name in large small film; do
    ask $name --prompts prompts > echo.txt
    sed -n "s/.*\"frame_bytes\":\([0-9]*\),\"frames\":\([0-9]*\),.*\"video_bytes\":\([0-9]*\).*/$name \1 \2 \3/p" echo.txt
done > sent.txt
awk '{ pictures[$1] = $3; size[$1] = $2 + $4; kind[$1] = $2 ? "a picture" : "a video" }
    END { print "large: " pictures["large"] ", " kind["large"]; print "film: " pictures["film"] ", " kind["film"]
        print "small: " pictures["small"] ", " (size["small"] * 2 < size["large"] ? "smaller" : "as large") }' sent.txt
ask bad --form box
ask none > again.txt
echo "asked again: $(requests none) times"

echo "== boxes in pixels of what is sent"
for name in pixels pixels-small pixels-film pixels-unsaid; do
    ask $name
done
echo 'no slot: {{words}}' > prompts/regions.txt
for name in pixels pixels-unsaid; do # read as the profile says, whatever was asked
    ask $name --prompts prompts
done
devibench models --models-file models.json --json > models.out
sqlite3 :memory: "SELECT value->>'name', value->>'boxes' FROM json_each(readfile('models.out'), '\$.models')
    WHERE value->>'name' LIKE 'pixels%'"
sed 's/"boxes": "pixels"/"boxes": "percent"/' models.json > percent.json
look --models-file percent.json --look-model pixels --question x
echo "== no regions"
ask words
ask refuses
ask length
ask always-503
ask cut
ask garbage
ask bad-key
echo "== usage"
look --question x
ask nobody
look --look-model "teletype:x@$FAKE" --question x
echo 'Where?' > prompts/regions.txt
ask none --prompts prompts
echo '{"keyed": {"wire": "openai", "base_url": "https://h.example/v1", "model": "m", "key_env": "NO_KEY"}}' > keyed.json
look --models-file keyed.json --look-model keyed --question x
look --look-model openai:any@http://127.0.0.1:9/v1 --question x
echo "== nothing is left, and no key is told"
ls -d "$TMPDIR"/devibench-look-* 2> ls.txt
grep -l planted-for ./*.txt ./*.json
exit 0
