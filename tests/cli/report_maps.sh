# SPDX-License-Identifier: GPL-3.0-or-later
# Question pages show where the bits went: the QP maps of context, the windows of crop and
# layers; what each model was shown, where a strategy looks anew for each; when prices were looked
# up.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc2=s=320x192:r=10:d=2,noise=alls=6:allf=t:all_seed=1" -c:v libx264 \
    -preset veryfast -crf 12 -threads 1 a.mp4 || exit 1
q='{\"question\": \"Word one?\", \"options\": [\"red\", \"green\", \"blue\", \"white\"], \"answer\": \"blue\", \"task_type\": \"Counting\", \"frames\": \"single\"}'
box() { # X0 Y0 X1 Y1
    printf '{"schema": "regions", "text": "{\\"regions\\": [{\\"what\\": \\"x\\", \\"box\\": [%s, %s, %s, %s], \\"frame\\": 1}]}"}' "$@"
}
right='{"text": "blue"}'
cat > script.json <<END
{"gen": [{"text": "{\"questions\": [$q]}"}],
 "fil": [$right, {"text": "The answer is red."}, $right],
 "ver": [$right],
 "one": [$(box 0 0 300 300), $right], "two": [$(box 700 700 1000 1000), $right]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "price_out": 10, "prices_as_of": "%s"}' \
        "$1" "$FAKE" "$1" "${2:-2026-11}"
}
echo "{$(profile gen), $(profile fil), $(profile ver), $(profile one), $(profile two 2026-08-03)}" > models.json
# A map that wants the bottom right.
printf '{"schema_version": 1, "videos": {"a": [{"at": 0, "rows": 2, "cols": 2, "rho": [-1, -1, -1, 1]}]}}' > rho.json
devibench build --videos a.mp4 --workspace ws --models-file models.json --generator gen --filter fil \
    --verifier ver --segment 2 --every 2 --bitrate 60k | grep -E '^(generated|verified)'
devibench eval -w ws --models-file models.json --bitrates 150k,original --models one,two --relevance-file rho.json \
    --strategies uniform,flat,context:file:3,context:centre:3,context:model:3,crop:centre,layers:centre > out 2> err
echo "exit code $?"
grep -v '^ ' err
sqlite3 ws/devibench.db "SELECT detail->'map'->'grid'->>'square', detail->'map'->'grid'->>'columns',
    json_array_length(detail, '\$.map.grid.tenths') FROM rendition WHERE detail LIKE '%\"grid\"%' ORDER BY id"
devibench report -w ws -o site > /dev/null
page=$(echo site/question/*.html)
echo "-- drawings and what they say"
grep -o 'role="img" aria-label="[^"]*"' "$page" | sed 's/from [-+0-9.]* to [-+0-9.]*/from A to B/'
grep -c '<image href="../frames/' "$page"
echo "-- pictures are named after who saw them"
grep -o '<figure data-view="[^"]*" data-time="0"' "$page"
echo "-- the tint is where the file says"
grep -o 'aria-label="150 kbps context:file.*' "$page" | grep -o 'fill-opacity="0.72" d="[^"]*"' | head -n 1
echo "-- the price list's date"
grep -o 'looked up [^<]*' site/about.html
echo "-- a picture of another time than the others beside it says so"
devibench eval -w ws --models-file models.json --bitrates 150k --models one --sample-frames 1 > out 2> err
devibench report -w ws -o site > /dev/null
grep -o '<h3>[^<]*\|<figcaption>[^<]* at [^<]*' "$page"
echo "-- the times of a clip that is shorter than its segment"
mkdir -p sample_1
ffmpeg -v error -y -i a.mp4 -t 1.5 -c:v libx264 -preset veryfast -threads 1 sample_1/video.mp4
{
    echo "sample_folder,start_time,question,options,standard_answer,task_type"
    echo "sample_1,0,What?,A) red B) blue C) green D) white,B,Counting"
} > set.csv
devibench import --in set.csv --videos . --workspace short > out 2>&1
devibench eval -w short --models-file models.json --bitrates 150k --models one --sample-frames 4 > out 2> err
devibench report -w short -o short.site > /dev/null
grep -oh '<h3>[^<]*' short.site/question/*.html
echo "-- without pictures on the disk"
rm -r ws/renditions
devibench report -w ws -o site > /dev/null
grep -c 'class="heat"' "$page"
grep -c '<image' "$page"
grep -o 'kept: [^<"]*' "$page" | sort | uniq -c | sed 's/^ *//'
echo "-- numbers that make no sense draw nothing"
sqlite3 ws/devibench.db "UPDATE rendition SET detail = json_set(detail, '\$.map.grid.columns', 7) WHERE detail LIKE '%\"grid\"%';
    UPDATE rendition SET recipe = replace(recipe, '\"window\":[', '\"window\":[9,')"
devibench report -w ws -o site > /dev/null ; grep -c 'class="where"' "$page" || :
