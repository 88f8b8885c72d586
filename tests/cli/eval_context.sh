# SPDX-License-Identifier: GPL-3.0-or-later
# Context-aware streaming, with a model that answers by a script: where it is asked to look, what
# becomes of its boxes, that rates are met and nothing is asked twice; broken boxes and failed looks.
. "$TOP/tests/lib.sh"
ffmpeg -v error -y -f lavfi -i "testsrc2=s=320x192:r=10:d=4,noise=alls=6:allf=t:all_seed=1" -c:v libx264 \
    -preset veryfast -crf 12 -threads 1 a.mp4 || exit 1
q() { # TEXT
    printf '{\\"question\\": \\"%s\\", \\"options\\": [\\"red\\", \\"green\\", \\"blue\\", \\"white\\"], ' "$1"
    printf '\\"answer\\": \\"blue\\", \\"task_type\\": \\"Counting\\", \\"frames\\": \\"single\\"}'
}
right='{"contains": "Question: ", "text": "blue"}' wrong='"text": "The answer is red."'
box='{\"regions\": [{\"what\": \"x\", \"box\": [0, 0, 300, 400], \"frame\": 3}, {\"what\": \"y\", \"box\": [9, 9, 1, 1], \"frame\": 3}]}'
cat > script.json <<END
{"gen": [{"text": "{\"questions\": [$(q 'Word one?'), $(q 'Word two?')]}"}],
 "fil": [$right, {$wrong}, $right, {$wrong}],
 "ver": [$right],
 "mod": [{"schema": "regions", "contains": "Word one?", "text": "$box"},
         {"schema": "regions", "contains": "Word two?", "text": "Look at the top."}, $right],
 "bad": [{"schema": "regions", "contains": "Word two?", "status": 400, "error": {"message": "no"}},
         {"schema": "regions", "text": "{\"regions\": []}"}, $right]}
END
start_fake script.json
profile() { # NAME
    printf '"%s": {"wire": "openai", "base_url": "%s", "model": "%s", "concurrency": 1, "price_out": 10, "structured": true}' \
        "$1" "$FAKE" "$1"
}
echo "{$(profile gen), $(profile fil), $(profile ver), $(profile mod), $(profile bad)}" > models.json
for boxes in thousandths pixels; do
    sed "s/\"model\": \"mod\"/&, \"boxes\": \"$boxes\"/" models.json > $boxes
done
devibench build --videos a.mp4 --workspace ws --models-file models.json --generator gen --filter fil \
    --verifier ver --segment 4 --every 4 --bitrate 60k | grep -E '^(generated|verified)'
eval_it() { # FILE OPTIONS...
    out=$1
    shift
    devibench eval -w ws --models-file "${MODELS-models.json}" --bitrates 150k --json "$@" > "$out" 2> err
    echo "exit code $?"
    sed "s|http://[^ ]*|URL|g" err
}
shown() { # SQL condition
    sqlite3 ws/devibench.db "SELECT met, json_extract(recipe, '\$.map.form') AS form,
        json_extract(recipe, '\$.map.gamma') AS gamma, json_extract(recipe, '\$.map.look'),
        json_extract(recipe, '\$.map.round'),
        json_extract(detail, '\$.map.qp_outside') > json_extract(detail, '\$.map.qp_inside') + 3
        FROM rendition WHERE kind = 'degraded' AND $1 ORDER BY id"
}
echo "== a dry run counts looks"
devibench eval -w ws --models-file models.json --models mod --bitrates 150k \
    --strategies context:model --dry-run | grep -E '^ *(step|look|eval) '
echo "== looks: six times for each question"
eval_it one.json --models mod --strategies uniform,flat,context:model:4
requests mod
shown "recipe LIKE '%\"map\"%'"
echo "== nothing is asked twice"
eval_it two.json --models mod --strategies uniform,flat,context:model:4 --jobs 2
requests mod
plain() { grep -v -e '"run":' -e '"made":' -e '"cached":' -e '"cost_usd":' "$1"; }
plain one.json > one.plain
plain two.json | diff one.plain - && echo "the same"
sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('one.json') AS j;
    SELECT value->>'strategy', abs(value->>'measured_kbps' / 150 - 1) < 0.021 FROM t, json_each(j, '\$.cells')
        WHERE value->>'task_type' IS NULL"
echo "== what was received: two rounds"
eval_it three.json --models mod --strategies context:model:4:received:rounds=2
shown "recipe LIKE '%received%'"
echo "== a look that fails is an error, not a wrong answer"
eval_it four.json --models bad --strategies context:model
sqlite3 :memory: "CREATE TABLE t AS SELECT readfile('four.json') AS j;
    SELECT value->>'n', value->>'errors' FROM t, json_each(j, '\$.cells') WHERE value->>'task_type' IS NULL"
echo "== another model may be asked where to look"
eval_it five.json --models bad --strategies context:model --look-model mod
echo "== a profile that spells out how boxes are written finds its calls; with the other, the looks are new"
before=$(requests mod)
MODELS=thousandths eval_it spelled.json --models mod --strategies uniform,flat,context:model:4
echo "asked again: $(($(requests mod) - before))"
devibench eval -w ws --models-file pixels --models mod --bitrates 150k \
    --strategies uniform,context:model:4 --dry-run | grep -E '^ *(step|look|eval) '
MODELS=pixels eval_it pixels.json --models mod --strategies uniform,context:model:4
shown "recipe LIKE '%\"boxes\":\"pixels\"%'"
sqlite3 ws/devibench.db "SELECT count(*), text LIKE '%in pixels of the pictures, which are 320 wide and 192 high; frame%'
    FROM call JOIN prompt ON prompt.id = call.prompt WHERE step = 'look' GROUP BY 2"
echo "== usage"
for s in context:nobody context:model:x context:model:3:up flat:3 uniform:size=big; do
    devibench eval -w ws --models-file models.json --models mod --strategies $s
    echo "exit code $?"
done
